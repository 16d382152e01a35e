# SPDX-License-Identifier: GPL-2.0-or-later
"""A virtual machine with Debian 12: its own kernel, systemd, and the tree and its build below /domicile and /build."""

import json
import os
import select
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
BUILD = os.path.abspath(os.environ.get("DOMICILE_BUILD_DIR", os.path.join(ROOT, "build")))
DISK = os.path.join(BUILD, "machine")
QEMU = "qemu-system-x86_64"
MEMORY_MIB = 1536
BOOT_SECONDS = 300
COMMAND_SECONDS = 300
SKIP = 77


class Connection:
    """Lines of JSON over a socket that QEMU listens at."""

    def __init__(self, path, process):
        self.buffer = b""
        deadline = time.monotonic() + BOOT_SECONDS
        while True:
            self.socket = socket.socket(socket.AF_UNIX)
            if self.socket.connect_ex(path) == 0:
                return
            self.socket.close()
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("QEMU did not start")
            time.sleep(0.02)

    def send(self, message):
        self.socket.sendall(json.dumps(message).encode() + b"\n")

    def receive(self, seconds):
        deadline = time.monotonic() + seconds
        while b"\n" not in self.buffer:
            if not select.select([self.socket], [], [], max(0, deadline - time.monotonic()))[0]:
                raise TimeoutError(f"no line within {seconds} s")
            piece = self.socket.recv(1 << 16)
            if not piece:
                raise ConnectionError("the machine is gone")
            self.buffer += piece
        line, _, self.buffer = self.buffer.partition(b"\n")
        return json.loads(line)

    def close(self):
        self.socket.close()


class Machine:
    """One machine from power on to power off. What it writes to its disk is forgotten."""

    def __init__(self):
        self.directory = tempfile.mkdtemp(prefix="domicile-machine-")
        self.process = self.runner = self.monitor = None
        self.next_id, self.answers = 0, {}

    def path(self, name):
        return os.path.join(self.directory, name)

    def command(self):
        def socket_of(name):
            return ["-chardev", f"socket,id={name},path={self.path(name)},server=on,wait=off"]

        def folder(tag, path):
            return ["-virtfs", f"local,path={path},mount_tag={tag},security_model=none,readonly=on,multidevs=remap"]

        return ["setpriv", "--pdeathsig", "KILL", QEMU, "-accel", "tcg,thread=multi", "-cpu", "max", "-smp", "2", "-m", str(MEMORY_MIB), "-nodefaults",
                "-display", "none", "-no-reboot", "-kernel", os.path.join(DISK, "vmlinuz"), "-initrd", os.path.join(DISK, "initrd"),
                "-append", "console=ttyS0 no_timer_check systemd.show_status=no loglevel=4 mitigations=off random.trust_cpu=on panic=-1",
                "-drive", f"file={DISK}/root.img,if=virtio,format=raw,snapshot=on",
                *folder("domicile", ROOT), *folder("build", BUILD),
                "-serial", f"file:{self.path('console')}", "-device", "qemu-xhci,id=usb", "-device", "virtio-rng-pci",
                "-device", "virtio-serial", *socket_of("runner"), "-device", "virtserialport,chardev=runner,name=machine",
                *socket_of("monitor"), "-mon", "chardev=monitor,mode=control"]

    def start(self):
        with open(self.path("errors"), "wb") as errors:
            self.process = subprocess.Popen(self.command(), stdin=subprocess.DEVNULL, stdout=errors, stderr=errors)
        self.runner = Connection(self.path("runner"), self.process)
        self.monitor = Connection(self.path("monitor"), self.process)
        self.monitor.receive(BOOT_SECONDS)
        self.ask("qmp_capabilities")
        self.runner.receive(BOOT_SECONDS)
        return self

    def ask(self, command, **arguments):
        """A command of QEMU's monitor."""
        self.monitor.send({"execute": command, "arguments": arguments})
        while True:
            answer = self.monitor.receive(COMMAND_SECONDS)
            if "error" in answer:
                raise RuntimeError(f"{command}: {answer['error']}")
            if "return" in answer:
                return answer["return"]

    def wait_asked(self, command, seconds=COMMAND_SECONDS, **arguments):
        """A command that QEMU refuses for a while."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                return self.ask(command, **arguments)
            except RuntimeError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.2)

    def begin(self, *argv, user="root", environment=None):
        """Starts a command; its answer is for finish()."""
        self.next_id += 1
        self.runner.send({"id": self.next_id, "argv": list(argv), "user": user, "environment": environment or {}})
        return self.next_id

    def finish(self, number, seconds=COMMAND_SECONDS):
        """(code, output) of a command."""
        deadline = time.monotonic() + seconds
        while number not in self.answers:
            answer = self.runner.receive(max(0, deadline - time.monotonic()))
            self.answers[answer["id"]] = (answer["code"], answer["output"])
        return self.answers.pop(number)

    def run(self, *argv, user="root", seconds=COMMAND_SECONDS, environment=None):
        start = time.monotonic()
        code, output = self.finish(self.begin(*argv, user=user, environment=environment), seconds)
        if os.environ.get("DOMICILE_VERBOSE"):
            print(f"{user}: {argv[-1]}\n{output}[{code}, {time.monotonic() - start:.1f} s]", flush=True)
        return code, output

    def said(self):
        text = ""
        for name in ("errors", "console"):
            if os.path.exists(self.path(name)):
                with open(self.path(name), encoding="utf-8", errors="replace") as file:
                    text += f"--- {name}\n{file.read()[-8000:]}"
        return text

    def end(self):
        """Powers off; tells whether it went."""
        gone = True
        if self.process and self.process.poll() is None:
            if self.runner:
                self.begin("systemctl", "poweroff", "--force")
            try:
                self.process.wait(120)
            except subprocess.TimeoutExpired:
                gone = False
                self.process.kill()
                self.process.wait()
        for connection in (self.runner, self.monitor):
            if connection:
                connection.close()
        if not os.environ.get("DOMICILE_KEEP"):
            shutil.rmtree(self.directory, ignore_errors=True)
        return gone


def why_not():
    """Why there can be no machine here, or None. Makes its disk, which takes a minute or two the first time."""
    if not shutil.which(QEMU):
        return f"{QEMU} is missing (Debian: qemu-system-x86)"
    made = subprocess.run([os.path.join(HERE, "make-disk"), DISK], check=False, capture_output=True, text=True)
    if made.returncode == SKIP:
        return made.stderr.strip()
    if made.returncode != 0:
        raise RuntimeError(made.stderr)
    return None


_shared = None


def shared():
    """The machine that all tests of a program share."""
    global _shared
    if _shared is None:
        reason = why_not()
        if reason:
            raise unittest.SkipTest(reason)
        _shared = Machine()
        try:
            _shared.start()
        except Exception:
            print(_shared.said())
            raise
    return _shared


def main():
    """Runs the tests of a program, and powers the machine off; one that does not go is an error."""
    program = unittest.main(verbosity=2, exit=False)
    gone = _shared is None or _shared.end()
    if not gone:
        print("The machine did not power off.")
    sys.exit(not (program.result.wasSuccessful() and gone))


class MachineTest(unittest.TestCase):
    """A test in the shared machine."""

    @classmethod
    def setUpClass(cls):
        cls.machine = shared()

    def sh(self, script, user="root", code=0, seconds=COMMAND_SECONDS):
        """Runs a shell script in the machine, which must end with that code; returns what it says."""
        result, output = self.machine.run("sh", "-c", script, user=user, seconds=seconds)
        self.assertEqual(result, code, f"{script}\n{output}")
        return output
