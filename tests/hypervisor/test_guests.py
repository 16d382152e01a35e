#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Boots the test guests and turns what they report into TAP, one test a check."""
import argparse
import os
import select
import subprocess
import sys
import time

SECONDS = 150
LEAST_CHECKS = 100  # a run that reports fewer has lost some


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


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("runner", "flash0", "flash1"):
        parser.add_argument("--" + name, required=True)
    arguments = parser.parse_args()
    process = subprocess.Popen(
        [sys.executable, arguments.runner, "--no-channel", "--icount", "3", "--flash0", arguments.flash0,
         "--flash1", arguments.flash1],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    count, done, panicked = 0, False, False
    try:
        for line in lines_of(process, time.monotonic() + SECONDS):
            good, bad = line.startswith("ok: "), line.startswith("not ok: ")
            if good or bad:
                count += 1
                print(f"{'ok' if good else 'not ok'} {count} - {line.partition(': ')[2]}", flush=True)
            else:
                done = done or line == "done"
                panicked = panicked or "panic" in line
                print("# " + line, flush=True)
        status = process.wait(10) if done else None
    finally:
        process.kill()
        process.wait()
    print(f"{'ok' if done and not panicked else 'not ok'} {count + 1} - the run came to its end")
    print(f"{'ok' if status == 0 else 'not ok'} {count + 2} - the machine powered off, status {status}")
    print(f"{'ok' if count >= LEAST_CHECKS else 'not ok'} {count + 3} - all {count} checks reported")
    print(f"1..{count + 3}")


if __name__ == "__main__":
    main()
