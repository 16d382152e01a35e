#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The launchpad: search as one types, in Korean too, favourites, recent and running apps, by mouse and by keyboard alone."""

import os
import select
import subprocess
import time
import unittest

from session import run_in_session

if __name__ == "__main__":
    run_in_session()

from case import PASSPHRASE, USER, GuiTest  # noqa: E402
from console import SECONDS, click, has_state, is_sensitive, is_showing, keys, press, screenshot, set_text, wait_for, write  # noqa: E402
import gi  # noqa: E402
gi.require_version("Atspi", "2.0")
from gi.repository import Atspi  # noqa: E402

ENTRY = "[Desktop Entry]\nType=Application\nName={name}\nComment={summary}\nCategories={categories};\nKeywords={keywords};\nExec={command}\n"
APPS = {"calculator": ("공학용 계산기", "Sums", "Utility", "수식"), "zither": ("Zither Tuner", "Plays tones", "AudioVideo", "music")}


class Launchpad(GuiTest):
    def setUp(self):
        self.agent = self.client("agent")
        self.workspace = self.agent.call("workspace.list")["workspaces"][0]
        self.folder = os.path.join(self.workspace["path"], "home", ".local", "share", "applications")
        os.makedirs(self.folder, exist_ok=True)
        for app, about in APPS.items():
            self.write(app, *about)
        self.addCleanup(self.close_workspace)
        self.window = self.console()
        set_text(self.window.field("User"), USER)
        set_text(self.window.find("password text"), PASSPHRASE)
        button = self.window.find("push button", "Log In")
        wait_for(lambda: is_sensitive(button), "one can log in")
        click(button)
        self.window.find("push button", "Log Out")
        self.search = self.window.find("text", "Find an application")
        self.tile("Zither Tuner")

    def write(self, app, name, summary, categories, keywords, command="sleep 1000"):
        with open(os.path.join(self.folder, app + ".desktop"), "w", encoding="utf-8") as file:
            file.write(ENTRY.format(name=name, summary=summary, categories=categories, keywords=keywords, command=command))

    def remove_many(self):
        self.close_workspace()
        for name in os.listdir(self.folder):
            if name.startswith("many"):
                os.unlink(os.path.join(self.folder, name))

    def close_workspace(self):
        state = next(one["state"] for one in self.agent.call("workspace.list")["workspaces"] if one["id"] == self.workspace["id"])
        if state == "open":
            for app in APPS:
                self.agent.call("app.set", workspace=self.workspace["id"], app=app, favourite=False)
            self.agent.finish("workspace.close", id=self.workspace["id"])

    def app(self, name):
        return next(app for app in self.agent.call("app.list", workspace=self.workspace["id"])["apps"] if app["id"] == name + ".desktop")

    def tile(self, name, seconds=SECONDS):
        return wait_for(lambda: next((node for node in self.window.all() if (node.get_name() or "").split(",")[0] == name
                                      and node.get_role_name() != "label"), None), f"the tile “{name}”", seconds)

    def place(self, name):
        box = Atspi.Component.get_extents(self.tile(name), Atspi.CoordType.SCREEN)
        return box.y, box.x

    def gone(self, name):
        wait_for(lambda: not [node for node in self.window.all() if (node.get_name() or "").split(",")[0] == name], f"“{name}” is gone")

    def test_search_finds_korean_by_its_initial_consonants(self):
        for words in ("ㄱㅅㄱ", "계사", "공학용", "수식"):
            with self.subTest(words=words):
                set_text(self.search, words)
                self.gone("Zither Tuner")
                self.tile("공학용 계산기")
        screenshot("launchpad-search-korean")
        set_text(self.search, "no such thing")
        self.window.find("panel", contains="No Application Found")
        set_text(self.search, "")
        self.tile("Zither Tuner")

    def home(self):
        """The home folder as its programs see it."""
        told = os.path.join(self.workspace["path"], "home", "told")
        self.agent.call("app.launch", workspace=self.workspace["id"], argv=["sh", "-c", 'echo "$HOME" > ~/new; mv ~/new ~/told'])
        wait_for(lambda: os.path.exists(told), "a program tells where its home is")
        with open(told, encoding="utf-8") as file:
            return file.read().strip()

    def write_program(self, text):
        with open(os.path.join(self.workspace["path"], "home", "fiddle"), "w", encoding="ascii") as file:
            file.write(text)
        os.chmod(file.name, 0o755)

    def test_an_error_goes_when_it_is_none_any_more(self):
        self.write_program("no program at all")
        self.write("fiddle", "Fiddle", "Does not start", "Utility", "", command=self.home() + "/fiddle")
        self.addCleanup(os.unlink, os.path.join(self.folder, "fiddle.desktop"))
        for way_out in (self.close_it, self.leave_the_page, self.try_again):
            with self.subTest(way=way_out.__name__):
                press(self.tile("Fiddle"))
                error = self.window.find("label", contains="“Fiddle” could not be started")
                if way_out == self.close_it:
                    screenshot("launchpad-error")  # once: who tries again may be as quick as a double click is
                way_out()
                wait_for(lambda: not is_showing(error), "the error is gone")

    def close_it(self):
        click(self.window.find("push button", "Close", root=self.window.find("alert")))

    def leave_the_page(self):
        self.window.page("Storage")
        self.window.gone("alert")
        self.window.page("Workspace")

    def try_again(self):
        self.write_program("#!/bin/sh\nexec sleep 1000\n")
        press(self.tile("Fiddle"))

    def test_hundreds_of_apps(self):
        """They come turn by turn, and none is lost or there twice, whatever is searched meanwhile."""
        self.close_workspace()
        self.addCleanup(self.remove_many)
        for number in range(200):
            self.write(f"many{number}", f"Many {number}", "One of many", "Utility", "crowd")
        self.agent.finish("workspace.open", id=self.workspace["id"], user=USER, passphrase=PASSPHRASE, display="none")
        self.search = self.window.find("text", "Find an application")
        grid = wait_for(lambda: next((node for node in self.window.all(name="Applications") if node.get_role_name() != "radio button"),
                                     None), "the grid")

        def names():
            grid.clear_cache()
            tiles = [grid.get_child_at_index(index) for index in range(grid.get_child_count())]
            return [tile.get_name().split(",")[0] for tile in tiles if tile is not None]  # one may go while it is looked at
        everything = sorted(app["name"] for app in self.agent.call("app.list", workspace=self.workspace["id"])["apps"])
        self.assertGreater(len(everything), 200)
        wait_for(lambda: sorted(names()) == everything, lambda: f"a tile for each; there are {names()}")
        self.assertLess(names().index("Many 9"), names().index("Many 10"))
        in_order = names()
        for words, found in (("many", 200), ("many 19", 11), ("no such thing", 0)):
            set_text(self.search, words)
            wait_for(lambda: len(names()) == found, lambda: f"{found} tiles; there are {names()}")
        for words in ("many 1", "many", ""):
            set_text(self.search, words)
        wait_for(lambda: names() == in_order, lambda: f"what was there before; there are {names()}")

    def test_favourite_by_keyboard_alone(self):
        keys("ctrl+f", to=self.window.find("frame", "Domicile"))
        wait_for(lambda: has_state(self.search, Atspi.StateType.FOCUSED), "one can type")
        write("zith")
        self.gone("공학용 계산기")
        tile = self.tile("Zither Tuner")
        keys("Down")
        wait_for(lambda: has_state(tile, Atspi.StateType.FOCUSED), "the tile has the focus")
        keys("ctrl+d")
        wait_for(lambda: self.app("zither")["favourite"], "it is a favourite")
        wait_for(lambda: "favourite" in tile.get_name(), "the tile says so")
        keys("Return")
        wait_for(lambda: "Running" in tile.get_name(), "the tile says that it runs")
        self.assertEqual(len(self.app("zither")["running"]), 1)
        set_text(self.search, "")
        click(self.window.find("radio button", "Running"))
        self.gone("공학용 계산기")
        self.tile("Zither Tuner")
        screenshot("launchpad-running-section")
        click(self.window.find("radio button", "Recent"))
        self.tile("Zither Tuner")
        click(self.window.find("radio button", "Favourites"))
        self.tile("Zither Tuner")
        self.gone("공학용 계산기")
        click(self.window.find("radio button", "All"))
        self.tile("공학용 계산기")
        self.assertLess(self.place("Zither Tuner"), self.place("XTerm"))  # by name it would come after it
        screenshot("launchpad-favourites-first")

    def test_favourite_by_menu_and_by_dragging(self):
        press(self.tile("Zither Tuner"), "b3c")
        click(self.window.find("push button", "Add to Favourites"))
        wait_for(lambda: self.app("zither")["favourite"], "the menu makes it a favourite")
        set_text(self.search, "공학용")
        self.gone("Zither Tuner")
        self.drag(self.tile("공학용 계산기"), self.window.find("radio button", "Favourites"), lambda: self.app("calculator")["favourite"])
        set_text(self.search, "")
        click(self.window.find("radio button", "Favourites"))
        press(self.tile("Zither Tuner"), "b3c")
        click(self.window.find("push button", "Remove from Favourites"))
        self.gone("Zither Tuner")
        self.tile("공학용 계산기")

    def test_a_menu_stays_while_the_list_changes(self):
        """Another client makes a favourite of an app, which puts that before the one whose menu is open."""
        press(self.tile("Zither Tuner"), "b3c")
        entry = self.window.find("push button", "Add to Favourites")
        self.agent.call("app.set", workspace=self.workspace["id"], app="calculator", favourite=True)
        wait_for(lambda: self.place("공학용 계산기") < self.place("Zither Tuner"), "the favourite comes first")
        screenshot("launchpad-menu-stays")
        click(entry)
        wait_for(lambda: self.app("zither")["favourite"], "the menu is about the same app")

    def test_closing_under_an_open_menu(self):
        """The menu would give the focus back to a tile that goes with it; keys that come then have to go to something else."""
        focused = self.tile("공학용 계산기")  # behind the one with the menu, so that it is still there when that goes
        Atspi.Component.grab_focus(focused)
        wait_for(lambda: has_state(focused, Atspi.StateType.FOCUSED), "the tile has the focus")
        press(self.tile("Zither Tuner"), "b3c")
        self.window.find("push button", "Add to Favourites")
        self.close_workspace()
        self.window.find("panel", contains="No Workspace Is Open")
        create = self.window.find("push button", "New Workspace…")

        def reached():
            keys("Tab")
            return has_state(create, Atspi.StateType.FOCUSED)
        wait_for(reached, "the keyboard reaches what is there now")
        self.agent.finish("workspace.open", id=self.workspace["id"], user=USER, passphrase=PASSPHRASE, display="none")
        tile = self.tile("Zither Tuner")

        def tile_reached():
            keys("Tab")
            return [node for node in self.window.all(tile.get_role_name()) if has_state(node, Atspi.StateType.FOCUSED)]
        wait_for(tile_reached, "the keyboard reaches the tiles of the next time")

    def test_empty_sections_say_what_to_do(self):
        click(self.window.find("radio button", "Favourites"))
        self.window.find("panel", contains="No Favourites")
        screenshot("launchpad-no-favourites")
        click(self.window.find("radio button", "Running"))
        self.window.find("panel", contains="Nothing Is Running")

    def drag(self, source, target, done):
        """As a hand does it: GTK takes the pointer only after some way, and a test cannot see when it has; so it tries again."""
        def middle(node):
            box = Atspi.Component.get_extents(node, Atspi.CoordType.SCREEN)
            return box.x + box.width // 2, box.y + box.height // 2

        def move(*command):
            subprocess.run(["xdotool", *map(str, command)], check=True)

        (x, y), (there_x, there_y) = middle(source), middle(target)
        deadline = time.monotonic() + 120
        while not done() and time.monotonic() < deadline:
            move("mousemove", "--sync", x, y)
            move("mousedown", 1)
            for part in range(1, 21):
                move("mousemove", x + (there_x - x) * part // 20, y + (there_y - y) * part // 20)
                select.select([], [], [], 0.02)
            move("mouseup", 1)
            select.select([], [], [], 1)
        self.assertTrue(done(), "dragging has no effect")


if __name__ == "__main__":
    unittest.main()
