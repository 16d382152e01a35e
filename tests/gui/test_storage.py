#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The Storage page against the real agent: the volumes of this computer and the workspaces on them."""

import os
import sys
import unittest

from session import run_in_session

if __name__ == "__main__":
    run_in_session()

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "osvirt", "agent"))

from media import Image, tell_removed, why_not  # noqa: E402
from case import PASSPHRASE, USER, GuiTest  # noqa: E402
from console import Atspi, click, has_state, is_sensitive, keys, screenshot, set_text, text_of, wait_for  # noqa: E402


class Storage(GuiTest):

    def setUp(self):
        self.agent = self.client("agent")
        self.workspace = self.agent.call("workspace.list")["workspaces"][0]
        self.volumes = self.agent.call("storage.list")["volumes"]

    def current(self):
        return next(w for w in self.agent.call("workspace.list")["workspaces"] if w["id"] == self.workspace["id"])

    def state(self):
        return self.current()["state"]

    def home_volume(self):
        """The volume that the demonstration workspace is on."""
        return next(v for v in self.volumes if self.workspace["id"] in v["workspaces"])

    def test_shows_every_volume(self):
        console = self.console("--no-login", "--page", "storage")
        for volume in self.volumes:
            console.find("label", volume["label"])
        volume = self.home_volume()
        console.find("label", contains=" free of ")
        console.find("label", self.workspace["name"])
        if volume.get("path"):
            console.find("label", contains=volume["path"])
        screenshot("storage")

    def test_by_keyboard(self):
        """Tab gets to all that can be pressed, and back."""
        console = self.console("--no-login", "--page", "storage")
        name = self.workspace["name"]
        wanted = ["Scan", f"Open {name}", f"Change the passphrase of {name}", f"Delete {name}", "New workspace here"]
        buttons = [console.find("push button", label) for label in wanted]
        wait_for(lambda: has_state(buttons[0], Atspi.StateType.FOCUSED) or keys("Tab"), "the page has the focus")
        for key, way in (("Tab", buttons[1:]), ("shift+Tab", buttons[-2::-1])):
            for button in way:
                # there may be other workspaces between
                wait_for(lambda: has_state(button, Atspi.StateType.FOCUSED) or keys(key), f"{key} to “{button.get_name()}”")

    def test_open_and_close(self):
        console = self.console("--no-login", "--page", "storage")
        click(console.find("push button", f"Open {self.workspace['name']}"))
        set_text(console.field("User"), USER)
        set_text(console.find("password text"), PASSPHRASE)
        button = console.find("push button", "Log In")
        wait_for(lambda: is_sensitive(button), "one can log in")
        click(button)
        wait_for(lambda: self.state() == "open", "the agent opens it", 60)
        console.page("Storage")
        close = console.find("push button", f"Close {self.workspace['name']}")
        console.find("label", contains="Open · ")
        screenshot("storage-open")
        terminal = next(app["id"] for app in self.agent.call("app.list", workspace=self.workspace["id"])["apps"] if "xterm" in app["id"])
        self.agent.call("app.launch", workspace=self.workspace["id"], app=terminal)
        wait_for(lambda: self.current()["apps"] > 0, "the agent counts the program")
        click(close)
        dialog = console.find("alert")  # what runs is not ended without a question
        click(console.find("push button", "Log Out", root=dialog))
        wait_for(lambda: self.state() == "closed", "the agent closes it", 60)
        console.find("push button", f"Open {self.workspace['name']}")
        console.find(contains="nothing of it is left on this computer")

    def test_a_question_outlives_what_comes_beside(self):
        """While it is asked whether to close a workspace, another is put on the same volume."""
        self.agent.finish("workspace.open", id=self.workspace["id"], user=USER, passphrase=PASSPHRASE, display="none")
        self.start_sleeper(self.agent, self.workspace)
        console = self.console("--no-login", "--page", "storage")
        click(console.find("push button", f"Close {self.workspace['name']}"))
        dialog = console.find("alert")
        path = os.path.join(os.environ["HOME"], "Beside.domicile")
        self.agent.finish("workspace.create", path=path, name="Beside", user=USER, passphrase=PASSPHRASE, size_bytes=64 << 20,
                          mode="shared", vault="none")
        console.find("push button", "Open Beside")
        click(console.find("push button", "Log Out", root=dialog))
        console.find(contains="nothing of it is left on this computer")
        self.assertEqual(self.state(), "closed")

    def test_delete(self):
        path = os.path.join(os.environ["HOME"], "Spare.domicile")
        self.agent.finish("workspace.create", path=path, name="Spare", user=USER, passphrase=PASSPHRASE, size_bytes=64 << 20,
                          mode="shared", vault="none")
        console = self.console("--no-login", "--page", "storage")
        for passphrase, text in (("not the passphrase", "Could not delete “Spare”"), (PASSPHRASE, "“Spare” is deleted")):
            click(console.find("push button", "Delete Spare"))
            dialog = console.find("alert", name="Warning")
            delete = console.find("push button", "Delete", root=dialog)
            self.assertFalse(is_sensitive(delete))
            set_text(console.field("User", root=dialog), USER)
            set_text(console.field("Passphrase", root=dialog), passphrase)
            wait_for(lambda: is_sensitive(delete), "it is confirmed")
            screenshot("delete-workspace")
            click(delete)
            console.find("label", contains=text)
            self.assertEqual(os.path.exists(path), passphrase != PASSPHRASE)
        console.gone("push button", "Delete Spare")

    def test_another_passphrase(self):
        path = os.path.join(os.environ["HOME"], "Changing.domicile")
        made = self.agent.finish("workspace.create", path=path, name="Changing", user=USER, passphrase=PASSPHRASE, size_bytes=64 << 20,
                                 mode="shared", vault="none")
        console = self.console("--no-login", "--page", "storage")
        click(console.find("push button", "Change the passphrase of Changing"))
        dialog = console.find("dialog", name="Passphrase of “Changing”")
        change = console.find("push button", "Change", root=dialog)
        for field, text in (("User", USER), ("Passphrase", "wrong"), ("New passphrase", "another one"), ("Repeat it", "another")):
            set_text(console.field(field, root=dialog), text)
        console.find("label", contains="differ", root=dialog)
        self.assertFalse(is_sensitive(change))
        set_text(console.field("Repeat it", root=dialog), "another one")
        wait_for(lambda: is_sensitive(change), "it can be changed")
        click(change)
        console.find("label", contains="The user name or the passphrase is wrong", root=dialog)
        screenshot("change-passphrase")
        set_text(console.field("Passphrase", root=dialog), PASSPHRASE)
        wait_for(lambda: is_sensitive(change), "it can be tried again")
        click(change)
        console.find("label", contains="The passphrase of “Changing” is changed")
        console.gone("dialog", "Passphrase of “Changing”")
        click(console.find("push button", "Change the passphrase of Changing"))
        console.find("dialog", name="Passphrase of “Changing”")
        ended = self.agent.finish("workspace.destroy", id=made["result"]["id"], user=USER, passphrase="another one")
        self.assertEqual(ended["state"], "done")
        console.find("label", contains="“Changing” is not there any more")
        console.gone("dialog", "Passphrase of “Changing”")

    def test_stick_is_pulled_out(self):
        """Nobody writes to it, and the console says so all the same."""
        reason = why_not()
        if reason:
            self.skipTest(reason)
        place = os.path.join(os.environ["HOME"], "stick")
        os.mkdir(place)
        stick = Image(place + ".img", place)
        self.addCleanup(stick.end)
        self.agent.finish("workspace.create", path=place + "/Pulled.domicile", name="Pulled", user=USER, passphrase=PASSPHRASE,
                          size_bytes=16 << 20, mode="shared", vault="none")
        console = self.console("--no-login", "--page", "workspace")
        workspace = next(w for w in self.agent.call("workspace.list")["workspaces"] if w["name"] == "Pulled")
        self.agent.finish("workspace.open", id=workspace["id"], user=USER, passphrase=PASSPHRASE, display="none")
        console.find("push button", "Log Out")
        if not tell_removed(stick.device()):
            self.agent.finish("workspace.close", id=workspace["id"])
            self.skipTest("this host's kernel cannot be asked to tell of a device")
        console.find(contains="The medium of “Pulled” was pulled out")
        console.gone("push button", "Log Out")
        screenshot("pulled-out")

    def test_new_workspace_is_put_on_the_volume(self):
        console = self.console("--no-login", "--page", "storage")
        click(console.find("push button", "New workspace here"))
        folders = [os.environ["HOME"] if v["path"] == "/" else v["path"] for v in self.volumes if v.get("path")]
        wait_for(lambda: any(text_of(node) in folders for node in console.all("text")), "the folder is filled in")
        screenshot("storage-new-workspace")

    def test_scan_finds_a_workspace(self):
        console = self.console("--no-login", "--page", "storage")
        click(wait_for(lambda: next((b for b in console.all("push button", "Scan") if is_sensitive(b)), None),
                       "one can scan"))
        console.find(contains="No new workspaces found")

    def test_without_an_agent(self):
        nowhere = os.path.join(os.environ["XDG_RUNTIME_DIR"], "nowhere.sock")
        console = self.console("--no-login", "--page", "storage", agent=nowhere)
        console.find("panel", contains="No Agent")
        self.assertFalse(is_sensitive(console.find("push button", "Scan")))
        screenshot("storage-away")


if __name__ == "__main__":
    unittest.main(verbosity=2)
