# SPDX-License-Identifier: GPL-2.0-or-later
"""A virtual machine of QEMU's that is saved and brought back: a kernel of Debian's with as much in memory as a desktop's programs."""

import gzip
import json
import os
import pathlib
import subprocess
import time

from .common import ROOT, SECONDS, Missing, need

MEMORY_MIB = 1024
INIT = """#!/bin/busybox sh
/bin/busybox mount -t tmpfs tmpfs /tmp
/bin/busybox dd if=/dev/urandom of=/tmp/used bs=1M count={used} 2> /dev/null
echo all is there
while :; do /bin/busybox sleep 1; done
"""


def fetch(build):
    """A kernel and a shell, unpacked in the build tree."""
    place = build / "bench-machine"
    fetched = subprocess.run([ROOT / "tools/foreign-packages", "--depends", place, "amd64", "bookworm", "linux-image-cloud-amd64",
                              "busybox-static"], capture_output=True, text=True, check=False)
    if fetched.returncode != 0:
        raise Missing("needs a Debian mirror, for the virtual machine's kernel")
    return next(place.glob("root/boot/vmlinuz-*")), place / "root/bin/busybox"


def cpio_entry(name, mode, data=b"", device=(0, 0)):
    fields = (0, mode, 0, 0, 1, 0, len(data), 0, 0, *device, len(name) + 1, 0)
    head = b"070701" + b"".join(b"%08X" % field for field in fields) + name.encode() + b"\0"
    return head + bytes(-len(head) % 4) + data + bytes(-len(data) % 4)


def make_initial(path, busybox, used_mib):
    with gzip.open(path, "wb", 1) as file:
        for folder in ("bin", "tmp", "dev"):
            file.write(cpio_entry(folder, 0o040755))
        file.write(cpio_entry("dev/console", 0o020600, b"", (5, 1)))
        file.write(cpio_entry("dev/urandom", 0o020666, b"", (1, 9)))
        file.write(cpio_entry("dev/null", 0o020666, b"", (1, 3)))
        file.write(cpio_entry("bin/busybox", 0o100755, busybox.read_bytes()))
        file.write(cpio_entry("init", 0o100755, INIT.format(used=used_mib).encode()))
        file.write(cpio_entry("TRAILER!!!", 0))


class Machine:
    def __init__(self, place, kernel, *more):
        self.process = subprocess.Popen(
            ["qemu-system-x86_64", "-accel", "tcg", "-m", str(MEMORY_MIB), "-nographic", "-nic", "none", "-no-reboot", "-kernel", kernel,
             "-initrd", place / "initial", "-append", "console=ttyS0 quiet panic=-1", "-serial", f"file:{place}/serial", "-monitor", "none",
             "-drive", f"if=none,id=state,format=qcow2,file={place}/state.qcow2", "-qmp", "stdio", *more],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.process.stdout.readline()
        self.ask("qmp_capabilities")

    def ask(self, command, **arguments):
        self.process.stdin.write(json.dumps({"execute": command, "arguments": arguments}) + "\n")
        self.process.stdin.flush()
        while True:
            line = self.process.stdout.readline()
            if not line:
                raise RuntimeError("the virtual machine has ended")
            answer = json.loads(line)
            if "return" in answer or "error" in answer:
                return answer.get("return")

    def end(self):
        self.process.kill()
        self.process.wait(SECONDS)
        self.process.stdin.close()
        self.process.stdout.close()


def save_and_load(context, place, used_mib):
    """Seconds of saving, seconds of bringing back, and bytes."""
    need("qemu-system-x86_64", "qemu-img")
    kernel, busybox = fetch(context.build)
    place = pathlib.Path(place)
    make_initial(place / "initial", busybox, used_mib)
    subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", place / "state.qcow2", "1G"], check=True)
    machine = Machine(place, kernel)
    try:
        deadline = time.monotonic() + SECONDS
        while "all is there" not in (place / "serial").read_text(errors="replace"):
            if time.monotonic() > deadline:
                raise RuntimeError("the virtual machine does not start")
            time.sleep(0.2)
        begun = time.perf_counter()
        said = machine.ask("human-monitor-command", **{"command-line": "savevm bench"})
        saved = time.perf_counter() - begun
        if said:
            raise RuntimeError(f"the virtual machine is not saved: {said}")
    finally:
        machine.end()
    begun = time.perf_counter()
    machine = Machine(place, kernel, "-loadvm", "bench")
    try:
        if machine.ask("query-status")["status"] != "running":
            raise RuntimeError("the virtual machine does not go on")
        loaded = time.perf_counter() - begun
    finally:
        machine.end()
    return saved, loaded, os.stat(place / "state.qcow2").st_blocks * 512
