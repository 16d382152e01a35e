# SPDX-License-Identifier: GPL-2.0-or-later
"""Tests of the suite osvirt, on this kernel and with the groups that systemd gives."""

from machine import MachineTest

WHERE = "/domicile/tests/osvirt/agent"
SCOPE = "systemd-run --quiet --scope -p Delegate=yes --"


class Agents(MachineTest):
    def test_guard(self):
        environment = {"DOMICILE_BUILD_DIR": "/build", "PYTHONDONTWRITEBYTECODE": "1", "DOMICILE_AGENT_WRAPPER": SCOPE}
        code, output = self.machine.run("/usr/bin/python3", f"{WHERE}/test_guard.py", "AttacksFull", seconds=900, environment=environment)
        self.assertEqual(code, 0, output)
        self.assertNotIn("no control groups", output)
