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
N_POLICIES = int(os.environ.get("POLICY_ROUNDS", "3000"))
N_ACCESSES = 24


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


def random_run(rng, policy, table):
    """A few accesses over and over: what was decided once must be right again after all that came between."""
    few = [random_access(rng, policy, table) for _ in range(rng.randint(1, N_ACCESSES))]
    return [rng.choice(few) for _ in range(N_ACCESSES)]


class EngineAgainstModel(unittest.TestCase):
    def test_random_policies(self):
        rng = random.Random(20080107)
        table = classes()
        flows = {(c["name"], p["name"]): p["flow"] for c in table for p in c["permissions"]}
        policies = [random_policy(rng, table) for _ in range(N_POLICIES)]
        questions = [{"policy": p, "accesses": random_run(rng, p, table)} for p in policies]
        out = subprocess.run([ORACLE], input="".join(json.dumps(q) + "\n" for q in questions), check=True,
                             stdout=subprocess.PIPE, text=True, timeout=300)
        answers = [json.loads(line) for line in out.stdout.splitlines()]
        self.assertEqual(len(answers), len(questions))

        allowed_count = 0
        for question, answer in zip(questions, answers):
            self.assertIn("decisions", answer, question["policy"])
            model = Model(question["policy"], flows)
            for access, decision in zip(question["accesses"], answer["decisions"], strict=True):
                allowed, verdicts = model.decide(access)
                allowed_count += allowed
                where = json.dumps({"access": access, "policy": question["policy"]})
                self.assertEqual({m["model"]: m["allowed"] for m in decision["models"]}, verdicts, where)
                self.assertEqual(decision["allowed"], allowed, where)
        # Both answers must have come up often, or the comparison says little.
        share = allowed_count / (N_POLICIES * N_ACCESSES)
        self.assertTrue(0.05 < share < 0.95, share)


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
