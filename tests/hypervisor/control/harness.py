# SPDX-License-Identifier: GPL-2.0-or-later
"""Programs under test, conditions to wait for, and a client of the control protocol."""
import json
import os
import signal
import socket
import subprocess
import tempfile
import time

BUILD = os.environ.get("DOMICILE_BUILD_DIR", os.path.join(os.path.dirname(__file__), "../../../build"))
GATEWAY = os.path.join(BUILD, "hypervisor/gateway/domicile-gateway")
DEADLINE = 150  # for machines that are busy with other things


def wait_for(condition, what, seconds=DEADLINE):
    """Asks until the answer is true, and gives it back. @what: may be a function that says it when it did not come."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"no {what() if callable(what) else what} within {seconds} seconds")
        time.sleep(0.02)


class RpcError(Exception):
    """An error that the endpoint answered."""
    def __init__(self, error):
        super().__init__(f"{error['code']} {error['message']} {error.get('data')}")
        self.code = error["code"]
        self.message = error["message"]
        self.data = error.get("data", {})
        self.kind = self.data.get("kind")


class Client:
    """One connection to the gateway; keeps events that come between answers."""
    def __init__(self, path, seconds=DEADLINE):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(seconds)
        try:
            self.socket.connect(path)
        except OSError:
            self.socket.close()
            raise
        self.lines = self.socket.makefile("rb")
        self.events = []
        self.last_id = 0

    def send(self, method, **params):
        self.last_id += 1
        message = {"jsonrpc": "2.0", "id": self.last_id, "method": method}
        if params:
            message["params"] = params
        self.socket.sendall(json.dumps(message).encode() + b"\n")
        return self.last_id

    def read(self):
        line = self.lines.readline()
        if not line:
            raise ConnectionError("the gateway closed the connection")
        return json.loads(line)

    def answer(self, number):
        while True:
            message = self.read()
            if message.get("method") == "event":
                self.events.append(message["params"])
            elif message["id"] == number:
                if "error" in message:
                    raise RpcError(message["error"])
                return message["result"]

    def call(self, method, **params):
        return self.answer(self.send(method, **params))

    def event(self, wanted=lambda event: True):
        """The first event that is wanted; those before it are dropped."""
        while True:
            event = self.events.pop(0) if self.events else None
            if event is None:
                message = self.read()
                event = message["params"] if message.get("method") == "event" else None
            if event is not None and wanted(event):
                return event

    def close(self):
        self.lines.close()
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def held_back(client):
    """{(domain, resource): how often} the guard has held somebody back."""
    return {(domain["name"], name): resource["throttled"] for domain in client.call("guard.get")["domains"]
            for name, resource in domain.items() if isinstance(resource, dict) and resource["throttled"] > 0}


class Stage:
    """A runtime directory and the programs that run in it; all end and vanish with it."""
    def __init__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="domicile-control-")
        self.path = self.folder.name
        self.channel = os.path.join(self.path, "channel.sock")
        self.control = os.path.join(self.path, "control.sock")
        self.programs = []

    def start(self, *argv):
        log = open(os.path.join(self.path, f"log-{len(self.programs)}"), "wb")
        program = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                   env={**os.environ, "DOMICILE_RUNTIME_DIR": self.path}, start_new_session=True)
        program.log = log.name
        log.close()
        self.programs.append(program)
        return program

    def start_gateway(self, *options):
        gateway = self.start(GATEWAY, "--channel", self.channel, "--socket", self.control, *options)
        wait_for(lambda: self.is_listening() or gateway.poll() is not None, "listening gateway")
        if gateway.poll() is not None:
            raise AssertionError("the gateway ended: " + self.read_log(gateway))
        return gateway

    def is_listening(self):
        try:
            Client(self.control).close()
            return True
        except OSError:
            return False

    def client(self, seconds=DEADLINE):
        return Client(self.control, seconds)

    def wait_until_answering(self):
        def answers():
            try:
                with self.client() as client:
                    return client.call("server.info")
            except (RpcError, OSError):
                return None
        return wait_for(answers, "answer of the control domain", 60)

    @staticmethod
    def read_log(program):
        with open(program.log, encoding="utf-8", errors="replace") as log:
            return log.read()

    @staticmethod
    def end(program, number=signal.SIGTERM):
        if program.poll() is None:
            os.killpg(program.pid, number)
        return program.wait(DEADLINE)

    def close(self):
        for program in reversed(self.programs):
            self.end(program, signal.SIGKILL)
        self.folder.cleanup()


class Machine(Stage):
    """A hypervisor in QEMU with the images of `flash1`, and its gateway."""
    RUN_QEMU = os.path.join(os.path.dirname(os.path.realpath(__file__)), "../../../hypervisor/tools/run-qemu")
    FLASH0 = os.path.join(BUILD, "hypervisor/flash0.img")

    def __init__(self, flash1, *options):
        super().__init__()
        self.flash1, self.options = flash1, options
        self.machine = self.start_machine()
        self.gateway = self.start_gateway()

    def start_machine(self):
        machine = self.start(self.RUN_QEMU, "--runtime-dir", self.path, "--flash0", self.FLASH0, "--flash1", self.flash1,
                             "--log", os.path.join(self.path, "uart.log"), *self.options)
        wait_for(lambda: os.path.exists(self.channel) or machine.poll() is not None, "channel")
        if machine.poll() is not None:
            raise AssertionError("QEMU ended: " + self.read_log(machine))
        return machine

    def qmp(self):
        return Qmp(os.path.join(self.path, "qmp.sock"), self.machine)


class Qmp:
    """QEMU's own control: what a person at the machine sees and does."""
    def __init__(self, path, program):
        self.program = program
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(DEADLINE)
        self.socket.connect(path)
        self.lines = self.socket.makefile("rb")
        self.lines.readline()
        self.command("qmp_capabilities")

    def command(self, name, **arguments):
        try:
            return self.answer(name, arguments)
        except (ConnectionError, EOFError) as error:
            raise AssertionError(f"QEMU ended with {self.program.wait(DEADLINE)}: {Stage.read_log(self.program)}") from error

    def answer(self, name, arguments):
        self.socket.sendall(json.dumps({"execute": name, "arguments": arguments}).encode() + b"\n")
        while True:
            line = self.lines.readline()
            if not line:
                raise EOFError
            answer = json.loads(line)
            if "return" in answer:
                return answer["return"]
            if "error" in answer:
                raise AssertionError(f"QEMU: {answer['error']['desc']}")

    def close(self):
        self.lines.close()
        self.socket.close()
