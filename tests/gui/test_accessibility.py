#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Every page, walked as a screen reader does: whatever can have the focus has a name."""

import unittest

from session import run_in_session

if __name__ == "__main__":
    run_in_session()

from gi.repository import Atspi  # noqa: E402

from case import GuiTest  # noqa: E402
from console import click, focus, keys, press, screenshot, wait_for, walk  # noqa: E402

# Containers that can have the focus and are told by what they hold.
TOLD_BY_CONTENT = {"frame", "window", "dialog", "scroll pane", "panel", "filler", "viewport", "page tab list",
                   "application", "split pane", "layered pane"}


def is_focusable(node):
    return node.get_state_set().contains(Atspi.StateType.FOCUSABLE)


def is_labelled(node):
    return any(relation.get_relation_type() == Atspi.RelationType.LABELLED_BY
               for relation in node.get_relation_set())


class Accessibility(GuiTest):

    def unnamed(self, console):
        return [f"{node.get_role_name()} at {self.path_of(node)}" for node in walk(console.application)
                if is_focusable(node) and node.get_role_name() not in TOLD_BY_CONTENT
                and not (node.get_name() or "").strip() and not is_labelled(node)]

    @staticmethod
    def path_of(node):
        parts = []
        while node is not None and node.get_role_name() != "application":
            parts.append(node.get_name() or node.get_role_name())
            node = node.get_parent()
        return " / ".join(reversed(parts))

    def test_every_page(self):
        console = self.console("--no-login")
        console.row("control")
        for page in ("Domains", "Workspace", "Policy", "Storage"):
            with self.subTest(page=page):
                console.page(page)
                tab = console.find("radio button", page)
                wait_for(lambda: tab.get_state_set().contains(Atspi.StateType.CHECKED), f"the page {page}")
                screenshot("page-" + page.lower())
                self.assertEqual(self.unnamed(console), [])

    def test_details(self):
        console = self.console("--no-login")
        press(console.row("control"))
        console.find("label", "UUID")
        self.assertEqual(self.unnamed(console), [])

    def test_login(self):
        console = self.console()
        console.find("push button", "Skip: Manage This Device Only")
        self.assertEqual(self.unnamed(console), [])

    def test_dialogs(self):
        console = self.console("--no-login")
        console.row("control")
        click(console.find("push button", "New domain"))
        dialog = console.find("dialog")
        self.assertEqual(self.unnamed(console), [])
        keys("Escape", to=dialog)
        console.gone("dialog")

    def test_menu_by_keyboard(self):
        console = self.console("--no-login")
        focus(console.row("control"))
        keys("F10")
        console.find(contains="About Domicile")
        screenshot("menu")
        self.assertEqual(self.unnamed(console), [])

    def test_dark(self):
        console = self.console("--no-login", GTK_THEME="Adwaita:dark")
        console.row("control")
        screenshot("dark")

    def test_narrow(self):
        console = self.console("--no-login")
        press(console.row("control"))
        console.find("label", "UUID")
        for page in ("Storage", "Policy", "Workspace", "Domains"):
            console.find("radio button", page)
        console.resize(360, 640)
        back = console.find("push button", "All Domains")
        frame = console.find("frame")
        self.assertLessEqual(Atspi.Component.get_extents(frame, Atspi.CoordType.SCREEN).width, 370)
        screenshot("narrow-details")
        click(back)
        console.row("control")
        screenshot("narrow")

    def test_korean(self):
        console = self.console("--no-login", LANGUAGE="ko")
        console.find("radio button", "도메인")
        console.find("text", "도메인 찾기")
        screenshot("korean")

    def test_high_contrast(self):
        console = self.console("--no-login", GTK_THEME="HighContrast")
        console.row("control")
        screenshot("high-contrast")


if __name__ == "__main__":
    unittest.main(verbosity=2)
