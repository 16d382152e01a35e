# SPDX-License-Identifier: GPL-2.0-or-later
"""50 programs started at once in a workspace, and 10 workspaces: linear, and nothing lost."""

import os
import time

from .common import Agent, figure, undisturbed

FEW, MANY, WORKSPACES = 10, 50, 10
LINEAR = 1.5
ROUNDS = 3


def start_at_once(agent, workspace, count, mark):
    """Seconds until all programs have ended; each has written a file of its own, and none is lost."""
    begun = time.perf_counter()
    pids = [agent.launch(workspace, "/bin/sh", "-c", f"echo done > ~/{mark}-{number}") for number in range(count)]
    if agent.wait_ends(pids):
        raise RuntimeError("a program has failed")
    seconds = time.perf_counter() - begun
    agent.shell(workspace, f"test $(cat ~/{mark}-* | grep -c done) = {count}")
    return seconds


def programs(agent, workspace):
    few = min(start_at_once(agent, workspace, FEW, f"few{turn}") for turn in range(ROUNDS))
    many = min(start_at_once(agent, workspace, MANY, f"many{turn}") for turn in range(ROUNDS))
    return few / FEW * 1000, many / MANY * 1000


def measure(context):
    with undisturbed(), Agent() as agent:
        first = agent.open(agent.create("first"))[0]
        context.say(f"{FEW} and {MANY} programs at once, {ROUNDS} times")
        few, many = programs(agent, first)
        agent.close(first)
        context.say(f"{WORKSPACES} workspaces")
        made = [agent.create(f"w{number}") for number in range(WORKSPACES)]
        opened, times = [], []
        for workspace in made:
            state, seconds = agent.open(workspace)
            opened.append(state)
            times.append(seconds * 1000)
        for number, workspace in enumerate(opened):
            agent.shell(workspace, f"echo {number} > ~/mine && test $(cat ~/mine) = {number}")
        listed = agent.client.call("workspace.list")["workspaces"]
        if sum(workspace["state"] == "open" for workspace in listed) != WORKSPACES:
            raise RuntimeError("not all workspaces are open")
        for number, workspace in enumerate(opened):
            agent.close(workspace)
            with open(os.path.join(agent.stack.media, f"w{number}.domicile", "home", "mine"), encoding="ascii") as mine:
                if mine.read() != f"{number}\n":
                    raise RuntimeError(f"workspace {number} has lost its file")
    early, late = sorted(times[:3])[1], sorted(times[-3:])[1]
    yield figure(f"{MANY} programs at once, what each wrote is there: one compared with one of {FEW}", many / few, "times", LINEAR,
                 [], "starting many at once costs more for each than starting few")
    yield figure(f"one of {MANY} programs at once, from the request to its end", many, "ms")
    yield figure(f"{WORKSPACES} workspaces open, what each wrote is there: opening the last 3 compared with the first 3", late / early, "times", LINEAR,
                 [], "each open workspace makes opening the next one slower")
    yield figure("opening one of them", sorted(times)[len(times) // 2], "ms")
