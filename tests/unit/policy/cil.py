# SPDX-License-Identifier: GPL-2.0-or-later
"""A policy document's type rules and levels in SELinux's intermediate language, for SELinux's own tools to decide by.

Type rules are allow rules. Bell and LaPadula's two properties are constraints over ranges: a subject's range goes
from what it writes with to what it reads with. Names are replaced by numbers, so that any name will do.
"""

import subprocess

READS = {"read", "both"}
WRITES = {"write", "both", "invoke"}
# Its compiler wants one rule at least, so nobody may do something.
BASE = """(handleunknown deny) (mls true)
(sid kernel) (sidorder (kernel)) (sidcontext kernel (u r t0 ((s0) (s0))))
(user u) (role r) (userrole u r) (typeattribute every) (typeattributeset every (all)) (roletype r every)
(userlevel u (s0)) (userrange u ((s0) ({last})))
(type nobody) (allow nobody nobody (k_domain (p_create)))
"""


def level(policy, name, categories):
    """The context's level of a label's level, by number."""
    numbers = sorted(policy["blp"]["categories"].index(c) for c in categories)
    return f"s{policy['blp']['levels'].index(name)}" + "".join((":" if i == 0 else ",") + f"c{n}"
                                                               for i, n in enumerate(numbers))


def context(policy, label):
    """The SELinux context of a label that has a type."""
    lowest = policy["blp"]["levels"][0]
    low, high = label.get("level_range", [label.get("level", lowest)] * 2)
    categories = label.get("categories", [])
    return (f"u:r:t{policy['te']['types'].index(label['type'])}"
            f":{level(policy, low, categories)}-{level(policy, high, categories)}")


def classes_of(table):
    for cls in table:
        names = " ".join(f"p_{p['name']}" for p in cls["permissions"])
        yield f"(class k_{cls['name']} ({names}))"
    yield f"(classorder ({' '.join('k_' + c['name'] for c in table)}))"


def lattice(policy, table):
    levels = [f"s{i}" for i in range(len(policy["blp"]["levels"]))]
    categories = [f"c{i}" for i in range(len(policy["blp"]["categories"]))]
    yield from (f"(sensitivity {s})" for s in levels)
    yield f"(sensitivityorder ({' '.join(levels)}))"
    yield from (f"(category {c})" for c in categories)
    if categories:
        yield f"(categoryorder ({' '.join(categories)}))"
        yield from (f"(sensitivitycategory {s} ({' '.join(categories)}))" for s in levels)
    for flows, constraint in (READS, "(dom h1 h2)"), (WRITES, "(domby l1 l2)"):
        for cls in table:
            names = [f"p_{p['name']}" for p in cls["permissions"] if p["flow"] in flows]
            if names:
                yield f"(mlsconstrain (k_{cls['name']} ({' '.join(names)})) {constraint})"


def rules(policy):
    numbers = {name: f"t{i}" for i, name in enumerate(policy["te"]["types"])}
    yield from (f"(type {t})" for t in numbers.values())
    for i, (name, members) in enumerate(policy["te"].get("attributes", {}).items()):
        numbers[name] = f"a{i}"
        yield f"(typeattribute a{i})"
        # An attribute may contain only those before it here; an empty one stays empty.
        if members:
            yield f"(typeattributeset a{i} ({' '.join(numbers[m] for m in members)}))"
    for rule in policy["te"].get("allow", []):
        if rule["permissions"]:
            names = " ".join(f"p_{p}" for p in rule["permissions"])
            yield f"(allow {numbers[rule['source']]} {numbers[rule['target']]} (k_{rule['class']} ({names})))"


def text(policy, table):
    """The whole policy. `table` is the engine's list of classes."""
    categories = [f"c{i}" for i in range(len(policy["blp"]["categories"]))]
    last = f"s{len(policy['blp']['levels']) - 1}" + (f" ({' '.join(categories)})" if categories else "")
    return "\n".join([*classes_of(table), *lattice(policy, table), *rules(policy), BASE.format(last=last)])


def compile_policy(policy, table, path):
    """Compiles into a binary policy at `path`."""
    with open(path + ".cil", "w", encoding="ascii") as source:
        source.write(text(policy, table))
    subprocess.run(["secilc", "-M", "true", "-f", path + ".contexts", "-o", path, path + ".cil"], check=True,
                   stdin=subprocess.DEVNULL)
