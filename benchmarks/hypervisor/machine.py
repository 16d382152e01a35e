# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs a flash image of benchmark guests, where an instruction takes one nanosecond, and hands on each figure as it is
reported."""
import os
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.realpath(__file__))
RUNNER = os.path.join(HERE, "../../hypervisor/tools/run-qemu")
SECONDS = 900  # on a slow machine that does other things, too
LAST_LINES = 12


class Failed(Exception):
    """A step cannot be measured; says which and why."""


def progress(text):
    print(f"hypervisor: {text}", file=sys.stderr, flush=True)


def parse_figure(line):
    """`figure: NAME DOMAINS VALUE` -> (NAME, DOMAINS, value); `call: NAME VALUE` -> ("call NAME", 1, value); else None."""
    kind, _, rest = line.partition(": ")
    words = rest.split()
    try:
        if kind == "figure" and len(words) == 3:
            return words[0], int(words[1]), float(words[2])
        if kind == "call" and len(words) == 2:
            return "call " + words[0], 1, float(words[1])
    except ValueError:
        pass
    return None


def flash(build, path):
    """The path of a built image."""
    path = os.path.join(build, path)
    if not os.path.isfile(path):
        raise Failed(f"{path} is missing: build it with `ninja -C {build}`")
    return path


def lines(step, build, flash1, *options, seconds=SECONDS):
    """The lines of the machine's log, until it powers off."""
    command = [sys.executable, RUNNER, "--no-channel", "--icount",
               "--flash0", flash(build, "hypervisor/flash0.img"), "--flash1", flash(build, flash1), *options]
    said, begun = [], time.monotonic()
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          errors="replace") as qemu:
        timer = threading.Timer(seconds, qemu.kill)
        timer.start()
        try:
            for line in qemu.stdout:
                said.append(line.rstrip())
                yield said[-1]
        finally:
            timer.cancel()
            if qemu.poll() is None and not said[-1:] == ["(hv) power off"]:
                qemu.kill()
    if qemu.returncode != 0:
        late = f"was stopped after {seconds} s" if time.monotonic() - begun > seconds else f"ended with {qemu.returncode}"
        raise Failed(f"{step}: the machine {late}. The end of its log:\n  " + "\n  ".join(said[-LAST_LINES:]))


def measure(step, build, flash1, wanted, *options, report=None):
    """-> {name: {domains: value}} of all figures; `report` gets that as it is after each."""
    found, last = {}, []
    progress(step)
    for line in lines(step, build, flash1, *options):
        last = [*last[1 - LAST_LINES:], line]
        figure = parse_figure(line)
        if figure:
            name, domains, value = figure
            found.setdefault(name, {})[domains] = value
            if report:
                report(name, found)
    missing = sorted(set(wanted) - set(found))
    if missing:
        raise Failed(f"{step}: the guests end without {', '.join(missing)}. Were they built from this source? The end of the log:\n  "
                     + "\n  ".join(last))
    return found
