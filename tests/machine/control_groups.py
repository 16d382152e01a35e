# SPDX-License-Identifier: GPL-2.0-or-later
"""Budgets of apps by control groups of version 2, which the agent's unit is delegated."""

import os
import sys

from units import UnitsTest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "osvirt", "agent"))
from test_guard import FORK_BOMB, MEMORY_GRAB, MEMORY_KIB, PERCENT, POLICY, PROCESSES  # noqa: E402

UNIT = "/sys/fs/cgroup/user.slice/user-1000.slice/user@1000.service/app.slice/domicile-agent.service"


class Groups:
    """What is looked at of them from outside."""

    def launch(self, script):
        argv = ["/usr/bin/python3", "-c", script]
        return self.call("app.launch", workspace=self.workspace, argv=argv, label="kept")["pid"]

    def group_of(self, pid):
        """The control group of a program, as the kernel says."""
        processes = self.call("process.list", workspace=self.workspace)["processes"]
        host_pid = next(one["host_pid"] for one in processes if one["pid"] == pid)
        return "/sys/fs/cgroup" + self.sh(f"sed -n s/^0:://p /proc/{host_pid}/cgroup").strip()

    def read(self, group, file):
        return self.sh(f"cat {group}/{file}").strip()

    def check_told(self, pid):
        """The kernel knows the budget of a program; its group."""
        group = self.group_of(pid)
        self.assertTrue(group.startswith(UNIT + "/"), group)
        self.assertEqual(self.read(group, "memory.max"), str(MEMORY_KIB * 1024))
        self.assertEqual(self.read(group, "cpu.max"), f"{PERCENT * 1000} 100000")
        self.assertEqual(self.read(group, "pids.max"), str(PROCESSES))
        return group

    def until_empty(self):
        self.until(f"test -z \"$(ls -d {UNIT}/domicile-*/*/ | grep -v /agent/)\"")


class ControlGroups(Groups):
    """With the helper or without it."""

    def setUp(self):
        self.start(self.helper)
        self.call("policy.load", policy=POLICY)
        self.workspace = self.create_and_open("~/groups.domicile", "none")
        self.addCleanup(self.sh, "rm -rf ~/groups.domicile", user="ann")

    def until_logged(self, words):
        return self.until(f"grep -a '{words}' ~/groups.domicile/log/python3.log", user="ann")

    def test_budgets(self):
        self.assertEqual(self.call("guard.get")["backend"], "cgroup2")
        with self.subTest("the kernel is told"):
            group = self.check_told(pid := self.launch("while True: pass"))
        with self.subTest("processor time is held"):
            self.until(f"test $(sed -n 's/^nr_throttled //p' {group}/cpu.stat) -gt 3")
            usage = next(one for one in self.call("guard.get")["apps"] if one["pid"] == pid)
            self.assertGreater(usage["cpu"]["throttled"], 3)
            self.assertEqual(usage["processes"], {"budget": PROCESSES, "used": 1, "throttled": 0})
        with self.subTest("a fork bomb ends at its budget"):
            self.launch(FORK_BOMB)
            refused = self.until_logged("refused after")
            self.assertLess(int(refused.split()[2]), PROCESSES)
        with self.subTest("a memory grab ends at its budget"):
            self.launch(MEMORY_GRAB)
            self.until(f"test $(cat {UNIT}/domicile-*/*/memory.events {UNIT}/memory.events | sed -n 's/^oom_kill //p' | sort -n | tail -n 1) -gt 0")
            self.sh("grep -a held ~/groups.domicile/log/python3.log", user="ann", code=1)
        with self.subTest("nothing stays"):
            self.assertEqual(self.call("guard.get")["backend"], "cgroup2")
            self.assertIn("nothing of it runs on this host", self.ctl("workspace close groups"))
            self.until_empty()
            self.sh("systemctl --user stop domicile-agent", user="ann")
            self.sh(f"test ! -e {UNIT}")


class ControlGroupsReduced(ControlGroups, UnitsTest):
    """An agent of its own: what it starts is below it."""
    helper = False


class ControlGroupsWithHelper(ControlGroups, UnitsTest):
    """The helper starts the workspace, and puts it where the agent is."""
    helper = True
