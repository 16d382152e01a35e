#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The page Domains: who shares what with whom, in a chart of buttons and in a list."""

import unittest

from session import run_in_session

if __name__ == "__main__":
    run_in_session()

from case import GuiTest  # noqa: E402
from console import click, focus, keys, press, screenshot, wait_for  # noqa: E402

WORDS = {"event": "Events", "grant": "Shared memory", "block": "Disks", "net": "Network"}


class Graph(GuiTest):
    def setUp(self):
        self.control = self.client("control")

    def open(self):
        console = self.console("--no-login")
        console.row("control")
        click(console.find("toggle button", "Connections between domains"))
        console.find("label", "All Connections")
        return console

    def connections(self):
        """What the hypervisor tells, as the list names it."""
        names = {domain["id"]: domain["name"] for domain in self.control.call("domain.list")["domains"]}
        return {f"{names[edge['from']]} → {names[edge['to']]}, {WORDS[edge['kind']]}"
                for edge in self.control.call("domain.graph")["edges"]}

    @staticmethod
    def listed(console, heading="All Connections"):
        """Who and what of each row; how much changes from one look to the next."""
        root = console.find("list box", heading)
        return {row.get_name().rpartition(", ")[0] for row in console.all("list item", root=root)}

    def test_shows_what_there_is(self):
        console = self.open()
        root = console.find("list box", "All Connections")
        wait_for(lambda: root.get_child_count() >= len(self.connections()) > 0, "as many as the hypervisor tells of")
        self.assertLessEqual(self.listed(console), self.connections())
        for domain in self.control.call("domain.list")["domains"]:
            console.find("push button", contains=domain["name"] + ",", root=console.find("chart", "Connections between domains").get_parent())
        screenshot("graph")

    def test_one_domain(self):
        console = self.open()
        node = console.find("push button", contains="primes, ")
        click(node)
        console.find("label", "Connections of “primes”")
        wait_for(lambda: (rows := self.listed(console, "Connections of “primes”"))
                 and all("primes" in row for row in rows), "its connections alone")
        screenshot("graph-domain")
        click(console.find("push button", "Show Domain"))
        console.find("label", contains="Processor:")
        self.assertFalse(console.all("chart", "Connections between domains"))

    def test_kinds_can_be_left_out(self):
        console = self.open()
        wait_for(lambda: any("Events" in row for row in self.listed(console)), "events")
        click(console.find("check box", "Events"))
        wait_for(lambda: not any("Events" in row for row in self.listed(console)), "a list without events")
        click(console.find("check box", "Events"))
        wait_for(lambda: any("Events" in row for row in self.listed(console)), "events again")

    def test_follows_what_happens(self):
        console = self.open()
        number = self.control.call("domain.create", name="newcomer", image="primes", memory_kib=8192)["id"]
        self.addCleanup(self.control.request, "domain.destroy", id=number)
        self.control.call("domain.resume", id=number)
        console.find("push button", contains="newcomer, ")
        self.control.call("domain.destroy", id=number)
        console.gone("push button", contains="newcomer, ")

    def test_by_keyboard(self):
        console = self.console("--no-login")
        focus(console.row("control"))
        keys("ctrl+g")
        console.find("label", "All Connections")
        node = console.find("push button", contains="primes, ")
        node.grab_focus()
        keys("Return")
        console.find("label", "Connections of “primes”")
        keys("Return")
        console.find("label", "All Connections")
        press(console.row("primes"))
        console.find("label", contains="Processor:")


if __name__ == "__main__":
    unittest.main(verbosity=2)
