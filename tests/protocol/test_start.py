#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""./start --headless: what it prints, what it refuses, and that nothing outlives it."""

import glob
import os
import signal
import subprocess
import time
import unittest

import support
from support import ROOT, START_SECONDS, Stack

ORDINARY_UID = 12345


def processes_mentioning(directory):
    """Processes with a path below the directory among their arguments."""
    found = {}
    for path in glob.glob("/proc/[0-9]*/cmdline"):
        try:
            with open(path, "rb") as file:
                words = file.read()
        except OSError:
            continue
        pid = int(path.split("/")[2])
        if os.fsencode(directory) in words and pid != os.getpid():
            found[pid] = words.replace(b"\0", b" ").decode(errors="replace")
    return found


def mounts_below(directory):
    with open("/proc/self/mountinfo", encoding="utf-8") as file:
        return [line for line in file if directory in line]


def wait_until(condition, seconds):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


class Start(unittest.TestCase):
    """Each test has a stack of its own."""

    def setUp(self):
        self.stack = Stack()
        self.addCleanup(self.stack.end)

    def assert_nothing_left(self):
        left = lambda: processes_mentioning(self.stack.directory)
        self.assertTrue(wait_until(lambda: not left(), 60), left())
        self.assertEqual(mounts_below(self.stack.directory), [])

    def test_json_line_and_orderly_end(self):
        self.stack.start()
        self.assertEqual(set(self.stack.paths) & {"control", "agent", "state_dir", "pid"},
                         {"control", "agent", "state_dir", "pid"})
        self.assertEqual(self.stack.paths["pid"], self.stack.process.pid)
        self.assertEqual(self.stack.paths["state_dir"], self.stack.state)
        for endpoint in ("control", "agent"):
            with self.stack.connect(endpoint) as client:
                self.assertEqual(client.call("server.info")["endpoint"], endpoint)
        self.stack.process.send_signal(signal.SIGTERM)
        rest, _ = self.stack.process.communicate(timeout=60)
        self.assertEqual(rest, b"", "stdout holds the JSON line and nothing else")
        self.assertEqual(self.stack.process.returncode, 0)
        for endpoint in ("control", "agent"):
            self.assertFalse(os.path.exists(self.stack.paths[endpoint]))
        self.assertFalse(os.path.exists(self.stack.environment["DOMICILE_RUNTIME_DIR"]))
        self.assertTrue(os.path.isdir(self.stack.state))
        self.assert_nothing_left()

    def test_end_with_an_open_workspace(self):
        self.stack.start()
        with self.stack.connect("agent") as client:
            demo = next(w["id"] for w in client.call("workspace.list")["workspaces"] if w["name"] == "Demo")
            job = client.finish("workspace.open", id=demo, user="demo", passphrase="demo", display="none")
            self.assertEqual(job["state"], "done", job)
            client.call("app.launch", workspace=demo, argv=["sh", "-c", "echo kept > $HOME/note; sleep 1000"])
            host_pids = [p["host_pid"] for p in client.call("process.list", workspace=demo)["processes"]]
        self.assertTrue(host_pids)
        self.assertEqual(self.stack.stop(signal.SIGINT), 0)
        self.assert_nothing_left()
        self.assertTrue(wait_until(lambda: not any(os.path.exists(f"/proc/{pid}") for pid in host_pids), 60))

    def test_state_is_kept(self):
        self.stack.start()
        with self.stack.connect("agent") as client:
            first = [w["id"] for w in client.call("workspace.list")["workspaces"]]
        self.assertEqual(self.stack.stop(), 0)
        self.stack.start()
        with self.stack.connect("agent") as client:
            self.assertEqual([w["id"] for w in client.call("workspace.list")["workspaces"]], first)

    def test_second_start_is_refused(self):
        self.stack.start()
        second = subprocess.run(self.stack.command(), env=self.stack.environment, stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=60, check=False)
        self.assertNotEqual(second.returncode, 0)
        self.assertEqual(second.stdout, "")
        self.assertIn("already running", second.stderr)
        with self.stack.connect("control") as client:
            self.assertEqual(client.call("server.info")["endpoint"], "control")

    def test_killed_supervisor_leaves_nothing(self):
        self.stack.start()
        self.stack.process.kill()
        self.stack.process.wait()
        self.stack.process.stdout.close()
        self.assert_nothing_left()
        self.stack.start()
        with self.stack.connect("agent") as client:
            self.assertEqual(client.call("server.info")["endpoint"], "agent")

    def test_end_of_a_part_is_reported(self):
        self.stack.start()
        with self.stack.connect("agent") as client:
            os.kill(client.call("server.info")["pid"], signal.SIGKILL)
        self.assertEqual(self.stack.process.wait(60), 1)
        self.stack.process.stdout.close()
        with open(self.stack.errors, encoding="utf-8") as errors:
            self.assertIn("agent", errors.read())
        self.assert_nothing_left()

    @unittest.skipUnless(os.getuid() == 0, "only root can become someone else")
    def test_ordinary_user_without_helper(self):
        """Without root everything works but what the reduced mode leaves out, and it says so."""
        readable = subprocess.run(["test", "-x", os.path.join(support.BUILD, "app", "cli", "domicilectl")],
                                  user=ORDINARY_UID, group=ORDINARY_UID, extra_groups=[], check=False).returncode == 0
        if not readable:
            self.skipTest("the build tree lies where other users cannot read")
        self.stack.become(ORDINARY_UID)
        self.stack.start()
        # The sockets are that user's; root may connect as well.
        with self.stack.connect("control") as client:
            self.assertGreaterEqual(len(client.call("domain.list")["domains"]), 3)
        with self.stack.connect("agent") as client:
            self.assertIn("reduced", client.call("server.info")["capabilities"])
            demo = next(w["id"] for w in client.call("workspace.list")["workspaces"] if w["name"] == "Demo")
            check = client.call("workspace.check", id=demo)
            self.assertTrue(check["ready"], check)
            self.assertTrue([f for f in check["findings"] if not f["ok"] and f.get("hint")], "the missing helper is not told")
            job = client.finish("workspace.open", id=demo, user="demo", passphrase="demo", display="none")
            self.assertEqual(job["state"], "done", job)
            self.assertGreater(client.call("app.launch", workspace=demo, argv=["sleep", "100"])["pid"], 1)
        self.assertEqual(self.stack.stop(), 0)
        self.assert_nothing_left()

    def test_end_while_starting(self):
        self.stack.spawn()
        self.assertTrue(wait_until(lambda: os.path.exists(self.stack.environment["DOMICILE_RUNTIME_DIR"]), START_SECONDS))
        self.assertEqual(self.stack.stop(), 0)
        self.assert_nothing_left()


class Refusals(unittest.TestCase):
    """What ./start will not do, said in a sentence."""

    def run_start(self, *arguments, **environment):
        changed = {k: v for k, v in dict(os.environ, **environment).items() if v is not None}
        return subprocess.run([os.path.join(ROOT, "start"), "--no-build", *arguments], env=changed,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              timeout=60, check=False)

    def test_no_display(self):
        result = self.run_start(DISPLAY=None, WAYLAND_DISPLAY=None)
        self.assertNotEqual(result.returncode, 0)
        self.assertIn("--headless", result.stderr)

    def test_help(self):
        result = self.run_start("--help")
        self.assertEqual(result.returncode, 0)
        for word in ("--headless", "--no-install", "--state-dir"):
            self.assertIn(word, result.stdout)

    def test_state_directory_that_is_a_file(self):
        result = self.run_start("--headless", "--state-dir", __file__)
        self.assertNotEqual(result.returncode, 0)
        self.assertIn(os.path.basename(__file__), result.stderr)

    def test_runtime_directory_too_long(self):
        result = self.run_start("--headless", "--state-dir", "/tmp/domicile-unused-" + str(os.getpid()),
                                DOMICILE_RUNTIME_DIR="/tmp/" + "x" * 120)
        self.addCleanup(subprocess.run, ["rm", "-rf", "/tmp/domicile-unused-" + str(os.getpid())], check=True)
        self.assertNotEqual(result.returncode, 0)
        self.assertIn("too long", result.stderr)


if __name__ == "__main__":
    support.main()
