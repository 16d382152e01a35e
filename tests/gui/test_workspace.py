#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""From the login window to the logout, against the real agent: real programs in a real workspace."""

import json
import os
import re
import signal
import subprocess
import tempfile
import unittest
import unittest.mock

from session import run_in_session

if __name__ == "__main__":
    run_in_session()

from case import PASSPHRASE, USER, GuiTest  # noqa: E402
from console import SECONDS, click, is_sensitive, is_showing, keys, press, screenshot, set_text, text_of, wait_for, write  # noqa: E402
from monitors import Monitors  # noqa: E402


class Workspace(GuiTest):

    def setUp(self):
        self.agent = self.client("agent")
        self.workspace = self.agent.call("workspace.list")["workspaces"][0]
        self.addCleanup(self.close_workspace)

    def current(self):
        return next(workspace for workspace in self.agent.call("workspace.list")["workspaces"]
                    if workspace["id"] == self.workspace["id"])

    def close_workspace(self):
        if self.current()["state"] == "open":
            self.agent.finish("workspace.close", id=self.workspace["id"])

    def fill_in(self, console, passphrase):
        set_text(console.field("User"), USER)
        set_text(console.find("password text"), passphrase)
        button = console.find("push button", "Log In")
        wait_for(lambda: is_sensitive(button), "one can log in")
        return button

    def log_in(self, console):
        click(self.fill_in(console, PASSPHRASE))
        console.find("push button", "Log Out")

    def test_login_window_comes_first_and_can_be_skipped(self):
        console = self.console()
        console.row(self.workspace["name"])
        screenshot("login")
        click(console.find("push button", "Skip: Manage This Device Only"))
        console.row("control")
        console.page("Workspace")
        console.find("panel", contains="No Workspace Is Open")
        screenshot("workspace-none")

    def test_login_window_comes_also_late(self):
        """Over the main window, where the agent's computer is busy when the console starts."""
        agent = self.agent.call("server.info")["pid"]
        os.kill(agent, signal.SIGSTOP)
        try:
            console = self.console()
            console.row("control")
        finally:
            os.kill(agent, signal.SIGCONT)
        console.find("push button", "Log In")
        keys("Escape", to=console.find("frame", "Open a Workspace"))
        console.gone("push button", "Log In")
        console.row("control")

    def test_wrong_passphrase(self):
        console = self.console()
        button = self.fill_in(console, "not the passphrase")
        console.resize(440, 420)  # where the form has to scroll to it
        click(button)
        console.find("alert", contains="The user or the passphrase is wrong")
        self.assertEqual(text_of(console.field("User")), USER)
        self.assertEqual(self.current()["state"], "closed")
        screenshot("login-wrong-passphrase")

    def describe_anew(self, change):
        """Changes what the medium says of the workspace, as another computer could."""
        path = os.path.join(self.workspace["path"], "workspace.json")
        with open(path, encoding="utf-8") as file:
            description = json.load(file)
        change(description)
        with open(path, "w", encoding="utf-8") as file:
            json.dump(description, file)

    def test_what_this_computer_lacks(self):
        arch = os.uname().machine
        self.describe_anew(lambda description: description["base"].update(arch="s390x"))
        self.addCleanup(self.describe_anew, lambda description: description["base"].update(arch=arch))
        console = self.console()
        click(console.find("toggle button", "This computer cannot open it"))
        console.find("label", contains="s390x")
        screenshot("login-check")

    def test_several_open_workspaces(self):
        other = self.agent.finish("workspace.create", path=os.environ["HOME"] + "/Other.domicile", name="Other", user=USER,
                                  passphrase=PASSPHRASE, size_bytes=64 << 20, mode="shared", vault="none")["result"]["id"]
        for workspace in (self.workspace["id"], other):
            self.agent.finish("workspace.open", id=workspace, user=USER, passphrase=PASSPHRASE)
        self.addCleanup(self.agent.finish, "workspace.close", id=other)
        console = self.console()  # where one is open, there is nothing to log in to
        first = wait_for(lambda: next((name for name in (self.workspace["name"], "Other") if console.all("label", name)), None),
                         "one of the two")
        second = "Other" if first != "Other" else self.workspace["name"]
        click(console.find("push button", "Show another open workspace"))
        click(console.find("push button", second))
        console.find("label", second)
        screenshot("two-workspaces")
        console.gone("label", first)

    def test_a_medium_that_asks_for_a_folder(self):
        """Somebody has written a rule to the medium that shares a folder of this computer."""
        folder = tempfile.mkdtemp(dir=os.environ["HOME"])
        self.describe_anew(lambda description: description.setdefault("settings", {}).update(
            paths=[{"path": "/srv/asked", "rule": "share", "source": folder}]))
        self.addCleanup(self.agent.call, "workspace.set", id=self.workspace["id"], settings={"paths": []})
        console = self.console()
        click(self.fill_in(console, PASSPHRASE))
        console.find("alert", contains=folder)
        screenshot("login-shares")
        self.assertEqual(self.current()["state"], "closed")
        click(console.find("push button", "Allow and Log In"))
        console.find("push button", "Log Out")

    def test_passphrase_is_hidden_until_asked_for(self):
        console = self.console()
        set_text(console.find("password text"), "secret words")
        self.assertNotIn("secret", text_of(console.find("password text")))
        click(console.find("toggle button", "Show the passphrase"))
        wait_for(lambda: "secret words" in [text_of(node) for node in console.all("text")], "it can be read")

    def test_log_in_launch_stop_log_out(self):
        console = self.console()
        self.log_in(console)
        app = self.app("xterm", "editor", "pad")
        tile = self.tile(console, app["name"])
        screenshot("launchpad")
        press(tile)
        running = wait_for(lambda: self.app_now(app)["running"], "the agent starts the program")
        wait_for(lambda: "Running" in tile.get_name(), "the tile says that it runs")
        window = wait_for(lambda: self.window_of_workspace(running[0]), "the program's own window")
        self.assertTrue(window)
        screenshot("launchpad-running")
        click(console.find("radio button", "Processes"))
        command = next(process["argv"] for process in self.agent.call("process.list", workspace=self.workspace["id"])
                       ["processes"] if process["pid"] == running[0])
        console.row(command[0])
        screenshot("processes")
        click(console.find("radio button", "Applications"))
        press(tile, "b3c")
        click(console.find("push button", "Stop"))
        wait_for(lambda: not self.app_now(app)["running"], "the agent ends the program")
        wait_for(lambda: "Running" not in tile.get_name(), "the tile says so")
        click(console.find("push button", "Log Out"))
        console.find("panel", contains="Logged Out")
        console.find("panel", contains="nothing was left on this computer")
        screenshot("logged-out")
        self.assertEqual(self.current()["state"], "closed")

    def test_logging_out_with_running_programs_asks(self):
        console = self.console()
        self.log_in(console)
        app = self.app("xterm", "editor", "pad")
        press(self.tile(console, app["name"]))
        wait_for(lambda: self.app_now(app)["running"], "the agent starts the program")
        wait_for(lambda: self.current()["apps"] > 0, "the agent counts the program")
        click(console.find("push button", "Log Out"))
        dialog = console.find("alert")
        click(console.find("push button", "Cancel", root=dialog))
        self.assertEqual(self.current()["state"], "open")
        click(console.find("push button", "Log Out"))
        dialog = console.find("alert")
        screenshot("log-out-question")
        click(console.find("push button", "Log Out", root=dialog))
        console.find("panel", contains="Logged Out")

    def test_denials(self):
        policy = self.agent.call("policy.get")["policy"]
        self.addCleanup(lambda: self.agent.call("policy.load", policy=policy))
        stricter = json.loads(json.dumps(policy))
        stricter["labels"]["objects"]["far"] = {"type": "secret_t", "integrity": "user"}
        stricter["contexts"]["network"] = [{"address": "127.0.0.1", "label": "network"}, {"label": "far"}]
        self.want_units("later.timer", *(f"backup-of-everything-{number}.socket" for number in range(9)))
        console = self.console()
        self.log_in(console)
        self.read_remarks(console)
        self.agent.call("policy.load", policy=stricter)
        script = "import socket\ntry: socket.create_connection(('10.0.0.1', 80), 5)\nexcept OSError as error: print(error)\ninput()"
        pid = self.agent.call("app.launch", workspace=self.workspace["id"], argv=["/usr/bin/python3", "-c", script])["pid"]
        click(console.find("radio button", "Denials"))
        console.row("A command wanted to connect to 10.0.0.1:80")
        screenshot("denials")
        processes = self.agent.call("process.list", workspace=self.workspace["id"])["processes"]
        self.assertTrue(all(process["subject"] == "workspace-app" for process in processes if process["pid"] == pid))
        click(console.find("push button", "Policy…"))
        console.find("label", contains="Loaded policy")

    def want_units(self, *names):
        """As systemctl --user enable does."""
        folder = os.path.join(self.workspace["path"], "home", ".config", "systemd", "user", "default.target.wants")
        os.makedirs(folder, exist_ok=True)
        for name in names:
            self.addCleanup(os.unlink, os.path.join(folder, name))
            with open(os.path.join(folder, name), "w", encoding="ascii") as file:
                file.write("[Unit]\n")

    def read_remarks(self, console):
        """What is not started is said at the top, and can be read again."""
        console.find("notification", contains="“later.timer”")
        screenshot("workspace-remarks")
        bar = console.find("toggle button", "Remarks")
        click(bar)
        console.gone("notification", contains="“later.timer”")
        click(bar)
        console.find("notification", contains="“later.timer”")

    def test_suspend_and_resume(self):
        if "suspend" not in self.agent.call("server.info")["capabilities"]:
            self.skipTest("this host has no CRIU that can suspend workspaces")
        console = self.console()
        click(console.find("check box", contains="desktop of its own"))
        self.log_in(console)
        console.find(name="Desktop")
        sealed = ("import fcntl, mmap, os, time; fd = os.memfd_create('sealed', os.MFD_ALLOW_SEALING); os.ftruncate(fd, 4096); "
                  "fcntl.fcntl(fd, 1033, 8); memory = mmap.mmap(fd, 4096, prot=mmap.PROT_READ); open('/tmp/ready', 'w'); "
                  "time.sleep(1000)")
        self.agent.call("app.launch", workspace=self.workspace["id"], argv=["/usr/bin/python3", "-c", sealed])
        pid = self.agent.call("app.launch", workspace=self.workspace["id"], argv=["sleep", "1000"])["pid"]
        wait_for(lambda: not self.agent.call("workspace.suspend_check", id=self.workspace["id"])["ready"], "it is in the way")
        click(console.find("push button", "Suspend"))
        dialog = console.find("alert")
        screenshot("suspend-question")
        click(console.find("push button", "Suspend", root=dialog))
        dialog = console.find("alert", name="Warning")
        console.find("label", contains="memory that it has sealed", root=dialog)
        screenshot("suspend-obstacles")
        console.find(name="Desktop")  # where one can save and close what is in the way, the question beside it
        click(console.find("push button", "Try Again", root=dialog))
        wait_for(lambda: not is_showing(dialog), "it is tried again")
        dialog = console.find("alert", name="Warning")
        click(console.find("push button", "End Them and Try Again", root=dialog))
        console.find("panel", contains="Your programs wait in the workspace")
        screenshot("suspended")
        self.assertEqual(self.current()["state"], "suspended")
        console.end()
        console = self.console()
        set_text(console.field("User"), USER)
        set_text(console.find("password text"), PASSPHRASE)
        button = console.find("push button", "Resume")
        screenshot("login-resume")
        wait_for(lambda: is_sensitive(button), "one can resume")
        click(button)
        console.find("push button", "Log Out")
        self.assertIn(pid, [process["pid"] for process in self.agent.call("process.list", workspace=self.workspace["id"])["processes"]])

    def type_into(self, picture):
        """Until it arrives: a click and keys that come before the window is there and listens are lost."""
        for _ in range(12):
            press(picture)
            write("echo typed > typed")
            keys("Return")
            try:
                return wait_for(lambda: self.written("typed") == "typed\n", "what is typed arrives", 5)
            except AssertionError:
                screenshot("desktop-not-typed")
        return wait_for(lambda: self.written("typed") == "typed\n", "what is typed arrives")

    def test_desktop_of_its_own(self):
        self.agent.call("workspace.set", id=self.workspace["id"], settings={"suspend": False})
        self.addCleanup(self.agent.call, "workspace.set", id=self.workspace["id"], settings={"suspend": True})
        console = self.console()
        click(console.find("check box", contains="desktop of its own"))
        self.log_in(console)
        picture = console.find(name="Desktop")
        self.assertEqual(self.current()["desktop"]["kind"], "vnc")
        self.agent.call("app.launch", workspace=self.workspace["id"],
                        argv=["xterm", "-geometry", "110x40+100+60", "-e", "sh"])
        wait_for(lambda: "xterm" in self.written("windows", "xwininfo -root -tree > windows"), "the terminal on the desktop")
        screenshot("desktop")
        self.type_into(picture)
        self.every_key(console, picture)
        keys("F11")
        console.find("push button", "Leave full screen")
        screenshot("desktop-full-screen")
        click(console.find("push button", "Leave full screen"))
        console.gone("push button", "Leave full screen")
        self.switch_suspension_on(console)
        self.shown_again(console)

    def test_closing_the_window_of_a_busy_desktop(self):
        console = self.console()
        click(console.find("check box", contains="desktop of its own"))
        self.log_in(console)
        self.agent.call("app.launch", workspace=self.workspace["id"], argv=["xterm", "-geometry", "150x60", "-e", "yes", "x" * 140])
        wait_for(lambda: "xterm" in self.written("windows", "xwininfo -root -tree > windows"), "the terminal on the desktop")
        for _ in range(3):
            frame = wait_for(lambda: next((frame for frame in console.all("frame") if console.all(name="Desktop", root=frame)), None),
                             "the desktop's window")
            click(console.find("push button", "Close", root=frame))
            console.gone(name="Desktop")
            click(console.find("push button", "Show Desktop"))

    def shown_again(self, console):
        """When its X server was killed."""
        server = next(process for process in self.agent.call("process.list", workspace=self.workspace["id"])["processes"]
                      if os.path.basename(process["argv"][0]) == "Xvnc")
        os.kill(server["host_pid"], signal.SIGKILL)
        wait_for(lambda: "The desktop ended" in self.current().get("notes", ""), "that the desktop ended is said", 60)
        console.gone(contains="not shown any more")
        console.find(name="Desktop")
        screenshot("desktop-again")

    def every_key(self, console, picture):
        """Keys of the host's window manager and of the console go to the desktop until Ctrl+Alt gives them back."""
        self.agent.call("app.launch", workspace=self.workspace["id"],
                        argv=["sh", "-c", "xev -geometry 1200x700+0+0 -event keyboard > keys"])
        wait_for(lambda: "Event Tester" in self.written("windows", "xwininfo -root -tree > windows"), "the window that tells keys")
        press(picture)
        console.find(contains="All keys go to the desktop.")

        def arrived():
            keys("ctrl+q")
            return re.search(r"state 0x4, .*, q\)", self.written("keys"))
        wait_for(arrived, lambda: "the key in " + self.written("keys"))
        self.toggle(self.workspace_shows_desktop, "the workspace's window manager")
        self.assertFalse(self.host_shows_desktop())
        screenshot("desktop-all-keys")
        keys("ctrl+alt")
        console.find(contains="The keys are back.")
        self.toggle(self.host_shows_desktop, "the host's window manager, after Ctrl+Alt")
        press(picture)
        console.find(contains="All keys go to the desktop.")
        click(console.find("toggle button", "All keys"))
        console.gone(contains="All keys go to the desktop.")
        self.toggle(self.host_shows_desktop, "the host's window manager, where it keeps its keys")
        click(console.find("toggle button", "All keys"))
        press(picture)
        console.find(contains="All keys go to the desktop.")

    def toggle(self, shows_desktop, who):
        for shows in (True, False):
            keys("super+d")
            wait_for(lambda: shows_desktop() == shows, f"what {who} does at Super+D")

    @staticmethod
    def host_shows_desktop():
        return "= 1" in subprocess.check_output(["xprop", "-root", "_NET_SHOWING_DESKTOP"], text=True)

    def workspace_shows_desktop(self):
        return "= 1" in self.written("shows", "xprop -root _NET_SHOWING_DESKTOP > new && mv new shows")

    def test_all_monitors(self):
        left, right = (0, 0, 1024, 700), (1024, 100, 800, 600)
        host = Monitors([left, right])
        self.addCleanup(host.end)
        self.enterContext(unittest.mock.patch.dict(os.environ, DISPLAY=host.name))
        console = self.console()
        click(console.find("check box", contains="desktop of its own"))
        self.log_in(console)
        console.find(name="Desktop")
        click(console.find("push button", "Use all monitors"))
        console.find("push button", "Leave full screen")
        self.wait_for_monitors(left, right)
        self.agent.call("app.launch", workspace=self.workspace["id"], argv=["xterm", "-T", "large", "-maximized", "-e", "sh"])
        wait_for(lambda: 700 < self.width_of("large") <= 1024, "a window as wide as one monitor")
        screenshot("desktop-all-monitors")
        host.arrange([left])
        self.wait_for_monitors(left)
        host.arrange([left, right])
        self.wait_for_monitors(left, right)
        keys("F11")
        console.gone("push button", "Leave full screen")
        wait_for(lambda: len(self.monitors()) == 1 and self.monitors() != [left], "one monitor, of the size of the window")

    def width_of(self, window):
        width = re.search(r"\n  Width: (\d+)", self.written("window", f"xwininfo -name {window} > window"))
        return int(width.group(1)) if width else 0

    def monitors(self):
        """Where the monitors of the desktop are that have an output."""
        lines = self.written("monitors", "xrandr --listactivemonitors > new && mv new monitors")
        return [tuple(int(place[name]) for name in ("x", "y", "width", "height"))
                for place in re.finditer(r" (?P<width>\d+)/\d+x(?P<height>\d+)/\d+\+(?P<x>\d+)\+(?P<y>\d+)  VNC-", lines)]

    def wait_for_monitors(self, *places):
        wait_for(lambda: self.monitors() == list(places), lambda: f"the monitors {places}; there are {self.monitors()}")

    def switch_suspension_on(self, console):
        """Where it is switched off, the button says so and offers to switch it on for the next time."""
        click(console.find("push button", "Suspend"))
        dialog = console.find("alert")
        screenshot("suspend-switch")
        click(console.find("push button", "Switch On", root=dialog))
        wait_for(lambda: self.current()["settings"]["suspend"], "the agent keeps the setting")

    def written(self, name, script=":"):
        """What a file of the home folder says, after a shell script of the workspace."""
        self.agent.call("app.launch", workspace=self.workspace["id"], argv=["sh", "-c", script])
        path = os.path.join(self.workspace["path"], "home", name)
        if not os.path.exists(path):
            return ""
        with open(path, encoding="utf-8") as file:
            return file.read()

    def test_install_and_remove(self):
        if "mode-isolated" not in self.agent.call("server.info")["capabilities"]:
            self.skipTest("packages need the root helper")
        console = self.console()
        self.log_in(console)
        click(console.find("push button", "Install…"))
        dialog = console.find("dialog")
        install = console.find("push button", "Install", root=dialog)
        self.assertFalse(is_sensitive(install))
        set_text(console.field("Package", root=dialog), "no-such-package-here")
        screenshot("install")
        click(install)
        console.find("label", contains="There is no package “no-such-package-here”", seconds=120)
        screenshot("install-failed")
        click(console.find("push button", "Install…"))
        dialog = console.find("dialog")
        set_text(console.field("Package", root=dialog), "hello")
        click(console.find("push button", "Install", root=dialog))
        wait_for(lambda: console.all("progress bar", "Installing “hello”") or any(app["source"] != "host" for app in self.apps()),
                 "it goes on, or is done")
        screenshot("installing")
        tile = self.tile(console, "hello", 180)
        screenshot("installed")
        wait_for(lambda: is_sensitive(console.find("push button", "Install…")), "the next can be installed")
        press(tile, "b3c")
        click(console.find("push button", "Remove…"))
        remove = console.find("push button", "Remove")
        screenshot("remove-question")
        click(remove)
        wait_for(lambda: not any(app["source"] != "host" for app in self.apps()), "it is gone", 120)

    def archive(self):
        """A small app as an archive. Returns its path without the ending."""
        home = tempfile.mkdtemp(dir=os.environ["HOME"])
        folder = os.path.join(home, "notes")
        os.makedirs(os.path.join(folder, "share/metainfo"))
        for name, text in (("notes", "#!/bin/sh\n"), ("notes.desktop", "[Desktop Entry]\nType=Application\nName=Notes\nExec=notes\n"),
                           ("share/metainfo/notes.metainfo.xml", "<component><project_license>GPL-2.0-or-later</project_license></component>\n")):
            with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
                file.write(text)
            os.chmod(file.name, 0o755)
        subprocess.run(["tar", "-C", home, "-cf", folder + ".tar", "notes"], check=True)
        return folder

    def bundle_of_a_stranger(self):
        """A small app as one file, signed with a key that the workspace does not know any more."""
        folder = self.archive()
        self.agent.finish("app.install", workspace=self.workspace["id"], source=folder + ".tar")
        self.agent.finish("app.export", workspace=self.workspace["id"], source="notes", path=folder + ".bundle")
        self.agent.finish("app.remove", workspace=self.workspace["id"], app="notes")
        os.unlink(os.path.join(self.workspace["path"], "state", "bundle-key"))
        return folder + ".bundle"

    def test_bundle_of_a_stranger(self):
        if "mode-isolated" not in self.agent.call("server.info")["capabilities"]:
            self.skipTest("bundles need the root helper")
        console = self.console()
        self.log_in(console)
        path = self.bundle_of_a_stranger()
        click(console.find("push button", "Install…"))
        dialog = console.find("dialog")
        set_text(console.field("Package", root=dialog), path)
        click(console.find("push button", "Install", root=dialog))
        trust = console.find("push button", "Trust and Install")
        screenshot("trust")
        click(trust)
        self.tile(console, "Notes", 180)
        screenshot("bundle-installed")
        self.assertTrue(os.path.exists(os.path.join(self.workspace["path"], "apps", "notes.bundle")))
        wait_for(lambda: all(job["state"] != "running" for job in self.agent.call("job.list")["jobs"]), "the installation ends")
        self.agent.finish("app.remove", workspace=self.workspace["id"], app="notes")

    def test_capture(self):
        if "mode-isolated" not in self.agent.call("server.info")["capabilities"]:
            self.skipTest("bundles need the root helper")
        console = self.console()
        self.log_in(console)
        click(console.find("toggle button", "Make a bundle"))
        click(console.find(name="Begin a Capture"))
        console.find("label", contains="Install what shall be in the bundle now", seconds=120)
        path = self.archive()
        self.agent.finish("app.install", workspace=self.workspace["id"], source=path + ".tar")
        self.tile(console, "Notes", 180)
        click(console.find("toggle button", "Make a bundle"))
        click(console.find(name="Save the Capture as a Bundle…"))
        dialog = console.find("file chooser", "Save Bundle")
        set_text(wait_for(lambda: next(iter(console.all("text", root=dialog)), None), "the name's entry"), path + ".bundle")
        save = console.find("push button", "Save", root=dialog)
        wait_for(lambda: is_sensitive(save), "the path is taken")
        screenshot("save-bundle")
        click(save)
        console.find("label", contains="The bundle “notes.bundle” is made", seconds=120)
        screenshot("bundle-saved")
        self.assertGreater(os.path.getsize(path + ".bundle"), 0)
        self.agent.finish("app.remove", workspace=self.workspace["id"], app="notes")

    def serve_catalogue(self):
        """What tools/catalogue-serve makes of a folder with one bundle. Returns the address of the index."""
        folder = os.path.join(os.environ["HOME"], "catalogue")
        os.makedirs(folder)
        os.rename(self.bundle_of_a_stranger(), os.path.join(folder, "notes.bundle"))
        server = subprocess.Popen([os.path.join(os.path.dirname(__file__), "../../tools/catalogue-serve"), folder, "--port", "0", "--name",
                                   "The club"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.addCleanup(server.wait)
        self.addCleanup(server.kill)
        self.addCleanup(server.stdout.close)
        server.stdout.readline()
        return server.stdout.readline().strip()

    def test_get_more(self):
        if "mode-isolated" not in self.agent.call("server.info")["capabilities"]:
            self.skipTest("bundles need the root helper")
        console = self.console()
        self.log_in(console)
        address = self.serve_catalogue()
        click(console.find("push button", "Get More…"))
        dialog = console.find("dialog", "Get Applications")
        console.find("panel", contains="No Catalogue", root=dialog)
        add = console.find("push button", "Add", root=dialog)
        self.assertFalse(is_sensitive(add))
        set_text(console.find("text", "Address of a catalogue", root=dialog), "http://127.0.0.1:1/index.json")
        wait_for(lambda: is_sensitive(add), "an address can be added")
        click(add)
        console.find("alert", contains="The catalogue could not be added", root=dialog)
        screenshot("get-more-failed")
        set_text(console.find("text", "Address of a catalogue", root=dialog), address)
        wait_for(lambda: is_sensitive(add), "an address can be added")
        screenshot("get-more-empty")
        click(add)
        trust = console.find("push button", "Trust and Add")
        screenshot("get-more-trust")
        click(trust)
        install = console.find("push button", "Install Notes", root=dialog)
        console.find("label", contains="GPL-2.0-or-later", root=dialog)
        screenshot("get-more")
        click(install)
        console.find("label", "Installed", root=dialog, seconds=120)
        screenshot("get-more-installed")
        click(console.find("push button", "Catalogues", root=dialog))
        remove = console.find("push button", "Remove the catalogue The club", root=dialog)
        screenshot("get-more-catalogues")
        click(remove)
        console.find("panel", contains="No Catalogue", root=dialog)
        keys("Escape", to=dialog)
        console.gone("dialog", "Get Applications")
        self.tile(console, "Notes", 180)
        fetch = self.entry_of_tile(console, "Notes", "Fetch All of It")
        screenshot("tile-streamed")
        click(fetch)
        console.find("label", contains="“Notes” works without its server now.", seconds=120)
        self.assertNotIn("streamed_bytes", next(app for app in self.apps() if app["name"] == "Notes"))
        self.agent.finish("app.remove", workspace=self.workspace["id"], app="notes")

    def entry_of_tile(self, console, name, entry):
        """Opens a tile's menu; once more where the list was filled anew under it, which closes the menu."""
        def look():
            found = console.all("push button", entry)
            if not found:
                press(self.tile(console, name), "b3c")
            return next(iter(found), None)
        return wait_for(look, f"“{entry}” in the menu of “{name}”", 120)

    def apps(self):
        return self.agent.call("app.list", workspace=self.workspace["id"])["apps"]

    def test_search_by_typing(self):
        console = self.console()
        self.log_in(console)
        app = self.app("xterm", "editor", "pad")
        tile = self.tile(console, app["name"])
        count = len([node for node in console.all() if node.get_role_name() == tile.get_role_name()])
        keys("ctrl+f", to=console.find("frame", "Domicile"))
        write(app["name"][:6])
        wait_for(lambda: len(self.tiles(console, tile.get_role_name())) <= count, "fewer tiles")
        self.tile(console, app["name"])
        keys("Escape")

    def test_what_asks_about_it_goes_with_the_workspace(self):
        """It is closed by another's hand while a dialog or a menu is open."""
        console = self.console("--no-login", "--page", "workspace")
        for role, names, kind, title in (("push button", ("Open…",), "dialog", "Open a File"),
                                         ("push button", ("Install…",), "dialog", "Install an Application"),
                                         ("push button", ("Get More…",), "dialog", "Get Applications"),
                                         ("push button", ("Workspace Settings",), "dialog", None),
                                         ("toggle button", ("Make a bundle", "Save the Capture as a Bundle…"), "file chooser", "Save Bundle"),
                                         ("toggle button", ("Make a bundle",), "push button", "Begin a Capture"),
                                         ("push button", ("Log Out",), "alert", None)):
            with self.subTest(names=names):
                self.agent.finish("workspace.open", id=self.workspace["id"], user=USER, passphrase=PASSPHRASE, display="none")
                self.start_sleeper(self.agent, self.workspace)
                click(console.find(role, names[0]))
                for name in names[1:]:
                    click(console.find(name=name))
                console.find(kind, title)
                self.agent.finish("workspace.close", id=self.workspace["id"])
                console.gone(kind, title)
                console.find("panel", contains="No Workspace Is Open")
                keys("Tab", "Tab")  # to what is there now

    def test_create(self):
        path = os.path.join(os.environ["HOME"], "Fresh.domicile")
        console = self.console()
        click(console.find("push button", "New Workspace…"))
        dialog = console.find("dialog")
        create = console.find("push button", "Create", root=dialog)
        self.assertFalse(is_sensitive(create))
        set_text(console.field("Name", root=dialog), "Fresh")
        set_text(console.field("Folder", root=dialog), os.environ["HOME"])
        set_text(console.field("User", root=dialog), "someone")
        first, second = console.all("password text", root=dialog)
        set_text(first, "a good passphrase")
        set_text(second, "another passphrase")
        console.find(contains="The two passphrases differ.")
        self.assertFalse(is_sensitive(create))
        screenshot("create-workspace")
        set_text(second, "a good passphrase")
        wait_for(lambda: is_sensitive(create), "all is filled in")
        self.choose(console, dialog, "Encryption", "None")
        click(create)
        console.row("Fresh")
        self.assertTrue(os.path.exists(os.path.join(path, "workspace.json")))

    def choose(self, console, dialog, label, item):
        click(console.field(label, root=dialog))
        click(console.find("menu item", contains=item))

    def test_create_isolated(self):
        """The form asks for what such a workspace needs; making one is tested below the window."""
        console = self.console()
        click(console.find("push button", "New Workspace…"))
        dialog = console.find("dialog")
        size = console.field("Size (MiB)", root=dialog)
        set_text(size, "64")
        self.choose(console, dialog, "Programs", "Its own only")
        screenshot("create-isolated-workspace")
        wait_for(lambda: int(text_of(size)) >= 512, "room for a base system")
        screenshot("create-isolated-workspace")

    def app(self, *words):
        """An installed application with a window, by words of its id."""
        apps = self.agent.call("app.list", workspace=self.workspace["id"])["apps"]
        return next(app for word in words for app in apps if word in app["id"].lower())

    def app_now(self, app):
        apps = self.agent.call("app.list", workspace=self.workspace["id"])["apps"]
        return next(one for one in apps if one["id"] == app["id"])

    def tiles(self, console, role):
        return [node for node in console.all(role)]

    def tile(self, console, name, seconds=SECONDS):
        return wait_for(lambda: next((node for node in console.all()
                                      if (node.get_name() or "").split(",")[0] == name
                                      and node.get_role_name() != "label"), None), f"the tile “{name}”", seconds)

    def window_of_workspace(self, pid):
        """A window on the screen that belongs to a process of the workspace."""
        listed = self.agent.call("process.list", workspace=self.workspace["id"])["processes"]
        family = {pid}
        for process in listed:
            if process["ppid"] in family:
                family.add(process["pid"])
        found = []
        for process in listed:
            if process["pid"] in family:
                # A program in a PID namespace tells its window the number it knows, or the host's.
                for number in (process["pid"], process["host_pid"]):
                    found += subprocess.run(["xdotool", "search", "--onlyvisible", "--pid", str(number)],
                                            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False).stdout.split()
        return found


if __name__ == "__main__":
    unittest.main(verbosity=2)
