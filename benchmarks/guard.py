#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What attacks cost a domain beside them, without the resource guard and with it: rounds of work that the victim does in 200 ms
of one processor, and how late it is at a deadline of 1 ms. The time is the machine's own, by the count of instructions, so that
every run gives the same figures. The attacks are those of
tests/hypervisor/guests/flood.c, and a shell of Linux that starts processes without end."""
import argparse
import json
import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
WORDS = {"events": "event flood", "grants": "grants mapped and unmapped", "exhaust": "grant exhaustion", "paging": "page-table churn",
         "forks": "page tables made and unmade", "bomb": "fork bomb in a shell of Linux", "console": "console flood", "memory": "memory grab",
         "spin": "two processors' worth of spinning"}
KEEPS = 0.8  # of what the victim does alone, when the guard is on
LINE = re.compile(r"figure: (\w+) (on|off) rounds (\d+) late_us (\d+) misses (\d+) attacks (\d+) throttled (\d+)")


def measure(build):
    """{(attack, guard): (rounds, late_us, misses, attacks, throttled)}"""
    line = [sys.executable, os.path.join(ROOT, "hypervisor/tools/run-qemu"), "--no-channel", "--icount", "3", "--memory", "32",
            "--flash0", os.path.join(build, "hypervisor/flash0.img"),
            "--flash1", os.path.join(build, "tests/hypervisor/guard-flash1.img")]
    out = subprocess.run(line, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120,
                         check=False).stdout.decode("ascii", "replace")
    found = {(attack, guard): tuple(map(int, numbers)) for attack, guard, *numbers in LINE.findall(out)}
    words = WORDS if "# SKIP there is no BusyBox" not in out else WORDS.keys() - {"bomb"}
    if len(found) != 2 * len(words) + 1:
        sys.exit(f"guard: the machine gave {len(found)} figures:\n{out[-2000:]}")
    return found


def row(name, value, unit, better, target, without):
    met = value >= target if better == "higher" else value <= target
    return {"name": name, "value": value, "unit": unit, "better": better, "target": target,
            "peers": [{"name": "without the guard", "value": without, "how": "measured"}], "met": met}


def make_figures(found):
    alone = found["alone", "off"]
    figures = []
    for attack, words in WORDS.items():
        if (attack, "off") not in found:
            continue
        off, on = found[attack, "off"], found[attack, "on"]
        if attack == "memory":
            figures.append(row(f"{words}: pages that the victim could not have back", on[2], "pages", "lower", 0, off[2]))
        figures.append(row(f"{words}: the victim's work, of {alone[0]} rounds alone", on[0], "rounds", "higher",
                           round(alone[0] * KEEPS), off[0]))
        figures.append(row(f"{words}: latest at a deadline", on[1], "us", "lower", off[1], off[1]))
    return figures


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--build", default=os.environ.get("DOMICILE_BUILD_DIR", os.path.join(ROOT, "build")),
                        help="the build folder (default: build beside this tree)")
    options = parser.parse_args()
    figures = make_figures(measure(os.path.abspath(options.build)))
    sys.path.insert(0, os.path.join(ROOT, "benchmarks", "apps"))
    import budgets
    of_apps, why = budgets.figures(os.path.abspath(options.build))
    if of_apps is None:
        print(f"guard: nothing is measured of apps: {why}", file=sys.stderr)
    figures += of_apps or []
    if options.json:
        print(json.dumps({"bench": "guard", "figures": figures}))
    else:
        for figure in figures:
            print(f"{figure['name']:<72} {figure['value']:>6} {figure['unit']:<6} "
                  f"{'met' if figure['met'] else 'MISSED':<6} (without the guard {figure['peers'][0]['value']})")
    return 0 if all(figure["met"] for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
