# SPDX-License-Identifier: GPL-2.0-or-later
"""The agent, or what it leans on, killed at a bad moment."""

import contextlib
import os
import shutil
import signal
import unittest

from stack import AgentTest, PASSPHRASE, RpcError, USER, in_modes, wait_gone


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
        self.assertIn("not closed properly", again["recovered"])
        self.assertEqual(self.run_command(again, 'test "$(cat /kept)" = kept'), 0)
        self.close(again)
        self.assertNotIn("recovered", self.open(workspace))

    def test_agent_killed_while_creating(self):
        if "vault-luks" not in self.client.call("server.info")["capabilities"]:
            self.skipTest("this host has no tools for encrypted vaults")
        for _ in range(10):
            self.client.call("workspace.create", path=self.folder(), name="work", user="demo", passphrase="x",
                             size_bytes=256 << 20, mode="shared", vault="luks")
            self.until(lambda: os.path.isdir(self.folder()))
            self.stack.kill_agent()
            made = os.path.exists(os.path.join(self.folder(), "workspace.json"))
            self.stack.start()
            self.reconnect()
            if not made:
                break
            shutil.rmtree(self.folder())  # this computer is too busy for us: it was made before the agent was killed
        self.assertFalse(made)
        self.assertEqual(os.listdir(self.stack.media), [])
        self.create("luks")

    def test_agent_killed_while_the_passphrase_changes(self):
        if "vault-luks" not in self.client.call("server.info")["capabilities"]:
            self.skipTest("this host has no tools for encrypted vaults")
        workspace = self.create("luks")
        self.client.call("workspace.passwd", id=workspace["id"], user=USER, passphrase=PASSPHRASE, new_passphrase="other")
        self.stack.kill_agent()
        self.stack.start()
        self.reconnect()
        opened = []
        for passphrase in (PASSPHRASE, "other"):
            with contextlib.suppress(RpcError):
                self.open(workspace, passphrase=passphrase)
                opened.append(passphrase)
                self.close(workspace)
        self.assertNotEqual(opened, [])
        if PASSPHRASE in opened:
            self.client.run_job("workspace.passwd", id=workspace["id"], user=USER, passphrase=PASSPHRASE, new_passphrase="other")
        self.close(self.open(workspace, passphrase="other"))
        self.assert_rpc_error(5, "workspace.open", id=workspace["id"], user=USER, passphrase=PASSPHRASE, display="none")

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
            told = self.client.wait_event("workspace", lambda data: data["workspace"]["state"] == state)
            self.assertIn("ended by itself", told["workspace"]["problem"])
        again = self.open(workspace)
        self.assertNotIn("problem", again)
        self.close(again)

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

    def test_vault_program_killed(self):
        """Whichever of the vault's programs dies: nothing of it stays, and what was synced is there again."""
        if self.helper:
            self.skipTest("here the kernel mounts the vault")
        if "vault-luks" not in self.client.call("server.info")["capabilities"]:
            self.skipTest("this host has no tools for encrypted vaults")
        workspace = self.create("luks")
        for victim in ("vault-keeper", "domicile-vault-", "fuse2fs", "qemu-storage-da"):
            with self.subTest(victim=victim):
                again = self.open(workspace)
                self.assertEqual(self.run_command(again, f"echo kept > /{victim}; sync /{victim}; sync"), 0)
                self.launch(again, "sleep", "1000")
                processes, programs = self.pidfds(again), self.vault_programs()
                self.assertEqual(len(programs), 4)
                os.kill(programs[victim], signal.SIGKILL)
                fds = [os.pidfd_open(pid) for name, pid in programs.items() if name != victim]
                with contextlib.suppress(RpcError):
                    self.client.run_job("workspace.close", id=workspace["id"])
                self.assertEqual(wait_gone(processes + fds), [])
                for fd in fds:
                    os.close(fd)
                self.stack.stop_agent()
                self.stack.start()
                self.reconnect()
        again = self.open(workspace)
        for victim in ("vault-keeper", "domicile-vault-", "fuse2fs", "qemu-storage-da"):
            self.assertEqual(self.run_command(again, f'test "$(cat /{victim})" = kept'), 0, victim)
        self.close(again)

    def test_storage_daemon_killed(self):
        """Below a vault that the kernel mounts: who writes gets errors, the close ends and says so, and what was synced is there."""
        if not self.helper or "vault-luks" not in self.client.call("server.info")["capabilities"]:
            self.skipTest("the kernel mounts no vault here")
        workspace = self.created_and_open(vault="luks")
        self.assertEqual(self.run_command(workspace, "echo kept > /kept; sync"), 0)
        os.kill(self.vault_programs()["qemu-storage-da"], signal.SIGKILL)
        self.assertNotEqual(self.client.run_job("workspace.close", id=workspace["id"]), {"host_clean": True})
        again = self.open(workspace)
        self.assertEqual(self.run_command(again, 'test "$(cat /kept)" = kept'), 0)
        self.close(again)

    def vault_programs(self):
        """Name and pid of every program that serves a vault of this agent's user."""
        names = ("vault-keeper", "domicile-vault-", "fuse2fs", "qemu-storage-da")
        found = {}
        for pid in filter(str.isdigit, os.listdir("/proc")):
            with contextlib.suppress(OSError):
                with open(f"/proc/{pid}/comm", encoding="utf-8") as comm:
                    name = comm.read().strip()
                if name in names and self.agent_started(int(pid)):
                    found[name] = int(pid)
        return found

    def agent_started(self, pid):
        while pid > 1 and pid != self.stack.agent.pid:
            with open(f"/proc/{pid}/stat", encoding="utf-8") as stat:
                pid = int(stat.read().rsplit(")", 1)[1].split()[1])
        return pid == self.stack.agent.pid

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
        self.assertEqual(other.wait(60), 1)
        with open(self.stack.path("second.log"), encoding="utf-8") as log:
            self.assertIn("Another agent", log.read())
        self.assertEqual(self.client.call("workspace.list")["workspaces"], [])


if __name__ == "__main__":
    unittest.main()
