#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""domicile-seal as a maker uses it: a ceremony with keys in files and on a token, and what it refuses."""
import glob
import os
import shutil
import stat
import subprocess
import sys
import tempfile
import unittest

import stores
from stores import sealing

SEAL = os.path.join(stores.TOOLS, "domicile-seal")
IMAGES = os.path.join(stores.BUILD, "hypervisor")
BUILT, DEVELOPER = os.path.join(IMAGES, "flash1.img"), os.path.join(IMAGES, "developer-device.key")
ROM = os.path.join(IMAGES, "boot/rom.bin")
PIN = "2468"


class Seal(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="domicile-seal-")
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def path(self, name):
        return os.path.join(self.folder, name)

    def run_tool(self, *arguments, **environment):
        return subprocess.run([sys.executable, SEAL, *arguments], capture_output=True, text=True, check=False,
                              stdin=subprocess.DEVNULL, env=os.environ | environment)

    def good(self, *arguments, **environment):
        result = self.run_tool(*arguments, **environment)
        self.assertEqual((result.returncode, result.stderr), (0, ""), arguments)
        return result.stdout

    def refused(self, word, *arguments, **environment):
        result = self.run_tool(*arguments, **environment)
        self.assertEqual(result.returncode, 1, result.stdout + result.stderr)
        self.assertIn(word, result.stderr)
        self.assertTrue(result.stderr.startswith("domicile-seal: "), result.stderr)
        self.assertNotIn("Traceback", result.stderr)

    def make_device(self, name="a"):
        self.good("new-device", "--serial", name, "--output", self.path(name + ".key"))
        return self.path(name + ".key")

    def make_maker(self, name="maker"):
        self.good("new-maker", "--output", self.path(name + ".pem"))
        self.good("public", "--maker", self.path(name + ".pem"), "--output", self.path(name + ".pub"))
        return self.path(name + ".pem"), self.path(name + ".pub")

    def seal(self, device, version=1, *more):
        self.good("seal", BUILT, "--from-device", DEVELOPER, "--device", device, "--version", str(version), "--maker-name", "Ex",
                  "--output", self.path("store.img"), *more)
        return self.path("store.img")

    def test_ceremony(self):
        device, (maker, public) = self.make_device(), self.make_maker()
        for path in (device, maker):
            self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o600)
        flash0, store = self.path("flash0.img"), self.seal(device, 5)
        self.good("device", "--rom", ROM, "--device", device, "--maker-public", public, "--counter", "4", "--output", flash0)
        verify = ("verify", store, "--device", device, "--maker-public", public, "--flash0", flash0)
        self.assertIn("NOT SIGNED", self.good("inspect", store))
        self.refused("not signed", *verify)
        self.good("sign", store, "--maker", maker)
        self.assertIn("version 5", self.good(*verify))
        shown = self.good("inspect", store, "--device", device)
        for word in ("maker Ex", "version 5", "hypervisor", "access-policy", "control", "sound"):
            self.assertIn(word, shown)
        self.assertNotIn("DAMAGED", shown)
        self.refused("signed already", "sign", store, "--maker", maker)
        self.good("sign", store, "--maker", maker, "--again")
        self.good("device", "--rom", ROM, "--device", device, "--maker-public", public, "--counter", "6", "--output", flash0)
        self.refused("has had version 6", *verify)
        self.refused("another device", "verify", store, "--device", self.make_device("b"), "--maker-public", public)
        self.refused("not signed by that maker", "verify", store, "--device", device, "--maker-public", self.make_maker("other")[1])

    def test_another_policy(self):
        device = self.make_device()
        with open(self.path("policy.bin"), "wb") as stream:
            stream.write(b"another policy")
        images = sealing.Store(sealing.read(self.seal(device, 1, "--replace", "access-policy=" + self.path("policy.bin")))) \
            .images(sealing.Device.load(device))
        self.assertEqual(next(image.data for image in images if image.kind == sealing.POLICY), b"another policy")
        asked = ("seal", BUILT, "--from-device", DEVELOPER, "--device", device, "--version", "1", "--output", self.path("x.img"))
        self.refused("NAME=FILE", *asked, "--replace", "access-policy")
        self.refused("packed by the build", *asked, "--replace", "control=" + self.path("policy.bin"))
        self.assertFalse(os.path.exists(self.path("x.img")))

    def test_refused(self):
        device, (maker, public) = self.make_device(), self.make_maker()
        self.refused("never overwritten", "new-maker", "--output", maker)
        self.refused("never overwritten", "new-device", "--serial", "x", "--output", device)
        self.refused("31", "new-device", "--serial", "x" * 32, "--output", self.path("long.key"))
        self.refused("cannot read", "inspect", self.path("none.img"))
        self.refused("no store", "inspect", device)
        self.refused("not a private key", "public", "--maker", public)
        self.refused("not a public key", "device", "--rom", ROM, "--device", device, "--maker-public", maker, "--output",
                     self.path("f.img"))
        self.refused("not a boot ROM", "device", "--rom", maker, "--device", device, "--maker-public", public, "--output",
                     self.path("f.img"))
        self.refused("not a device's key file", "seal", BUILT, "--from-device", maker, "--device", device, "--version", "1",
                     "--output", self.path("f.img"))
        self.refused("another key", "seal", BUILT, "--from-device", device, "--device", device, "--version", "1", "--output",
                     self.path("f.img"))
        self.refused("version must be", "seal", BUILT, "--from-device", DEVELOPER, "--device", device, "--version", "0", "--output",
                     self.path("f.img"))
        self.assertFalse(os.path.exists(self.path("f.img")))
        for wrong in ((), ("seal",), ("dance",)):
            result = self.run_tool(*wrong)
            self.assertEqual(result.returncode, 2)
            self.assertIn("usage", result.stderr)
        self.assertIn("--maker-public", self.good("device", "--help"))

    @unittest.skipUnless(shutil.which("softhsm2-util") and shutil.which("pkcs11-tool"), "SoftHSM2 or OpenSC is not installed")
    def test_token(self):
        """The maker's key is made on a token and never leaves it."""
        module = next(iter(glob.glob("/usr/lib*/softhsm/libsofthsm2.so") + glob.glob("/usr/lib/*/softhsm/libsofthsm2.so")
                           + glob.glob("/usr/lib64/pkcs11/libsofthsm2.so")), None)
        self.assertIsNotNone(module, "libsofthsm2.so")
        os.mkdir(self.path("tokens"))
        with open(self.path("softhsm2.conf"), "w", encoding="ascii") as stream:
            stream.write(f"directories.tokendir = {self.path('tokens')}\nobjectstore.backend = file\n")
        environment = {"SOFTHSM2_CONF": self.path("softhsm2.conf"), "DOMICILE_TOKEN_PIN": PIN}

        def run(*line):
            subprocess.run(line, check=True, capture_output=True, env=os.environ | environment)
        run("softhsm2-util", "--init-token", "--free", "--label", "maker", "--pin", PIN, "--so-pin", PIN)
        run("pkcs11-tool", "--module", module, "--token-label", "maker", "--login", "--pin", "env:DOMICILE_TOKEN_PIN",
            "--keypairgen", "--key-type", "EC:prime256v1", "--label", "sign", "--id", "01")
        url = f"pkcs11:token=maker;object=sign?module-path={module}"
        device, store = self.make_device(), None
        self.good("public", "--maker", url, "--output", self.path("token.pub"), **environment)
        store = self.seal(device, 3)
        self.good("sign", store, "--maker", url, **environment)
        self.assertIn("version 3", self.good("verify", store, "--device", device, "--maker-public", self.path("token.pub")))
        self.refused("token refuses", "sign", store, "--again", "--maker", url, **environment | {"DOMICILE_TOKEN_PIN": "1111"})
        self.refused("token refuses", "sign", store, "--again", "--maker", url.replace("=sign", "=none"), **environment)
        self.refused("environment variable", "sign", store, "--again", "--maker", url, SOFTHSM2_CONF=self.path("softhsm2.conf"))
        self.refused("write pkcs11:", "sign", store, "--again", "--maker", "pkcs11:object=sign", **environment)


if __name__ == "__main__":
    unittest.main(verbosity=2)
