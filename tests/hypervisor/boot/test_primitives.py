#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Published vectors (NIST's, RFC 5869's, OpenSSL's and BoringSSL's, as python3-cryptography-vectors has them), and the
edge cases of signatures, through BearSSL's parts on the host and on the ARM machine."""
import collections
import os
import re
import struct
import subprocess
import tempfile
import unittest

import stores
from stores import sealing
import test_start

try:
    import cryptography_vectors
    FOLDER = os.path.dirname(cryptography_vectors.__file__)
except ImportError:
    FOLDER = None

HOST = os.path.join(stores.BUILD, "tests/hypervisor/boot/primitives")
ROM = os.path.join(stores.BUILD, "tests/hypervisor/boot/primitives-rom.bin")
SHA256, HKDF, SEAL, ECDSA = range(1, 5)
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
PRIME = 0xFFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF


def sections(path):
    """{name: value} of each block of lines, with the section [NAME] it stands in."""
    found, block, section = [], {}, ""
    with open(os.path.join(FOLDER, path), encoding="ascii", errors="replace") as stream:
        for line in [*stream, "\n"]:
            match = re.match(r"\s*(\w+)\s*[=:]\s*(.*?)\s*$", line)
            if line.startswith("["):
                section = line.strip(" []\r\n")
            elif match and not line.startswith("#"):
                block[match[1].lower()] = match[2]
            elif not line.strip() and block:
                found.append({"section": section} | block)
                block = {}
    return found


def data_of(value):
    return value[1:-1].encode() if value.startswith('"') else bytes.fromhex(value)


def sha256():
    for path in ("SHA256ShortMsg", "SHA256LongMsg"):
        for block in sections(f"hashes/SHA2/{path}.rsp"):
            if "md" in block:
                length = int(block["len"]) // 8
                yield SHA256, True, data_of(block["msg"])[:length], data_of(block["md"])


def hkdf():
    text = sealing.read(os.path.join(FOLDER, "KDF/rfc-5869-HKDF-SHA256.txt")).decode()
    for part in text.split("COUNT")[1:]:
        block = {key.lower(): value for key, value in re.findall(r"^(\w+)[ \t]*=[ \t]*([0-9a-f]*)$", part, re.M)}
        good = [bytes.fromhex(block[key]) for key in ("ikm", "salt", "info", "okm")]
        yield HKDF, True, *good
        yield HKDF, False, *good[:2], good[2] + b"\0", good[3]


def seal():
    for block in sections("ciphers/ChaCha20Poly1305/openssl.txt") + sections("ciphers/ChaCha20Poly1305/boringssl.txt"):
        names = [("key",), ("nonce", "iv"), ("ad", "aad"), ("ct", "ciphertext"), ("tag",), ("in", "plaintext")]
        if not any(name in block for name in ("ct", "ciphertext")):
            continue
        fields = [data_of(next((block[name] for name in choice if name in block), "")) for choice in names]
        good = "result" not in block and "fails" not in block
        if len(fields[1]) != 12 or len(fields[4]) != 16:
            continue
        yield SEAL, good, *fields
        for place in (3, 4):    # every bit matters
            if good and fields[place]:
                broken = list(fields)
                broken[place] = bytes([fields[place][0] ^ 0x80]) + fields[place][1:]
                yield SEAL, False, *broken


def ecdsa():
    for block in sections("asymmetric/ECDSA/FIPS_186-3/SigVer.rsp"):
        if block["section"] == "P-256,SHA-256" and "result" in block:
            point = b"\4" + b"".join(bytes.fromhex(block[key].rjust(64, "0")) for key in ("qx", "qy"))
            signature = b"".join(bytes.fromhex(block[key].rjust(64, "0")) for key in ("r", "s"))
            yield ECDSA, block["result"].startswith("P"), point, bytes.fromhex(block["msg"]), signature
    for block in sections("asymmetric/ECDSA/FIPS_186-3/PKV.rsp"):
        if block["section"] == "P-256" and block.get("result", "P").startswith("F"):
            numbers = [int(block[key], 16) for key in ("qx", "qy")]
            if max(numbers) < 1 << 256:
                yield ECDSA, False, b"\4" + b"".join(n.to_bytes(32, "big") for n in numbers), b"x", b"\1" * 64


def edges():
    """What a verifier must not fall for, around a good signature."""
    message = b"the manifest of a store"
    with tempfile.TemporaryDirectory() as folder:
        maker = stores.Maker(folder)
        good, point = maker.sign(message), sealing.point(maker.public)
    r, s = (int.from_bytes(good[at:at + 32], "big") for at in (0, 32))

    def pair(a, b):
        return a.to_bytes(32, "big") + b.to_bytes(32, "big")
    yield ECDSA, True, point, message, good
    yield ECDSA, True, point, message, pair(r, ORDER - s)      # the other of the two that every signature has
    top = (1 << 256) - 1
    for a, b in ((0, s), (r, 0), (0, 0), (1, 0), (0, 1), (1, 1), (ORDER, s), (r, ORDER), (ORDER, ORDER), (ORDER - 1, ORDER - 1),
                 (ORDER + 1, s), (r, ORDER + 1), (PRIME, s), (top, s), (r, top), (top, top), (s, r), (ORDER - r, s)):
        yield ECDSA, False, point, message, pair(a, b)
    for cut in (0, 1, 32, 62, 63):
        yield ECDSA, False, point, message, good[:cut]
    yield ECDSA, False, point, message, good + good[:2]
    yield ECDSA, False, point, message + b".", good
    x, y = (int.from_bytes(point[at:at + 32], "big") for at in (1, 33))
    for bad in (b"", b"\0", point[:-1], point + b"\0", b"\2" + point[1:33], b"\5" + point[1:], bytes(65), b"\4" + bytes(64),
                b"\4" + pair(x, PRIME - y), b"\4" + pair(y, x), b"\4" + pair(x, y ^ 1), b"\4" + pair(PRIME, 1), b"\4" + pair(top, y),
                b"\4" + pair(x, top)):
        yield ECDSA, False, bad, message, good
    for bit in range(0, 512, 7):
        flipped = bytearray(good)
        flipped[bit // 8] ^= 1 << bit % 8
        yield ECDSA, False, point, message, bytes(flipped)


def packed(vectors):
    data = b""
    for kind, right, *fields in vectors:
        data += struct.pack("<II", kind, right)
        for field in fields:
            data += struct.pack("<I", len(field)) + field + bytes(-len(field) % 4)
    return data + bytes(4)


@unittest.skipUnless(FOLDER, "python3-cryptography-vectors is not installed")
class Primitives(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.vectors = [vector for source in (sha256, hkdf, seal, ecdsa, edges) for vector in source()]
        folder = tempfile.TemporaryDirectory(prefix="domicile-vectors-")
        cls.addClassCleanup(folder.cleanup)
        cls.path = os.path.join(folder.name, "flash1.img")
        sealing.write_sparse(cls.path, [(0, packed(cls.vectors))])
        cls.flash0 = os.path.join(folder.name, "flash0.img")
        sealing.write_sparse(cls.flash0, [(0, sealing.read(ROM))])

    def test_there_are_enough(self):
        kinds = collections.Counter((kind, right) for kind, right, *_ in self.vectors)
        print(dict(kinds))
        for kind, right, least in ((SHA256, True, 120), (HKDF, True, 3), (SEAL, True, 10), (SEAL, False, 20), (ECDSA, True, 5),
                                   (ECDSA, False, 100)):
            self.assertGreaterEqual(kinds[kind, right], least, (kind, right))

    def check(self, text):
        self.assertNotIn("wrong", text)
        self.assertIn(f"vectors: {len(self.vectors)}\n", text.replace("\r", ""))

    def test_on_the_host(self):
        self.check(subprocess.run([HOST, self.path], stdout=subprocess.PIPE, text=True, check=True).stdout)

    def test_on_the_machine(self):
        self.check(test_start.run(self.flash0, self.path, until=("vectors: %d\n" % len(self.vectors),)))


if __name__ == "__main__":
    unittest.main(verbosity=2)
