#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A domain with most of the memory of the largest board: it runs, gives memory back and takes it again, and is saved
and restored with all of it."""
import os
import unittest

import harness
from test_state import StateTest

FLASH1 = os.path.join(harness.BUILD, "hypervisor/flash1.img")
LARGE, SMALL = 900 << 10, 64 << 10  # KiB
SECONDS = 120  # for what touches each page


class Large(StateTest):
    def setUp(self):
        self.machine = harness.Machine(FLASH1, "--memory", "1024")
        self.addCleanup(self.machine.close)
        self.machine.wait_until_answering()
        self.control = self.machine.client(SECONDS)
        self.addCleanup(self.control.close)
        for domain in self.control.call("domain.list")["domains"]:
            if domain["role"] != "control":
                self.control.call("domain.destroy", id=domain["id"])

    def answers(self, number, word):
        """Its shell does what is typed."""
        self.control.call("domain.console", id=number, write=f"echo {word}\n")
        self.wait_for_text(self.control, number, rf"(?m)^{word}\r?$")

    def set_memory(self, number, kib):
        self.control.call("domain.set", id=number, memory_kib=kib)
        harness.wait_for(lambda: self.control.call("domain.get", id=number)["memory_kib"] == kib, f"{kib} KiB", SECONDS)

    def test_whole_life(self):
        free = self.control.call("host.info")["free_kib"]
        number = self.control.call("domain.create", name="large", image="primes", memory_kib=LARGE)["id"]
        self.assertEqual(self.control.call("host.info")["free_kib"], free - LARGE)
        self.control.call("domain.resume", id=number)
        self.wait_for_text(self.control, number, rf"{LARGE} KiB(?s:.*)> ")
        for kib in (SMALL, LARGE):
            self.set_memory(number, kib)
            self.assertEqual(self.control.call("host.info")["free_kib"], free - kib)
            self.answers(number, f"with-{kib}")
        path = os.path.join(self.machine.path, "large.state")
        job = self.control.call("domain.save", id=number, path=path)["job"]
        harness.wait_for(lambda: self.control.call("job.get", job=job)["state"] == "done", "saved domain", SECONDS)
        self.assertEqual(self.control.call("host.info")["free_kib"], free)
        number = self.done(self.control, "domain.restore", path=path)["id"]
        self.assertEqual(self.control.call("domain.get", id=number)["memory_kib"], LARGE)
        self.wait_until_it_goes_on(self.control, number)
        self.set_memory(number, SMALL)
        self.answers(number, "whole")


if __name__ == "__main__":
    unittest.main(verbosity=2)
