#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""How soon the console is there and what it takes, beside virt-manager on its test driver, in one run.

Samples of both are taken in turns, each in the same session (Xvfb without GLX, one message bus), and the medians
are compared. Ours shows the live hypervisor with four plugins loaded; ours must stay under half of each figure."""

import argparse
import json
import os
import signal
import statistics
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path[:0] = [os.path.join(ROOT, "tests", "gui"), os.path.join(ROOT, "tests", "protocol")]

from session import run_in_session  # noqa: E402

BUILD = os.environ.get("DOMICILE_BUILD_DIR", os.path.join(ROOT, "build"))
SECONDS = 30
# How often to ask for the first row: as fine as the figure has to be, and no busier.
POLL_SECONDS = 0.005


def first_window(command):
    """Milliseconds from the start of a command to its first mapped window."""
    probe = subprocess.Popen([os.path.join(BUILD, "benchmarks", "first-window"), *command], stdin=subprocess.PIPE,
                             stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    try:
        figures = json.loads(probe.stdout.readline())
    finally:
        probe.stdin.close()
        probe.wait(SECONDS)
        probe.stdout.close()
    if figures["map_ms"] < 0:
        raise RuntimeError(f"no window of {command[0]}")
    return figures["map_ms"]


def application_of(pid):
    """The program on the accessibility bus, or None."""
    desktop = Atspi.get_desktop(0)
    for index in range(desktop.get_child_count()):
        node = desktop.get_child_at_index(index)
        if node is not None and node.get_process_id() == pid:
            return node
    return None


def find(application, role, name):
    """The first object of a role whose name begins so, or None.

    One question to the program's own index instead of a walk through its tree: who measures must not keep it busy."""
    every, some = Atspi.CollectionMatchType.ALL, Atspi.CollectionMatchType.ANY
    showing = Atspi.StateSet.new([Atspi.StateType.SHOWING])
    rule = Atspi.MatchRule.new(showing, every, {}, every, [role], some, [], every, False)
    for index in range(application.get_child_count()):
        window = application.get_child_at_index(index)
        for node in Atspi.Collection.get_matches(window, rule, Atspi.CollectionSortOrder.CANONICAL, 0, True):
            if (node.get_name() or "").startswith(name):
                return node
    return None


def resident_kib(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmRSS:"))


def settled_kib(pid):
    """The resident memory once it has stopped to grow: three equal readings in a row, half a second apart."""
    readings = []
    while len(readings) < 3 or max(readings[-3:]) - min(readings[-3:]) > readings[-1] / 100:
        time.sleep(0.5)
        readings.append(resident_kib(pid))
        if len(readings) > 40:
            break
    return readings[-1]


def look(pid, role, name):
    """Finds an object of a program that may not be there yet."""
    try:
        application = application_of(pid)
        return application and find(application, role, name)
    except GLib.Error:
        return None


def first_row(command, role, name, complete=()):
    """Milliseconds to the first row of a domain, and the resident memory when all is loaded and settled."""
    start = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        row = None
        while row is None:
            if time.monotonic() - start > SECONDS:
                raise RuntimeError(f"no row of a domain in {command[0]}")
            time.sleep(POLL_SECONDS)
            row = look(process.pid, role, name)
        elapsed = (time.monotonic() - start) * 1000
        while not all(look(process.pid, *each) for each in complete):
            if time.monotonic() - start > SECONDS:
                raise RuntimeError(f"{command[0]} is not complete")
            time.sleep(0.05)
        return elapsed, settled_kib(process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(SECONDS)


def measure(samples, progress):
    import support  # pylint: disable=import-outside-toplevel
    stack = support.Stack().start()
    try:
        ours = [os.path.join(BUILD, "app", "domicile"), "--no-login", "--control", stack.paths["control"],
                "--agent", stack.paths["agent"]]
        peer = ["virt-manager", "-c", "test:///default", "--no-fork"]
        pages = [(Atspi.Role.RADIO_BUTTON, title) for title in ("Domains", "Workspace", "Policy", "Storage")]
        taken = {"ours": [], "peer": []}
        for number in range(samples + 1):
            progress(f"\rsample {number} of {samples} ")
            figures = {"ours": (first_window(ours), *first_row(ours, Atspi.Role.LIST_ITEM, "control", pages)),
                       "peer": (first_window(peer), *first_row(peer, Atspi.Role.TABLE_CELL, "test"))}
            if number > 0:  # the first one warms the caches
                for who, values in figures.items():
                    taken[who].append(values)
        progress("\r" + " " * 40 + "\r")
    finally:
        stack.end()
    return {who: [statistics.median(column) for column in zip(*rows)] for who, rows in taken.items()}


def report(medians):
    """The figures as ./bench prints them."""
    names = (("window_ms", "ms"), ("first_row_ms", "ms"), ("rss_mib", "MiB"))
    figures = []
    for (name, unit), value, other in zip(names, medians["ours"], medians["peer"]):
        scale = 1024 if unit == "MiB" else 1
        target = other / scale / 2
        figures.append({"name": name, "value": round(value / scale, 1), "unit": unit, "better": "lower",
                        "target": round(target, 1), "met": value / scale < target,
                        "peers": [{"name": "virt-manager -c test:///default", "value": round(other / scale, 1),
                                   "how": "measured"}]})
    return {"bench": "console", "figures": figures}


def print_table(result):
    print(f"{'console':<14}{'Domicile':>12}{'virt-manager':>14}{'target':>10}")
    for figure in result["figures"]:
        print(f"{figure['name']:<14}{figure['value']:>12}{figure['peers'][0]['value']:>14}{'< ' + str(figure['target']):>10}"
              f"  {'met' if figure['met'] else 'MISSED'}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--samples", type=int, default=9, help="samples of each (default: 9)")
    arguments = parser.parse_args()
    quiet = arguments.json or not sys.stderr.isatty()
    medians = measure(arguments.samples, lambda text: quiet or print(text, end="", file=sys.stderr, flush=True))
    result = report(medians)
    if arguments.json:
        print(json.dumps(result))
    else:
        print_table(result)
    return 0 if all(figure["met"] for figure in result["figures"]) else 1


if __name__ == "__main__":
    if not {"-h", "--help"} & set(sys.argv[1:]):
        run_in_session()
    import gi
    gi.require_version("Atspi", "2.0")
    from gi.repository import Atspi, GLib
    sys.exit(main())
