#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The page Domains saves a domain to a file, restores it, and moves it to another machine; each can be cancelled."""

import os
import sys
import tempfile
import unittest

from session import run_in_session

if __name__ == "__main__":
    run_in_session()

from case import HERE, GuiTest  # noqa: E402
from console import click, is_sensitive, keys, press, screenshot, set_text, wait_for  # noqa: E402

sys.path.insert(0, os.path.join(os.path.dirname(HERE), "hypervisor", "control"))
import harness  # noqa: E402

FLASH1 = os.path.join(harness.BUILD, "hypervisor/flash1.img")


class Transfer(GuiTest):
    def setUp(self):
        self.control = self.client("control")
        folder = tempfile.TemporaryDirectory(prefix="domicile-transfer-")
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        number = self.control.call("domain.create", name="mover", image="primes", memory_kib=8192)["id"]
        self.addCleanup(self.remove)
        self.control.call("domain.resume", id=number)
        wait_for(lambda: "> " in self.control.call("domain.console", id=number)["text"], "the domain has started")

    def domain(self, client=None):
        return next((domain for domain in (client or self.control).call("domain.list")["domains"]
                     if domain["name"] == "mover"), None)

    def remove(self):
        if self.domain():
            self.control.request("domain.destroy", id=self.domain()["id"])

    def choose(self, console, entry):
        """An entry of the domain's menu."""
        press(console.row("mover"), "b3c")
        click(console.find(name=entry))

    def give_path(self, console, title, path, button):
        """Types a path into the file chooser, and confirms it."""
        dialog = console.find("file chooser", title)
        if button == "Open":
            keys("ctrl+l", to=dialog)
        name = wait_for(lambda: next((node for node in console.all("text", root=dialog)), None), "the name's entry")
        set_text(name, path)
        confirm = console.find("push button", button, root=dialog)
        wait_for(lambda: is_sensitive(confirm), "the path is taken")
        screenshot("transfer-" + button.lower())
        click(confirm)

    def test_save_and_restore(self):
        console = self.console("--no-login")
        path = os.path.join(self.folder, "mover.domain")
        self.choose(console, "Save to a File…")
        self.give_path(console, "Save Domain", path, "Save")
        console.find(contains="“mover” is saved in mover.domain")
        self.assertIsNone(self.domain())
        console.gone("list item", contains="mover,")
        click(console.find("push button", "Restore a saved domain"))
        self.give_path(console, "Restore Domain", path, "Open")
        console.find(contains="The domain in mover.domain goes on")
        console.row("mover")
        self.assertIn(self.domain()["state"], ("running", "blocked"))

    def test_what_cannot_be_restored(self):
        console = self.console("--no-login")
        path = os.path.join(self.folder, "broken.domain")
        with open(path, "wb") as file:
            file.write(b"domicile-state-1 and no more")
        console.row("mover")
        click(console.find("push button", "Restore a saved domain"))
        self.give_path(console, "Restore Domain", path, "Open")
        console.find(contains="No domain could be made from broken.domain")
        screenshot("transfer-broken")

    def other_machine(self):
        machine = harness.Machine(FLASH1)
        self.addCleanup(machine.close)
        machine.wait_until_answering()
        client = machine.client()
        self.addCleanup(client.close)
        return machine, client

    def move(self, console, to):
        self.choose(console, "Move to Another Machine…")
        set_text(console.find("text", "Destination"), to)
        button = console.find("push button", "Move")
        wait_for(lambda: is_sensitive(button), "the destination is taken")
        click(button)

    def test_move(self):
        machine, there = self.other_machine()
        console = self.console("--no-login")
        self.move(console, machine.control)
        console.find(contains="“mover” goes on on the other machine")
        wait_for(lambda: self.domain() is None, "it is gone here")
        self.assertIn(self.domain(there)["state"], ("running", "blocked"))

    def test_move_is_cancelled(self):
        """The other machine says nothing: the dialog shows what goes on, and Cancel leaves the domain where it was."""
        machine, _ = self.other_machine()
        machine.qmp().command("stop")
        console = self.console("--no-login")
        self.move(console, machine.control)
        dialog = console.find("dialog", "Moving “mover”")
        console.find("progress bar", root=dialog)
        screenshot("transfer-move")
        click(console.find("push button", "Cancel", root=dialog))
        console.gone("dialog", "Moving “mover”")
        self.assertIn(self.domain()["state"], ("running", "blocked"))

    def test_nobody_is_there(self):
        console = self.console("--no-login")
        self.move(console, os.path.join(self.folder, "control.sock"))
        console.find(contains="“mover” could not be moved")
        screenshot("transfer-failed")
        self.assertIn(self.domain()["state"], ("running", "blocked"))


if __name__ == "__main__":
    unittest.main(verbosity=2)
