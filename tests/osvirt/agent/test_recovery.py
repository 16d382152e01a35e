# SPDX-License-Identifier: GPL-2.0-or-later
"""The agent, or what it leans on, killed at a bad moment."""

import contextlib
import hashlib
import itertools
import os
import shutil
import signal
import socket
import subprocess
import unittest

from stack import AgentTest, PASSPHRASE, RpcError, SECONDS, USER, in_modes, wait_gone

# Writes records for as long as it can, and tells of each that is safe; beside itself, which makes and removes files.
WRITER = """
import os, shutil, socket, sys
worker = os.fork() == 0
while worker:
    os.makedirs(os.path.expanduser("~/some/where"), exist_ok=True)
    with open(os.path.expanduser("~/some/where/junk"), "w") as junk:
        junk.write("junk")
    shutil.rmtree(os.path.expanduser("~/some"))
told = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
file = os.open(os.path.expanduser("~/log"), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
os.fsync(os.open(os.path.expanduser("~"), os.O_RDONLY))
record = 0
while True:
    os.write(file, b"%d\\n" % record)
    os.fsync(file)
    told.sendall(b".")
    record += 1
"""


class Writer:
    """A program of an open workspace that writes records."""

    def __init__(self, test, workspace):
        listener = socket.create_server(("127.0.0.1", 0))
        test.launch(workspace, "/usr/bin/python3", "-c", WRITER, str(listener.getsockname()[1]))
        listener.settimeout(SECONDS)
        self.connection, _ = listener.accept()
        listener.close()
        test.addCleanup(self.connection.close)
        self.acknowledged = 0

    def hear(self, enough=None):
        """How many records it was told are safe: at least that many, or all to its end."""
        while enough is None or self.acknowledged < enough:
            got = self.connection.recv(4096)
            if not got:
                break
            self.acknowledged += len(got)
        return self.acknowledged


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
        fds = self.pidfds(workspace)
        os.kill(self.first_process(workspace), signal.SIGKILL)
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
        """Whichever of the vault's programs dies while apps write: it is told at once, nothing of it stays, and what was acknowledged is
        there again."""
        if "vault-luks" not in self.client.call("server.info")["capabilities"]:
            self.skipTest("this host has no tools for encrypted vaults")
        workspace = self.create("luks", settings={"network": "host"})
        victims = {"vault-keeper": "domicile-vault-keeper", "qemu-storage-da": "qemu-storage-daemon"}
        if not self.helper:
            victims.update({"domicile-vault-": "domicile-vault-filesystem", "fuse2fs": "fuse2fs"})
        for victim, name in victims.items():
            with self.subTest(victim=victim):
                self.open(workspace)
                writer = Writer(self, workspace)
                self.assertGreater(writer.hear(20), 0)
                processes, programs = self.pidfds(workspace), self.vault_programs()
                self.assertEqual(set(programs) - {"vault-guard"}, set(victims))
                fds = [os.pidfd_open(pid) for pids in programs.values() for pid in pids]
                self.client.by_topic.clear()  # of the times before
                os.kill(programs[victim][0], signal.SIGKILL)
                self.assert_told(workspace, name)
                self.assertEqual(wait_gone(processes + fds), [])
                for fd in fds:
                    os.close(fd)
                self.assert_recovers(workspace, writer)

    def assert_recovers(self, workspace, writer, closed=False):
        """@closed: an agent may have closed it in order."""
        acknowledged = writer.hear()
        again = self.open(workspace)
        if not closed:
            self.assertIn("not closed properly", again["recovered"])
        self.assertNotIn("problem", again)
        self.client.by_topic.clear()
        self.assertEqual(self.run_command(again, f"seq 0 {acknowledged - 1} > ~/safe && head -n {acknowledged} ~/log | cmp - ~/safe"), 0,
                         "acknowledged writes are lost")
        self.close(again)

    def assert_told(self, workspace, program):
        """That a program of the vault has ended, by the state of the workspace and by a job."""
        for state in ("closing", "closed"):
            told = self.client.wait_event("workspace", lambda data: data["workspace"]["state"] == state and data["id"] == workspace["id"])
            self.assertIn(program, told["workspace"]["problem"])
            self.assertIn("open it again", told["workspace"]["problem"])
        job = self.client.wait_event("job", lambda data: data["kind"] == "workspace.close" and data["state"] == "failed")
        self.assertIn(program, job["error"]["message"])
        self.assertEqual(job["error"]["data"]["host_clean"], True)

    def test_superblock_half_written(self):
        """Of a file system that was in use without a journal it is mended; of one that was closed a person decides."""
        if self.helper or "vault-luks" not in self.client.call("server.info")["capabilities"]:
            self.skipTest("only in the reduced mode a vault is used without its journal")
        workspace = self.created_and_open(vault="luks")
        self.assertEqual(self.run_command(workspace, "echo kept > /kept; sync /kept; sync"), 0)
        self.client.by_topic.clear()
        os.kill(self.vault_programs()["qemu-storage-da"][0], signal.SIGKILL)
        self.assert_told(workspace, "qemu-storage-daemon")
        self.break_superblock()
        again = self.open(workspace)
        self.assertIn("mended", again["recovered"])
        self.assertEqual(self.run_command(again, 'test "$(cat /kept)" = kept'), 0)
        self.close(again)
        self.break_superblock()
        with open(os.path.join(self.folder(), "vault.img"), "rb") as image:
            before = hashlib.file_digest(image, "sha256").digest()
            self.assert_rpc_error(7, "workspace.open", id=workspace["id"], user=USER, passphrase=PASSPHRASE, display="none")
            image.seek(0)
            self.assertEqual(hashlib.file_digest(image, "sha256").digest(), before)

    def plain_vault(self):
        """What QEMU's tools take to read and write what is in the vault."""
        key = self.stack.path("key")
        with open(key, "w", encoding="utf-8") as file:
            file.write(f"{USER}:{PASSPHRASE}")
        image = "driver=luks,key-secret=key,file.driver=file,file.filename=" + os.path.join(self.folder(), "vault.img")
        return ["--object", f"secret,id=key,file={key}"], image

    def break_superblock(self):
        """Writes another number of free blocks into it, and not the sum that goes with it."""
        key, image = self.plain_vault()
        subprocess.run(["qemu-io", *key, "--image-opts", image, "-c", "write -P 0x5a 1036 2"], check=True, stdout=subprocess.DEVNULL)

    def lose_files(self, **files):
        """Puts files where e2fsck puts what it cannot assign."""
        key, image = self.plain_vault()
        raw, content = self.stack.path("plain"), self.stack.path("content")
        subprocess.run(["qemu-img", "convert", *key, "--image-opts", image, raw], check=True)
        for name, text in files.items():
            with open(content, "w", encoding="utf-8") as file:
                file.write(text)
            subprocess.run(["debugfs", "-w", "-R", f"write {content} lost+found/{name}", raw], check=True, capture_output=True)
        subprocess.run(["qemu-img", "convert", "-n", *key, "-f", "raw", "--target-image-opts", raw, image], check=True)

    def test_lost_files(self):
        """They are said to be there, and where somebody inside can look at them; what is there already stays."""
        if "vault-luks" not in self.client.call("server.info")["capabilities"]:
            self.skipTest("this host has no tools for encrypted vaults")
        workspace = self.created_and_open(vault="luks")
        self.assertNotIn("recovered", workspace)
        self.close(workspace)
        self.lose_files(one="first", two="second")
        again = self.open(workspace)
        self.assertRegex(again["recovered"], "2 files and folders, .* “recovered-[-0-9]*” in its home folder")
        self.assertEqual(self.run_command(again, "cd ~/recovered-* && grep -qx first one && grep -qx second two && echo mine > one"), 0)
        self.close(again)
        self.lose_files(one="third", three="fourth")
        again = self.open(workspace)
        self.assertRegex(again["recovered"], "1 file or folder.* 1 of the vault's lost.found")
        self.assertEqual(self.run_command(again, "cd ~/recovered-* && grep -qx mine one && grep -qx fourth three"), 0)
        self.close(again)

    def test_two_killed_at_once(self):
        """Nothing stays, and what was acknowledged is there again, whichever two end in the same moment."""
        if "vault-luks" not in self.client.call("server.info")["capabilities"]:
            self.skipTest("this host has no tools for encrypted vaults")
        workspace = self.create("luks", settings={"network": "host"})
        victims = ["agent", "first process", "vault-keeper"] + (["helper"] if self.helper else [])
        pairs = list(itertools.combinations(victims, 2)) + ([] if self.helper else [("vault-keeper", "vault-guard")])
        for pair in pairs:
            with self.subTest(victims=pair):
                self.open(workspace)
                writer = Writer(self, workspace)
                self.assertGreater(writer.hear(20), 0)
                programs = self.vault_programs()
                fds = [os.pidfd_open(pid) for pids in programs.values() for pid in pids] + self.pidfds(workspace)
                first = self.first_process(workspace)
                pids = {**{name: pids[0] for name, pids in programs.items()}, "agent": self.stack.agent.pid, "first process": first,
                        "helper": self.stack.helper.pid if self.helper else None}
                for victim in pair:
                    os.kill(pids[victim], signal.SIGKILL)
                self.assertEqual(wait_gone(fds), [])
                self.start_again(pair)
                self.until(lambda: self.state(workspace) == "closed")
                self.assert_recovers(workspace, writer, closed="agent" not in pair)

    def first_process(self, workspace):
        with open(f"/proc/{self.processes(workspace)[0]['host_pid']}/status", encoding="utf-8") as status:
            return int(next(line for line in status if line.startswith("PPid")).split()[1])

    def start_again(self, victims):
        if "helper" in victims:
            self.stack.helper.wait()
            self.stack.helper = None
        if "agent" in victims:
            self.stack.agent.wait()
            self.stack.start()
            self.reconnect()
        elif "helper" in victims:
            self.stack.start_helper()

    def test_vault_program_killed_while_closing(self):
        """That not all could be written is in the result of who asked for it."""
        if "vault-luks" not in self.client.call("server.info")["capabilities"]:
            self.skipTest("this host has no tools for encrypted vaults")
        workspace = self.created_and_open(vault="luks")
        self.assertEqual(self.run_command(workspace, "echo kept > /kept; sync"), 0)
        daemon = self.vault_programs()["qemu-storage-da"][0]
        self.launch(workspace, "/bin/sh", "-c", "trap 'echo asked > ~/asked' TERM; while :; do sleep 0.1; done")
        self.until(lambda: self.pids(workspace, "sh"))
        job = self.client.call("workspace.close", id=workspace["id"])["job"]
        os.kill(daemon, signal.SIGKILL)
        self.assertNotEqual(self.client.wait_job(job), {"host_clean": True})
        again = self.open(workspace)
        self.assertIn("not closed properly", again["recovered"])
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
        self.assertEqual(other.wait(60), 1)
        with open(self.stack.path("second.log"), encoding="utf-8") as log:
            self.assertIn("Another agent", log.read())
        self.assertEqual(self.client.call("workspace.list")["workspaces"], [])


if __name__ == "__main__":
    unittest.main()
