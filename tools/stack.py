#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Brings the whole of Domicile up from a build tree, watches over it, and takes it down again."""

import argparse
import json
import os
import sys

from buildtree import ROOT, BuildError, build
from domicile_stack.demo import ensure_demo_workspace
from domicile_stack.error import RunningError, StackError
from domicile_stack.parts import Parts
from domicile_stack.places import Places
from domicile_stack.supervisor import Stopped, Supervisor

EPILOG = """\
Without options it opens the console, and closing the console ends everything; where Domicile runs already it
shows the console of that, which then goes on. With --headless it prints one
JSON line with the sockets when both endpoints answer, and runs until SIGTERM or SIGINT. The demo workspace
is opened with user “demo” and passphrase “demo”. The parts' logs are in log/ of the state directory."""


def parse_arguments():
    parser = argparse.ArgumentParser(
        prog="start", description="Boot the hypervisor in QEMU, start the agent, open the console.",
        epilog=EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--headless", action="store_true", help="everything but the window")
    parser.add_argument("--no-install", action="store_true", help="do not look for missing packages")
    parser.add_argument("--no-build", action="store_true", help="neither install nor build")
    parser.add_argument("--build-dir", metavar="DIR", default=os.path.join(ROOT, "build"),
                        help="the build tree to run from (default: build)")
    parser.add_argument("--state-dir", metavar="DIR",
                        help="keep all state there (default: $XDG_DATA_HOME/domicile)")
    arguments = parser.parse_args()
    if not arguments.headless and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        parser.exit(1, "start: there is no display to open the console on. "
                       "Run ./start --headless for everything but the window.\n")
    return arguments


def progress(text):
    """Progress goes to stderr: stdout is for the JSON line alone."""
    print(text, file=sys.stderr, flush=True)


def bring_up(parts):
    """Starts every part in the order in which they need each other."""
    progress("Booting the hypervisor …")
    parts.start_hypervisor()
    parts.start_gateway()
    progress("Starting the agent …")
    for remark in parts.start_helper():
        progress(remark)
    parts.start_agent()
    parts.wait_until_both_answer()
    for remark in ensure_demo_workspace(parts.places):
        progress(remark)


def run(arguments, supervisor):
    """Runs until the user, a signal or the end of a part ends it; returns the exit code."""
    if not arguments.no_build:
        build(os.path.relpath(arguments.build_dir, ROOT), progress=progress)
    places = Places.find(arguments.state_dir, arguments.build_dir)
    parts = Parts(places, supervisor)
    try:
        supervisor.hold(places)
    except RunningError:
        if arguments.headless:
            raise
        progress("Domicile is already running: this is its console.")
        parts.become_console()
    bring_up(parts)
    if arguments.headless:
        print(json.dumps({"control": places.control, "agent": places.agent,
                          "state_dir": places.state, "pid": os.getpid()}), flush=True)
    else:
        parts.start_console()
        progress("The console is open. Closing it ends Domicile.")
    return supervisor.watch()


def main():
    arguments = parse_arguments()
    supervisor = Supervisor()
    try:
        return run(arguments, supervisor)
    except Stopped as stopped:
        progress(f"{stopped}: stopping …")
        return 0
    except (StackError, BuildError) as error:
        print(f"start: {error}", file=sys.stderr)
        return 1
    finally:
        for remark in supervisor.take_down():
            progress(remark)


if __name__ == "__main__":
    sys.exit(main())
