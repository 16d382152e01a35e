#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Plugins come, go and fail without harm to the others."""

import os
import subprocess
import tempfile
import unittest

from session import run_in_session

if __name__ == "__main__":
    run_in_session()

from case import GuiTest  # noqa: E402
from console import click, focus, keys, press, screenshot, wait_for  # noqa: E402


class Plugins(GuiTest):

    def folder_with(self, name, text, module=None):
        """A folder with one plugin."""
        folder = tempfile.mkdtemp(dir=os.environ["HOME"])
        os.mkdir(os.path.join(folder, name))
        with open(os.path.join(folder, name, name + ".plugin"), "w", encoding="utf-8") as file:
            file.write(text)
        if module is not None:
            with open(os.path.join(folder, name, f"lib{name}.so"), "wb") as file:
                file.write(module)
        return folder

    def assert_others_work(self, console):
        console.row("control")
        for page in ("Domains", "Workspace", "Policy", "Storage"):
            console.find("radio button", page)

    def test_without_its_module(self):
        folder = self.folder_with("hollow", "[Plugin]\nModule=hollow\nName=Hollow\nX-Position=1\n")
        console = self.console("--no-login", DOMICILE_PLUGIN_PATH=folder)
        self.assert_others_work(console)
        # The pages that have come since have not taken it away.
        console.find("label", contains="The plugin “Hollow” could not be loaded")
        screenshot("plugin-broken")

    def test_with_a_module_that_is_none(self):
        folder = self.folder_with("noise", "[Plugin]\nModule=noise\nName=Noise\n", b"this is no shared object\n" * 9)
        console = self.console("--no-login", DOMICILE_PLUGIN_PATH=folder)
        console.find("label", contains="The plugin “Noise” could not be loaded")
        self.assert_others_work(console)

    def test_with_a_description_that_is_none(self):
        folder = self.folder_with("garbage", "this is no plugin file")
        self.assert_others_work(self.console("--no-login", DOMICILE_PLUGIN_PATH=folder))

    def test_switch_off_and_on(self):
        console = self.console("--no-login")
        self.assert_others_work(console)
        self.preferences(console)
        switch = console.find("toggle button", "Storage")
        click(switch)
        console.gone("radio button", "Storage")
        click(switch)
        console.find("radio button", "Storage")
        click(console.find("toggle button", "Domains"))
        console.gone("radio button", "Domains")
        click(console.find("toggle button", "Domains"))
        console.page("Domains")
        console.row("control")

    def preferences(self, console):
        """Opens them by their key, and gives their window back."""
        keys("ctrl+comma", to=console.find("frame", "Domicile"))
        return console.find("frame", "Preferences")

    def leave(self, console, preferences):
        keys("Escape", to=preferences)
        console.gone("frame", "Preferences")

    def brightness(self):
        """Of all windows, from 0 to 255."""
        pixel = subprocess.run(["import", "-window", "root", "-colorspace", "Gray", "-resize", "1x1!", "-depth", "8", "gray:-"], check=True, stdout=subprocess.PIPE)
        return pixel.stdout[0]

    def test_theme_after_a_page_has_gone(self):
        """GTK goes through all widgets then; what was freed is made to look like nothing that could be used."""
        console = self.console("--no-login", "--page", "domains", MALLOC_PERTURB_="165", G_SLICE="always-malloc")
        for _ in range(2):
            press(console.row("primes"))
            console.find("list item", "Processors")
            preferences = self.preferences(console)
            click(console.find("toggle button", "Domains"))
            console.gone("radio button", "Domains")
            click(console.find("toggle button", "Domains"))
            console.find("radio button", "Domains")
            self.leave(console, preferences)
            console.page("Domains")
        bright = self.brightness()
        for index, reached in ((2, lambda: self.brightness() < bright - 100), (1, lambda: self.brightness() > bright - 50)):
            preferences = self.preferences(console)
            press(console.find("list item", "Appearance"))
            keys(*["Up"] * 2, *["Down"] * index, "Return")
            wait_for(reached, f"scheme {index}")
            self.leave(console, preferences)


if __name__ == "__main__":
    unittest.main(verbosity=2)
