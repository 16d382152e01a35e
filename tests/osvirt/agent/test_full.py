# SPDX-License-Identifier: GPL-2.0-or-later
"""A medium that is full in the middle of whatever is done with apps: a clear error, nothing half done, and it works once there is room."""

import hashlib
import io
import os
import subprocess
import tarfile
import unittest

import appimage_file
from bundle_test import DESKTOP, PROGRAM, SECONDS
from http_files import HttpFiles
from media import MIB, MediaTest
from stack import RpcError, USER_ID
from test_catalogue import Signer, png

KIB = 1 << 10
# What is left of the medium: nothing, so little that one step or another of the work has it still, enough.
ROOMS = (0, 4 * KIB, 12 * KIB, 20 * KIB, 24 * KIB, 28 * KIB, 100 * KIB, 1 * MIB, 4 * MIB, 16 * MIB)
WHOLE = ("test -s /opt/notes/large && test -x /opt/notes/bin/notes && test -e /usr/local/share/applications/notes.desktop"
         " && test -e /var/lib/domicile/apps/notes/record")
INSTALLED = "dpkg -s dmc-notes | grep -q -x 'Status: install ok installed'"
SOUND = "test -z \"$(dpkg --audit)\" && apt-get check"


class Full(MediaTest):
    helper, uid = True, USER_ID

    def setUp(self):
        super().setUp()
        self.stick(size=160 * MIB)
        self.workspace = self.create(size_bytes=100 * MIB)
        self.open_here(self.workspace)

    def job(self, method, **params):
        return self.client.run_job(method, SECONDS, workspace=self.workspace["id"], **params)

    def leave(self, room):
        """Fills the medium until only so many bytes are free, in whole blocks."""
        with open(os.path.join(self.stack.media, "filler"), "wb", buffering=0) as file:
            info = os.statvfs(self.stack.media)
            size = info.f_bavail * info.f_frsize - room
            while size > 0:
                try:
                    os.posix_fallocate(file.fileno(), 0, size)
                    break
                except OSError:
                    size -= 4096  # the file system needs some itself

    def make_room(self):
        os.unlink(os.path.join(self.stack.media, "filler"))

    def tree(self):
        """Every file of the workspace, but logs and what the kernel has for itself."""
        found = {}
        for where, folders, names in os.walk(self.workspace["path"]):
            folders[:] = [name for name in folders if os.path.join(where, name)[len(self.workspace["path"]):] not in ("/layers/root/work", "/log")]
            for name in names:
                path = os.path.join(where, name)
                info = os.lstat(path)
                found[path] = (info.st_size, 0 if name.endswith(".stream") else info.st_mtime_ns)  # a cache fills when it can
        return found

    def in_rooms(self, work, whole=None, undo=None):
        """Does the work with ever more room until it is done: until then nothing of it may stay. Undoing it needs none."""
        before, done, refused = self.tree(), False, 0
        for room in ROOMS:
            self.leave(room)
            with self.subTest(room=room):
                try:
                    work()
                    done = True
                except RpcError as error:
                    refused += 1
                    self.assertEqual(error.code, 6, error)
                    self.assertTrue(error.data["hint"])
                    self.assertEqual(self.tree(), before)
                if done and whole:
                    self.assertEqual(self.run_command(self.workspace, whole), 0)
                if done and undo:
                    self.leave(0)
                    undo()
                    self.assertNotEqual(self.run_command(self.workspace, "test -e /opt/notes || test -h /opt/notes"), 0)
            self.make_room()
            if done:
                break
        self.assertTrue(done)
        self.assertGreater(refused, 0)

    def archive(self):
        path = self.stack.path("notes.tar.gz")
        with tarfile.open(path, mode="w:gz", compresslevel=1) as tar:
            for name, data in (("notes.desktop", DESKTOP.format(key="notes", name="Notes").encode()), ("bin/notes", PROGRAM.encode()),
                               ("large", os.urandom(3 * MIB)), *((f"many/{i}", b"x") for i in range(50))):
                info = tarfile.TarInfo("notes-1/" + name)
                info.size, info.mode = len(data), 0o755
                tar.addfile(info, io.BytesIO(data))
        os.chmod(path, 0o644)
        return path

    def remove(self):
        self.job("app.remove", app="notes")

    def bundle(self):
        """(its file, its signer)"""
        path = os.path.join(self.stack.media, "notes.bundle")
        made = self.job("app.export", source="notes", path=path)
        return path, made["signer"]

    def test_archive_and_export(self):
        path = self.archive()
        self.in_rooms(lambda: self.job("app.install", source=path), WHOLE, self.remove)
        self.job("app.install", source=path)
        os.unlink(self.bundle()[0])  # the key is made once
        self.in_rooms(self.bundle)

    def test_appimage(self):
        tree = self.stack.path("tree")
        for name, data in (("AppRun", PROGRAM.encode()), ("notes.desktop", DESKTOP.format(key="notes", name="Notes").encode()),
                           ("bin/notes", PROGRAM.encode()), ("large", os.urandom(3 * MIB)), *((f"many/{i}", b"x") for i in range(50))):
            path = os.path.join(tree, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "wb") as file:
                file.write(data)
            os.chmod(path, 0o755)
        path = self.stack.path("Notes.AppImage")
        with open(path, "wb") as file:
            file.write(appimage_file.make(tree, self.stack.path("fs"))[1])
        os.chmod(path, 0o644)
        self.in_rooms(lambda: self.job("app.install", source=path), WHOLE, self.remove)

    def test_capture(self):
        def capture():
            self.job("app.export", source="capture", path=os.path.join(self.stack.media, "captured.bundle"))

        self.in_rooms(lambda: self.job("app.capture"))
        self.job("app.install", source=self.archive())
        os.unlink(self.bundle()[0])
        self.in_rooms(capture)

    def test_bundles(self):
        self.job("app.install", source=self.archive())
        path, signer = self.bundle()
        self.remove()
        self.job("app.install", source=path, trust=signer)
        self.remove()  # what is made for the first one is there
        with open(path, "rb") as file:
            server = HttpFiles({"notes.bundle": file.read()})
        self.addCleanup(server.stop)
        url = server.url("notes.bundle")
        for ranges, params in ((True, {"source": path}), (True, {"source": url}), (False, {"source": url}), (True, {"source": url, "stream": True})):
            with self.subTest(ranges=ranges, **params):
                server.ranges = ranges
                self.in_rooms(lambda params=params: self.job("app.install", **params), WHOLE, self.remove)
        self.job("app.install", source=url, stream=True)
        self.leave(0)
        self.assertEqual(self.run_command(self.workspace, "cat /opt/notes/large > /dev/null"), 0, "what cannot be kept is read all the same")
        self.make_room()
        self.in_rooms(lambda: self.job("app.pin", app="notes"))
        server.server.shutdown()
        self.assertEqual(self.run_command(self.workspace, WHOLE + " && cat /opt/notes/large > /dev/null"), 0)

    def package(self):
        tree = self.stack.path("package")
        for path, data, mode in (("DEBIAN/control", b"Package: dmc-notes\nVersion: 1\nArchitecture: all\nMaintainer: Test <t@localhost>\n"
                                                    b"Description: takes notes\n", 0o644),
                                 ("usr/bin/dmc-notes", PROGRAM.encode(), 0o755), ("usr/share/dmc-notes/large", os.urandom(5 * MIB), 0o644)):
            full = os.path.join(tree, path)
            os.makedirs(os.path.dirname(full), exist_ok=True)
            with open(full, "wb") as file:
                file.write(data)
            os.chmod(full, mode)
        out = self.stack.path("dmc-notes.deb")
        subprocess.run(["dpkg-deb", "--root-owner-group", "--build", tree, out], check=True, stdout=subprocess.DEVNULL)
        return out

    def test_package(self):
        """dpkg needs room also to take back; one that it was refused in the middle of something would refuse whatever comes later."""
        path, refused = self.package(), 0
        whole = os.path.getsize("/var/lib/dpkg/status") * 3 + 14 * MIB
        for room in (0, 20 * KIB, 1 * MIB, 6 * MIB, *range(whole, whole + 8 * MIB, 2 * MIB), 100 * MIB):
            self.leave(room)
            with self.subTest(room=room):
                try:
                    self.job("app.install", source=path)
                    break
                except RpcError as error:
                    refused += 1
                    self.assertEqual(error.code, 6, error)
                self.make_room()
                self.assertEqual(self.run_command(self.workspace, f"! {INSTALLED} && ! test -e /usr/share/dmc-notes && {SOUND}"), 0)
        self.make_room()
        self.assertGreater(refused, 4)
        self.assertEqual(self.run_command(self.workspace, f"{INSTALLED} && {SOUND}"), 0)
        self.leave(0)
        self.assert_rpc_error(6, "app.remove", workspace=self.workspace["id"], app="dmc-notes")
        self.assertEqual(self.run_command(self.workspace, f"{INSTALLED} && {SOUND}"), 0)
        self.make_room()
        self.job("app.remove", app="dmc-notes")
        self.assertNotEqual(self.run_command(self.workspace, INSTALLED), 0)

    def test_catalogue(self):
        signer = Signer()
        icons = {f"{i}.png": png(256, 256, os.urandom(257 * 256)) for i in range(20)}

        def files(made_us):
            apps = [{"id": "a" + name[:-4], "name": name, "bundle": "x.bundle", "size_bytes": 1000, "signer": "0" * 64, "icon": name,
                     "icon_sha256": hashlib.sha256(data).hexdigest()} for name, data in icons.items()]
            return {**icons, **signer.files({"format": 1, "id": "club", "name": "The club", "made_us": made_us, "apps": apps})}

        server = HttpFiles(files(5))
        self.addCleanup(server.stop)
        self.in_rooms(lambda: self.job("catalogue.add", url=server.url("index.json"), trust=signer.name))
        icons = {name: png(255, 255, os.urandom(256 * 255)) for name in icons}
        server.files = files(6)
        self.in_rooms(lambda: self.job("catalogue.refresh"))
        self.leave(0)
        self.client.call("catalogue.remove", workspace=self.workspace["id"], catalogue="club")
        self.assertEqual(self.client.call("catalogue.list", workspace=self.workspace["id"]), {"catalogues": []})


del MediaTest  # no test by itself

if __name__ == "__main__":
    unittest.main()
