# SPDX-License-Identifier: GPL-2.0-or-later
"""A workspace on a desktop of its own: a real X server inside, seen over the socket that the agent makes."""

import contextlib
import os
import shlex
import shutil
import signal
import socket
import stat
import unittest

import host_sound
from stack import AgentTest, PASSPHRASE, USER, as_user, in_modes

# What a GTK program makes of the desktop: whole scaling, and dots per inch of texts before it. Settings come soon after it starts.
SCALE = """
import sys
import gi
gi.require_version("Gtk", "3.0")
from gi.repository import GLib, Gtk
window, wanted = Gtk.Window(), tuple(map(int, sys.argv[1:]))
settings, loop = window.get_settings(), GLib.MainLoop()
def look(*_):
    if (window.get_scale_factor(), settings.props.gtk_xft_dpi // 1024) == wanted:
        loop.quit()
settings.connect("notify", look)
window.connect("notify::scale-factor", look)
GLib.idle_add(look)
loop.run()
"""

BUS = ("n=0; until dbus-send --session --print-reply --dest=org.freedesktop.DBus / "
       "org.freedesktop.DBus.GetId >/dev/null; do n=$((n+1)); test $n -lt 100 || exit 1; done")

PROMPTER = "/usr/libexec/gcr-prompter"
UNLOCKING_LACKS = [name for name in ("gnome-keyring-daemon", "secret-tool", "xdotool", PROMPTER) if shutil.which(name) is None]


@in_modes
class Desktop(AgentTest):
    def setUp(self):
        if shutil.which("Xvnc") is None:
            self.skipTest("this host has no Xvnc")
        super().setUp()

    def open_desktop(self):
        return self.open(self.create(), display="desktop")

    def view(self, workspace):
        """What the server says to a new viewer."""
        with socket.socket(socket.AF_UNIX) as viewer:
            viewer.settimeout(60)
            viewer.connect(workspace["desktop"]["address"])
            return viewer.recv(4)

    def wait_desktop(self, workspace, there):
        self.client.wait_event("workspace", lambda data: data["workspace"]["id"] == workspace["id"]
                               and ("desktop" in data["workspace"]) == there)

    def test_it_can_be_seen(self):
        workspace = self.open_desktop()
        address = workspace["desktop"]["address"]
        self.assertEqual(workspace["desktop"]["kind"], "vnc")
        self.assertEqual(stat.S_IMODE(os.stat(address).st_mode), 0o600)
        for _ in range(3):
            self.assertEqual(self.view(workspace), b"RFB ")
        self.assertEqual(self.run_command(workspace, "test -S /tmp/.X11-unix/X${DISPLAY#:}"), 0)
        self.close(workspace)
        self.assertFalse(os.path.exists(address))

    def test_nobody_listens_in_the_hosts_network(self):
        workspace = self.open_desktop()
        self.assertNotEqual(self.run_command(workspace, "grep -q \" 00010000 .*@/tmp/.X11-unix/X${DISPLAY#:}$\" /proc/net/unix"), 0)
        self.close(workspace)

    def test_a_display_of_the_host_is_not_taken_for_it(self):
        """X programs prefer abstract sockets, which are the host's."""
        with contextlib.ExitStack() as displays:
            for number in range(100):
                with contextlib.suppress(OSError):  # a real one
                    display = displays.enter_context(socket.socket(socket.AF_UNIX))
                    display.bind(f"\0/tmp/.X11-unix/X{number}")
                    display.listen()
            workspace = self.open_desktop()
            self.assertEqual(self.run_command(workspace, "timeout 60 xset q"), 0)
            self.close(workspace)

    def test_somebody_pretends_to_be_the_display(self):
        with socket.socket(socket.AF_UNIX) as display:
            try:
                display.bind("\0/tmp/.X11-unix/X4747")
            except OSError:
                self.skipTest("an agent of this computer has a desktop open")
            display.listen()
            workspace = self.create()
            self.assert_rpc_error(4, "workspace.open", id=workspace["id"], user=USER, passphrase=PASSPHRASE, display="desktop")
            self.assertEqual(self.state(workspace), "closed")
        self.open(workspace, display="desktop")
        with self.assertRaises(OSError), socket.socket(socket.AF_UNIX) as late:
            late.bind("\0/tmp/.X11-unix/X4747")
        self.assertEqual(self.run_command(workspace, "timeout 60 xset q"), 0)
        self.close(workspace)

    def test_programs_reach_the_session_bus(self):
        workspace = self.open_desktop()
        self.assertEqual(self.run_command(workspace, BUS), 0)
        self.close(workspace)

    def test_how_large_things_are_drawn(self):
        self.assert_rpc_error(-32602, "workspace.open", id=self.create(name="other")["id"], user=USER, passphrase=PASSPHRASE,
                              display="desktop", dpi=10000)
        workspace = self.create()
        for dpi, scale, texts in ((120, 1, 120), (192, 2, 96)):
            with self.subTest(dpi=dpi):
                self.open(workspace, display="desktop", dpi=dpi)
                self.assertEqual(self.run_command(workspace, f"timeout 60 /usr/bin/python3 -c {shlex.quote(SCALE)} {scale} {texts}"), 0)
                self.assertEqual(self.run_command(workspace, f"timeout 60 sh -c 'until xrdb -query | grep -q \"Xft.dpi:.*{dpi}\"; do :; done'"), 0)
                self.close(workspace)

    def wait_program(self, workspace, name, but=0):
        """The pid of a program of the workspace's desktop when it runs; another one than that."""
        found = []
        self.until(lambda: found.extend(set(self.pids(workspace, name)) - {but}) or found, f"{name} instead of {but}")
        return found[0]

    def kill(self, workspace, name):
        pid = self.wait_program(workspace, name)
        self.run_command(workspace, f"kill -KILL {pid}")
        return pid

    def wait_note(self, workspace, words):
        self.client.wait_event("workspace", lambda data: data["workspace"]["id"] == workspace["id"]
                               and words in data["workspace"].get("notes", ""))

    @unittest.skipIf(UNLOCKING_LACKS, f"this host does not have {', '.join(UNLOCKING_LACKS)}")
    def test_a_keyring_after_its_bus_has_died(self):
        """It is locked, and the passphrase of the workspace unlocks it again."""
        workspace = self.open(self.create(vault="none" if self.helper else "luks"), display="desktop")
        self.wait_desktop(workspace, True)
        self.assertEqual(self.run_command(workspace, "printf treasure | timeout 60 secret-tool store --label=test kind test"), 0)
        self.kill(workspace, "dbus-daemon")
        self.wait_note(workspace, "Saved passwords are locked")
        self.assertEqual(self.run_command(workspace, BUS), 0)
        asking = self.launch(workspace, "sh", "-c", "test \"$(secret-tool lookup kind test)\" = treasure")
        self.assertEqual(self.run_command(workspace, "timeout 120 xdotool search --sync --onlyvisible --class gcr-prompter windowfocus --sync && "
                                                     f"xdotool type '{PASSPHRASE}' && xdotool key Return"), 0)
        end = self.client.wait_event("process", lambda data: data["change"] == "gone" and data["pid"] == asking)
        self.assertEqual(end.get("status"), 0)
        self.close(workspace)

    def test_what_serves_it_dies(self):
        """It is started again: its panel and window manager under the windows, its bus, its X server without them."""
        workspace = self.open_desktop()
        self.wait_desktop(workspace, True)
        for name in ("tint2", "openbox"):
            self.wait_program(workspace, name, self.kill(workspace, name))
        self.kill(workspace, "dbus-daemon")
        self.wait_note(workspace, "The session bus ended")
        self.assertEqual(self.run_command(workspace, BUS), 0)
        self.kill(workspace, "Xvnc")
        self.wait_desktop(workspace, False)
        self.assertFalse(os.path.exists(workspace["desktop"]["address"]))
        self.wait_note(workspace, "The desktop ended")
        self.assertEqual(self.view(workspace), b"RFB ")
        self.assertEqual(self.run_command(workspace, "timeout 60 xset q"), 0)
        self.close(workspace)


@as_user
@unittest.skipIf(host_sound.missing() or shutil.which("Xvnc") is None, f"this host does not have {', '.join(host_sound.missing()) or 'Xvnc'}")
class Sound(AgentTest):
    def assert_heard_again(self, workspace, sound):
        """When the workspace's own server was killed."""
        killed, = self.pids(workspace, "pulseaudio")
        self.run_command(workspace, f"kill -KILL {killed}")
        self.launch(workspace, "/bin/sh", "-c", f"until {host_sound.play(660)}; do sleep 0.2; done")
        self.assertTrue(sound.is_heard(660))

    def test_only_samples_cross(self):
        """Each way where the settings say so."""
        sound = host_sound.HostSound(self.stack.run, self.stack.path("home"), self.uid)
        self.addCleanup(sound.stop)
        sound.start()
        modules = sound.list("modules")
        workspace = self.open(self.create(), display="desktop", settings={"microphone": True})
        self.assertEqual(workspace.get("notes", ""), "")
        for script in ("pactl load-module module-pipe-sink file=$HOME/escaped", "pactl load-module module-null-sink",
                       f"test -e {sound.socket}", "test -e /run/user/0/pipewire-0", "test -e $HOME/escaped"):
            self.assertNotEqual(self.run_command(workspace, f"timeout 60 {script}"), 0, script)
        self.assertEqual(sound.list("source-outputs"), [], "nobody listens before somebody inside does")
        sound.speak(880)
        self.assertEqual(self.run_command(workspace, host_sound.hear(880)), 0)
        self.launch(workspace, "/bin/sh", "-c", host_sound.play(440))
        self.assertTrue(sound.is_heard(440))
        self.assertEqual(sound.list("modules"), modules)
        sound.stop()  # programs play on
        self.assertEqual(self.run_command(workspace, f"head -c {host_sound.RATE * 2} /dev/zero | timeout 60 pacat {host_sound.FORMAT}"), 0)
        sound.start()
        self.assertTrue(sound.is_heard(440))
        self.assert_heard_again(workspace, sound)
        sound.server.send_signal(signal.SIGSTOP)  # nor do they wait for it
        self.assertEqual(self.run_command(workspace, f"head -c {host_sound.RATE * 2 * 2} /dev/zero | timeout 60 pacat {host_sound.FORMAT}"), 0)
        sound.server.send_signal(signal.SIGCONT)
        self.assertTrue(sound.is_heard(660))
        self.close(workspace)
        without = [{"path": path, "rule": "hide"} for path in {shutil.which("pulseaudio"), os.path.realpath(shutil.which("pulseaudio"))}]
        for settings, plays in (({}, True), ({"sound": False, "microphone": True}, False), ({"paths": without}, False)):
            with self.subTest(settings=settings):
                workspace = self.open(workspace, display="desktop", settings=settings)
                self.assertEqual("pulseaudio" in workspace.get("notes", ""), "paths" in settings)
                self.assertNotEqual(self.run_command(workspace, "timeout 60 pactl list short sources | grep -q ^[0-9]*.microphone"), 0)
                self.assertEqual(self.run_command(workspace, "timeout 60 pactl info") == 0, plays)
                if plays:
                    self.launch(workspace, "/bin/sh", "-c", host_sound.play(440))
                    self.assertTrue(sound.is_heard(440))
                    self.assert_heard_again(workspace, sound)
                self.close(workspace)


if __name__ == "__main__":
    unittest.main(verbosity=2)
