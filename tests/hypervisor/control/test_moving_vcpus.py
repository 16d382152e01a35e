#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Domains with several virtual processors, all of them at work on memory, disk and network, are saved, restored and
moved: as test_moving.py and test_state.py do it with one."""
import re
import unittest

import harness
import test_moving


class TwoOnOne(test_moving.Disk):
    """The first vCPU drives the disk and talks to the network, the others check what it reads."""
    VCPUS = 2
    test_a_save_that_is_given_up = None

    def start_work(self):
        client = self.clients[0]
        devices = [{"kind": "disk", "name": "work"}, {"kind": "net"}]
        number = client.call("domain.create", name="disk-log", image="disk-log", memory_kib=2048, devices=devices,
                             vcpus=self.VCPUS)["id"]
        client.call("domain.resume", id=number)
        self.answered = 0
        return number, self.wait_for_round(client, number, 2)

    def answers(self, client, number):
        return [int(n) for n in re.findall(r"^(\d+) answers\r?$", self.text(client, number), re.M)]

    def wait_for_round(self, client, number, least):
        """Its network works as well, and all of its processors do."""
        times = [vcpu["cpu_time_ns"] for vcpu in client.call("domain.get", id=number)["vcpus"]]
        self.assertEqual(len(times), self.VCPUS)
        last = super().wait_for_round(client, number, least)
        self.answered = harness.wait_for(lambda: (seen := self.answers(client, number)) and seen[-1] > self.answered
                                         and seen[-1], f"more than {self.answered} answers of the network")
        harness.wait_for(lambda: all(vcpu["cpu_time_ns"] > before for before, vcpu in zip(
            times, client.call("domain.get", id=number)["vcpus"])), "all of its processors at work")
        return last


class FourOnTwo(TwoOnOne):
    VCPUS = 4
    OPTIONS = ("--cpus", "2")
    test_saved_here_and_restored_there = None
    test_a_save_that_is_given_up = test_moving.Disk.test_a_save_that_is_given_up


class Memory(test_moving.Moving):
    """All vCPUs write to all of the memory, and each checks what another wrote in the pass before."""
    OPTIONS = ("--cpus", "2")

    def passes(self, client, number):
        text = self.text(client, number)
        self.assertNotIn("panic", text)
        return [int(n) for n in re.findall(r"^pass (\d+)\r?$", text, re.M)]

    def wait_for_pass(self, client, number, after):
        harness.wait_for(lambda: (seen := self.passes(client, number)) and seen[-1] > after + 40, f"passes after {after}")
        return self.passes(client, number)[-1]

    def rewrite(self, vcpus):
        client = self.clients[0]
        number = client.call("domain.create", name="rewrite", image="rewrite", memory_kib=4096, vcpus=vcpus)["id"]
        client.call("domain.resume", id=number)
        last = self.wait_for_pass(client, number, 0)
        for turn in range(4):
            number, result = self.migrate(turn % 2, 1 - turn % 2, number)
            self.assertGreaterEqual(result["rounds"], 2)
            last = self.wait_for_pass(self.clients[1 - turn % 2], number, last)

    def test_two(self):
        self.rewrite(2)

    def test_four(self):
        self.rewrite(4)


if __name__ == "__main__":
    unittest.main(verbosity=2)
