# SPDX-License-Identifier: GPL-2.0-or-later
"""A desktop that is suspended and resumed under systemd: its control groups are of version 2."""

from control_groups import FORK_BOMB, POLICY, PROCESSES, UNIT, Groups
from units import UnitsTest
import criu  # of tests/osvirt/agent

HOME = "~/desk.domicile/home"
# Waits until it is told to go.
LATER = "import os, time\nwhile not os.path.exists(os.path.expanduser('~/go')): time.sleep(0.1)\n"
COUNT = "while :; do n=$((n+1)); echo $n > ~/count; sleep 0.1; done"


class Suspended(Groups, UnitsTest):
    def setUp(self):
        program, problem = criu.fetch()
        if program is None:
            self.skipTest(problem)
        self.start(helper=True)
        self.assertIn("suspend", self.call("server.info")["capabilities"])
        self.call("policy.load", policy=POLICY)
        self.addCleanup(self.sh, "rm -rf ~/desk.domicile", user="ann")
        self.workspace = self.create_and_open("~/desk.domicile", "none", display="desktop")

    def until_counts(self):
        self.until(f"test -s {HOME}/count", user="ann")
        self.until(f"was=$(cat {HOME}/count); sleep 0.5; now=$(cat {HOME}/count); test -n \"$was\" && test ${{now:-0}} -gt $was", user="ann")

    def other_agent(self):
        self.sh("systemctl --user restart domicile-agent", user="ann")
        self.until("/build/app/cli/domicilectl call server.info", user="ann")
        self.call("policy.load", policy=POLICY)

    def test_limits_hold_afterwards(self):
        plain = self.call("app.launch", workspace=self.workspace, argv=["xterm", "-e", "sh", "-c", COUNT])["pid"]
        kept = self.launch(LATER + FORK_BOMB)
        self.until_counts()
        self.check_told(kept)
        self.ctl("workspace suspend desk")
        self.until_empty()
        self.other_agent()
        self.with_passphrase("workspace resume desk")
        self.until_counts()
        self.check_told(kept)
        self.assertTrue(self.group_of(plain).startswith(UNIT + "/"), "what has no budget is where the agent is")
        self.sh(f"touch {HOME}/go", user="ann")
        refused = self.until(f"grep -a 'refused after' {HOME}/../log/python3.log", user="ann")
        self.assertLess(int(refused.split()[2]), PROCESSES)
        self.assertIn("nothing of it runs on this host", self.ctl("workspace close desk"))
        self.until_empty()
