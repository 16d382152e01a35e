#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes a flash 1 for a developer's machine: hypervisor, policy and guest kernels, sealed and signed with the keys that
the build has made for itself (domicile-seal; docs/secure-boot.md).

What is not a kernel, or does not fit, is refused before anything is written.
"""
import argparse
import struct
import sys

import sealing
from sealing import FLASH_SIZE, Refused, read

POLICY_SIZE = 2 << 20
POLICY_MAGIC = b"DPLB"
HEADER = struct.Struct("<IIIIIIII")
FILE_END, MEMORY_END = 4, 5  # in the header
IMAGE_MAGIC = 0x314B5650    # "PVK1"
ABI_MAJOR = 1
KERNEL_START = 0xC0000000
FLAGS = {"control": 1, "autostart": 2, "log": 4}


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


def kernel(image):
    """The sealing.Image of a kernel, exactly as long as its header says."""
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
        memory_end = HEADER.unpack_from(data)[MEMORY_END]
    return sealing.Image(image["name"], data, version=image["version"], abi=abi, memory_end=memory_end, entry=entry,
                         symbols=symbol_table(image["symbols"]) if image["symbols"] else b"",
                         min_kib=min_kib, memory_kib=image["memory"], weight=image["weight"], flags=image["flags"],
                         count=image["count"], label=image["label"])


def damage(path, names):
    """Changes one bit of the sealed bytes of these images, for tests."""
    with open(path, "r+b") as stream:
        store = sealing.Store(stream.read(), path)
        for entry in store.entries:
            if entry[0].rstrip(b"\0").decode() in names:
                stream.seek(entry[4] + (entry[5] - 1) // sealing.PIECE * (sealing.PIECE + sealing.TAG))
                byte = stream.read(1)[0]
                stream.seek(-1, 1)
                stream.write(bytes([byte ^ 1]))


def pack_images(arguments):
    images = [kernel(parse_image(text)) for text in arguments.image]
    images.insert(0, sealing.Image("hypervisor", read(arguments.hypervisor), sealing.HYPERVISOR, arguments.version))
    if arguments.policy:
        policy = read(arguments.policy)
        if policy[:4] != POLICY_MAGIC or len(policy) > POLICY_SIZE:
            raise Refused(f"{arguments.policy} is not a compiled policy of at most {POLICY_SIZE} bytes")
        images.insert(1, sealing.Image("access-policy", policy, sealing.POLICY, arguments.version))
    device = sealing.Device.load(arguments.device)
    sealing.write_store(arguments.output, device, images, arguments.maker, maker_name="developer", developer=True)
    damage(arguments.output, arguments.damage)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--device", required=True, metavar="FILE", help="key file of the device")
    parser.add_argument("--maker", required=True, metavar="FILE", help="the maker's private key")
    parser.add_argument("--hypervisor", required=True, metavar="FILE")
    parser.add_argument("--policy", metavar="FILE",
                        help="the access policy, compiled; without it the built-in rules hold")
    parser.add_argument("--version", default="0", help="of the hypervisor and the policy, for people")
    commands = parser.add_subparsers(dest="command", required=True)
    images = commands.add_parser("images", help="flash 1: hypervisor, policy, and the images of guests")
    images.add_argument("--image", action="append", required=True, metavar="SPEC",
                        help=parse_image.__doc__)
    images.add_argument("--damage", action="append", default=[], metavar="NAME",
                        help="store this image with one bit changed (for tests)")
    images.add_argument("--output", required=True, metavar="FILE")
    arguments = parser.parse_args()
    try:
        pack_images(arguments)
    except Refused as error:
        print(f"pack: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
