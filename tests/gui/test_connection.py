#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Endpoints that are away, go away and come back: the window says so, goes on, and recovers by itself."""

import os
import socket
import unittest

from session import run_in_session

if __name__ == "__main__":
    run_in_session()

from case import GuiTest  # noqa: E402
from console import Console, click, is_sensitive, is_showing, screenshot, wait_for  # noqa: E402


class Connection(GuiTest):

    def nowhere(self):
        return os.path.join(os.environ["XDG_RUNTIME_DIR"], "nowhere.sock")

    def test_lost_and_back(self):
        relay = self.relay("control")
        console = self.console("--no-login", control=relay.path)
        row = console.row("control")
        guest = next(node for node in console.all("list item") if not node.get_name().startswith("control"))
        toggle = console.find("push button", contains="Pause ", root=guest)
        wait_for(lambda: is_sensitive(toggle), "the guest can be paused")
        relay.stop()
        console.find("label", contains="The connection to the hypervisor was lost")
        wait_for(lambda: not is_sensitive(toggle), "nothing can be asked of a hypervisor that is away")
        screenshot("connection-lost")
        # The window goes on working meanwhile.
        console.page("Workspace")
        console.find("panel", contains="No Workspace Is Open")
        console.page("Domains")
        retry = console.find("push button", "Retry")
        relay.start()
        self.addCleanup(relay.stop)
        # It cannot be pressed while the console tries by itself, and is gone when that has worked.
        wait_for(lambda: not is_showing(retry) or (is_sensitive(retry) and (click(retry) or True)), "Retry can be pressed")
        console.gone("label", contains="The connection to the hypervisor was lost")
        wait_for(lambda: is_sensitive(toggle), "the guest can be paused again")
        self.assertTrue(row.get_name().startswith("control"))

    def test_comes_back_by_itself(self):
        relay = self.relay("agent")
        console = self.console("--no-login", "--page", "workspace", agent=relay.path)
        console.find("panel", contains="No Workspace Is Open")
        relay.stop()
        console.find("panel", contains="No Workspace Agent")
        relay.start()
        self.addCleanup(relay.stop)
        console.find("panel", contains="No Workspace Is Open")

    def test_nothing_there(self):
        console = self.console(control=self.nowhere(), agent=self.nowhere())
        console.find("label", contains="The hypervisor is not reachable")
        console.find("label", contains="The workspace agent is not reachable")
        console.find("panel", contains="No Hypervisor")
        screenshot("nothing-there")
        console.page("Workspace")
        console.find("panel", contains="No Workspace Agent")

    def test_second_start_shows_the_console(self):
        """Where Domicile runs already ./start is its console, and the end of that ends nothing else."""
        command = [word for word in self.stack.command() if word != "--headless"]
        with Console(command=command, DOMICILE_RUNTIME_DIR=os.path.dirname(self.stack.paths["agent"])) as console:
            console.row(self.client("agent").call("workspace.list")["workspaces"][0]["name"])
        self.assertEqual(self.client("control").call("server.info")["endpoint"], "control")

    def test_a_socket_that_is_not_ours(self):
        path = os.path.join(os.environ["XDG_RUNTIME_DIR"], "stranger.sock")
        stranger = socket.socket(socket.AF_UNIX)
        stranger.bind(path)
        stranger.listen(8)
        self.addCleanup(stranger.close)
        console = self.console("--no-login", control=path)
        client, _ = stranger.accept()
        client.sendall(b"220 mail.example.org ESMTP\r\n" * 3)
        client.close()
        console.find("label", contains="hypervisor")
        console.page("Workspace")
        console.find("panel", contains="No Workspace Is Open")


if __name__ == "__main__":
    unittest.main(verbosity=2)
