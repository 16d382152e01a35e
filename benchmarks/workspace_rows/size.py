# SPDX-License-Identifier: GPL-2.0-or-later
"""What a workspace takes on its medium: a new one, and one with LibreOffice that uses what the host has."""

import os
import subprocess

from .common import SCRATCH, Agent, Missing, figure

NEW_KIB = 1024
OFFICE = "libreoffice-calc"
OVERHEAD = 1.15


def used_bytes(path):
    """Of a folder, as the medium counts."""
    total = 0
    for top, _, names in os.walk(path):
        for name in (".", *names):
            total += os.lstat(os.path.join(top, name)).st_blocks * 512
    return total


def lacking():
    """What the host lacks of it: packages, and their installed size as their makers state it."""
    said = subprocess.run(["apt-get", "-s", "-o", "APT::Install-Recommends=false", "install", OFFICE], capture_output=True, text=True,
                          check=False, env={**os.environ, "LC_ALL": "C"})
    packages = [line.split()[1] for line in said.stdout.splitlines() if line.startswith("Inst ")]
    if said.returncode != 0 or not packages:
        raise Missing(f"needs a package source with {OFFICE}, and a host without it")
    shown = subprocess.run(["apt-cache", "--no-all-versions", "show", *packages], capture_output=True, text=True, check=True)
    return packages, sum(int(line.split()[1]) for line in shown.stdout.splitlines() if line.startswith("Installed-Size:")) * 1024


def measure(context):
    with Agent() as agent:
        agent.create("new")
        folder = os.path.join(agent.stack.media, "new.domicile")
        yield figure("size of a new workspace", used_bytes(folder) / 1024, "KiB", NEW_KIB,
                     [], "")
        encrypted = agent.create("encrypted", "luks", 1 << 30)
        yield figure("the same, encrypted, with room for 1 GiB",
                     used_bytes(os.path.join(agent.stack.media, "encrypted.domicile")) / 1024, "KiB", NEW_KIB, [],
                     "what a file system needs for what it may hold")
        del encrypted
        packages, stated = lacking()
        room = os.statvfs(SCRATCH)
        if room.f_bavail * room.f_frsize < 4 * stated:
            raise Missing(f"needs {4 * stated >> 20} MiB in {SCRATCH}")
        workspace = agent.open(agent.create("office"))[0]
        context.say(f"installing {OFFICE}: {len(packages)} packages that the host lacks, {stated >> 20} MiB; this takes minutes")
        agent.job("app.install", workspace=workspace["id"], source="deb", package=OFFICE)
        agent.shell(workspace, "test -x /usr/bin/localc || test -x /usr/bin/soffice")
        agent.close(workspace)
        taken = used_bytes(os.path.join(agent.stack.media, "office.domicile"))
        yield figure(f"with {OFFICE} installed, against what the host lacks of it", taken / stated, "times", OVERHEAD,
                     [("what the host lacks, as its packages state", stated / (1 << 20), "MiB"), ("the workspace", taken / (1 << 20), "MiB")],
                     "what the installation leaves beside the packages' files: the list of what is installed, caches of icons and fonts")
