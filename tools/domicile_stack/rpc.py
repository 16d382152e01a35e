# SPDX-License-Identifier: GPL-2.0-or-later
"""Single calls to an endpoint, one connection each."""

import json
import socket
import time


class CallError(Exception):
    """The endpoint answered with an error object."""

    def __init__(self, error):
        hint = error.get("data", {}).get("hint")
        super().__init__(error.get("message", "unknown error") + (f" {hint}" if hint else ""))
        self.kind = error.get("data", {}).get("kind")


def call(path, method, params=None, timeout=10):
    """Calls `method` of the endpoint at `path` and returns its result. CallError, OSError or ValueError."""
    request = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params or {}}
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(timeout)
        connection.connect(path)
        connection.sendall(json.dumps(request).encode() + b"\n")
        with connection.makefile("rb") as lines:
            answer = json.loads(lines.readline())
    if "error" in answer:
        raise CallError(answer["error"])
    return answer["result"]


def finish(path, job, timeout=60):
    """Waits for the end of a job and returns its result."""
    deadline = time.monotonic() + timeout
    while True:
        state = call(path, "job.get", {"job": job})
        if state["state"] == "done":
            return state.get("result")
        if state["state"] != "running":
            raise CallError(state.get("error", {"message": f"job {job} is {state['state']}"}))
        if time.monotonic() > deadline:
            raise CallError({"message": f"Job {job} is still running after {timeout} s."})
        time.sleep(0.05)
