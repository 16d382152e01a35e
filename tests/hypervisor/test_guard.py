#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Attacks on a domain's service, without budgets and with them: counts of what got done, exact by instruction count."""
import machine


def main():
    arguments = machine.arguments_of(__doc__)
    tap = machine.Tap()
    machine.run(tap, arguments, ["--icount", "3", "--memory", "32"], 120, 30)
    tap.plan()


if __name__ == "__main__":
    main()
