#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Compares the engine with the independent model on random policies; POLICY_ORACLE names the engine's program."""

import json
import os
import pathlib
import random
import subprocess
import sys
import unittest

from model import Model

ORACLE = os.environ["POLICY_ORACLE"]
SCHEMA = pathlib.Path(os.environ["POLICY_SCHEMA"])
N_POLICIES = int(os.environ.get("POLICY_ROUNDS", "100000"))
BATCH = 2000
LONG_RUN, SHORT_RUN = 24, 4


def classes():
    out = subprocess.run([ORACLE, "--classes"], check=True, capture_output=True, text=True, timeout=60)
    return json.loads(out.stdout)


def some(rng, items, most=None):
    items = list(items)
    return rng.sample(items, rng.randint(0, min(len(items), most or len(items))))


def random_te(rng, table):
    types = [f"type{i}" for i in range(rng.randint(1, 6))]
    attributes = {}
    for i in range(rng.randint(0, 3)):
        attributes[f"attribute{i}"] = some(rng, types + list(attributes))
    rules = []
    for _ in range(rng.randint(0, 10)):
        cls = rng.choice(table)
        permissions = [p["name"] for p in cls["permissions"]]
        rules.append({"source": rng.choice(types + list(attributes)), "target": rng.choice(types + list(attributes)),
                      "class": cls["name"], "permissions": rng.sample(permissions, rng.randint(1, len(permissions)))})
    return {"types": types, "attributes": attributes, "allow": rules}


def random_wall(rng):
    datasets = [f"dataset{i}" for i in range(rng.randint(1, 6))]
    rng.shuffle(datasets)
    conflicts = []
    while datasets:
        n = rng.randint(1, len(datasets))
        conflicts.append({"name": f"class{len(conflicts)}", "datasets": datasets[:n]})
        datasets = datasets[n:]
    if rng.random() < 0.2:  # a dataset in two classes
        conflicts.append({"name": "again", "datasets": [c["datasets"][0] for c in conflicts]})
    return {"classes": conflicts}


def random_label(rng, policy, is_subject):
    label = {}
    if rng.random() < 0.9:
        label["type"] = rng.choice(policy["te"]["types"])
    levels = policy["blp"]["levels"]
    if is_subject and rng.random() < 0.3:
        label["level_range"] = sorted(rng.choices(levels, k=2), key=levels.index)
    elif rng.random() < 0.8:
        label["level"] = rng.choice(levels)
    if rng.random() < 0.6:
        label["categories"] = some(rng, policy["blp"]["categories"])
    if rng.random() < 0.8:
        label["integrity"] = rng.choice(policy["biba"]["levels"])
    if not is_subject and rng.random() < 0.7:
        label["dataset"] = rng.choice([d for c in policy["chinese_wall"]["classes"] for d in c["datasets"]])
    return label


def random_policy(rng, table):
    models = some(rng, ["te", "blp", "biba", "chinese-wall"])
    policy = {
        "format": 1, "models": models, "te": random_te(rng, table),
        "blp": {"levels": [f"level{i}" for i in range(rng.randint(1, 4))],
                "categories": [f"category{i}" for i in range(rng.randint(0, 3))]},
        "biba": {"levels": [f"integrity{i}" for i in range(rng.randint(1, 4))],
                 "mode": rng.choice(["strict", "low-water-mark"])},
        "chinese_wall": random_wall(rng),
    }
    policy["labels"] = {
        "subjects": {f"subject{i}": random_label(rng, policy, True) for i in range(rng.randint(1, 3))},
        "objects": {f"object{i}": random_label(rng, policy, False) for i in range(rng.randint(1, 6))},
    }
    return policy


def random_access(rng, policy, table):
    cls = rng.choice(table)
    cls, permission = cls["name"], rng.choice(cls["permissions"])["name"]
    rules = policy["te"]["allow"]
    if rules and rng.random() < 0.7:  # something that a rule speaks of, or almost everything is denied
        rule = rng.choice(rules)
        cls, permission = rule["class"], rng.choice(rule["permissions"])
    return {"subject": rng.choice(list(policy["labels"]["subjects"])),
            "object": rng.choice(list(policy["labels"]["objects"])), "class": cls, "permission": permission}


def random_run(rng, policy, table, n_accesses):
    """A few accesses over and over: what was decided once must be right again after all that came between."""
    few = [random_access(rng, policy, table) for _ in range(rng.randint(1, n_accesses))]
    return [rng.choice(few) for _ in range(n_accesses)]


class EngineAgainstModel(unittest.TestCase):
    def setUp(self):
        self.table = classes()
        self.flows = {(c["name"], p["name"]): p["flow"] for c in self.table for p in c["permissions"]}
        self.allowed_count = 0

    def compare(self, question, answer):
        self.assertIn("decisions", answer, question["policy"])
        model = Model(question["policy"], self.flows)
        for access, decision in zip(question["accesses"], answer["decisions"], strict=True):
            allowed, verdicts = model.decide(access)
            self.allowed_count += allowed
            told = {m["model"]: m["allowed"] for m in decision["models"]}
            if told != verdicts or decision["allowed"] != allowed:
                self.fail(f"{told} is not {verdicts}: " + json.dumps({"access": access, "policy": question["policy"]}))

    def test_random_policies(self):
        rng = random.Random(20080107)
        asked = 0
        for at in range(0, N_POLICIES, BATCH):
            # Few accesses to many policies, and to some of them many.
            n_accesses = LONG_RUN if at == 0 else SHORT_RUN
            policies = [random_policy(rng, self.table) for _ in range(min(BATCH, N_POLICIES - at))]
            questions = [{"policy": p, "accesses": random_run(rng, p, self.table, n_accesses)} for p in policies]
            out = subprocess.run([ORACLE], input="".join(json.dumps(q) + "\n" for q in questions), check=True,
                                 stdout=subprocess.PIPE, text=True, timeout=300)
            for question, answer in zip(questions, out.stdout.splitlines(), strict=True):
                self.compare(question, json.loads(answer))
            asked += len(questions) * n_accesses
        # Both answers must have come up often, or the comparison says little.
        self.assertTrue(0.05 < self.allowed_count / asked < 0.95, self.allowed_count / asked)


class PublishedTable(unittest.TestCase):
    def test_schema_lists_the_table_of_the_engine(self):
        schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
        self.assertEqual(schema["x-classes"], classes())

    def test_schema_knows_every_permission(self):
        schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
        rule = schema["$defs"]["rule"]
        self.assertEqual(rule["properties"]["class"]["enum"], [c["name"] for c in classes()])
        by_class = {branch["if"]["properties"]["class"]["const"]:
                    branch["then"]["properties"]["permissions"]["items"]["enum"] for branch in rule["allOf"]}
        self.assertEqual(by_class, {c["name"]: [p["name"] for p in c["permissions"]] for c in classes()})


if __name__ == "__main__":
    sys.exit(unittest.main(verbosity=2))
