#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A Chinese Wall: who has had to do with one bank has nothing to do with the other any more, whether it is paused, starts
anew, is saved and restored on a machine that has just started, or is moved."""
import json
import os
import sys
import tempfile
import unittest

import flash
import harness
import test_policy
from test_state import StateTest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), ".."))
import make_policies  # noqa: E402

FLASH1 = os.path.join(harness.BUILD, "tests/hypervisor/control/moving-flash1.img")
ADVISER, FIRST, SECOND = "a", "b", "c"  # labels of make_policies.py; the latter two are of competitors


class Wall(StateTest):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="domicile-wall-")
        cls.addClassCleanup(folder.cleanup)
        cls.folder = folder.name
        cls.flash1 = os.path.join(cls.folder, "flash1.img")
        with open(test_policy.SOURCE, encoding="utf-8") as file:
            policy = make_policies.walled(make_policies.with_labels(json.load(file), ADVISER, FIRST, SECOND))
        flash.set_policy(FLASH1, cls.flash1, test_policy.compiled(policy))

    def machine(self):
        """-> a machine on which nobody has accessed anything, and a client of its."""
        machine = harness.Machine(self.flash1)
        self.addCleanup(machine.close)
        machine.wait_until_answering()
        client = self.client(machine)
        self.assertEqual((self.may(client, FIRST), self.may(client, SECOND)), (True, True))
        return machine, client

    @staticmethod
    def may(client, whom):
        decision = client.call("policy.check", subject=ADVISER, object=whom, permission="connect", **{"class": "network"})
        judges = [model["model"] for model in decision["models"] if not model["allowed"]]
        assert judges == ([] if decision["allowed"] else ["chinese-wall"]), decision
        return decision["allowed"]

    def create(self, client, name, label):
        """A domain of that label that is at work, on the network that the bridge makes."""
        number = client.call("domain.create", name=name, image="disk-log", memory_kib=2048, label={"type": f"{label}_t"},
                             devices=[{"kind": "net"}])["id"]
        client.call("domain.resume", id=number)
        self.wait_until_connected(client, number)
        return number

    def wait_until_connected(self, client, number):
        harness.wait_for(lambda: client.call("domain.get", id=number)["devices"][0]["state"] == "connected", "network")

    def refusals(self, client):
        return {(r["subject"], r["object"], r["permission"]) for r in client.call("audit.list")["records"]
                if not r["allowed"] and r["class"] == "network"}

    def check_wall(self, client):
        self.assertEqual((self.may(client, FIRST), self.may(client, SECOND)), (True, False))

    def choose(self, client):
        """An adviser meets the first bank; -> its number."""
        bank = self.create(client, "first", FIRST)
        adviser = self.create(client, "adviser", ADVISER)
        self.check_wall(client)
        client.call("domain.destroy", id=bank)
        self.check_wall(client)
        return adviser

    def test_pause_and_reboot(self):
        _, client = self.machine()
        adviser = self.choose(client)
        client.call("domain.pause", id=adviser)
        client.call("domain.resume", id=adviser)
        self.check_wall(client)
        client.call("domain.reboot", id=adviser)
        self.wait_until_connected(client, adviser)
        self.check_wall(client)
        self.assertNotIn(("a_t", "c_t", "connect"), self.refusals(client))
        self.create(client, "second", SECOND)
        self.assertIn(("a_t", "c_t", "connect"), self.refusals(client))
        client.call("domain.destroy", id=adviser)
        self.create(client, "another", ADVISER)  # of the same label
        self.check_wall(client)

    def test_saved_and_restored_on_a_new_machine(self):
        machine, client = self.machine()
        path = os.path.join(self.folder, "adviser.state")
        self.done(client, "domain.save", id=self.choose(client), path=path)
        machine.end(machine.machine)
        _, client = self.machine()
        self.create(client, "second", SECOND)
        adviser = self.done(client, "domain.restore", path=path)
        self.assertEqual(adviser["label"]["type"], "a_t")
        self.wait_until_connected(client, adviser["id"])
        self.check_wall(client)
        self.assertIn(("a_t", "c_t", "connect"), self.refusals(client))

    def test_moved(self):
        _, here = self.machine()
        other, there = self.machine()
        self.create(there, "second", SECOND)
        self.done(here, "domain.migrate", id=self.choose(here), to=other.control)
        self.wait_until_connected(there, self.domain(there, "adviser")["id"])
        self.check_wall(there)
        self.assertIn(("a_t", "c_t", "connect"), self.refusals(there))


if __name__ == "__main__":
    unittest.main(verbosity=2)
