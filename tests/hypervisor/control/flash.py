# SPDX-License-Identifier: GPL-2.0-or-later
"""Flash images of the build, sealed anew with other images in them, with the build's own keys."""
import copy
import hashlib
import os
import sys

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils

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


class Quote:
    """The answer of host.attest, judged by other code than domicilectl's."""
    def __init__(self, answer):
        self.manifest, self.maker_signature, self.signature = (
            bytes.fromhex(answer[name]) for name in ("manifest", "maker_signature", "signature"))
        self.sha256 = hashlib.sha256(self.manifest).hexdigest()

    @staticmethod
    def verify(public, signature, message):
        r, s = (int.from_bytes(signature[at:at + 32], "big") for at in (0, 32))
        try:
            public.verify(utils.encode_dss_signature(r, s), message, ec.ECDSA(hashes.SHA256()))
        except InvalidSignature:
            return False
        return True

    def is_signed_by(self, maker):
        return self.verify(maker, self.maker_signature, self.manifest)

    def answers(self, nonce):
        public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), b"\4" + sealing.HEADER.unpack_from(self.manifest)[-1])
        return self.verify(public, self.signature,
                           b"domicile quote" + bytes([len(nonce)]) + nonce + hashlib.sha256(self.manifest).digest())


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
