#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Compares the engine with SELinux's security server on random policies of type rules and levels.

POLICY_ORACLE is the engine's program, POLICY_PEER SELinux's, empty where its library was missing."""

import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import unittest

import cil
from model_test import classes, random_access, random_policy

ORACLE, PEER = os.environ["POLICY_ORACLE"], os.environ["POLICY_PEER"]
N_POLICIES, N_ACCESSES = 60, 150


def policy_of_both(rng, table):
    """What both know: types, attributes and levels. Everything has a type, as it must there."""
    policy = random_policy(rng, table)
    policy["models"] = ["te", "blp"]
    for labels in policy["labels"].values():
        for label in labels.values():
            label.setdefault("type", rng.choice(policy["te"]["types"]))
            label.pop("integrity", None)
            label.pop("dataset", None)
    return policy


def ask_engine(policy, accesses):
    out = subprocess.run([ORACLE], input=json.dumps({"policy": policy, "accesses": accesses}) + "\n", check=True,
                         stdout=subprocess.PIPE, text=True, timeout=60)
    return [decision["allowed"] for decision in json.loads(out.stdout)["decisions"]]


def ask_selinux(policy, table, accesses, path):
    cil.compile_policy(policy, table, path)
    subjects, objects = policy["labels"]["subjects"], policy["labels"]["objects"]
    lines = [f"{cil.context(policy, subjects[a['subject']])} {cil.context(policy, objects[a['object']])}"
             f" k_{a['class']} p_{a['permission']}\n" for a in accesses]
    out = subprocess.run([PEER, path], input="".join(lines), check=True, stdout=subprocess.PIPE, text=True, timeout=60)
    return [word == "1" for word in out.stdout.split()]


@unittest.skipUnless(PEER and shutil.which("secilc"), "libsepol-dev or secilc is missing")
class EngineAgainstSELinux(unittest.TestCase):
    def test_random_policies(self):
        rng = random.Random(20010615)
        table = classes()
        allowed = 0
        for _ in range(N_POLICIES):
            policy = policy_of_both(rng, table)
            accesses = [random_access(rng, policy, table) for _ in range(N_ACCESSES)]
            with tempfile.TemporaryDirectory() as folder:
                theirs = ask_selinux(policy, table, accesses, os.path.join(folder, "policy"))
            ours = ask_engine(policy, accesses)
            differing = [access for access, one, other in zip(accesses, ours, theirs, strict=True) if one != other]
            self.assertEqual(differing, [], json.dumps(policy))
            allowed += sum(ours)
        # Both answers must have come up often, or the comparison says little.
        self.assertTrue(0.05 < allowed / (N_POLICIES * N_ACCESSES) < 0.95, allowed)


if __name__ == "__main__":
    sys.exit(unittest.main(verbosity=2))
