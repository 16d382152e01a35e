# SPDX-License-Identifier: GPL-2.0-or-later
"""Favourites, recent apps, and which app opens what: all of it travels with the workspace."""

import json
import os
import unittest

from stack import AgentTest, in_modes

ENTRY = """mkdir -p ~/.local/share/applications && cat > ~/.local/share/applications/{id}.desktop <<'END'
[Desktop Entry]
Type=Application
Name={name}
MimeType={types}
Exec={command}
END"""
TYPE = "application/x-domicile-test"


@in_modes
class Launchpad(AgentTest):
    def setUp(self):
        super().setUp()
        self.workspace = self.created_and_open()
        for app in ("first", "second"):
            self.write_entry(app)

    def write_entry(self, app, types=TYPE + ";text/plain;", command="sleep 1000"):
        script = ENTRY.format(id=app, name="Test " + app, types=types, command=command)
        self.assertEqual(self.run_command(self.workspace, script), 0)

    def call(self, method, **params):
        return self.client.call(method, workspace=self.workspace["id"], **params)

    def app(self, name):
        return next(app for app in self.call("app.list")["apps"] if app["id"] == name + ".desktop")

    def handlers(self, **params):
        return [app["id"] for app in self.call("app.handlers", **params)["apps"]]

    def reopen(self):
        self.close(self.workspace)
        self.workspace = self.open(self.workspace)

    def test_favourites_stay(self):
        self.assertFalse(self.app("second")["favourite"])
        self.assertTrue(self.call("app.set", app="second", favourite=True)["favourite"])
        self.client.wait_event("app", lambda data: data.get("id") == "second.desktop" and data["app"]["favourite"])
        self.stack.kill_agent()  # what was answered is kept
        self.stack.start()
        self.reconnect()
        self.workspace = self.open(self.workspace)
        self.assertTrue(self.app("second")["favourite"])
        self.assertFalse(self.app("first")["favourite"])
        self.assertFalse(self.call("app.set", app="second.desktop", favourite=False)["favourite"])
        self.reopen()
        self.assertFalse(self.app("second")["favourite"])
        self.assert_rpc_error(1, "app.set", workspace=self.workspace["id"], app="no-such-app", favourite=True)

    def test_recent_stays(self):
        self.assertNotIn("launched_us", self.app("first"))
        for app in ("first", "second"):
            self.call("app.launch", app=app)
        self.client.wait_event("app", lambda data: data.get("id") == "second.desktop" and "launched_us" in data["app"])
        self.assertLess(self.app("first")["launched_us"], self.app("second")["launched_us"])
        before = self.app("second")["launched_us"]
        self.reopen()
        self.assertEqual(self.app("second")["launched_us"], before)

    def test_order_holds_where_the_clock_is_behind(self):
        future = 4102444800000000  # 2100
        self.close(self.workspace)
        with open(os.path.join(self.workspace["path"], "state", "launchpad.json"), "w", encoding="utf-8") as file:
            json.dump({"format": 1, "favourites": ["gone.desktop"], "recent": [{"app": "second.desktop", "launched_us": future}]}, file)
        self.workspace = self.open(self.workspace)
        self.call("app.launch", app="first")
        self.assertGreater(self.app("first")["launched_us"], self.app("second")["launched_us"])

    def test_damaged_list_is_set_aside(self):
        self.call("app.set", app="first", favourite=True)
        self.close(self.workspace)
        path = os.path.join(self.workspace["path"], "state", "launchpad.json")
        for damage in ("{", "[]", '{"format": 9}', "\0" * 100):
            with open(path, "w", encoding="utf-8") as file:
                file.write(damage)
            self.workspace = self.open(self.workspace)
            self.assertFalse(self.app("first")["favourite"])
            self.assertTrue(os.path.exists(path + ".damaged"))
            self.close(self.workspace)
        self.workspace = self.open(self.workspace)

    def test_who_opens_what(self):
        self.assertEqual(self.handlers(type=TYPE), ["first.desktop", "second.desktop"])
        self.call("app.set_default", type=TYPE, app="second")
        self.assertEqual(self.handlers(type=TYPE), ["second.desktop", "first.desktop"])
        self.assertEqual(self.run_command(self.workspace, f"grep -q '^{TYPE}=second.desktop' ~/.config/mimeapps.list"), 0)
        self.assertEqual(self.run_command(self.workspace, "printf 'text\\n' > /tmp/notes.txt; mkdir /tmp/folder"), 0)
        found = self.call("app.handlers", file="/tmp/notes.txt")
        self.assertEqual(found["type"], "text/plain")
        self.assertLessEqual({"first.desktop", "second.desktop"}, {app["id"] for app in found["apps"]})
        self.assertEqual(self.call("app.handlers", file="/tmp/folder")["type"], "inode/directory")
        self.reopen()
        self.assertEqual(self.handlers(type=TYPE)[0], "second.desktop")
        self.call("app.set_default", type=TYPE)
        self.assertEqual(self.handlers(type=TYPE)[0], "first.desktop")

    def test_kinds_of_text_open_as_text(self):
        self.call("app.set_default", type="text/plain", app="second")
        self.assertIn("second.desktop", self.handlers(type="text/x-python"))

    def test_taken_away_by_the_user(self):
        self.assertEqual(self.run_command(self.workspace, "mkdir -p ~/.config && printf "
                                          f"'[Removed Associations]\\n{TYPE}=first.desktop;\\n' > ~/.config/mimeapps.list"), 0)
        self.assertEqual(self.handlers(type=TYPE), ["second.desktop"])

    def test_open_starts_the_default(self):
        self.write_entry("third", command='sh -c "cp \\\\"\\\\$1\\\\" /tmp/copied; sleep 1000" sh %f')
        self.call("app.set_default", type=TYPE, app="third")
        self.call("app.set_default", type="text/plain", app="third")
        self.assertEqual(self.run_command(self.workspace, "echo hello > '/tmp/한글 name.txt'"), 0)
        started = self.call("app.open", file="/tmp/한글 name.txt")
        self.assertEqual(started["app"], "third.desktop")
        self.assertEqual(self.run_command(self.workspace, "until test -s /tmp/copied; do sleep 0.05; done; "
                                                          'test "$(cat /tmp/copied)" = hello'), 0)
        self.assertEqual(self.app("third")["running"], [started["pid"]])

    def test_refused(self):
        for code, method, params in (
                (-32602, "app.handlers", {}), (-32602, "app.handlers", dict(type="text")), (-32602, "app.handlers", dict(type="a/b/c")),
                (-32602, "app.handlers", dict(type=TYPE, file="/tmp")), (-32602, "app.handlers", dict(file="relative")),
                (1, "app.handlers", dict(file="/no/such/file")), (1, "app.open", dict(file="/no/such/file")),
                (1, "app.open", dict(file="x-nobody-knows://1")), (1, "app.set_default", dict(type=TYPE, app="no-such-app")),
                (-32602, "app.set_default", dict(type="[x]/y\n", app="first"))):
            with self.subTest(method=method, params=params):
                self.assert_rpc_error(code, method, workspace=self.workspace["id"], **params)

    def test_choice_is_not_written_through_links(self):
        """A workspace whose .config leads out of it: nothing outside is touched."""
        outside = os.path.join(self.stack.media, "outside")
        os.mkdir(outside)
        self.assertEqual(self.run_command(self.workspace, f"rm -rf ~/.config; ln -s {outside} ~/.config"), 0)
        self.assert_rpc_error(9, "app.set_default", workspace=self.workspace["id"], type=TYPE, app="first")
        self.assertEqual(os.listdir(outside), [])
        self.assertEqual(self.run_command(self.workspace, "rm ~/.config; mkdir ~/.config; mkfifo ~/.config/mimeapps.list"), 0)
        self.assert_rpc_error(9, "app.set_default", workspace=self.workspace["id"], type=TYPE, app="first")
        self.assertEqual(self.handlers(type=TYPE), ["first.desktop", "second.desktop"])


if __name__ == "__main__":
    unittest.main()
