# SPDX-License-Identifier: GPL-2.0-or-later
"""Workspaces with a base system of their own: a real Debian, made from the host's package source."""

import glob
import os
import shutil
import sys
import unittest

import foreign_root
from stack import AGENT, AgentTest, BUILD, HELPER, PASSPHRASE, Stack, USER, USER_ID

ROOM = 400 << 20
MAKING_SECONDS = 400
# One image serves all tests of this file, as it serves all workspaces of a user.
CACHE = {}


class Isolated(AgentTest):
    helper = True

    def setUp(self):
        if os.geteuid() != 0:
            self.skipTest("needs root to start the helper")
        super().setUp()

    def cached(self):
        return self.stack.path("home", ".cache", "domicile", "base")

    def take_cache(self):
        if "folder" in CACHE:
            shutil.copytree(CACHE["folder"], self.cached())
            for folder, _, names in os.walk(self.stack.path("home", ".cache")):
                for path in [folder] + [os.path.join(folder, name) for name in names]:
                    os.chown(path, self.uid, self.uid)

    def keep_cache(self):
        if "folder" not in CACHE:
            CACHE["folder"] = self.stack.directory + "-base"
            shutil.copytree(self.cached(), CACHE["folder"])

    def create_isolated(self, vault="none"):
        self.take_cache()
        workspace = self.create(vault, mode="isolated", size_bytes=ROOM, seconds=MAKING_SECONDS)
        self.keep_cache()
        self.assertEqual(workspace["mode"], "isolated")
        return workspace

    def create(self, vault="none", name="work", seconds=60, **params):
        arguments = dict(path=self.folder(name), name=name, user=USER, passphrase=PASSPHRASE, vault=vault)
        return self.client.run_job("workspace.create", seconds, **{**arguments, **params})


class IsolatedFull(Isolated):
    def test_life(self):
        workspace = self.create_isolated("luks")
        opened = self.open(workspace)
        marker = self.unique("marker")
        self.assertEqual(self.run_command(opened, "grep -q '^ID=debian' /etc/os-release"), 0)
        self.assertEqual(self.run_command(opened, f"test ! -e '{self.stack.directory}'"), 0, "the host is visible")
        self.assertEqual(self.run_command(opened, 'test -n "$TZ"'), 0, "the host's time zone is not known")
        self.assertEqual(self.run_command(opened, f"echo x > /etc/{marker} && echo y > /usr/bin/{marker}"), 0)
        self.assertEqual(self.run_command(opened, "chown 1:2 /srv && test $(stat -c %u:%g /srv) = 1:2"), 0)
        self.close(opened)
        self.assertFalse(os.path.exists(f"/etc/{marker}") or os.path.exists(f"/usr/bin/{marker}"))
        again = self.open(workspace)
        self.assertEqual(self.run_command(again, f"test $(cat /etc/{marker}) = x"), 0)
        self.close(again)

    def test_packages(self):
        opened = self.open(self.create_isolated())
        script = "apt-get -q update && apt-get -q -y install hello && hello"
        pid = self.launch(opened, "/bin/sh", "-c", script)
        end = self.client.wait_event("process", lambda data: data["change"] == "gone" and data["pid"] == pid, 200)
        self.assertEqual(end.get("status"), 0)
        self.close(opened)
        self.assertFalse(os.path.exists("/usr/bin/hello"))

    def test_resolver_is_the_hosts(self):
        opened = self.open(self.create_isolated())
        with open("/etc/resolv.conf", encoding="utf-8") as file:
            lines = file.read().split()
        if lines:
            self.assertEqual(self.run_command(opened, f"grep -qF -- '{lines[-1]}' /etc/resolv.conf"), 0)
        self.close(opened)

    def test_check(self):
        workspace = self.create_isolated()
        found = self.client.call("workspace.check", id=workspace["id"])
        self.assertTrue(found["ready"], found)
        self.assertNotIn("libc", [finding["check"] for finding in found["findings"]])
        self.assertIn("mode-isolated", self.client.call("server.info")["capabilities"])

    def test_damaged_base(self):
        workspace = self.create_isolated()
        base = os.path.join(workspace["path"], "layers", "base.erofs")
        with open(base, "r+b") as file:
            file.write(b"\0" * 65536)
        arguments = dict(id=workspace["id"], user=USER, passphrase=PASSPHRASE, display="none")
        self.assert_rpc_error(7, "workspace.open", **arguments)
        os.remove(base)
        os.symlink("/etc/passwd", base)
        self.assert_rpc_error(9, "workspace.open", **arguments)
        self.assertEqual(self.state(workspace), "closed")

    def test_cancel_leaves_nothing(self):
        arguments = dict(path=self.folder("work"), name="work", user=USER, passphrase=PASSPHRASE, mode="isolated",
                         vault="none", size_bytes=ROOM)
        job = self.client.call("workspace.create", **arguments)["job"]
        self.client.wait_event("job", lambda data: data["job"] == job and data["fraction"] > 0)
        self.client.call("job.cancel", job=job)
        self.client.wait_event("job", lambda data: data["job"] == job and data["state"] == "cancelled")
        self.assertEqual(os.listdir(self.stack.media), [])
        self.assertEqual(os.listdir(self.cached()), [])

    def test_too_small(self):
        error = self.assert_rpc_error(-32602, "workspace.create", path=self.folder("work"), name="work", user=USER,
                                      passphrase=PASSPHRASE, mode="isolated", vault="luks", size_bytes=64 << 20)
        self.assertEqual(error.data["member"], "size_bytes")


class OtherHost(Stack):
    """The agent and the helper on a host that is nothing like the one that the workspace was made on."""

    def __init__(self, media):
        super().__init__(helper=True)
        self.root, self.media = self.path("root"), media
        foreign_root.make(self.root, [AGENT, HELPER, *glob.glob(os.path.join(BUILD, "osvirt", "*", "domicile-*[a-z]"))])

    def _spawn(self, name, command, uid):
        enter = [sys.executable, foreign_root.__file__, self.root, BUILD]
        if name != "helper":
            enter = ["nsenter", f"--mount=/proc/{self.helper.pid}/ns/mnt", "--"]
        return super()._spawn(name, enter + command, uid)


class IsolatedElsewhere(Isolated):
    def setUp(self):
        super().setUp()
        workspace = self.create_isolated()
        opened = self.open(workspace)
        self.assertEqual(self.run_command(opened, "echo carried > ~/note"), 0)
        self.close(opened)
        self.assertEqual(self.stack.stop_agent(), 0)
        self.client.close()
        self.other = OtherHost(self.stack.media)
        self.addCleanup(lambda: self.assertEqual(self.other.end(), []))
        self.client = self.other.start().connect()

    def test_it_opens_on_another_distribution(self):
        with open(f"/proc/{self.other.agent.pid}/root/etc/os-release", encoding="utf-8") as file:
            self.assertIn("Another Distribution", file.read())
        self.assertEqual(os.listdir(f"/proc/{self.other.agent.pid}/root/usr/bin"), [])
        arguments = dict(path=self.folder(), user=USER, passphrase=PASSPHRASE, display="none")
        opened = self.client.run_job("workspace.open", **arguments)
        self.assertEqual(self.run_command(opened, "grep -q ^ID=debian /etc/os-release && grep -q carried ~/note"), 0)
        self.close(opened)


class IsolatedUser(Isolated):
    uid = USER_ID

    def test_life(self):
        if "folder" not in CACHE:
            self.skipTest("root's tests have made no base system")
        opened = self.open(self.create_isolated("luks"))
        self.assertEqual(self.run_command(opened, "test $(id -u) = 0 && test -e /usr/bin/apt-get"), 0)
        self.close(opened)


class IsolatedReduced(AgentTest):
    helper, uid = False, 0

    def test_it_says_what_is_missing(self):
        error = self.assert_rpc_error(8, "workspace.create", path=self.folder("work"), name="work", user=USER,
                                      passphrase=PASSPHRASE, mode="isolated", vault="none", size_bytes=ROOM)
        self.assertIn(error.data["needs"], ("helper", "mmdebstrap", "mkfs.erofs"))
        self.assertEqual(os.listdir(self.stack.media), [])


def load_tests(loader, _tests, _pattern):
    suite = unittest.TestSuite(loader.loadTestsFromTestCase(case)
                               for case in (IsolatedFull, IsolatedElsewhere, IsolatedUser, IsolatedReduced))
    return suite


def tearDownModule():
    shutil.rmtree(CACHE.pop("folder", ""), ignore_errors=True)


if __name__ == "__main__":
    unittest.main(verbosity=2)
