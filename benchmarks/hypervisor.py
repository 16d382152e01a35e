#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Counts instructions of the hypervisor's elementary operations, beside published figures of its peers.

Boots the benchmark guests under QEMU's instruction counter, where an instruction takes one nanosecond of
virtual time: the figures are exact and the same in every run.
"""
import argparse
import json
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.realpath(__file__))
SECONDS = 120
SAMSUNG = "Samsung Xen on ARM (A9, paravirtual)"
XEN = "Xen 4.17 (A15, virtualization extensions)"

# name of the guest's figure: (what, target, Samsung's figure, Xen's figure)
FIGURES = {
    "hypercall": ("null hypercall, round trip", 20, 69, 485),
    "hypercall-c": ("hypercall through C, round trip", 65, 69, 485),
    "syscall": ("guest process system call to its kernel and back", 65, 132, None),
    "data-abort": ("data abort reflected to the guest kernel and back", 130, 154, None),
    "domain-switch": ("domain switch, one way, with accounting", 200, 603, 3939),
    "event-send": ("event send, no wake-up", 110, 206, 1032),
    "domain-switch-32": ("domain switch with 32 domains", 217, 603, 3939),
    "event-send-32": ("event send with 32 domains", 121, 206, 1032),
    "ping-pong": ("event ping-pong between two domains, round trip", 900, 2321, 12056),
    "page-table-single": ("page-table update, single", None, None, None),
    "page-table-batch": ("page-table update, each of 64", None, None, None),
}


def measure(build):
    command = [sys.executable, os.path.join(HERE, "../hypervisor/tools/run-qemu"), "--no-channel", "--icount",
               "--flash0", os.path.join(build, "hypervisor/flash0.img"),
               "--flash1", os.path.join(build, "benchmarks/hypervisor/bench-flash1.img")]
    result = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
                            errors="replace", timeout=SECONDS, check=False)
    found = {}
    for line in result.stdout.splitlines():
        if line.startswith("figure: "):
            _, name, value = line.split()
            found[name] = float(value)
    missing = set(FIGURES) - set(found)
    if result.returncode != 0 or missing:
        sys.stderr.write(result.stdout)
        sys.exit(f"hypervisor: the run ended with {result.returncode}, without {', '.join(sorted(missing)) or 'error'}")
    return found


def size_figures(build):
    """Text and data of what runs privileged, and its lines of code."""
    sizes = subprocess.run(["arm-linux-gnueabihf-size", os.path.join(build, "hypervisor/hypervisor.elf")],
                           stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines()[1].split()
    root, lines = os.path.join(HERE, "../hypervisor"), 0
    for folder in ("arch", "boot", "core", "platform", "security"):
        for path, _, names in os.walk(os.path.join(root, folder)):
            for name in names:
                if name.endswith((".c", ".h", ".S")):
                    with open(os.path.join(path, name), encoding="utf-8") as source:
                        lines += sum(1 for line in source if line.strip())
    text_kib = round((int(sizes[0]) + int(sizes[1])) / 1024, 1)
    return [figure("text and data of the hypervisor", text_kib, "KiB", 100, 103, 885),
            figure("lines of C and assembly that run privileged", lines, "lines", 10000, 18500, 110000)]


def figure(what, value, unit, target, samsung, xen):
    peers = [{"name": name, "value": peer, "how": "published"}
             for name, peer in ((SAMSUNG, samsung), (XEN, xen)) if peer is not None]
    entry = {"name": what, "value": value, "unit": unit, "better": "lower", "peers": peers}
    if target is not None:
        entry["target"] = target
    entry["met"] = (target is None or value <= target) and all(value < peer["value"] for peer in peers)
    return entry


def print_table(figures):
    print(f"{'':52}{'ours':>8}{'target':>8}{'Samsung':>9}{'Xen 4.17':>10}")
    for entry in figures:
        peers = {peer["name"]: f"{peer['value']:,}" for peer in entry["peers"]}
        print(f"{entry['name']:52}{entry['value']:>8,}{entry.get('target', '–'):>8}{peers.get(SAMSUNG, '–'):>9}"
              f"{peers.get(XEN, '–'):>10}  {'' if entry['met'] else 'MISSED'}")
    print("Instructions where nothing else is said. The peers' figures are published ones, counted the same way.")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--build", default=os.path.join(HERE, "../build"), metavar="DIR")
    arguments = parser.parse_args()
    counted = measure(arguments.build)
    figures = [figure(what, counted[name], "instructions", target, samsung, xen)
               for name, (what, target, samsung, xen) in FIGURES.items()]
    figures += size_figures(arguments.build)
    if arguments.json:
        print(json.dumps({"bench": "hypervisor", "figures": figures}))
    else:
        print_table(figures)
    return 0 if all(entry["met"] for entry in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
