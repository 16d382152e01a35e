# SPDX-License-Identifier: GPL-2.0-or-later
"""Counts the instructions from the start of the boot ROM until the control domain has answered server.info, with the machine that ./start runs. The request is in the channel before the machine starts."""
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.realpath(__file__))
TOOLS = os.path.join(HERE, "../../hypervisor/tools")
SECONDS = 120
REQUESTS = ({"id": "hello", "method": "channel.hello"}, {"id": 1, "method": "server.info"},
            {"id": 2, "method": "host.info"})


def connect(path, machine):
    """The machine waits for this connection before it starts."""
    end = time.monotonic() + SECONDS
    while time.monotonic() < end and machine.poll() is None:
        client = socket.socket(socket.AF_UNIX)
        try:
            client.connect(path)
            client.settimeout(SECONDS)
            return client
        except OSError:
            client.close()
            time.sleep(0.01)
    raise RuntimeError("the machine does not listen")


def ask(client):
    """-> the answer to host.info, which comes right after that to server.info."""
    client.sendall(b"\n" + b"".join(json.dumps({"jsonrpc": "2.0", **request}).encode() + b"\n" for request in REQUESTS))
    for line in client.makefile("rb"):
        try:
            answer = json.loads(line)
        except ValueError:
            continue
        if answer.get("id") == 2:
            return answer["result"]
    raise RuntimeError("the control domain did not answer")


def measure(build, flash1):
    """-> instructions until server.info was answered, and those of them in the ROM; a microsecond of the machine's time
    is a thousand."""
    with tempfile.TemporaryDirectory(prefix="domicile-boot-") as folder:
        machine = subprocess.Popen(
            [sys.executable, os.path.join(TOOLS, "run-qemu"), "--runtime-dir", folder, "--icount", "--wait",
             "--log", os.path.join(folder, "log"), "--flash0", os.path.join(build, "hypervisor/flash0.img"),
             "--flash1", flash1],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            with connect(os.path.join(folder, "channel.sock"), machine) as client:
                all_us = ask(client)["uptime_us"]
            with open(os.path.join(folder, "log"), encoding="ascii", errors="replace") as log:
                rom_us = int(re.search(r"\(rom\) took (\d+) us", log.read())[1])
            return all_us * 1000, rom_us * 1000
        finally:
            machine.kill()
            machine.wait()


def unsealed_kib(flash1):
    """KiB of the images that the hypervisor unseals for the guests that start with it."""
    shown = subprocess.run([sys.executable, os.path.join(TOOLS, "domicile-seal"), "inspect", flash1], stdout=subprocess.PIPE,
                           text=True, check=True).stdout
    images = re.findall(r"(\d+) bytes .* count (\d+) (\S+)", shown)
    return sum(int(size) * int(count) for size, count, flags in images
               if "autostart" in flags.split("+")) / 1024


def figures(build, crypto_per_kib):
    """[(what, instructions without cryptography, those of the ROM, those of unsealing guests)]: the control domain alone,
    and with the guests of the demonstration, which are unsealed, started and run before it gets to answer. Nearly all
    that the ROM does is cryptography."""
    rows = []
    for what, flash1 in (("the control domain alone", "benchmarks/hypervisor/boot-flash1.img"),
                         ("with the demonstration's guests", "hypervisor/flash1.img")):
        path = os.path.join(build, flash1)
        counted, rom = measure(build, path)
        guests = round(unsealed_kib(path) * crypto_per_kib)
        rows.append((what, counted - rom - guests, rom, guests))
    return rows
