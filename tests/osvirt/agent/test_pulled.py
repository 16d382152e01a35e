# SPDX-License-Identifier: GPL-2.0-or-later
"""The stick is pulled out, or the power fails, while the workspace is open: what was acknowledged is there at the next opening,
which tells that the last one did not end well."""

import contextlib
import os
import unittest

from media import MIB, Image, MediaTest, Stick, tell_removed
from stack import RpcError, as_user, wait_gone


@as_user
class Pulled(MediaTest):
    """Somebody pulls the stick out, or the power fails, right after a program was told that its writes are safe."""

    def acknowledged(self, workspace):
        """Writes 50 records, each acknowledged; another program goes on writing."""
        script = ("import os\n"
                  "fd = os.open(os.path.expanduser('~/log'), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)\n"
                  "for i in range(50):\n    os.write(fd, b'%d\\n' % i)\n    os.fsync(fd)\n"
                  "os.fsync(os.open(os.path.expanduser('~'), os.O_RDONLY))\n")
        self.launch(workspace, "/bin/sh", "-c", "while :; do echo junk >> ~/junk; done")
        pid = self.launch(workspace, "/usr/bin/python3", "-c", script)
        end = self.client.wait_event("process", lambda data: data["change"] == "gone" and data["pid"] == pid)
        self.assertEqual(end.get("status"), 0)

    def assert_all_there(self, workspace):
        opened = self.open_here(workspace)
        self.assertIn("not closed properly", opened["recovered"])
        self.assertEqual(self.run_command(workspace, "seq 0 49 | cmp - ~/log"), 0, "acknowledged writes are lost")
        self.close(workspace)
        self.assertNotIn("recovered", self.open_here(workspace))
        self.close(workspace)

    def test_pulled(self):
        for vault in ("none", "luks"):
            with self.subTest(vault=vault):
                self.pulled(vault)

    def pulled(self, vault):
        stick = self.stick(size=160 * MIB)
        if vault not in self.vaults():
            self.skipTest("this host has no tools for encrypted vaults")
        workspace = self.create(vault, size_bytes=64 * MIB)
        self.open_here(workspace)
        self.acknowledged(workspace)
        processes = self.pidfds(workspace)
        stick.pull()
        with contextlib.suppress(RpcError):  # that the medium is gone is no reason to hang
            result = self.client.run_job("workspace.close", id=workspace["id"])
            self.assertNotEqual(result, {"host_clean": True}, "nothing was written back")
        self.assertEqual(wait_gone(processes), [], "processes outlive the medium")
        self.client.close()
        self.assertEqual(self.stack.stop_agent(), 0)
        crashed = stick.what_reached_it()
        stick.take_away()
        again = Stick(self.stack.media, self.uid, contents=crashed)
        self.addCleanup(again.end)
        self.stack.start()
        self.client = self.stack.connect()
        self.assert_all_there(workspace)
        self.client.close()
        self.stack.stop_agent()
        again.take_away()
        self.stack.start()
        self.client = self.stack.connect()

    def test_told_by_the_kernel(self):
        """Nobody writes, and it is noticed all the same; here of a stick that holds the image of another file system."""
        stick = self.stick(size=160 * MIB)
        inner = self.restart_with(lambda: Image(os.path.join(self.stack.media, "disk"), self.stack.path("home")))
        self.addCleanup(inner.end)
        workspace = self.create(path=self.stack.path("home", "work.domicile"))
        self.open_here(workspace)
        self.launch(workspace, "sleep", "1000")
        processes = self.pidfds(workspace)
        if not tell_removed(stick.device):
            self.skipTest("this host's kernel cannot be asked to tell of a device")
        self.client.wait_event("workspace", lambda data: data["workspace"]["state"] == "closing")
        self.client.wait_event("job", lambda data: "pulled out" in data.get("error", {}).get("message", ""))
        self.assertEqual(wait_gone(processes), [])

    def test_power_fails(self):
        if not self.has_luks():
            self.skipTest("this host has no tools for encrypted vaults")
        stick = self.stick(size=160 * MIB)
        workspace = self.create("luks", size_bytes=64 * MIB)
        self.open_here(workspace)
        self.acknowledged(workspace)
        crashed = stick.what_reached_it()  # in the middle of what the other program writes
        self.close(workspace)
        self.client.close()
        self.stack.stop_agent()
        stick.take_away()
        again = Stick(self.stack.media, self.uid, contents=crashed)
        self.addCleanup(again.end)
        self.stack.start()
        self.client = self.stack.connect()
        self.assert_all_there(workspace)


if __name__ == "__main__":
    unittest.main()
