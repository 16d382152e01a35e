#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What a saved domain keeps of its settings, and what is said where it cannot go on."""
import base64
import hashlib
import os
import struct
import subprocess
import tempfile
import unittest

import harness
from test_display import HEIGHT, WIDTH, png_pixels
from test_state import DIGEST, HEADER, MAGIC, StateTest, record, records_of

FLASH1 = os.path.join(harness.BUILD, "tests/hypervisor/control/moving-flash1.img")
CUTS = os.path.join(harness.BUILD, "tests/hypervisor/control/cuts")
MAKE_DISK = os.path.join(os.path.dirname(os.path.realpath(__file__)), "../../../hypervisor/tools/make-disk")

# Offsets in struct pv_state_header (hypervisor/include/pv/stream.h).
VERSION, ABI, IMAGE, IMAGE_SHA256, LABEL = 0, 4, 96, 128, 160
AFFINITY, DEVICES = 216, 296
TYPED = bytes((0x7e, 0xe7, 0x87))  # its colour
DEVICE = struct.Struct("<BB6s24s")


def changed_header(data, offset, value):
    """The file with another header, and all checksums as they are to be."""
    out = bytearray(MAGIC)
    for sequence, (_, kind, payload) in enumerate(records_of(data)):
        if kind == HEADER:
            payload = payload[:offset] + value + payload[offset + len(value):]
        if kind == DIGEST:
            payload = hashlib.sha256(out).digest()
        out += record(kind, payload, sequence)
    return bytes(out)


class Saved(StateTest):
    @classmethod
    def setUpClass(cls):
        cls.folder = cls.enterClassContext(tempfile.TemporaryDirectory(prefix="domicile-saved-"))
        image = os.path.join(cls.folder, "disk.img")
        subprocess.run([MAKE_DISK, image, "work=1"], check=True)
        cls.machine = harness.Machine(FLASH1, "--cpus", "2", "--disk", image)
        cls.addClassCleanup(cls.machine.close)
        cls.machine.wait_until_answering()

    def setUp(self):
        self.control = self.client(self.machine)
        self.addCleanup(self.destroy_all)

    def destroy_all(self):
        for domain in self.control.call("domain.list")["domains"]:
            if domain["role"] != "control":
                self.control.call("domain.destroy", id=domain["id"])

    def create(self, image, **settings):
        number = self.control.call("domain.create", name=image, image=image, **settings)["id"]
        self.control.call("domain.resume", id=number)
        return self.control.call("domain.get", id=number)

    def save(self, domain):
        path = os.path.join(self.folder, f"{self.id()}-{domain['id']}.state")
        self.done(self.control, "domain.save", id=domain["id"], path=path)
        return path

    SETTINGS = ("uuid", "name", "label", "weight", "cap_percent", "sched", "budget_us", "period_us", "memory_kib",
                "target_memory_kib", "max_memory_kib", "watchdog")

    def settings(self, domain):
        kept = {key: domain.get(key) for key in self.SETTINGS}
        kept["affinity"] = [vcpu["affinity"] for vcpu in domain["vcpus"]]
        kept["devices"] = [(device["kind"], device["name"], device.get("read_only"))
                           for device in domain.get("devices", [])]
        return kept

    def test_settings(self):
        """Everything that domain.create and domain.set take comes back."""
        domain = self.create("rewrite", memory_kib=2048, max_memory_kib=4096, vcpus=2, weight=300, cap_percent=150,
                             sched="realtime", budget_us=3000, period_us=30000, vcpu_affinity=[[1], [0, 1]],
                             watchdog={"seconds": 600, "action": "restart"},
                             devices=[{"kind": "disk", "name": "work", "read_only": True}])
        self.wait_for_text(self.control, domain["id"], "pass 2")
        domain = self.control.call("domain.get", id=domain["id"])
        restored = self.done(self.control, "domain.restore", path=self.save(domain))
        self.assertEqual(self.settings(restored), self.settings(domain))
        self.assertEqual([vcpu["affinity"] for vcpu in restored["vcpus"]], [[1], [0, 1]])
        self.wait_until_it_goes_on(self.control, restored["id"])

    def test_memory_that_was_given_back(self):
        """A domain whose balloon is full is saved without what it has given back, and may grow again."""
        domain = self.create("primes", memory_kib=8192)
        self.wait_for_text(self.control, domain["id"], "> ")
        self.control.call("domain.set", id=domain["id"], memory_kib=4096)

        def memory(number, kib):
            harness.wait_for(lambda: self.control.call("domain.get", id=number)["memory_kib"] == kib, f"{kib} KiB")
        memory(domain["id"], 4096)
        free = self.control.call("host.info")["free_kib"]
        path = self.save(domain)
        self.assertLess(os.path.getsize(path), 4096 * 1024)
        restored = self.done(self.control, "domain.restore", path=path)
        self.assertEqual((restored["memory_kib"], restored["max_memory_kib"]), (4096, 8192))
        self.assertEqual(self.control.call("host.info")["free_kib"], free)
        self.control.call("domain.set", id=restored["id"], memory_kib=8192)
        memory(restored["id"], 8192)
        self.wait_until_it_goes_on(self.control, restored["id"])

    def test_display_and_input(self):
        """It gets its picture, the focus and the devices back; another that has the focus meanwhile keeps it."""
        domain = self.create("primes", memory_kib=8192)
        self.wait_for_text(self.control, domain["id"], "> ")
        harness.wait_for(lambda: self.control.call("domain.get", id=domain["id"])["focus"], "focus")
        self.type_on("typed before\n")
        harness.wait_for(lambda: self.typed(domain["id"]).count(TYPED) > 100, "what was typed, in the picture")
        typed = self.typed(domain["id"])
        path = os.path.join(self.folder, "kept.state")
        self.done(self.control, "domain.save", id=domain["id"], path=path, keep_running=True)
        self.assertTrue(self.control.call("domain.get", id=domain["id"])["focus"])
        restored = self.done(self.control, "domain.restore", path=self.save(domain))
        harness.wait_for(lambda: self.control.call("domain.get", id=restored["id"])["focus"], "focus again")
        self.assertEqual(self.typed(restored["id"]), typed, "its picture is as it was")
        self.type_on("after\n")
        harness.wait_for(lambda: self.typed(restored["id"]).count(TYPED) > typed.count(TYPED), "what is typed now")
        self.control.call("domain.destroy", id=restored["id"])
        other = self.create("primes", memory_kib=8192)
        harness.wait_for(lambda: self.control.call("domain.get", id=other["id"])["focus"], "focus of another")
        late = self.done(self.control, "domain.restore", path=path, name="late")
        self.wait_until_it_goes_on(self.control, late["id"])
        self.assertEqual([d["id"] for d in self.control.call("domain.list")["domains"] if d["focus"]], [other["id"]])

    def typed(self, number):
        """The part of its picture that shows what was typed (hypervisor/guest/demo/primes.c)."""
        pixels = png_pixels(base64.b64decode(self.control.call("domain.screenshot", id=number)["data"]))
        return b"".join(pixels[(row * WIDTH + 492) * 3:(row + 1) * WIDTH * 3] for row in range(226, HEIGHT))

    def type_on(self, text):
        qmp = self.machine.qmp()
        try:
            for character in text:
                code = {"\n": "ret", " ": "spc"}.get(character, character)
                qmp.command("send-key", keys=[{"type": "qcode", "data": code}])
        finally:
            qmp.close()

    def picture(self):
        domains = [(d["id"], d["memory_kib"]) for d in self.control.call("domain.list")["domains"]]
        return domains, self.control.call("host.info")["free_kib"], self.control.call("disk.list")

    def refused(self, data, code, pattern):
        """The domain of such a file is refused for this reason, and nothing is left of it."""
        path = os.path.join(self.folder, "refused.state")
        with open(path, "wb") as file:
            file.write(data)
        before = self.picture()
        job = self.job(self.control, "domain.restore", path=path)
        self.assertEqual((job["state"], job["error"]["code"]), ("failed", code), job["error"])
        self.assertRegex(job["error"]["message"], pattern)
        self.assertTrue(job["error"]["data"].get("hint"), job["error"])
        self.assertEqual(self.picture(), before)

    def test_what_is_not_here(self):
        domain = self.create("rewrite", memory_kib=1024, devices=[{"kind": "disk", "name": "work"}])
        self.wait_for_text(self.control, domain["id"], "pass 1")
        with open(self.save(domain), "rb") as file:
            data = file.read()
        word = struct.Struct("<I").pack
        self.refused(changed_header(data, VERSION, word(1)), 8, "in version 1 of the format; this is version 2")
        self.refused(changed_header(data, VERSION, word(99)), 8, "version 99")
        self.refused(changed_header(data, ABI, word(0x00070000)), 8, "version 7.0 of the hypervisor's interface")
        self.refused(changed_header(data, IMAGE, b"unknown\0"), 1, "no image unknown")
        self.refused(changed_header(data, IMAGE_SHA256, b"\1" * 32), 8, "another version of the image rewrite")
        self.refused(changed_header(data, LABEL, b"nobody_t\0"), 1, "no label nobody_t")
        self.refused(changed_header(data, DEVICES, DEVICE.pack(1, 0, b"", b"attic")), 1, "disk attic is not on this")
        self.refused(changed_header(data, AFFINITY, word(4)), 8, "processors that this machine does not have")
        other = self.control.call("domain.create", name="other", image="rewrite", memory_kib=1024,
                                  devices=[{"kind": "disk", "name": "work"}])["id"]
        self.refused(data, 2, "disk work belongs to another domain")
        self.control.call("domain.destroy", id=other)
        self.done(self.control, "domain.restore", path=os.path.join(self.folder, "refused.state"))
        self.refused(data, 2, "a domain rewrite already")

    def test_every_cut(self):
        """Cut off at any byte, or with any byte changed, nobody who reads it takes it for a domain."""
        domain = self.create("quiet", memory_kib=512)
        self.wait_for_text(self.control, domain["id"], "ready")
        cuts = subprocess.run([CUTS, self.save(domain)], stdout=subprocess.PIPE, text=True)
        print(cuts.stdout)
        self.assertEqual(cuts.returncode, 0)
        self.assertEqual(cuts.stdout.count("taken as a whole, none of"), 3)

    def test_no_time_left(self):
        domain = self.create("rewrite", memory_kib=1024, sched="realtime", budget_us=8000, period_us=10000)
        self.wait_for_text(self.control, domain["id"], "pass 1")
        with open(self.save(domain), "rb") as file:
            data = file.read()
        for name in ("first", "second"):
            self.control.call("domain.create", name=name, image="rewrite", memory_kib=1024, sched="realtime",
                              budget_us=5000, period_us=10000)
        self.refused(data, 6, "no processor here has as much time left")


if __name__ == "__main__":
    unittest.main(verbosity=2)
