# SPDX-License-Identifier: GPL-2.0-or-later
"""Media that are full, read-only, poor or damaged: a clear error, nothing lost that was acknowledged, and nothing outside touched."""

import contextlib
import hashlib
import os
import unittest

from media import MIB, MediaTest, PoorMedium
from stack import PASSPHRASE, USER, RpcError, as_user

@as_user
class Full(MediaTest):
    def test_create(self):
        self.stick(size=64 * MIB)
        self.fill()
        for vault in self.vaults():
            with self.subTest(vault=vault), self.assertRaises(RpcError) as caught:
                self.create(vault, size_bytes=32 * MIB)
            self.assertEqual(caught.exception.code, 6, caught.exception)
            self.assertEqual(sorted(os.listdir(self.stack.media)), ["filler", "lost+found"])

    def test_use(self):
        self.stick(size=160 * MIB)
        for vault in self.vaults() if self.helper else ["none"]:  # fuse2fs keeps no journal: see vault/README.md
            with self.subTest(vault=vault):
                self.use(vault)

    def use(self, vault):
        workspace = self.create(vault, name=vault, size_bytes=64 * MIB)
        self.open_here(workspace)
        self.assertEqual(self.run_command(workspace, "echo kept > ~/kept && sync ~/kept"), 0)
        self.close(workspace)
        filler = self.fill()
        try:
            self.open_here(workspace)  # a full medium can be looked at, and room be made on it
        except RpcError as error:
            # The image of a vault grows as it is written, and what opening it writes may need that.
            self.assertEqual(vault, "luks", error)
            self.assertIn(error.code, (6, 9), error)  # not that it is damaged
        else:
            self.write_too_much(workspace)
        os.unlink(filler)
        self.stack.stop_agent()
        self.stack.start()
        self.reconnect()
        self.open_here(workspace)
        self.assertEqual(self.run_command(workspace, 'test "$(cat ~/kept)" = kept && rm -f ~/much && echo more > ~/more && sync'), 0)
        self.close(workspace)
        self.client.run_job("workspace.destroy", id=workspace["id"], user=USER, passphrase=PASSPHRASE)

    def write_too_much(self, workspace):
        self.assertEqual(self.run_command(workspace, 'test "$(cat ~/kept)" = kept'), 0)
        script = "dd if=/dev/urandom of=$HOME/much bs=1M count=40 conv=fsync"
        self.assertNotEqual(self.run_command(workspace, script), 0, "what does not fit was acknowledged")
        with contextlib.suppress(RpcError):
            self.client.run_job("workspace.close", id=workspace["id"])

    def test_favourites_are_not_promised(self):
        self.stick(size=64 * MIB)
        workspace = self.create(size_bytes=16 * MIB)
        self.open_here(workspace)
        apps = self.client.call("app.list", workspace=workspace["id"])["apps"]
        self.fill()
        error = self.assert_rpc_error(6, "app.set", workspace=workspace["id"], app=apps[0]["id"], favourite=True)
        self.assertTrue(error.data["hint"])
        error = self.assert_rpc_error(6, "workspace.set", id=workspace["id"], name="another")
        self.assertEqual(error.data["resource"], "disk")
        room = next(one for one in self.client.call("workspace.check", id=workspace["id"])["findings"] if one["check"] == "room")
        self.assertFalse(room["ok"], room)
        self.close(workspace)
        self.fill()  # closing made some room
        error = self.assert_rpc_error(6, "workspace.passwd", id=workspace["id"], user=USER, passphrase=PASSPHRASE, new_passphrase="another")
        self.assertEqual(error.data["resource"], "disk")
        self.close(self.open(workspace))


@as_user
class ReadOnly(MediaTest):
    def contents(self):
        found = {}
        for folder, _, files in os.walk(self.stack.media):
            for name in files:
                with open(os.path.join(folder, name), "rb") as file:
                    found[os.path.join(folder, name)] = hashlib.sha256(file.read()).digest()
        return found

    def test_read_only(self):
        stick = self.stick(size=160 * MIB)
        workspaces = [self.create(vault, name=vault, size_bytes=32 * MIB) for vault in self.vaults()]
        self.restart_with(lambda: (stick.unmount(), stick.mount("-o", "ro")))
        before = self.contents()
        for workspace in workspaces:
            error = self.assert_rpc_error(9, "workspace.open", id=workspace["id"], user=USER, passphrase=PASSPHRASE, display="none")
            self.assertIn("ead-only", error.message + error.data.get("hint", ""))
            self.assertTrue(error.data.get("hint"), error.message)
        with self.assertRaises(RpcError) as caught:
            self.create(name="another")
        self.assertIn(caught.exception.code, (4, 9), caught.exception)
        self.assertEqual(self.contents(), before)


@as_user
class Poor(MediaTest):
    """What FAT, exFAT and NTFS have in common, whoever serves them."""

    def test_poor(self):
        medium = self.restart_with(lambda: PoorMedium(self.stack.media))
        self.addCleanup(medium.end)
        error = self.assert_rpc_error(8, "workspace.create", path=self.folder(), name="work", user=USER, passphrase=PASSPHRASE,
                                      size_bytes=64 * MIB, mode="shared", vault="none")
        self.assertEqual(error.data["needs"], "vault-luks")
        self.assertEqual(os.listdir(self.stack.media), [])
        if not self.has_luks():
            self.skipTest("this host has no tools for encrypted vaults")
        info = os.statvfs(self.stack.media)
        error = self.assert_rpc_error(6, "workspace.create", path=self.folder(), name="work", user=USER, passphrase=PASSPHRASE,
                                      size_bytes=5 << 30, mode="shared", vault="luks")
        if info.f_bavail * info.f_frsize > 6 << 30:
            self.assertIn("4 GiB", error.data["hint"])
        self.assertEqual(os.listdir(self.stack.media), [])
        workspace = self.create("luks")
        self.open_here(workspace)
        script = "echo kept > ~/kept && ln -s kept ~/link && chmod 640 ~/kept && chown 7:8 /kept 2>/dev/null; sync; test -L ~/link"
        self.assertEqual(self.run_command(workspace, script), 0)
        self.close(workspace)
        self.assertEqual(sorted(os.listdir(workspace["path"])), ["vault.img", "workspace.json"])
        self.open_here(workspace)
        self.assertEqual(self.run_command(workspace, 'test "$(cat ~/link)" = kept && test "$(stat -c %a ~/kept)" = 640'), 0)
        self.close(workspace)


@as_user
class Damaged(MediaTest):
    def test_vault(self):
        if not self.has_luks():
            self.skipTest("this host has no tools for encrypted vaults")
        workspace = self.create("luks", size_bytes=32 * MIB)
        path = os.path.join(workspace["path"], "vault.img")
        with open(path, "rb") as file:
            whole = file.read()
        # magic, cipher, payload offset, iterations of the digest and of the first key, where that is
        flips = {at: bytearray(whole) for at in (0, 40, 104, 164, 212, 248)}
        for at, image in flips.items():
            image[at] ^= 0xff
        for name, image, words in [("empty", b"", "ends within its header"), ("header only", whole[:592], "ends before its data"),
                                   ("nothing but zeros", bytes(MIB), "header is overwritten"),
                                   ("cut in the middle", whole[:len(whole) // 2], "cut off"),
                                   ("cut at the end", whole[:-4096], "cut off"),
                                   *((f"byte {at}", bytes(image), "header") for at, image in flips.items() if at != 104),
                                   ("byte 104", bytes(flips[104]), "ends before its data")]:
            with self.subTest(damage=name):
                with open(path, "wb") as file:
                    file.write(image)
                with self.assertRaises(RpcError) as caught:
                    self.open_here(workspace)
                self.assertEqual(caught.exception.code, 7, caught.exception)
                self.assertIn(words, caught.exception.message)
                self.assertEqual(self.state(workspace), "closed")
                with open(path, "rb") as file:
                    self.assertTrue(file.read() == image, "the vault was changed")
        with open(path, "wb") as file:
            file.write(whole)
        self.open_here(workspace)
        self.assertEqual(self.run_command(workspace, "echo kept > ~/kept"), 0)
        self.close(workspace)

    def test_file_system_in_the_vault(self):
        """Bits flipped in what is encrypted, over and over: it opens, or the error says that it is damaged."""
        if not self.has_luks():
            self.skipTest("this host has no tools for encrypted vaults")
        workspace = self.create("luks", size_bytes=32 * MIB)
        path = os.path.join(workspace["path"], "vault.img")
        with open(path, "rb") as file:
            whole = file.read()
        payload = int.from_bytes(whole[104:108], "big") * 512
        for at in (payload + 1024, payload + 4096):  # the superblock, the group descriptors
            image = bytearray(whole)
            for i in range(64):
                image[at + i] ^= 0x55
            with open(path, "wb") as file:
                file.write(image)
            with self.subTest(at=at - payload):
                try:
                    self.open_here(workspace)
                except RpcError as error:
                    self.assertEqual(error.code, 7, error)
                    self.assertTrue(error.data["hint"])
                else:
                    self.client.run_job("workspace.close", id=workspace["id"])


if __name__ == "__main__":
    unittest.main()
