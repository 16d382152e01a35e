#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The machine's disk and network device as the control domain gets them, on a real image and a real network."""
import os
import tempfile

import machine

SECTOR = 512


def main():
    arguments = machine.arguments_of(__doc__)
    tap = machine.Tap()
    with tempfile.NamedTemporaryFile(prefix="domicile-disk-") as disk:
        disk.write(bytes(63 * SECTOR) + b"from the host".ljust(SECTOR, b"\0"))
        disk.flush()
        machine.run(tap, arguments, ["--disk", disk.name, "--network", "user,restrict=on"], 60, 35)
        written = os.pread(disk.fileno(), 8192, 8 * SECTOR)
        pattern = bytes((i * 7 + i // 251) & 255 for i in range(4096)) + bytes(
            (i * 13 + i // 241) & 255 for i in range(4096))
        tap.result(written == pattern, "the image holds what the guest wrote")
        tap.result(os.pread(disk.fileno(), SECTOR, 62 * SECTOR) == bytes(SECTOR), "and nothing where it did not")
    machine.run(tap, arguments, [], 60, 1)
    tap.plan()


if __name__ == "__main__":
    main()
