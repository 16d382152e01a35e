# SPDX-License-Identifier: GPL-2.0-or-later
"""The resource guard of apps: attacks that end at the budget, and a battery that runs down."""

import copy
import os
import select
import subprocess
import sys
import unittest

from stack import AgentTest, RpcError, in_modes

MEMORY_KIB, PROCESSES, PERCENT = 96 * 1024, 24, 20
POLICY = {
    "format": 1, "models": ["te", "guard"],
    "te": {"types": ["user_t", "app_t", "program_t"],
           "allow": [{"source": "user_t", "target": "program_t", "class": "app", "permissions": ["list", "launch", "stop"]}]},
    "guard": {"defaults": {}, "subjects": {"kept": {"memory_kib": MEMORY_KIB, "cpu_percent": PERCENT, "processes": PROCESSES}}},
    "labels": {"subjects": {"workspace-user": {"type": "user_t"}, "plain": {"type": "app_t"}, "kept": {"type": "app_t"}},
               "objects": {"host-app": {"type": "program_t"}}},
    "contexts": {"apps": {"*": "plain"}}}
# Forks until it is refused, says how far it came, and waits with all of them.
FORK_BOMB = """
import os, signal, sys, time
count = 0
try:
    while count < 500:
        if os.fork() == 0:
            signal.pause()
        count += 1
except OSError as error:
    print("refused after", count, error, flush=True)
else:
    print("not refused", flush=True)
os.kill(0, signal.SIGKILL)
"""
MEMORY_GRAB = """
held = []
for step in range(40):
    held.append(bytearray(b"x") * (8 << 20))
print("held", len(held) * 8, "MiB", flush=True)
"""
# For three seconds at least, and until it is told to stop.
SPIN = """
import os, time
start, before = time.monotonic(), time.process_time()
while time.monotonic() < start + 3 or not os.path.exists("/tmp/stop"): pass
print("used", (time.process_time() - before) / (time.monotonic() - start), flush=True)
"""


class WithGuard(AgentTest):
    def setUp(self):
        super().setUp()
        self.workspace = self.created_and_open()
        self.client.call("policy.load", policy=POLICY)

    def start(self, label, script):
        return self.client.call("app.launch", workspace=self.workspace["id"], argv=["/usr/bin/python3", "-c", script], label=label)["pid"]

    def end_of(self, pid):
        end = self.client.wait_event("process", lambda data: data["change"] == "gone" and data["pid"] == pid)
        return end.get("status", -end.get("signal", 0))

    def log(self):
        with open(os.path.join(self.folder(), "log", "python3.log"), encoding="utf-8") as log:
            return log.read()

    def guard(self):
        return self.client.call("guard.get")

    def usage(self, pid):
        return next(app for app in self.guard()["apps"] if app["pid"] == pid)


@in_modes
class Attacks(WithGuard):
    def test_fork_bomb(self):
        self.end_of(self.start("kept", FORK_BOMB))
        self.assertIn("refused after", self.log())
        count = int(self.log().split("refused after")[1].split()[0])
        self.assertLess(count, PROCESSES)
        # Whoever has no budget forks on.
        self.end_of(self.start("plain", FORK_BOMB.replace("500", "60")))
        self.assertIn("not refused", self.log())

    def test_memory_grab(self):
        self.assertNotEqual(self.end_of(self.start("kept", MEMORY_GRAB)), 0)
        self.assertNotIn("held", self.log())
        self.assertEqual(self.end_of(self.start("plain", MEMORY_GRAB)), 0)
        self.assertIn("held 320 MiB", self.log())

    def test_processor(self):
        if self.guard()["backend"] == "rlimit":
            self.skipTest("no control groups for this user: processor time is not limited")
        pid = self.start("kept", SPIN)
        self.until(lambda: self.usage(pid)["cpu"]["throttled"] > 3)
        self.assertEqual(self.usage(pid)["cpu"]["budget"], PERCENT * self.guard()["share_percent"] // 100)
        self.assertEqual(self.usage(pid)["memory"]["budget"], MEMORY_KIB)
        self.launch(self.workspace, "touch", "/tmp/stop")
        self.assertEqual(self.end_of(pid), 0)
        used = float(self.log().split("used")[1])
        self.assertLess(used, PERCENT / 100 * 2, "a fifth of a processor")
        self.until(lambda: not self.guard()["apps"])

    def groups(self, agent):
        """The control groups of an agent, wherever they are."""
        name = f"domicile-{agent}"
        return [folder for folder, _, _ in os.walk("/sys/fs/cgroup") if name in folder.split("/")]

    def test_killed(self):
        """The groups that a killed agent has left are gone when the next has started."""
        if self.guard()["backend"] == "rlimit":
            self.skipTest("no control groups for this user")
        pid = self.start("kept", "import time; time.sleep(1000)")
        host_pid = next(one["host_pid"] for one in self.processes(self.workspace) if one["pid"] == pid)
        process = os.pidfd_open(host_pid)
        self.addCleanup(os.close, process)
        agent = self.stack.agent.pid
        self.assertTrue(self.groups(agent))
        self.stack.kill_agent()
        self.assertTrue(select.select([process], [], [], 60)[0], "the app has outlived its agent")
        self.until(lambda: not any(self.members(folder) for folder in self.groups(agent)))
        self.stack.start()
        self.reconnect()
        self.assertEqual(self.groups(agent), [])

    @staticmethod
    def members(folder):
        try:
            with open(os.path.join(folder, "cgroup.procs"), encoding="utf-8") as file:
                return file.read().split()
        except OSError:
            return []

    def test_budget_follows_the_policy(self):
        if self.guard()["backend"] == "rlimit":
            self.skipTest("no control groups for this user: what runs keeps its limits")
        pid = self.start("kept", "import time; time.sleep(1000)")
        policy = copy.deepcopy(POLICY)
        policy["guard"]["subjects"]["kept"]["processes"] = 5
        self.client.call("policy.load", policy=policy)
        self.assertEqual(self.usage(pid)["processes"], {"budget": 5, "used": 1, "throttled": 0})

    def test_budget_is_set_for_what_runs(self):
        pid = self.start("kept", "import time; time.sleep(1000)")
        with self.assertRaises(RpcError) as caught:
            self.client.call("guard.set", workspace=self.workspace["id"], pid=4711, processes=5)
        self.assertEqual(caught.exception.data["kind"], "unsupported" if self.guard()["backend"] == "rlimit" else "not-found")
        if self.guard()["backend"] == "rlimit":
            self.skipTest("no control groups for this user: what runs keeps its limits")
        answer = self.client.call("guard.set", workspace=self.workspace["id"], pid=pid, processes=5, memory=None)
        self.assertEqual(answer["processes"]["budget"], 5)
        self.assertNotIn("budget", answer["memory"])
        self.assertEqual(self.usage(pid)["cpu"]["budget"], PERCENT * self.guard()["share_percent"] // 100)
        # A load is what the label has, again.
        self.client.call("policy.load", policy=POLICY)
        self.assertEqual(self.usage(pid)["processes"]["budget"], PROCESSES)


class Battery(WithGuard):
    """The budget of processor time falls with the battery, and comes back."""
    helper, uid = os.geteuid() == 0, 0

    def setUp(self):
        script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "upower.py")
        self.battery = subprocess.Popen([sys.executable, script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        os.environ["DBUS_SYSTEM_BUS_ADDRESS"] = self.battery.stdout.readline().strip()
        self.addCleanup(self.end_battery)
        super().setUp()

    def end_battery(self):
        os.environ.pop("DBUS_SYSTEM_BUS_ADDRESS")
        self.battery.communicate(timeout=60)

    def set_battery(self, percent, state):
        self.battery.stdin.write(f"{percent} {state}\n")
        self.battery.stdin.flush()
        self.assertEqual(self.battery.stdout.readline(), "ok\n")

    def test_discharge(self):
        self.until(lambda: self.guard()["battery"]["present"])
        pid = self.start("kept", "import time; time.sleep(1000)")
        before = self.guard()
        if before["share_percent"] != 100:
            self.skipTest("the host is under pressure by others")
        for percent, state, share in ((50, 2, 100), (20, 2, 50), (23, 2, 50), (9, 2, 25), (14, 2, 25), (16, 2, 50), (26, 2, 100), (5, 1, 100)):
            self.set_battery(percent, state)
            self.until(lambda wanted=(percent, share): (self.guard()["battery"]["percent"], self.guard()["share_percent"]) == wanted)
            if before["backend"] != "rlimit":
                self.assertEqual(self.usage(pid)["cpu"]["budget"], PERCENT * share // 100)


if __name__ == "__main__":
    unittest.main()
