# SPDX-License-Identifier: GPL-2.0-or-later
"""Small stores with all that a real one has: hypervisor, policy, control domain, a guest, symbols."""
import hashlib
import os
import struct
import sys

BUILD = os.environ["DOMICILE_BUILD_DIR"]
TOOLS = os.path.join(os.path.dirname(os.path.realpath(__file__)), "../../../hypervisor/tools")
sys.path.insert(0, TOOLS)
import sealing   # noqa: E402

KERNEL = {"abi": 0x10000, "entry": 0xC0000020, "min_kib": 64, "memory_kib": 1024, "weight": 256}
FIELDS = ("magic", "format", "length", "count", "version", "flags", "salt", "device", "maker", "attest_key")


def some(number, size):
    """Bytes that look like code: no two pieces are the same."""
    return b"".join(struct.pack("<II", number, at) for at in range(0, size, 8))[:size]


def images(seed=0):
    kernel = dict(KERNEL, memory_end=0xC0008000)
    return [sealing.Image("hypervisor", some(seed + 1, 5000), sealing.HYPERVISOR, "1.0"),
            sealing.Image("access-policy", some(seed + 2, 2048), sealing.POLICY, "1.0"),
            sealing.Image("control", some(seed + 3, 3000), symbols=some(seed + 4, 1500), flags=1, **kernel),
            sealing.Image("guest", some(seed + 5, 6000), symbols=some(seed + 6, 900), flags=2, count=1, **kernel)]


class Maker:
    def __init__(self, folder):
        self.folder = folder
        self.key = os.path.join(folder, "maker.pem")
        sealing.write_private(self.key, sealing.new_maker())
        self.public = sealing.maker(self.key).public

    def path(self, name):
        return os.path.join(self.folder, name)

    def store(self, name, device, seed=0, version=1, key=None, change=None):
        """-> path of a signed store; `change` of its images before they are sealed."""
        made = images(seed)
        if change:
            change(made)
        sealing.write_store(self.path(name), device, made, key or self.key, version, "test")
        return self.path(name)

    def sign(self, store, key=None):
        """-> the signature of a manifest that was changed on purpose."""
        return sealing.maker(key or self.key).sign(hashlib.sha256(store).digest())

    def device(self, name, device, counter=1, rom=b"\0" * 32 + b"DROM"):
        sealing.write_device(self.path(name), rom, device, self.public, counter)
        return self.path(name)


def parts(data):
    """[(name of the region, offset, length)] of everything in a store that means something."""
    store = sealing.Store(data)
    regions, at = [], 0
    for field, size in zip(FIELDS, (4, 4, 4, 4, 4, 4, 16, 16, 32, 64)):
        regions.append((field, at, size))
        at += size
    names = (("name", 32), ("version", 16), ("sha256", 32), ("kind", 4), ("offset", 4), ("size", 4), ("symbols", 4), ("abi", 4),
             ("memory_end", 4), ("entry", 4), ("min_kib", 4), ("memory_kib", 4), ("weight", 4), ("flags", 4), ("count", 4),
             ("label", 32))
    for number in range(len(store.entries)):
        for field, size in names:
            regions.append((f"entry {number} {field}", at, size))
            at += size
    regions.append(("signature", at, sealing.SIGNATURE))
    for number, entry in enumerate(store.entries):
        offset, size, symbols = entry[4:7]
        whole = (size + sealing.PIECE - 1) // sealing.PIECE
        for piece in range(whole + (symbols + sealing.PIECE - 1) // sealing.PIECE):
            left = size - piece * sealing.PIECE if piece < whole else symbols - (piece - whole) * sealing.PIECE
            regions.append((f"image {number} piece {piece}", offset + piece * (sealing.PIECE + sealing.TAG),
                            min(left, sealing.PIECE) + sealing.TAG))
    return regions
