#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Brings `./start --headless` up and down as root and as an ordinary user, and looks for what it left behind.

Prints one line a check and, last, `N passed, N failed, N skipped`.
"""

import glob
import json
import os
import select
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time

START_SECONDS = 400
STOP_SECONDS = 180
ORDINARY_UID = 12345

results = {"passed": 0, "failed": 0}


def check(what, good, detail=""):
    """Counts and prints one check."""
    results["passed" if good else "failed"] += 1
    print(f"  {'ok  ' if good else 'FAIL'}  {what}" + ("" if good else f": {detail}"), flush=True)
    return good


def processes():
    """The processes there are, kernel threads and zombies apart."""
    found = {}
    for path in glob.glob("/proc/[0-9]*/cmdline"):
        try:
            with open(path, "rb") as file:
                words = file.read().split(b"\0")[:2]
        except OSError:
            continue
        if words[0] and int(path.split("/")[2]) != os.getpid():
            found[int(path.split("/")[2])] = b" ".join(words).decode(errors="replace")
    return found


def mounts():
    """The mounts of this namespace, by their identifier."""
    with open("/proc/self/mountinfo", encoding="utf-8") as file:
        return {line.split()[0]: line.split()[4] for line in file}


def loops():
    """The loop devices in use on the machine."""
    return {path.split("/")[3] for path in glob.glob("/sys/block/loop*/loop/backing_file")}


def gone_within(what, current, before, seconds):
    """Checks that nothing is there that was not there before, allowing for a moment."""
    deadline = time.monotonic() + seconds
    while True:
        left = {key: value for key, value in current().items() if key not in before}
        if not left or time.monotonic() > deadline:
            return check(f"no {what} left", not left, str(left))
        time.sleep(0.1)


def ask(path, method, params=None):
    """One call over a plain socket."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(30)
        connection.connect(path)
        connection.sendall(json.dumps({"jsonrpc": "2.0", "id": 7, "method": method, "params": params or {}}).encode() + b"\n")
        return json.loads(connection.makefile("rb").readline())


def read_line(stream, seconds):
    """One line of a pipe, or what came of it until the deadline."""
    text, deadline = b"", time.monotonic() + seconds
    while not text.endswith(b"\n"):
        ready, _, _ = select.select([stream], [], [], max(0, deadline - time.monotonic()))
        piece = os.read(stream.fileno(), 4096) if ready else b""
        if not piece:
            break
        text += piece
    return text.decode()


def look_at(answer, state):
    """Checks a running stack through its two sockets."""
    for endpoint in ("control", "agent"):
        path = answer[endpoint]
        check(f"{endpoint} socket has mode 0600", stat.S_IMODE(os.stat(path).st_mode) == 0o600)
        info = ask(path, "server.info").get("result", {})
        check(f"{endpoint} answers server.info", info.get("endpoint") == endpoint and info.get("protocol") == 1, info)
    check("state_dir is the one asked for", answer["state_dir"] == state, answer["state_dir"])
    domains = ask(answer["control"], "domain.list").get("result", {}).get("domains", [])
    check("a control domain and two guests are there", len(domains) >= 3, domains)
    names = [w["name"] for w in ask(answer["agent"], "workspace.list").get("result", {}).get("workspaces", [])]
    check("the demo workspace is there", "Demo" in names, names)


def cycle(label, identity, end_with):
    """One start and one stop."""
    print(f"./start --headless, {label}:", flush=True)
    before = processes(), mounts(), loops()
    state = tempfile.mkdtemp(prefix="domicile-", dir="/var/tmp")
    if identity:
        os.chown(state, identity["user"], identity["group"])
    log = os.path.join(tempfile.gettempdir(), "start.log")
    environment = dict(os.environ, HOME=state)
    environment.pop("XDG_RUNTIME_DIR", None)
    with open(log, "wb") as errors:
        process = subprocess.Popen(["./start", "--headless", "--no-build", "--state-dir", state], stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=errors, env=environment, **identity)
    line = read_line(process.stdout, START_SECONDS)
    try:
        answer = json.loads(line)
    except ValueError:
        answer = {}
    if check("prints the JSON line", set(answer) >= {"control", "agent", "state_dir", "pid"}, repr(line)):
        try:
            look_at(answer, state)
        except (OSError, ValueError) as error:
            check("both endpoints go on answering", False, error)
        os.kill(answer["pid"], end_with)
    else:
        process.terminate()
    try:
        code = process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        code = "none, it had to be killed"
    expected = -signal.SIGKILL if end_with == signal.SIGKILL else 0
    if not check(f"ends with code {expected}", code == expected, code):
        with open(log, encoding="utf-8", errors="replace") as text:
            print("".join("        " + each for each in text.readlines()[-30:]))
    check("stdout holds nothing else", process.stdout.read() == b"")
    gone_within("process", processes, before[0], 20)
    gone_within("mount", mounts, before[1], 5)
    check("no loop device left", not loops() - before[2], loops() - before[2])
    if answer and end_with != signal.SIGKILL:
        check("no socket left", not any(os.path.exists(answer[name]) for name in ("control", "agent")))
    check("the state is still there", os.path.isdir(os.path.join(state, "log")), os.listdir(state))
    shutil.rmtree(state)


def main():
    ordinary = {"user": ORDINARY_UID, "group": ORDINARY_UID, "extra_groups": []}
    cycle("as root, ended by SIGTERM", {}, signal.SIGTERM)
    cycle("as root, ended by SIGINT", {}, signal.SIGINT)
    cycle("as root, ended by SIGKILL", {}, signal.SIGKILL)
    cycle("as an ordinary user, ended by SIGTERM", ordinary, signal.SIGTERM)
    print(f"{results['passed']} passed, {results['failed']} failed, 0 skipped")
    return 1 if results["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())
