# SPDX-License-Identifier: GPL-2.0-or-later
"""Tests of the suite osvirt, on this kernel and with the groups that systemd gives."""

import sys

from machine import MachineTest

WHERE = "/domicile/tests/osvirt/agent"
SCOPE = "systemd-run --quiet --scope -p Delegate=yes --"


class Agents(MachineTest):
    def run_test(self, name, *cases, user="root", wrapper=None, seconds=900):
        """Runs a test program of the suite; what it says is shown where it fails."""
        environment = {"DOMICILE_BUILD_DIR": "/build", "PYTHONDONTWRITEBYTECODE": "1"}
        if wrapper:
            environment["DOMICILE_AGENT_WRAPPER"] = wrapper
        code, output = self.machine.run("/usr/bin/python3", f"{WHERE}/test_{name}.py", "-v", *cases, user=user, seconds=seconds,
                                        environment=environment)
        self.assertEqual(code, 0, output)
        sys.stdout.write("".join(f"    {line}\n" for line in output.splitlines() if " ... " in line))
        return output

    def test_guard(self):
        output = self.run_test("guard", "AttacksFull", wrapper=SCOPE)
        self.assertNotIn("no control groups", output)
        output = self.run_test("guard", "AttacksReduced", user="ann", wrapper=SCOPE.replace("--quiet", "--quiet --user"))
        self.assertNotIn("no control groups", output)

    def test_life(self):
        self.run_test("life")
