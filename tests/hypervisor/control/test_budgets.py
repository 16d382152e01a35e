#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Budgets of domains at the control endpoint: from the policy, set by hand, and tightened as the battery runs empty; and
what is refused, as it is recorded and told."""
import json
import os
import unittest

import harness
import test_policy

FLASH1 = os.path.join(harness.BUILD, "hypervisor/flash1.img")


class Budgets(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.machine = harness.Machine(FLASH1)
        cls.addClassCleanup(cls.machine.close)
        cls.machine.wait_until_answering()

    def setUp(self):
        self.client = self.machine.client()
        self.addCleanup(self.client.close)
        with open(test_policy.SOURCE, encoding="utf-8") as file:
            self.shipped = json.load(file)
        self.client.call("policy.load", policy=self.shipped)

    def refusal(self, method, **params):
        with self.assertRaises(harness.RpcError) as caught:
            self.client.call(method, **params)
        return caught.exception

    def create(self, **more):
        number = self.client.call("domain.create", image="primes", memory_kib=8192, **more)["id"]
        self.addCleanup(lambda: self.client.call("domain.destroy", id=number))
        return number

    def budgets(self, number):
        return next(domain for domain in self.client.call("guard.get")["domains"] if domain["id"] == number)

    def test_from_the_policy(self):
        guest = self.create(name="budget")
        mine, shipped = self.budgets(guest), self.shipped["guard"]["defaults"]
        self.assertEqual((mine["events"]["budget"], mine["cpu"]["budget"]), (shipped["events_per_s"], None))
        policy = self.shipped | {"models": ["te", "guard"], "guard": {"defaults": {}, "subjects": {"guest": {
            "events_per_s": 500, "cpu_percent": 40, "memory_kib": 9000, "console_bytes_per_s": 1000}}}}
        self.client.call("policy.load", policy=policy)
        mine = self.budgets(guest)
        self.assertEqual({name: mine[name]["budget"] for name in ("events", "cpu", "memory", "console", "grants")},
                         {"events": 500, "cpu": 40, "memory": 9000, "console": 1000, "grants": None})
        self.assertEqual((mine["cap_percent"], mine["memory"]["used"]), (40, 8192))
        error = self.refusal("domain.create", name="large", image="primes", memory_kib=16384)
        self.assertEqual((error.code, error.data["resource"]), (6, "memory"))
        self.assertIn("budget", error.message)
        self.assertIsNone(self.budgets(0)["events"]["budget"])  # the control domain has those of its own label
        decision = self.client.call("policy.check", subject="guest", object="guest:self", permission="increase",
                                    **{"class": "memory"})
        self.assertEqual([model["model"] for model in decision["models"]], ["te", "guard"])
        self.client.call("policy.load", policy=self.shipped)
        self.assertEqual(self.budgets(guest)["cap_percent"], 0)

    def test_set(self):
        guest = self.create(name="by-hand")
        self.assertEqual(self.client.call("guard.set", id=guest, console=2000, energy=100)["cap_percent"], 20)
        self.assertEqual(self.budgets(guest)["console"]["budget"], 2000)
        self.assertEqual(self.client.call("guard.set", id=guest, energy=None)["cap_percent"], 0)
        self.assertEqual(self.refusal("guard.set", id=4000, events=1).code, 1)
        self.assertEqual(self.refusal("guard.set", id=guest, events=-1).code, -32602)
        self.assertEqual(self.refusal("guard.set", id=guest, events="many").code, -32602)

    def test_held_back(self):
        """A domain that writes faster than it may is slower, and loses nothing."""
        guest = self.create(name="talker")
        self.client.call("guard.set", id=guest, console=1)
        self.client.call("domain.resume", id=guest)
        harness.wait_for(lambda: self.budgets(guest)["console"]["throttled"] > 0, "a domain that is held back")
        self.client.call("guard.set", id=guest, console=None)
        before = self.client.call("domain.console", id=guest)["next"]
        harness.wait_for(lambda: self.client.call("domain.console", id=guest)["next"] > before, "more of its output", 60)

    def test_battery(self):
        guest = self.create(name="portable")
        self.client.call("guard.set", id=guest, energy=250)
        self.assertEqual(self.client.call("battery.set", percent=80)["scale_percent"], 100)
        self.assertEqual(self.budgets(guest)["cap_percent"], 50)
        self.assertEqual(self.client.call("battery.set", percent=20)["scale_percent"], 40)
        self.assertEqual(self.budgets(guest)["cap_percent"], 20)
        self.assertEqual(self.client.call("host.info")["battery"], {"present": True, "percent": 20, "discharging": True})
        # On the border it stays as it is, and past it is looser.
        self.assertEqual(self.client.call("battery.set", percent=25)["scale_percent"], 40)
        self.assertEqual(self.client.call("battery.set", percent=27)["scale_percent"], 50)
        self.assertEqual(self.client.call("battery.set", percent=1)["scale_percent"], 10)
        self.assertEqual(self.client.call("battery.set", percent=1, discharging=False)["scale_percent"], 100)
        self.assertEqual(self.budgets(guest)["cap_percent"], 50)
        self.assertEqual(self.refusal("battery.set", percent=101).code, -32602)

    def test_events(self):
        with self.machine.client() as listener:
            listener.call("events.subscribe", topics=["audit", "guard"], interval_ms=100)
            state = listener.event(lambda event: event["topic"] == "guard")["data"]
            self.assertIn(0, [domain["id"] for domain in state["domains"]])
            guest = self.create(name="watched")
            policy = json.loads(json.dumps(self.shipped))
            for rule in policy["te"]["allow"]:
                if rule["class"] == "domain":
                    rule["permissions"].remove("resume")
            self.client.call("policy.load", policy=policy)
            self.assertEqual(self.refusal("domain.resume", id=guest).code, 4)
            record = listener.event(lambda event: event["topic"] == "audit" and event["data"]["permission"] == "resume")["data"]
            self.assertEqual((record["subject"], record["object"], record["allowed"]), ("control_t", "guest_t", False))
            self.assertLess(abs(record["time_us"] / 1e6 - harness.time.time()), 60)

    def test_records_that_are_lost_are_counted(self):
        guest = self.create(name="refused")
        policy = json.loads(json.dumps(self.shipped))
        for rule in policy["te"]["allow"]:
            if rule["class"] == "domain":
                rule["permissions"].remove("resume")
        self.client.call("policy.load", policy=policy)
        self.assertEqual(self.refusal("domain.resume", id=guest).code, 4)
        first = self.client.call("audit.list", limit=1)["records"][0]["seq"]
        for _ in range(300):
            self.refusal("domain.resume", id=guest)
        answer = self.client.call("audit.list", since_seq=first, limit=1000)
        self.assertEqual(answer["dropped"] + len(answer["records"]), 300)
        self.assertEqual([record["seq"] for record in answer["records"]],
                         list(range(first + answer["dropped"] + 1, first + 301)))


if __name__ == "__main__":
    unittest.main(verbosity=2)
