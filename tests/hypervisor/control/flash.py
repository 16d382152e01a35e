# SPDX-License-Identifier: GPL-2.0-or-later
"""Flash images of the build, sealed anew with other images in them, with the build's own keys."""
import copy
import os
import sys

import harness

TOOLS = os.path.join(os.path.dirname(os.path.realpath(__file__)), "../../../hypervisor/tools")
sys.path.insert(0, TOOLS)
import pack      # noqa: E402
import sealing   # noqa: E402

IMAGES = os.path.join(harness.BUILD, "hypervisor")
MAKER = os.path.join(IMAGES, "developer-maker.pem")


def device():
    return sealing.Device.load(os.path.join(IMAGES, "developer-device.key"))


def load(path):
    return sealing.Store(sealing.read(path), path)


def reseal(source, target, change, version=1):
    """`change` gets the list of images of `source`, and changes it; `target` is sealed and signed."""
    images = load(source).images(device())
    change(images)
    sealing.write_store(target, device(), images, MAKER, version, "test", True)


def add_bad_images(source, target):
    """Adds `damaged` (a kernel with one bit wrong in its seal) and `prose` (text, sealed and signed)."""
    def change(images):
        guest = next(image for image in images if image.kind == sealing.KERNEL and not image.flags & sealing.CONTROL)
        damaged, prose = copy.copy(guest), copy.copy(guest)
        damaged.name, prose.name = "damaged", "prose"
        damaged.flags = prose.flags = 0
        prose.data, prose.symbols, prose.entry = (b"This is no kernel. " * 300)[:4096], b"", 0
        images += [damaged, prose]
    reseal(source, target, change)
    pack.damage(target, ["damaged"])


def set_policy(source, target, policy):
    """Exchanges the compiled policy; None: leaves it out."""
    def change(images):
        images[:] = [image for image in images if image.kind != sealing.POLICY]
        if policy is not None:
            images.append(sealing.Image("access-policy", policy, sealing.POLICY))
    reseal(source, target, change)
