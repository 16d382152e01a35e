# SPDX-License-Identifier: GPL-2.0-or-later
"""Opening an encrypted workspace that exists, without a desktop, above the derivation of its key."""

import os

from .common import Agent, figure, need, time_ms, undisturbed

OVER_KEY_MS = 50.0
RUNS = 15


def look(image, key=None):
    """Milliseconds that QEMU's own tool takes to read from an image, with @key from an encrypted one."""
    words = ["qemu-io", "-r", "--cmd", "read 0 512", "--image-opts"]
    if key is None:
        return time_ms([*words, f"driver=raw,file.filename={image}"])
    return time_ms([*words, "--object", f"secret,id=key,file={key}", f"driver=luks,file.filename={image},key-secret=key"])


def measure(context):
    need("qemu-io")
    with undisturbed(), Agent() as agent:
        context.say("making an encrypted workspace and one that is not")
        encrypted, plain = agent.create("encrypted", "luks", 256 << 20), agent.create("plain")
        image, key = os.path.join(agent.stack.media, "encrypted.domicile", "vault.img"), agent.stack.path("key")
        with open(key, "w", encoding="utf-8") as file:
            file.write(":".join(agent.login.values()))
        times = {"encrypted": [], "plain": [], "with key": [], "without": []}
        for turn in range(RUNS + 1):
            context.say(f"turn {turn} of {RUNS}")
            for name, workspace in (("encrypted", encrypted), ("plain", plain)):
                opened, seconds = agent.open(workspace)
                times[name].append(seconds * 1000)
                agent.close(opened)
            times["with key"].append(look(image, key))
            times["without"].append(look(image))
    # The best of each: what disturbs only ever adds.
    best = {name: min(values) for name, values in times.items()}
    derivation = best["with key"] - best["without"]
    yield figure("open an encrypted workspace, above the derivation of its key", best["encrypted"] - derivation, "ms",
                 OVER_KEY_MS, [("the derivation alone", derivation), ("the whole of it", best["encrypted"])],
                 "it starts the vault's daemon (QEMU's), which takes about two thirds of it: dm-crypt, where the host's kernel has "
                 "it, needs none")
    yield figure("open one that is not encrypted (its key is derived too)", best["plain"], "ms")
