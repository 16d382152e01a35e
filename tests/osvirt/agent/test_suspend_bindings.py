# SPDX-License-Identifier: GPL-2.0-or-later
"""What a workspace is bound to of its host, through a suspend: a network of its own, rules for paths, and apps beside its layers."""

import http.server
import os
import shutil
import subprocess
import threading
import unittest

import host_sound
import printers
from bundle_test import LARGE, ROOM, BundleTest
from http_files import HttpFiles
from stack import PASSPHRASE, USER, USER_ID, share_mounts
from test_bindings import own_address
from test_desktop import SCALE
from test_suspend import LOOP, SEALED, Suspend

# A service of the workspace's on its own loopback interface; it says how often it was asked.
SERVER = """
import http.server
class Handler(http.server.BaseHTTPRequestHandler):
    count = 0
    def do_GET(self):
        Handler.count += 1
        self.send_response(200)
        self.end_headers()
        self.wfile.write(str(Handler.count).encode())
http.server.ThreadingHTTPServer(('127.0.0.1', 8000), Handler).serve_forever()
"""
ASK = "python3 -c 'import sys, urllib.request; print(urllib.request.urlopen(\"http://%s:%d/\", timeout=60).read().decode())'"


class Silent(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


class Network(Suspend):
    def serve_inside(self):
        self.launch(self.workspace, "/usr/bin/python3", "-c", SERVER)
        self.wait_inside(ASK % ("127.0.0.1", 8000) + " | grep -qx 1")

    def listener(self, address):
        server = http.server.ThreadingHTTPServer((address, 0), Silent)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        return server.server_address[1]

    def test_none(self):
        self.open_desktop(settings={"network": "none"})
        self.serve_inside()
        for turn in (2, 3):  # what was resumed is suspended like what was opened
            self.suspend()
            self.resume()
            self.wait_inside(ASK % ("127.0.0.1", 8000) + f" | grep -qx {turn}")
            self.assertEqual(self.shell("test $(tail -n +3 /proc/net/dev | wc -l) = 1"), 0, "nothing but the loopback interface")
        self.close(self.workspace)

    def test_nat(self):
        address = own_address()
        if shutil.which("slirp4netns") is None or not os.path.exists("/dev/net/tun") or address is None:
            self.skipTest("this host has no slirp4netns, no /dev/net/tun, or no address but the loopback's")
        self.open_desktop(settings={"network": "nat"})
        outside = ASK % (address, self.listener(address)) + " > /dev/null"
        self.serve_inside()
        self.wait_inside(outside)
        self.suspend()
        self.resume()
        self.wait_inside(ASK % ("127.0.0.1", 8000) + " | grep -qx 2")
        self.wait_inside(outside)
        self.assertEqual(self.shell("grep -qx 'nameserver 10.0.2.3' /etc/resolv.conf"), 0)
        self.close(self.workspace)


class Rules(Suspend):
    uid = USER_ID

    def host_folder(self, name):
        path = self.stack.path("home", name)
        os.mkdir(path)
        with open(os.path.join(path, "file"), "w", encoding="utf-8") as file:
            file.write("of the host\n")
        for one in (path, os.path.join(path, "file")):
            os.chown(one, self.uid, self.uid)
        return path

    def rules(self):
        shared, written = self.host_folder("shared"), self.host_folder("written folder")
        return [{"path": "/usr/share/doc", "rule": "hide"}, {"path": "/etc/passwd", "rule": "hide"},
                {"path": "/etc", "rule": "read-only"},
                {"path": "/srv/shared/here", "rule": "share", "source": shared},
                {"path": "/srv/written", "rule": "share", "source": written, "writable": True},
                {"path": "/srv/one", "rule": "share", "source": os.path.join(shared, "file")},
                {"path": "/srv/elsewhere", "rule": "redirect", "source": "/root/kept"}]

    def check(self, name):
        for script in ("test -d /usr/share/doc && test -z \"$(ls -A /usr/share/doc)\" && ! touch /usr/share/doc/x",
                       "test ! -s /etc/passwd", "! touch /etc/new", "! sh -c 'echo x > /etc/hostname'",
                       "grep -q 'of the host' /srv/shared/here/file && ! touch /srv/shared/here/new",
                       "grep -q 'of the host' /srv/one && ! sh -c 'echo x > /srv/one'", f"echo {name} > /srv/written/{name}",
                       f"echo kept > /srv/elsewhere/{name} && grep -q kept $HOME/kept/{name}"):
            self.assertEqual(self.shell(script), 0, script)
        self.assertTrue(os.path.exists(os.path.join(self.stack.path("home", "written folder"), name)))

    def test_every_rule(self):
        self.open_desktop(settings={"paths": self.rules()})
        self.check("before")
        self.launch(self.workspace, "sh", "-c", "exec 5< /srv/shared/here/file 6>> /srv/written/log 7< /srv/elsewhere/before; " + LOOP % "loop")
        self.wait_inside("test -s ~/loop")
        for _ in range(2):  # what was resumed is suspended like what was opened
            self.suspend()
            self.resume()
        before = self.number("loop")
        self.wait_inside(f"test $(cat ~/loop) -gt {before}")
        self.check("after")
        self.close(self.workspace)

    def test_a_share_must_be_there_and_be_allowed(self):
        """The rules are in what was suspended; what they share is still this host's to give."""
        rules = self.rules()
        self.open_desktop(settings={"paths": rules})
        self.suspend()
        login = dict(id=self.workspace["id"], user=USER, passphrase=PASSPHRASE)
        self.client.call("workspace.set", id=self.workspace["id"], settings={"paths": rules[:3]})
        self.assertEqual(self.assert_rpc_error(3, "workspace.resume", **login).data["state"], "rules")
        self.assertEqual(self.state(self.workspace), "suspended")
        self.client.call("workspace.set", id=self.workspace["id"], settings={"paths": rules})
        place = self.stack.path("home", "written folder")
        os.rename(place, place + ".away")
        error = self.assert_rpc_error(1, "workspace.resume", **login)
        self.assertIn("written folder", error.message)
        self.assertEqual(self.state(self.workspace), "suspended")
        os.rename(place + ".away", place)
        self.resume()
        self.check("after")
        self.close(self.workspace)

    def test_a_share_for_this_time_only(self):
        self.workspace = self.open(self.create(), display="desktop",
                                   settings={"paths": [{"path": "/srv/x", "rule": "share", "source": self.host_folder("x")}]})
        self.assertEqual(self.assert_rpc_error(3, "workspace.suspend", id=self.workspace["id"]).data["state"], "shares")
        self.close(self.workspace)


@unittest.skipIf(printers.missing(), f"this host does not have {', '.join(printers.missing())}")
class Printing(Suspend):
    """A real print service, reached as libcups reaches it; where it is resumed it may be another one, or none."""
    uid = USER_ID

    def setUp(self):
        self.service = printers.Printers()
        self.addCleanup(lambda: self.service.end())
        self.environment = {"CUPS_SERVER": self.service.socket}
        super().setUp()

    def print_text(self, text):
        self.assertEqual(self.shell(f"lpstat -p paper && echo {text} | lp -d paper -o raw"), 0)
        self.service.wait_printed(text.encode())

    def is_refused(self):
        return self.shell("lpstat -p paper") != 0 and self.shell("test -S /run/cups/cups.sock") != 0

    def test_through_a_suspend(self):
        self.open_desktop()
        self.print_text("before")
        self.suspend()
        self.resume()
        self.print_text("after")
        self.suspend()
        os.rename(self.service.socket, self.service.socket + ".away")  # a host without
        self.resume()
        self.assertTrue(self.is_refused())
        self.suspend()
        os.rename(self.service.socket + ".away", self.service.socket)
        self.client.call("workspace.set", id=self.workspace["id"], settings={"printers": False})
        self.resume()
        self.assertTrue(self.is_refused())
        self.close(self.workspace)


@unittest.skipIf(host_sound.missing(), f"this host does not have {', '.join(host_sound.missing())}")
class Sound(Suspend):
    """What plays goes on playing, on the sound server of the host where it is resumed, and as the settings allow it there."""
    uid = USER_ID

    def test_through_a_suspend(self):
        sound = host_sound.HostSound(self.stack.run, self.stack.path("home"), self.uid)
        self.addCleanup(lambda: sound.stop())
        sound.start()
        self.open_desktop()
        self.suspend()
        self.resume()
        self.launch(self.workspace, "/bin/sh", "-c", host_sound.play(440))
        self.assertTrue(sound.is_heard(440))
        pid = self.launch(self.workspace, "/usr/bin/python3", "-c", SEALED + "# sealed")
        self.wait_inside("pgrep -f '[#] sealed' > /dev/null && grep -q sealed /proc/$(pgrep -f '[#] sealed')/maps")
        self.assert_rpc_error(3, "workspace.suspend", id=self.workspace["id"])
        self.assertTrue(sound.is_heard(440))
        self.shell(f"kill {pid}")
        self.suspend()
        sound.stop()  # another host
        sound.start()
        self.resume()
        self.assertTrue(sound.is_heard(440))
        self.suspend()
        self.client.call("workspace.set", id=self.workspace["id"], settings={"sound": False})
        self.resume()
        self.assertEqual(self.shell(f"head -c {host_sound.RATE * 2} /dev/zero | timeout 60 pacat {host_sound.FORMAT}"), 0, "nobody waits")
        sound.wait_silent()
        self.close(self.workspace)


# A GTK program that is there before, and looks again and again, as it has no window that would hear of it.
SCALE_LATER = SCALE.replace("GLib.idle_add(look)", "GLib.timeout_add(100, lambda: look() or True)\nopen('/tmp/ready', 'w')")


KEYBOARD = "/etc/default/keyboard"


class Drawn(Suspend):
    """How its desktop is drawn and what crosses to it, where the next host or the settings have it otherwise."""
    uid = USER_ID

    def keep_changing_settings(self):
        """From now on the host's user changes them, and bringing them in takes a while."""
        folder = self.stack.path("home", ".config")
        os.mkdir(folder)
        os.chown(folder, self.uid, self.uid)
        with open(os.path.join(folder, "kdeglobals"), "wb") as file:
            file.write(bytes(20 << 20))
        ended = threading.Event()

        def choose(app):
            with open(os.path.join(folder, "mimeapps.list"), "w", encoding="ascii") as file:
                file.write(f"[Default Applications]\ntext/plain={app}.desktop\n")

        def change():
            while not ended.wait(0.3):
                choose("next")
            choose("last")
        thread = threading.Thread(target=change)
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(ended.set)
        return ended

    def give_host_keyboard(self):
        """From now on the host has a keyboard, which options change that nobody notices: in the mounts of this program and its daemons, not
        on the host itself. False where they have no mounts of their own."""
        if "DOMICILE_SHARED_MOUNTS" not in os.environ:
            return False
        folder, own = os.path.dirname(KEYBOARD), self.stack.path("default")
        shutil.copytree(folder, own, symlinks=True)
        subprocess.run(["mount", "--bind", own, folder], check=True)
        self.addCleanup(subprocess.run, ["umount", "--lazy", folder], check=True)
        return True

    @staticmethod
    def set_host_keyboard(options):
        with open(KEYBOARD, "w", encoding="ascii") as file:
            file.write(f'XKBMODEL="pc105"\nXKBLAYOUT="us"\nXKBVARIANT=""\nXKBOPTIONS="{options}"\n')

    def resume_with(self, clipboard, **params):
        self.suspend()
        self.client.call("workspace.set", id=self.workspace["id"], settings={"clipboard": clipboard, "keyboard": True})
        self.resume(id=self.workspace["id"], **params)
        return self.workspace["desktop"]["clipboard"]

    def test_as_it_is_now(self):
        has_keyboard = self.give_host_keyboard()
        changing = self.keep_changing_settings()
        self.open_desktop(settings={"clipboard": "in", "keyboard": False})
        self.assertEqual(self.shell("setxkbmap -layout us -variant dvorak"), 0)
        program = self.launch(self.workspace, "/usr/bin/python3", "-c", SCALE_LATER, "2", "96")  # ends when it is drawn so
        self.wait_inside("test -e /tmp/ready")
        self.assertEqual(self.resume_with("both", dpi=192), "in", "the X server lets no more through than before")
        self.assertIn("clipboard", self.workspace["notes"])
        self.assertEqual(self.status_of(program), 0)
        self.wait_inside("xrdb -query | grep -q 'Xft.dpi:.*192'")
        if has_keyboard:
            self.set_host_keyboard("compose:rctrl")
        self.assertEqual(self.resume_with("none"), "none")
        self.assertNotIn("notes", self.workspace)
        if os.path.exists(KEYBOARD):
            self.wait_inside("! setxkbmap -query | grep -q dvorak")
        if has_keyboard:
            self.wait_inside("setxkbmap -query | grep -q compose:rctrl")
            self.set_host_keyboard("compose:menu")
        self.assertEqual(self.resume_with("in"), "in")
        if has_keyboard:
            self.wait_inside("setxkbmap -query | grep -q 'options: *compose:menu$'")
        changing.set()
        self.wait_inside("grep -q last /run/domicile/host/config/mimeapps.list")
        self.wait_inside("xrdb -query | grep -q 'Xft.dpi:.*192'")
        self.close(self.workspace)


class BesideLayers(Suspend, BundleTest):
    """Apps that came while the workspace was open, of which one lies on a server."""

    def program(self, key):
        return f"#!/bin/sh\ncd /opt/{key}\nexec 5< large\n" + LOOP % key + "\n"

    def start_app(self, source, key, **params):
        self.install(source, **params)
        pid = self.client.call("app.launch", workspace=self.workspace["id"], app=f"{key}.desktop")["pid"]
        self.wait_inside(f"test -s ~/{key}")
        return pid

    def test_go_along(self):
        notes = self.make("notes", "Notes", self.program("notes"))
        memo = self.make("memo", "Memo", self.program("memo"))
        self.close(self.maker)
        with open(memo["path"], "rb") as file:
            server = HttpFiles({"memo.bundle": file.read()})
        self.open_desktop(vault="luks", size_bytes=ROOM, name="user")
        pids = {"notes": self.start_app(notes["path"], "notes", trust=notes["signer"]),
                "memo": self.start_app(server.url("memo.bundle"), "memo", stream=True)}
        server.stop()
        for _ in range(2):  # what was resumed is suspended like what was opened
            self.suspend()
            self.take_loop_device()
            self.resume()
            for key in ("notes", "memo"):
                self.wait_inside(f"was=${{was:-$(cat ~/{key})}}; test $(cat ~/{key}) != $was")
        server.start()
        self.addCleanup(server.stop)
        for key, pid in pids.items():
            self.wait_inside(f"test $(cat /opt/{key}/large | wc -c) = {LARGE}")
            self.client.call("app.stop", workspace=self.workspace["id"], app=f"{key}.desktop")
            self.client.wait_event("process", lambda data, pid=pid: data["change"] == "gone" and data["pid"] == pid)
        self.assertFalse(self.remove("notes")["at_next_opening"])
        self.suspend()
        self.client.run_job("workspace.open", id=self.workspace["id"], user=USER, passphrase=PASSPHRASE, display="none", force=True)
        self.assertEqual(self.shell("! test -h /opt/notes && test -h /opt/memo"), 0)
        self.close(self.workspace)


del BundleTest  # no test by itself

if __name__ == "__main__":
    share_mounts()
    unittest.main(verbosity=2)
