#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The policy at the control endpoint: read, tried, asked and replaced while domains run."""
import copy
import os
import unittest

import harness
import test_policy

FLASH1 = os.path.join(harness.BUILD, "hypervisor/flash1.img")


class PolicyLoad(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.machine = harness.Machine(FLASH1)
        cls.addClassCleanup(cls.machine.close)
        cls.machine.wait_until_answering()

    def setUp(self):
        self.client = self.machine.client()
        self.addCleanup(self.client.close)
        self.shipped = test_policy.with_vault()
        with open(test_policy.SOURCE, encoding="utf-8") as file:
            self.shipped = harness.json.load(file)
        self.client.call("policy.load", policy=self.shipped)

    def refusal(self, method, **params):
        with self.assertRaises(harness.RpcError) as caught:
            self.client.call(method, **params)
        return caught.exception

    def without(self, cls, permission, source="control_t"):
        """The shipped policy, but for one permission."""
        policy = copy.deepcopy(self.shipped)
        for rule in policy["te"]["allow"]:
            if rule["class"] == cls and rule["source"] == source:
                rule["permissions"] = [word for word in rule["permissions"] if word != permission]
        policy["te"]["allow"] = [rule for rule in policy["te"]["allow"] if rule["permissions"]]
        return policy

    def check(self, subject, target, cls, permission, **more):
        return self.client.call("policy.check", subject=subject, object=target, permission=permission,
                                **{"class": cls}, **more)

    def test_get(self):
        held = self.client.call("policy.get")
        self.assertEqual((held["policy"], held["enforcing"]), (self.shipped, True))
        self.assertLess(abs(held["loaded_us"] / 1e6 - harness.time.time()), 120)

    def test_load(self):
        before = self.client.call("policy.get")["sha256"]
        guest = self.client.call("domain.create", name="paused", image="primes", memory_kib=8192)["id"]
        self.addCleanup(lambda: self.client.call("domain.destroy", id=guest))
        self.client.call("domain.resume", id=guest)
        self.client.call("domain.pause", id=guest)
        policy = self.without("domain", "resume")
        loaded = self.client.call("policy.load", policy=policy, expect_sha256=before)
        self.assertEqual((loaded["revoked"], loaded["loaded"]), (0, True))
        error = self.refusal("domain.resume", id=guest)
        self.assertEqual((error.code, error.kind), (4, "denied"))
        held = self.client.call("policy.get")
        self.assertEqual((held["sha256"], held["policy"]), (loaded["sha256"], policy))
        error = self.refusal("policy.load", policy=self.shipped, expect_sha256=before)
        self.assertEqual((error.code, error.data["state"]), (3, "changed"))
        self.client.call("policy.load", policy=self.shipped, expect_sha256=loaded["sha256"])
        self.assertIn(self.client.call("domain.resume", id=guest)["state"], ("running", "blocked"))

    def test_dry_run(self):
        before = self.client.call("policy.get")["sha256"]
        result = self.client.call("policy.load", policy=self.without("event", "bind", "any_domain"), dry_run=True)
        self.assertFalse(result["loaded"])
        self.assertGreater(result["revocations"]["channels"], 0)
        self.assertEqual(result["revoked"], sum(result["revocations"].values()))
        self.assertEqual(self.client.call("policy.get")["sha256"], before)

    def test_bad_ones_change_nothing(self):
        before = self.client.call("policy.get")["sha256"]
        unknown = copy.deepcopy(self.shipped)
        unknown["te"]["allow"][0]["target"] = "nobody_t"
        error = self.refusal("policy.load", policy=unknown)
        self.assertEqual((error.code, error.kind), (7, "integrity"))
        self.assertIn("nobody_t", error.message)
        error = self.refusal("policy.load", policy=self.without("policy", "load"))
        self.assertEqual((error.code, error.data["state"]), (3, "locks-out"))
        stranger = copy.deepcopy(self.shipped)
        stranger["te"]["types"].append("other_t")
        stranger["labels"]["subjects"]["guest"]["type"] = "other_t"
        self.assertEqual(self.refusal("policy.load", policy=stranger).kind, "integrity")
        incomplete = copy.deepcopy(self.shipped)
        del incomplete["labels"]["objects"]["guest:self"]
        self.assertIn("guest", self.refusal("policy.load", policy=incomplete).message)
        findings = self.client.call("policy.validate", policy=incomplete)
        self.assertFalse(findings["valid"])
        self.assertIn("guest", findings["problems"][0]["message"])
        self.assertEqual(self.client.call("policy.get")["sha256"], before)

    def test_label_in_use(self):
        self.client.call("policy.load", policy=test_policy.with_vault())
        vault = self.client.call("domain.create", name="vault", image="primes", memory_kib=8192,
                                 label={"type": "vault_t"})["id"]
        try:
            error = self.refusal("policy.load", policy=self.shipped)
            self.assertEqual((error.code, error.data["state"]), (3, "label-in-use"))
            self.assertIn("vault_t", error.message)
        finally:
            self.client.call("domain.destroy", id=vault)
        self.client.call("policy.load", policy=self.shipped)

    def test_check(self):
        decision = self.check("control", "guest", "domain", "pause")
        self.assertTrue(decision["allowed"])
        self.assertEqual([model["model"] for model in decision["models"]], ["te", "guard"])
        self.assertTrue(self.check("control", "guest", "domain", "pause")["cached"])
        decision = self.check("guest", "control", "domain", "pause")
        self.assertFalse(decision["allowed"])
        self.assertIn("guest_t", decision["models"][0]["reason"])
        self.assertFalse(self.check("control", "guest", "domain", "pause",
                                    policy=self.without("domain", "pause"))["allowed"])
        for member, wrong in (("subject", "nobody"), ("object", "nobody"), ("class", "nothing"),
                              ("permission", "nothing")):
            access = {"subject": "control", "object": "guest", "class": "domain", "permission": "pause", member: wrong}
            error = self.refusal("policy.check", **access)
            self.assertEqual(error.code, -32602)
            self.assertIn(member, error.message)

    def test_simulate(self):
        accesses = [{"subject": "control", "object": "guest", "class": "domain", "permission": word}
                    for word in ("pause", "migrate")]
        decisions = self.client.call("policy.simulate", accesses=accesses)["decisions"]
        self.assertEqual([decision["allowed"] for decision in decisions], [True, False])
        decisions = self.client.call("policy.simulate", accesses=accesses, policy=self.without("domain", "pause"))
        self.assertEqual([decision["allowed"] for decision in decisions["decisions"]], [False, False])

    def test_survives_the_control_domain(self):
        """It is the hypervisor's: who looks after it may be made anew, and so may the gateway."""
        policy = self.without("domain", "shutdown")
        sha256 = self.client.call("policy.load", policy=policy)["sha256"]
        harness.Stage.end(self.machine.gateway)
        self.machine.gateway = self.machine.start_gateway()
        self.machine.wait_until_answering()
        self.client = self.machine.client()
        self.addCleanup(self.client.close)
        self.assertEqual(self.client.call("policy.get")["sha256"], sha256)
        started = self.client.call("domain.get", id=0)["cpu_time_ns"]
        self.client.call("domain.reboot", id=0)

        def made_anew():
            try:
                with self.machine.client() as client:
                    return client.call("domain.get", id=0)["cpu_time_ns"] < started
            except (harness.RpcError, OSError):
                return False
        harness.wait_for(made_anew, "control domain that was made anew", 60)
        self.assertEqual(self.client.call("policy.get")["policy"], policy)
        self.client.call("policy.load", policy=self.shipped)


if __name__ == "__main__":
    unittest.main(verbosity=2)
