#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Domains that are saved, restored, and go on where they were."""
import json
import os
import random
import re
import select
import signal
import socket
import stat
import struct
import unittest
import zlib

import harness
from test_control import Machine

MAGIC = b"domicile-state-1"
RECORD = struct.Struct("<IIII")
HEADER, PAGES, PIN, VCPU, END, DIGEST = range(1, 7)
FAIL, READY = 16, 17
TABLES = 1
ENDED = ("done", "failed", "cancelled")


def records_of(data):
    """Offset, type and payload of each record of a file."""
    at = len(MAGIC)
    while at < len(data):
        kind, length, _, _ = RECORD.unpack_from(data, at)
        yield at, kind, data[at + RECORD.size:at + RECORD.size + length]
        at += RECORD.size + length


def record(kind, payload, sequence):
    """A record with a good checksum, whatever is in it."""
    head = struct.pack("<III", kind, len(payload), sequence)
    return head + struct.pack("<I", zlib.crc32(head + payload)) + payload


def drawn(text):
    """Lines of a drawing, without what the terminal does with them."""
    text = re.sub(r"\x1b\[K|\r|^> ", "", text, flags=re.M)
    return [line for line in text.split("\n") if re.match(r"[ .:\-=+*%@#]{64}$|mandelbrot: ", line)]


class Monitor:
    """QEMU's own control: stops and continues the whole machine."""
    def __init__(self, machine):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(os.path.join(machine.path, "qmp.sock"))
        self.lines = self.socket.makefile("rb")
        self.lines.readline()
        self.call("qmp_capabilities")

    def call(self, command):
        self.socket.sendall(json.dumps({"execute": command}).encode() + b"\n")
        while "return" not in (answer := json.loads(self.lines.readline())):
            if "error" in answer:
                raise AssertionError(answer)

    def close(self):
        self.lines.close()
        self.socket.close()


class StateTest(unittest.TestCase):
    def start(self):
        machine = Machine()
        self.addCleanup(machine.close)
        machine.wait_until_answering()
        with machine.client() as client:  # the drawing guest writes while another has the display
            client.call("domain.focus", id=self.domain(client, "primes")["id"])
        return machine

    def client(self, machine):
        client = machine.client()
        self.addCleanup(client.close)
        return client

    @staticmethod
    def domain(client, name):
        return next((d for d in client.call("domain.list")["domains"] if d["name"] == name), None)

    @staticmethod
    def text(client, number):
        return client.call("domain.console", id=number)["text"]

    def wait_for_text(self, client, number, pattern):
        return harness.wait_for(lambda: re.search(pattern, self.text(client, number)), f"{pattern!r} on the console")

    @staticmethod
    def wait_until_it_goes_on(client, number):
        before = client.call("domain.get", id=number)["cpu_time_ns"]
        harness.wait_for(lambda: client.call("domain.get", id=number)["cpu_time_ns"] > before, "domain that goes on")

    @staticmethod
    def job(client, method, **params):
        number = client.call(method, **params)["job"]
        return harness.wait_for(
            lambda: (job := client.call("job.get", job=number))["state"] in ENDED and job,
            lambda: f"end of {method}, which is {client.call('job.get', job=number)}")

    def done(self, client, method, **params):
        job = self.job(client, method, **params)
        self.assertEqual(job["state"], "done", job.get("error"))
        return job["result"]

    def save_drawing(self, machine, client):
        """The drawing guest, saved in the middle of its work. -> its text so far, and the file."""
        guest = self.domain(client, "mandelbrot")
        self.wait_for_text(client, guest["id"], r"(?s)enlarged.*?\n.*?#{20}")
        path = os.path.join(machine.path, "mandelbrot.state")
        client.call("events.subscribe", topics=["console"])
        start = client.call("domain.console", id=guest["id"])
        result = self.done(client, "domain.save", id=guest["id"], path=path)
        self.assertEqual(result, {"path": path, "bytes": os.path.getsize(path)})
        client.call("host.info")
        late = "".join(e["data"]["text"] for e in client.events
                       if e["topic"] == "console" and e["data"]["id"] == guest["id"]
                       and e["data"]["next"] > start["next"])
        return start["text"] + late, path, guest


class SaveAndRestore(StateTest):
    def check_drawing(self, before, after, client):
        """What was drawn before and after is, line by line, what an undisturbed domain draws."""
        whole = "\n".join(drawn(before) + drawn(after))
        number = client.call("domain.create", name="witness", image="mandelbrot", memory_kib=8192)["id"]
        client.call("domain.resume", id=number)
        try:
            harness.wait_for(lambda: len(drawn(self.text(client, number))) >= len(whole.split("\n")),
                             "drawing of an undisturbed domain", 60)
            self.assertTrue("\n".join(drawn(self.text(client, number))).startswith(whole), whole)
        finally:
            client.call("domain.destroy", id=number)

    def restored(self, client, path, guest, before):
        domain = self.done(client, "domain.restore", path=path)
        self.assertEqual((domain["name"], domain["uuid"], domain["memory_kib"]),
                         (guest["name"], guest["uuid"], guest["memory_kib"]))
        harness.wait_for(lambda: len(drawn(self.text(client, domain["id"]))) >= 5, "drawing that goes on")
        self.check_drawing(before, self.text(client, domain["id"]), client)
        return domain

    def test_here_and_on_another_machine(self):
        machine, other = self.start(), self.start()
        client, elsewhere = self.client(machine), self.client(other)
        free = client.call("host.info")["free_kib"]
        before, path, guest = self.save_drawing(machine, client)
        self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o600)
        self.assertIsNone(self.domain(client, "mandelbrot"))
        self.assertEqual(client.call("host.info")["free_kib"], free + guest["memory_kib"])
        domain = self.restored(client, path, guest, before)
        self.assertEqual(client.call("host.info")["free_kib"], free)
        self.assertIn("There is a domain mandelbrot already", self.job(
            client, "domain.restore", path=path)["error"]["message"])
        copy = self.done(client, "domain.restore", path=path, name="copy")
        self.assertNotEqual(copy["uuid"], domain["uuid"])
        elsewhere.call("domain.destroy", id=self.domain(elsewhere, "mandelbrot")["id"])
        self.restored(elsewhere, path, guest, before)

    def test_a_process_counts_on(self):
        machine = self.start()
        client = self.client(machine)
        guest = self.domain(client, "primes")
        self.wait_for_text(client, guest["id"], r"primes: number")
        path = os.path.join(machine.path, "primes.state")
        counts = [self.text(client, guest["id"])]
        for _ in range(3):
            self.done(client, "domain.save", id=guest["id"], path=path)
            guest = self.done(client, "domain.restore", path=path)
            os.unlink(path)
            self.wait_for_text(client, guest["id"], r"primes: number")
            counts.append(self.text(client, guest["id"]))
        numbers = [int(n.replace(",", "")) for n in re.findall(r"number ([\d,]+)", "".join(counts))]
        self.assertEqual(numbers, sorted(set(numbers)))
        client.call("domain.console", id=guest["id"], write="uptime\n")
        self.wait_for_text(client, guest["id"], r"uptime")

    def test_keep_running(self):
        machine = self.start()
        client = self.client(machine)
        guest = self.domain(client, "primes")
        self.wait_for_text(client, guest["id"], r"> ")
        path = os.path.join(machine.path, "primes.state")
        self.done(client, "domain.save", id=guest["id"], path=path, keep_running=True)
        self.assertIn(self.domain(client, "primes")["state"], ("running", "blocked"))
        self.wait_until_it_goes_on(client, guest["id"])


class WhatCannotBe(StateTest):
    @classmethod
    def setUpClass(cls):
        cls.machine = Machine()
        cls.addClassCleanup(cls.machine.close)
        cls.machine.wait_until_answering()
        with cls.machine.client() as client:
            guest = cls.domain(client, "primes")
            harness.wait_for(lambda: "> " in cls.text(client, guest["id"]), "prompt of the guest")
            cls.path = os.path.join(cls.machine.path, "primes.state")
            job = cls.job(client, "domain.save", id=guest["id"], path=cls.path, keep_running=True)
            assert job["state"] == "done", job
            client.call("domain.destroy", id=guest["id"])
        with open(cls.path, "rb") as file:
            cls.data = file.read()

    def setUp(self):
        self.control = self.client(self.machine)
        self.before = self.picture()

    def picture(self):
        domains = [(d["id"], d["name"], d["memory_kib"]) for d in self.control.call("domain.list")["domains"]]
        return domains, self.control.call("host.info")["free_kib"]

    def refused(self, code, method, **params):
        with self.assertRaises(harness.RpcError) as caught:
            self.control.call(method, **params)
        self.assertEqual(caught.exception.code, code, caught.exception)
        self.assertEqual(self.picture(), self.before)

    def restore_bytes(self, data):
        path = os.path.join(self.machine.path, "damaged.state")
        with open(path, "wb") as file:
            file.write(data)
        job = self.job(self.control, "domain.restore", path=path)
        self.assertEqual(job["state"], "failed")
        self.assertEqual((job["error"]["code"], job["error"]["data"]["kind"]), (7, "integrity"))

    def test_cut_off_anywhere(self):
        borders = [offset for offset, _, _ in records_of(self.data)]
        places = set(borders) | {b + 16 for b in borders} | {b - 1 for b in borders} | {b + 1 for b in borders}
        places |= set(range(0, 40)) | {len(self.data) - 1} | set(random.Random(1).sample(range(len(self.data)), 100))
        for length in sorted(p for p in places if p < len(self.data)):
            self.restore_bytes(self.data[:length])
        self.restore_bytes(self.data + b"\0")
        self.assertEqual(self.picture(), self.before)

    def test_any_bit(self):
        places = random.Random(2)
        for _ in range(150):
            data = bytearray(self.data)
            data[places.randrange(len(data))] ^= 1 << places.randrange(8)
            self.restore_bytes(bytes(data))
        self.assertEqual(self.picture(), self.before)

    def test_parameters(self):
        guest = self.domain(self.control, "mandelbrot")["id"]
        there = os.path.join(self.machine.path, "there")
        with open(there, "wb"):
            pass
        os.symlink(there, there + ".link")
        self.refused(-32602, "domain.save", id=guest, path="relative")
        self.refused(-32602, "domain.save", id=guest, path=self.machine.path + "/")
        self.refused(1, "domain.save", id=guest, path="/nowhere/file")
        self.refused(1, "domain.save", id=9999, path=there + ".new")
        self.refused(4, "domain.save", id=0, path=there + ".new")
        self.refused(2, "domain.save", id=guest, path=there)
        self.refused(2, "domain.save", id=guest, path=there + ".link")
        self.refused(1, "domain.restore", path=there + ".none")
        self.refused(-32602, "domain.restore", path=self.machine.path)
        self.refused(-32602, "domain.restore", path=there + ".link")
        self.assertEqual([name for name in os.listdir(self.machine.path) if "partial" in name], [])
        self.control.call("domain.pause", id=guest)
        self.refused(3, "domain.save", id=guest, path=there + ".new")
        self.control.call("domain.resume", id=guest)

    def test_cancel(self):
        guest = self.domain(self.control, "mandelbrot")["id"]
        path = os.path.join(self.machine.path, "cancelled.state")
        monitor = Monitor(self.machine)
        self.addCleanup(monitor.close)
        number = self.control.call("domain.save", id=guest, path=path)["job"]
        monitor.call("stop")
        job = self.control.call("job.cancel", job=number)
        monitor.call("cont")
        job = harness.wait_for(
            lambda: (j := self.control.call("job.get", job=number))["state"] in ENDED and j, "end of the job")
        if job["state"] == "done":  # it was faster
            self.done(self.control, "domain.restore", path=path)
            return
        self.assertEqual(job["state"], "cancelled")
        self.assertEqual([name for name in os.listdir(self.machine.path) if "cancelled" in name], [])
        self.wait_until_it_goes_on(self.control, guest)

    def test_a_gateway_that_dies_in_the_middle(self):
        machine = self.start()
        client = machine.client()
        guest = self.domain(client, "mandelbrot")["id"]
        path = os.path.join(machine.path, "lost.state")
        client.call("domain.save", id=guest, path=path)
        machine.end(machine.gateway, signal.SIGKILL)
        client.close()
        machine.gateway = machine.start_gateway()
        machine.wait_until_answering()
        with machine.client() as again:
            if not os.path.exists(path):  # else it was faster
                self.wait_until_it_goes_on(again, self.domain(again, "mandelbrot")["id"])


class MigrationMachine(Machine):
    """With guests that write without pause, or take no part in suspension."""
    def start_machine(self):
        self.flash1 = os.path.join(harness.BUILD, "tests/hypervisor/state-flash1.img")
        return super().start_machine()


class Migration(StateTest):
    def setUp(self):
        self.machines = [MigrationMachine(), MigrationMachine()]
        for machine in self.machines:
            self.addCleanup(machine.close)
            machine.wait_until_answering()
        self.clients = [self.client(machine) for machine in self.machines]

    def create(self, client, name, image, memory):
        number = client.call("domain.create", name=name, image=image, memory_kib=memory)["id"]
        client.call("domain.resume", id=number)
        return number

    def passes(self, client, number):
        return [int(n) for n in re.findall(r"^pass (\d+)", self.text(client, number), re.M)]

    def wait_for_passes(self, client, number):
        """Passes over all of its memory, each of which checks what the one before wrote."""
        before = self.passes(client, number)
        harness.wait_for(lambda: len(self.passes(client, number)) > len(before) + 1
                         or "lost" in self.text(client, number), "passes over its memory", 60)
        self.assertNotIn("panic", self.text(client, number))
        return self.passes(client, number)

    def test_live_there_and_back(self):
        number = self.create(self.clients[0], "rewrite", "rewrite", 4096)
        last = self.wait_for_passes(self.clients[0], number)[-1]
        for trip in range(4):
            here, there = self.clients[trip % 2], self.clients[1 - trip % 2]
            result = self.done(here, "domain.migrate", id=number, to=self.machines[1 - trip % 2].control)
            self.assertGreaterEqual(result["rounds"], 2)
            self.assertLess(0, result["downtime_us"])
            self.assertIsNone(self.domain(here, "rewrite"))
            number = self.domain(there, "rewrite")["id"]
            passes = self.wait_for_passes(there, number)
            self.assertGreater(passes[0], last)
            last = passes[-1]

    def test_what_fails_leaves_it_where_it_was(self):
        here, there = self.clients
        number = self.create(here, "rewrite", "rewrite", 4096)
        self.create(there, "rewrite", "rewrite", 4096)
        spin = self.create(here, "spin", "spin", 1024)
        job = self.job(here, "domain.migrate", id=number, to=self.machines[1].control)
        self.assertEqual((job["state"], job["error"]["code"]), ("failed", 2))
        job = self.job(here, "domain.migrate", id=number, to="/nowhere/control.sock")
        self.assertEqual(job["state"], "failed")
        job = self.job(here, "domain.migrate", id=number, to=self.machines[0].control)
        self.assertEqual(job["state"], "failed")
        job = self.job(here, "domain.migrate", id=spin, to=self.machines[1].control)
        self.assertEqual((job["state"], job["error"]["code"]), ("failed", 8))
        with self.assertRaises(harness.RpcError) as caught:
            here.call("domain.save", id=spin, path=os.path.join(self.machines[0].path, "spin.state"))
        self.assertEqual(caught.exception.code, 8)
        self.assertEqual(os.listdir(self.machines[0].path).count("spin.state.partial"), 0)
        self.wait_for_passes(here, number)
        self.assertIsNone(self.domain(there, "spin"))

    def test_the_other_machine_stops_in_the_middle(self):
        here, there = self.clients
        number = self.create(here, "rewrite", "rewrite", 4096)
        self.wait_for_passes(here, number)
        monitor = Monitor(self.machines[1])
        self.addCleanup(monitor.close)
        job = here.call("domain.migrate", id=number, to=self.machines[1].control)["job"]
        harness.wait_for(lambda: here.call("job.get", job=job)["fraction"] > 0, "copy under way")
        monitor.call("stop")
        self.wait_for_passes(here, number)  # it runs while it is copied
        here.call("job.cancel", job=job)
        ended = harness.wait_for(lambda: (j := here.call("job.get", job=job))["state"] in ENDED and j, "end of the job")
        self.assertEqual(ended["state"], "cancelled")
        monitor.call("cont")
        self.wait_for_passes(here, number)
        harness.wait_for(lambda: self.domain(there, "rewrite") is None, "machine without the domain")
        harness.wait_for(lambda: all(j["state"] in ENDED for j in there.call("job.list")["jobs"]), "end of the other job")
        self.done(here, "domain.migrate", id=number, to=self.machines[1].control)
        self.wait_for_passes(there, self.domain(there, "rewrite")["id"])


class Connections(StateTest):
    def test_what_is_left_of_the_one_before(self):
        """A domain is saved to who has greeted, not to a connection whose end has not been heard of yet; nor is that end taken for its own."""
        machine = self.start()
        with machine.client() as client:
            guest = self.domain(client, "primes")["id"]
            self.wait_for_text(client, guest, "> ")
        machine.end(machine.gateway)
        wire = Wire(machine)
        self.addCleanup(wire.close)
        for _ in range(10):  # more than the device has buffers for what nobody reads
            nonce, kinds = os.urandom(16), []
            self.assertIn("result", wire.call("state.begin", nonce=nonce.hex(), kind="save", id=guest, keep=True))
            wire.connect_anew()
            wire.greet(nonce)
            while kinds[-1:] != [END]:
                kind, length, _, _ = RECORD.unpack(wire.read(RECORD.size))
                wire.read(length)
                kinds.append(kind)
            self.assertEqual(kinds[0], HEADER)
            self.assertIn("result", wire.call("state.finish", outcome="commit"))


class HostileStream(StateTest):
    """Records with good checksums and bad contents, as only somebody who means it can make them."""
    def test_mutations(self):
        machine = self.start()
        client = self.client(machine)
        guest = self.domain(client, "primes")
        self.wait_for_text(client, guest["id"], "> ")
        path = os.path.join(machine.path, "primes.state")
        self.done(client, "domain.save", id=guest["id"], path=path)
        with open(path, "rb") as file:
            records = [(kind, payload) for _, kind, payload in records_of(file.read()) if kind != DIGEST]
        client.close()
        machine.end(machine.gateway)
        wire = Wire(machine)
        self.addCleanup(wire.close)
        witness = next(d for d in wire.call("domain.list")["result"]["domains"] if d["name"] == "mandelbrot")
        before = self.picture(wire)
        dice = random.Random(3)
        failed = 0
        for _ in range(200):
            changed = [(kind, bytearray(payload)) for kind, payload in records]
            for _ in range(dice.randrange(1, 4)):
                self.mutate(changed, dice)
            failed += self.attempt(wire, changed)
            self.assertEqual(self.picture(wire), before)
        self.assertGreater(failed, 50)
        time = wire.call("domain.get", id=witness["id"])["result"]["cpu_time_ns"]
        harness.wait_for(lambda: wire.call("domain.get", id=witness["id"])["result"]["cpu_time_ns"] > time,
                         "other guest that goes on")

    @staticmethod
    def picture(wire):
        domains = wire.call("domain.list")["result"]["domains"]
        return [(d["id"], d["memory_kib"]) for d in domains], wire.call("host.info")["result"]["free_kib"]

    @staticmethod
    def mutate(records, dice):
        kind, payload = records[dice.randrange(len(records))]
        if kind == PAGES and dice.random() < 0.7:
            # The page tables are what matters: find an entry of one and make it something else.
            tables = [(p, i) for k, p in records if k == PAGES
                      for i in range(struct.unpack_from("<I", p)[0])
                      if struct.unpack_from("<I", p, 4 + 4 * i)[0] >> 28 & 7 in (1, 2)]
            payload, index = dice.choice(tables)
            count = struct.unpack_from("<I", payload)[0]
            at = 4 + 4 * count + 4096 * index + 4 * dice.randrange(1024)
            struct.pack_into("<I", payload, at, dice.choice(
                (dice.getrandbits(32), dice.getrandbits(20) << 12 | 0xc7e, 0x60000c02, 0x48000c7e, 0x60000001)))
        elif payload:
            at = dice.randrange(len(payload) // 4) * 4
            struct.pack_into("<I", payload, at, dice.choice(
                (0, 1, 0xffffffff, 0xe0000000, 0x80000000, dice.getrandbits(32))))
        else:
            records.pop(dice.randrange(len(records)))

    def attempt(self, wire, records):
        """-> whether it was refused; what was made of it otherwise is destroyed, having harmed nobody else."""
        nonce = os.urandom(16)
        self.assertIn("result", wire.call("state.begin", nonce=nonce.hex(), kind="restore", name="hostile"))
        stream = b"".join(record(kind, bytes(payload), i) for i, (kind, payload) in enumerate(records))
        kind = wire.transfer(nonce, stream)
        if kind == READY:
            domain = wire.call("state.finish", outcome="commit")["result"]
            wire.call("domain.get", id=domain["id"])
            wire.call("domain.destroy", id=domain["id"])
            return False
        wire.call("state.finish", outcome="abort")
        return True


class Wire:
    """Both channels of the control domain, in the place of the gateway."""
    def __init__(self, machine):
        self.sockets = [socket.socket(socket.AF_UNIX), socket.socket(socket.AF_UNIX)]
        for connection, name in zip(self.sockets, ("channel.sock", "state.sock")):
            connection.settimeout(harness.DEADLINE)
            connection.connect(os.path.join(machine.path, name))
        self.machine = machine
        self.lines = self.sockets[0].makefile("rb")
        self.number = 0
        self.sockets[0].sendall(b"\n")
        self.call("channel.hello")

    def call(self, method, **params):
        self.number += 1
        message = {"jsonrpc": "2.0", "id": self.number, "method": method, "params": params}
        self.sockets[0].sendall(json.dumps(message).encode() + b"\n")
        try:
            while (answer := json.loads(self.lines.readline())).get("id") != self.number:
                continue
            return answer
        except TimeoutError as error:
            with open(os.path.join(self.machine.path, "uart.log"), encoding="utf-8", errors="replace") as log:
                raise AssertionError(f"no answer to {method}; the machine says:\n{log.read()[-1500:]}") from error

    def read(self, length):
        data = b""
        while len(data) < length:
            part = self.sockets[1].recv(length - len(data))
            if not part:
                raise ConnectionError("the machine closed the channel")
            data += part
        return data

    @staticmethod
    def assert_writable(writable):
        if not writable:
            raise AssertionError("the control domain neither takes records nor says why")

    def greet(self, nonce):
        self.sockets[1].sendall(MAGIC + nonce)
        seen = b""
        while not seen.endswith(MAGIC + nonce):
            seen += self.read(1)

    def connect_anew(self):
        """The machine takes one connection at a time: it hears of this one after the end of that before."""
        before, self.sockets[1] = self.sockets[1], socket.socket(socket.AF_UNIX)
        self.sockets[1].settimeout(harness.DEADLINE)
        self.sockets[1].connect(os.path.join(self.machine.path, "state.sock"))
        before.close()

    def transfer(self, nonce, stream):
        """Sends a stream. -> type of the answer; None where the control domain waits for more."""
        state = self.sockets[1]
        self.greet(nonce)
        state.setblocking(False)
        while stream:
            readable, writable, _ = select.select([state], [state], [], harness.DEADLINE)
            if readable:
                break  # it does not want the rest
            self.assert_writable(writable)
            stream = stream[state.send(stream[:65536]):]
        state.settimeout(1 if not stream else harness.DEADLINE)
        try:
            kind, length, _, _ = RECORD.unpack(self.read(RECORD.size))
            self.read(length)
            return kind
        except TimeoutError:
            return None
        finally:
            state.settimeout(harness.DEADLINE)

    def close(self):
        self.lines.close()
        for connection in self.sockets:
            connection.close()


if __name__ == "__main__":
    unittest.main(verbosity=2)
