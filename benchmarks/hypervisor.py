#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Counts instructions of the hypervisor's elementary operations, beside its peers.

Boots the benchmark guests under QEMU's instruction counter, where an instruction takes one nanosecond of
virtual time: the figures are exact and the same in every run. Debian's Xen is fetched, booted and counted in
the same run; Samsung's figures are published ones, counted the same way on its public release.
"""
import argparse
import json
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, os.path.join(HERE, "hypervisor"))
import boot  # noqa: E402  pylint: disable=wrong-import-position
import xen_peer  # noqa: E402  pylint: disable=wrong-import-position

SECONDS = 300
SAMSUNG = "Samsung Xen on ARM (A9, paravirtual)"
XEN = "Xen 4.17 (A15, virtualization extensions)"
FLAT_PERCENT = 10

# name of the guest's figure: (what, target, Samsung's published figure, Xen's published figure, Xen's row here)
OPERATIONS = {
    "hypercall": ("null hypercall, fast path, round trip", 20, 69, 485, "hypercall"),
    "hypercall-c": ("null hypercall through C, round trip", 65, 69, 485, "hypercall"),
    "syscall": ("guest process system call to its kernel and back", 65, 132, None, None),
    "data-abort": ("data abort reflected to the guest kernel and back", 130, 154, None, None),
    "domain-switch": ("domain switch, one way, with accounting", 200, 603, 3939, "domain-switch"),
    "event-send": ("event send, no wake-up", 110, 206, 1032, "event-send"),
    "ping-pong": ("event ping-pong between two domains, round trip", 900, 2321, 12056, "ping-pong"),
    "page-table-single": ("page-table update, single", 110, None, None, None),
    "page-table-batch": ("page-table update, each of a batch of 64", 45, None, None, None),
    "grant-map": ("grant map and unmap, one page", 700, None, 6351, "grant-map"),
    "grant-batch": ("grant map and unmap, each of a batch of 16", None, None, None, None),
    "grant-copy": ("grant copy, 4 KiB", 3000, None, 4258, "grant-copy"),
}

LINES = "lines of C and assembly that run privileged"
BOOK = os.path.join(HERE, "../docs/hypercalls.md")
# Hypercalls whose cost there is a figure of the table above; the others are counted for the book alone.
BOOK_FIGURES = {"mmu_update": "page-table-batch", "update_va_mapping": "page-table-single", "xen_version": "hypercall",
                "grant_table_op": "grant-map", "iret": "syscall", "sched_op": "domain-switch",
                "event_channel_op": "event-send"}

# What a missed target would take; printed below the table where one is missed.
REASONS = {
    LINES:
        "An eighth of them verify signatures and seals in the ROM before anything else runs, and load, check and meter "
        "the policy. Every file of these folders and of the policy engine counts whole, also what the linker leaves out. "
        "It would take the policy's tables for workspaces and its explanations in files of their own, which only the agent "
        "links, and crash traces and screenshots in the control domain.",
}


def parse_figures(text):
    """`figure: NAME DOMAINS VALUE` lines -> {name: {domains: value}}; `call: NAME VALUE` -> {"call NAME": {1: value}}."""
    found = {}
    for line in text.splitlines():
        kind, _, rest = line.partition(": ")
        if kind == "figure":
            name, domains, value = rest.split()
            found.setdefault(name, {})[int(domains)] = float(value)
        elif kind == "call":
            name, value = rest.split()
            found[f"call {name}"] = {1: float(value)}
    return found


def measure(build, flash1, wanted, *options):
    """The figures that the guests of a flash image report."""
    command = [sys.executable, os.path.join(HERE, "../hypervisor/tools/run-qemu"), "--no-channel", "--icount",
               "--flash0", os.path.join(build, "hypervisor/flash0.img"),
               "--flash1", os.path.join(build, "benchmarks/hypervisor", flash1), *options]
    result = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
                            errors="replace", timeout=SECONDS, check=False)
    found = parse_figures(result.stdout)
    missing = set(wanted) - set(found)
    if result.returncode != 0 or missing:
        sys.stderr.write(result.stdout)
        sys.exit(f"hypervisor: the run ended with {result.returncode}, without {', '.join(sorted(missing)) or 'error'}")
    return found


def measure_operations(build, cpus=1):
    return measure(build, "bench-flash1.img", [*OPERATIONS, "access-cached", "access-uncached", "sha256", "unseal"],
                   "--cpus", str(cpus))


def measure_devices(build):
    """What disks and networks cost: the control domain's parts and guests, on a real disk image."""
    with tempfile.TemporaryDirectory(prefix="domicile-bench-") as folder:
        image = os.path.join(folder, "disk.img")
        subprocess.run([os.path.join(HERE, "../hypervisor/tools/make-disk"), image, "data=4"], check=True)
        return measure(build, "bench-devices-flash1.img", ["block-read", "net-frame", "net-frame-16"], "--disk", image)


def measure_xen(build):
    """Xen's figures of this run; none, and the reason on stderr, where it cannot be had."""
    try:
        return xen_peer.measure(build)
    except xen_peer.NoPeer as error:
        print(f"hypervisor: Xen is not measured, its published figures stand: {error}", file=sys.stderr)
        return {}


def figure(what, value, unit, target, peers):
    """One figure; `peers` are (name, value or None, measured)."""
    known = [{"name": name, "value": peer, "how": "measured" if measured else "published"}
             for name, peer, measured in peers if peer is not None]
    entry = {"name": what, "value": value, "unit": unit, "better": "lower", "peers": known}
    if target is not None:
        entry["target"] = target
    entry["met"] = (target is None or value <= target) and all(value < peer["value"] for peer in known)
    return entry


def operation_figures(counted, xen):
    """What each operation costs with as few domains as it takes."""
    return [figure(what, counted[name][min(counted[name])], "instructions", target,
                   [(SAMSUNG, samsung, False), (XEN, xen.get(row, published), row in xen)])
            for name, (what, target, samsung, published, row) in OPERATIONS.items()]


def access_figures(counted, xen):
    """What a decision costs that no object has kept, by the number of rules. A cached one is short enough for the
    scheduler's clock to show in one of the runs."""
    cached, uncached = (counted[name] for name in ("access-cached", "access-uncached"))
    counts = ", ".join(f"{rules:,}: {value:g}" for rules, value in sorted(uncached.items()))
    return [figure("access check, cached", min(cached.values()), "instructions", 40,
                   [(XEN + ", FLASK", xen.get("access-check", 184), bool(xen))]),
            figure(f"access check, not cached (rules {counts})", max(uncached.values()), "instructions", 600,
                   [(XEN + ", FLASK", 2300, False)])]


def lock_figures(counted):
    """What the hypervisor's lock adds where there is more than one processor; with one it is not in the code."""
    return [figure(f"with two processors: {OPERATIONS[name][0]}", counted[name][1], "instructions", None, [])
            for name in ("hypercall-c", "syscall", "event-send", "page-table-single")]


def boot_figures(build, counted):
    figures = []
    for what, rest, rom, guests in boot.figures(build, counted["sha256"][1] + counted["unseal"][1]):
        figures += [figure(f"boot from flash to server.info, secure boot on, {what}", round(rest / 1e6, 1), "M instructions", 60,
                           []),
                    figure("the same: cryptography of the ROM", round(rom / 1e6, 1), "M instructions", None, []),
                    figure("the same: cryptography of guests' kernels", round(guests / 1e6, 1), "M instructions", None, [])]
    return figures


def device_figures(counted):
    """By what all processors did: a read less what the device alone costs, and a frame between two guests."""
    return [figure("block read 4 KiB through front and back end, above the device", counted["block-read"][1],
                   "instructions", 6000, []),
            figure("frame of 1514 bytes from guest to guest, one at a time", counted["net-frame"][1],
                   "instructions", None, []),
            figure("frame of 1514 bytes from guest to guest, 16 at a time", counted["net-frame-16"][1],
                   "instructions", None, [])]


def flat_figures(counted):
    """How much more each operation costs among more domains, in percent."""
    figures = []
    for name, (what, *_) in OPERATIONS.items():
        by_domains = counted[name]
        if len(by_domains) > 1:
            first = by_domains[min(by_domains)]
            growth = round(max(value / first - 1 for value in by_domains.values()) * 100, 1)
            counts = ", ".join(f"{value:g}" for _, value in sorted(by_domains.items()))
            figures.append(figure(f"{what}: growth with {'/'.join(map(str, sorted(by_domains)))} domains ({counts})",
                                  growth, "%", FLAT_PERCENT, []))
    return figures


def lines_of_code(path):
    """Lines that are neither blank nor comment alone, as the peers' were counted."""
    with open(path, encoding="utf-8") as source:
        text = re.sub(r"/\*.*?\*/|//[^\n]*|^\s*@[^\n]*", "", source.read(), flags=re.S | re.M)
    return sum(1 for line in text.splitlines() if line.strip())


def book_costs(counted, update):
    """How many costs in the book's table are off by more than a tenth; with `update` writes them anew."""
    with open(BOOK, encoding="utf-8") as book:
        lines = book.read().splitlines(keepends=True)
    stale = []
    for index, line in enumerate(lines):
        row = re.match(r"(\| \d+ \| \[(\w+)\].*\| )(\d+)([^|]*\|\n)$", line)
        if row:
            name, said = row.group(2), int(row.group(3))
            by_domains = counted[BOOK_FIGURES.get(name, f"call {name}")]
            cost = by_domains[min(by_domains)]
            if abs(said - cost) > cost / 10:
                stale.append(f"{name} {said} is {cost:g}")
            lines[index] = f"{row.group(1)}{cost:.0f}{row.group(4)}"
    if update:
        with open(BOOK, "w", encoding="utf-8") as book:
            book.writelines(lines)
    what = "costs in docs/hypercalls.md that are off by more than a tenth"
    return [figure(f"{what} ({', '.join(stale)})" if stale else what, len(stale), "costs", 0, [])]


def size_figures(build):
    """Text and data of what runs privileged, and its lines of code."""
    sizes = subprocess.run(["arm-linux-gnueabihf-size", os.path.join(build, "hypervisor/hypervisor.elf")],
                           stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines()[1].split()
    root, lines = os.path.join(HERE, "../hypervisor"), 0
    for folder in ("arch", "boot", "core", "platform", "security", "../core/policy"):
        for path, _, names in os.walk(os.path.join(root, folder)):
            for name in names:
                if name.endswith((".c", ".h", ".S")):
                    lines += lines_of_code(os.path.join(path, name))
    text_kib = round((int(sizes[0]) + int(sizes[1])) / 1024, 1)
    return [figure("text and data of the hypervisor", text_kib, "KiB", 100,
                   [(SAMSUNG, 103, False), (XEN, 885, False)]),
            figure(LINES, lines, "lines", 10000,
                   [(SAMSUNG, 18500, False), (XEN, 110000, False)])]


def print_table(figures):
    width = max(len(entry["name"]) for entry in figures) + 2
    print(f"{'':{width}}{'ours':>9}{'target':>9}{'Samsung':>9}{'Xen 4.17':>10}")
    for entry in figures:
        peers = {peer["name"].removesuffix(", FLASK"): f"{peer['value']:,}{'' if peer['how'] == 'measured' else '*'}"
                 for peer in entry["peers"]}
        target = f"{entry['target']:,}" if "target" in entry else "–"
        print(f"{entry['name']:{width}}{entry['value']:>9,}{target:>9}{peers.get(SAMSUNG, '–'):>9}"
              f"{peers.get(XEN, '–'):>10}  {'' if entry['met'] else 'MISSED'}".rstrip())
    print("Instructions where nothing else is said. * published, counted the same way; without it counted in this run.")
    for entry in figures:
        if not entry["met"]:
            print(f"Missed: {entry['name']}. {REASONS.get(entry['name'], '')}".rstrip())


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--build", default=os.path.join(HERE, "../build"), metavar="DIR")
    parser.add_argument("--no-peers", action="store_true", help="do not fetch and count Xen: its published figures")
    parser.add_argument("--update-docs", action="store_true", help="write the costs into docs/hypercalls.md")
    arguments = parser.parse_args()
    build = os.path.realpath(arguments.build)
    counted = measure_operations(build)
    devices = measure_devices(build)
    xen = {} if arguments.no_peers else measure_xen(build)
    figures = (operation_figures(counted, xen) + device_figures(devices) + access_figures(counted, xen)
               + boot_figures(build, counted) + size_figures(build) + lock_figures(measure_operations(build, cpus=2))
               + flat_figures(counted) + book_costs(counted, arguments.update_docs))
    if arguments.json:
        print(json.dumps({"bench": "hypervisor", "figures": figures}))
    else:
        print_table(figures)
    return 0 if all(entry["met"] for entry in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
