# SPDX-License-Identifier: GPL-2.0-or-later
"""The agent, or what it leans on, killed at a bad moment."""

import os
import signal
import unittest

from stack import AgentTest, in_modes, wait_gone


@in_modes
class Recovery(AgentTest):
    def test_agent_killed_while_open(self):
        self.killed_while_open("none")

    def test_agent_killed_while_open_encrypted(self):
        if "vault-luks" not in self.client.call("server.info")["capabilities"]:
            self.skipTest("this host has no tools for encrypted vaults")
        self.killed_while_open("luks")

    def killed_while_open(self, vault):
        workspace = self.created_and_open(vault=vault)
        self.assertEqual(self.run_command(workspace, "echo kept > /kept; sync /kept"), 0)
        self.launch(workspace, "/bin/sh", "-c", "setsid sleep 1000 & exec sleep 1001")
        processes = self.pidfds(workspace)
        self.stack.kill_agent()
        self.assertEqual(wait_gone(processes), [], "processes outlive the agent")

        self.stack.start()
        self.reconnect()
        self.assertEqual(self.state(workspace), "closed")
        again = self.open(workspace)
        self.assertEqual(self.run_command(again, 'test "$(cat /kept)" = kept'), 0)
        self.close(again)

    def test_agent_killed_while_creating(self):
        if "vault-luks" not in self.client.call("server.info")["capabilities"]:
            self.skipTest("this host has no tools for encrypted vaults")
        self.client.call("workspace.create", path=self.folder(), name="work", user="demo", passphrase="x",
                         size_bytes=256 << 20, mode="shared", vault="luks")
        self.stack.kill_agent()
        self.assertTrue(os.path.isdir(self.folder()))
        self.assertFalse(os.path.exists(os.path.join(self.folder(), "workspace.json")))
        self.stack.start()
        self.reconnect()
        self.assertEqual(os.listdir(self.stack.media), [])
        self.create("luks")

    def test_first_process_killed(self):
        workspace = self.created_and_open()
        self.launch(workspace, "sleep", "1000")
        sleeper = self.processes(workspace)[0]
        with open(f"/proc/{sleeper['host_pid']}/status", encoding="utf-8") as status:
            parent = int(next(line for line in status if line.startswith("PPid")).split()[1])
        fds = self.pidfds(workspace)
        os.kill(parent, signal.SIGKILL)
        self.assertEqual(wait_gone(fds), [])
        for state in ("closing", "closed"):
            self.client.wait_event("workspace", lambda data: data["workspace"]["state"] == state)
        self.close(self.open(workspace))

    def test_helper_killed(self):
        if not self.helper:
            self.skipTest("this mode has no helper")
        vaults = ["none"] + (["luks"] if "vault-luks" in self.client.call("server.info")["capabilities"] else [])
        for vault in vaults:
            with self.subTest(vault=vault):
                workspace = self.created_and_open(vault=vault, name=vault)
                self.assertEqual(self.run_command(workspace, "echo kept > /kept; sync /kept"), 0)
                self.launch(workspace, "sleep", "1000")
                processes = self.pidfds(workspace)
                self.stack.helper.kill()
                self.stack.helper.wait()
                self.stack.helper = None
                self.assertEqual(wait_gone(processes), [])
                for state in ("closing", "closed"):
                    self.client.wait_event("workspace", lambda data: data["id"] == workspace["id"] and
                                           data["workspace"]["state"] == state)
                self.stack.start_helper()
                again = self.open(workspace)
                self.assertEqual(self.run_command(again, 'test "$(cat /kept)" = kept'), 0)
                self.close(again)

    def test_damaged_list_is_set_aside(self):
        workspace = self.create()
        self.stack.stop_agent()
        with open(self.stack.path("state", "workspaces.json"), "w", encoding="utf-8") as file:
            file.write("{")
        self.stack.start()
        self.reconnect()
        self.assertTrue(os.path.exists(self.stack.path("state", "workspaces.json.damaged")))
        found = self.client.call("storage.scan", path=self.stack.media)
        self.assertEqual(found["found"], 1)
        self.open(workspace)

    def test_second_agent_on_the_same_state(self):
        other = self.stack._spawn("second", self.stack.command(self.stack.path("run", "second.sock")), self.uid)
        self.assertEqual(other.wait(20), 1)
        with open(self.stack.path("second.log"), encoding="utf-8") as log:
            self.assertIn("Another agent", log.read())
        self.assertEqual(self.client.call("workspace.list")["workspaces"], [])


if __name__ == "__main__":
    unittest.main()
