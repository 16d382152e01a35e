# SPDX-License-Identifier: GPL-2.0-or-later
"""Starts processes, notices when one ends, and stops them in the reverse order.

Nothing may outlive the supervisor, even when it is killed with SIGKILL: every child asks the kernel for
SIGTERM when its parent dies, and what still escaped is found by the next start in the list of children.
"""

import ctypes
import dataclasses
import fcntl
import json
import os
import selectors
import shutil
import signal
import subprocess
import time

from .error import RunningError, StackError

PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)

# How long a part may take to stop by itself. The agent closes its workspaces in that time.
STOP_SECONDS = 60


class Stopped(Exception):
    """A signal asked the stack to end."""


@dataclasses.dataclass
class Child:
    """A running part. `essential`: its end is an error; otherwise its end is the user's wish."""
    name: str
    process: subprocess.Popen
    log: str
    essential: bool


def _die_with_parent(parent):
    """In the new process: have SIGTERM sent when the supervisor dies, however it dies."""
    def prepare():
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            os._exit(1)
    return prepare


def _start_time(pid):
    """The start time of a process, which tells it from a later one with the same number."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as stat:
            return int(stat.read().rpartition(")")[2].split()[19])
    except (OSError, ValueError, IndexError):
        return None


class Supervisor:
    """Owns the runtime directory and every process of one stack."""

    def __init__(self):
        self._children = []
        self._runtime = None
        self._made_runtime_files = set()
        self._lock = None
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._on_signal)

    @staticmethod
    def _on_signal(number, _frame):
        raise Stopped(signal.Signals(number).name)

    def hold(self, places):
        """Takes the runtime directory; RunningError when another stack has it."""
        lock = os.open(os.path.join(places.runtime, "stack.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(lock, 32).decode("ascii", "replace").strip()
            os.close(lock)
            raise RunningError(f"Domicile is already running in {places.runtime} (process {holder}). End it first, "
                               "or set DOMICILE_RUNTIME_DIR to another directory.") from None
        self._lock = lock
        self._runtime = places.runtime
        os.ftruncate(lock, 0)
        os.pwrite(lock, f"{os.getpid()}\n".encode(), 0)
        self._clear_remains()

    def _clear_remains(self):
        """Ends the processes and removes the sockets of a stack that was killed."""
        try:
            with open(self._list_path(), encoding="utf-8") as listing:
                remains = json.load(listing)
        except (OSError, ValueError):
            remains = []
        for pid, started in remains:
            if _start_time(pid) == started:
                try:
                    os.killpg(pid, signal.SIGKILL)
                except (ProcessLookupError, PermissionError):
                    pass
        self._remove_files()

    def _list_path(self):
        return os.path.join(self._runtime, "children.json")

    def _write_list(self):
        temporary = self._list_path() + ".new"
        with open(temporary, "w", encoding="utf-8") as listing:
            json.dump([(child.process.pid, _start_time(child.process.pid)) for child in self._children], listing)
        os.replace(temporary, self._list_path())

    def spawn(self, name, argv, log, *, env=None, essential=True, stdin=subprocess.DEVNULL):
        """Starts a part with its output in the file `log`, whose predecessor is kept as .old."""
        if os.path.exists(log):
            os.replace(log, log + ".old")
        with open(log, "wb") as output:
            try:
                process = subprocess.Popen(argv, stdin=stdin, stdout=output, stderr=subprocess.STDOUT,
                                           start_new_session=True, env=dict(os.environ, **(env or {})),
                                           preexec_fn=_die_with_parent(os.getpid()))
            except OSError as error:
                raise StackError(f"{name} cannot be started: {error.strerror}.") from None
        child = Child(name, process, log, essential)
        self._children.append(child)
        self._write_list()
        return child

    def wait_for(self, what, condition, seconds):
        """Waits until `condition()` is true; StackError when a part ends or the time is over first."""
        deadline = time.monotonic() + seconds
        while not condition():
            self._raise_for_the_dead()
            if time.monotonic() > deadline:
                logs = self._children[-1].log if self._children else "nothing was started"
                raise StackError(f"{what} did not come up within {seconds} s. Its log is {logs}.")
            time.sleep(0.02)

    def _raise_for_the_dead(self):
        for child in self._children:
            code = child.process.poll()
            if code is not None and (child.essential or code != 0):
                raise StackError(_obituary(child, code))

    def watch(self):
        """Waits for the end of any part; returns 0 when that was the user's wish."""
        with selectors.DefaultSelector() as selector:
            for child in self._children:
                descriptor = os.pidfd_open(child.process.pid)
                selector.register(descriptor, selectors.EVENT_READ, child)
            selector.select()
        self._raise_for_the_dead()
        return 0

    def take_down(self):
        """Stops every part, the last first, and removes the runtime files. Yields remarks for a person."""
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        for child in reversed(self._children):
            yield from self._stop(child)
        self._children.clear()
        if self._lock is not None:
            self._remove_files()
            self._remove_runtime_directory()
            os.close(self._lock)
            self._lock = None

    @staticmethod
    def _stop(child):
        process = child.process
        if process.poll() is None:
            if process.stdin:
                process.stdin.close()
            _signal(process.pid, signal.SIGTERM)
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                yield f"{child.name} did not stop within {STOP_SECONDS} s and is killed; its log is {child.log}"
        # The group may hold more than its leader.
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            pass
        process.wait()

    def _remove_files(self):
        for name in os.listdir(self._runtime):
            path = os.path.join(self._runtime, name)
            if name == "children.json" or name.endswith((".sock", ".pid")):
                os.unlink(path)
            elif name.endswith(".tmp") and os.path.isdir(path):
                shutil.rmtree(path)

    def _remove_runtime_directory(self):
        os.unlink(os.path.join(self._runtime, "stack.lock"))
        try:
            os.rmdir(self._runtime)
        except OSError:
            pass  # not empty: someone else's files, or the directory is not ours to remove


def _signal(pid, number):
    try:
        os.kill(pid, number)
    except (ProcessLookupError, PermissionError):
        pass  # gone, or root's: it ends with its standard input


def _obituary(child, code):
    reason = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"
    try:
        with open(child.log, encoding="utf-8", errors="replace") as log:
            tail = log.read()[-2000:].rstrip().splitlines()[-5:]
    except OSError:
        tail = []
    last = "".join("\n    " + line for line in tail)
    return f"{child.name} {reason}. Its log is {child.log}" + (f"; the last lines:{last}" if last else ".")
