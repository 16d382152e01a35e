#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Debian's BusyBox in the Linux guest, unmodified: shell, tools, hostile programs; digests compared with the host's."""
import argparse
import hashlib
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), ".."))
import machine  # noqa: E402


class Watching(machine.Tap):
    """Keeps what the guest says about its BusyBox."""
    digest = None

    def note(self, line):
        if line.startswith("digest: "):
            self.digest = line.partition(": ")[2]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("runner", "flash0", "flash1", "busybox"):
        parser.add_argument("--" + name, required=True)
    arguments = parser.parse_args()
    tap = Watching()
    machine.run(tap, arguments, ["--icount", "3"], 150, 56)
    with open(arguments.busybox, "rb") as program:
        expected = hashlib.sha256(program.read()).hexdigest()
    tap.result(tap.digest == expected, f"sha256sum of BusyBox in the guest is the host's: {tap.digest}")
    tap.plan()


if __name__ == "__main__":
    main()
