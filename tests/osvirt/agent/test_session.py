# SPDX-License-Identifier: GPL-2.0-or-later
"""What programs of a workspace find: settings over the host's, a session bus, a keyring, what is started with it."""

import hashlib
import os
import shlex
import shutil
import socket
import struct
import subprocess
import unittest

from stack import PASSPHRASE, AgentTest, in_modes

WAIT = "n=0; until {}; do n=$((n+1)); test $n -lt 600 || exit 1; sleep 0.1; done"
THEME = "gsettings {} org.gnome.desktop.interface gtk-theme"
COPY = """
import os, sys, gi
gi.require_version("Gdk", "3.0")
gi.require_version("Gtk", "3.0")
from gi.repository import Gdk, GLib, Gtk
clipboard = Gtk.Clipboard.get(Gdk.SELECTION_CLIPBOARD)
clipboard.set_text("copied inside", -1)
GLib.timeout_add_seconds(600, Gtk.main_quit)
Gtk.main()
"""
PASTE = """
import os, sys, gi
gi.require_version("Gdk", "3.0")
gi.require_version("Gtk", "3.0")
from gi.repository import Gdk, GLib, Gtk
clipboard = Gtk.Clipboard.get(Gdk.SELECTION_CLIPBOARD)
def look():
    if clipboard.wait_for_text() == "copied outside":
        os._exit(0)
    return True
GLib.timeout_add(100, look)
GLib.timeout_add_seconds(int(sys.argv[1]), lambda: os._exit(1))
Gtk.main()
"""


def needs(*programs):
    missing = [program for program in programs if shutil.which(program) is None]
    return unittest.skipIf(missing, f"this host does not have {', '.join(missing)}")


class Viewer:
    """A VNC viewer that knows the clipboard and nothing else."""

    def __init__(self, address):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(60)
        self.socket.connect(address)
        self.take(12)
        self.socket.sendall(b"RFB 003.008\n")
        self.take(self.take(1)[0])
        self.socket.sendall(b"\1")
        self.take(4)
        self.socket.sendall(b"\1")
        self.take(20)
        self.take(struct.unpack(">I", self.take(4))[0])
        self.socket.sendall(struct.pack(">BxHi", 2, 1, 0))

    def take(self, count):
        data = b""
        while len(data) < count:
            part = self.socket.recv(count - len(data))
            if not part:
                raise ConnectionError("the X server let the viewer go")
            data += part
        return data

    def copy(self, text):
        self.socket.sendall(struct.pack(">BxxxI", 6, len(text)) + text)

    def paste(self, seconds):
        """The next text that was copied inside, or None. No picture is asked for, so nothing else comes but a bell."""
        self.socket.settimeout(seconds)
        try:
            while (kind := self.take(1)[0]) != 3:
                assert kind == 2, kind
        except TimeoutError:
            return None
        return self.take(struct.unpack(">xxxI", self.take(7))[0])


@in_modes
class Session(AgentTest):
    def open(self, workspace, settings=(), **params):
        """Without a display, and with its session all the same."""
        return super().open(workspace, settings={"session": "always", **dict(settings)}, **params)

    def write_config(self, name, data):
        """A file in the folder of settings of the agent's user."""
        path = self.stack.path("home", ".config", name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(data)
        if self.uid:
            subprocess.run(["chown", "-R", str(self.uid), self.stack.path("home")], check=True)
        return path

    def host_theme(self, theme="HostTheme"):
        keys = self.stack.path("keys")
        os.makedirs(keys, exist_ok=True)
        with open(os.path.join(keys, "host"), "w", encoding="utf-8") as file:
            file.write(f"[org/gnome/desktop/interface]\ngtk-theme='{theme}'\nicon-theme='HostIcons'\n")
        subprocess.run(["dconf", "compile", self.stack.path("db"), keys], check=True)
        with open(self.stack.path("db"), "rb") as file:
            return self.write_config("dconf/user", file.read())

    def assert_inside(self, workspace, *scripts):
        for script in scripts:
            with self.subTest(script):
                self.assertEqual(self.run_command(workspace, script), 0)

    @needs("gsettings", "dconf")
    def test_settings_lie_over_the_hosts(self):
        path = self.host_theme()
        with open(path, "rb") as file:
            before = hashlib.sha256(file.read()).hexdigest()
        workspace = self.open(self.create())
        theme = THEME.format("get")
        self.assert_inside(workspace, f"test \"$({theme})\" = \"'HostTheme'\"", THEME.format("set") + " Own",
                           f"test \"$({theme})\" = \"'Own'\"")
        self.close(workspace)
        workspace = self.open(workspace)
        self.assert_inside(workspace, f"test \"$({theme})\" = \"'Own'\"",
                           "test \"$(gsettings get org.gnome.desktop.interface icon-theme)\" = \"'HostIcons'\"",
                           THEME.format("reset"), f"test \"$({theme})\" = \"'HostTheme'\"")
        with open(path, "rb") as file:
            self.assertEqual(hashlib.sha256(file.read()).hexdigest(), before)
        # What the host's user changes meanwhile is what programs find that start then.
        self.host_theme("NewTheme")
        self.assert_inside(workspace, WAIT.format(f"test \"$({theme})\" = \"'NewTheme'\""))
        os.remove(path)
        self.assert_inside(workspace, WAIT.format(f"test \"$({theme})\" != \"'NewTheme'\""), THEME.format("set") + " Own")
        self.host_theme()
        self.close(workspace)
        workspace = self.open(workspace, settings={"registry": False})
        self.assert_inside(workspace, f"test \"$({theme})\" != \"'HostTheme'\"")
        self.close(workspace)

    @needs("xdg-mime")
    def test_default_applications_lie_over_the_hosts(self):
        path = self.write_config("mimeapps.list", b"[Default Applications]\nx-test/kind=l3afpad.desktop\n")
        self.write_config("secret/token", b"of another program")
        workspace = self.open(self.create())
        query = "xdg-mime query default x-test/kind"
        self.assert_inside(workspace, f"test \"$({query})\" = l3afpad.desktop", "xdg-mime default debian-xterm.desktop x-test/kind",
                           f"test \"$({query})\" = debian-xterm.desktop", "test ! -e /run/domicile/host/config/secret")
        self.close(workspace)
        with open(path, "rb") as file:
            self.assertEqual(file.read(), b"[Default Applications]\nx-test/kind=l3afpad.desktop\n")

    @needs("gnome-keyring-daemon", "secret-tool")
    def test_a_keyring_opens_with_the_workspace(self):
        workspace = self.open(self.create(vault="none" if self.helper else "luks"))
        # What a daemon that replaces a file by a link of its own looks at, also where the vault's file system is a program.
        self.assert_inside(workspace, "touch ~/one; test $(stat -c %h ~/one) = 1; ln ~/one ~/two; test $(stat -c %h ~/one) = 2",
                           "printf %s treasure | timeout 60 secret-tool store --label=test kind test",
                           "n=0; while ls ~/.local/share/keyrings | grep temp; do n=$((n+1)); test $n -lt 600 || exit 1; sleep 0.1; done")
        for process in self.processes(workspace):
            self.assertNotIn(PASSPHRASE, " ".join(process["argv"]))
            with open(f"/proc/{process['host_pid']}/environ", "rb") as environ:
                self.assertNotIn(PASSPHRASE.encode(), environ.read())
        self.close(workspace)
        workspace = self.open(workspace)
        self.assert_inside(workspace, "test \"$(timeout 60 secret-tool lookup kind test)\" = treasure",
                           "! grep -rq treasure $HOME/.local/share/keyrings")
        self.close(workspace)
        workspace = self.open(workspace, settings={"keyring": False})
        self.assertFalse([process for process in self.processes(workspace) if "keyring" in process["argv"][0]])
        self.close(workspace)

    def test_what_is_started_with_it(self):
        workspace = self.open(self.create())
        self.assert_inside(workspace, "mkdir -p ~/.config/autostart ~/.config/systemd/user/default.target.wants",
                           "printf '[Desktop Entry]\\nType=Application\\nName=One\\nExec=touch one\\n' > ~/.config/autostart/one.desktop",
                           "printf '[Desktop Entry]\\nType=Application\\nName=Two\\nHidden=true\\nExec=touch two\\n' "
                           "> ~/.config/autostart/two.desktop",
                           "printf 'rubbish' > ~/.config/autostart/three.desktop; ln -s /dev/zero ~/.config/autostart/four.desktop",
                           "printf '[Service]\\nExecStart=-/usr/bin/touch \"%%h/five\"\\n' > ~/.config/systemd/user/five.service",
                           "ln -s ~/.config/systemd/user/five.service ~/.config/systemd/user/default.target.wants/",  # as systemctl does
                           # A menu does not show it, and it is started all the same; these are for others, or switched off, or left behind.
                           "printf '[Desktop Entry]\\nType=Application\\nName=S\\nNoDisplay=true\\nExec=touch six\\n' > ~/.config/autostart/six.desktop",
                           "for line in OnlyShowIn=KDE X-GNOME-Autostart-enabled=false TryExec=no-such-program; do printf "
                           "\"[Desktop Entry]\\nType=Application\\nName=N\\nExec=touch two\\n$line\\n\" > ~/.config/autostart/${line%%=*}.desktop; done",
                           # A service that ends is started again, until it has ended too often; what cannot be started is said.
                           "printf '[Unit]\\nStartLimitIntervalSec=600\\n[Service]\\nEnvironment=A=x\\nRestart=always\\nRestartSec=0\\nProtectHome=yes\\nExecStart=sh -c \"echo $A >> seven\"\\n'"
                           " > ~/.config/systemd/user/default.target.wants/seven.service",
                           "mkdir ~/.config/systemd/user/timers.target.wants; touch ~/.config/systemd/user/timers.target.wants/eight.timer")
        self.close(workspace)
        workspace = self.open(workspace)
        for said in ("three.desktop", "ProtectHome=", "eight.timer"):
            self.assertIn(said, workspace["notes"])
        for unsaid in ("four", "five", "six", "KDE", "TryExec", "enabled"):
            self.assertNotIn(unsaid, workspace["notes"])
        self.assert_inside(workspace, "n=0; until test -e ~/one && test -e ~/five && test -e ~/six && test $(wc -l < ~/seven) = 5; "
                           "do n=$((n+1)); test $n -lt 600 || exit 1; sleep 0.1; done",
                           "test ! -e ~/two", "rm ~/one ~/five ~/seven")
        self.close(workspace)
        workspace = self.open(workspace, settings={"autostart": False})
        self.assertNotIn("notes", workspace)
        self.assert_inside(workspace, "test ! -e ~/one")
        self.close(workspace)

    @needs("gsettings")
    def test_units_as_systemd_would(self):
        workspace = self.open(self.create())
        enabled = ("for unit in dropped.service masked.service absent.service chain.service of@one-two.service no-program.service; do "
                   "ln -s ~/.config/systemd/user/$unit default.target.wants/$unit; done")
        for name, text in {
                "dropped.service": "[Service]\nExecStart=touch %h/not-this\nEnvironment=A=1",
                "dropped.service.d/override.conf": "[Service]\nExecStart=\nExecStart=sh -c \"echo $$A > %h/dropped\"\nEnvironment=A=2",
                "masked.service": "", "of@.service": "[Service]\nExecStart=touch \"%h/of %i\"",
                "no-program.service": "[Service]\nExecStart=/no/such program",
                # One that ends before those that come after it start, and one that fails; what requires that does not start.
                "chain.service": "[Unit]\nWants=fails.service\nRequires=first.service a.timer\nAfter=first.service\n[Service]\n"
                                 "ExecStart=cp %h/first %h/second",
                "first.service": "[Service]\nType=oneshot\nExecStart=sh -c \"sleep 0.3; echo yes > %h/first\"",
                "fails.service": "[Unit]\nRequires=failed.service\nAfter=failed.service\n[Service]\nExecStart=touch %h/not-this",
                "failed.service": "[Service]\nType=oneshot\nExecStart=false",
                "multi-user.target.wants/lost.service": "[Service]\nExecStart=touch %h/not-this"}.items():
            self.assert_inside(workspace, "mkdir -p ~/.config/systemd/user/default.target.wants; cd ~/.config/systemd/user; "
                               f"mkdir -p $(dirname {name}); printf %s {shlex.quote(text)} > {name}")
        self.assert_inside(workspace, f"cd ~/.config/systemd/user; {enabled}; rm masked.service; ln -s /dev/null masked.service",
                           "mkdir -p ~/.config/autostart; touch ~/.config/there; for line in 'if-exists there' 'if-exists away' 'unless-exists away' "
                           "'GNOME3 if-session gnome' 'Moon full' 'GSettings org.gnome.desktop.interface enable-animations' "
                           "'GSettings org.gnome.desktop.interface enable-hot-corners'; do "
                           "printf \"[Desktop Entry]\\nType=Application\\nName=C\\nExec=touch \\\"$line\\\"\\nX-GNOME-Autostart-Delay=1\\n"
                           "AutostartCondition=$line\\n\" > ~/.config/autostart/\"$(echo $line | tr ' ' -).desktop\"; done",
                           "gsettings set org.gnome.desktop.interface enable-hot-corners false; "
                           "gsettings set org.gnome.desktop.interface enable-animations true")
        self.close(workspace)
        workspace = self.open(workspace)
        said = workspace["notes"]
        for wanted in ("“absent.service” is not started", "“/no/such” is not in the workspace", "“a.timer”", "“multi-user.target”", "Moon full"):
            self.assertIn(wanted, said)
        for unwanted in ("masked", "dropped", "of@", "if-session", "away"):
            self.assertNotIn(unwanted, said)
        late = self.client.wait_event("workspace", lambda data: "requires “failed.service”" in data.get("workspace", {}).get("notes", ""))
        self.assertIn("“failed.service” has failed", late["workspace"]["notes"])
        self.assert_inside(workspace, "n=0; until test -e ~/dropped && test -e ~/second && test -e ~/'of one-two' && "
                           "test -e ~/'if-exists there' && test -e ~/'unless-exists away' && "
                           "test -e ~/'GSettings org.gnome.desktop.interface enable-animations'; "
                           "do n=$((n+1)); test $n -lt 600 || exit 1; sleep 0.1; done",
                           "test $(cat ~/dropped) = 2", "test $(cat ~/second) = yes",
                           "test ! -e ~/not-this && test ! -e ~/'if-exists away' && test ! -e ~/'Moon full' && test ! -e ~/*hot-corners")
        self.close(workspace)

    @needs("dbus-daemon")
    def test_a_bus_without_a_desktop(self):
        workspace = self.open(self.create())
        self.assert_inside(workspace, "dbus-send --session --print-reply --dest=org.freedesktop.DBus / org.freedesktop.DBus.GetId",
                           "test $DBUS_SESSION_BUS_ADDRESS = unix:path=/run/user/0/bus")
        self.close(workspace)

    def test_time_zone_and_locale(self):
        workspace = self.open(self.create(), settings={"time_zone": False, "locale": False})
        self.assert_inside(workspace, "test $TZ = UTC", "test $LANG = C.UTF-8")
        self.close(workspace)


@unittest.skipIf(shutil.which("Xvnc") is None, "this host has no Xvnc")
class Clipboard(AgentTest):
    """What crosses between the desktop and who looks at it; the X server inside is the same in all modes."""
    workspace = None

    def setUp(self):
        if os.geteuid() == 0:
            self.helper = True
        super().setUp()

    def desktop(self, clipboard):
        self.workspace = self.workspace or self.create()
        workspace = self.open(self.workspace, display="desktop", settings={"clipboard": clipboard})
        return workspace, Viewer(workspace["desktop"]["address"])

    def cross(self, clipboard, expected, meddle=()):
        """Which ways the clipboard goes: from outside to inside, and from inside to outside."""
        workspace, viewer = self.desktop(clipboard)
        for parameter in meddle:
            self.run_command(workspace, f"tigervncconfig -set {parameter}=1")
        viewer.copy(b"copied outside")
        pasted = self.launch(workspace, "/usr/bin/python3", "-c", PASTE, "60" if expected[0] else "3")
        end = self.client.wait_event("process", lambda data: data["change"] == "gone" and data["pid"] == pasted, 90)
        self.launch(workspace, "/usr/bin/python3", "-c", COPY)
        got = viewer.paste(60 if expected[1] else 3)
        viewer.socket.close()
        self.close(workspace)
        self.assertEqual((end.get("status") == 0, got == b"copied inside"), expected)

    def test_both_ways(self):
        self.cross("both", (True, True))

    def test_into_it(self):
        self.cross("in", (True, False))

    def test_out_of_it(self):
        self.cross("out", (False, True))

    @needs("tigervncconfig")
    def test_policy_counts_more_than_settings_and_programs(self):
        """What the policy keeps within the desktop stays there, whatever a program tells the X server."""
        for permission, expected in (("read", (True, False)), ("write", (False, True))):
            with self.subTest(permission):
                self.client.call("policy.load", policy={
                    "format": 1, "models": ["te"],
                    "te": {"types": ["user_t", "session_t", "program_t", "clipboard_t"],
                           "allow": [{"source": "user_t", "target": "program_t", "class": "app",
                                      "permissions": ["list", "launch", "stop"]},
                                     {"source": "session_t", "target": "clipboard_t", "class": "clipboard", "permissions": [permission]}]},
                    "labels": {"subjects": {"workspace-user": {"type": "user_t"}, "session": {"type": "session_t"}},
                               "objects": {"host-app": {"type": "program_t"}, "clipboard": {"type": "clipboard_t"}}},
                    "contexts": {"apps": {"desktop-session": "session", "*": "session"}}})
                self.cross("both", expected, ("AcceptCutText", "SendCutText"))
                denied = [record for record in self.client.call("audit.list", limit=1000)["records"] if record["class"] == "clipboard"]
                self.assertEqual((denied[-1]["subject"], denied[-1]["allowed"]), ("session", False))
                self.assertNotEqual(denied[-1]["permission"], permission)


if __name__ == "__main__":
    unittest.main(verbosity=2)
