# SPDX-License-Identifier: GPL-2.0-or-later
"""The agent, with or without the helper, as root or as an ordinary user, in a directory of its own."""

import collections
import contextlib
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest
import uuid

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
sys.path.insert(0, os.path.join(ROOT, "tests", "protocol"))
from support import BUILD, Client as ProtocolClient  # noqa: E402

AGENT = os.path.join(BUILD, "osvirt", "agent", "domicile-agent")
# What starts the agent, for example in a control group of its own.
AGENT_WRAPPER = os.environ.get("DOMICILE_AGENT_WRAPPER", "").split()
AS_USER = os.path.join(ROOT, "tests", "osvirt", "as-user")
HELPER = os.path.join(BUILD, "osvirt", "helper", "domicile-helper")
USER_ID = 12345
USER, PASSPHRASE = "demo", "correct horse"
SECONDS = 180


class RpcError(Exception):
    """An error object of the protocol."""

    def __init__(self, error):
        super().__init__(f"{error['code']} {error['message']}")
        self.code = error["code"]
        self.message = error["message"]
        self.data = error["data"]


class Client(ProtocolClient):
    """A client that raises errors and that waits for jobs and events by events."""

    def __init__(self, path):
        super().__init__(path)
        self.by_topic = collections.defaultdict(collections.deque)
        self.call("events.subscribe", topics=["workspace", "app", "process", "storage", "job"])

    def call(self, method, **params):
        answer = self.request(method, **params)
        if "error" in answer:
            raise RpcError(answer["error"])
        return answer["result"]

    def wait_event(self, topic, wanted, seconds=SECONDS):
        """The next event of the topic whose data is wanted; those of this topic before it are dropped."""
        deadline = time.monotonic() + seconds
        while True:
            while self.by_topic[topic]:
                data = self.by_topic[topic].popleft()
                if wanted(data):
                    return data
            event = self.event(max(0.01, deadline - time.monotonic()))
            self.by_topic[event["topic"]].append(event["data"])

    def wait_job(self, job, seconds=SECONDS):
        """The result of a job."""
        state = self.call("job.get", job=job)
        if state["state"] == "running":
            state = self.wait_event("job", lambda data: data["job"] == job and data["state"] != "running", seconds)
        if state["state"] != "done":
            raise RpcError(state["error"])
        return state.get("result")

    def run_job(self, method, seconds=SECONDS, **params):
        return self.wait_job(self.call(method, **params)["job"], seconds)


def share_mounts():
    """Starts this program again among shared mounts, as systemd makes them on nearly every host; in a namespace of its own."""
    own = ["unshare", "--mount", "--propagation", "private", "--", "/bin/sh", "-c", "mount --make-rshared / && exec \"$0\" \"$@\""]
    if os.geteuid() != 0 or "DOMICILE_SHARED_MOUNTS" in os.environ:
        return
    if subprocess.run([*own, "true"], stderr=subprocess.DEVNULL, check=False).returncode == 0:  # else this may be no host for it
        os.environ["DOMICILE_SHARED_MOUNTS"] = "1"
        os.execvp(own[0], [*own, sys.executable, *sys.argv])


def wait_gone(process_fds, seconds=SECONDS):
    """Waits until the processes behind the pidfds have ended; tells which have not."""
    deadline = time.monotonic() + seconds
    waiting = list(process_fds)
    while waiting and time.monotonic() < deadline:
        ended, _, _ = select.select(waiting, [], [], max(0, deadline - time.monotonic()))
        waiting = [fd for fd in waiting if fd not in ended]
    return waiting


class Stack:
    """One agent. `helper` False: the reduced mode. `uid` 0: as whoever we are. `fuse`: what /dev/fuse permits without it."""

    def __init__(self, helper=True, uid=0, fuse="0666", criu=None):
        self.fuse, self.criu = fuse, criu
        self.directory = tempfile.mkdtemp(prefix="domicile-agent-")
        self.with_helper, self.uid = helper, uid
        self.run, self.media = self.path("run"), self.path("media")
        self.helper_socket, self.socket = self.path("run", "helper.sock"), self.path("run", "agent.sock")
        self.agent = self.helper = None
        self.environment = {}  # of both, beside what they need
        self.listeners = {}  # the pid of who was the last to listen at a path, as bytes
        for name in ("run", "state", "media", "home"):
            os.mkdir(self.path(name), 0o700)
            if uid:
                os.chown(self.path(name), uid, uid)
        os.chmod(self.directory, 0o755)
        if helper:
            os.chmod(self.run, 0o755)

    def path(self, *names):
        return os.path.join(self.directory, *names)

    def start(self):
        if self.with_helper and self.helper is None:
            self.start_helper()
        self.agent = self._spawn("agent", AGENT_WRAPPER + self.command(), self.uid)
        self._wait_for(self.socket, self.agent)
        return self

    def start_helper(self, uid=None):
        command = [HELPER, "--socket", self.helper_socket, "--allow-uid", str(self.uid if uid is None else uid)]
        self.helper = self._spawn("helper", command + (["--criu", self.criu] if self.criu else []), 0)
        self._wait_for(self.helper_socket, self.helper)

    def command(self, listen=None, state="state"):
        return [AGENT, "--socket", listen or self.socket, "--state-dir", self.path(state),
                "--helper", self.helper_socket]

    def _spawn(self, name, command, uid):
        environment = {"PATH": os.environ["PATH"], "HOME": self.path("home"), "LANG": "C.UTF-8",
                       "XDG_RUNTIME_DIR": self.run, **self.environment}
        for variable in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "G_DEBUG", "DBUS_SYSTEM_BUS_ADDRESS", "DBUS_SESSION_BUS_ADDRESS"):
            if variable in os.environ:
                environment[variable] = os.environ[variable]
        if uid:
            command = self.become(uid) + command
        with open(self.path(name + ".log"), "ab") as log:
            return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment,
                                    cwd="/")

    def become(self, uid):
        """The helper takes no directories from another mount namespace, which as-user makes; and it brings FUSE itself."""
        if self.with_helper:
            return ["setpriv", f"--reuid={uid}", f"--regid={uid}", "--clear-groups", "--"]
        return [AS_USER, str(uid), self.fuse]

    def spawn_other(self, name):
        """A second agent on the same media with a state folder of its own; returns it and its socket."""
        listen = self.path("run", name + ".sock")
        os.makedirs(self.path(name), 0o700, exist_ok=True)
        if self.uid:
            os.chown(self.path(name), self.uid, self.uid)
        process = self._spawn(name, self.command(listen, name), self.uid)
        self._wait_for(listen, process)
        return process, listen

    def _wait_for(self, path, process):
        """Until somebody listens, by trying: a socket of somebody who was killed is there and answers nobody."""
        deadline = time.monotonic() + SECONDS
        kind = socket.SOCK_SEQPACKET if path == self.helper_socket else socket.SOCK_STREAM
        while time.monotonic() < deadline and process.poll() is None:
            with socket.socket(socket.AF_UNIX, kind) as trial:
                if trial.connect_ex(path) == 0:
                    listener = trial.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 4)
                    if listener != self.listeners.get(path):  # a child that has not begun to run its program holds that of one who was killed
                        self.listeners[path] = listener
                        return
            select.select([], [], [], 0.02)
        raise RuntimeError(f"{path} did not come:\n{self.logs()}")

    def logs(self):
        text = ""
        for name in ("helper", "agent"):
            if os.path.exists(self.path(name + ".log")):
                with open(self.path(name + ".log"), encoding="utf-8", errors="replace") as log:
                    text += f"--- {name}\n{log.read()}"
        return text

    def connect(self):
        return Client(self.socket)

    def kill_agent(self):
        self.agent.send_signal(signal.SIGKILL)
        self.agent.wait()

    def stop_agent(self):
        self.agent.send_signal(signal.SIGTERM)
        return self.agent.wait(SECONDS)

    def stop_helper(self):
        self.helper.send_signal(signal.SIGTERM)
        return self.helper.wait(SECONDS)

    def end(self):
        """Ends all; returns what was wrong about the end."""
        problems = []
        for name in ("agent", "helper"):
            process = getattr(self, name)
            if process is None or process.poll() is not None:
                continue
            process.send_signal(signal.SIGTERM)
            try:
                if process.wait(SECONDS) != 0:
                    problems.append(f"{name} ended with {process.returncode}")
            except subprocess.TimeoutExpired:
                problems.append(f"{name} did not end")
                process.kill()
                process.wait()
        with open("/proc/self/mountinfo", encoding="utf-8") as mounts:
            problems += [line.strip() for line in mounts if self.directory in line]
        if problems:
            problems.append(self.logs())
        if not os.environ.get("DOMICILE_KEEP"):
            shutil.rmtree(self.directory, ignore_errors=True)
        return problems


class AgentTest(unittest.TestCase):
    """A test with a stack of its own. Subclassed through in_modes(); `helper` and `uid` are set there."""
    helper, uid, fuse, criu = False, 0, "0666", None
    environment = {}  # of its daemons, beside what they need

    def setUp(self):
        self.stack = Stack(self.helper, self.uid, self.fuse, self.criu)
        self.stack.environment.update(self.environment)
        self.addCleanup(self._end)
        self.stack.start()
        self.client = self.stack.connect()
        self.addCleanup(lambda: self.client.close())

    def _end(self):
        problems = self.stack.end()
        if problems:
            raise AssertionError("\n".join(problems))

    def until(self, condition, what="", seconds=SECONDS, pause=0.02):
        """Waits until a condition holds; for what no event tells."""
        deadline = time.monotonic() + seconds
        while not condition():
            self.assertLess(time.monotonic(), deadline, what)
            select.select([], [], [], pause)

    def reconnect(self):
        self.client.close()
        self.client = self.stack.connect()

    def assert_rpc_error(self, code, method, *args, **params):
        """Checks that a call, or the job it starts, fails with that code; returns the error."""
        with self.assertRaises(RpcError) as caught:
            answer = self.client.call(method, *args, **params)
            if "job" in answer:
                self.client.wait_job(answer["job"], 5 * SECONDS)
        error = caught.exception
        self.assertEqual(error.code, code, error.message)
        self.assertTrue(not error.message[0].islower() or code < 0, error.message)
        return error

    def folder(self, name="work"):
        return os.path.join(self.stack.media, name + ".domicile")

    def create(self, vault="none", name="work", **params):
        arguments = dict(path=self.folder(name), name=name, user=USER, passphrase=PASSPHRASE,
                         size_bytes=64 << 20, mode="shared", vault=vault)
        return self.client.run_job("workspace.create", **{**arguments, **params})

    def open(self, workspace, **params):
        arguments = dict(id=workspace["id"], user=USER, passphrase=PASSPHRASE, display="none")
        return self.client.run_job("workspace.open", **{**arguments, **params})

    def close(self, workspace):
        result = self.client.run_job("workspace.close", id=workspace["id"])
        self.assertEqual(result, {"host_clean": True})

    def created_and_open(self, **params):
        workspace = self.create(**params)
        return self.open(workspace)

    def launch(self, workspace, *argv):
        return self.client.call("app.launch", workspace=workspace["id"], argv=list(argv))["pid"]

    def run_command(self, workspace, script):
        """Runs a shell script in the workspace and returns its exit status."""
        pid = self.launch(workspace, "/bin/sh", "-c", script)
        end = self.client.wait_event("process", lambda data: data["change"] == "gone" and data["pid"] == pid)
        return end.get("status", -end.get("signal", 0))

    def processes(self, workspace):
        return self.client.call("process.list", workspace=workspace["id"])["processes"]

    def pids(self, workspace, name):
        """Of the programs of that name in the workspace."""
        return [process["pid"] for process in self.processes(workspace) if os.path.basename(process["argv"][0]) == name]

    def state(self, workspace):
        for one in self.client.call("workspace.list")["workspaces"]:
            if one["id"] == workspace["id"]:
                return one["state"]
        return None

    def pidfds(self, workspace):
        """Of all processes but those that end meanwhile."""
        fds = []
        for process in self.processes(workspace):
            with contextlib.suppress(ProcessLookupError):
                fds.append(os.pidfd_open(process["host_pid"]))
                self.addCleanup(os.close, fds[-1])
        return fds

    def vault_programs(self):
        """The pids of every program that serves a vault of this agent's user, by name."""
        names = ("vault-keeper", "vault-guard", "domicile-vault-", "fuse2fs", "qemu-storage-da")
        found = {}
        for pid in filter(str.isdigit, os.listdir("/proc")):
            with contextlib.suppress(OSError):
                with open(f"/proc/{pid}/comm", encoding="utf-8") as comm:
                    name = comm.read().strip()
                if name in names and self.agent_started(int(pid)):
                    found.setdefault(name, []).append(int(pid))
        return found

    def agent_started(self, pid):
        while pid > 1 and pid != self.stack.agent.pid:
            with open(f"/proc/{pid}/stat", encoding="utf-8") as stat:
                pid = int(stat.read().rsplit(")", 1)[1].split()[1])
        return pid == self.stack.agent.pid

    @staticmethod
    def unique(prefix):
        return f"{prefix}-{uuid.uuid4()}"


def in_modes(case):
    """Makes three test cases of one: root with helper, a user with helper, reduced."""
    return in_some_modes("Full", "User", "Reduced")(case)


def as_user(case):
    """Makes two test cases of one, for what root has no other way for: a user with helper, reduced."""
    return in_some_modes("User", "Reduced")(case)


def in_some_modes(*wanted):
    return lambda case: _make_cases(case, wanted)


def _make_cases(case, wanted):
    module = sys.modules[case.__module__]
    is_root = os.geteuid() == 0
    modes = [("Full", True, 0), ("User", True, USER_ID), ("Reduced", False, USER_ID if is_root else 0)]
    for name, helper, uid in modes:
        if name not in wanted:
            continue
        made = type(case.__name__ + name, (case,), {"helper": helper, "uid": uid, "__module__": case.__module__})
        if not is_root and name != "Reduced":
            made = unittest.skip("needs root to start the helper")(made)
        setattr(module, made.__name__, made)
    return None
