#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The hypervisor gives up on one of four processors, in the middle of work on all: the others stop, log and display say why, and
the machine is switched off."""
import os
import re
import socket
import subprocess
import unittest

import harness
import screen

FLASH1 = os.path.join(harness.BUILD, "tests/hypervisor/control/watchdog-flash1.img")
HYPERVISOR = os.path.join(harness.BUILD, "hypervisor/hypervisor.elf")
CPUS = 4
R0, PC = 0, 15         # as the debugger numbers them
FOR_EVER = 0xeafffffe  # a branch to itself


def symbols():
    """Address and size of each function of the hypervisor."""
    out = subprocess.run(["arm-linux-gnueabihf-nm", "-S", HYPERVISOR], stdout=subprocess.PIPE, text=True, check=True).stdout
    rows = [line.split() for line in out.splitlines()]
    return {row[3]: (int(row[0], 16), int(row[1], 16)) for row in rows if len(row) == 4}


class Debugger:
    """GDB's remote protocol: what a debugger that is connected to the machine can do, which stands still meanwhile."""
    def __init__(self, machine):
        self.qmp = machine.qmp()
        path = os.path.join(machine.path, "gdb.sock")
        self.monitor(f"gdbserver unix:{path},server=on,wait=off")
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(harness.DEADLINE)
        self.socket.connect(path)
        self.stream = self.socket.makefile("rb")
        self.send("qXfer:features:read:target.xml:0,ffb")  # else it takes no registers
        while not self.packet().startswith(("l", "m")):
            continue

    def monitor(self, line):
        return self.qmp.command("human-monitor-command", **{"command-line": line})

    def send(self, text):
        self.socket.sendall(f"${text}#{sum(text.encode()) & 0xff:02x}".encode())

    def packet(self):
        while self.stream.read(1) != b"$":
            continue
        answer = b""
        while (byte := self.stream.read(1)) != b"#":
            answer += byte
        self.stream.read(2)
        self.socket.sendall(b"+")
        return answer.decode()

    def done(self, text):
        self.send(text)
        answer = self.packet()
        while answer.startswith("T"):  # the machine has stopped, as was asked for
            answer = self.packet()
        if answer != "OK":
            raise AssertionError(f"{text}: {answer}")

    def run_to(self, address):
        """-> the processor that is there first."""
        self.done(f"Z0,{address:x},4")
        self.send("c")
        thread = int(re.match("T05thread:([0-9a-f]+)", self.packet())[1], 16)
        self.done(f"z0,{address:x},4")
        self.done(f"Hg{thread:x}")
        return thread - 1

    def register(self, number, value):
        self.done(f"P{number:x}={value.to_bytes(4, 'little').hex()}")

    def word(self, address, value):
        self.done(f"M{address:x},4:{value.to_bytes(4, 'little').hex()}")

    def text(self, address, value):
        data = value.encode() + b"\0"
        self.done(f"M{address:x},{len(data):x}:{data.hex()}")

    def go(self):
        self.send("c")

    def counters(self):
        """Where each processor is."""
        return [int(value, 16) for value in re.findall(r"R15=([0-9a-f]{8})", self.monitor("info registers -a"))]

    def close(self):
        self.stream.close()
        self.socket.close()
        self.qmp.close()


class Panic(unittest.TestCase):
    def setUp(self):
        self.machine = harness.Machine(FLASH1, "--cpus", str(CPUS))
        self.addCleanup(self.machine.close)
        self.machine.wait_until_answering()
        with self.machine.client() as client:
            number = client.call("domain.create", name="busy", image="spin", memory_kib=1024)["id"]
            client.call("domain.resume", id=number)
            primes = client.call("domain.create", name="primes", image="primes", memory_kib=4096, vcpus=4)["id"]
            client.call("domain.resume", id=primes)
            harness.wait_for(lambda: client.call("domain.get", id=number)["cpu_time_ns"] > 0, "work")
        self.symbols = symbols()
        self.debugger = Debugger(self.machine)
        self.addCleanup(self.debugger.close)

    def log(self):
        with open(os.path.join(self.machine.path, "uart.log"), encoding="utf-8", errors="replace") as file:
            return file.read()

    def fall(self, reason):
        """Lets the processor that is interrupted first call hv_panic(). -> which it is"""
        cpu = self.debugger.run_to(self.symbols["hv_interrupt"][0])
        start, size = self.symbols["ring"]  # of the log, which is not that long yet
        self.debugger.text(start + size - 256, reason)
        self.debugger.register(R0, start + size - 256)
        self.debugger.register(PC, self.symbols["hv_panic"][0])
        return cpu

    def shown(self):
        title, text = screen.read(self.debugger.qmp, self.machine.path)
        return (title, text) if text.endswith("switch itself off.") else None

    def test_the_others_stop(self):
        reason = "one of four: trap 4 in the hypervisor, with more words than there is room for in one line"
        fallen = self.fall(reason)
        self.debugger.word(self.symbols["hv_platform_power_off"][0], FOR_EVER)
        self.debugger.go()
        harness.wait_for(lambda: re.search(rf"panic: {reason}\r?\n", self.log()), "reason in the log")
        title, text = harness.wait_for(self.shown, "reason on the display")
        self.assertEqual(title, "The hypervisor has stopped")
        self.assertTrue(text.startswith(f"Because {reason} All domains have ended"), text)

        def inside(counter, name):
            address, size = self.symbols[name]
            return address <= counter < address + size

        def stopped():
            counters = self.debugger.counters()
            return len(counters) == CPUS and inside(counters[fallen], "hv_platform_power_off") and all(
                inside(counter, "hv_lock_wait") or inside(counter, "hv_smp_check_stop") for cpu, counter in enumerate(counters) if cpu != fallen)
        harness.wait_for(stopped, "three processors that wait for ever")
        self.assertTrue(re.search(rf"panic: {reason}\r?\n$", self.log()), "nothing comes after it")

    def test_the_machine_is_switched_off(self):
        self.fall("the last one")
        self.debugger.go()
        harness.wait_for(lambda: self.machine.machine.poll() is not None, "end of the machine")
        self.assertEqual(self.machine.machine.returncode, 0)
        self.assertTrue(re.search(r"\(hv\) panic: the last one\r?\n$", self.log()), self.log()[-200:])


if __name__ == "__main__":
    unittest.main(verbosity=2)
