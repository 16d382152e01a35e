# SPDX-License-Identifier: GPL-2.0-or-later
"""A helper that is started again, or does not serve, while somebody opens a workspace."""

import unittest

from stack import AgentTest, PASSPHRASE, USER, in_some_modes


@in_some_modes("Full", "User")
class Helper(AgentTest):
    def kill_helper(self, kill):
        """@kill: its socket stays behind, as after a crash."""
        if kill:
            self.stack.helper.kill()
            self.stack.helper.wait()
        else:
            self.stack.stop_helper()
        self.stack.helper = None

    def start_opening(self, workspace, method="workspace.open", **params):
        """Until it waits for the helper."""
        self.client.by_topic.clear()
        arguments = dict(id=workspace["id"], user=USER, passphrase=PASSPHRASE, **params)
        job = self.client.call(method, **arguments)["job"]
        self.client.wait_event("job", lambda data: data["job"] == job and "helper" in data.get("text", ""))
        return job

    def assert_full(self, workspace):
        """Only with the helper the root is one overlay, and what is below /home on the host not there."""
        self.assertNotIn("notes", workspace)
        self.assertEqual(self.run_command(workspace, 'test "$(stat -f -c %T /)" = overlayfs'), 0)

    def test_opened_while_it_starts_again(self):
        workspace = self.create()
        for kill in (False, True):
            with self.subTest(kill=kill):
                self.kill_helper(kill)
                job = self.start_opening(workspace, display="none")
                self.stack.start_helper()
                again = self.client.wait_job(job)
                self.assert_full(again)
                self.close(again)

    def test_cancelled_while_it_starts_again(self):
        workspace = self.create()
        self.kill_helper(False)
        job = self.start_opening(workspace, display="none")
        self.client.call("job.cancel", job=job)
        self.client.wait_event("job", lambda data: data["job"] == job and data["state"] == "cancelled")
        self.assertEqual(self.state(workspace), "closed")
        self.stack.start_helper()
        again = self.open(workspace)
        self.assert_full(again)
        self.close(again)

    def test_gone_for_good(self):
        """It is said what is missing; and only the first one has to wait for that."""
        if not self.uid:
            self.skipTest("root is not what the reduced mode is for")
        workspace = self.create()
        self.kill_helper(True)
        for first in (True, False):
            with self.subTest(first=first):
                if first:
                    opened = self.client.wait_job(self.start_opening(workspace, display="none"))
                else:
                    self.client.by_topic.clear()
                    opened = self.open(workspace)
                    self.assertFalse([data for data in self.client.by_topic["job"] if "helper" in data.get("text", "")])
                self.assertIn("reduced mode", opened["notes"])
                self.assertIn("start domicile-helper", opened["notes"])
                self.close(opened)
        self.stack.start_helper()
        again = self.open(workspace)
        self.assert_full(again)
        self.close(again)

    def test_serves_others_only(self):
        if not self.uid:
            self.skipTest("it serves root always")
        workspace = self.create()
        self.kill_helper(False)
        self.stack.start_helper(uid=self.uid + 1)
        opened = self.open(workspace)
        self.assertIn("reduced mode", opened["notes"])
        self.assertIn("does not serve user", opened["notes"])
        self.close(opened)


if __name__ == "__main__":
    unittest.main()
