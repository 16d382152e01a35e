#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Bad policies at both endpoints: validate names the place and the problem in words, load changes nothing."""

import copy

import support
from support import KINDS, on_both

setUpModule, tearDownModule = support.set_up_module, support.tear_down_module
INTEGRITY = next(code for code, kind in KINDS.items() if kind == "integrity")


def first(labels):
    return next(iter(labels))


def unknown_type(policy):
    policy["te"]["allow"][0]["target"] = "moon_t"
    return "te.allow[0].target", "moon_t"


def unknown_class(policy):
    policy["te"]["allow"][0]["class"] = "moon"
    return "te.allow[0].class", "moon"


def unknown_permission(policy):
    policy["te"]["allow"][0]["permissions"] = ["fly"]
    return "te.allow[0].permissions[0]", "fly"


def unknown_model(policy):
    policy["models"].append("moon")
    return f"models[{len(policy['models']) - 1}]", "moon"


def unknown_level(policy):
    policy["blp"] = {"levels": ["low", "high"], "categories": []}
    name = first(policy["labels"]["subjects"])
    policy["labels"]["subjects"][name]["level"] = "sky"
    return "labels.subjects", "sky"


def cycle(policy):
    policy["te"].setdefault("attributes", {}).update(one=["two"], two=["three"], three=["one"])
    return "te.attributes.three[0]", "contains itself"


def contradictory_levels(policy):
    policy["blp"] = {"levels": ["low", "high"], "categories": []}
    name = first(policy["labels"]["subjects"])
    policy["labels"]["subjects"][name].pop("level", None)
    policy["labels"]["subjects"][name]["level_range"] = ["high", "low"]
    return "level_range", "upside down"


def two_levels(policy):
    policy["blp"] = {"levels": ["low", "high"], "categories": []}
    name = first(policy["labels"]["subjects"])
    policy["labels"]["subjects"][name].update(level="low", level_range=["high", "high"])
    return "level_range", "outside the range"


def nobodys_budget(policy):
    policy.setdefault("guard", {}).setdefault("subjects", {})["nobody"] = {"memory_kib": 4}
    return "guard.subjects.nobody", "nobody"


def nobodys_context(policy):
    policy["contexts"] = {"apps": {"*": "nobody"}}
    return "contexts.apps", "nobody"


def never(policy):
    rule = policy["te"]["allow"][0]
    policy["te"]["neverallow"] = [copy.deepcopy(rule)]
    return "te.allow[0]", "never"


CASES = (unknown_type, unknown_class, unknown_permission, unknown_model, unknown_level, cycle, contradictory_levels,
         two_levels, nobodys_budget, nobodys_context, never)


class BadPolicies:
    def test_each_is_named_and_changes_nothing(self):
        client = self.connect()
        held = client.call("policy.get")
        for case in CASES:
            with self.subTest(case=case.__name__):
                bad = copy.deepcopy(held["policy"])
                place, words = case(bad)
                found = client.call("policy.validate", policy=bad)
                self.assertFalse(found["valid"])
                problems = [problem for problem in found["problems"] if problem["severity"] == "error"]
                self.assertTrue(any(place in problem["path"] and words in problem["message"] for problem in problems), problems)
                for dry_run in (True, False):
                    self.assert_error(client.request("policy.load", policy=bad, dry_run=dry_run), INTEGRITY)
                self.assertEqual(client.call("policy.get"), held)


on_both(globals(), BadPolicies)


if __name__ == "__main__":
    support.main()
