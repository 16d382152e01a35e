# SPDX-License-Identifier: GPL-2.0-or-later
"""What tests of bundles share: one is made in a workspace, and used in another."""

import io
import os
import tarfile

from stack import AgentTest

ROOM = 200 << 20
SECONDS = 300
DESKTOP = """[Desktop Entry]
Type=Application
Name={name}
Comment=Takes notes
Exec={key} --new %F
Icon={key}
Categories=Utility;
Keywords=memo;메모;
Name[ko]=쪽지
Comment[ko]=쪽지를 적습니다
"""
PROGRAM = "#!/bin/sh\nprintf '%s' \"$*\" > \"$HOME/notes-ran\"\n"
ICON = ('<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64"><circle cx="32" cy="32" r="28" fill="#3584e4"/></svg>')
LARGE = 6 << 20


class BundleTest(AgentTest):
    helper, vault = True, "none"

    def setUp(self):
        if os.geteuid() != 0:
            self.skipTest("needs root to start the helper")
        super().setUp()
        self.maker = self.created_and_open(size_bytes=ROOM, vault="none", name="maker")
        self.workspace = None

    def make(self, key="notes", name="Notes", program=PROGRAM, extra=(), **params):
        """Exports a bundle from the first workspace. Returns what app.export says of it."""
        large = os.urandom(LARGE)
        files = [(f"{key}.desktop", DESKTOP.format(key=key, name=name).encode(), 0o644), (f"bin/{key}", program.encode(), 0o755),
                 (f"{key}.svg", ICON.encode(), 0o644), ("large", large, 0o644), *extra]
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w:gz", compresslevel=1) as tar:
            for path, data, mode in files:
                info = tarfile.TarInfo(f"{key}-1/{path}")
                info.size, info.mode = len(data), mode
                tar.addfile(info, io.BytesIO(data))
        path = self.stack.path(f"{key}.tar.gz")
        with open(path, "wb") as file:
            file.write(out.getvalue())
        self.client.run_job("app.install", SECONDS, workspace=self.maker["id"], source=path)
        bundle = self.client.run_job("app.export", SECONDS, workspace=self.maker["id"], source=key,
                                     path=self.stack.path("media", f"{key}.bundle"), **params)
        self.client.run_job("app.remove", SECONDS, workspace=self.maker["id"], app=key)
        return bundle

    def use(self, **params):
        """Goes over to a second workspace."""
        self.close(self.maker)
        self.workspace = self.created_and_open(size_bytes=ROOM, vault=self.vault, name="user", **params)

    def install(self, source, **params):
        return self.client.run_job("app.install", SECONDS, workspace=self.workspace["id"], source=source, **params)

    def remove(self, app):
        return self.client.run_job("app.remove", SECONDS, workspace=self.workspace["id"], app=app)

    def refused(self, code, method="app.install", **params):
        return self.assert_rpc_error(code, method, workspace=self.workspace["id"], **params)

    def own_apps(self):
        apps = self.client.call("app.list", workspace=self.workspace["id"])["apps"]
        return {app["id"]: app for app in apps if app["source"] != "host"}

    def status(self, script):
        return self.run_command(self.workspace, script)

    def ran(self, app):
        pid = self.client.call("app.launch", workspace=self.workspace["id"], app=app)["pid"]
        self.client.wait_event("process", lambda data: data["change"] == "gone" and data["pid"] == pid, SECONDS)
        return self.status("test -s $HOME/notes-ran && rm $HOME/notes-ran") == 0

    def reopen(self):
        self.close(self.workspace)
        self.workspace = self.open(self.workspace)
