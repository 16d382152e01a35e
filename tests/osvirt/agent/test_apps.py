# SPDX-License-Identifier: GPL-2.0-or-later
"""Apps and processes of an open workspace."""

import os
import select
import time
import unittest

from stack import AgentTest, in_modes, wait_gone

DESKTOP = """mkdir -p ~/.local/share/applications && cat > ~/.local/share/applications/{id}.desktop <<'END'
[Desktop Entry]
Type=Application
Name={name}
Name[ko]=시험
Comment=For a test
Categories=Utility;
Exec={command}
END"""


@in_modes
class Apps(AgentTest):
    def setUp(self):
        super().setUp()
        self.workspace = self.created_and_open()

    def install(self, app, command, name="Test app"):
        script = DESKTOP.format(id=app, name=name, command=command)
        self.assertEqual(self.run_command(self.workspace, script), 0)
        return app + ".desktop"

    def apps(self):
        return {app["id"]: app for app in self.client.call("app.list", workspace=self.workspace["id"])["apps"]}

    def launch_app(self, app, **params):
        return self.client.call("app.launch", workspace=self.workspace["id"], app=app, **params)["pid"]

    def stop(self, **params):
        return self.client.call("app.stop", workspace=self.workspace["id"], **params)["pids"]

    def commands(self):
        return sorted(" ".join(process["argv"]) for process in self.processes(self.workspace))

    def assert_becomes(self, wanted, look, seconds=60):
        """Checks that what `look` sees becomes `wanted`; programs need a moment to start one another."""
        deadline = time.monotonic() + seconds
        while (seen := look()) != wanted and time.monotonic() < deadline:
            select.select([], [], [], 0.05)
        self.assertEqual(seen, wanted)

    def test_own_app(self):
        self.assertNotIn("own.desktop", self.apps())
        app = self.install("own", "sleep 1000")
        self.client.wait_event("app", lambda data: data["change"] == "reset" and data["workspace"] == self.workspace["id"])
        found = self.apps()[app]
        self.assertEqual((found["name"], found["summary"], found["categories"]), ("Test app", "For a test", ["Utility"]))
        self.assertEqual((found["source"], found["running"]), ("host", []))
        pid = self.launch_app(app)
        self.assertEqual(self.apps()[app]["running"], [pid])
        self.assertEqual([process["app"] for process in self.processes(self.workspace)], [app])
        self.client.wait_event("app", lambda data: data.get("id") == app and data["app"]["running"] == [pid])
        self.assertEqual(self.stop(app=app), [pid])
        self.assertEqual(self.apps()[app]["running"], [])
        self.client.wait_event("app", lambda data: data.get("id") == app and data["app"]["running"] == [])
        self.assertEqual(self.run_command(self.workspace, "rm ~/.local/share/applications/own.desktop"), 0)
        self.client.wait_event("app", lambda data: data["change"] == "reset")
        self.assertNotIn(app, self.apps())
        self.assertEqual(self.run_command(self.workspace, "mkdir -p /usr/local/share/applications && cd /usr/local/share/applications && "
                                          "printf '[Desktop Entry]\\nType=Application\\nName=All\\nExec=sleep 1\\n' > all.desktop"), 0)
        self.client.wait_event("app", lambda data: data["change"] == "reset")
        self.assertIn("all.desktop", self.apps())

    def test_host_apps_are_seen(self):
        installed = [name for name in os.listdir("/usr/share/applications") if name == "debian-xterm.desktop"]
        if not installed:
            self.skipTest("this host has no xterm")
        self.assertIn("debian-xterm.desktop", self.apps())

    def test_files(self):
        app = self.install("opens", 'sh -c "cp \\\\"\\\\$1\\\\" /tmp/copied; sleep 1000" sh %f')
        self.assertEqual(self.run_command(self.workspace, "echo hello > '/a file'"), 0)
        self.launch_app(app, files=["/a file"])
        self.assertEqual(self.run_command(self.workspace, "until test -s /tmp/copied; do sleep 0.05; done; "
                                                          'test "$(cat /tmp/copied)" = hello'), 0)

    def test_process_list_is_exact(self):
        self.launch(self.workspace, "/bin/sh", "-c", "sleep 1001 & sleep 1002 & (setsid sleep 1003 &) ; wait")
        self.assert_becomes(["/bin/sh -c sleep 1001 & sleep 1002 & (setsid sleep 1003 &) ; wait",
                             "sleep 1001", "sleep 1002", "sleep 1003"], self.commands)
        for process in self.processes(self.workspace):
            with open(f"/proc/{process['host_pid']}/status", encoding="utf-8") as status:
                inside = next(line for line in status if line.startswith("NSpid")).split()[-1]
            self.assertEqual(int(inside), process["pid"])

    def test_children_belong_to_app(self):
        app = self.install("family", 'sh -c "sleep 1001 & setsid sleep 1002 & wait"')
        pid = self.launch_app(app)
        self.assert_becomes(["sh -c sleep 1001 & setsid sleep 1002 & wait", "sleep 1001", "sleep 1002"], self.commands)
        self.assertEqual([process.get("app") for process in self.processes(self.workspace)], [app] * 3)
        self.assertEqual(self.apps()[app]["running"], [pid])
        fds = self.pidfds(self.workspace)
        self.assertEqual(len(self.stop(app=app)), 3)
        self.assertEqual(wait_gone(fds), [])

    def test_app_lives_on_in_its_children(self):
        app = self.install("forks", 'sh -c "sleep 1001 &"')
        pid = self.launch_app(app)
        self.client.wait_event("process", lambda data: data["change"] == "gone" and data["pid"] == pid)
        running = self.apps()[app]["running"]
        self.assertEqual(len(running), 1, self.processes(self.workspace))
        self.assertNotEqual(running, [pid])
        self.assertEqual(self.run_command(self.workspace, f"kill {running[0]}"), 0)
        self.client.wait_event("app", lambda data: data.get("id") == app and data["app"]["running"] == [])

    def test_stubborn_process_is_killed(self):
        pid = self.launch(self.workspace, "/bin/sh", "-c", 'trap "" TERM; echo up > /tmp/up; while :; do sleep 1; done')
        self.assertEqual(self.run_command(self.workspace, "until test -s /tmp/up; do sleep 0.05; done"), 0)
        begun = time.monotonic()
        self.assertIn(pid, self.stop(pid=pid))
        self.assertGreaterEqual(time.monotonic() - begun, 4.5)
        end = self.client.wait_event("process", lambda data: data["change"] == "gone" and data["pid"] == pid)
        self.assertEqual(end["signal"], 9)
        self.assertEqual(self.commands(), [])

    def test_terminal_can_change_to_its_user(self):
        """What a terminal does before it starts a shell, as xterm."""
        script = "import os, pty; os.setgroups([0]); os.setgid(0); os.setuid(0); exit(pty.spawn(['/bin/sh', '-c', 'tty']))"
        self.assertEqual(self.run_command(self.workspace, f'/usr/bin/python3 -c "{script}"'), 0)

    def test_exit_is_told(self):
        self.assertEqual(self.run_command(self.workspace, "exit 7"), 7)
        self.assertEqual(self.run_command(self.workspace, "kill -9 $$"), -9)

    def output(self, app, **params):
        return self.client.call("app.output", workspace=self.workspace["id"], app=app, **params)

    def test_output(self):
        """In pieces, and whatever a program puts in its place."""
        self.assert_rpc_error(1, "app.output", workspace=self.workspace["id"], app="sh")
        self.assertEqual(self.run_command(self.workspace, "echo 하나; echo two >&2; head -c 99999 /dev/zero | tr '\\0' x; printf '\\355'"), 0)
        whole, piece = "", self.output("sh")
        while piece["text"]:
            whole, piece = whole + piece["text"], self.output("sh", **{"from": piece["next"]})
        self.assertEqual(whole, "하나\ntwo\n" + 99999 * "x", "a character that is half written waits for the rest")
        self.assertEqual(self.output("sh", **{"from": -3}), {"text": "xx", "from": piece["next"] - 2, "next": piece["next"]})
        self.assertEqual(self.output("sh", **{"from": 1 << 40})["from"], 0)
        self.assert_rpc_error(1, "app.output", workspace=self.workspace["id"], app="../log/sh")
        log = os.path.join(self.workspace["path"], "log", "sh.log")
        if os.path.exists(log):
            os.unlink(log)
            os.symlink("/etc/passwd", log)
            self.assert_rpc_error(9, "app.output", workspace=self.workspace["id"], app="sh")
            os.unlink(log)
            os.mkfifo(log)
            self.assert_rpc_error(1, "app.output", workspace=self.workspace["id"], app="sh")

    def test_refused(self):
        work = self.workspace["id"]
        error = self.assert_rpc_error(1, "app.launch", workspace=work, argv=["no-such-program-at-all"])
        self.assertIn("no-such-program-at-all", error.message)
        self.assert_rpc_error(4, "app.launch", workspace=work, argv=["/etc/passwd"])
        self.assert_rpc_error(1, "app.launch", workspace=work, app="no-such-app")
        self.assert_rpc_error(-32602, "app.launch", workspace=work)
        self.assert_rpc_error(-32602, "app.launch", workspace=work, argv=["true"], app="x")
        self.assert_rpc_error(-32602, "app.launch", workspace=work, argv=[])
        self.assert_rpc_error(1, "app.stop", workspace=work, pid=99999)
        self.assert_rpc_error(1, "app.stop", workspace=work, app="no-such-app")
        broken = self.install("broken", "true %z")
        self.assert_rpc_error(7, "app.launch", workspace=work, app=broken)

    def test_own_icon_is_lent_to_the_host(self):
        app = self.install("pictured", "true\nIcon=own-picture")
        self.assertEqual(self.run_command(
            self.workspace, "mkdir -p ~/.local/share/icons/hicolor/scalable/apps && "
                            "printf %s '<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"9\" height=\"9\"/>' "
                            "> ~/.local/share/icons/hicolor/scalable/apps/own-picture.svg"), 0)
        path = self.apps()[app]["icon_path"]
        with open(path, "rb") as icon:
            self.assertEqual(icon.read(24)[:8], b"\x89PNG\r\n\x1a\n")
        self.assertEqual(os.stat(path).st_mode & 0o077, 0)
        self.close(self.workspace)
        self.assertFalse(os.path.exists(path))

    def test_policy_decides(self):
        app = self.install("game", "sleep 1000")
        policy = self.client.call("policy.get")["policy"]
        policy["labels"]["objects"]["app:" + app] = dict(policy["labels"]["objects"]["blocked-app"])
        self.client.call("policy.load", policy=policy)
        error = self.assert_rpc_error(4, "app.launch", workspace=self.workspace["id"], app=app)
        self.assertTrue(error.data["models"])
        self.assertEqual(self.commands(), [])
        self.assertEqual(self.apps()[app]["label"], "app:" + app)
        record = self.client.call("audit.list")["records"][-1]
        self.assertEqual((record["class"], record["permission"], record["allowed"]), ("app", "launch", False))

    def test_twenty_at_once(self):
        for number in range(20):
            self.client.send({"jsonrpc": "2.0", "id": f"n{number}", "method": "app.launch",
                              "params": {"workspace": self.workspace["id"], "argv": ["sleep", str(2000 + number)]}})
        answers = [self.client.answer() for _ in range(20)]
        pids = sorted(answer["result"]["pid"] for answer in answers)
        self.assertEqual(len(set(pids)), 20)
        self.assertEqual([process["pid"] for process in self.processes(self.workspace)], pids)
        fds = self.pidfds(self.workspace)
        self.close(self.workspace)
        self.assertEqual(wait_gone(fds), [])

    def test_output_goes_to_a_log(self):
        app = self.install("talks", 'sh -c "echo spoken; echo loud >&2"')
        pid = self.launch_app(app)
        self.client.wait_event("process", lambda data: data["change"] == "gone" and data["pid"] == pid)
        with open(os.path.join(self.workspace["path"], "log", app + ".log"), encoding="utf-8") as log:
            self.assertEqual(log.read(), "spoken\nloud\n")


if __name__ == "__main__":
    unittest.main()
