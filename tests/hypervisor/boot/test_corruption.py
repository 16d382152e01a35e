#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Thousands of stores that are not as their maker made them: each is refused, and says why."""
import collections
import os
import random
import struct
import subprocess
import sys
import tempfile
import unittest

import stores
from stores import sealing

DECIDE = os.path.join(stores.BUILD, "tests/hypervisor/boot/decide")
HEADER, ENTRY = sealing.HEADER.size, sealing.IMAGE.size


class Judge:
    """decide.c with one device and one store."""
    def __init__(self, flash0, flash1):
        self.data = [sealing.read(path)[:1 << 20] for path in (flash0, flash1)]
        self.process = subprocess.Popen([DECIDE, flash0, flash1], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, *changes):
        """(flash, offset, bytes)… -> (who refused, why)."""
        line = " ".join(f"{flash} {offset} {data.hex()}" for flash, offset, data in changes)
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise AssertionError(f"decide died, status {self.process.wait()}, of {line[:200]}")
        who, _, why = answer.strip().partition(":")
        return who, why.strip()

    def flip(self, flash, offset, bit):
        return flash, offset, bytes([self.data[flash][offset] ^ 1 << bit])

    def close(self):
        self.process.stdin.close()
        self.process.wait(10)
        self.process.stdout.close()


class Corruption(unittest.TestCase):
    reasons = collections.Counter()

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="domicile-boot-")
        cls.addClassCleanup(folder.cleanup)
        cls.maker = stores.Maker(folder.name)
        cls.device = sealing.Device.new("one")
        cls.flash0 = cls.maker.device("flash0.img", cls.device, 2)
        cls.flash1 = cls.maker.store("flash1.img", cls.device, version=2)
        cls.regions = stores.parts(sealing.read(cls.flash1))
        cls.random = random.Random(4)
        cls.judge = Judge(cls.flash0, cls.flash1)
        cls.addClassCleanup(cls.judge.close)

    @classmethod
    def tearDownClass(cls):
        print(f"# {sum(cls.reasons.values())} corruptions, all refused:", file=sys.stderr)
        for reason, count in cls.reasons.most_common():
            print(f"# {count:5} {reason}", file=sys.stderr)
        if sum(cls.reasons.values()) < 2000:
            raise AssertionError("fewer than 2000 corruptions were tried")

    def refused(self, what, *changes, by=("rom", "hypervisor"), why=None, judge=None):
        who, reason = (judge or self.judge).ask(*changes)
        self.assertIn(who, by, f"{what}: {who} {reason}")
        self.assertTrue(reason, what)
        if why:
            self.assertIn(why, reason, what)
        self.reasons[f"{who}: {reason}"] += 1

    def region(self, name):
        return next((offset, size) for region, offset, size in self.regions if region == name)

    def bytes_of(self, name):
        offset, size = self.region(name)
        return self.judge.data[1][offset:offset + size]

    def put(self, name, data):
        return 1, self.region(name)[0], data

    def test_untouched_starts(self):
        self.assertEqual(self.judge.ask((1, 0, self.judge.data[1][:4]))[0], "started")
        # Bytes that belong to no image mean nothing.
        gap = sealing.ROOM - 4
        self.assertEqual(self.judge.ask((1, gap, b"\xff"))[0], "started")

    def test_flipped_bits(self):
        """Every byte of manifest and signature, twice; every piece and every tag, at random places."""
        for name, offset, size in self.regions:
            piece = name.startswith("image")
            tag = [offset + size - 1 - self.random.randrange(sealing.TAG) for _ in range(8)]
            places = [offset, *tag, *(offset + self.random.randrange(size) for _ in range(24))] if piece else \
                [*range(offset, offset + size)] * 2
            for place in places:
                self.refused(f"{name} at {place}", self.judge.flip(1, place, self.random.randrange(8)),
                             by=("rom", "hypervisor") if piece else ("rom",))

    def test_truncated(self):
        """Erased or zeroed from some place on."""
        end = max(offset + size for _, offset, size in self.regions)
        for name, offset, size in self.regions:
            for filler in (b"\xff", b"\0"):
                start = offset + self.random.randrange(size) if size > 4 else offset
                if set(self.judge.data[1][start:end]) != set(filler):
                    self.refused(f"cut in {name}", (1, start, filler * (end - start)))

    def test_swapped(self):
        """Pieces, table entries and whole images in one another's places."""
        pieces = [region for region in self.regions if region[0].startswith("image")]
        for first in pieces:
            for second in pieces:
                if first[1] < second[1]:
                    size = min(first[2], second[2])
                    one, other = (self.judge.data[1][at:at + size] for at in (first[1], second[1]))
                    self.refused(f"{first[0]} and {second[0]}", (1, first[1], other), (1, second[1], one))
        for a in range(4):
            for b in range(a):
                one, other = (self.judge.data[1][HEADER + i * ENTRY:HEADER + (i + 1) * ENTRY] for i in (a, b))
                self.refused(f"entries {a} and {b}", (1, HEADER + a * ENTRY, other), (1, HEADER + b * ENTRY, one),
                             by=("rom",), why="not signed")

    def test_replayed(self):
        """What an older store of the same device had, in place of what the new one has."""
        old = sealing.read(self.maker.store("old.img", self.device, seed=0, version=1))
        other = sealing.read(self.maker.store("other.img", self.device, seed=50, version=2))
        for source in (old, other):
            for name, offset, size in self.regions:
                data = source[offset:offset + size]
                if data != self.judge.data[1][offset:offset + size]:
                    self.refused(f"replayed {name}", (1, offset, data))
        manifest = HEADER + 4 * ENTRY + sealing.SIGNATURE
        self.refused("old manifest", (1, 0, old[:manifest]), by=("rom",), why="older")
        self.refused("old store", (1, 0, old[:150000]), by=("rom",), why="older")
        self.refused("manifest of another store", (1, 0, other[:manifest]), by=("rom",), why="damaged")

    def test_other_devices_and_makers(self):
        stranger = os.path.join(self.maker.folder, "stranger.pem")
        sealing.write_private(stranger, sealing.new_maker())
        for name, device, key, why in (("device", sealing.Device.new("two"), None, "another device"),
                                       ("maker", self.device, stranger, "not signed")):
            store = sealing.read(self.maker.store(f"{name}.img", device, version=2, key=key))
            self.refused(f"store of another {name}", (1, 0, store[:150000]), by=("rom",), why=why)

    def signed(self, what, manifest, why):
        """A manifest that the maker has signed, although it makes no sense."""
        self.refused(what, (1, 0, manifest + self.maker.sign(manifest)), by=("rom", "hypervisor"), why=why)

    def test_signed_nonsense(self):
        good = self.judge.data[1][:HEADER + 4 * ENTRY]

        def changed(name, data):
            offset, _ = self.region(name)
            return good[:offset] + data + good[offset + len(data):]

        def word(name, value):
            return changed(name, struct.pack("<I", value))

        for number in range(4):
            for field, values in (("kind", (0, 4, 0xFFFFFFFF)), ("offset", (0, 1, 4, 0x8000, 0xFFFFF, 0xFFFFFFFC)),
                                  ("size", (0, 0xFFFFFFFF, 0x10000000)), ("symbols", (0xFFFFFFFF, 0x10000000))):
                for value in values:
                    self.signed(f"entry {number} {field} {value:#x}", word(f"entry {number} {field}", value), "")
            for field in ("name", "version", "label"):
                size = self.region(f"entry {number} {field}")[1]
                for text in (b"x" * size, b"\x80\0", b"a\nb\0"):
                    self.signed(f"entry {number} {field} {text[:4]}", changed(f"entry {number} {field}", text), "")
            self.signed(f"entry {number} without a name", changed(f"entry {number} name", bytes(32)), "table")
        for value in (0x40000, 0x80000000, 0xFFFFFFFF):
            self.signed(f"version {value:#x}", word("version", value), "table")
        for number, field, value in ((3, "memory_end", 0xC0000000), (3, "memory_end", 0xFFFFFFFF), (3, "entry", 0),
                                     (3, "entry", 0xD0000000), (3, "abi", 0x20000)):
            self.signed(f"guest {field} {value:#x}", word(f"entry {number} {field}", value), "kernel")
        self.signed("two control domains", word("entry 3 flags", 1), "control")
        self.signed("no control domain", word("entry 2 flags", 0), "control")
        self.signed("flags of a policy", word("entry 1 flags", 2), "table")
        self.signed("one name twice", changed("entry 3 name", self.bytes_of("entry 2 name")), "table")
        for value in (0, 1, 3, 5, 33, 0xFFFFFFFF):
            self.signed(f"{value} images", word("count", value), "length")
        for value in (0, 151, 152, len(good) - 1, len(good) + 1, 65536, 0xFFFFFFFF):
            self.signed(f"length {value}", word("length", value), "length")

    def test_device(self):
        """A device whose own keys or counter are damaged starts nothing."""
        for offset in range(sealing.KEYS_OFFSET, sealing.KEYS_OFFSET + sealing.KEYS.size - 35):
            if not sealing.KEYS_OFFSET + 4 <= offset < sealing.KEYS_OFFSET + 8:     # flags for people
                self.refused(f"keys at {offset}", self.judge.flip(0, offset, self.random.randrange(8)), by=("rom",))
        self.refused("no keys", (0, sealing.KEYS_OFFSET, b"\xff" * sealing.KEYS.size), by=("rom",), why="no keys")
        for bits, why in ((b"\xfd", "damaged"), (b"\xf3", "damaged"), (b"\xfe\x7f", "damaged"), (b"\xf8", "older"), (b"\0", "older")):
            self.refused(f"counter {bits.hex()}", (0, sealing.COUNTER_OFFSET, bits), by=("rom",), why=why)
        self.assertEqual(self.judge.ask((0, sealing.COUNTER_OFFSET, b"\xfe"))[0], "started")


if __name__ == "__main__":
    unittest.main(verbosity=2)
