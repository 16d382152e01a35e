#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Attacks on page tables and event channels, each by its name: refused, recorded, and nobody harmed."""
import machine


def main():
    arguments = machine.arguments_of(__doc__)
    tap = machine.Tap()
    machine.run(tap, arguments, ["--icount", "3"], 90, 133)
    tap.plan()


if __name__ == "__main__":
    main()
