# SPDX-License-Identifier: GPL-2.0-or-later
"""What the rows share: figures, timing, and a workspace on an agent of its own."""

import contextlib
import os
import pathlib
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
# Not /tmp, which is memory on many hosts; and a short path, for sockets.
SCRATCH = "/var/tmp"
SECONDS = 300


class Missing(Exception):
    """This row cannot be measured here; the text says what it needs."""


class Context:
    """Where things are, and a way to say how far it is."""

    def __init__(self, build, runs):
        self.build, self.runs = pathlib.Path(build), runs
        os.environ["DOMICILE_BUILD_DIR"] = str(self.build)
        tempfile.tempdir = SCRATCH
        sys.path[:0] = [str(ROOT / "tests/osvirt/agent"), str(ROOT / "tests/gui")]

    @staticmethod
    def say(text):
        print(f"workspace: {text}", file=sys.stderr, flush=True)

    @property
    def run(self):
        return str(self.build / "osvirt/launcher/domicile-run")

    @property
    def helper(self):
        return str(self.build / "osvirt/helper/domicile-helper")


def figure(name, value, unit, target=None, peers=(), missed=None):
    """@peers: (name, value) as measured in this run, or (name, value, unit) in one of its own; @missed: why it is, and what it would
    take."""
    def rounded(number):
        return round(number, 3 if number < 10 else 1)

    entry = {"name": name, "value": rounded(value), "unit": unit, "better": "lower",
             "peers": [{"name": peer, "value": rounded(number), "how": "measured", **({"unit": own[0]} if own else {})}
                       for peer, number, *own in peers],
             "met": target is None or value <= target}
    if target is not None:
        entry["target"] = rounded(target)
    if not entry["met"] and missed:
        entry["missed"] = missed
    return entry


def need(*programs):
    absent = [program for program in programs if shutil.which(program) is None]
    if absent:
        raise Missing("needs " + ", ".join(absent))


@contextlib.contextmanager
def undisturbed():
    """Ahead of whatever else the machine does, where that is allowed: for what takes milliseconds."""
    before = os.sched_getscheduler(0), os.sched_getparam(0)
    with contextlib.suppress(OSError):
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(10))
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            os.sched_setscheduler(0, *before)


@contextlib.contextmanager
def started(command, ready, **options):
    """A program that says when it is ready, and is ended afterwards."""
    process = subprocess.Popen(command, text=True, **options)
    try:
        stream = process.stderr if process.stderr is not None else process.stdout
        line = stream.readline()
        if ready not in line:
            raise RuntimeError(f"{os.path.basename(command[0])} did not start: {line}")
        yield process
    finally:
        process.terminate()
        process.wait(SECONDS)
        stream.close()


@contextlib.contextmanager
def folder(prefix="domicile-bench-"):
    path = tempfile.mkdtemp(prefix=prefix)
    try:
        yield pathlib.Path(path)
    finally:
        shutil.rmtree(path, ignore_errors=True)


def time_ms(command, environment=None):
    """From exec to the end, of a command that must succeed."""
    begun = time.perf_counter()
    pid = os.posix_spawnp(command[0], command, environment if environment is not None else os.environ,
                          file_actions=[(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)])
    _, status = os.waitpid(pid, 0)
    taken = (time.perf_counter() - begun) * 1000
    if status != 0:
        raise RuntimeError(f"{' '.join(map(str, command))} ended with status {status}")
    return taken


def take_turns(commands, runs, warm_up=3, environment=None):
    """What each command took in each turn, in milliseconds: whatever else the machine does meets each alike."""
    times = {name: [] for name in commands}
    for turn in range(warm_up + runs):
        for name, command in commands.items():
            taken = time_ms(command, environment)
            if turn >= warm_up:
                times[name].append(taken)
    return times


def medians(times, calm=None):
    """The median of each command. With @calm, only turns count in which that command, which is neither ours nor a peer, was among its
    fastest third."""
    counted = range(min(map(len, times.values())))
    if calm is not None:
        counted = sorted(counted, key=times[calm].__getitem__)[:(len(counted) + 2) // 3]
    return {name: statistics.median(values[turn] for turn in counted) for name, values in times.items()}


def stolen():
    """Processor seconds that a host of virtual machines has kept from this one so far."""
    with open("/proc/stat", encoding="ascii") as file:
        return int(file.readline().split()[8]) / os.sysconf("SC_CLK_TCK")


def timed(work):
    """What @work gives back, its seconds, and what was stolen meanwhile."""
    before, begun = stolen(), time.perf_counter()
    result = work()
    return result, time.perf_counter() - begun, stolen() - before


def calm_median(turns):
    """The median of seconds, of (seconds, stolen). Only turns count in which no more was stolen than in the calmest third."""
    most = sorted(taken for _, taken in turns)[(len(turns) - 1) // 3]
    return statistics.median(seconds for seconds, taken in turns if taken <= most)


class Agent:
    """An agent with the helper, and what a client does with it."""

    def __init__(self, helper=True, criu=None, **environment):
        from stack import PASSPHRASE, USER, Stack  # noqa: PLC0415
        if os.geteuid() != 0:
            raise Missing("needs root, to start domicile-helper")
        self.stack = Stack(helper, criu=criu)
        self.stack.environment.update(environment)
        self.login = {"user": USER, "passphrase": PASSPHRASE}

    def __enter__(self):
        try:
            self.stack.start()
            self.client = self.stack.connect()
        except BaseException:
            self.stack.end()
            raise
        return self

    def __exit__(self, *_):
        self.client.close()
        problems = self.stack.end()
        if problems and _[0] is None:
            raise RuntimeError("\n".join(problems))

    def job(self, method, **params):
        """Runs a job; returns its result and its seconds."""
        begun = time.perf_counter()
        result = self.client.run_job(method, SECONDS, **params)
        return result, time.perf_counter() - begun

    def create(self, name, vault="none", size_bytes=64 << 20):
        return self.job("workspace.create", path=os.path.join(self.stack.media, name + ".domicile"), name=name, **self.login,
                        size_bytes=size_bytes, mode="shared", vault=vault)[0]

    def open(self, workspace, display="none"):
        return self.job("workspace.open", id=workspace["id"], display=display, **self.login)

    def close(self, workspace):
        return self.job("workspace.close", id=workspace["id"])

    def launch(self, workspace, *argv):
        return self.client.call("app.launch", workspace=workspace["id"], argv=list(argv))["pid"]

    def wait_ends(self, pids):
        """How they ended, in whatever order they did; None is well."""
        left, bad = set(pids), None
        while left:
            end = self.client.wait_event("process", lambda data: data["change"] == "gone" and data["pid"] in left, SECONDS)
            left.remove(end["pid"])
            bad = bad or end.get("status") or end.get("signal")
        return bad

    def shell(self, workspace, script):
        """Seconds that a script takes inside."""
        begun = time.perf_counter()
        status = self.wait_ends([self.launch(workspace, "/bin/sh", "-c", script)])
        if status:
            raise RuntimeError(f"inside the workspace a script ended with {status}: {script}")
        return time.perf_counter() - begun


@contextlib.contextmanager
def x_server():
    """A display of our own, as environment variables."""
    from session import _start_server  # noqa: PLC0415
    need("Xvfb")
    server, number = _start_server()
    try:
        yield {"DISPLAY": ":" + number, "LANG": "C.UTF-8", "GDK_BACKEND": "x11"}
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(SECONDS)
