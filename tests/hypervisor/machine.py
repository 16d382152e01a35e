# SPDX-License-Identifier: GPL-2.0-or-later
"""Boots test guests whose control domain reports `ok:` and `not ok:` lines, and turns those into TAP."""
import argparse
import os
import select
import subprocess
import sys
import time


def arguments_of(description, *more):
    parser = argparse.ArgumentParser(description=description)
    for name in ("runner", "flash0", "flash1", *more):
        parser.add_argument("--" + name, required=True)
    return parser.parse_args()


class Tap:
    """Counts and prints results."""
    def __init__(self):
        self.count = 0

    def result(self, good, text):
        self.count += 1
        print(f"{'ok' if good else 'not ok'} {self.count} - {text}", flush=True)

    def note(self, line):
        """A line that is no result."""

    def plan(self):
        print(f"1..{self.count}")


def lines_of(process, deadline):
    """Lines of the machine's log until it powers off or the deadline is over."""
    pending = b""
    while time.monotonic() < deadline:
        ready, _, _ = select.select([process.stdout], [], [], deadline - time.monotonic())
        data = os.read(process.stdout.fileno(), 4096) if ready else b""
        if not data:
            return
        *lines, pending = (pending + data).split(b"\n")
        for line in lines:
            yield line.decode("ascii", "replace").strip("\r")


def run(tap, arguments, options, seconds, least_checks, ends=0, flash1=None):
    """One run of the machine, which ends with the line `done` and powers off, or is switched off after `ends` of them."""
    process = subprocess.Popen(
        [sys.executable, arguments.runner, "--no-channel", "--flash0", arguments.flash0, "--flash1", flash1 or arguments.flash1]
        + options, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    before, done, panicked = tap.count, 0, False
    try:
        for line in lines_of(process, time.monotonic() + seconds):
            if line.startswith(("ok: ", "not ok: ")):
                tap.result(line.startswith("ok"), line.partition(": ")[2])
            else:
                done += line == "done"
                panicked = panicked or "panic" in line
                tap.note(line)
                print("# " + line, flush=True)
                if done == ends != 0:
                    break
        if ends:
            process.terminate()  # QEMU writes back what it holds, and ends with 0
        status = process.wait(10) if done else None
    finally:
        process.kill()
        process.wait()
    reported = tap.count - before
    tap.result(done == max(ends, 1) and not panicked, "the run came to its end")
    tap.result(status == 0, f"the machine powered off, status {status}")
    tap.result(reported >= least_checks, f"all {reported} checks reported")
