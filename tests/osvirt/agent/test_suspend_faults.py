# SPDX-License-Identifier: GPL-2.0-or-later
"""A program that serves an open vault and dies in each part of a suspension."""

import contextlib
import os
import signal
import unittest

from stack import RpcError, USER_ID, share_mounts, wait_gone
from test_suspend import Suspend

# A CRIU that waits where it is told to, before it saves, when it has saved, or when what is tried is half restored.
HELD_CRIU = """#!/bin/sh
stage=$(cat {folder}/hold 2> /dev/null)
case "$1 $stage" in
"dump start") {folder}/wait ;;
"dump post-dump" | "restore post-restore") exec {program} "$@" --action-script {folder}/hook ;;
esac
exec {program} "$@"
"""
HOOK = """#!/bin/sh
test "$CRTOOLS_SCRIPT_ACTION" = "$(cat {folder}/hold)" || exit 0
exec {folder}/wait
"""
WAIT = """#!/bin/sh
touch {folder}/reached
while test -e {folder}/hold; do sleep 0.05; done
"""
# What the job says it does in the parts in which CRIU does not run. They are short, and nothing holds them.
PARTS = ("Writing the image", "Making sure that it is on the medium")
AFTER = ("Ending the programs", "Writing everything back", "Looking whether the host is as it was")


class Faults(Suspend):
    uid = USER_ID

    def setUp(self):
        super().setUp()
        if "vault-luks" not in self.client.call("server.info")["capabilities"]:
            self.skipTest("this host has no tools for encrypted vaults")
        self.folder_of_criu = self.replace_criu(criu=HELD_CRIU, hook=HOOK, wait=WAIT)
        self.workspace = self.create(vault="luks", size_bytes=128 << 20)

    def begin(self, stage):
        """Opens the workspace and begins to suspend it, up to that part; returns the job, and all that has to end with the vault."""
        hold, reached = (os.path.join(self.folder_of_criu, name) for name in ("hold", "reached"))
        self.workspace = self.open(self.workspace, display="desktop")
        self.assertEqual(self.shell(f"echo '{stage}' > ~/kept && sync ~/kept"), 0)
        programs = self.vault_programs()
        fds = [os.dup(fd) for fd in self.pidfds(self.workspace)] + [os.pidfd_open(pid) for pids in programs.values() for pid in pids]
        self.client.by_topic.clear()
        if stage not in PARTS:
            with open(hold, "w", encoding="ascii") as file:
                file.write(stage)
        job = self.client.call("workspace.suspend", id=self.workspace["id"])["job"]
        if stage in PARTS:
            there = (*PARTS[PARTS.index(stage):], *AFTER)  # its events come ten times a second only
            self.until(lambda: self.client.call("job.get", job=job)["text"] in there, "it comes to that part", pause=0.001)
        else:
            self.until(lambda: os.path.exists(reached), "CRIU comes to where it waits")
            os.unlink(reached)
        return job, programs, fds

    def let_go(self):
        hold = os.path.join(self.folder_of_criu, "hold")
        if os.path.exists(hold):
            os.unlink(hold)

    def kill(self, stage, victim, name):
        """Of the vault; what is suspended all the same is whole, and else it is closed and the next opening tells why."""
        job, programs, fds = self.begin(stage)
        with contextlib.suppress(ProcessLookupError):  # where nothing holds it, it may be over
            os.kill(programs[victim][0], signal.SIGKILL)
        self.let_go()
        try:
            self.client.wait_job(job)
        except RpcError as error:
            self.assertIn(name, error.message)
            self.assertIn("open it again", error.data["hint"].lower())
        self.until(lambda: self.state(self.workspace) in ("closed", "suspended"), "it comes to rest")
        self.assertEqual(wait_gone(fds), [])
        for fd in fds:
            os.close(fd)
        if self.state(self.workspace) == "suspended":
            self.assertIn(stage, PARTS, "before that there is nothing that could be resumed")
            self.resume()
        else:
            self.workspace = self.open(self.workspace)
            self.assertIn("not closed properly", self.workspace["recovered"])
        self.assertEqual(self.shell(f'test "$(cat ~/kept)" = "{stage}"'), 0)
        self.close(self.workspace)

    def test_daemon_killed(self):
        for stage in ("start", "post-dump", "post-restore", *PARTS):
            with self.subTest(stage=stage):
                self.kill(stage, "qemu-storage-da", "qemu-storage-daemon")

    def test_keeper_killed(self):
        for stage in ("start", "post-dump", "post-restore", *PARTS):
            with self.subTest(stage=stage):
                self.kill(stage, "vault-keeper", "domicile-vault-keeper")


if __name__ == "__main__":
    share_mounts()
    unittest.main(verbosity=2)
