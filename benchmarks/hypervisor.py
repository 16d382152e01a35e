#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Counts instructions of the hypervisor's elementary operations, beside its peers.

Boots the benchmark guests under QEMU's instruction counter, where an instruction takes one nanosecond of
virtual time: the figures are exact and the same in every run. Debian's Xen is fetched, booted and counted in
the same run; Samsung's figures are published ones, counted the same way on its public release. Each row is printed as
soon as it is measured.
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
sys.path.append(os.path.join(HERE, "../tests/hypervisor"))
# pylint: disable=wrong-import-position
import boot  # noqa: E402
import holds  # noqa: E402
import machine  # noqa: E402
import xen_peer  # noqa: E402
from table import SAMSUNG, XEN, Table, figure  # noqa: E402

FLAT_PERCENT = 10

# name of the guest's figure: (what, target, Samsung's published figure, Xen's published figure, Xen's row here)
OPERATIONS = {
    "hypercall": ("null hypercall, fast path, round trip", 20, 69, 485, "hypercall"),
    "hypercall-c": ("null hypercall through C, round trip", 65, 69, 485, "hypercall"),
    "syscall": ("guest process system call to its kernel and back", 65, 132, None, None),
    "data-abort": ("data abort reflected to the guest kernel and back", 130, 154, None, None),
    "domain-switch": ("domain switch, one way, with accounting and lazy VFP", 200, 603, 3939, "domain-switch"),
    "event-send": ("event send, no wake-up", 110, 206, 1032, "event-send"),
    "ping-pong": ("event ping-pong between two domains, round trip", 900, 2321, 12056, "ping-pong"),
    "page-table-single": ("page-table update, single", 110, None, None, None),
    "page-table-batch": ("page-table update, each of a batch of 64", 45, None, None, None),
    "grant-map": ("grant map and unmap, one page", 700, None, 6351, "grant-map"),
    "grant-batch": ("grant map and unmap, each of a batch of 16", None, None, None, None),
    "grant-copy": ("grant copy, 4 KiB", 3000, None, 4258, "grant-copy"),
}

# What the lock is part of, where there are several processors.
LOCKED = ("hypercall-c", "syscall", "event-send", "page-table-single")
HOLDS_SHOWN = 4
# What runs while it is counted how long the lock is held, and its flash image: the guests of the tests, under budgets.
HOLDS = {"attacks on page tables": "attacks", "random hostile calls": "fuzz", "large domains and directories": "large"}
PRIVILEGED = ("hypervisor/arch", "hypervisor/boot", "hypervisor/core", "hypervisor/platform", "hypervisor/security",
              "core/policy")

LINES = "lines of C and assembly that run privileged"
BOOK = os.path.join(HERE, "../docs/hypercalls.md")
PAGE = os.path.join(HERE, "../docs/hypervisor-figures.md")
MARKS = ("<!-- figures: benchmarks/hypervisor.py --update-docs -->", "<!-- end of figures -->")
# Hypercalls whose cost there is a figure of the table above; the others are counted for the book alone.
BOOK_FIGURES = {"mmu_update": "page-table-batch", "update_va_mapping": "page-table-single", "xen_version": "hypercall",
                "grant_table_op": "grant-map", "iret": "syscall", "sched_op": "domain-switch",
                "event_channel_op": "event-send"}

# What a missed target would take; printed below the table where one is missed.
REASONS = {
    LINES:
        "Nearly a quarter of them are the ROM, which verifies signatures and seals and ends before the hypervisor starts, and the "
        "policy: its engine, its loader and the hooks. Headers count, and none of it is left out by the linker. It would take "
        "devices that cannot reach all memory by DMA, so that disk, network and channel could be driven by the control domain "
        "(900 lines); crash traces and pictures read by the control domain (150); and the ROM counted apart, as the peers' boot "
        "loaders are (830).",
}


def measure_operations(build, report=None):
    """The figures of the elementary operations and of an access check, among 1, 8 and 32 domains."""
    return machine.measure("counting operations among 1, 8 and 32 domains", build, "benchmarks/hypervisor/bench-flash1.img",
                           [*OPERATIONS, "access-cached", "access-uncached", "sha256", "unseal"], report=report)


def measure_two_processors(build):
    return machine.measure("counting operations with two processors", build, "benchmarks/hypervisor/bench-flash1.img",
                           LOCKED, "--cpus", "2")


def measure_devices(build):
    """What disks and networks cost: the control domain's parts and guests, on a real disk image."""
    with tempfile.TemporaryDirectory(prefix="domicile-bench-") as folder:
        image = os.path.join(folder, "disk.img")
        subprocess.run([os.path.join(HERE, "../hypervisor/tools/make-disk"), image, "data=4"], check=True)
        return machine.measure("counting a disk's reads and frames between guests", build,
                               "benchmarks/hypervisor/bench-devices-flash1.img",
                               ["block-read", "net-frame", "net-frame-16"], "--disk", image)


def measure_xen(build):
    """Xen's figures of this run; none, and the reason on stderr, where it cannot be had."""
    machine.progress("fetching, booting and counting Xen 4.17")
    try:
        return xen_peer.measure(build)
    except xen_peer.NoPeer as error:
        machine.progress(f"Xen is not measured, its published figures stand: {error}")
        return {}


def operation_figure(name, counted, xen):
    """What an operation costs with as few domains as it takes."""
    what, target, samsung, published, row = OPERATIONS[name]
    return figure(what, counted[name][min(counted[name])], "instructions", target,
                  [(SAMSUNG, samsung, False), (XEN, xen.get(row, published), row in xen)])


def operations_into(table, xen):
    """Prints an operation's row when it is reported for the first time."""
    def report(name, found):
        if name in OPERATIONS and len(found[name]) == 1:
            table.add(operation_figure(name, found, xen))
    return report


def access_figures(counted, xen):
    """What a decision costs that no object has kept, by the number of rules. A cached one is short enough for the
    scheduler's clock to show in one of the runs."""
    cached, uncached = (counted[name] for name in ("access-cached", "access-uncached"))
    counts = ", ".join(f"{rules:,}: {value:g}" for rules, value in sorted(uncached.items()))
    return [figure("access check, cached", min(cached.values()), "instructions", 40,
                   [(XEN + ", FLASK", xen.get("access-check", 184), bool(xen))]),
            figure("access check, not cached", max(uncached.values()), "instructions", 600,
                   [(XEN + ", FLASK", 2300, False)], f"by the number of rules: {counts}")]


def lock_figures(counted):
    """What the hypervisor's lock adds where there is more than one processor; with one it is not in the code."""
    return [figure(f"with two processors: {OPERATIONS[name][0]}", counted[name][1], "instructions", None, [])
            for name in LOCKED]


def boot_figures(build, counted):
    for what, rest, rom, guests in boot.figures(build, counted["sha256"][1] + counted["unseal"][1]):
        machine.progress(f"counted a boot: {what}")
        yield figure(f"boot from flash to server.info, secure boot on, M: {what}", round(rest / 1e6, 1), "M instructions", 60, [])
        yield figure("    the same: cryptography of the ROM, M", round(rom / 1e6, 1), "M instructions", None, [])
        yield figure("    the same: cryptography of guests' kernels, M", round(guests / 1e6, 1), "M instructions", None, [])


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
            figures.append(figure(f"{what}: growth, %", growth, "%", FLAT_PERCENT, [],
                                  f"with {'/'.join(map(str, sorted(by_domains)))} domains: {counts}"))
    return figures


def lines_of_code(path):
    """Lines that are neither blank nor comment alone, as the peers' were counted."""
    with open(path, encoding="utf-8") as source:
        text = re.sub(r"/\*.*?\*/|//[^\n]*|^\s*@[^\n]*", "", source.read(), flags=re.S | re.M)
    return sum(1 for line in text.splitlines() if line.strip())


def lines_in(folder):
    return sum(lines_of_code(os.path.join(path, name)) for path, _, names in os.walk(folder)
               for name in names if name.endswith((".c", ".h", ".S")))


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
    return [figure(what, len(stale), "costs", 0, [], ", ".join(stale))]


def size_figures(build):
    """Text and data of what runs privileged, and its lines of code."""
    sizes = subprocess.run(["arm-linux-gnueabihf-size", os.path.join(build, "hypervisor/hypervisor.elf")],
                           stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines()[1].split()
    lines = {folder: lines_in(os.path.join(HERE, "..", folder)) for folder in PRIVILEGED}
    text_kib = round((int(sizes[0]) + int(sizes[1])) / 1024, 1)
    return [figure("text and data of the hypervisor, KiB", text_kib, "KiB", 100,
                   [(SAMSUNG, 103, False), (XEN, 885, False)]),
            figure(LINES, sum(lines.values()), "lines", 10000, [(SAMSUNG, 18500, False), (XEN, 110000, False)],
                   ", ".join(f"{folder} {count:,}" for folder, count in lines.items()))]


def write_page(rows):
    """Puts the table between the two marks of its page."""
    with open(PAGE, encoding="utf-8") as page:
        before, _, rest = page.read().partition(MARKS[0])
    _, _, after = rest.partition(MARKS[1])
    with open(PAGE, "w", encoding="utf-8") as page:
        page.write(f"{before}{MARKS[0]}\n{rows}{MARKS[1]}{after}")


def hold_figures(build):
    """The longest time that the lock is held, of each run; the next ones in the note."""
    elf = machine.flash(build, "hypervisor/hypervisor.elf")
    for what, image in HOLDS.items():
        step = f"counting how long the lock is held: {what}"
        machine.progress(step)
        with tempfile.TemporaryDirectory(prefix="domicile-bench-") as folder:
            counted = holds.Holds(machine.flash(build, "tests/hypervisor/holds.so"), elf, folder)
            log = list(machine.lines(step, build, f"benchmarks/hypervisor/bench-{image}-flash1.img", "--plugin", counted.plugin))
            held = counted.longest()
        if "done" not in log or not held:
            raise machine.Failed(f"{step}: the guests did not come to their end:\n  " + "\n  ".join(log[-8:]))
        note = ", ".join(f"{count:,} {first} (mostly {most})" for count, first, most in held[:HOLDS_SHOWN])
        yield figure(f"longest hold of the lock, {what}", held[0][0], "instructions", holds.LIMIT, [], note)


def measure_all(table, build, arguments):
    xen = {} if arguments.no_peers else measure_xen(build)
    counted = measure_operations(build, operations_into(table, xen))
    table.add(*access_figures(counted, xen), *flat_figures(counted))
    table.add(*device_figures(measure_devices(build)))
    table.add(*lock_figures(measure_two_processors(build)))
    for entry in boot_figures(build, counted):
        table.add(entry)
    for entry in hold_figures(build):
        table.add(entry)
    table.add(*size_figures(build), *book_costs(counted, arguments.update_docs))
    if arguments.update_docs:
        write_page(table.markdown(REASONS))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--build", default=os.path.join(HERE, "../build"), metavar="DIR")
    parser.add_argument("--no-peers", action="store_true", help="do not fetch and count Xen: its published figures")
    parser.add_argument("--update-docs", action="store_true", help="write the figures into docs/hypervisor-figures.md and docs/hypercalls.md")
    arguments = parser.parse_args()
    table = Table(quiet=arguments.json)
    try:
        measure_all(table, os.path.realpath(arguments.build), arguments)
    except (machine.Failed, OSError, RuntimeError, subprocess.CalledProcessError) as error:
        sys.exit(f"hypervisor: {error}")
    if arguments.json:
        print(json.dumps({"bench": "hypervisor", "figures": table.figures}))
    else:
        table.print_end(REASONS)
    return 0 if table.met() else 1


if __name__ == "__main__":
    sys.exit(main())
