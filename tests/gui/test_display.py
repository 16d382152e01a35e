#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What the page Domains shows of a domain's display, of its crash, and of what else can be done to it."""

import unittest

from session import run_in_session

if __name__ == "__main__":
    run_in_session()

import subprocess  # noqa: E402

import gi  # noqa: E402

gi.require_version("Atspi", "2.0")
gi.require_version("Gdk", "3.0")
gi.require_version("Gtk", "3.0")
from gi.repository import Atspi, Gdk, Gtk  # noqa: E402

from case import GuiTest  # noqa: E402
from console import (click, is_sensitive, press, screenshot, set_text, text_of, wait_for)  # noqa: E402


def brightness(node):
    """How bright the screen is where this widget stands, from 0 to 1."""
    place = Atspi.Component.get_extents(node, Atspi.CoordType.SCREEN)
    shot = screenshot("domain-display")
    words = subprocess.run(["convert", shot, "-crop", f"{place.width}x{place.height}+{place.x}+{place.y}",
                            "-format", "%[fx:mean]", "info:"], check=True, capture_output=True, text=True).stdout
    return float(words)


class Display(GuiTest):
    def setUp(self):
        self.control = self.client("control")
        self.guests = [d for d in self.control.call("domain.list")["domains"] if d["role"] == "guest"]

    def domain(self, number):
        return self.control.call("domain.get", id=number)

    def create(self, name, image):
        """A guest of its own, destroyed at the end."""
        number = self.control.call("domain.create", name=name, image=image, memory_kib=8192)["id"]
        self.addCleanup(self.control.request, "domain.destroy", id=number)
        self.control.call("domain.resume", id=number)
        wait_for(lambda: self.domain(number).get("display"), "a picture of the new domain")
        return number

    def test_focus_and_picture(self):
        first, second = self.guests[0], self.guests[1]
        self.control.call("domain.focus", id=second["id"])
        console = self.console("--no-login")
        press(console.row(first["name"]))
        click(console.find("radio button", "Display"))
        picture = console.find("image", f"Display of {first['name']}")
        console.find("label", contains="In the background")
        give = console.find("push button", "Give Focus")
        wait_for(lambda: is_sensitive(give), "the focus can be given")
        click(give)
        wait_for(lambda: self.domain(first["id"])["focus"], "the hypervisor moves the focus")
        console.find("label", contains="Has the display")
        wait_for(lambda: not is_sensitive(give), "who has it cannot be given it")
        self.assertFalse(self.domain(second["id"])["focus"])
        wait_for(lambda: brightness(picture) > 0.05, "what the domain draws, in the window")

    def test_no_picture(self):
        console = self.console("--no-login")
        press(console.row("control"))
        click(console.find("radio button", "Display"))
        console.find(contains="No Picture")
        screenshot("domain-no-display")

    def test_crash_record(self):
        number = self.create("to-crash", self.guests[0]["kernel"]["image"])
        console = self.console("--no-login")
        press(console.row("to-crash"))
        self.assertEqual([], console.all("radio button", "Crash"))
        self.control.call("domain.console", id=number, write="crash\n")
        wait_for(lambda: self.domain(number)["state"] == "crashed", "the crash")
        click(console.find("push button", "Show Record"))
        record = console.find("text", "Crash record")
        for expected in ("pv_panic", "pv_on_syscall", "cpsr", "panic: a process asked for it"):
            self.assertIn(expected, text_of(record))
        screenshot("domain-crash")
        click(console.find("push button", "Copy Record"))
        clipboard = Gtk.Clipboard.get(Gdk.SELECTION_CLIPBOARD)
        wait_for(lambda: (clipboard.wait_for_text() or "") == text_of(record), "the record in the clipboard")

    def test_memory(self):
        number = self.create("to-shrink", self.guests[0]["kernel"]["image"])
        console = self.console("--no-login")
        press(console.row("to-shrink"))
        memory = console.find("spin button", "Memory in MiB")
        apply = console.find("push button", "Apply")
        self.assertEqual(Atspi.Value.get_current_value(memory), 8)
        Atspi.Value.set_current_value(memory, 6)
        wait_for(lambda: is_sensitive(apply), "the change can be applied")
        click(apply)
        wait_for(lambda: self.domain(number)["memory_kib"] == 6144, "the domain gives memory back")
        wait_for(lambda: not is_sensitive(apply), "nothing is left to apply")

    def test_move_asks_where(self):
        console = self.console("--no-login")
        press(console.row(self.guests[0]["name"]))
        click(console.find(contains="More actions"))
        click(console.find(contains="Move to Another Machine"))
        move = console.find("push button", "Move")
        self.assertFalse(is_sensitive(move))
        set_text(console.find("text", "Destination"), "/tmp/nobody-is-there.sock")
        wait_for(lambda: is_sensitive(move), "a path can be tried")
        screenshot("domain-move")
        click(console.find("push button", "Cancel"))
        console.gone("push button", "Move")


if __name__ == "__main__":
    unittest.main(verbosity=2)
