# SPDX-License-Identifier: GPL-2.0-or-later
"""A workspace from its making to its deletion."""

import json
import os
import pathlib
import select
import shutil
import time
import unittest

from stack import AgentTest, PASSPHRASE, RpcError, SECONDS, USER, USER_ID, in_modes, wait_gone


def workspace_libc(workspace):
    """The C library that a workspace was made with."""
    with open(os.path.join(workspace["path"], "workspace.json"), encoding="utf-8") as file:
        return json.load(file)["base"]["libc"]


@in_modes
class Life(AgentTest):
    def test_plain(self):
        self.whole_life("none")

    def test_encrypted(self):
        if "vault-luks" not in self.client.call("server.info")["capabilities"]:
            self.skipTest("this host has no tools for encrypted vaults")
        self.whole_life("luks")

    def whole_life(self, vault):
        marker = self.unique("marker")
        workspace = self.create(vault)
        self.assertEqual((workspace["state"], workspace["vault"], workspace["name"]), ("closed", vault, "work"))
        self.assertEqual(self.state(workspace), "closed")

        opened = self.open(workspace)
        self.assertEqual((opened["id"], opened["state"]), (workspace["id"], "open"))
        self.assertGreater(opened["opened_us"], 0)
        self.assertEqual(self.run_command(opened, f"echo at-root > /{marker} && echo at-home > $HOME/{marker} && "
                                                  f"echo in-etc > /etc/{marker}"), 0)
        self.assertEqual(self.run_command(opened, f'test "$(cat /{marker})" = at-root'), 0)
        self.nowhere_on_host(marker)

        self.launch(opened, "/bin/sh", "-c", "sleep 1000 & sleep 1001")
        processes = self.pidfds(opened)
        self.close(opened)
        self.assertEqual(wait_gone(processes), [])
        self.assertEqual(self.state(workspace), "closed")
        self.nowhere_on_host(marker)

        again = self.open(workspace)
        self.assertEqual(self.run_command(again, f'test "$(cat /{marker})" = at-root && '
                                                 f'test "$(cat $HOME/{marker})" = at-home && '
                                                 f'test "$(cat /etc/{marker})" = in-etc'), 0)
        self.close(again)

        self.client.run_job("workspace.destroy", id=workspace["id"], user=USER, passphrase=PASSPHRASE)
        self.assertEqual(os.listdir(self.stack.media), [])
        self.assertIsNone(self.state(workspace))

    def nowhere_on_host(self, marker):
        home = os.path.expanduser("~")
        for folder in ("/", "/etc", home, self.stack.path("home"), f"/home/{USER}"):
            self.assertFalse(os.path.exists(os.path.join(folder, marker)), folder)

    def test_the_host_changes(self):
        """What a view has looked up, also that there is none, is looked up again when the host has changed it."""
        place = pathlib.Path("/opt") / self.unique("domicile")
        place.mkdir()
        self.addCleanup(shutil.rmtree, place)
        for name in ("replaced", "deleted"):
            (place / name).write_text("old", encoding="ascii")
        workspace = self.created_and_open()
        look = f'cd {place} && test "$(cat replaced)" = old && test -e deleted && ! test -e new'
        self.assertEqual(self.run_command(workspace, look), 0)
        (place / "next").write_text("new", encoding="ascii")
        (place / "next").rename(place / "replaced")
        (place / "deleted").unlink()
        (place / "new").touch()
        look = f'cd {place} && test "$(cat replaced)" = new && ! test -e deleted && test -e new'
        deadline = time.monotonic() + SECONDS
        while self.run_command(workspace, look) != 0:
            self.assertLess(time.monotonic(), deadline, "it does not see what the host has changed")
            select.select([], [], [], 1)  # what is open meanwhile stays what it is
        self.close(workspace)

    def test_description(self):
        workspace = self.create(name="일터 “2”")
        with open(os.path.join(workspace["path"], "workspace.json"), encoding="utf-8") as file:
            text = file.read()
        description = json.loads(text)
        self.assertEqual((description["id"], description["name"]), (workspace["id"], "일터 “2”"))
        self.assertEqual(description["base"]["arch"], os.uname().machine)
        self.assertNotIn(PASSPHRASE, text)

    def test_check(self):
        workspace = self.create()
        check = self.client.call("workspace.check", id=workspace["id"])
        findings = {finding["check"]: finding for finding in check["findings"]}
        self.assertTrue(check["ready"], check)
        self.assertTrue(findings["architecture"]["ok"])
        self.assertEqual(findings["helper"]["ok"], self.helper)
        self.assertFalse(findings["display"]["ok"])
        for finding in findings.values():
            self.assertEqual("hint" in finding, not finding["ok"], finding)
        for name in ("libc", "memory", "room", "clock", "user-namespaces", "mount-calls", "seccomp", "landlock", "sound", "printers"):
            self.assertIn(name, findings)
        self.assert_finds(workspace, "clock", '"created" : "20', '"created" : "30')
        self.assert_finds(workspace, "libc", f'"libc" : "{workspace_libc(workspace)}"', '"libc" : "99.1"')
        self.assert_finds(workspace, "architecture", os.uname().machine, "vax")

    def assert_finds(self, workspace, check, before, after):
        """What a workspace from elsewhere meets here."""
        path = os.path.join(workspace["path"], "workspace.json")
        with open(path, encoding="utf-8") as file:
            text = file.read()
        self.assertIn(before, text)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text.replace(before, after))
        self.client.call("storage.scan", path=self.stack.media)
        answer = self.client.call("workspace.check", id=workspace["id"])
        finding = next(one for one in answer["findings"] if one["check"] == check)
        self.assertFalse(finding["ok"])
        self.assertTrue(finding["hint"])
        self.assertEqual(answer["ready"], not finding["required"])
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        self.client.call("storage.scan", path=self.stack.media)

    def test_what_is_left_on_the_host(self):
        """The host is compared with what it was, and not with what it should be."""
        workspace = self.create()
        before, left = self.stack.path("run", "before"), self.stack.path("run", "left")
        os.mkdir(before)
        self.open(workspace)
        os.mkdir(left)
        self.assertEqual(self.client.run_job("workspace.close", id=workspace["id"]), {"host_clean": [f"folder {left}"]})
        self.close(self.open(workspace))

    def test_capabilities(self):
        words = self.client.call("server.info")["capabilities"]
        self.assertIn("full" if self.helper else "reduced", words)
        self.assertNotIn("reduced" if self.helper else "full", words)
        if self.helper or self.uid:
            self.assertIn("vault-luks", words)

    def test_encrypted_with_and_without_helper(self):
        """A vault that both modes write to is the same to both."""
        if not self.helper:
            self.skipTest("this mode has no helper")
        if self.uid:
            self.skipTest("this user may not open /dev/fuse")
        workspace = self.create("luks")
        self.write_and_close(workspace, "echo 1 > /one; rm /etc/debian_version; rm -r /etc/skel; mkdir /etc/skel")
        self.stack.helper.terminate()
        self.stack.helper.wait()
        self.stack.helper = None
        self.write_and_close(workspace, "test -e /one -a ! -e /etc/debian_version && test -z \"$(ls -A /etc/skel)\" &&"
                                        "echo 2 > ~/two && rm /one /etc/issue && rm -r /etc/cron.d && mkdir /etc/cron.d")
        self.stack.start_helper()
        self.write_and_close(workspace, "test -e ~/two -a ! -e /one -a ! -e /etc/issue -a -z \"$(ls -A /etc/cron.d)\"")

    def write_and_close(self, workspace, script):
        opened = self.open(workspace)
        self.assertEqual(self.run_command(opened, script), 0)
        self.close(opened)

    def test_stop_of_agent_closes(self):
        opened = self.created_and_open()
        self.launch(opened, "sleep", "1000")
        processes = self.pidfds(opened)
        self.assertEqual(self.stack.stop_agent(), 0)
        self.assertEqual(wait_gone(processes), [])
        self.assertFalse(os.path.exists(self.stack.socket))

    def test_events(self):
        workspace = self.create()
        self.client.wait_event("workspace", lambda data: data["change"] == "created" and data["id"] == workspace["id"])
        self.client.call("workspace.open", id=workspace["id"], user=USER, passphrase=PASSPHRASE, display="none")
        states = []
        while states[-1:] != ["open"]:
            data = self.client.wait_event("workspace", lambda data: data["id"] == workspace["id"])
            if states[-1:] != [data["workspace"]["state"]]:  # something else of it may change, too
                states.append(data["workspace"]["state"])
        self.assertEqual(states, ["opening", "open"])


@unittest.skipUnless(os.geteuid() == 0, "needs root: it takes /dev/fuse away from a user")
class LifeWithoutFuse(AgentTest):
    """The reduced mode of a user who may not open /dev/fuse."""
    uid, fuse = USER_ID, "0600"

    def test_encrypted_is_refused_with_the_reason(self):
        self.assertNotIn("vault-luks", self.client.call("server.info")["capabilities"])
        with self.assertRaises(RpcError) as caught:
            self.create("luks")
        self.assertIn("/dev/fuse", caught.exception.message)
        self.assertIn("domicile-helper", caught.exception.message)
        self.assertEqual(caught.exception.data["needs"], "fuse")
        self.assertEqual(os.listdir(self.stack.media), [])


if __name__ == "__main__":
    unittest.main()
