#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The real ROM on the reference board: what it starts, what it refuses, what it says on log and display, and that a device
never goes back to an older version."""
import os
import random
import select
import subprocess
import sys
import tempfile
import time
import unittest

import stores
from stores import sealing

RUN_QEMU = os.path.join(stores.TOOLS, "run-qemu")
IMAGES = os.path.join(stores.BUILD, "hypervisor")
SECONDS = 60
SAMPLE = 40
ROM_ENDS, STARTED = "(rom) nothing was started", "ready for requests"

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), "../control"))
import harness   # noqa: E402
import screen    # noqa: E402


def run(flash0, flash1, *options, until=(ROM_ENDS, STARTED)):
    """-> the lines of the machine's log, until one of those has come."""
    process = subprocess.Popen([sys.executable, RUN_QEMU, "--no-channel", "--memory", "64", "--flash0", flash0, "--flash1", flash1,
                                *options], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    text, end = "", time.monotonic() + SECONDS
    try:
        while not any(word in text for word in until):
            ready, _, _ = select.select([process.stdout], [], [], max(0, end - time.monotonic()))
            data = os.read(process.stdout.fileno(), 4096) if ready else b""
            if not data:
                raise AssertionError(f"neither of {until} within {SECONDS} s:\n{text}")
            text += data.decode("ascii", "replace")
    finally:
        process.terminate()     # QEMU writes back what it holds of the flash
        process.wait(10)
        process.stdout.close()
    return text


class Start(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="domicile-start-")
        cls.addClassCleanup(folder.cleanup)
        cls.maker = stores.Maker(folder.name)
        cls.device = sealing.Device.new("board")
        cls.rom = sealing.read(os.path.join(IMAGES, "boot/rom.bin"))
        developer = sealing.Device.load(os.path.join(IMAGES, "developer-device.key"))
        built = sealing.Store(sealing.read(os.path.join(IMAGES, "flash1.img")))
        cls.images = [image for image in built.images(developer) if image.name in
                      ("hypervisor", "access-policy", "control", "primes")]
        cls.flash0 = cls.maker.device("flash0.img", cls.device, 1, cls.rom)
        cls.flash1 = cls.seal("flash1.img", 1)
        cls.data = sealing.read(cls.flash1)
        cls.regions = stores.parts(cls.data)

    @classmethod
    def seal(cls, name, version, device=None):
        sealing.write_store(cls.maker.path(name), device or cls.device, cls.images, cls.maker.key, version, "test")
        return cls.maker.path(name)

    def refused(self, text, why):
        self.assertIn("(rom) refused: ", text)
        self.assertIn(why, text)
        self.assertNotIn("(hv)", text)

    def test_signed_store_starts(self):
        text = run(self.flash0, self.flash1)
        self.assertIn("(rom) verified: test\r\n", text)
        self.assertNotIn("developer", text)
        self.assertIn("domain 1: primes", text)

    def test_corruptions(self):
        """A sample of what test_corruption.py tries: none gets a changed image to run."""
        pick, path = random.Random(12), self.maker.path("broken.img")
        sealing.write_sparse(path, [(0, self.data)])
        system = [region for region in self.regions if not region[0].startswith("image")]
        ends = {number: [region for region in self.regions if region[0].startswith(f"image {number} ")] for number in range(4)}
        chosen = pick.sample(system, SAMPLE - 16)
        chosen += [pick.choice(ends[number]) for number in range(4) for _ in range(4)]
        kernel_pieces = (next(e for e in sealing.Store(self.data).entries if e[0].startswith(b"primes"))[5] + 1023) // 1024
        for name, offset, size in chosen:
            place, bit = offset + pick.randrange(size), 1 << pick.randrange(8)
            guest = name.startswith("image 3 ")
            if guest and int(name.rsplit(" ", 1)[1]) >= kernel_pieces:
                continue    # of its symbols, which are read when it crashes
            with self.subTest(region=name, place=place, bit=bit), open(path, "r+b") as stream:
                for value in (self.data[place] ^ bit, self.data[place]):
                    stream.seek(place)
                    stream.write(bytes([value]))
                    stream.flush()
                    if value != self.data[place]:
                        text = run(self.flash0, path)
                if guest:
                    self.assertIn("cannot start primes: its image is damaged", text)
                elif name.startswith("image 2 ") and STARTED in text:
                    self.assertGreaterEqual(place, ends[2][0][1] + self.control_sealed(), "the control domain's kernel")
                else:
                    self.refused(text, "(rom) refused")

    def control_sealed(self):
        entry = next(e for e in sealing.Store(self.data).entries if e[0].startswith(b"control"))
        return (entry[5] + 1023) // 1024 * (sealing.PIECE + sealing.TAG)

    def test_what_is_not_ours(self):
        other = self.seal("other.img", 1, sealing.Device.new("other"))
        self.refused(run(self.flash0, other), "another device")
        blank = self.maker.path("blank.img")
        sealing.write_sparse(blank, [])
        self.refused(run(self.flash0, blank), "no store of sealed images")
        keyless = self.maker.path("keyless.img")
        sealing.write_sparse(keyless, [(0, self.rom), (sealing.COUNTER_OFFSET, sealing.counter_bytes(0))])
        self.refused(run(keyless, self.flash1), "no keys")

    def test_no_way_back(self):
        """The counter advances with the store, on one processor and on four, over a border of words, and stays."""
        flash0 = self.maker.device("own.img", self.device, 1, self.rom)
        for version, cpus in ((1, "1"), (2, "1"), (31, "4"), (32, "1"), (33, "1"), (70, "2")):
            with self.subTest(version=version):
                text = run(flash0, self.seal(f"v{version}.img", version), "--flash0-writable", "--cpus", cpus)
                self.assertIn(f"version {version}\r\n", text)
                self.assertEqual(sealing.counter_value(sealing.read(flash0)), version)
        for version in (1, 32, 69):
            with self.subTest(back_to=version):
                self.refused(run(flash0, self.seal(f"v{version}.img", version), "--flash0-writable"), "older")
        self.assertEqual(sealing.counter_value(sealing.read(flash0)), 70)
        # Where the counter cannot be advanced the newer store is not started: it could be taken back.
        self.refused(run(flash0, self.seal("v71.img", 71)), "cannot be advanced")

    def test_display(self):
        """A refusal fills the display and says why, as the log does, and the machine goes on showing it."""
        broken = self.maker.path("dark.img")
        sealing.write_sparse(broken, [(0, self.data), (700, b"\xff" * 8)])
        stage = harness.Stage()
        self.addCleanup(stage.close)
        log = os.path.join(stage.path, "uart.log")
        machine = stage.start(RUN_QEMU, "--runtime-dir", stage.path, "--memory", "64", "--flash0", self.flash0, "--flash1", broken, "--log", log)

        def ended():
            try:
                return ROM_ENDS in sealing.read(log).decode()
            except sealing.Refused:
                return False
        harness.wait_for(ended, "refusal", SECONDS)
        qmp = harness.Qmp(os.path.join(stage.path, "qmp.sock"), machine)
        self.addCleanup(qmp.close)
        shot = os.path.join(stage.path, "screen.ppm")

        def picture():
            qmp.command("screendump", filename=shot)
            kind, size, depth, pixels = sealing.read(shot).split(b"\n", 3)
            self.assertEqual((kind, size, depth), (b"P6", b"640 480", b"255"))
            return pixels if pixels[:3] == bytes((0xC0, 0x1C, 0x28)) and pixels.count(b"\xe5\xa5\x0a") > 100 else None
        pixels = harness.wait_for(picture, "red bar and text on the display")
        self.assertGreater(pixels.count(b"\xf0\xf0\xf0"), 1000)     # dots of the text
        large, small = screen.read(qmp, stage.path)
        why = sealing.read(log).decode().partition("(rom) refused: ")[2].partition("\r\n")[0]
        self.assertIn("signed", why)
        self.assertEqual(large, "This device does not start")
        self.assertTrue(small.startswith(f"Because {why} "), small)


if __name__ == "__main__":
    unittest.main(verbosity=2)
