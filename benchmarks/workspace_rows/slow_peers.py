#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Sandboxes that take tens of milliseconds for /bin/true, where they are installed and run here. Prints their medians as JSON.

Started in a mount namespace of its own, which is changed so that crun runs, too: it refuses where both versions of control
groups are mounted, and takes no root that is no mount."""

import json
import pathlib
import shutil
import subprocess
import sys

from common import medians, take_turns

RUNS = 5


def make_bundle(place, root):
    bundle = place / "bundle"
    bundle.mkdir()
    subprocess.run(["crun", "spec"], cwd=bundle, check=True)
    spec = json.loads((bundle / "config.json").read_text())
    spec["root"] = {"path": str(root), "readonly": True}
    spec["process"].update(args=["/bin/true"], terminal=False)
    spec["process"].pop("rlimits", None)
    (bundle / "config.json").write_text(json.dumps(spec))
    return bundle


def commands(place):
    root = place / "root"
    root.mkdir()
    subprocess.run("umount -R /sys/fs/cgroup; mount -t cgroup2 none /sys/fs/cgroup; mount --bind / " + str(root), shell=True,
                   stderr=subprocess.DEVNULL, check=True)
    if shutil.which("firejail"):
        yield "firejail --noprofile", ["firejail", "--quiet", "--noprofile", "/bin/true"]
    if shutil.which("crun"):
        yield "crun run", ["crun", "--root", str(place / "crun"), "--cgroup-manager=disabled", "run", "--bundle",
                           str(make_bundle(place, root)), "bench"]
    if shutil.which("podman"):
        yield "podman run --rootfs", ["podman", "--root", str(place / "podman"), "--runroot", str(place / "podman-run"), "run", "--rm",
                                      "--runtime", "crun", "--net=none", "--cgroups=disabled", "--cgroupns=host", "--ulimit",
                                      "nofile=20000:20000", "--ulimit", "nproc=1000:1000", "--read-only", "--read-only-tmpfs=false",
                                      "--rootfs", str(root), "/bin/true"]


def main():
    peers = {}
    for name, command in commands(pathlib.Path(sys.argv[1])):
        trial = subprocess.run(command, capture_output=True, text=True, check=False)
        if trial.returncode == 0:
            peers[name] = command
        else:
            print(f"workspace: {name} does not run here: {trial.stderr.strip()[-200:]}", file=sys.stderr)
    print(json.dumps(medians(take_turns(peers, RUNS, 1))))


if __name__ == "__main__":
    main()
