#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Compiles the policies of the policy test: make_policies.py COMPILER SHIPPED FOLDER."""
import copy
import json
import os
import subprocess
import sys

NAMES = ("a", "b", "c")


def with_labels(shipped, *names):
    """The shipped policy with labels for some more domains, which may do what guests may."""
    policy = copy.deepcopy(shipped)
    te, labels = policy["te"], policy["labels"]
    for name in names:
        te["types"] += [f"{name}_t", f"{name}_self_t"]
        te["attributes"]["any_domain"].append(f"{name}_t")
        te["attributes"]["any_self"].append(f"{name}_self_t")
        te["attributes"]["governed"].append(f"{name}_t")
        labels["subjects"][name] = {"type": f"{name}_t"}
        labels["objects"] |= {name: {"type": f"{name}_t"}, f"{name}:self": {"type": f"{name}_self_t"}}
    te["attributes"]["any_end"] = te["attributes"]["any_domain"] + te["attributes"]["any_self"]
    return policy


def apart(policy, *pair):
    """The same, but these two have nothing to do with each other."""
    policy = copy.deepcopy(policy)
    te = policy["te"]
    both = [rule for rule in te["allow"] if rule["source"] == "any_domain" and rule["target"] == "any_end"]
    te["allow"] = [rule for rule in te["allow"] if rule not in both]
    for source in te["attributes"]["any_domain"]:
        other = {f"{name}_t" for name in pair if f"{name}_t" != source} if source[:-2] in pair else set()
        te["attributes"][f"ends_of_{source}"] = [end for end in te["attributes"]["any_end"] if end not in other]
        te["allow"] += [rule | {"source": source, "target": f"ends_of_{source}"} for rule in both]
    return policy


def locked(policy):
    """The same, but nobody may load another one."""
    policy = copy.deepcopy(policy)
    for rule in policy["te"]["allow"]:
        if rule["class"] == "policy":
            rule["permissions"].remove("load")
    return policy


def muted(policy, name):
    """The same, but domains of this label may do nothing but answer the control domain."""
    policy = copy.deepcopy(policy)
    te = policy["te"]
    for attribute in ("any_domain",):
        te["attributes"][attribute].remove(f"{name}_t")
    te["allow"].append({"source": f"{name}_t", "target": "control_t", "class": "event", "permissions": ["send"]})
    return policy


def walled(policy):
    """The same with a wall between b and c: who has to do with one has nothing to do with the other."""
    policy = copy.deepcopy(policy)
    objects = policy["labels"]["objects"]
    policy["models"] = ["te", "chinese-wall"]
    policy["chinese_wall"] = {"classes": [{"name": "banks", "datasets": ["bank-b", "bank-c"]}]}
    policy["labels"]["subjects"]["control"]["outside_wall"] = True
    for name, label in objects.items():
        if name in ("b", "c"):
            label["dataset"] = f"bank-{name}"
        else:
            label["outside_wall"] = True
    return policy


def main():
    compiler, shipped, folder = sys.argv[1:]
    with open(shipped, encoding="utf-8") as file:
        shipped = json.load(file)
    shipped["models"].remove("guard")
    together = with_labels(shipped, *NAMES)
    policies = {"unmetered": shipped, "wall": walled(together), "together": together, "apart": apart(together, "a", "b"), "locked": locked(together),
                "strangers": with_labels(shipped, "a", "b"), "mute": muted(together, "a"), "watching": apart(together, "a", "b") | {"enforcing": False}}
    for name, policy in policies.items():
        text = os.path.join(folder, f"policy-{name}.json")
        with open(text, "w", encoding="utf-8") as file:
            json.dump(policy, file)
        subprocess.run([compiler, text, os.path.join(folder, f"policy-{name}.bin")], check=True)


if __name__ == "__main__":
    main()
