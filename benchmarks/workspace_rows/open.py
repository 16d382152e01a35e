# SPDX-License-Identifier: GPL-2.0-or-later
"""Opening an encrypted workspace that exists, without a desktop, above the derivation of its key."""

import os
import statistics

from .common import Agent, figure, need, time_ms, undisturbed

OVER_KEY_MS = 50.0
RUNS = 15


def derive_key(image, key):
    """Milliseconds of the derivation, as QEMU's own tool takes for it beyond reading the file."""
    look = ["qemu-io", "-r", "--cmd", "read 0 512", "--image-opts"]
    with_key = time_ms([*look, "--object", f"secret,id=key,file={key}", f"driver=luks,file.filename={image},key-secret=key"])
    return with_key - time_ms([*look, f"driver=raw,file.filename={image}"])


def measure(context):
    need("qemu-io")
    with undisturbed(), Agent() as agent:
        context.say("making an encrypted workspace and one that is not")
        encrypted, plain = agent.create("encrypted", "luks", 256 << 20), agent.create("plain")
        image, key = os.path.join(agent.stack.media, "encrypted.domicile", "vault.img"), agent.stack.path("key")
        with open(key, "w", encoding="utf-8") as file:
            file.write(":".join(agent.login.values()))
        times = {"encrypted": [], "plain": [], "key": []}
        for turn in range(RUNS + 1):
            context.say(f"turn {turn} of {RUNS}")
            for name, workspace in (("encrypted", encrypted), ("plain", plain)):
                opened, seconds = agent.open(workspace)
                times[name].append(seconds * 1000)
                agent.close(opened)
            times["key"].append(derive_key(image, key))
    medians = {name: statistics.median(values[1:]) for name, values in times.items()}
    yield figure("open an encrypted workspace, above the derivation of its key", medians["encrypted"] - medians["key"], "ms",
                 OVER_KEY_MS, [("the derivation alone", medians["key"]), ("the whole of it", medians["encrypted"])],
                 "it starts the vault's daemon (QEMU's), which takes about two thirds of it: dm-crypt, where the host's kernel has "
                 "it, needs none")
    yield figure("open one that is not encrypted (its key is derived too)", medians["plain"], "ms")
