#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Disks that domains are given, and what becomes of them when the domain starts anew, is saved or ends."""
import os
import re
import struct
import subprocess
import tempfile
import unittest

import harness

FLASH1 = os.path.join(harness.BUILD, "tests/hypervisor/control/disk-flash1.img")
MAKE_DISK = os.path.join(os.path.dirname(os.path.realpath(__file__)), "../../../hypervisor/tools/make-disk")
MIB = 1 << 20
DATA, SPARE = 2, 1  # MiB
ENDED = ("done", "failed", "cancelled")


def sum_of(data):
    """What guests/disk-sum.c says of it."""
    total = 0
    for word, in struct.iter_unpack("<I", data):
        total = ((total ^ word) * 16777619) & 0xffffffff
    return f"{total:08x}"


class DiskTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="domicile-disk-")
        cls.addClassCleanup(cls.folder.cleanup)
        image = os.path.join(cls.folder.name, "disk.img")
        subprocess.run([MAKE_DISK, image, f"data={DATA}", f"spare={SPARE}"], check=True)
        contents = os.urandom(DATA * MIB)
        with open(image, "r+b") as disk:
            disk.seek(MIB)
            disk.write(contents)
        cls.sum = sum_of(contents)
        cls.machine = harness.Machine(FLASH1, "--disk", image)
        cls.addClassCleanup(cls.machine.close)
        cls.machine.wait_until_answering()

    def setUp(self):
        self.client = self.machine.client()
        self.addCleanup(self.client.close)
        self.addCleanup(self.destroy_all)
        # The budgets that are shipped hold nobody back who reads and writes as fast as it can.
        self.addCleanup(lambda: self.assertEqual(harness.held_back(self.client), {}))

    def destroy_all(self):
        for domain in self.client.call("domain.list")["domains"]:
            if domain["role"] != "control":
                self.client.call("domain.destroy", id=domain["id"])

    def create(self, name, *devices):
        return self.client.call("domain.create", name=name, image="disk-sum", memory_kib=2048,
                                devices=list(devices))["id"]

    def reader(self, name="reader", **more):
        number = self.create(name, {"kind": "disk", "name": "data", **more})
        self.client.call("domain.resume", id=number)
        return number

    def refused(self, code, kind, name, *devices):
        with self.assertRaises(harness.RpcError) as caught:
            self.create(name, *devices)
        self.assertEqual((caught.exception.code, caught.exception.data["kind"]), (code, kind))
        return caught.exception

    def disk(self, number):
        return self.client.call("domain.get", id=number)["devices"][0]

    def passes(self, number):
        text = self.client.call("domain.console", id=number)["text"]
        return [(int(count), total) for count, total in re.findall(r"pass (\d+): ([0-9a-f]{8})\n", text)]

    def wait_for_pass(self, number, least=1):
        """Waits for a pass; every pass so far has read what is in the image, and none is missing."""
        harness.wait_for(lambda: (seen := self.passes(number)) and seen[-1][0] >= least, f"pass {least}")
        seen = self.passes(number)
        self.assertEqual([count for count, _ in seen], list(range(seen[0][0], seen[-1][0] + 1)))
        self.assertEqual({total for _, total in seen}, {self.sum})
        return seen[-1][0]

    def job(self, method, **params):
        number = self.client.call(method, **params)["job"]
        job = harness.wait_for(
            lambda: (job := self.client.call("job.get", job=number))["state"] in ENDED and job, f"end of {method}")
        self.assertEqual(job["state"], "done", job.get("error"))
        return job["result"]

    def test_list(self):
        self.assertEqual(self.client.call("disk.list")["disks"], [
            {"name": "data", "size_bytes": DATA * MIB, "readers": 0, "writers": 0},
            {"name": "spare", "size_bytes": SPARE * MIB, "readers": 0, "writers": 0}])

    def test_reading(self):
        number = self.reader()
        self.wait_for_pass(number, 3)
        disk = self.disk(number)
        self.assertEqual((disk["kind"], disk["name"], disk["state"], disk["read_only"], disk["size_bytes"]),
                         ("disk", "data", "connected", False, DATA * MIB))
        self.assertGreaterEqual(disk["bytes"], 3 * DATA * MIB)
        self.assertEqual(disk["errors"], 0)

    def test_one_writer_or_several_readers(self):
        data = {"kind": "disk", "name": "data"}
        number = self.create("writer", data)
        self.assertIn("data", self.refused(2, "exists", "second", data).message)
        self.refused(2, "exists", "second", {**data, "read_only": True})
        self.client.call("domain.destroy", id=number)
        readers = [self.reader(name, read_only=True) for name in ("first", "second")]
        self.refused(2, "exists", "writer", data)
        for reader in readers:
            self.wait_for_pass(reader)
        self.assertEqual(self.client.call("disk.list")["disks"][0]["readers"], 2)

    def test_shared_evenly(self):
        readers = [self.reader(name, read_only=True) for name in ("one", "two", "three")]
        for reader in readers:
            self.wait_for_pass(reader)
        before = [self.disk(reader)["bytes"] for reader in readers]
        harness.wait_for(lambda: self.disk(readers[0])["bytes"] >= before[0] + 24 * DATA * MIB, "24 passes more")
        read = [self.disk(reader)["bytes"] - start for reader, start in zip(readers, before)]
        self.assertLess(max(read), 2 * min(read), read)

    def test_refusal_leaves_nothing(self):
        self.refused(1, "not-found", "a", {"kind": "disk", "name": "spare"}, {"kind": "disk", "name": "none"})
        self.assertEqual(len(self.client.call("domain.list")["domains"]), 1)
        self.assertEqual([d["writers"] for d in self.client.call("disk.list")["disks"]], [0, 0])

    def test_destroy_at_work(self):
        for _ in range(5):
            number = self.reader()
            self.wait_for_pass(number)
            self.client.call("domain.destroy", id=number)
            self.assertEqual(self.client.call("disk.list")["disks"][0]["writers"], 0)

    def test_control_domain_starts_anew_at_work(self):
        """Requests that were under way are made again: every pass reads what is there."""
        readers = [self.reader(name, read_only=True) for name in ("one", "two")]
        last = [self.wait_for_pass(reader) for reader in readers]
        self.client.call("domain.reboot", id=0)
        self.machine.wait_until_answering()
        for reader, count in zip(readers, last):
            self.wait_for_pass(reader, count + 5)
            self.assertEqual(self.disk(reader)["errors"], 0)
        self.assertEqual(self.client.call("disk.list")["disks"][0]["readers"], 2)

    def test_reboot_keeps_it(self):
        number = self.reader()
        self.wait_for_pass(number, 2)
        number = self.client.call("domain.reboot", id=number)["id"]
        self.wait_for_pass(number, 2)

    def test_pause(self):
        number = self.reader()
        self.wait_for_pass(number)
        self.client.call("domain.pause", id=number)
        count = self.wait_for_pass(number)
        self.client.call("domain.resume", id=number)
        self.wait_for_pass(number, count + 2)

    def test_saved_at_work(self):
        number = self.reader()
        for turn in range(3):
            path = os.path.join(self.folder.name, f"reader-{turn}.state")
            before = self.wait_for_pass(number, 2 * turn + 2)
            self.job("domain.save", id=number, path=path)
            self.assertEqual(self.client.call("disk.list")["disks"][0]["writers"], 0)
            number = self.job("domain.restore", path=path)["id"]
            self.wait_for_pass(number, before + 2)
            self.assertEqual(self.disk(number)["state"], "connected")

    def throttle(self, bytes_per_s):
        qmp = self.machine.qmp()
        qmp.command("block_set_io_throttle", device="disk", bps=bytes_per_s, bps_rd=0, bps_wr=0, iops=0, iops_rd=0,
                    iops_wr=0)
        qmp.close()

    def wait_until_stuck(self, number):
        """A request is let pass before the next is held back: until none has been answered for a hundred questions."""
        moved = [self.disk(number)["bytes"]] * 2

        def rests():
            moved.append(self.disk(number)["bytes"])
            return len(moved) > 100 and len(set(moved[-100:])) == 1
        harness.wait_for(rests, "the disk that stands still")

    def test_a_disk_that_does_not_answer(self):
        """Whatever waits for it says so, nobody else waits, and it all goes on when the disk is back."""
        number = self.reader()
        last = self.wait_for_pass(number)
        self.addCleanup(self.throttle, 0)
        self.throttle(1)
        self.wait_until_stuck(number)
        path = os.path.join(self.folder.name, "stuck.state")
        for method, more in (("domain.destroy", {}), ("domain.reboot", {})):
            with self.assertRaises(harness.RpcError) as caught:
                self.client.call(method, id=number, **more)
            self.assertEqual((caught.exception.code, caught.exception.kind), (9, "io"))
            self.assertIn("disk does not answer", caught.exception.message)
            self.assertEqual(self.client.call("disk.list")["disks"][0]["writers"], 1)
        job = self.client.call("domain.save", id=number, path=path)["job"]
        ended = harness.wait_for(lambda: (j := self.client.call("job.get", job=job))["state"] in ENDED and j, "end")
        self.assertEqual((ended["state"], ended["error"]["code"]), ("failed", 9), ended)
        self.assertFalse(os.path.exists(path))
        self.throttle(0)
        self.wait_for_pass(number, last + 2)
        self.client.call("domain.destroy", id=number)
        self.assertEqual(self.client.call("disk.list")["disks"][0]["writers"], 0)


if __name__ == "__main__":
    unittest.main(verbosity=2)
