# SPDX-License-Identifier: GPL-2.0-or-later
"""What apps of a workspace may ask of the desktop of the host, and what they may not."""

import glob
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import time
import unittest

from stack import SECONDS, USER_ID, AgentTest, as_user, wait_gone
from test_suspend import Suspend

NOTIFICATIONS = "org.freedesktop.Notifications"
PORTAL = "org.freedesktop.portal"
CALL = "timeout 60 gdbus call --session --dest {} --object-path {} --method {} {} >$HOME/answer 2>&1"


def notifications(method, *arguments):
    return CALL.format(NOTIFICATIONS, "/org/freedesktop/Notifications", f"{NOTIFICATIONS}.{method}", " ".join(arguments))


def portal(method, *arguments):
    return CALL.format(f"{PORTAL}.Desktop", "/org/freedesktop/portal/desktop", f"{PORTAL}.{method}", " ".join(arguments))

# Any GTK program that has a file chosen; what has been chosen is in ~/chosen.
CHOOSER = """
import os, gi
gi.require_version("Gtk", "3.0")
from gi.repository import Gtk
dialog = Gtk.FileChooserNative.new("Choose one", None, Gtk.FileChooserAction.OPEN, None, None)
if dialog.run() == Gtk.ResponseType.ACCEPT:
    open(os.path.expanduser("~/chosen"), "w").write(dialog.get_filename())
"""
WINDOW = "xdotool search --onlyvisible --name '^Choose one$'"
TURN = "n=0; until {}; do n=$((n+1)); test $n -lt 600 || exit 9; sleep 0.1; done"
# A key that comes before the window listens is lost: so again until there is an answer, or no window any more.
CHOOSE = TURN.format('test -s ~/chosen || { w=$(' + WINDOW + ' | tail -n 1); test -n "$w" && xdotool windowactivate --sync $w && '
                     'xdotool key --clearmodifiers ctrl+l ctrl+a && xdotool type --clearmodifiers "$HOME/mine" && sleep 0.2 && '
                     'xdotool key --clearmodifiers Return && sleep 1; false; }')
HAS_CHOOSER = shutil.which("xdotool") and os.path.exists("/usr/share/dbus-1/services/org.freedesktop.impl.portal.desktop.gtk.service")


class Host:
    """The host's desktop, in a process of its own; see host_desktop.py."""

    def __init__(self):
        script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "host_desktop.py")
        self.process = subprocess.Popen([sys.executable, script], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.rest, self.calls = b"", []
        self.address = self.line().decode()

    def line(self):
        deadline = time.monotonic() + SECONDS
        while b"\n" not in self.rest:
            if not select.select([self.process.stdout], [], [], max(0, deadline - time.monotonic()))[0]:
                raise TimeoutError(f"the host's desktop says nothing; before: {self.calls}")
            data = os.read(self.process.stdout.fileno(), 65536)
            if not data:
                raise EOFError("the host's desktop has ended")
            self.rest += data
        line, self.rest = self.rest.split(b"\n", 1)
        return line

    def call(self, method):
        """The arguments of the next call of that method."""
        while True:
            self.calls.append(json.loads(self.line()))
            if self.calls[-1][1] == method:
                return self.calls[-1][2]

    def end(self):
        self.process.communicate(timeout=SECONDS)


@unittest.skipUnless(shutil.which("xdg-dbus-proxy") and shutil.which("gdbus") and shutil.which("notify-send"),
                     "this host does not have xdg-dbus-proxy, gdbus and notify-send")
@as_user
class Portal(AgentTest):
    def setUp(self):
        self.host = Host()
        self.addCleanup(self.host.end)
        os.environ["DBUS_SESSION_BUS_ADDRESS"] = self.host.address
        self.addCleanup(os.environ.pop, "DBUS_SESSION_BUS_ADDRESS")
        super().setUp()

    def open_with(self, name="work", **settings):
        return self.open(self.create(name=name), settings={"session": "always", **settings})

    def assert_inside(self, workspace, script, works=True):
        self.assertEqual(self.run_command(workspace, script) == 0, works, script + "\n" + self.stack.logs())

    def outside(self, name):
        """Processes of the host that stand between the workspace and the desktop."""
        found = []
        for path in glob.glob("/proc/[0-9]*/cmdline"):
            try:
                with open(path, "rb") as file:
                    words = file.read().decode(errors="replace").split("\0")
            except OSError:
                continue
            if (words[0] == "domicile-portal" and words[1] == name) or (words[0] == "xdg-dbus-proxy" and self.stack.run in words[3]):
                found.append(os.pidfd_open(int(path.split("/")[2])))
                self.addCleanup(os.close, found[-1])
        return found

    def test_notifications(self):
        workspace = self.open_with("My desk")
        self.assert_inside(workspace, "timeout 60 notify-send -a Mail -i /etc/passwd -h string:sound-file:/etc/passwd "
                           "-h string:category:email News 'See <img src=\"/etc/passwd\"/> there'")
        app, replaces, icon, summary, body, _actions, hints, _timeout = self.host.call("Notify")
        self.assertEqual((app, replaces, icon, summary), ("Mail (My desk)", 0, "", "News"))
        self.assertNotIn("<img", body)
        self.assertEqual((hints.get("category"), hints.get("sound-file")), ("email", None))
        for width, reaches in ((2, True), (20000, False), (-2, False)):  # of two points
            picture = f"\"{{'image-data': <({width}, 1, {4 * width}, true, 8, 4, [byte 1, 2, 3, 4, 5, 6, 7, 8])>}}\""
            self.assert_inside(workspace, notifications("Notify", "Mail", "0", "''", "News", "''", "'[]'", picture, "--", "-1"))
            self.assertEqual("image-data" in self.host.call("Notify")[6], reaches)
        self.assert_inside(workspace, "test \"$(timeout 60 notify-send -A yes=Yes choose)\" = yes")
        self.assertEqual(self.host.call("Notify")[5], ["yes", "Yes"])
        self.assert_inside(workspace, notifications("GetCapabilities") + " && grep -q body-markup ~/answer && ! grep -q images ~/answer")
        # Of the host's own it can neither close nor replace one.
        self.assert_inside(workspace, notifications("CloseNotification", "7"), False)
        self.assert_inside(workspace, "timeout 60 notify-send -r 7 again")
        self.assertEqual(self.host.call("Notify")[1], 0)
        self.assertNotIn(["CloseNotification", [7]], [call[1:] for call in self.host.calls])
        between = self.outside("My desk")
        self.assertEqual(len(between), 2)
        # Killed, they come back.
        signal.pidfd_send_signal(between[0], signal.SIGKILL)
        self.assertEqual(wait_gone(between), [])
        self.until(lambda: len(self.outside("My desk")) == 2, "the portal comes back")
        self.assert_inside(workspace, "n=0; until timeout 60 notify-send back; do n=$((n+1)); test $n -lt 100 || exit 1; done")
        self.host.call("Notify")
        between = self.outside("My desk")
        self.close(workspace)
        self.assertEqual(wait_gone(between), [])
        self.assertGreater(self.host.call("CloseNotification")[0], 7)
        self.assertEqual(glob.glob(os.path.join(self.stack.run, "domicile-portal-*")), [])

    def test_a_flood_is_held_back(self):
        workspace = self.open_with()
        self.assert_inside(workspace, "for n in $(seq 20); do timeout 60 notify-send $n || exit 1; done")
        self.assert_inside(workspace, "timeout 60 notify-send one-more", False)
        self.close(workspace)

    def test_what_is_not_in_the_list(self):
        workspace = self.open_with(links=True)
        self.assert_inside(workspace, CALL.format("org.domicile.Private", "/", "org.domicile.Private.Ask", ""), False)
        self.assert_inside(workspace, portal("Screenshot.Screenshot", "''", "'{}'"), False)
        self.assert_inside(workspace, portal("Settings.Read", "org.example.private", "key"), False)
        self.assert_inside(workspace, portal("OpenURI.OpenURI", "''", "file:///etc/passwd", "'{}'"), False)
        self.assert_inside(workspace, "timeout 60 notify-send end")
        self.host.call("Notify")
        self.assertEqual([call for call in self.host.calls if not call[0].endswith("Notifications")], [])
        self.close(workspace)

    def test_appearance_and_links(self):
        workspace = self.open_with(links=True)
        self.assert_inside(workspace, portal("Settings.Read", "org.freedesktop.appearance", "color-scheme") + " && grep -q 'uint32 1' ~/answer")
        self.assert_inside(workspace, portal("Settings.ReadAll", "'[]'") + " && grep -q color-scheme ~/answer && ! grep -q treasure ~/answer")
        self.assert_inside(workspace, portal("OpenURI.OpenURI", "''", "https://example.org/", "'{\"handle_token\": <\"mine\">}'")
                           + " && grep -q '/request/.*/mine' ~/answer")
        _parent, uri, options = self.host.call("OpenURI")
        self.assertEqual((uri, options), ("https://example.org/", {"ask": True}))
        self.close(workspace)

    def test_switched_off(self):
        workspace = self.create()
        found = [one for one in self.client.call("workspace.check", id=workspace["id"])["findings"] if one["check"] == "desktop-services"]
        self.assertTrue(found[0]["ok"], found)
        self.assertEqual({name: workspace["settings"][name] for name in ("notifications", "appearance", "links")},
                         {"notifications": True, "appearance": True, "links": False})
        workspace = self.open(workspace, settings={"session": "always", "notifications": False})
        self.assert_inside(workspace, portal("OpenURI.OpenURI", "''", "https://example.org/", "'{}'"), False)
        self.assert_inside(workspace, "test $(gdbus call --session -d org.freedesktop.DBus -o / -m org.freedesktop.DBus.NameHasOwner "
                           + NOTIFICATIONS + ") = '(false,)'")
        self.close(workspace)

    def test_the_agent_is_killed(self):
        self.assert_inside(self.open_with("Killed"), "true")
        between = self.outside("Killed")
        self.assertEqual(len(between), 2)
        self.stack.kill_agent()
        self.assertEqual(wait_gone(between), [])


class Choosing:
    """Has a file of the workspace's chosen through the portal, in a window that is not the app's."""

    def show_chooser(self, workspace):
        self.assertEqual(self.run_command(workspace, "echo mine > ~/mine"), 0)
        self.launch(workspace, "/usr/bin/env", "GTK_USE_PORTAL=1", "/usr/bin/python3", "-c", CHOOSER)
        self.assertEqual(self.run_command(workspace, TURN.format(WINDOW)), 0, self.stack.logs())
        commands = [" ".join(process["argv"]) for process in self.processes(workspace)]
        self.assertTrue([one for one in commands if "xdg-desktop-portal-gtk" in one], commands)

    def choose(self, workspace):
        self.assertEqual(self.run_command(workspace, CHOOSE + '; test "$(cat ~/chosen)" = "$HOME/mine"'), 0, self.stack.logs())


@unittest.skipUnless(HAS_CHOOSER and shutil.which("Xvfb"), "this host does not have Xvfb, xdotool and xdg-desktop-portal-gtk")
@as_user
class ChoosingSeamless(Choosing, AgentTest):
    """On the host's display; the host's own portal, which does not see the workspace's files, is not asked."""

    def setUp(self):
        self.host = Host()
        self.addCleanup(self.host.end)
        os.environ["DBUS_SESSION_BUS_ADDRESS"] = self.host.address
        self.addCleanup(os.environ.pop, "DBUS_SESSION_BUS_ADDRESS")
        reading, writing = os.pipe()
        server = subprocess.Popen(["Xvfb", "-ac", "-nolisten", "tcp", "-screen", "0", "1024x768x24", "-displayfd", str(writing)],
                                  pass_fds=[writing], stderr=subprocess.DEVNULL)
        os.close(writing)
        self.addCleanup(server.wait)
        self.addCleanup(server.terminate)
        with os.fdopen(reading) as number:
            self.environment = {"DISPLAY": ":" + number.readline().strip()}
        manager = subprocess.Popen(["openbox"], env={**os.environ, **self.environment}, stderr=subprocess.DEVNULL)
        self.addCleanup(manager.wait)
        self.addCleanup(manager.terminate)
        super().setUp()

    def test_a_file_of_the_workspace(self):
        workspace = self.open(self.create(), display="seamless")
        self.show_chooser(workspace)
        self.choose(workspace)
        self.assertEqual([call[1] for call in self.host.calls], [])
        self.close(workspace)


@unittest.skipUnless(HAS_CHOOSER, "this host does not have xdotool and xdg-desktop-portal-gtk")
class ChoosingOnDesktop(Choosing, Suspend):
    uid = USER_ID

    def test_through_a_suspend(self):
        """The portal, its window and the notification daemon are the workspace's own, and come along."""
        self.open_desktop()
        found = [one["ok"] for one in self.client.call("workspace.check", id=self.workspace["id"])["findings"] if one["check"] == "portals"]
        self.assertEqual(found, [True])
        self.assertEqual(self.shell("timeout 60 notify-send before"), 0)
        self.show_chooser(self.workspace)
        self.suspend()
        self.resume()
        self.assertEqual(self.shell("timeout 60 notify-send after"), 0)
        self.choose(self.workspace)
        self.close(self.workspace)


@as_user
class WithoutBus(AgentTest):
    def test_what_is_missing_is_said(self):
        workspace = self.create()
        found = [one for one in self.client.call("workspace.check", id=workspace["id"])["findings"] if one["check"] == "desktop-services"]
        self.assertFalse(found[0]["ok"])
        self.assertTrue("graphical session" in found[0]["hint"] or "package" in found[0]["hint"], found)
        workspace = self.open(workspace, settings={"session": "always"})
        self.assertEqual(self.run_command(workspace, "true"), 0)
        self.close(workspace)


if __name__ == "__main__":
    unittest.main(verbosity=2)
