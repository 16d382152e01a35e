#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The hypervisor under policies of its own: what one denies is denied, to the control domain too; one that only watches
denies nothing; without one the built-in rules hold; a damaged one ends the start."""
import json
import os
import struct
import subprocess
import tempfile
import time
import unittest

import flash
import harness

HERE = os.path.dirname(os.path.realpath(__file__))
SOURCE = os.path.join(HERE, "../../../data/policy/hypervisor.json")
IMAGES = os.path.join(harness.BUILD, "hypervisor")


def with_vault(**members):
    """The shipped policy and a label of domains that the control domain may start, give devices and end, and no more."""
    with open(SOURCE, encoding="utf-8") as file:
        policy = json.load(file)
    te, labels = policy["te"], policy["labels"]
    te["types"] += ["vault_t", "vault_self_t"]
    te["attributes"]["any_domain"].append("vault_t")
    te["attributes"]["any_self"].append("vault_self_t")
    te["allow"] += [{"source": "control_t", "target": "vault_t", "class": cls, "permissions": permissions}
                    for cls, permissions in (("domain", ["create", "destroy", "resume", "set", "info"]),
                                             ("event", ["bind", "send"]), ("grant", ["map_read", "map_write"]))]
    labels["subjects"]["vault"] = {"type": "vault_t"}
    labels["objects"] |= {"vault": {"type": "vault_t"}, "vault:self": {"type": "vault_self_t"}}
    return policy | members


def with_many_rules():
    """with_vault() and 100,000 rules among 1,000 types more, in a document of a few kilobytes."""
    policy = with_vault()
    te = policy["te"]
    te["types"] += [f"many{i}_t" for i in range(1000 - len(te["types"]))]
    te["attributes"]["some"] = te["types"][-316:]
    te["allow"].append({"source": "some", "target": "some", "class": "file", "permissions": ["read"]})
    te["allow"] += [{"source": source, "target": "control_t", "class": "file", "permissions": ["read"]}
                    for source in te["types"][-316:-171]]
    return policy


def compiled(policy):
    with tempfile.TemporaryDirectory(prefix="domicile-policy-") as folder:
        text, binary = os.path.join(folder, "policy.json"), os.path.join(folder, "policy.bin")
        with open(text, "w", encoding="utf-8") as file:
            json.dump(policy, file)
        subprocess.run([os.path.join(IMAGES, "compile-policy"), text, binary], check=True)
        with open(binary, "rb") as file:
            return file.read()


class PolicyTest(unittest.TestCase):
    def boot(self, policy):
        """A machine with this compiled policy; None: without one."""
        folder = tempfile.TemporaryDirectory(prefix="domicile-policy-")
        self.addCleanup(folder.cleanup)
        flash1 = os.path.join(folder.name, "flash1.img")
        flash.set_policy(os.path.join(IMAGES, "flash1.img"), flash1, policy)
        machine = harness.Machine(flash1)
        self.addCleanup(machine.close)
        return machine

    def client(self, policy):
        machine = self.boot(policy and compiled(policy))
        machine.wait_until_answering()
        client = machine.client()
        self.addCleanup(client.close)
        return client

    @staticmethod
    def create(client, name, **more):
        return client.call("domain.create", name=name, image="primes", memory_kib=8192, **more)["id"]

    def test_policy_binds_the_control_domain(self):
        client = self.client(with_vault())
        self.assertEqual(client.call("host.info")["policy"], "enforcing")
        vault, guest = self.create(client, "vault", label={"type": "vault_t"}), self.create(client, "guest")
        self.assertEqual(client.call("domain.get", id=vault)["label"], {"type": "vault_t"})
        for number in (vault, guest):
            client.call("domain.resume", id=number)
        client.call("domain.pause", id=guest)
        client.call("domain.console", id=guest, write="x\n")
        for method, more in (("domain.pause", {}), ("domain.shutdown", {}),
                             ("domain.console", {"write": "x\n"})):
            with self.subTest(method=method):
                with self.assertRaises(harness.RpcError) as caught:
                    client.call(method, id=vault, **more)
                self.assertEqual((caught.exception.code, caught.exception.kind), (4, "denied"))
                self.assertIn("policy", caught.exception.message)
        self.assertIn(client.call("domain.get", id=vault)["state"], ("running", "blocked"))
        records = client.call("audit.list")["records"]
        self.assertEqual([(r["subject"], r["object"], r["class"], r["permission"], r["allowed"], r["enforced"])
                          for r in records if r["object"] == "vault_t"],
                         [("control_t", "vault_t", "domain", "pause", False, True),
                          ("control_t", "vault_t", "domain", "shutdown", False, True),
                          ("control_t", "vault_t", "console", "write", False, True)])
        later = client.call("audit.list", since_seq=records[-2]["seq"])["records"]
        self.assertEqual([record["seq"] for record in later], [records[-1]["seq"]])
        self.assertLess(abs(records[-1]["time_us"] / 1e6 - time.time()), 60)
        client.call("domain.destroy", id=vault)

    def test_policy_that_only_watches(self):
        client = self.client(with_vault(enforcing=False))
        self.assertEqual(client.call("host.info")["policy"], "permissive")
        vault = self.create(client, "vault", label={"type": "vault_t"})
        client.call("domain.resume", id=vault)
        self.assertEqual(client.call("domain.pause", id=vault)["state"], "paused")
        last = client.call("audit.list", limit=1)["records"][0]
        self.assertEqual((last["permission"], last["enforced"]), ("pause", False))

    def test_a_hundred_thousand_rules(self):
        policy = with_many_rules()
        self.assertEqual(len(policy["te"]["types"]), 1000)
        self.assertLess(len(compiled(policy)), 1 << 20)
        client = self.client(policy)
        self.assertEqual(client.call("host.info")["policy"], "enforcing")
        vault = self.create(client, "vault", label={"type": "vault_t"})
        client.call("domain.resume", id=vault)
        with self.assertRaises(harness.RpcError) as caught:
            client.call("domain.pause", id=vault)
        self.assertEqual(caught.exception.kind, "denied")
        # The same once more, into the running hypervisor.
        self.assertEqual(client.call("policy.load", policy=policy)["revoked"], 0)
        with self.assertRaises(harness.RpcError):
            client.call("domain.pause", id=vault)
        client.call("domain.destroy", id=vault)

    def test_no_policy(self):
        client = self.client(None)
        self.assertEqual(client.call("host.info")["policy"], "built-in")
        guest = self.create(client, "guest")
        self.assertEqual(client.call("domain.get", id=guest)["label"], {"type": "guest_t"})
        with self.assertRaises(harness.RpcError) as caught:
            self.create(client, "vault", label={"type": "vault_t"})
        self.assertEqual(caught.exception.kind, "not-found")

    def refused_start(self, policy):
        machine = self.boot(policy)
        log = os.path.join(machine.path, "uart.log")

        def panic():
            if not os.path.exists(log):
                return None
            with open(log, encoding="utf-8", errors="replace") as file:
                text = file.read()
            return text if "\n" in text.partition("panic")[2] else None
        text = harness.wait_for(panic, "refusal of the policy")
        self.assertNotIn("ready for requests", text)
        return text

    def test_damaged_policy(self):
        good = compiled(with_vault())
        size, image_size = struct.unpack_from("<II", good, 8)
        image = size - image_size
        for offset in (9, 16, image, image + 8, image + 40):
            with self.subTest(offset=offset):
                policy = bytearray(good)
                policy[offset:offset + 4] = b"\xff\xff\xff\xff"
                self.assertIn("damaged", self.refused_start(bytes(policy)))

    def test_policy_without_guests(self):
        policy = with_vault()
        policy["labels"]["subjects"]["guest"]["type"] = "machine_t"
        self.assertIn("lacks the label", self.refused_start(compiled(policy)))


if __name__ == "__main__":
    unittest.main(verbosity=2)
