# SPDX-License-Identifier: GPL-2.0-or-later
"""A desktop with four apps, suspended (and tried before it is given up) and resumed, beside a virtual machine that is saved."""

import os
import statistics

from . import machine
from .common import Agent, Missing, calm_median, figure, folder, need, timed

SUSPEND_S, RESUME_S, IMAGE_MB = 1.0, 0.6, 15.0
APPS = [["l3afpad"], ["l3afpad"], ["xterm", "-e", "sh", "-c", "while :; do date; sleep 0.2; done"], ["xterm"]]
RUNS, RUNS_OF_PEER = 9, 3


def image_bytes(path):
    total = 0
    for top, _, names in os.walk(os.path.join(path, "state")):
        total += sum(os.lstat(os.path.join(top, name)).st_size for name in names)
    return total


def resident_mib(agent, workspace):
    """What its processes have to themselves, which is what has to be saved."""
    total = 0
    for process in agent.client.call("process.list", workspace=workspace["id"])["processes"]:
        try:
            with open(f"/proc/{process['host_pid']}/smaps_rollup", encoding="ascii") as file:
                total += sum(int(line.split()[1]) for line in file if line.startswith(("Private_Dirty:", "Shared_Dirty:")))
        except (FileNotFoundError, ProcessLookupError):
            continue  # it has ended since it was listed
    return total // 1024


def wait_windows(agent, workspace):
    count = "$(xdotool search --onlyvisible --class . 2> /dev/null | wc -l)"
    agent.shell(workspace, f"n=0; until test {count} -ge {len(APPS)}; do n=$((n+1)); test $n -lt 1200 || exit 1; sleep 0.05; done")


def measure_ours(context, program):
    with Agent(criu=program) as agent:
        workspace = agent.open(agent.create("desktop"), "desktop")[0]
        for argv in APPS:
            agent.launch(workspace, *argv)
        wait_windows(agent, workspace)
        used, suspended, resumed, sizes = resident_mib(agent, workspace), [], [], []
        for turn in range(RUNS):
            context.say(f"turn {turn + 1} of {RUNS}")
            suspended.append(timed(lambda: agent.job("workspace.suspend", id=workspace["id"]))[1:])
            sizes.append(image_bytes(workspace["path"]) / 1e6)
            resumed.append(timed(lambda: agent.job("workspace.resume", id=workspace["id"], **agent.login))[1:])
            wait_windows(agent, workspace)
        agent.close(workspace)
    return used, suspended, resumed, statistics.median(sizes)


def measure_machine(context, used_mib):
    """The calmest of some turns."""
    turns = []
    for _ in range(RUNS_OF_PEER):
        with folder() as place:
            turns.append(timed(lambda: machine.save_and_load(context, place, used_mib)))
    return min(turns, key=lambda turn: turn[2])[0]


def measure(context):
    import criu  # noqa: PLC0415
    need("Xvnc", "l3afpad", "xterm", "xdotool")
    program, problem = criu.find()
    if problem:
        raise Missing(f"needs CRIU: {problem}")
    used, suspended, resumed, size = measure_ours(context, program)
    peers = [(), (), ()]
    try:
        context.say(f"a virtual machine with {used} MiB in use")
        values = measure_machine(context, used)
        peers = [[("a virtual machine with as much in memory", value)] for value in (values[0], values[1], values[2] / 1e6)]
    except Missing as missing:
        context.say(f"no virtual machine beside it: it {missing}")
    yield figure(f"suspend a desktop with {len(APPS)} apps, verified, and close it", calm_median(suspended), "s", SUSPEND_S, peers[0],
                 "saving takes as long as the trial and all else together, and CRIU does it alone")
    yield figure("suspend it, all turns counted", statistics.median(seconds for seconds, _ in suspended), "s")
    yield figure("resume it", calm_median(resumed), "s", RESUME_S, peers[1],
                 "unpacking and restoring follow each other, and CRIU reads what was written back once more")
    yield figure("image", size, "MB", IMAGE_MB, peers[2], "more is in memory than the windows show")
