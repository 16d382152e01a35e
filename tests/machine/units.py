# SPDX-License-Identifier: GPL-2.0-or-later
"""Domicile as a package installs it: the helper a unit of the system's, the agent one of ann's session."""

import json
import os
import shlex
import time

from machine import COMMAND_SECONDS, MachineTest

CTL = "/build/app/cli/domicilectl"
CRIU = "/build/criu/criu"
PASSPHRASE = "correct horse"


class UnitsTest(MachineTest):
    """Tests with the units of the build, which start the programs of the build."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for where, user, name, program, options in (
                ("/etc/systemd/system", "root", "helper", "helper/domicile-helper", f" $USERS --criu {CRIU}"),
                ("/home/ann/.config/systemd/user", "ann", "agent", "agent/domicile-agent", "")):
            unit = f"{where}/domicile-{name}.service"
            cls.do(f"mkdir -p {unit}.d && cp /build/data/domicile-{name}.service {where} && "
                   f"printf '[Service]\\nExecStart=\\nExecStart=/build/osvirt/{program}{options}\\n' > {unit}.d/build.conf", user)

    @classmethod
    def do(cls, script, user="root"):
        code, output = cls.machine.run("sh", "-c", script, user=user)
        if code != 0:
            raise RuntimeError(f"{script}: {code}\n{output}")
        return output

    def start(self, helper):
        """Starts the agent, and the helper or not."""
        if helper:
            self.sh("systemctl daemon-reload; systemctl start domicile-helper")
            self.until("test -S /run/domicile/helper.sock")
            self.addCleanup(self.sh, "systemctl stop domicile-helper")
        self.sh("systemctl --user daemon-reload; systemctl --user start domicile-agent", user="ann")
        self.addCleanup(self.sh, "systemctl --user stop domicile-agent", user="ann")
        self.until(f"{CTL} call server.info", user="ann")

    def until(self, script, user="root", seconds=COMMAND_SECONDS):
        """Waits until a script ends well."""
        deadline = time.monotonic() + seconds
        while True:
            code, output = self.machine.run("sh", "-c", script, user=user)
            if code == 0:
                return output
            if time.monotonic() > deadline:
                self.fail(f"{script}\n{output}\n{self.journal()}")
            time.sleep(0.2)

    def journal(self):
        return self.machine.run("journalctl", "--no-pager", "-n", "60")[1]

    def ctl(self, arguments, code=0):
        """domicilectl as ann; returns what it prints."""
        return self.sh(f"{CTL} {arguments}", user="ann", code=code)

    def call(self, method, **params):
        return json.loads(self.ctl(f"call --on agent {method} {shlex.quote(json.dumps(params))}"))

    def with_passphrase(self, arguments, code=0):
        return self.sh(self.passphrase_script(arguments), user="ann", code=code)

    @staticmethod
    def passphrase_script(arguments):
        return f"printf %s {shlex.quote(PASSPHRASE)} | {CTL} --passphrase-fd=0 {arguments}"

    def create_and_open(self, folder, vault, display="none", size="64M"):
        """Makes a workspace in a folder of ann's that is named after it; its id."""
        name = os.path.basename(folder).removesuffix(".domicile")
        self.with_passphrase(f"workspace create {folder} --vault {vault} --size {size}")
        self.with_passphrase(f"workspace open {name} --display {display}")
        return next(one["id"] for one in self.call("workspace.list")["workspaces"] if one["name"] == name)
