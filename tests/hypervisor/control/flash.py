# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes a flash image with images in it that are not good, beside those of the build."""
import hashlib
import struct

SIZE = 64 << 20
TABLE = struct.Struct("<IIII")
ENTRY = struct.Struct("<32s16s32sIIIIIIII32s")


def read_entries(data):
    count = TABLE.unpack_from(data)[2]
    return [list(ENTRY.unpack_from(data, TABLE.size + i * ENTRY.size)) for i in range(count)]


def add_bad_images(source, target):
    """Copies flash 1 and adds `damaged` (a kernel with one bit wrong) and `prose` (text, with a good checksum)."""
    with open(source, "rb") as stream:
        data = stream.read()
    entries = read_entries(data)
    guest = next(entry for entry in entries if not entry[7] & 1)
    end = max(entry[3] + entry[4] for entry in entries) + 4095 & ~4095
    kernel = bytearray(data[guest[3]:guest[3] + guest[4]])
    kernel[-1] ^= 1
    prose = (b"This is no kernel. " * 300)[:4096]
    parts = []
    for name, body, digest in ((b"damaged", bytes(kernel), guest[2]),
                               (b"prose", prose, hashlib.sha256(prose).digest())):
        entry = list(guest)
        entry[0], entry[2], entry[3], entry[4], entry[7], entry[8] = name, digest, end, len(body), 0, 1
        entries.append(entry)
        parts.append((end, body))
        end = end + len(body) + 4095 & ~4095
    table = bytearray(data[:TABLE.size])
    struct.pack_into("<I", table, 8, len(entries))
    with open(target, "wb") as stream:
        stream.write(bytes(table) + b"".join(ENTRY.pack(*entry) for entry in entries))
        for entry in entries[:-2]:
            stream.seek(entry[3])
            stream.write(data[entry[3]:entry[3] + entry[4]])
        for offset, body in parts:
            stream.seek(offset)
            stream.write(body)
        stream.truncate(SIZE)
