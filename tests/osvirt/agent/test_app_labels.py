# SPDX-License-Identifier: GPL-2.0-or-later
"""Labels that come with apps: given when one is installed, or asked for by the manifest of a bundle."""

import copy
import io
import os
import tarfile
import unittest

from stack import AgentTest, in_modes

ALL = ["list", "launch", "stop", "install", "remove", "export"]
POLICY = {
    "format": 1, "models": ["te"],
    "te": {"types": ["user_t", "app_t", "weak_t", "program_t", "files_t"],
           "allow": [{"source": "user_t", "target": "program_t", "class": "app", "permissions": ALL},
                     *[{"source": "app_t", "target": "files_t", "class": kind, "permissions": ["read", "write"]}
                       for kind in ("file", "directory")]]},
    "labels": {"subjects": {"workspace-user": {"type": "user_t"}, "plain": {"type": "app_t"}, "weak": {"type": "weak_t"}},
               "objects": {"host-app": {"type": "program_t"}, "papers": {"type": "files_t"}}},
    "contexts": {"apps": {"*": "plain"}, "files": [{"path": "~/papers", "label": "papers"}]}}
# Says whether it could read, and waits to be looked at.
PROGRAM = b'#!/bin/sh\nif cat "$HOME/papers/one" > /dev/null 2>&1; then echo yes > "$HOME/said"; else echo no > "$HOME/said"; fi\nexec sleep 1000\n'
DESKTOP = b"[Desktop Entry]\nType=Application\nName=Notes\nExec=notes\n"


class WithApp(AgentTest):
    size = 64 << 20

    def setUp(self):
        super().setUp()
        self.workspace = self.created_and_open(size_bytes=self.size)
        self.client.call("events.subscribe", topics=["process"])
        self.assertEqual(self.run_command(self.workspace, "mkdir -p ~/papers; echo secret > ~/papers/one"), 0)
        self.load()

    def load(self, change=None):
        policy = copy.deepcopy(POLICY)
        if change:
            change(policy)
        self.client.call("policy.load", policy=policy)

    def archive(self):
        path = self.stack.path("notes.tar.gz")
        with tarfile.open(path, mode="w:gz") as tar:
            for name, data, mode in (("notes-2/notes.desktop", DESKTOP, 0o644), ("notes-2/bin/notes", PROGRAM, 0o755)):
                info = tarfile.TarInfo(name)
                info.size, info.mode = len(data), mode
                tar.addfile(info, io.BytesIO(data))
        os.chmod(path, 0o644)
        return path

    def install(self, **params):
        return self.client.run_job("app.install", 300, workspace=self.workspace["id"], **params)

    def app(self):
        apps = self.client.call("app.list", workspace=self.workspace["id"])["apps"]
        return next(app for app in apps if app["id"] == "notes.desktop")

    def start(self, **params):
        """Starts the app; what it could read, and the label that its process has."""
        self.assertEqual(self.run_command(self.workspace, "rm -f ~/said"), 0)
        pid = self.client.call("app.launch", workspace=self.workspace["id"], app="notes.desktop", **params)["pid"]
        self.assertEqual(self.run_command(self.workspace, "until [ -s ~/said ]; do sleep 0.05; done"), 0)
        subject = next(one["subject"] for one in self.processes(self.workspace) if one["pid"] == pid)
        with open(os.path.join(self.folder(self.workspace["name"]), "home", "said"), encoding="utf-8") as said:
            return said.read().strip(), subject

    def stop(self):
        for one in self.processes(self.workspace):
            if one.get("app") == "notes.desktop" and one["ppid"] == 1:
                self.client.call("app.stop", workspace=self.workspace["id"], pid=one["pid"])
                self.client.wait_event("process", lambda data, pid=one["pid"]: data["change"] == "gone" and data["pid"] == pid)


@in_modes
class Given(WithApp):
    """By whoever installs the app."""

    def test_given(self):
        archive = self.archive()
        error = self.assert_rpc_error(1, "app.install", workspace=self.workspace["id"], source=archive, label="nobody")
        self.assertIn("nobody", error.message)
        self.assertEqual(self.install(source=archive, label="weak")["subject"], "weak")
        self.assertEqual(self.app()["subject"], "weak")
        self.assertEqual(self.start(), ("no", "weak"))
        self.stop()
        # Installing it again is refused and changes nothing of that.
        self.assert_rpc_error(2, "app.install", workspace=self.workspace["id"], source=archive, label="plain")
        self.assertEqual(self.app()["subject"], "weak")
        # It is in the vault, not in the workspace, where the app could change it.
        self.assertNotEqual(self.run_command(self.workspace, "grep -rl weak /var/lib/domicile"), 0)
        self.close(self.workspace)
        self.open(self.workspace)
        self.assertEqual(self.start(), ("no", "weak"))
        self.stop()
        # What the policy says of the app by its name counts more; what it says of all counts less.
        self.load(lambda policy: policy["contexts"]["apps"].update({"notes.desktop": "plain"}))
        self.assertEqual(self.app()["subject"], "plain")
        self.assertEqual(self.start(), ("yes", "plain"))
        self.stop()
        # A policy that does not have the label: it does not start, and the refusal says why.
        def forget(policy):
            del policy["labels"]["subjects"]["weak"]
        self.load(forget)
        error = self.assert_rpc_error(1, "app.launch", workspace=self.workspace["id"], app="notes.desktop")
        self.assertIn("weak", error.message)
        self.client.run_job("app.remove", workspace=self.workspace["id"], app="notes.desktop")
        self.assertEqual(self.install(source=archive)["subject"], "plain")


class Brought(WithApp):
    """By the manifest of a bundle."""
    helper, size = True, 200 << 20

    def setUp(self):
        if os.geteuid() != 0:
            self.skipTest("needs root to start the helper")
        super().setUp()

    def test_brought(self):
        self.install(source=self.archive())
        path = self.stack.path("media", "notes.bundle")
        export = dict(workspace=self.workspace["id"], source="notes", path=path)
        signer = self.client.run_job("app.export", 300, **export, label="weak")["signer"]
        self.close(self.workspace)
        self.workspace = self.open(self.create(name="other", size_bytes=self.size))
        self.assertEqual(self.run_command(self.workspace, "mkdir -p ~/papers; echo secret > ~/papers/one"), 0)
        install = dict(workspace=self.workspace["id"], source=path, trust=signer)
        error = self.assert_rpc_error(4, "app.install", **install)
        self.assertEqual(error.data["label"], "weak")
        self.assertIn("lets no app bring", error.message)
        self.load(lambda policy: policy["labels"]["subjects"].pop("weak"))
        self.assertIn("does not know", self.assert_rpc_error(4, "app.install", **install).message)
        self.assertEqual(os.listdir(self.folder("other") + "/apps"), [])
        self.load(lambda policy: policy["contexts"].update(may_bring=["weak"]))
        self.assertEqual(self.install(source=path)["subject"], "weak")
        self.assertEqual(self.app()["subject"], "weak")
        self.assertEqual(self.start(), ("no", "weak"))
        self.stop()
        self.close(self.workspace)
        self.open(self.workspace)
        self.assertEqual(self.app()["subject"], "weak")
        self.client.run_job("app.remove", workspace=self.workspace["id"], app="notes.desktop")
        self.close(self.workspace)
        self.open(self.workspace)
        # Whoever installs it may choose another.
        self.assertEqual(self.install(source=path, label="plain")["subject"], "plain")

    def test_damaged(self):
        self.close(self.workspace)
        with open(os.path.join(self.folder(), "state", "app-labels.json"), "w", encoding="utf-8") as file:
            file.write('{"format": 1, "apps": [')
        error = self.assert_rpc_error(7, "workspace.open", id=self.workspace["id"], user="demo", passphrase="correct horse", display="none")
        self.assertIn("labels", error.message)


if __name__ == "__main__":
    unittest.main()
