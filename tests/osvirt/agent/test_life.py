# SPDX-License-Identifier: GPL-2.0-or-later
"""A workspace from its making to its deletion."""

import json
import os
import pathlib
import select
import shutil
import socket
import sys
import time
import unittest

from stack import AgentTest, PASSPHRASE, RpcError, SECONDS, USER, USER_ID, in_modes, wait_gone

WITHOUT_CALL = os.path.join(os.path.dirname(os.path.abspath(__file__)), "without_call.py")


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
        self.assertEqual(self.run_command(opened, f'test "$(cat /{marker})" = at-root && echo said'), 0)
        self.assertEqual(self.client.call("app.output", workspace=workspace["id"], app="sh")["text"], "said\n")
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

    def test_another_passphrase(self):
        self.change_passphrase("none")

    def test_another_passphrase_encrypted(self):
        if "vault-luks" not in self.client.call("server.info")["capabilities"]:
            self.skipTest("this host has no tools for encrypted vaults")
        self.change_passphrase("luks")

    def change_passphrase(self, vault):
        workspace = self.create(vault)
        self.open(workspace)
        self.assertEqual(self.run_command(workspace, "echo kept > ~/kept"), 0)
        with self.assertRaises(RpcError) as caught:
            self.client.run_job("workspace.passwd", id=workspace["id"], user=USER, passphrase=PASSPHRASE, new_passphrase="other")
        self.assertEqual((caught.exception.code, caught.exception.data["state"]), (3, "open"))
        self.close(workspace)

        with self.assertRaises(RpcError) as caught:
            self.client.run_job("workspace.passwd", id=workspace["id"], user=USER, passphrase="wrong", new_passphrase="other")
        self.assertEqual(caught.exception.code, 5)
        self.assertEqual(self.state(workspace), "closed")
        self.client.run_job("workspace.passwd", id=workspace["id"], user=USER, passphrase=PASSPHRASE, new_passphrase="other \N{SNOWMAN}")
        with self.assertRaises(RpcError) as caught:
            self.open(workspace)
        self.assertEqual(caught.exception.code, 5)
        self.client.run_job("workspace.open", id=workspace["id"], user=USER, passphrase="other \N{SNOWMAN}", display="none")
        self.assertEqual(self.run_command(workspace, 'test "$(cat ~/kept)" = kept'), 0)
        self.close(workspace)

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


@unittest.skipUnless(os.geteuid() == 0, "needs root: it takes away what a user finds on a host")
class PoorHost(AgentTest):
    """The reduced mode of a user whose host lacks something: the check names it and what to do, and so does who opens it anyway."""
    uid = USER_ID

    def on_host(self, fuse="0666", **variables):
        self.client.close()
        self.stack.stop_agent()
        self.stack.fuse, self.stack.environment = fuse, variables
        self.stack.start()
        self.client = self.stack.connect()
        self.client.call("workspace.list")  # an agent that begins looks at the media first

    def finding(self, workspace, check):
        answer = self.client.call("workspace.check", id=workspace["id"])
        found = next(one for one in answer["findings"] if one["check"] == check)
        self.assertEqual("hint" in found, not found["ok"], found)
        self.assertLessEqual(answer["ready"], found["ok"] or not found["required"])
        return found

    def assert_lacks(self, workspace, check, hint, needs):
        """What is required and not there: nothing is begun."""
        found = self.finding(workspace, check)
        self.assertEqual((found["ok"], found["required"]), (False, True))
        self.assertIn(hint, found["hint"])
        error = self.assert_rpc_error(8, "workspace.open", id=workspace["id"], user=USER, passphrase=PASSPHRASE, display="none")
        self.assertIn(hint, error.data["hint"])
        self.assertEqual(error.data["needs"], needs)
        self.assertEqual(self.state(workspace), "closed")

    def test_fuse(self):
        workspace = self.create("luks") if "vault-luks" in self.client.call("server.info")["capabilities"] else None
        for fuse, hint in (("0600", "chmod 0666 /dev/fuse"), ("absent", "modprobe fuse")):
            self.on_host(fuse)
            self.assertNotIn("vault-luks", self.client.call("server.info")["capabilities"])
            error = self.assert_rpc_error(8, "workspace.create", path=self.folder("other"), name="other", user=USER,
                                          passphrase=PASSPHRASE, size_bytes=64 << 20, mode="shared", vault="luks")
            self.assertEqual(error.data["needs"], "fuse")
            self.assertIn(hint, error.data["hint"])
            self.assertFalse(os.path.exists(self.folder("other")))
            if workspace:
                self.assert_lacks(workspace, "fuse", hint, "fuse")

    def test_user_namespaces(self):
        workspace = self.create()
        self.assertTrue(self.finding(workspace, "user-namespaces")["ok"])
        self.on_host(AS_USER_ROOT="1")
        self.assertNotIn("reduced", self.client.call("server.info")["capabilities"])
        self.assert_lacks(workspace, "user-namespaces", "apparmor_restrict_unprivileged_userns", "user-namespaces")

    def test_abstract_sockets(self):
        """What the check says of them is what a program meets."""
        workspace = self.create(settings={"network": "host"})
        name = self.unique("domicile-test")
        listener = socket.socket(socket.AF_UNIX)
        self.addCleanup(listener.close)
        listener.bind("\0" + name)
        listener.listen()
        script = f"import socket; socket.socket(socket.AF_UNIX).connect('\\0{name}')"
        become = self.stack.become
        for landlock in (True, False):
            with self.subTest(landlock=landlock):
                if not landlock:
                    self.stack.become = lambda uid: [sys.executable, WITHOUT_CALL, "landlock_create_ruleset"] + become(uid)
                    self.on_host()
                found = self.finding(workspace, "abstract-sockets")
                self.open(workspace)
                pid = self.launch(workspace, "/usr/bin/python3", "-c", script)
                end = self.client.wait_event("process", lambda data: data["change"] == "gone" and data["pid"] == pid)
                self.assertEqual(end["status"] == 0, not found["ok"], found)
                self.assertLessEqual(found["ok"], landlock)
                self.assertFalse(found["required"])
                self.close(workspace)
        self.assertIn("nat", found["hint"])
        self.client.call("workspace.set", id=workspace["id"], settings={"network": "none"})
        self.assertNotIn("abstract-sockets", [one["check"] for one in self.client.call("workspace.check", id=workspace["id"])["findings"]])

    def test_tunnels(self):
        if not os.path.exists("/dev/net/tun") or not shutil.which("slirp4netns"):
            self.skipTest("this host has no tunnels or no slirp4netns")
        workspace = self.create(settings={"network": "nat"})
        self.on_host(AS_USER_TUN="0600")
        self.assert_lacks(workspace, "network", "chmod 0666 /dev/net/tun", "tun")

    def test_memory(self):
        """A container or a session with less than the machine has; the workspace opens all the same."""
        workspace = self.create()
        self.assertTrue(self.finding(workspace, "memory")["ok"])
        group = self.limit_memory(200 << 20)
        self.addCleanup(lambda: (self._end(), os.rmdir(group)))
        found = self.finding(workspace, "memory")
        self.assertEqual((found["ok"], found["required"]), (False, False))
        self.assertIn("limit", found["hint"])
        self.assertRegex(found["text"], r"^1?\d?\d(\.\d)?\sMiB ")
        self.close(self.open(workspace))

    def limit_memory(self, limit):
        """Puts the agent into a control group of its own that has so much; returns the group."""
        with open("/proc/self/cgroup", encoding="ascii") as file:
            paths = {controllers: path for _, controllers, path in (line.rstrip().split(":", 2) for line in file)}
        first = "memory" in paths
        parent = ("/sys/fs/cgroup/memory" + paths["memory"]) if first else "/sys/fs/cgroup" + paths.get("", "")
        group = os.path.join(parent, self.unique("domicile-test"))
        try:
            os.mkdir(group)
            for name, value in (("memory.limit_in_bytes" if first else "memory.max", limit), ("cgroup.procs", self.stack.agent.pid)):
                with open(os.path.join(group, name), "w", encoding="ascii") as file:
                    file.write(str(value))
        except OSError as error:
            if os.path.isdir(group):
                os.rmdir(group)
            self.skipTest(f"no control group with a memory limit can be made here: {error}")
        return group


if __name__ == "__main__":
    unittest.main()
