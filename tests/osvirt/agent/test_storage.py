# SPDX-License-Identifier: GPL-2.0-or-later
"""Volumes, and workspaces that are found, moved, copied and lost."""

import os
import shutil
import unittest

from stack import AgentTest, in_modes


@in_modes
class Storage(AgentTest):
    def workspaces(self):
        return {one["id"]: one for one in self.client.call("workspace.list")["workspaces"]}

    def test_volumes(self):
        workspace = self.create()
        volumes = self.client.call("storage.list")["volumes"]
        home = [volume for volume in volumes if workspace["id"] in volume["workspaces"]]
        self.assertEqual(len(home), 1, volumes)
        info = os.statvfs(self.stack.media)
        self.assertEqual(home[0]["size_bytes"], info.f_blocks * info.f_frsize)
        self.assertTrue(home[0]["label"])
        self.assertIn(home[0]["kind"], ("usb", "disk", "image", "iscsi"))
        self.assertEqual(len({volume["id"] for volume in volumes}), len(volumes))

    def test_known_after_restart(self):
        workspace = self.create(name="kept")
        self.stack.stop_agent()
        self.stack.start()
        self.reconnect()
        self.assertEqual(self.workspaces()[workspace["id"]]["name"], "kept")

    def test_scan_finds(self):
        workspace = self.create()
        self.stack.stop_agent()
        os.unlink(self.stack.path("state", "workspaces.json"))
        self.stack.start()
        self.reconnect()
        self.assertEqual(self.workspaces(), {})
        self.assertEqual(self.client.call("storage.scan", path=self.stack.directory)["found"], 1)
        self.assertEqual(self.workspaces()[workspace["id"]]["state"], "closed")
        self.assertEqual(self.client.call("storage.scan", path=self.stack.directory)["found"], 0)
        self.assert_rpc_error(1, "storage.scan", path="/nonexistent")

    def test_moved(self):
        workspace = self.create()
        moved = self.folder("moved")
        os.rename(workspace["path"], moved)
        opened = self.client.run_job("workspace.open", path=moved, user="demo", passphrase="correct horse", display="none")
        self.assertEqual((opened["id"], opened["path"]), (workspace["id"], moved))

    def test_copy_does_not_replace_the_original(self):
        workspace = self.create()
        shutil.copytree(workspace["path"], self.folder("copy"), symlinks=True)
        self.client.call("storage.scan", path=self.stack.media)
        self.assertEqual(self.workspaces()[workspace["id"]]["path"], workspace["path"])

    def test_false_copy_does_not_keep_the_original_away(self):
        """A folder that claimed another's id once, and does so no more, gives it back."""
        workspace, other = self.create(name="original"), self.create(name="other")
        description = os.path.join(other["path"], "workspace.json")
        with open(description, encoding="utf-8") as file:
            good = file.read()
        with open(description, "w", encoding="utf-8") as file:
            file.write(good.replace(other["id"], workspace["id"]))
        self.assert_rpc_error(5, "workspace.open", path=other["path"], user="demo", passphrase="wrong", display="none")
        with open(description, "w", encoding="utf-8") as file:
            file.write(good)
        self.client.call("storage.scan", path=self.stack.media)
        found = self.workspaces()
        self.assertEqual(found[workspace["id"]]["path"], workspace["path"])
        self.assertEqual(found[other["id"]]["path"], other["path"])

    def test_lost_and_found(self):
        workspace = self.create()
        away = self.stack.path("away")
        os.rename(self.stack.media, away)
        lost = self.workspaces()[workspace["id"]]
        self.assertEqual(lost["state"], "lost")
        self.assertTrue(lost["problem"])
        check = self.client.call("workspace.check", id=workspace["id"])
        self.assertFalse(check["ready"])
        self.assert_rpc_error(1, "workspace.open", id=workspace["id"], user="demo", passphrase="correct horse")
        os.rename(away, self.stack.media)
        self.assertEqual(self.workspaces()[workspace["id"]]["state"], "closed")

    def test_a_name_that_is_not_utf8(self):
        """Nobody can name it, so its user is told what to do, once."""
        workspace = self.create()
        folder = os.fsencode(self.folder())
        os.rename(folder, folder.replace(b"work", b"w\xf6rk"))
        for _ in range(2):
            self.client.call("storage.scan", path=self.stack.media)
            known, = self.workspaces().values()
            self.assertEqual((known["id"], known["state"]), (workspace["id"], "lost"))
            self.assertIn("not UTF-8", known["problem"])
            self.assertIn("w\ufffdrk", known["problem"])
        os.rename(folder.replace(b"work", b"w\xf6rk"), folder)
        self.client.call("storage.scan", path=self.stack.media)
        self.open(workspace)
        self.close(workspace)

    def test_deleted_is_forgotten(self):
        workspace = self.create()
        shutil.rmtree(workspace["path"])
        self.assertEqual(self.workspaces(), {})
        self.client.wait_event("workspace", lambda data: data["change"] == "gone" and data["id"] == workspace["id"])

    def test_hostile_folders(self):
        for name, content in (("json", "{"), ("empty", "")):
            os.mkdir(self.folder(name))
            with open(os.path.join(self.folder(name), "workspace.json"), "w", encoding="utf-8") as file:
                file.write(content)
        os.mkdir(self.folder("pipe"))
        os.mkfifo(os.path.join(self.folder("pipe"), "workspace.json"))
        os.symlink(".", os.path.join(self.stack.media, "loop"))
        self.assertEqual(self.client.call("storage.scan", path=self.stack.media)["found"], 0)
        self.assertEqual(self.workspaces(), {})


if __name__ == "__main__":
    unittest.main()
