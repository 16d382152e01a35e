#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A million hypercalls with hostile arguments: nobody but the caller is harmed, and the hypervisor's books are right."""
import argparse
import json
import os
import socket
import subprocess
import sys
import tempfile
import time

import frames
import machine

SECONDS = 200
MEBIBYTES = 32
LEAST_CHECKS = 5
DIRECT = 3  # uses that no page table has: the shared page and the two pages of the grant table


class Monitor:
    """QEMU's own control."""
    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(60)
        self.socket.connect(path)
        self.lines = self.socket.makefile("rb")
        self.read()  # the greeting
        self("qmp_capabilities")

    def read(self):
        while True:
            message = json.loads(self.lines.readline())
            if "event" not in message:
                return message

    def __call__(self, command, **arguments):
        self.socket.sendall(json.dumps({"execute": command, "arguments": arguments}).encode() + b"\n")
        answer = self.read()
        if "error" in answer:
            raise AssertionError(answer["error"])
        return answer["return"]


def connect(process, path, deadline):
    while time.monotonic() < deadline and process.poll() is None:
        client = socket.socket(socket.AF_UNIX)
        try:
            client.connect(path)
            return client
        except OSError:
            client.close()
            time.sleep(0.02)
    raise AssertionError(f"no socket at {path}")


def judge(tap, what, snapshot):
    wrong, extra = snapshot.audit()
    for line in wrong[:20]:
        print(f"# {what}: {line}")
    tap.result(not wrong, f"{what}: uses of every frame are those that page tables and pins explain: {len(wrong)} are not")
    owners = {owner: count for owner, count in extra.items() if count != DIRECT}
    tap.result(not owners, f"{what}: the rest are the shared pages of each domain: {owners or 'all'}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("runner", "flash0", "flash1"):
        parser.add_argument("--" + name, required=True)
    parser.add_argument("--cpus", default="1", help="more than one: on as many threads, and not always the same")
    arguments = parser.parse_args()
    exact = ["--icount", "3"] if arguments.cpus == "1" else ["--cpus", arguments.cpus]
    elf = os.path.join(os.path.dirname(arguments.flash0), "hypervisor.elf")
    tap, taken = machine.Tap(), {}
    deadline = time.monotonic() + SECONDS
    with tempfile.TemporaryDirectory(prefix="domicile-fuzz-") as folder:
        process = subprocess.Popen(
            [sys.executable, arguments.runner, "--runtime-dir", folder, *exact, "--memory", str(MEBIBYTES),
             "--flash0", arguments.flash0, "--flash1", arguments.flash1],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        try:
            connect(process, os.path.join(folder, "qmp.sock"), deadline).close()  # QEMU is there; it takes the next connection
            monitor = Monitor(os.path.join(folder, "qmp.sock"))
            channel = connect(process, os.path.join(folder, "channel.sock"), deadline)
            done = False
            for line in machine.lines_of(process, deadline):
                print("# " + line, flush=True)
                if line.startswith(("ok: ", "not ok: ")):
                    tap.result(line.startswith("ok"), line.partition(": ")[2])
                elif line.startswith("look: "):
                    taken[line[6:]] = frames.snapshot(monitor, folder, elf, MEBIBYTES)
                    channel.sendall(b"!")
                done = done or line == "done"
            status = process.wait(20) if done else None
        finally:
            process.kill()
            process.wait()
    tap.result(status == 0, f"the machine came to its end and powered off, status {status}")
    tap.result(tap.count > LEAST_CHECKS, f"all {tap.count} checks reported")
    if set(taken) == {"before", "after"}:
        before, after = taken["before"], taken["after"]
        witness = 2  # its slot: behind the driver and the other witness
        judge(tap, "before", before)
        judge(tap, "after", after)
        tap.result(before.digest(witness) == after.digest(witness), "the memory of a witness that stood still is the same")
        tap.result(before.text_digest() == after.text_digest(), "the hypervisor's code is the same")
    else:
        tap.result(False, f"the machine was looked at before and after: {sorted(taken)}")
    tap.plan()


if __name__ == "__main__":
    main()
