# SPDX-License-Identifier: GPL-2.0-or-later
"""What the tests of the windows share: one real stack a program, and consoles on it."""

import os
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "protocol"))

import support  # noqa: E402
from console import Console, screenshot, wait_for  # noqa: E402
from relay import Relay  # noqa: E402

USER = PASSPHRASE = "demo"


class GuiTest(unittest.TestCase):
    """A test with windows. The stack lives as long as the program, a console as long as its test."""

    stack = None

    @classmethod
    def setUpClass(cls):
        if GuiTest.stack is None:
            GuiTest.stack = support.Stack().start()
            unittest.addModuleCleanup(cls._end_stack)

    @staticmethod
    def _end_stack():
        stack, GuiTest.stack = GuiTest.stack, None
        stack.end()

    def relay(self, endpoint):
        """A socket in front of a real endpoint that the test can take away and bring back."""
        path = os.path.join(os.environ["XDG_RUNTIME_DIR"], f"{endpoint}-{self.id().rsplit('.', 1)[-1]}.sock")
        return Relay(path, self.stack.paths[endpoint]).start()

    def console(self, *arguments, control=None, agent=None, **environment):
        console = Console(*arguments, control=control or self.stack.paths["control"],
                          agent=agent or self.stack.paths["agent"], **environment)
        self.addCleanup(console.end)
        # Runs before end(): what a failed test saw last.
        self.addCleanup(self._keep_screen_of_failure)
        return console

    def client(self, endpoint):
        client = self.stack.connect(endpoint)
        self.addCleanup(client.close)
        return client

    def start_sleeper(self, agent, workspace):
        """Starts an app of an open workspace that needs no display, and waits until it is counted as one."""
        folder = os.path.join(workspace["path"], "home", ".local", "share", "applications")
        os.makedirs(folder, exist_ok=True)
        with open(os.path.join(folder, "sleeper.desktop"), "w", encoding="ascii") as file:
            file.write("[Desktop Entry]\nType=Application\nName=Sleeper\nExec=sleep 1000\n")
        self.addCleanup(lambda: os.path.exists(file.name) and os.unlink(file.name))

        def listed():
            return any(app["id"] == "sleeper.desktop" for app in agent.call("app.list", workspace=workspace["id"])["apps"])
        wait_for(listed, "the app is listed")
        agent.call("app.launch", workspace=workspace["id"], app="sleeper.desktop")
        wait_for(lambda: next(one["apps"] for one in agent.call("workspace.list")["workspaces"] if one["id"] == workspace["id"]),
                 "the agent counts the app")

    def _keep_screen_of_failure(self):
        outcome = self._outcome
        result = getattr(outcome, "result", None)
        bad = [test for test, _ in getattr(result, "failures", []) + getattr(result, "errors", [])]
        if self in bad or not getattr(outcome, "success", True):
            screenshot("failed-" + self.id().rsplit(".", 1)[-1])
