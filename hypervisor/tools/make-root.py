#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes the root file system of the Linux guest: a cpio archive of a folder, BusyBox and what it needs around it."""
import argparse
import os
import re
import stat
import sys

DIRECTORIES = ("bin", "dev", "etc", "home", "mnt", "proc", "root", "sbin", "sys", "tmp", "usr", "usr/bin", "usr/sbin", "var")
# name: type, permissions, major, minor
DEVICES = {
    "console": (stat.S_IFCHR, 0o600, 5, 1), "tty": (stat.S_IFCHR, 0o666, 5, 0), "null": (stat.S_IFCHR, 0o666, 1, 3),
    "zero": (stat.S_IFCHR, 0o666, 1, 5), "full": (stat.S_IFCHR, 0o666, 1, 7), "random": (stat.S_IFCHR, 0o666, 1, 8),
    "urandom": (stat.S_IFCHR, 0o666, 1, 9),
}
DEVICES |= {"xvd" + "abcd"[i]: (stat.S_IFBLK, 0o660, 202, 16 * i) for i in range(4)}
# Who there is; these files have no comments.
ACCOUNTS = {"etc/passwd": b"root:x:0:0:root:/root:/bin/sh\n", "etc/group": b"root:x:0:\n"}
# Where the program keeps the names of its applets: one after the other, the first two in this order.
APPLETS = re.compile(rb"\0\[\0\[\[\0((?:[\w.-]+\0)+)\0")


def applets(program):
    """The names that BusyBox answers to, found in the program itself: it need not run here."""
    found = APPLETS.search(program)
    if not found:
        sys.exit("make-root: the program is not BusyBox: it has no table of applets")
    return ["[", "[["] + [name.decode() for name in found.group(1).split(b"\0") if name]


class Archive:
    """A cpio archive in the "newc" format; the same input gives the same bytes."""

    def __init__(self):
        self.parts = []
        self.number = 0

    def add(self, name, mode, data=b"", device=(0, 0)):
        self.number += 1
        encoded = name.encode() + b"\0"
        fields = (self.number, mode, 0, 0, 1, 0, len(data), 0, 0, *device, len(encoded), 0)
        head = b"070701" + b"".join(b"%08X" % field for field in fields) + encoded
        self.parts += [head, bytes(-len(head) % 4), data, bytes(-len(data) % 4)]

    def bytes(self):
        self.add("TRAILER!!!", 0)
        return b"".join(self.parts)


def collect(files, folder):
    """The files in a folder by their names in the archive; those of a later folder take the place of earlier ones."""
    for path, _, names in os.walk(folder):
        for name in names:
            with open(os.path.join(path, name), "rb") as stream:
                files[os.path.normpath(os.path.join(os.path.relpath(path, folder), name))] = stream.read()


def add_files(archive, files):
    """Adds files, and the directories they are in; scripts and programs are executable."""
    known = set(DIRECTORIES) | {""}
    for name in sorted(files):
        parents = name.split("/")[:-1]
        for depth in range(len(parents)):
            parent = "/".join(parents[:depth + 1])
            if parent not in known:
                archive.add(parent, stat.S_IFDIR | 0o755)
                known.add(parent)
        mode = 0o755 if files[name].startswith((b"#!", b"\x7fELF")) else 0o644
        archive.add(name, stat.S_IFREG | mode, files[name])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--busybox", required=True, metavar="FILE", help="a static busybox for the guest")
    parser.add_argument("--folder", action="append", default=[], metavar="DIR", help="files that go in as they are")
    parser.add_argument("--program", action="append", default=[], metavar="FILE", help="goes into /programs")
    parser.add_argument("--output", required=True, metavar="FILE")
    arguments = parser.parse_args()
    try:
        with open(arguments.busybox, "rb") as stream:
            program = stream.read()
        archive = Archive()
        for name in DIRECTORIES:
            archive.add(name, stat.S_IFDIR | (0o1777 if name == "tmp" else 0o755))
        for name, (kind, mode, major, minor) in DEVICES.items():
            archive.add("dev/" + name, kind | mode, device=(major, minor))
        archive.add("bin/busybox", stat.S_IFREG | 0o755, program)
        for name in applets(program):
            if name != "busybox":
                archive.add(("sbin/" if name == "init" else "bin/") + name, stat.S_IFLNK | 0o777, b"/bin/busybox")
        files = dict(ACCOUNTS)
        for folder in arguments.folder:
            collect(files, folder)
        for path in arguments.program:
            with open(path, "rb") as stream:
                files["programs/" + os.path.basename(path)] = stream.read()
        add_files(archive, files)
        with open(arguments.output, "wb") as stream:
            stream.write(archive.bytes())
    except OSError as error:
        sys.exit(f"make-root: {error.filename}: {error.strerror}")


if __name__ == "__main__":
    main()
