#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What an access decision costs, by the number of rules, beside SELinux's security server.

On ARM, instructions of the engine as it is linked into the hypervisor, counted by QEMU. On this machine, nanoseconds of
the engine and of libsepol on the same policy (type rules between 1,000 types and a lattice of levels) and the same
questions, in the same run; both must give the same answers. libsepol has no cache: it is the peer of new decisions, and
libselinux's access vector cache that of remembered ones. The last figures are of a policy with 100,000 rules that a
running hypervisor is given through its control endpoint."""

import argparse
import importlib.util
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, "tests/unit/policy"))

import cil  # noqa: E402

SIZES = (10, 100, 1000, 10000, 100000)
TYPES, LABELS, QUESTIONS, LEVELS = 1000, 200, 20000, 4
CACHED_INSTRUCTIONS, UNCACHED_INSTRUCTIONS, CACHED_NS, BYTES = 40, 600, 25, 1 << 20
GROWTH_PERCENT = 5
PEER, CACHE_PEER = "libsepol", "libselinux"
LOAD_MS = 10000  # on the emulated board


def classes(build):
    out = subprocess.run([os.path.join(build, "tests/unit/policy/policy-oracle"), "--classes"], check=True,
                         stdout=subprocess.PIPE, text=True)
    return json.loads(out.stdout)


def make_policy(rng, table, size):
    """Rules between random types; some of them are of those that the labels have, so that something is allowed."""
    types = [f"type{i}" for i in range(TYPES)]
    levels = [f"level{i}" for i in range(LEVELS)]

    def labels():
        return {f"label{i}": {"type": rng.choice(types), "level": rng.choice(levels)} for i in range(LABELS)}

    subjects, objects = labels(), labels()
    keys = {}
    while len(keys) < size:
        cls = rng.choice(table)
        if rng.random() < 0.5 or size <= 100:
            pair = rng.choice(list(subjects.values()))["type"], rng.choice(list(objects.values()))["type"]
        else:
            pair = rng.choice(types), rng.choice(types)
        keys[(*pair, cls["name"])] = [rng.choice(cls["permissions"])["name"]]
    allow = [{"source": s, "target": t, "class": c, "permissions": p} for (s, t, c), p in keys.items()]
    return {"format": 1, "models": ["te", "blp"], "te": {"types": types, "allow": allow},
            "blp": {"levels": levels, "categories": []}, "labels": {"subjects": subjects, "objects": objects}}


def make_questions(rng, policy, table):
    """(subject, object, class, permission): half of them such as a rule allows."""
    subjects, objects = policy["labels"]["subjects"], policy["labels"]["objects"]
    of_type = {}
    for kind, labels in ("s", subjects), ("o", objects):
        for name, label in labels.items():
            of_type.setdefault((kind, label["type"]), []).append(name)
    ruled = [r for r in policy["te"]["allow"] if ("s", r["source"]) in of_type and ("o", r["target"]) in of_type]
    for i in range(QUESTIONS):
        if i % 2 == 0:
            rule = rng.choice(ruled)
            yield (rng.choice(of_type["s", rule["source"]]), rng.choice(of_type["o", rule["target"]]),
                   rule["class"], rule["permissions"][0])
        else:
            cls = rng.choice(table)
            yield (rng.choice(list(subjects)), rng.choice(list(objects)), cls["name"],
                   rng.choice(cls["permissions"])["name"])


def measure_ours(build, path, questions):
    out = subprocess.run([os.path.join(build, "benchmarks/policy-decide"), path], check=True, text=True,
                         input="".join(" ".join(q) + "\n" for q in questions), stdout=subprocess.PIPE)
    return json.loads(out.stdout)


def measure_peer(build, policy, table, path, questions):
    """(nanoseconds, how many are allowed)"""
    cil.compile_policy(policy, table, path)
    subjects, objects = policy["labels"]["subjects"], policy["labels"]["objects"]
    lines = [f"{cil.context(policy, subjects[s])} {cil.context(policy, objects[o])} k_{c} p_{p}\n"
             for s, o, c, p in questions]
    out = subprocess.run([os.path.join(build, "tests/unit/policy/policy-peer"), "--time", path], check=True, text=True,
                         input="".join(lines), stdout=subprocess.PIPE)
    nanoseconds, allowed = out.stdout.split()
    return float(nanoseconds), int(allowed)


def measure_host(build, has_peer):
    """{number of rules: (ours, the peer's nanoseconds or None)}"""
    table = classes(build)
    measured = {}
    for size in SIZES:
        rng = random.Random(size)
        policy = make_policy(rng, table, size)
        questions = list(make_questions(rng, policy, table))
        with tempfile.TemporaryDirectory(prefix="domicile-bench-") as folder:
            path = os.path.join(folder, "policy.json")
            with open(path, "w", encoding="utf-8") as file:
                json.dump(policy, file)
            ours = measure_ours(build, path, questions)
            peer = None
            if has_peer:
                peer, allowed = measure_peer(build, policy, table, os.path.join(folder, "policy"), questions)
                if allowed != ours["allowed"]:
                    sys.exit(f"policy: of {size} rules {PEER} allows {allowed} questions, we {ours['allowed']}")
        measured[size] = ours, peer
    return measured


def measure_cache_peer(build):
    """Nanoseconds of a decision that libselinux's cache remembers; None where it was not built."""
    program = os.path.join(build, "benchmarks/policy-avc")
    if not os.path.exists(program):
        return None
    return float(subprocess.run([program], check=True, stdout=subprocess.PIPE, text=True).stdout)


def measure_load(build):
    """(milliseconds, bytes): a policy of 100,000 rules given to a hypervisor that runs, from the call to the answer."""
    os.environ["DOMICILE_BUILD_DIR"] = build
    sys.path.insert(0, os.path.join(ROOT, "tests/hypervisor/control"))
    import harness
    import test_policy
    policy = test_policy.with_many_rules()
    machine = harness.Machine(os.path.join(build, "hypervisor/flash1.img"))
    try:
        machine.wait_until_answering()
        with machine.client() as client:
            start = time.monotonic()
            client.call("policy.load", policy=policy)
            passed = time.monotonic() - start
    finally:
        machine.close()
    return round(passed * 1000), len(test_policy.compiled(policy))


def measure_arm(build):
    """{"access-cached": {rules: instructions}, "access-uncached": …}"""
    spec = importlib.util.spec_from_file_location("bench_hypervisor", os.path.join(ROOT, "benchmarks/hypervisor.py"))
    hypervisor = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(hypervisor)
    return hypervisor.measure_operations(build)


def figure(name, value, unit, target=None, peer=None, peer_name=PEER):
    entry = {"name": name, "value": value, "unit": unit, "better": "lower", "peers": []}
    if peer is not None:
        entry["peers"] = [{"name": peer_name, "value": peer, "how": "measured"}]
    if target is not None:
        entry["target"] = target
    entry["met"] = (target is None or value <= target) and (peer is None or value < peer)
    return entry


def growth(values):
    """By how many percent the most rules cost more than the fewest."""
    return round((values[max(values)] / values[min(values)] - 1) * 100, 1)


def figures_of(arm, host, cache_peer, load):
    figures = []
    for size in SIZES:
        figures.append(figure(f"{size:,} rules: remembered decision on ARM", arm["access-cached"][size], "instructions",
                              CACHED_INSTRUCTIONS))
        figures.append(figure(f"{size:,} rules: new decision on ARM", arm["access-uncached"][size], "instructions",
                              UNCACHED_INSTRUCTIONS))
        ours, peer = host[size]
        figures.append(figure(f"{size:,} rules: remembered decision here", ours["cached_ns"], "ns", CACHED_NS, cache_peer,
                              CACHE_PEER))
        figures.append(figure(f"{size:,} rules: new decision here", ours["uncached_ns"], "ns", None, peer))
    figures.append(figure(f"{SIZES[-1]:,} rules, {TYPES:,} types: size", host[SIZES[-1]][0]["bytes"], "bytes", BYTES))
    figures.append(figure(f"new decision on ARM: growth from {SIZES[0]} to {SIZES[-1]:,} rules",
                          growth(arm["access-uncached"]), "%", GROWTH_PERCENT))
    figures.append(figure(f"{SIZES[-1]:,} rules into a running hypervisor", load[0], "ms", LOAD_MS))
    figures.append(figure(f"{SIZES[-1]:,} rules in the hypervisor, with labels and document", load[1], "bytes", BYTES))
    return figures


def print_table(figures):
    width = max(len(entry["name"]) for entry in figures) + 2
    print(f"{'':{width}}{'ours':>10}{'target':>11}{'SELinux':>10}")
    for entry in figures:
        target = f"{entry['target']:,}" if "target" in entry else "–"
        peer = f"{entry['peers'][0]['value']:,}" if entry["peers"] else "–"
        print(f"{entry['name']:{width}}{entry['value']:>10,}{target:>11}{peer:>10}  {entry['unit']}"
              f"{'' if entry['met'] else '  MISSED'}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--build", default=os.path.join(ROOT, "build"), metavar="DIR")
    arguments = parser.parse_args()
    build = os.path.realpath(arguments.build)
    has_peer = bool(shutil.which("secilc")) and os.path.exists(os.path.join(build, "tests/unit/policy/policy-peer"))
    if not has_peer:
        print("policy: SELinux's part is left out: libsepol-dev or secilc was missing when this was built",
              file=sys.stderr)
    figures = figures_of(measure_arm(build), measure_host(build, has_peer), measure_cache_peer(build), measure_load(build))
    if arguments.json:
        print(json.dumps({"bench": "policy", "figures": figures}))
    else:
        print_table(figures)
    return 0 if all(entry["met"] for entry in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
