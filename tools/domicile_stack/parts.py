# SPDX-License-Identifier: GPL-2.0-or-later
"""The programs that make up the stack, and how each one is started."""

import os
import shutil
import stat
import subprocess

from buildtree import ROOT

from .error import StackError
from .rpc import CallError, call

BOOT_SECONDS = 180
START_SECONDS = 90

# Parts of the machine's disk and their sizes in MiB.
DISK_PARTS = ("primes=4", "mandelbrot=4", "linux=32", "spare=16")

# Runs a program as root for as long as standard input stays open: a process of another user can neither be
# signalled by us nor told to die with us.
ROOT_KEEPER = '"$@" & child=$!; trap "kill $child" TERM; read -r _; kill $child 2>/dev/null; wait $child'


def _is_socket(path):
    try:
        return stat.S_ISSOCK(os.stat(path).st_mode)
    except OSError:
        return False


class Parts:
    """Starts the parts one by one under a supervisor."""

    def __init__(self, places, supervisor):
        self.places = places
        self._supervisor = supervisor

    def start_hypervisor(self):
        """QEMU with the board, the hypervisor and its domains."""
        if not shutil.which("qemu-system-arm"):
            raise StackError("qemu-system-arm is not installed. Run tools/install-packages.")
        places = self.places
        flash = [os.path.join(places.build, "hypervisor", name) for name in ("flash0.img", "flash1.img")]
        for image in flash:
            if not os.path.exists(image):
                raise StackError(f"{image} is not built. Run ./start without --no-build.")
        disk = self._disk()
        self._supervisor.spawn(
            "The hypervisor",
            [os.path.join(ROOT, "hypervisor", "tools", "run-qemu"), "--runtime-dir", places.runtime, "--cpus", "2",
             "--flash0", flash[0], "--flash1", flash[1], "--log", places.log("hypervisor"), "--disk", disk,
             "--network", "user", "--display", f"vnc=unix:{places.socket('display')}"],
            places.log("qemu"))
        self._supervisor.wait_for("The hypervisor's channel", lambda: _is_socket(places.socket("channel")),
                                  BOOT_SECONDS)

    def _disk(self):
        """The image of the machine's disk, with a part for each demonstration guest and a spare one. It is made at the
        first start and kept."""
        image = os.path.join(self.places.state, "disk.img")
        if not os.path.exists(image):
            made = subprocess.run([os.path.join(ROOT, "hypervisor", "tools", "make-disk"), image, *DISK_PARTS],
                                  stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
            if made.returncode != 0:
                raise StackError(made.stderr.strip() or f"The disk {image} could not be made.")
        return image

    def start_gateway(self):
        """The gateway, which serves the control endpoint."""
        places = self.places
        self._supervisor.spawn(
            "The gateway",
            [places.program("hypervisor", "gateway", "domicile-gateway"),
             "--channel", places.socket("channel"), "--socket", places.control],
            places.log("gateway"))

    def start_helper(self):
        """The root service, where this user may start one. Returns remarks for a person."""
        places = self.places
        command = [places.program("osvirt", "helper", "domicile-helper"),
                   "--socket", places.socket("helper"), "--allow-uid", str(os.getuid())]
        fetched = os.path.join(places.build, "criu", "criu")
        if shutil.which("criu") is None and os.access(fetched, os.X_OK):
            command += ["--criu", fetched]
        if os.getuid() == 0:
            self._supervisor.spawn("The helper", command, places.log("helper"))
        elif _sudo_works():
            self._supervisor.spawn("The helper", ["sudo", "-n", "sh", "-c", ROOT_KEEPER, "helper", *command],
                                   places.log("helper"), stdin=subprocess.PIPE)
        else:
            return ["Without root there is no helper: workspaces open in the reduced mode."]
        self._supervisor.wait_for("The helper", lambda: _is_socket(places.socket("helper")), START_SECONDS)
        return []

    def start_agent(self):
        """The agent, which serves the agent endpoint."""
        places = self.places
        self._supervisor.spawn(
            "The agent",
            [places.program("osvirt", "agent", "domicile-agent"), "--socket", places.agent,
             "--state-dir", places.state, "--helper", places.socket("helper")],
            places.log("agent"), env=self._environment())

    def start_console(self):
        """The console; the stack ends with it."""
        self._supervisor.spawn("The console", [self.places.program("app", "domicile")],
                               self.places.log("console"), env=self._environment(), essential=False)

    def become_console(self):
        """Shows the console of a stack that runs already, instead of being one."""
        console = self.places.program("app", "domicile")
        os.execve(console, [console], dict(os.environ, **self._environment()))

    def _environment(self):
        return {"DOMICILE_RUNTIME_DIR": self.places.runtime,
                "DOMICILE_HELPER_SOCKET": self.places.socket("helper")}

    def wait_until_both_answer(self):
        """Waits until server.info is answered by both endpoints."""
        for what, path, seconds in (("The control endpoint", self.places.control, BOOT_SECONDS),
                                    ("The agent endpoint", self.places.agent, START_SECONDS)):
            self._supervisor.wait_for(what, lambda path=path: _answers(path), seconds)


def _answers(path):
    try:
        call(path, "server.info", timeout=2)
        return True
    except (OSError, ValueError, CallError):
        return False


def _sudo_works():
    return shutil.which("sudo") is not None and subprocess.run(
        ["sudo", "-n", "true"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL, check=False).returncode == 0
