#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What domains and apps may spend, against the real hypervisor and the real agent: shown as it is, and changed; a battery
that runs down tightens it."""

import unittest

from session import run_in_session

if __name__ == "__main__":
    run_in_session()

from case import PASSPHRASE, USER, GuiTest  # noqa: E402
from console import click, is_sensitive, press, screenshot, set_text, wait_for  # noqa: E402

SECONDS = 60


class Budgets(GuiTest):

    def set_budget(self, console, title, number):
        click(console.find("toggle button", "Change the budget: " + title, seconds=SECONDS))
        set_text(console.find("spin button", title), str(number))
        click(console.find("push button", "Set"))

    def test_of_a_domain(self):
        control = self.client("control")
        self.addCleanup(control.call, "battery.set", percent=100, discharging=False)
        guest = next(domain for domain in control.call("domain.list")["domains"] if domain["role"] == "guest")

        def spending():
            return next(one for one in control.call("guard.get")["domains"] if one["id"] == guest["id"])

        before = spending()["event_channels"]["budget"]
        self.addCleanup(control.call, "guard.set", id=guest["id"], event_channels=before)
        console = self.console("--no-login")
        press(console.row(guest["name"], seconds=SECONDS))
        click(console.find("radio button", "Budget", seconds=SECONDS))
        console.row("Event channels: ", seconds=SECONDS)
        self.set_budget(console, "Event channels", 77)
        console.row(f"Event channels: {spending()['event_channels']['used']} of 77", seconds=SECONDS)
        self.assertEqual(spending()["event_channels"]["budget"], 77)
        control.call("battery.set", percent=20)
        console.find("label", contains="Battery at 20 %, discharging. Budgets are tightened to 40 %", seconds=SECONDS)
        screenshot("budget-of-a-domain")
        control.call("battery.set", percent=90, discharging=False)
        console.find("label", contains="Battery at 90 %, not discharging. Budgets hold in full", seconds=SECONDS)
        click(console.find("toggle button", "Change the budget: Event channels"))
        click(console.find("push button", "No Limit"))
        wait_for(lambda: spending()["event_channels"]["budget"] is None, "the budget is gone", SECONDS)

    def test_of_an_app(self):
        agent = self.client("agent")
        workspace = agent.call("workspace.list")["workspaces"][0]["id"]
        console = self.console()
        set_text(console.field("User"), USER)
        set_text(console.find("password text"), PASSPHRASE)
        button = console.find("push button", "Log In")
        wait_for(lambda: is_sensitive(button), "one can log in", SECONDS)
        click(button)
        console.find("push button", "Log Out", seconds=SECONDS)
        self.addCleanup(agent.finish, "workspace.close", id=workspace)
        click(console.find("radio button", "Budgets", seconds=SECONDS))
        console.find("label", contains="No program with a budget runs", seconds=SECONDS)
        pid = agent.call("app.launch", workspace=workspace, argv=["/bin/sleep", "1000"], label="untrusted-app")["pid"]
        console.row("Memory: ", seconds=SECONDS)
        console.find("list box", contains=f"Process {pid} · label untrusted-app", seconds=SECONDS)
        console.row("Processes: ", seconds=SECONDS)
        if agent.call("guard.get")["backend"] == "rlimit":
            self.set_budget(console, "Processes", 12)
            console.find(contains="Could not change the budget", seconds=SECONDS)
        else:
            self.set_budget(console, "Processes", 12)
            console.row("Processes: 1 of 12", seconds=SECONDS)
        screenshot("budget-of-an-app")
        agent.call("app.stop", workspace=workspace, pid=pid)
        console.find("label", contains="No program with a budget runs", seconds=SECONDS)


if __name__ == "__main__":
    unittest.main(verbosity=2)
