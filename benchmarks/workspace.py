#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Launches /bin/true in an open workspace, and builds a workspace's view for it, beside bubblewrap.

All of them take turns in one run, so that whatever else the machine does meets each alike; each figure is the median,
from exec of the command that a person would type to its end. Needs root, for domicile-helper.
"""
import argparse
import contextlib
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

RUNS, WARM_UP = 100, 3
PEER = ["bwrap", "--ro-bind", "/", "/", "--proc", "/proc", "--dev", "/dev", "--unshare-all", "/bin/true"]
BWRAP = "bwrap --ro-bind / / --proc /proc --dev /dev --unshare-all"


@contextlib.contextmanager
def started(command, ready, **options):
    """A program that says when it is ready, and is ended afterwards."""
    process = subprocess.Popen(command, text=True, **options)
    try:
        stream = process.stderr if process.stderr is not None else process.stdout
        line = stream.readline()
        if ready not in line:
            sys.exit(f"workspace: {os.path.basename(command[0])} did not start: {line}")
        yield process
    finally:
        process.terminate()
        process.wait(30)
        stream.close()


def time_ms(command, environment):
    begun = time.perf_counter()
    pid = os.posix_spawnp(command[0], command, environment)
    _, status = os.waitpid(pid, 0)
    taken = (time.perf_counter() - begun) * 1000
    if status != 0:
        sys.exit(f"workspace: {' '.join(command)} ended with status {status}")
    return taken


def measure(build, runs):
    """The median of each command in milliseconds."""
    run = str(build / "osvirt/launcher/domicile-run")
    folder = pathlib.Path(tempfile.mkdtemp(prefix="domicile-bench-"))
    try:
        environment = {"PATH": "/usr/bin:/bin:/usr/sbin:/sbin", "DOMICILE_HELPER_SOCKET": str(folder / "helper.sock")}

        def view(name, *options):
            return [run, "--workspace", str(folder / name), *options, "--", "/bin/true"]

        # What ends behind a command that does not wait falls into the next one's turn: that is not the peer's.
        commands = {
            "bwrap": PEER,
            "launch": [run, "--join", str(folder / "door"), "/bin/true"],
            "build": view("built", "--no-wait"),
            "whole": view("whole"),
            "reduced": view("reduced", "--reduced"),
            "exec": ["/bin/true"],
        }
        with started([str(build / "osvirt/helper/domicile-helper"), "--socket", str(folder / "helper.sock")], "listening",
                     stderr=subprocess.PIPE), \
             started([run, "--workspace", str(folder / "open"), "--listen", str(folder / "door")], "ready",
                     env=environment, stdout=subprocess.PIPE):
            times = {name: [] for name in commands}
            for turn in range(WARM_UP + runs):
                for name, command in commands.items():
                    taken = time_ms(command, environment)
                    if turn >= WARM_UP:
                        times[name].append(taken)
        return {name: statistics.median(values) for name, values in times.items()}
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def make_figures(medians):
    def figure(name, key, peers=("bwrap",), target=True):
        known = {"bwrap": BWRAP + " /bin/true", "exec": "fork and exec of /bin/true"}
        return {"name": name, "value": round(medians[key], 2), "unit": "ms", "better": "lower",
                **({"target": round(medians["bwrap"], 2)} if target else {}),
                "peers": [{"name": known[peer], "value": round(medians[peer], 2), "how": "measured"} for peer in peers],
                "met": not target or medians[key] < medians["bwrap"]}

    return [
        figure("launch /bin/true in an open workspace", "launch", ("bwrap", "exec")),
        figure("build a workspace's view and run /bin/true in it", "build"),
        # It syncs the medium, which the peer, with nothing to keep, does not.
        figure("the same, waiting until it is written back and closed", "whole", target=False),
        figure("the same without privilege", "reduced", target=False),
    ]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--runs", type=int, default=RUNS, help=f"turns of each (default {RUNS})")
    parser.add_argument("--build", type=pathlib.Path, help="the build folder (default: build beside this tree)",
                        default=pathlib.Path(os.environ.get("DOMICILE_BUILD_DIR",
                                                            pathlib.Path(__file__).resolve().parent.parent / "build")))
    options = parser.parse_args()
    if os.geteuid() != 0:
        sys.exit("workspace: needs root, to start domicile-helper")
    if shutil.which("bwrap") is None:
        sys.exit("workspace: needs bwrap (package bubblewrap)")
    figures = make_figures(measure(options.build.resolve(), options.runs))
    if options.json:
        print(json.dumps({"bench": "workspace", "figures": figures}))
    else:
        for figure in figures:
            peers = ", ".join(f"{peer['value']:.2f} {peer['name']}" for peer in figure["peers"])
            verdict = "" if "target" not in figure else "met" if figure["met"] else "MISSED"
            print(f"{figure['name']:<58} {figure['value']:7.2f} ms   {verdict:<6}  ({peers})")
    return 0 if all(figure["met"] for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
