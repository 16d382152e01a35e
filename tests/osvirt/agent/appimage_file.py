# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes AppImages of type 2."""

import struct
import subprocess


def make(tree, scratch):
    """@scratch: a path for its file system. Returns (its program, all of it)."""
    subprocess.run(["mksquashfs", tree, scratch, "-quiet", "-no-progress", "-noappend"], check=True)
    with open("/bin/true", "rb") as file:
        program = bytearray(file.read())
    program[8:11] = b"AI\2"
    offset, = struct.unpack_from("<Q", program, 40)
    size, count = struct.unpack_from("<HH", program, 58)
    program = bytes(program[:offset + size * count])
    with open(scratch, "rb") as file:
        return program, program + file.read()
