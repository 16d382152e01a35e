#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The packer: what it makes, and what it refuses without touching its output."""
import os
import struct
import subprocess
import sys
import tempfile
import unittest

TOOLS = os.path.join(os.path.dirname(os.path.realpath(__file__)), "../../../hypervisor/tools")
PACK, SEAL = os.path.join(TOOLS, "pack.py"), os.path.join(TOOLS, "domicile-seal")
IMAGES = os.path.join(os.environ["DOMICILE_BUILD_DIR"], "hypervisor")
DEVICE, MAKER = os.path.join(IMAGES, "developer-device.key"), os.path.join(IMAGES, "developer-maker.pem")
sys.path.insert(0, TOOLS)
import sealing   # noqa: E402

START = 0xC0000000
SIZE = 4096


def kernel(magic=0x314B5650, abi=0x10000, start=START, file_end=START + SIZE, memory_end=START + SIZE,
           entry=START + 32, min_kib=64):
    header = struct.pack("<8I", 0xEA000000, magic, abi, start, file_end, memory_end, entry, min_kib)
    return header + bytes(SIZE - len(header))


class Pack(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="domicile-pack-")
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.flash = self.path("flash1.img")

    def path(self, name, data=None):
        path = os.path.join(self.folder, name)
        if data is not None:
            with open(path, "wb") as file:
                file.write(data)
        return path

    def run_pack(self, *arguments):
        return subprocess.run([sys.executable, PACK, "--device", DEVICE, "--maker", MAKER, "--hypervisor",
                               self.path("hv.bin", b"h" * 100), *arguments], capture_output=True, text=True, check=False)

    def show(self, path):
        return subprocess.run([sys.executable, SEAL, "inspect", "--device", DEVICE, path], capture_output=True, text=True,
                              check=False)

    def image(self, index=1):
        """What was sealed; 0 is the hypervisor."""
        return sealing.Store(sealing.read(self.flash)).unseal(sealing.Device.load(DEVICE), index)

    def pack(self, data, specification="name=a,file={},flags=control", *more):
        path = self.path("kernel.bin", data)
        return self.run_pack("images", "--output", self.flash, "--image", specification.format(path), *more)

    def refused(self, result, word):
        self.assertEqual(result.returncode, 1, result.stderr)
        self.assertIn(word, result.stderr)
        self.assertNotIn("Traceback", result.stderr)
        self.assertFalse(os.path.exists(self.flash))

    def test_good(self):
        result = self.pack(kernel(), "name=a,file={},version=1.2,memory=128,flags=control+log")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(os.path.getsize(self.flash), 64 << 20)
        self.assertLess(os.stat(self.flash).st_blocks * 512, 1 << 20)
        shown = self.show(self.flash).stdout
        for word in ("a ", "1.2", "128 KiB", "control+log"):
            self.assertIn(word, shown)
        self.assertNotIn("DAMAGED", shown)

    def test_damage_is_seen(self):
        self.assertEqual(self.pack(kernel(), "name=a,file={},flags=control", "--damage", "a").returncode, 0)
        self.assertIn("DAMAGED", self.show(self.flash).stdout)

    def test_payload(self):
        """What a kernel carries lies behind its .bss, and the header says where it ends."""
        payload = self.path("payload", b"cargo" * 1000)
        data = kernel(memory_end=START + SIZE + 5000)
        self.assertEqual(self.pack(data, "name=a,file={},flags=control,memory=128,payload=" + payload).returncode, 0)
        self.assertNotIn("DAMAGED", self.show(self.flash).stdout)
        stored = self.image().data
        size = len(stored)
        self.assertEqual(struct.unpack_from("<II", stored, 16), (START + size, START + size))
        self.assertEqual(stored[12288:12288 + 5000], b"cargo" * 1000)
        self.assertEqual(stored[SIZE:12288], bytes(12288 - SIZE))
        self.flash = self.path("refused.img")
        self.refused(self.pack(kernel(), "name=a,file={},payload=" + payload + ".gone"), "cannot read")

    def test_symbols(self):
        """The table of an ELF file of this build: sorted, each name where its entry says."""
        elf = os.path.join(os.environ["DOMICILE_BUILD_DIR"], "hypervisor/control.elf")
        self.assertEqual(self.pack(kernel(), "name=a,file={},flags=control,symbols=" + elf).returncode, 0)
        data, offset = self.image().symbols, 0
        size = len(data)
        count, = struct.unpack_from("<I", data, offset)
        entries = [struct.unpack_from("<II", data, offset + 4 + 8 * i) for i in range(count)]
        names = [data[offset + name:data.index(b"\0", offset + name)] for _, name in entries]
        self.assertEqual(entries, sorted(entries))
        self.assertTrue(all(START <= address for address, _ in entries))
        self.assertTrue({b"pv_main", b"pv_entry", b"service_line"} <= set(names), names)
        self.assertEqual(data[offset + size - 1], 0)
        self.flash = self.path("refused.img")
        for path, word in ((self.path("text", b"no ELF"), "not a 32-bit ELF"), (self.path("cut", b"\x7fELF\1\1"), "symbols"),
                           (self.path("none") + ".gone", "cannot read")):
            self.refused(self.pack(kernel(), "name=a,file={},symbols=" + path), word)

    def test_no_kernels(self):
        for data, word in ((b"", "too short"), (b"MZ" * 2000, "magic"), (kernel(magic=0), "magic"),
                           (kernel(abi=0x20000), "interface"), (kernel(start=START + SIZE), "interface"),
                           (kernel(file_end=START), "sizes"), (kernel(memory_end=START), "sizes"),
                           (kernel(entry=START - 4), "sizes"), (kernel(file_end=0xFFFFFFFF), "sizes")):
            with self.subTest(word=word):
                self.refused(self.pack(data), word)

    def test_bad_requests(self):
        for specification, word in (("file={}", "name="), ("name=a,file={},colour=red", "colour"),
                                    ("name=a,file={},memory=much", "much"), ("name=a,file={},flags=fast", "fast"),
                                    ("name=a,file={},weight=0", "weight"), ("name=a,file={},memory=32", "needs"),
                                    ("name=" + "x" * 40 + ",file={}", "too long"), ("name=a,file={}.gone", "cannot read")):
            with self.subTest(specification=specification):
                self.refused(self.pack(kernel(), specification), word)
        path = self.path("kernel.bin", kernel())
        self.refused(self.run_pack("images", "--output", self.flash, "--image", f"name=a,file={path}",
                                   "--image", f"name=a,file={path}"), "a name of its own")

    def test_show_refuses_other_files(self):
        for name, data in (("other", b"x" * 65536), ("short", b"x")):
            result = self.show(self.path(name, data))
            self.assertEqual((result.returncode, "Traceback" in result.stderr), (1, False), result.stderr)
            self.assertIn("no store of sealed images", result.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
