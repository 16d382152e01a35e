# SPDX-License-Identifier: GPL-2.0-or-later
"""Opening an encrypted workspace that exists, without a desktop, above the derivation of its key."""

import hashlib
import os
import statistics
import struct
import time

from .common import Agent, figure

OVER_KEY_MS = 50.0
RUNS = 15


def derive_key(image):
    """Milliseconds of what LUKS1 asks of a passphrase: the slot's key, then the digest of the volume's key. The split key and
    the 512 KiB that it is read from are left to the opening."""
    with open(image, "rb") as file:
        header = file.read(592)
    digest, key_bytes = header[72:104].split(b"\0")[0].decode(), struct.unpack_from(">I", header, 108)[0]
    digest_salt, digest_rounds = header[132:164], struct.unpack_from(">I", header, 164)[0]
    _, rounds, salt = struct.unpack_from(">II32s", header, 208)
    begun = time.perf_counter()
    key = hashlib.pbkdf2_hmac(digest, b"demo:correct horse", salt, rounds, key_bytes)
    hashlib.pbkdf2_hmac(digest, key, digest_salt, digest_rounds, 20)
    return (time.perf_counter() - begun) * 1000


def measure(context):
    with Agent() as agent:
        context.say("making an encrypted workspace and one that is not")
        encrypted, plain = agent.create("encrypted", "luks", 256 << 20), agent.create("plain")
        image = os.path.join(agent.stack.media, "encrypted.domicile", "vault.img")
        times = {"encrypted": [], "plain": [], "key": []}
        for turn in range(RUNS + 1):
            context.say(f"turn {turn} of {RUNS}")
            for name, workspace in (("encrypted", encrypted), ("plain", plain)):
                opened, seconds = agent.open(workspace)
                times[name].append(seconds * 1000)
                agent.close(opened)
            times["key"].append(derive_key(image))
    medians = {name: statistics.median(values[1:]) for name, values in times.items()}
    yield figure("open an encrypted workspace, above the derivation of its key", medians["encrypted"] - medians["key"], "ms",
                 OVER_KEY_MS, [("the derivation alone", medians["key"]), ("the whole of it", medians["encrypted"])],
                 "it starts the vault's daemon (QEMU's), which takes about two thirds of it: dm-crypt, where the host's kernel has "
                 "it, needs none")
    yield figure("open one that is not encrypted (its key is derived too)", medians["plain"], "ms")
