#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Grant tables between domains: used rightly, wrongly, and by domains that die."""
import machine


def main():
    arguments = machine.arguments_of(__doc__)
    tap = machine.Tap()
    machine.run(tap, arguments, ["--icount", "3"], 90, 95)
    tap.plan()


if __name__ == "__main__":
    main()
