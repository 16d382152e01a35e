# SPDX-License-Identifier: GPL-2.0-or-later
"""A CRIU for this kernel: the system's, or one of a later Debian, unpacked in the build tree."""

import os
import re
import shutil
import subprocess
import tempfile

from stack import BUILD, ROOT

NEEDED = (4, 2, 1)
LAUNCH = """#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The build tree may be mounted elsewhere, as in a virtual machine.
usr=${0%/*}/root/usr
exec "$usr/lib64/ld-linux-x86-64.so.2" --library-path "$usr/lib/x86_64-linux-gnu:$usr/lib" "$usr/sbin/criu" "$@"
"""


def _version(program):
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout
    found = re.search(r"Version: (\d+)\.(\d+)(?:\.(\d+))?", said)
    return tuple(int(part or 0) for part in found.groups()) if found else (0,)


def fetch():
    """The path of a program that runs an unpacked CRIU with its own libraries, or why there is none."""
    folder, program = os.path.join(BUILD, "criu"), os.path.join(BUILD, "criu", "criu")
    if os.uname().machine != "x86_64":
        return None, "no CRIU is fetched for this architecture"
    done = subprocess.run([os.path.join(ROOT, "tools", "foreign-packages"), "--depends", folder, "amd64", "testing", "criu"],
                          capture_output=True, text=True, check=False)
    if done.returncode != 0:
        return None, "CRIU cannot be fetched: " + done.stderr.strip()[-200:]
    # Other tests, which run at the same time, may be starting it.
    with tempfile.NamedTemporaryFile("w", dir=folder, delete=False, encoding="ascii") as script:
        script.write(LAUNCH)
    os.chmod(script.name, 0o755)
    os.replace(script.name, program)
    return program, None


def find():
    """(program, None), or (None, why not): not installed, or this kernel lacks what it needs."""
    program, problem = shutil.which("criu"), None
    if program is None or _version(program) < NEEDED:
        program, problem = fetch()
    if program is None:
        return None, problem
    if os.geteuid() != 0:
        return None, "CRIU needs root"
    check = subprocess.run([program, "check"], capture_output=True, text=True, check=False)
    if check.returncode != 0:
        return None, "this kernel has not what CRIU needs: " + (check.stdout + check.stderr).strip()[-200:]
    return program, None
