#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Boots the test guests; what they report are the results, one test a check."""
import machine

SECONDS = 150
LEAST_CHECKS = 100  # a run that reports fewer has lost some


def main():
    arguments = machine.arguments_of(__doc__)
    tap = machine.Tap()
    machine.run(tap, arguments, ["--icount", "3"], SECONDS, LEAST_CHECKS)
    tap.plan()


if __name__ == "__main__":
    main()
