#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes the two flash images: boot ROM and hypervisor, and the table of guest images.

What is not a kernel, or does not fit, is refused before anything is written.
"""
import argparse
import hashlib
import os
import struct
import sys

FLASH_SIZE = 64 << 20
POLICY_OFFSET = 2 << 20     # in flash 0
POLICY_SIZE = 2 << 20
POLICY_MAGIC = b"DPLB"
ROM_SIZE = 64 << 10
ROM_SIZE_WORD = 36          # offset of the hypervisor's size in the ROM, behind "DROM"
TABLE_MAGIC = 0x54494D44    # "DMIT"
TABLE_VERSION = 2
TABLE_ROOM = 64 << 10
IMAGES_MAX = 32
ENTRY = struct.Struct("<32s16s32sIIIIIIII32s")
HEADER = struct.Struct("<IIIIIIII")
FILE_END, MEMORY_END = 4, 5  # in the header
IMAGE_MAGIC = 0x314B5650    # "PVK1"
ABI_MAJOR = 1
KERNEL_START = 0xC0000000
FLAGS = {"control": 1, "autostart": 2, "log": 4}


class Refused(Exception):
    """An input that must not get into an image."""


def read(path):
    try:
        with open(path, "rb") as stream:
            return stream.read()
    except OSError as error:
        raise Refused(f"cannot read {path}: {error.strerror}") from error


def write_sparse(path, parts):
    """Writes (offset, bytes) parts into a file of the flash's size; the file appears complete or not at all."""
    partial = path + ".part"
    with open(partial, "wb") as stream:
        for offset, data in parts:
            stream.seek(offset)
            stream.write(data)
        stream.truncate(FLASH_SIZE)
    os.replace(partial, path)


def pack_boot(arguments):
    rom = bytearray(read(arguments.rom))
    hypervisor = read(arguments.hypervisor)
    hypervisor += bytes(-len(hypervisor) % 32)
    if len(rom) > ROM_SIZE or rom[32:36] != b"DROM":
        raise Refused(f"{arguments.rom} is not a boot ROM of at most {ROM_SIZE} bytes")
    if ROM_SIZE + len(hypervisor) > POLICY_OFFSET:
        raise Refused(f"{arguments.hypervisor} does not fit into the flash")
    struct.pack_into("<I", rom, ROM_SIZE_WORD, len(hypervisor))
    parts = [(0, bytes(rom)), (ROM_SIZE, hypervisor)]
    if arguments.policy:
        policy = read(arguments.policy)
        if policy[:4] != POLICY_MAGIC or len(policy) > POLICY_SIZE:
            raise Refused(f"{arguments.policy} is not a compiled policy of at most {POLICY_SIZE} bytes")
        parts.append((POLICY_OFFSET, policy))
    write_sparse(arguments.output, parts)


ELF_SECTION = struct.Struct("<IIIIIIIIII")
ELF_SYMBOL = struct.Struct("<IIIBBH")
SYMBOL_TABLE, FUNCTION, NO_TYPE, GLOBAL = 2, 2, 0, 1    # SHT_SYMTAB, STT_FUNC, STT_NOTYPE, STB_GLOBAL
EXECUTABLE = 4                                          # SHF_EXECINSTR


def functions(path):
    """Address and name of each function of an ELF file, and of its global labels in code."""
    data = read(path)
    if data[:6] != b"\x7fELF\x01\x01":
        raise Refused(f"{path} is not a 32-bit ELF file")
    try:
        offset, = struct.unpack_from("<I", data, 32)
        size, count = struct.unpack_from("<HH", data, 46)
        sections = [ELF_SECTION.unpack_from(data, offset + i * size) for i in range(count)]
        found = {}
        for section in sections:
            if section[1] != SYMBOL_TABLE:
                continue
            names = sections[section[6]][4]
            for at in range(section[4], section[4] + section[5], ELF_SYMBOL.size):
                name, value, _, info, _, where = ELF_SYMBOL.unpack_from(data, at)
                code = where < count and sections[where][2] & EXECUTABLE
                if code and (info & 15 == FUNCTION or (info & 15 == NO_TYPE and info >> 4 == GLOBAL)):
                    found.setdefault(value & ~1, data[names + name:data.index(b"\0", names + name)])
    except (struct.error, IndexError, ValueError) as error:
        raise Refused(f"{path}: its symbols cannot be read: {error}") from error
    return sorted(found.items())


def symbol_table(path):
    """The form of pv/control.h: count, (address, offset of the name) by address, names."""
    symbols = functions(path)
    entries, names, at = b"", b"", 4 + 8 * len(symbols)
    for address, name in symbols:
        entries += struct.pack("<II", address, at + len(names))
        names += name + b"\0"
    return struct.pack("<I", len(symbols)) + entries + names


def parse_image(text):
    """name=NAME,file=PATH[,payload=PATH][,symbols=ELF][,version=V][,memory=KIB][,weight=N][,count=N][,flags=a+b]
    [,label=TYPE]"""
    image = {"payload": "", "symbols": "", "version": "0", "memory": "0", "weight": "256", "count": "1", "flags": "",
             "label": ""}
    for part in text.split(","):
        key, equals, value = part.partition("=")
        if not equals or key not in ("name", "file", *image):
            raise Refused(f"--image: {part!r} is not understood")
        image[key] = value
    if "name" not in image or "file" not in image:
        raise Refused("--image needs name= and file=")
    try:
        for key in ("memory", "weight", "count"):
            image[key] = int(image[key])
        image["flags"] = sum(FLAGS[word] for word in image["flags"].split("+") if word)
    except (ValueError, KeyError) as error:
        raise Refused(f"--image {image['name']}: {error}") from error
    if not 0 < len(image["name"].encode()) < 32 or len(image["version"].encode()) > 15:
        raise Refused(f"--image {image['name']}: name or version is too long or empty")
    if len(image["label"].encode()) > 31:
        raise Refused(f"--image {image['name']}: the label is longer than 31 bytes")
    if not 1 <= image["weight"] <= 65535:
        raise Refused(f"--image {image['name']}: weight must be 1 to 65535")
    return image


def with_payload(data, payload):
    """A kernel with something behind it, from the first page after its .bss on; both are stored, and the header's
    ends say so."""
    fields = list(HEADER.unpack_from(data))
    start = (fields[MEMORY_END] + 4095) & ~4095
    payload += bytes(-len(payload) % 4096)
    fields[FILE_END] = fields[MEMORY_END] = start + len(payload)
    return HEADER.pack(*fields) + data[HEADER.size:].ljust(start - KERNEL_START - HEADER.size, b"\0") + payload


def kernel_bytes(image, damaged):
    """The stored form of a kernel: exactly as long as its header says."""
    data = read(image["file"])
    if len(data) < HEADER.size:
        raise Refused(f"{image['file']} is not a kernel image: it is too short")
    _, magic, abi, start, file_end, memory_end, entry, min_kib = HEADER.unpack_from(data)
    if magic != IMAGE_MAGIC:
        raise Refused(f"{image['file']} is not a kernel image: the magic number is missing")
    if abi >> 16 != ABI_MAJOR or start != KERNEL_START:
        raise Refused(f"{image['file']} is built for another interface ({abi:#x}, {start:#x})")
    size = file_end - start
    if not len(data) <= size <= FLASH_SIZE or not file_end <= memory_end or not start <= entry < file_end:
        raise Refused(f"{image['file']}: the sizes in its header do not fit the file")
    if image["memory"] == 0:
        image["memory"] = min_kib
    if image["memory"] < min_kib:
        raise Refused(f"{image['name']} needs at least {min_kib} KiB")
    data += bytes(size - len(data))
    if image["payload"]:
        data = with_payload(data, read(image["payload"]))
    digest = hashlib.sha256(data).digest()
    if damaged:
        data = data[:-1] + bytes([data[-1] ^ 1])
    return data, digest


def pack_images(arguments):
    images = [parse_image(text) for text in arguments.image]
    names = [image["name"] for image in images]
    if len(images) > IMAGES_MAX or len(set(names)) != len(names):
        raise Refused(f"at most {IMAGES_MAX} images, each with a name of its own")
    offset, entries, parts = TABLE_ROOM, [], []
    for image in images:
        data, digest = kernel_bytes(image, image["name"] in arguments.damage)
        if offset + len(data) > FLASH_SIZE:
            raise Refused(f"{image['name']} does not fit into the flash")
        symbols = symbol_table(image["symbols"]) if image["symbols"] else b""
        behind = offset + (len(data) + 3 & ~3)
        if behind + len(symbols) > FLASH_SIZE:
            raise Refused(f"the symbols of {image['name']} do not fit into the flash")
        entries.append(ENTRY.pack(image["name"].encode(), image["version"].encode(), digest, offset,
                                  len(data), image["memory"], image["weight"], image["flags"],
                                  image["count"], behind if symbols else 0, len(symbols), image["label"].encode()))
        parts.append((offset, data + bytes(behind - offset - len(data)) + symbols))
        offset = (behind + len(symbols) + 4095) & ~4095
    table = struct.pack("<IIII", TABLE_MAGIC, TABLE_VERSION, len(entries), 0) + b"".join(entries)
    write_sparse(arguments.output, [(0, table), *parts])


def show(arguments):
    data = read(arguments.flash)
    magic, version, count, _ = struct.unpack_from("<IIII", data.ljust(16, b"\0"))
    if len(data) < 16 + count * ENTRY.size or magic != TABLE_MAGIC or version != TABLE_VERSION or count > IMAGES_MAX:
        raise Refused(f"{arguments.flash} has no image table")
    for index in range(count):
        entry = ENTRY.unpack_from(data, 16 + index * ENTRY.size)
        name, release, digest, offset, size, memory, weight, flags, number = entry[:9]
        words = "+".join(word for word, bit in FLAGS.items() if flags & bit) or "-"
        good = hashlib.sha256(data[offset:offset + size]).digest() == digest
        print(f"{name.rstrip(bytes(1)).decode():16} {release.rstrip(bytes(1)).decode():8} {size:8} bytes"
              f" {memory:6} KiB weight {weight} count {number} {words}"
              f" sha256 {digest.hex()}{'' if good else ' DAMAGED'}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    boot = commands.add_parser("boot", help="flash 0: boot ROM and hypervisor")
    boot.add_argument("--rom", required=True, metavar="FILE")
    boot.add_argument("--hypervisor", required=True, metavar="FILE")
    boot.add_argument("--policy", metavar="FILE",
                      help="the access policy, compiled; without it the built-in rules hold")
    boot.add_argument("--output", required=True, metavar="FILE")
    boot.set_defaults(run=pack_boot)
    images = commands.add_parser("images", help="flash 1: the table of guest images")
    images.add_argument("--image", action="append", required=True, metavar="SPEC",
                        help=parse_image.__doc__)
    images.add_argument("--damage", action="append", default=[], metavar="NAME",
                        help="store this image with one bit changed (for tests)")
    images.add_argument("--output", required=True, metavar="FILE")
    images.set_defaults(run=pack_images)
    table = commands.add_parser("show", help="list the images of a flash 1")
    table.add_argument("flash", metavar="FILE")
    table.set_defaults(run=show)
    arguments = parser.parse_args()
    try:
        arguments.run(arguments)
    except Refused as error:
        print(f"pack: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
