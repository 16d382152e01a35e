# SPDX-License-Identifier: GPL-2.0-or-later
"""A client of the control protocol that shares no code with the product, and the stack that it talks to."""

import collections
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get("DOMICILE_BUILD_DIR", os.path.join(ROOT, "build"))

MESSAGE_MAX = 1 << 20
START_SECONDS = 400
STOP_SECONDS = 180
ANSWER_SECONDS = 180

PARSE, REQUEST, METHOD, PARAMS = -32700, -32600, -32601, -32602
KINDS = {-32700: "parse", -32600: "request", -32601: "method", -32602: "params", -32603: "internal",
         1: "not-found", 2: "exists", 3: "state", 4: "denied", 5: "auth", 6: "resource", 7: "integrity",
         8: "unsupported", 9: "io", 10: "cancelled"}


class Closed(Exception):
    """The endpoint closed the connection."""


class Client:
    """One connection. Bytes in, bytes out; what is asked with call() is JSON-RPC."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(ANSWER_SECONDS)
        self.socket.connect(path)
        self._buffer = b""
        self._next_id = 0
        self.events = collections.deque()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def send_bytes(self, data):
        self.socket.sendall(data)

    def send(self, message):
        self.send_bytes(json.dumps(message, separators=(",", ":")).encode() + b"\n")

    def receive_line(self, seconds=ANSWER_SECONDS):
        """The next line without its end. Closed at the end of the stream, TimeoutError when none comes."""
        deadline = time.monotonic() + seconds
        while b"\n" not in self._buffer:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self.socket], [], [], left)[0]:
                raise TimeoutError(f"no line within {seconds} s")
            try:
                piece = self.socket.recv(1 << 16)
            except ConnectionResetError:
                piece = b""
            if not piece:
                raise Closed
            self._buffer += piece
        line, _, self._buffer = self._buffer.partition(b"\n")
        return line

    def receive(self, seconds=ANSWER_SECONDS):
        return json.loads(self.receive_line(seconds).decode("utf-8", "strict"))

    def answer(self, seconds=ANSWER_SECONDS):
        """The next message that is not an event; events are kept in `events`."""
        deadline = time.monotonic() + seconds
        while True:
            message = self.receive(max(0.01, deadline - time.monotonic()))
            if isinstance(message, dict) and message.get("method") == "event":
                self.events.append(message["params"])
            else:
                return message

    def event(self, seconds=ANSWER_SECONDS):
        """The next event."""
        if self.events:
            return self.events.popleft()
        message = self.receive(seconds)
        assert message.get("method") == "event", message
        assert "id" not in message, message
        return message["params"]

    def request(self, method, **params):
        """Calls a method and returns the whole answer."""
        self._next_id += 1
        self.send({"jsonrpc": "2.0", "id": self._next_id, "method": method, "params": params})
        answer = self.answer()
        assert answer.get("id") == self._next_id, answer
        return answer

    def call(self, method, **params):
        """Calls a method and returns its result."""
        answer = self.request(method, **params)
        assert "result" in answer, f"{method}: {answer}"
        return answer["result"]

    def finish(self, method, seconds=60, **params):
        """Calls a method that starts a job and returns the job's last object."""
        job = self.call(method, **params)["job"]
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            state = self.call("job.get", job=job)
            if state["state"] != "running":
                return state
            select.select([], [], [], 0.05)
        raise TimeoutError(f"job {job} of {method} still runs")

    def stays_silent(self, seconds=0.3):
        """Whether nothing comes for a while."""
        try:
            self.receive_line(seconds)
        except TimeoutError:
            return True
        return False

    def expect_end(self, seconds=ANSWER_SECONDS):
        """Reads until the endpoint closes; TimeoutError when it does not."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                self.receive_line(max(0.01, deadline - time.monotonic()))
            except Closed:
                return


class Stack:
    """`./start --headless` with everything below one temporary directory."""

    def __init__(self):
        self.directory = tempfile.mkdtemp(prefix="domicile-protocol-")
        self.state = os.path.join(self.directory, "state")
        self.errors = os.path.join(self.directory, "errors")
        self.environment = dict(os.environ, DOMICILE_RUNTIME_DIR=os.path.join(self.directory, "run"),
                                HOME=self.directory)
        self.process = None
        self.paths = {}
        self.identity = {}

    def become(self, uid):
        """Runs the stack as another user, who gets the directory."""
        os.chown(self.directory, uid, uid)
        self.identity = {"user": uid, "group": uid, "extra_groups": []}

    def command(self, *arguments):
        return [os.path.join(ROOT, "start"), "--headless", "--no-build", "--build-dir", BUILD,
                "--state-dir", self.state, *arguments]

    def spawn(self):
        with open(self.errors, "ab") as errors:
            self.process = subprocess.Popen(self.command(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                            stderr=errors, env=self.environment, **self.identity)

    def start(self):
        self.spawn()
        line = self.read_line(START_SECONDS)
        try:
            self.paths = json.loads(line)
        except ValueError:
            with open(self.errors, encoding="utf-8") as errors:
                said = errors.read()
            self.end()
            raise RuntimeError(f"./start printed {line!r} and said: {said}") from None
        return self

    def read_line(self, seconds):
        text, deadline = b"", time.monotonic() + seconds
        while not text.endswith(b"\n"):
            if not select.select([self.process.stdout], [], [], max(0, deadline - time.monotonic()))[0]:
                break
            piece = os.read(self.process.stdout.fileno(), 4096)
            if not piece:
                break
            text += piece
        return text.decode()

    def connect(self, endpoint):
        return Client(self.paths[endpoint])

    def stop(self, number=signal.SIGTERM):
        """Ends the stack and returns its exit code."""
        self.process.send_signal(number)
        try:
            return self.process.wait(STOP_SECONDS)
        finally:
            self.process.stdout.close()

    def end(self):
        """Ends the stack however it stands and removes its directory."""
        if self.process and self.process.poll() is None:
            try:
                self.stop()
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        if os.environ.get("DOMICILE_KEEP"):
            return
        shutil.rmtree(self.directory, ignore_errors=True)


_stack = None


def set_up_module():
    """Brings the stack up for one test program."""
    global _stack
    _stack = Stack().start()


def tear_down_module():
    """Takes it down; a stack that does not end well is an error of the run."""
    global _stack
    stack, _stack = _stack, None
    code = stack.stop()
    stack.end()
    if code != 0:
        raise RuntimeError(f"./start ended with {code}")


def current_stack():
    return _stack


class ProtocolTest(unittest.TestCase):
    """A test against one endpoint; see on_both()."""
    endpoint = None

    def connect(self):
        client = _stack.connect(self.endpoint)
        self.addCleanup(client.close)
        return client

    def assert_error(self, answer, code, *words, id_=Ellipsis):
        """Checks that an answer is a complete error object of that code, whose message holds all the words."""
        self.assertIsInstance(answer, dict)
        self.assertEqual(answer.get("jsonrpc"), "2.0")
        self.assertNotIn("result", answer)
        self.assertIn("error", answer, answer)
        error = answer["error"]
        self.assertEqual(error["code"], code, error)
        self.assertEqual(error["data"]["kind"], KINDS[code], error)
        self.assertTrue(error["message"].strip(), "an error needs a sentence")
        for word in words:
            self.assertIn(word, error["message"], error)
        if id_ is not Ellipsis:
            self.assertEqual(answer["id"], id_)
        return error

    def assert_works(self, client):
        """Checks that a connection still answers."""
        self.assertEqual(client.call("server.info")["protocol"], 1)


def on_both(namespace, *mixins):
    """Makes a test class for each endpoint out of each mixin."""
    for mixin in mixins:
        for endpoint in ("control", "agent"):
            name = mixin.__name__ + endpoint.capitalize()
            namespace[name] = type(name, (mixin, ProtocolTest),
                                   {"endpoint": endpoint, "__module__": namespace["__name__"]})


def main():
    unittest.main(verbosity=2)
