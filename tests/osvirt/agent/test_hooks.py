# SPDX-License-Identifier: GPL-2.0-or-later
"""Every permission that is about workspaces: told in the documentation where it is asked, and refused where a policy has no rule."""

import copy
import os
import re
import unittest

from stack import AgentTest, wait_gone

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
CLASSES = ["file", "directory", "network", "process", "app", "storage", "clipboard"]
APP = ["list", "launch", "stop", "install", "remove", "export"]
STORAGE = ["list", "read", "write", "attach", "detach"]
POLICY = {
    "format": 1, "models": ["te"],
    "te": {"types": ["user_t", "app_t", "program_t", "volume_t"],
           "allow": [{"source": "user_t", "target": "program_t", "class": "app", "permissions": APP},
                     {"source": "user_t", "target": "volume_t", "class": "storage", "permissions": STORAGE}]},
    "labels": {"subjects": {"workspace-user": {"type": "user_t"}, "plain": {"type": "app_t"}},
               "objects": {"host-app": {"type": "program_t"}, "volume": {"type": "volume_t"}, "media": {"type": "volume_t"}}},
    "contexts": {"apps": {"*": "plain"}}}


def documentation(name):
    with open(os.path.join(ROOT, "docs", name), encoding="utf-8") as file:
        return file.read()


class Table(unittest.TestCase):
    def test_all_are_told(self):
        known = set()
        for section in documentation("policy-classes.md").split("\n## ")[1:]:
            name = section.split("\n", 1)[0].strip()
            if name in CLASSES:
                known |= {(name, permission) for permission in re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)}
        self.assertEqual({name for name, _ in known}, set(CLASSES))
        text = documentation("policy.md").split("## What the agent asks")[1].split("\n## ")[0]
        told = re.findall(r"^\| `(\w+)` \| `(\w+)` \| (.+) \|$", text, re.MULTILINE)
        self.assertEqual(sorted((name, permission) for name, permission, _ in told), sorted(known))


class Denied(AgentTest):
    """Each of the user's permissions taken away alone: what needs it is refused and recorded, the rest goes on."""
    helper, uid = os.geteuid() == 0, 0

    def setUp(self):
        super().setUp()
        self.workspace = self.created_and_open()
        self.client.call("events.subscribe", topics=["process", "audit"])

    def load(self, without=None, change=None):
        policy = copy.deepcopy(POLICY)
        if without:
            for rule in policy["te"]["allow"]:
                if rule["class"] == without[0]:
                    rule["permissions"].remove(without[1])
        if change:
            change(policy)
        self.client.call("policy.load", policy=policy)

    def refused(self, kind, permission, method, **params):
        self.load((kind, permission))
        error = self.assert_rpc_error(4, method, **params)
        self.assertEqual([model["model"] for model in error.data["models"] if not model["allowed"]], ["te"])
        record = self.client.call("audit.list", limit=1000)["records"][-1]
        self.assertEqual((record["class"], record["permission"], record["allowed"]), (kind, permission, False))
        self.load()

    def test_app(self):
        own = {"workspace": self.workspace["id"]}
        self.refused("app", "launch", "app.launch", argv=["true"], **own)
        self.refused("app", "install", "app.install", source="hello", **own)
        pid = self.client.call("app.launch", argv=["sleep", "1000"], **own)["pid"]
        self.refused("app", "stop", "app.stop", pid=pid, **own)
        self.client.call("app.stop", pid=pid, **own)
        if self.helper:
            self.refused("app", "export", "app.capture", **own)
        self.assertTrue(self.client.call("app.list", **own)["apps"])
        self.load(("app", "list"))
        self.assertEqual(self.client.call("app.list", **own)["apps"], [])

    def test_storage(self):
        self.close(self.workspace)
        opening = dict(id=self.workspace["id"], user="demo", passphrase="correct horse", display="none")
        self.refused("storage", "attach", "workspace.open", **opening)
        self.assertEqual(self.state(self.workspace), "closed")
        making = dict(path=self.folder("other"), name="other", user="demo", passphrase="correct horse", size_bytes=64 << 20,
                      mode="shared", vault="none")
        self.refused("storage", "write", "workspace.create", **making)
        self.assertFalse(os.path.exists(self.folder("other")))
        self.refused("storage", "write", "workspace.destroy", id=self.workspace["id"], user="demo", passphrase="correct horse")
        self.assertEqual(self.state(self.workspace), "closed")
        self.load(("storage", "list"))
        self.assertEqual(self.client.call("storage.list")["volumes"], [])

        # A label of its own, by its path; who has none and no “volume” to fall back to is not asked about.
        def label(policy):
            policy["contexts"]["volumes"] = [{"path": self.stack.media, "label": "media"}]
            policy["labels"]["objects"]["media"]["type"] = "program_t"
            policy["te"]["types"] += ["other_t"]
        self.load(change=label)
        self.assert_rpc_error(4, "workspace.open", **opening)
        self.assertEqual(self.client.call("audit.list", limit=1000)["records"][-1]["object"], "media")
        self.load(change=lambda policy: policy["labels"]["objects"].pop("volume"))
        self.open(self.workspace)

    def wait_closed(self):
        while self.state(self.workspace) != "closed":
            self.client.wait_event("workspace", lambda data: True)

    def test_storage_is_taken_back(self):
        """Another policy closes what stands on a volume that it does not let be attached, and keeps what was written."""
        self.assertEqual(self.run_command(self.workspace, "echo kept > ~/written"), 0)
        self.launch(self.workspace, "sleep", "1000")
        programs = self.pidfds(self.workspace)
        without = copy.deepcopy(POLICY)
        next(rule for rule in without["te"]["allow"] if rule["class"] == "storage")["permissions"].remove("attach")
        dry = self.client.call("policy.load", policy=without, dry_run=True)
        self.assertEqual([(effect["workspace"], effect["effect"]) for effect in dry["effects"]], [(self.workspace["id"], "close")])
        self.assertEqual(dry["revoked"], 1)
        self.assertEqual(self.state(self.workspace), "open")
        self.assertEqual(self.client.call("policy.load", policy=without)["revoked"], 1)
        self.assertNotEqual(self.state(self.workspace), "open")
        record = self.client.call("audit.list", limit=1000)["records"][-1]
        self.assertEqual((record["class"], record["permission"], record["allowed"]), ("storage", "attach", False))
        self.assertEqual(wait_gone(programs), [])
        self.wait_closed()
        self.load()
        self.open(self.workspace)
        self.assertEqual(self.run_command(self.workspace, 'test "$(cat ~/written)" = kept'), 0)

    def test_storage_is_taken_back_from_one_that_is_being_opened(self):
        self.close(self.workspace)
        without = copy.deepcopy(POLICY)
        next(rule for rule in without["te"]["allow"] if rule["class"] == "storage")["permissions"].remove("attach")
        job = self.client.call("workspace.open", id=self.workspace["id"], user="demo", passphrase="correct horse", display="none")["job"]
        self.client.call("policy.load", policy=without)
        self.client.wait_job(job)
        self.wait_closed()


if __name__ == "__main__":
    unittest.main()
