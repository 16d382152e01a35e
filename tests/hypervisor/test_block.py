#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Two guests use their parts of one disk image at the same time, through front end, back end and device."""
import os
import subprocess
import tempfile

import machine

MIB = 1 << 20
PARTS = (("blocks", 1, 3 * MIB), ("blocks-2", 2, 2 * MIB))  # name, domain, size


def pattern(domain, size):
    return b"".join(((offset * 2654435761 + domain) & 0xffffffff).to_bytes(4, "little")
                    for offset in range(0, size, 4))


def main():
    arguments = machine.arguments_of(__doc__)
    tap = machine.Tap()
    with tempfile.TemporaryDirectory(prefix="domicile-block-") as folder:
        image = os.path.join(folder, "disk.img")
        tool = os.path.join(os.path.dirname(arguments.runner), "make-disk")
        subprocess.run([tool, image, "before=1", "blocks=3", "blocks-2=2", "after=1"], check=True)
        with open(image, "r+b") as disk:
            for start in (1, 7):  # parts that nobody was given
                disk.seek(start * MIB)
                disk.write(b"\x5a" * MIB)
        machine.run(tap, arguments, ["--disk", image], 90, 20, ends=len(PARTS))
        with open(image, "rb") as disk:
            data = disk.read()
    at = 2 * MIB
    for name, domain, size in PARTS:
        tap.result(data[at:at + size] == pattern(domain, size), f"{name}: the image holds what its domain wrote")
        at += size
    tap.result(data[MIB:2 * MIB] == b"\x5a" * MIB and data[7 * MIB:8 * MIB] == b"\x5a" * MIB,
               "and nothing outside their parts was touched")
    tap.plan()


if __name__ == "__main__":
    main()
