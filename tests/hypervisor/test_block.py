#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Disks of guests: what they write is in the image, in the order they asked for, and a hostile one hurts nobody."""
import os
import stat
import struct
import subprocess
import sys
import tempfile

import machine

MIB = 1 << 20
SECTOR = 512
PARTS = (("blocks", 1, 3), ("blocks-2", 2, 2))  # name, domain, MiB
HOSTILE = "bad-blocks"

# Puts QEMU's log of writes between the device and the image: every write and flush in the order of their coming.
LOGGER = """#!{python}
import json, os, sys
line = sys.argv[1:]
at = next(i for i, word in enumerate(line) if word.startswith("if=none,id=disk,"))
line[at - 1:at + 1] = ["-blockdev", json.dumps({{"driver": "blklogwrites", "node-name": "disk",
    "file": {{"driver": "file", "filename": {image!r}}}, "log": {{"driver": "file", "filename": {log!r}}}}})]
os.execvp("qemu-system-arm", ["qemu-system-arm", *line])
"""


def pattern(domain, size):
    return b"".join(((offset * 2654435761 + domain) & 0xffffffff).to_bytes(4, "little")
                    for offset in range(0, size, 4))


def make_disk(arguments, image, *parts):
    tool = os.path.join(os.path.dirname(arguments.runner), "make-disk")
    subprocess.run([tool, image, *parts], check=True)


def several_guests(arguments, tap, folder):
    """Three guests at once, one of them hostile; and parts that nobody was given."""
    image = os.path.join(folder, "disk.img")
    make_disk(arguments, image, "before=1", *(f"{name}={size}" for name, _, size in PARTS), "after=1", HOSTILE + "=1")
    edges = (1, 7)
    with open(image, "r+b") as disk:
        for start in edges:
            disk.seek(start * MIB)
            disk.write(b"\x5a" * MIB)
    machine.run(tap, arguments, ["--disk", image], 90, 60, ends=len(PARTS) + 1)
    with open(image, "rb") as disk:
        data = disk.read()
    at = 2 * MIB
    for name, domain, size in PARTS:
        tap.result(data[at:at + size * MIB] == pattern(domain, size * MIB),
                   f"{name}: the image holds what its domain wrote")
        at += size * MIB
    tap.result(all(data[start * MIB:(start + 1) * MIB] == b"\x5a" * MIB for start in edges),
               "and nothing outside their parts was touched")


def entries(log):
    """(first sector, sectors, is a flush) of each entry of a log of writes (Linux, dm-log-writes)."""
    with open(log, "rb") as stream:
        data = stream.read()
    magic, _, count, size = struct.unpack_from("<QQQI", data)
    if magic != 0x6a736677736872:
        raise ValueError("no log of writes")
    at = size
    for _ in range(count):
        sector, sectors, flags, _ = struct.unpack_from("<QQQQ", data, at)
        flush = flags & 1 != 0
        yield sector, sectors, flush
        at += size + (0 if flush else sectors * size)


def order_of_writes(arguments, tap, folder):
    """One guest alone: what reaches the disk before and behind a barrier (guests/blocks.c, barrier())."""
    image, log = os.path.join(folder, "ordered.img"), os.path.join(folder, "log")
    wrapper = os.path.join(folder, "qemu")
    make_disk(arguments, image, "blocks=2")
    with open(log, "wb"):
        pass
    with open(wrapper, "w", encoding="utf-8") as script:
        script.write(LOGGER.format(python=sys.executable, image=image, log=log))
    os.chmod(wrapper, stat.S_IRWXU)
    machine.run(tap, arguments, ["--disk", image, "--qemu", wrapper], 90, 10, ends=1, flash1=arguments.alone)
    first, apart = MIB // SECTOR, 8  # sector of the part, and between the writes
    seen = list(entries(log))
    places = {(sector - first) // apart: index for index, (sector, sectors, flush) in enumerate(seen)
              if not flush and sectors == 1 and sector >= first}
    flushes = [index for index, (_, _, flush) in enumerate(seen) if flush]
    tap.result(sorted(places) == list(range(22)), "the log has the writes around the barrier and behind it")
    before, behind = max(places[i] for i in range(10)), min(places[i] for i in range(11, 21))
    barrier = places[10]
    tap.result(any(before < flush < barrier for flush in flushes),
               "what came before the barrier is flushed before it is written")
    tap.result(any(barrier < flush < behind for flush in flushes),
               "and the barrier itself before anything that came behind it")
    last, again = max(places[i] for i in range(11, 21)), places[21]
    tap.result(any(last < flush < again for flush in flushes), "a disk that is detached is flushed, without being asked to")


def main():
    arguments = machine.arguments_of(__doc__, "alone")
    tap = machine.Tap()
    with tempfile.TemporaryDirectory(prefix="domicile-block-") as folder:
        several_guests(arguments, tap, folder)
        order_of_writes(arguments, tap, folder)
    tap.plan()


if __name__ == "__main__":
    main()
