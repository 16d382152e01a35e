# SPDX-License-Identifier: GPL-2.0-or-later
"""The store of sealed images (hypervisor/boot/store.h): made, read and signed; and the keys of devices and makers."""
import dataclasses
import hashlib
import hmac
import os
import re
import struct
import subprocess
import tempfile

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

FLASH_SIZE = 64 << 20
ROM_SIZE = 64 << 10
MAGIC, FORMAT = 0x54534D44, 1
ROOM = 64 << 10
IMAGES_MAX = 32
PIECE, TAG, SIGNATURE = 1024, 16, 64
DEVELOPER = 1
HYPERVISOR, POLICY, KERNEL = 1, 2, 3
KINDS = {HYPERVISOR: "hypervisor", POLICY: "policy", KERNEL: "kernel"}
CONTROL = 1         # flag of an image

HEADER = struct.Struct("<6I16s16s32s64s")
IMAGE = struct.Struct("<32s16s32s12I32s")
KEYS = struct.Struct("<II32s65s3x32s")
KEYS_OFFSET, KEYS_MAGIC = 0x10000, 0x564D4444
COUNTER_OFFSET, COUNTER_BYTES = 0x40000, 0x2000
COUNTER_MAX = COUNTER_BYTES * 8

DEVICE_FILE = "domicile device 1"


class Refused(Exception):
    """Something that cannot be sealed, or is not as it must be; the text says what and what to do."""


def read(path):
    try:
        with open(path, "rb") as stream:
            return stream.read()
    except OSError as error:
        raise Refused(f"cannot read {path}: {error.strerror}") from error


def write_private(path, data):
    """A new file for its owner alone; an old one is never overwritten."""
    try:
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600), "wb") as stream:
            stream.write(data)
    except FileExistsError:
        raise Refused(f"{path} exists: keys are never overwritten; remove it first, or name another file") from None
    except OSError as error:
        raise Refused(f"cannot write {path}: {error.strerror}") from error


def write_sparse(path, parts):
    """Writes (offset, bytes) parts into a file of the flash's size; it appears complete or not at all."""
    partial = path + ".part"
    try:
        with open(partial, "wb") as stream:
            for offset, data in parts:
                stream.seek(offset)
                stream.write(data)
            stream.truncate(FLASH_SIZE)
        os.replace(partial, path)
    except OSError as error:
        raise Refused(f"cannot write {path}: {error.strerror}") from error


def text(field, room, what):
    data = field.encode("ascii", "replace")
    if len(data) >= room or data.decode() != field or not field.isprintable():
        raise Refused(f"{what} {field!r}: at most {room - 1} printable ASCII characters")
    return data


# ---- keys ----

def hkdf(master, salt, info, length=32):
    """HKDF-SHA256 for at most one block (RFC 5869)."""
    extracted = hmac.digest(salt or bytes(32), master, "sha256")
    return hmac.digest(extracted, info + b"\1", "sha256")[:length]


@dataclasses.dataclass
class Device:
    """What the maker keeps of one device: its serial and its master key."""
    serial: str
    master: bytes

    @classmethod
    def new(cls, serial):
        text(serial, 32, "the serial")
        return cls(serial, os.urandom(32))

    @classmethod
    def load(cls, path):
        lines = read(path).decode("ascii", "replace").splitlines()
        fields = dict(line.split(": ", 1) for line in lines[1:] if ": " in line)
        if not lines or lines[0] != DEVICE_FILE or not re.fullmatch("[0-9a-f]{64}", fields.get("master", "")):
            raise Refused(f"{path} is not a device's key file: make one with `domicile-seal new-device`")
        return cls(fields.get("serial", ""), bytes.fromhex(fields["master"]))

    def save(self, path):
        write_private(path, f"{DEVICE_FILE}\nserial: {self.serial}\nmaster: {self.master.hex()}\n".encode())

    @property
    def id(self):
        return hkdf(self.master, b"", b"domicile device", 16)


class FileMaker:
    """A maker's private key in a PEM file."""
    def __init__(self, path):
        try:
            self.key = serialization.load_pem_private_key(read(path), None)
        except TypeError:
            raise Refused(f"{path} is encrypted: keep it on a token, or decrypt it to a file of a RAM disk") from None
        except ValueError as error:
            raise Refused(f"{path} is not a private key in PEM form") from error
        if not isinstance(self.key, ec.EllipticCurvePrivateKey) or self.key.curve.name != "secp256r1":
            raise Refused(f"{path} is not a key on the curve P-256")

    @property
    def public(self):
        return self.key.public_key()

    def sign(self, digest):
        signature = self.key.sign(digest, ec.ECDSA(utils.Prehashed(hashes.SHA256())))
        r, s = utils.decode_dss_signature(signature)
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")


class TokenMaker:
    """A maker's private key on a PKCS#11 token, used through OpenSC's pkcs11-tool; the PIN comes from an environment
    variable, and the key never leaves the token."""
    PIN = "DOMICILE_TOKEN_PIN"

    def __init__(self, url):
        parts = dict(part.partition("=")[::2] for part in re.split("[;?&]", url.removeprefix("pkcs11:")) if part)
        unknown = set(parts) - {"token", "object", "id", "module-path"}
        if unknown or not {"token", "object", "module-path"} <= set(parts):
            raise Refused(f"{url}: write pkcs11:token=NAME;object=NAME;id=HEX?module-path=FILE (id where the token has"
                          " several keys)")
        if self.PIN not in os.environ:
            raise Refused(f"the token's PIN is expected in the environment variable {self.PIN}")
        self.command = ["pkcs11-tool", "--module", parts["module-path"], "--token-label", parts["token"], "--label",
                        parts["object"]] + (["--id", parts["id"]] if "id" in parts else [])

    def run(self, *arguments):
        try:
            done = subprocess.run([*self.command, *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                                  check=False)
        except OSError as error:
            raise Refused(f"cannot run pkcs11-tool: {error.strerror}; it is in the package opensc") from error
        if done.returncode != 0:
            lines = [line for line in done.stderr.splitlines() if line.strip()] or ["it does not say why"]
            raise Refused("the token refuses: " + lines[-1])

    @property
    def public(self):
        with tempfile.TemporaryDirectory(prefix="domicile-seal-") as folder:
            path = os.path.join(folder, "public")
            self.run("--read-object", "--type", "pubkey", "--output-file", path)
            return load_public(read(path), "the token's public key")

    def sign(self, digest):
        with tempfile.TemporaryDirectory(prefix="domicile-seal-") as folder:
            asked, answer = os.path.join(folder, "digest"), os.path.join(folder, "signature")
            with open(asked, "wb") as stream:
                stream.write(digest)
            self.run("--login", "--pin", "env:" + self.PIN, "--sign", "--mechanism", "ECDSA", "--input-file", asked,
                     "--output-file", answer)
            signature = read(answer)
        # pkcs11-tool takes any key of the token to sign with; it must be the one that was named.
        r, s = (int.from_bytes(signature[at:at + 32], "big") for at in (0, 32))
        try:
            self.public.verify(utils.encode_dss_signature(r, s), digest, ec.ECDSA(utils.Prehashed(hashes.SHA256())))
        except InvalidSignature:
            raise Refused("the token refuses: it signed with another key than the one named; give its id, too") from None
        return signature


def maker(where):
    return TokenMaker(where) if where.startswith("pkcs11:") else FileMaker(where)


def load_public(data, what):
    loaders = (serialization.load_pem_public_key, serialization.load_der_public_key)
    for load in loaders:
        try:
            key = load(data)
        except ValueError:
            continue
        if isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name == "secp256r1":
            return key
    raise Refused(f"{what} is not a public key on the curve P-256")


def point(public):
    return public.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)


def pem(public):
    return public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def new_maker():
    """-> a private key in PEM form."""
    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


# ---- the store ----

@dataclasses.dataclass
class Image:
    """What goes into the store as one image; of a kernel also what its header says."""
    name: str
    data: bytes
    kind: int = KERNEL
    version: str = "0"
    symbols: bytes = b""
    abi: int = 0
    memory_end: int = 0
    entry: int = 0
    min_kib: int = 0
    memory_kib: int = 0
    weight: int = 0
    flags: int = 0
    count: int = 0
    label: str = ""

    def entry_bytes(self, offset):
        return IMAGE.pack(text(self.name, 32, "the name"), text(self.version, 16, "the version"),
                          hashlib.sha256(self.data).digest(), self.kind, offset, len(self.data), len(self.symbols),
                          self.abi, self.memory_end, self.entry, self.min_kib, self.memory_kib, self.weight, self.flags,
                          self.count, text(self.label, 32, "the label"))


def pieces(data):
    return [data[at:at + PIECE] for at in range(0, len(data), PIECE)]


def sealed_size(image):
    whole = len(pieces(image.data))
    return whole * (PIECE + TAG) + len(image.symbols) + len(pieces(image.symbols)) * TAG


def image_key(device, salt, image):
    name = image.name.encode().ljust(32, b"\0")
    return hkdf(device.master, salt, b"domicile image" + hashlib.sha256(image.data).digest() + name)


def seal_image(device, salt, image):
    cipher = ChaCha20Poly1305(image_key(device, salt, image))
    sealed = b""
    for number, piece in enumerate(pieces(image.data) + pieces(image.symbols)):
        nonce = struct.pack("<I", number) + bytes(8)
        last = number == len(pieces(image.data)) - 1
        part = cipher.encrypt(nonce, piece, None)
        sealed += part.ljust(PIECE + TAG, b"\0") if last else part
    return sealed


def attestation_key(device, salt, manifest):
    """The key with which this device vouches for this manifest, which has no public half yet; None: another salt."""
    seed = hkdf(device.master, salt, b"domicile attestation" + hashlib.sha256(manifest).digest())
    try:
        return ec.derive_private_key(int.from_bytes(seed, "big"), ec.SECP256R1())
    except ValueError:
        return None


def check(images):
    names = [image.name for image in images]
    if len(images) > IMAGES_MAX or len(set(names)) != len(names):
        raise Refused(f"at most {IMAGES_MAX} images, each with a name of its own")
    kinds = [image.kind for image in images]
    if kinds.count(HYPERVISOR) != 1 or kinds.count(POLICY) > 1:
        raise Refused("a store has one hypervisor and at most one policy")
    controls = [image.name for image in images if image.kind == KERNEL and image.flags & CONTROL]
    if len(controls) != 1:
        raise Refused(f"a store has one control domain, not {len(controls)}: give one image flags=control")
    for image in images:
        if not image.data:
            raise Refused(f"{image.name} is empty")


def seal(device, images, version, maker_name, developer=False):
    """-> [(offset, bytes)] of a store that is not signed yet, and its manifest."""
    check(images)
    if not 0 < version < COUNTER_MAX:
        raise Refused(f"the version must be 1 to {COUNTER_MAX - 1}")
    offsets, offset = [], ROOM
    for image in images:
        offsets.append(offset)
        offset = (offset + sealed_size(image) + 4095) & ~4095
    if offset > FLASH_SIZE:
        raise Refused(f"the images take {offset} bytes, of {FLASH_SIZE} that there are")
    table = b"".join(image.entry_bytes(at) for image, at in zip(images, offsets))
    key = None
    while key is None:
        salt = os.urandom(16)
        header = [MAGIC, FORMAT, HEADER.size + len(table), len(images), version, DEVELOPER if developer else 0, salt,
                  device.id, text(maker_name, 32, "the maker's name"), bytes(64)]
        key = attestation_key(device, salt, HEADER.pack(*header) + table)
    header[-1] = point(key.public_key())[1:]
    manifest = HEADER.pack(*header) + table
    return [(0, manifest), *((at, seal_image(device, salt, image)) for image, at in zip(images, offsets))], manifest


class Store:
    """A store as it is in a file; nothing is believed but what was asked for by the methods."""
    def __init__(self, data, what="the store"):
        self.data, self.what = data, what
        if len(data) < ROOM or struct.unpack_from("<I", data)[0] != MAGIC:
            raise Refused(f"{what} has no store of sealed images")
        (_, form, self.length, count, self.version, self.flags, self.salt, self.device, name,
         self.attest_key) = HEADER.unpack_from(data)
        if form != FORMAT:
            raise Refused(f"{what} has format {form}; this tool knows format {FORMAT}")
        if not 0 < count <= IMAGES_MAX or self.length != HEADER.size + count * IMAGE.size:
            raise Refused(f"{what}: the length of the manifest cannot be")
        self.maker = name.rstrip(b"\0").decode("ascii", "replace")
        self.manifest = data[:self.length]
        self.signature = data[self.length:self.length + SIGNATURE]
        self.entries = [IMAGE.unpack_from(data, HEADER.size + i * IMAGE.size) for i in range(count)]

    @property
    def signed(self):
        return any(self.signature)

    def is_signed_by(self, public):
        r, s = (int.from_bytes(self.signature[at:at + 32], "big") for at in (0, 32))
        try:
            public.verify(utils.encode_dss_signature(r, s), self.manifest, ec.ECDSA(hashes.SHA256()))
        except InvalidSignature:
            return False
        return True

    def unseal(self, device, index):
        """-> the Image, or Refused where it is not what was sealed or signed."""
        name, version, digest, kind, offset, size, symbols, *numbers, label = self.entries[index]
        image = Image(name.rstrip(b"\0").decode("ascii", "replace"), b"", kind, version.rstrip(b"\0").decode(),
                      b"", *numbers, label.rstrip(b"\0").decode())
        cipher = ChaCha20Poly1305(hkdf(device.master, self.salt, b"domicile image" + digest + name))
        whole = (size + PIECE - 1) // PIECE
        parts = []
        for number in range(whole + (symbols + PIECE - 1) // PIECE):
            left = size - number * PIECE if number < whole else symbols - (number - whole) * PIECE
            at = offset + number * (PIECE + TAG)
            try:
                parts.append(cipher.decrypt(struct.pack("<I", number) + bytes(8),
                                            self.data[at:at + min(left, PIECE) + TAG], None))
            except InvalidTag:
                raise Refused(f"{image.name}: piece {number} is damaged, or sealed with another key") from None
        image.data, image.symbols = b"".join(parts[:whole]), b"".join(parts[whole:])
        if hashlib.sha256(image.data).digest() != digest:
            raise Refused(f"{image.name} is not what the maker signed")
        return image

    def images(self, device):
        return [self.unseal(device, index) for index in range(len(self.entries))]


def verify(store, device, public, counter=0):
    """Refused, with the reason, where the ROM of that device would refuse, or the hypervisor an image."""
    if not store.is_signed_by(public):
        raise Refused(f"{store.what} is not signed by that maker")
    if store.device != device.id:
        raise Refused(f"{store.what} is sealed for another device")
    if store.version < counter:
        raise Refused(f"{store.what} is version {store.version}, but the device has had version {counter}")
    check(store.images(device))


def write_store(path, device, images, where, version=1, maker_name="", developer=False):
    """Seals and signs in one step."""
    key = maker(where)
    parts, manifest = seal(device, images, version, maker_name, developer)
    signature = key.sign(hashlib.sha256(manifest).digest())
    write_sparse(path, [*parts, (len(manifest), signature)])


# ---- flash 0 ----

def device_bytes(device, public, developer=False):
    return KEYS.pack(KEYS_MAGIC, DEVELOPER if developer else 0, device.master, point(public),
                     text(device.serial, 32, "the serial"))


def counter_bytes(version):
    """A counter that holds `version`: so many bits are zero, from the lowest of the first word on."""
    ones = (1 << COUNTER_MAX) - 1
    return (ones >> version << version).to_bytes(COUNTER_BYTES, "little")


def counter_value(flash0):
    number = int.from_bytes(flash0[COUNTER_OFFSET:COUNTER_OFFSET + COUNTER_BYTES], "little")
    value = (number & -number).bit_length() - 1 if number else COUNTER_MAX
    if number != (1 << COUNTER_MAX) - 1 >> value << value:
        raise Refused("the counter of versions is damaged")
    return value


def write_device(path, rom, device, public, version, developer=False):
    if len(rom) > ROM_SIZE or rom[32:36] != b"DROM":
        raise Refused(f"that is not a boot ROM of at most {ROM_SIZE} bytes")
    write_sparse(path, [(0, rom), (KEYS_OFFSET, device_bytes(device, public, developer)),
                        (COUNTER_OFFSET, counter_bytes(version))])
