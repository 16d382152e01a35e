#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Remembering a passphrase, with a real keyring behind the session's message bus."""

import os
import subprocess
import unittest

from session import run_in_session

if __name__ == "__main__":
    run_in_session()

import gi  # noqa: E402

gi.require_version("Gio", "2.0")
from gi.repository import Gio, GLib  # noqa: E402

from case import PASSPHRASE, USER, GuiTest  # noqa: E402
from console import (Atspi, click, focus, has_state, is_sensitive, keys, screenshot, set_text, text_of,  # noqa: E402
                     wait_for, write)


def setUpModule():
    """Starts the keyring that desktops have, its login collection unlocked by a password of this test's."""
    daemon = subprocess.Popen(["gnome-keyring-daemon", "--foreground", "--unlock", "--components=secrets"],
                              stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    daemon.stdin.write(b"keyring of the test")
    daemon.stdin.close()
    unittest.addModuleCleanup(daemon.wait)
    unittest.addModuleCleanup(daemon.terminate)
    bus = Gio.bus_get_sync(Gio.BusType.SESSION, None)

    def served():
        return bus.call_sync("org.freedesktop.DBus", "/", "org.freedesktop.DBus", "NameHasOwner",
                             GLib.Variant("(s)", ("org.freedesktop.secrets",)), None, 0, -1, None).unpack()[0]
    wait_for(served, "the keyring on the bus")


class Keyring(GuiTest):

    def setUp(self):
        self.agent = self.client("agent")
        self.workspace = self.agent.call("workspace.list")["workspaces"][0]

    def begin(self):
        """A new console with the user's name typed."""
        console = self.console()
        self.remember = console.find("check box", contains="Remember")
        wait_for(lambda: is_sensitive(self.remember), "the keyring is there")
        focus(console.field("User"))
        write(USER)
        keys("Tab")
        return console

    def passphrase_length(self, console):
        return len(text_of(console.find("password text")))

    def log_in(self, console):
        button = console.find("push button", "Log In")
        wait_for(lambda: is_sensitive(button), "one can log in")
        click(button)
        console.find("push button", "Log Out")
        self.agent.finish("workspace.close", id=self.workspace["id"])
        console.end()

    def set_remember(self, wanted):
        if has_state(self.remember, Atspi.StateType.CHECKED) != wanted:
            click(self.remember)
        wait_for(lambda: has_state(self.remember, Atspi.StateType.CHECKED) == wanted, "the check box follows")

    def test_remembered_until_told_to_forget(self):
        console = self.begin()
        self.assertEqual(self.passphrase_length(console), 0)
        set_text(console.find("password text"), PASSPHRASE)
        self.set_remember(True)
        screenshot("login-remember")
        self.log_in(console)

        console = self.begin()
        wait_for(lambda: self.passphrase_length(console) == len(PASSPHRASE), "the keyring's passphrase is filled in")
        self.assertTrue(has_state(self.remember, Atspi.StateType.CHECKED))
        self.set_remember(False)
        self.log_in(console)

        console = self.begin()
        set_text(console.find("password text"), PASSPHRASE)
        self.assertFalse(has_state(self.remember, Atspi.StateType.CHECKED), "it was forgotten")
        self.log_in(console)

    def test_wrong_passphrase_is_not_remembered(self):
        console = self.begin()
        set_text(console.find("password text"), "not the passphrase")
        self.set_remember(True)
        button = console.find("push button", "Log In")
        wait_for(lambda: is_sensitive(button), "one can log in")
        click(button)
        console.find("alert", contains="The user or the passphrase is wrong")
        console.end()
        stored = subprocess.run(["secret-tool", "search", "--all", "user", USER], stdout=subprocess.PIPE,
                                stderr=subprocess.DEVNULL, check=False, env=dict(os.environ)).stdout
        self.assertNotIn(b"not the passphrase", stored)


if __name__ == "__main__":
    unittest.main(verbosity=2)
