#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The settings of an open workspace, in the window and in what the agent keeps."""

import unittest

from session import run_in_session

if __name__ == "__main__":
    run_in_session()

from case import PASSPHRASE, USER, GuiTest  # noqa: E402
from console import click, is_sensitive, screenshot, set_text, wait_for  # noqa: E402


class Settings(GuiTest):

    def setUp(self):
        self.agent = self.client("agent")
        self.workspace = self.agent.call("workspace.list")["workspaces"][0]["id"]
        self.agent.finish("workspace.open", id=self.workspace, user=USER, passphrase=PASSPHRASE, display="none")
        self.addCleanup(lambda: self.agent.finish("workspace.close", id=self.workspace))

    def settings(self):
        return self.agent.call("workspace.set", id=self.workspace)["settings"]

    def test_in_korean(self):
        console = self.console("--no-login", LANGUAGE="ko")
        console.page("작업 공간")
        click(console.find("push button", "작업 공간 설정"))
        console.find("combo box", "클립보드")
        screenshot("workspace-settings-korean")

    def test_they_are_shown_and_kept(self):
        console = self.console("--no-login")
        console.page("Workspace")
        click(console.find("push button", "Workspace Settings"))
        dialog = console.find("dialog", contains="Settings of")
        screenshot("workspace-settings")
        set_text(console.find("text", "/path", root=dialog), "/srv/hidden")
        add = console.find("push button", "Add", root=dialog)
        wait_for(lambda: is_sensitive(add), "the rule can be added")
        click(add)
        console.find("push button", "Remove the rule for /srv/hidden", root=dialog)
        click(console.find("radio button", "This Computer", root=dialog))
        click(console.find("toggle button", "Sound", root=dialog))
        screenshot("workspace-settings-computer")
        click(console.find("push button", "Save", root=dialog))
        wait_for(lambda: not self.settings()["sound"], "the settings are kept")
        kept = self.settings()
        self.assertEqual(kept["paths"], [{"path": "/srv/hidden", "rule": "hide"}])
        self.assertEqual((kept["network"], kept["printers"]), ("host", True))


if __name__ == "__main__":
    unittest.main(verbosity=2)
