# SPDX-License-Identifier: GPL-2.0-or-later
"""The models of access control, written anew from their papers, as an oracle for the engine.

Nothing here is shared with the engine but the table of flows, and nothing is made for speed: sets of names,
no numbers, no cache. Type Enforcement after Boebert and Kain, Bell and LaPadula's two properties over levels
and categories, Biba's strict policy and low-water mark, Brewer and Nash's Chinese Wall.
"""

READS = {"read", "both"}
WRITES = {"write", "both", "invoke"}


class Model:
    """One policy document and what its subjects have done."""

    def __init__(self, policy, flows):
        self.policy = policy
        self.flows = flows  # (class, permission) to flow
        self.accessed = {}  # subject to the datasets it has accessed
        self.sunk = {}  # subject to its integrity under the low-water mark

    def types_of(self, name, seen=()):
        attributes = self.policy["te"].get("attributes", {})
        if name not in attributes:
            return {name}
        assert name not in seen
        return set().union(*(self.types_of(member, seen + (name,)) for member in attributes[name]))

    def te(self, subject, obj, cls, permission):
        for rule in self.policy["te"].get("allow", []):
            if (rule["class"] == cls and permission in rule["permissions"]
                    and subject.get("type") in self.types_of(rule["source"])
                    and obj.get("type") in self.types_of(rule["target"])):
                return True
        return False

    @staticmethod
    def dominates(levels, high, high_categories, low, low_categories):
        return levels.index(high) >= levels.index(low) and high_categories >= low_categories

    def blp(self, subject, obj, flow):
        levels = self.policy["blp"]["levels"]
        lower, upper = subject.get("level_range", [subject.get("level", levels[0])] * 2)
        level = obj.get("level", levels[0])
        mine, its = set(subject.get("categories", [])), set(obj.get("categories", []))
        if flow in READS and not self.dominates(levels, upper, mine, level, its):
            return False
        return flow not in WRITES or self.dominates(levels, level, its, lower, mine)

    def biba(self, name, subject, obj, flow):
        levels = self.policy["biba"]["levels"]
        mine = levels.index(self.sunk.get(name, subject.get("integrity", levels[0])))
        its = levels.index(obj.get("integrity", levels[0]))
        strict = self.policy["biba"].get("mode", "strict") == "strict"
        if flow in READS and strict and its < mine:
            return False
        return flow not in WRITES or mine >= its

    def competitors(self, dataset):
        found = set()
        for conflict in self.policy["chinese_wall"]["classes"]:
            if dataset in conflict["datasets"]:
                found |= set(conflict["datasets"]) - {dataset}
        return found

    def chinese_wall(self, name, obj, flow):
        dataset = obj.get("dataset")
        accessed = self.accessed.get(name, set())
        if flow == "neither":
            return True
        if accessed & self.competitors(dataset):
            return False
        return flow not in WRITES or not accessed - {dataset}

    def record(self, name, subject, obj, flow):
        if "chinese-wall" in self.policy["models"] and obj.get("dataset") and flow != "neither":
            self.accessed.setdefault(name, set()).add(obj["dataset"])
        if "biba" in self.policy["models"] and self.policy["biba"].get("mode") == "low-water-mark" and flow in READS:
            levels = self.policy["biba"]["levels"]
            mine = self.sunk.get(name, subject.get("integrity", levels[0]))
            self.sunk[name] = min(mine, obj.get("integrity", levels[0]), key=levels.index)

    def decide(self, access):
        """What each active model says about one access; it is recorded where all of them allow it."""
        name = access["subject"]
        subject = self.policy["labels"]["subjects"][name]
        obj = self.policy["labels"]["objects"][access["object"]]
        flow = self.flows[access["class"], access["permission"]]
        judges = {
            "te": lambda: self.te(subject, obj, access["class"], access["permission"]),
            "blp": lambda: self.blp(subject, obj, flow),
            "biba": lambda: self.biba(name, subject, obj, flow),
            "chinese-wall": lambda: self.chinese_wall(name, obj, flow),
        }
        verdicts = {model: judges[model]() for model in self.policy["models"]}
        allowed = bool(verdicts) and all(verdicts.values())
        if allowed:
            self.record(name, subject, obj, flow)
        return allowed, verdicts
