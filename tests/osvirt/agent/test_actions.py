# SPDX-License-Identifier: GPL-2.0-or-later
"""Life-cycle actions of bundles: their order, what a failure does, and that each end is run in the end."""

import os
import unittest

from bundle_test import SECONDS, BundleTest
from stack import RpcError

NAMES = ("deviceInstall", "hostConfigure", "appStart", "appStop", "hostCleanup", "deviceUninstall")
ACTION = """#!/bin/sh
echo "$1" >> "$HOME/order"
test -e "$HOME/hang-$1" && exec sleep 1000
! test -e "$HOME/fail-$1"
"""
PROGRAM = "#!/bin/sh\necho run >> \"$HOME/order\"\ntest -e \"$HOME/stay\" && exec sleep 1000\nexit 0\n"
ACTIONS = {name: ["/opt/notes/bin/action", name] for name in NAMES}


class Actions(BundleTest):
    def order(self):
        """What has run since the last time."""
        path = os.path.join(self.folder("user"), "home", "order")
        if not os.path.exists(path):
            return []
        with open(path, encoding="utf-8") as file:
            words = file.read().split()
        os.unlink(path)
        return words

    def touch(self, name, there=True):
        self.assertEqual(self.status(f"{'touch' if there else 'rm -f'} $HOME/{name}"), 0)

    def launch_app(self):
        return self.client.call("app.launch", workspace=self.workspace["id"], app="notes.desktop")["pid"]

    def wait_gone(self, pid):
        self.client.wait_event("process", lambda data: data["change"] == "gone" and data["pid"] == pid, SECONDS)

    def wait_order(self, *words):
        """appStop runs after the app has ended, and who waits for that is not told of it."""
        path = os.path.join(self.folder("user"), "home", "order")
        self.assertEqual(self.status(f"until grep -qx {words[-1]} $HOME/order; do sleep 0.1; done"), 0)
        with open(path, encoding="utf-8") as file:
            self.assertEqual(file.read().split(), list(words))
        os.unlink(path)

    def test_life(self):
        bundle = self.make(program=PROGRAM, extra=[("bin/action", ACTION.encode(), 0o755)], actions=ACTIONS)
        self.refuse_bad_actions()
        self.use()
        with self.subTest("an installation that it refuses is taken back"):
            self.touch("fail-deviceInstall")
            self.refused(3, source=bundle["path"], trust=bundle["signer"])
            self.assertEqual(self.order(), ["deviceInstall", "deviceUninstall"])
            self.assertEqual(self.own_apps(), {})
            self.touch("fail-deviceInstall", False)
        with self.subTest("an installation that is cancelled while its action hangs is taken back"):
            self.touch("hang-deviceInstall")
            self.cancelled("app.install", "deviceInstall", source=bundle["path"], trust=bundle["signer"])
            self.assertEqual(self.order(), ["deviceInstall", "deviceUninstall"])
            self.assertEqual(self.own_apps(), {})
            self.touch("hang-deviceInstall", False)
        with self.subTest("in order"):
            self.install(bundle["path"])
            self.assertEqual(self.order(), ["deviceInstall"])
            self.wait_gone(self.launch_app())
            self.wait_order("hostConfigure", "appStart", "run", "appStop")
            self.wait_gone(self.launch_app())
            self.wait_order("appStart", "run", "appStop")
        with self.subTest("the agent is killed before the workspace was ever closed with the bundle in it"):
            self.stack.kill_agent()
            self.stack.start()
            self.reconnect()
            self.workspace = self.open(self.workspace)
            self.assertEqual(self.order(), ["hostCleanup"])
            self.wait_gone(self.launch_app())
            self.wait_order("hostConfigure", "appStart", "run", "appStop")
            self.reopen()
            self.assertEqual(self.order(), ["hostCleanup"])
        with self.subTest("a start that it refuses"):
            self.touch("fail-appStart")
            self.refused(3, "app.launch", app="notes.desktop")
            self.assertEqual(self.order(), ["hostConfigure", "appStart", "appStop", "hostCleanup"])
            self.touch("fail-appStart", False)
        self.touch("stay")
        with self.subTest("closed while it runs"):
            self.launch_app()
            self.launch_app()
            self.assertEqual(self.status("until test $(grep -cx run $HOME/order) -eq 2; do sleep 0.1; done"), 0)
            self.reopen()
            self.assertEqual(self.order(), ["hostConfigure", "appStart", "run", "run", "appStop", "hostCleanup"])
        with self.subTest("the agent is killed while it runs"):
            self.launch_app()
            self.wait_order("hostConfigure", "appStart", "run")
            self.stack.kill_agent()
            self.stack.start()
            self.reconnect()
            self.workspace = self.open(self.workspace)
            self.assertEqual(self.order(), ["appStop", "hostCleanup"])
        with self.subTest("a removal that is cancelled while its action hangs"):
            self.touch("stay", False)
            self.touch("hang-deviceUninstall")
            self.cancelled("app.remove", "deviceUninstall", app="notes")
            self.assertEqual(self.order(), ["deviceUninstall"])
            self.touch("hang-deviceUninstall", False)
            self.assertEqual(list(self.own_apps()), ["notes.desktop"])
        with self.subTest("removed"):
            self.wait_gone(self.launch_app())
            self.wait_order("deviceInstall", "hostConfigure", "appStart", "run", "appStop")
            self.remove("notes")
            self.assertEqual(self.order(), ["hostCleanup", "deviceUninstall"])
            self.assertEqual(os.listdir(os.path.join(self.folder("user"), "state", "actions")), [])

    def cancelled(self, method, action, **params):
        """Cancels once the action runs; which would take a minute otherwise, and then be a failure."""
        job = self.client.call(method, workspace=self.workspace["id"], **params)["job"]
        self.assertEqual(self.status(f"until grep -qx {action} $HOME/order; do sleep 0.1; done"), 0)
        self.client.call("job.cancel", job=job)
        with self.assertRaises(RpcError) as caught:
            self.client.wait_job(job, SECONDS)
        self.assertEqual(caught.exception.code, 10)

    def refuse_bad_actions(self):
        for actions in ({"appStart": ["relative"]}, {"appStart": []}, {"appStart": "/bin/true"}, {"other": ["/bin/true"]}, {"appStart": [7]}):
            self.assert_rpc_error(-32602, "app.export", workspace=self.maker["id"], source="notes", actions=actions,
                                  path=self.stack.path("media", "bad.bundle"))


del BundleTest  # no test by itself

if __name__ == "__main__":
    unittest.main()
