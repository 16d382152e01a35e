#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The settings of an open workspace, in the window and in what the agent keeps."""

import os
import unittest

from session import run_in_session

if __name__ == "__main__":
    run_in_session()

from case import PASSPHRASE, USER, GuiTest  # noqa: E402
from console import choose, click, is_sensitive, screenshot, set_text, wait_for  # noqa: E402

ENTRY = "[Desktop Entry]\nType=Application\nName={}\nMimeType=x-scheme-handler/mailto;\nExec=python3 -c \"__import__('time').sleep(1000)\" %u\n"
MAILERS = {"first": "First Mailer", "second": "Second Mailer"}


class Settings(GuiTest):

    def setUp(self):
        self.agent = self.client("agent")
        workspace = self.agent.call("workspace.list")["workspaces"][0]
        self.workspace = workspace["id"]
        folder = os.path.join(workspace["path"], "home", ".local", "share", "applications")
        os.makedirs(folder, exist_ok=True)
        for app, name in MAILERS.items():
            with open(os.path.join(folder, app + ".desktop"), "w", encoding="utf-8") as file:
                file.write(ENTRY.format(name))
        self.agent.finish("workspace.open", id=self.workspace, user=USER, passphrase=PASSPHRASE, display="none")
        self.addCleanup(lambda: self.agent.finish("workspace.close", id=self.workspace))

    def settings(self):
        return self.agent.call("workspace.set", id=self.workspace)["settings"]

    def mailers(self):
        """The default for mail addresses first."""
        return [app["name"] for app in self.agent.call("app.handlers", workspace=self.workspace, type="x-scheme-handler/mailto")["apps"]]

    def test_default_applications(self):
        other = self.mailers()[1]
        console = self.console("--no-login")
        console.page("Workspace")
        click(console.find("push button", "Workspace Settings"))
        dialog = console.find("dialog", contains="Settings of")
        click(console.find("radio button", "Default Applications", root=dialog))
        choose(console.find("combo box", "Mail Addresses", root=dialog), other)
        screenshot("default-applications")
        click(console.find("push button", "Save", root=dialog))
        wait_for(lambda: self.mailers()[0] == other, "it is the default")

    def test_open_with(self):
        other = self.mailers()[1]
        console = self.console("--no-login")
        console.page("Workspace")
        click(console.find("push button", "Open…"))
        dialog = console.find("dialog", "Open a File")
        button = console.find("push button", "Open", root=dialog)
        self.assertFalse(is_sensitive(button))
        set_text(console.find("text", root=dialog), "/not/there")
        console.find("label", contains="/not/there", root=dialog)
        screenshot("open-file-missing")
        set_text(console.find("text", root=dialog), "mailto:someone@example.org")
        choose(console.field("Open with", root=dialog), other)
        always = console.find("check box", "Always open this kind of file with it", root=dialog)
        wait_for(lambda: is_sensitive(always), "it can be made the default")
        click(always)
        screenshot("open-file")
        wait_for(lambda: is_sensitive(button), "it can be opened")
        click(button)
        wait_for(lambda: any("mailto:someone@example.org" in process["argv"] for process
                             in self.agent.call("process.list", workspace=self.workspace)["processes"]), "the app runs with the link")
        wait_for(lambda: self.mailers()[0] == other, "it is the default")

    def test_in_korean(self):
        console = self.console("--no-login", LANGUAGE="ko")
        console.page("작업 공간")
        click(console.find("push button", "작업 공간 설정"))
        console.find("combo box", "클립보드")
        screenshot("workspace-settings-korean")
        click(console.find("radio button", "기본 프로그램"))
        console.find("combo box", "메일 주소")
        screenshot("default-applications-korean")

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
        click(console.find("toggle button", "Microphone", root=dialog))
        screenshot("workspace-settings-computer")
        click(console.find("push button", "Save", root=dialog))
        wait_for(lambda: not self.settings()["sound"], "the settings are kept")
        kept = self.settings()
        self.assertEqual(kept["paths"], [{"path": "/srv/hidden", "rule": "hide"}])
        self.assertEqual((kept["network"], kept["printers"], kept["notifications"], kept["microphone"], kept["links"]),
                         ("host", True, True, True, False))


if __name__ == "__main__":
    unittest.main(verbosity=2)
