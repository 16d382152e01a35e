# SPDX-License-Identifier: GPL-2.0-or-later
"""Catalogues: made and served by tools/catalogue-serve, used by a workspace, and abused."""

import hashlib
import json
import os
import re
import shutil
import struct
import subprocess
import unittest
import zlib

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from bundle_test import SECONDS, BundleTest
from http_files import HttpFiles

SERVE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../../tools/catalogue-serve")
PREFIX = b"Domicile catalogue 1\n"


def png(width, height, rows=b"\0" * 64):
    """A picture whose header says that size; what follows is hardly more than nothing, unless told otherwise."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
            + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


class Signer:
    def __init__(self):
        self.key = Ed25519PrivateKey.generate()
        self.name = self.key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()

    def files(self, index):
        data = index if isinstance(index, bytes) else json.dumps(index).encode()
        return {"index.json": data, "index.json.sig": f"{self.name}\n{self.key.sign(PREFIX + data).hex()}\n".encode()}


class Catalogues(BundleTest):
    environment = {"LANGUAGE": "ko"}

    def job(self, method, **params):
        return self.client.run_job(method, SECONDS, workspace=self.workspace["id"], **params)

    def apps(self, **params):
        return self.client.call("catalogue.apps", workspace=self.workspace["id"], **params)["apps"]

    def serve(self, folder):
        """What tools/catalogue-serve makes, served by itself."""
        process = subprocess.Popen([SERVE, folder, "--port", "0", "--id", "club", "--name", "The club", "--key",
                                    self.stack.path("club.key")], stdout=subprocess.PIPE, text=True)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        self.addCleanup(process.stdout.close)
        signer = re.search(r"[0-9a-f]{64}", process.stdout.readline())[0]
        return process.stdout.readline().strip(), signer

    def test_catalogue(self):
        folder = self.stack.path("catalogue")
        os.makedirs(folder)
        bundle = self.make()
        shutil.copy(bundle["path"], folder)
        with open(os.path.join(folder, "broken.bundle"), "wb") as file:
            file.write(b"no bundle")
        self.use()
        url, signer = self.serve(folder)
        with self.subTest("its key is asked about once"):
            error = self.refused(4, "catalogue.add", url=url)
            self.assertEqual(error.data["signer"], signer)
            self.refused(4, "catalogue.add", url=url, trust="0" * 64)
            self.assertEqual(self.client.call("catalogue.list", workspace=self.workspace["id"]), {"catalogues": []})
            added = self.job("catalogue.add", url=url, trust=signer)
            self.assertEqual((added["id"], added["name"], added["apps"]), ("club", "The club", 1))
            self.refused(2, "catalogue.add", url=url, trust=signer)
        with self.subTest("what it says of apps"):
            app = self.apps()[0]
            self.assertEqual((app["id"], app["name"], app["summary"], app["categories"], app["installed"]),
                             ("notes", "쪽지", "쪽지를 적습니다", ["Utility"], False))
            with open(app["icon_path"], "rb") as icon:
                self.assertEqual(icon.read(8), b"\x89PNG\r\n\x1a\n")
            for search, found in (("NOTE", 1), ("메모", 1), ("쪽지 memo", 1), ("nothing", 0), ("notes nothing", 0)):
                self.assertEqual(len(self.apps(search=search)), found, search)
            self.assertEqual(self.apps(offset=1), [])
        with self.subTest("install, streamed, from it, with no more questions"):
            self.refused(1, source="absent", catalogue="club")
            self.refused(1, source="notes", catalogue="nowhere")
            self.refused(-32602, source="../notes", catalogue="club")
            self.assertFalse(self.install("notes", catalogue="club", stream=True)["at_next_opening"])
            self.assertTrue(self.ran("notes.desktop"))
            self.assertTrue(self.apps()[0]["installed"])
            self.remove("notes")
        with self.subTest("it is the workspace's"):
            self.reopen()
            self.assertEqual(len(self.apps(catalogue="club")), 1)
            self.job("catalogue.refresh")
            self.assertEqual(self.client.call("catalogue.remove", workspace=self.workspace["id"], catalogue="club"), {"id": "club"})
            self.refused(1, "catalogue.remove", catalogue="club")
            self.assertEqual(self.apps(), [])

    def test_hostile(self):
        self.maker, self.workspace = None, self.maker
        signer, other = Signer(), Signer()
        server = HttpFiles({})
        self.addCleanup(server.stop)
        url = server.url("index.json")
        icon = png(64, 64)
        app = {"id": "notes", "name": "Notes", "bundle": "notes.bundle", "size_bytes": 1000, "signer": "0" * 64,
               "icon": "icon.png", "icon_sha256": hashlib.sha256(icon).hexdigest()}
        index = {"format": 1, "id": "club", "name": "The club", "made_us": 5, "apps": [app]}

        def refused(code, files, method="catalogue.add", **params):
            server.files = {"icon.png": icon, **files}
            params.update({"url": url, "trust": signer.name} if method == "catalogue.add" else {})
            error = self.assert_rpc_error(code, method, workspace=self.workspace["id"], **params)
            return error

        def bad(**members):
            refused(7, signer.files({**index, "apps": [{**app, **members}]}))

        self.refused_urls()
        with self.subTest("signatures"):
            good = signer.files(index)
            refused(1, {"index.json": good["index.json"]})
            refused(7, {**good, "index.json.sig": b""})
            refused(7, {**good, "index.json.sig": b"x" * 500})
            refused(7, {**good, "index.json": good["index.json"] + b" "})
            refused(6, {**good, "index.json.sig": b"x" * 5000})
            refused(6, {**good, "index.json": b"[" * (5 << 20)})
            refused(4, other.files(index))
        with self.subTest("forms"):
            for form in (b"", b"[]", b"{", b"[" * 100000, b'{"format": 2}', b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>', b"\xff\xfe",
                         {**index, "apps": None}, {**index, "apps": [7]}, {**index, "apps": [app, app]}, {**index, "id": "../up"}):
                refused(7, signer.files(form))
        with self.subTest("places"):
            for path in ("../notes.bundle", "/etc/passwd", "http://elsewhere/x", "//elsewhere/x", "a/../../x", "a//b", "", "a%2e%2e/x",
                         "a\\b", "x?y", "x#y", "é", "a" * 2000):
                bad(bundle=path)
                bad(icon=path)
            bad(id="../../etc")
            bad(size_bytes=-1)
            bad(signer="nobody")
            bad(icon_sha256="0" * 64)
        with self.subTest("icons"):
            for picture in (png(60000, 60000), png(0, 0), b"<svg/>", icon[:20]):
                server.files["icon.png"] = picture
                refused(7, {**signer.files({**index, "apps": [{**app, "icon_sha256": hashlib.sha256(picture).hexdigest()}]}),
                            "icon.png": picture})
            refused(6, {**signer.files(index), "icon.png": icon + bytes(200 << 10)})
        self.assertEqual(self.apps(), [])
        with self.subTest("icons are drawn anew, and those that cannot be are left out"):
            pictures = {"good.png": png(512, 400, bytes(513 * 400)), "bad.png": icon[:45] + b"broken" + icon[51:], "tail.png": png(64, 64, bytes(65 * 64)) + b"x" * 1000}
            apps = [{**app, "id": name[:-4], "icon": name, "icon_sha256": hashlib.sha256(data).hexdigest()} for name, data in pictures.items()]
            server.files = {**pictures, **signer.files({**index, "apps": apps})}
            self.job("catalogue.add", url=url, trust=signer.name)
            shown = {one["id"]: one.get("icon_path") for one in self.apps()}
            self.assertIsNone(shown["bad"])
            for name, size in (("good", (128, 100)), ("tail", (64, 64))):
                with open(shown[name], "rb") as file:
                    data = file.read()
                self.assertEqual(struct.unpack(">II", data[16:24]), size, name)
                self.assertNotIn(data, pictures.values())
            server.files.update(signer.files({**index, "made_us": 6, "apps": apps[:1]}))
            self.job("catalogue.refresh")
            self.assertEqual(len(os.listdir(os.path.join(self.folder("maker"), "state/catalogues/club/icons"))), 1)
            self.client.call("catalogue.remove", workspace=self.workspace["id"], catalogue="club")
        with self.subTest("later"):
            server.files = {"icon.png": icon, **signer.files({**index, "apps": [{**app, "name": "a\x07\u202eb\n" + "c" * 10000,
                                                                                "homepage": "javascript:x"}]})}
            self.job("catalogue.add", url=url, trust=signer.name)
            shown = self.apps()[0]
            self.assertTrue(shown["name"].startswith("abc") and len(shown["name"]) <= 200)
            self.assertEqual(shown["homepage"], "")
            refused(4, other.files({**index, "made_us": 9}), "catalogue.refresh")
            refused(7, signer.files({**index, "made_us": 1}), "catalogue.refresh", catalogue="club")
            refused(7, signer.files({**index, "id": "another", "made_us": 9}), "catalogue.refresh")
            server.files["notes.bundle"] = b"no bundle at all" * 100
            self.refused(7, source="notes", catalogue="club")
            self.assertEqual(len(self.apps()), 1)

    def refused_urls(self):
        for url in ("file:///etc/passwd", "ftp://127.0.0.1/x", "nonsense-nonsense"):
            self.refused(-32602, "catalogue.add", url=url)
        self.refused(9, "catalogue.add", url="http://127.0.0.1:1/index.json")


del BundleTest  # no test by itself

if __name__ == "__main__":
    unittest.main()
