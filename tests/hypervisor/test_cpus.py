#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Boots the tests of processors on machines with one, two and four: exact time on one thread of the host, and races
on as many as there are."""
import argparse

import machine

LEAST_CHECKS = 4


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("runner", "flash0", "flash1", "cpus"):
        parser.add_argument("--" + name, required=True)
    parser.add_argument("--shift", help="instructions are counted, and each takes 2^SHIFT ns")
    arguments = parser.parse_args()
    tap = machine.Tap()
    options = ["--cpus", arguments.cpus] + (["--icount", arguments.shift] if arguments.shift else [])
    machine.run(tap, arguments, options, 230, LEAST_CHECKS)
    tap.plan()


if __name__ == "__main__":
    main()
