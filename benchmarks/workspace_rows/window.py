# SPDX-License-Identifier: GPL-2.0-or-later
"""From opening a workspace to an app's first window on the host's display, beside the app's own start."""

import contextlib
import json
import os
import statistics
import subprocess
import sys

from .common import SECONDS, Agent, figure, need, undisturbed, x_server

APP = "l3afpad"
OVER_NATIVE_S = 1.0
RUNS = 5


def first_window(context, environment, command):
    """Seconds from the start of a command to its first window."""
    probe = subprocess.Popen([str(context.build / "benchmarks/first-window"), *command], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                             stderr=subprocess.DEVNULL, env={**os.environ, **environment})
    try:
        taken = json.loads(probe.stdout.readline())["map_ms"]
    finally:
        probe.stdin.close()
        probe.wait(SECONDS)
        probe.stdout.close()
    if taken < 0:
        raise RuntimeError(f"no window of {command[0]}")
    return taken / 1000


def from_closed(context, environment, agent, workspace):
    """The command is a client that opens the workspace and starts the app: so its own start counts, too."""
    code = ("import sys; sys.path[:0] = " + repr(sys.path[:3]) + "\n"
            "from stack import Client\n"
            f"client = Client({agent.stack.socket!r})\n"
            f"client.run_job('workspace.open', id={workspace['id']!r}, display='seamless', **{agent.login!r})\n"
            f"client.call('app.launch', workspace={workspace['id']!r}, argv=[{APP!r}])\n"
            "client.close()\n")
    taken = first_window(context, environment, [sys.executable, "-c", code])
    agent.close(workspace)
    return taken


@contextlib.contextmanager
def session_bus(environment):
    """@environment with a session bus, as any desktop has one: else each start of the app would bring up one of its own."""
    bus = subprocess.Popen(["dbus-daemon", "--session", "--nofork", "--print-address"], stdout=subprocess.PIPE, text=True,
                           env={**os.environ, **environment})
    try:
        yield {**environment, "DBUS_SESSION_BUS_ADDRESS": bus.stdout.readline().strip()}
    finally:
        bus.terminate()
        bus.wait(SECONDS)
        bus.stdout.close()


def measure(context):
    need(APP, "dbus-daemon")
    with undisturbed(), x_server() as environment, session_bus(environment) as desktop, Agent(**environment) as agent:
        workspace = agent.create("windows")
        native, ours = [], []
        for turn in range(RUNS + 1):
            context.say(f"turn {turn} of {RUNS}")
            native.append(first_window(context, desktop, [APP]))
            ours.append(from_closed(context, environment, agent, workspace))
    native, ours = statistics.median(native[1:]), statistics.median(ours[1:])
    yield figure(f"open a workspace, to the first window of {APP}, above its own start", ours - native, "s", OVER_NATIVE_S,
                 [(f"{APP} started natively", native), ("the whole of it in the workspace", ours)],
                 "the app's own start is most of it")
