#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Another policy takes over: what domains hold and it does not allow ends, and nothing else does."""
import machine


def main():
    arguments = machine.arguments_of(__doc__)
    tap = machine.Tap()
    machine.run(tap, arguments, ["--icount", "3"], 90, 100)
    tap.plan()


if __name__ == "__main__":
    main()
