# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs what the host asks for through a port: a line of JSON in, {"id", "argv", "user"}; one out, {"id", "code", "output"}.

Commands run beside each other. One of a user has the surroundings that her session manager gives."""

import json
import os
import pwd
import subprocess
import sys
import threading
import time


class Runner:
    def __init__(self, port):
        self.port = port
        self.lock = threading.Lock()

    def say(self, message):
        with self.lock:
            self.port.write(json.dumps(message).encode() + b"\n")

    def run(self, request):
        argv, environment, home = request["argv"], dict(os.environ, LANG="C.UTF-8", **request.get("environment", {})), "/"
        if request["user"] != "root":
            user = pwd.getpwnam(request["user"])
            runtime, home = f"/run/user/{user.pw_uid}", user.pw_dir
            argv = ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--init-groups", "--", *argv]
            environment.update(HOME=home, USER=user.pw_name, LOGNAME=user.pw_name, XDG_RUNTIME_DIR=runtime,
                               DBUS_SESSION_BUS_ADDRESS=f"unix:path={runtime}/bus")
        done = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              env=environment, cwd=home, check=False)
        self.say({"id": request["id"], "code": done.returncode, "output": done.stdout.decode("utf-8", "replace")})

    def serve(self):
        for line in self.port:
            threading.Thread(target=self.run, args=[json.loads(line)], daemon=True).start()


if __name__ == "__main__":
    with open(sys.argv[1], "r+b", buffering=0) as opened:
        runner = Runner(opened)
        runner.say({"ready": True})
        while True:
            runner.serve()
            time.sleep(0.2)  # the host has hung up, and may come again
