#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A domain is moved to a machine that is not there, hangs or dies: at whatever moment, one copy of it runs."""
import json
import os
import shutil
import signal
import socket
import struct
import tempfile
import threading
import unittest

import harness
from test_state import ENDED, MAGIC, RECORD, StateTest, record

FLASH1 = os.path.join(harness.BUILD, "tests/hypervisor/control/moving-flash1.img")
END, READY, START, RUNS = 5, 17, 19, 20
PATIENCE = 2
NONCE = bytes(range(16))


class Target:
    """A gateway that answers as far as it is told to: `stops` names what it does not do any more, and `leaves` whether
    it closes the connection then, or only says nothing, or, once and for all, a `lie`."""
    STEPS = ("server.info", "domain.receive", "greeting", "pages", "ready", "runs")

    def __init__(self, stops, leaves=False, lie=b""):
        self.folder = tempfile.mkdtemp(prefix="domicile-target-")
        self.path = os.path.join(self.folder, "control.sock")
        self.stops, self.leaves, self.lie = stops, leaves, lie
        self.reached = threading.Event()
        self.sockets = []
        self.threads = []
        self.listen(self.path, self.serve)
        self.listen(os.path.join(self.folder, "receive.sock"), self.receive)

    def listen(self, path, handler):
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(path)
        listener.listen(4)
        self.sockets.append(listener)

        def accept():
            try:
                while True:
                    connection, _ = listener.accept()
                    self.sockets.append(connection)
                    self.start(handler, connection)
            except OSError:
                pass
        self.start(accept)

    def start(self, function, *arguments):
        thread = threading.Thread(target=function, args=arguments, daemon=True)
        thread.start()
        self.threads.append(thread)

    def is_over(self, step, connection):
        if self.stops != step:
            return False
        if self.leaves:
            connection.shutdown(socket.SHUT_RDWR)
        elif self.lie:
            connection.sendall(self.lie)
        self.reached.set()
        return True

    def serve(self, connection):
        answers = {"server.info": {"endpoint": "control", "pid": 1}, "domain.receive": {
            "job": "1", "socket": "/elsewhere/receive.sock", "nonce": NONCE.hex()}}  # it is found beside the other
        with connection.makefile("rb") as lines:
            for line in lines:
                request = json.loads(line)
                if self.is_over(request["method"], connection):
                    return
                answer = {"jsonrpc": "2.0", "id": request["id"], "result": answers[request["method"]]}
                connection.sendall(json.dumps(answer).encode() + b"\n")

    def receive(self, connection):
        try:
            if not self.is_over("greeting", connection):
                self.take(connection)
        except OSError:
            pass

    def take(self, connection):
        with connection.makefile("rb") as stream:
            assert stream.read(32) == MAGIC + NONCE
            sent = 0
            while head := stream.read(RECORD.size):
                kind, length, _, _ = RECORD.unpack(head)
                stream.read(length)
                if self.stops == "pages" and kind == 2 and self.is_over("pages", connection):
                    return
                step, answer = {END: ("ready", READY), START: ("runs", RUNS)}.get(kind, (None, None))
                if step:
                    if self.is_over(step, connection):
                        return
                    connection.sendall(record(answer, struct.pack("<I", 1) if answer == READY else b"", sent))
                    sent += 1

    def close(self):
        for connection in self.sockets:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            connection.close()
        for thread in self.threads:
            thread.join(harness.DEADLINE)
        shutil.rmtree(self.folder)


class MigrateTest(StateTest):
    def start_machine(self):
        machine = harness.Machine(FLASH1)
        self.addCleanup(machine.close)
        machine.wait_until_answering()
        return machine

    def create(self, client, name="mover", memory=4096):
        number = client.call("domain.create", name=name, image="rewrite", memory_kib=memory)["id"]
        client.call("domain.resume", id=number)
        self.wait_for_text(client, number, "pass 1")
        return number

    def wait_until_it_is_alone(self, here, there, name="mover"):
        """Exactly one copy of it is left, and that one runs."""
        def copies():
            return [(client, domain) for client in (here, there) for domain in client.call("domain.list")["domains"]
                    if domain["name"] == name]
        client, domain = harness.wait_for(lambda: (found := copies()) and len(found) == 1 and found, "one copy")[0]
        self.wait_until_it_goes_on(client, domain["id"])
        return client, domain["id"]


class Hanging(MigrateTest):
    """One machine for all; the other is a target that stops at each step in turn."""
    @classmethod
    def setUpClass(cls):
        cls.machine = harness.Machine(FLASH1)
        cls.addClassCleanup(cls.machine.close)
        cls.machine.end(cls.machine.gateway)
        cls.machine.gateway = cls.machine.start_gateway("--patience", str(PATIENCE))
        cls.machine.wait_until_answering()

    def setUp(self):
        self.control = self.client(self.machine)
        self.mover = self.create(self.control)
        self.addCleanup(lambda: self.control.call("domain.destroy", id=self.mover))

    def target(self, stops, leaves=False, lie=b""):
        target = Target(stops, leaves, lie)
        self.addCleanup(target.close)
        return target

    def end_of(self, job):
        return harness.wait_for(lambda: (j := self.control.call("job.get", job=job))["state"] in ENDED and j, "end")

    def check_failed(self, to, pattern):
        """-> the error, which comes while the domain goes on."""
        job = self.job(self.control, "domain.migrate", id=self.mover, to=to)
        self.assertEqual((job["state"], job["error"]["code"]), ("failed", 9), job)
        self.assertRegex(job["error"]["message"], pattern)
        return job["error"]

    def test_nobody_is_there(self):
        folder = tempfile.TemporaryDirectory(prefix="domicile-target-")
        self.addCleanup(folder.cleanup)
        stale = os.path.join(folder.name, "control.sock")
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(stale)
        for to in (stale, os.path.join(folder.name, "none.sock"), self.machine.gateway.log):
            error = self.check_failed(to, "The other machine cannot be reached: ")
            self.assertIn("control socket", error["data"]["hint"])
        self.wait_until_it_goes_on(self.control, self.mover)

    def test_one_that_says_nothing(self):
        for step, pattern in (("server.info", "Nobody answers at"), ("domain.receive", "Nobody answers at"),
                              ("greeting", "has said nothing for 2 seconds"), ("pages", "has said nothing for"),
                              ("ready", "has said nothing for")):
            with self.subTest(step):
                self.check_failed(self.target(step).path, pattern)
                self.wait_until_it_goes_on(self.control, self.mover)

    def test_one_that_leaves(self):
        for step in Target.STEPS[:-1]:
            with self.subTest(step):
                self.check_failed(self.target(step, leaves=True).path, "The other (side|machine) ")
                self.wait_until_it_goes_on(self.control, self.mover)

    def test_one_that_lies(self):
        """Whatever it sends instead of the next answer, the domain goes on here."""
        def answer(**result):
            return b"".join(json.dumps({"jsonrpc": "2.0", "id": number, "result": result}).encode() + b"\n"
                            for number in range(1, 4))
        good = {"job": "1", "socket": "/elsewhere/receive.sock", "nonce": NONCE.hex()}
        for step, lie in (("server.info", b"no message\n"), ("server.info", b"[" * 100000 + b"\n"),
                          ("server.info", answer(endpoint="agent", pid=1)), ("server.info", b'{"id":1,"result":7}\n'),
                          ("domain.receive", answer(**good | {"nonce": "zz"})), ("domain.receive", answer(**good | {"socket": 7})),
                          ("domain.receive", answer(**good | {"socket": "../../../etc/passwd"})), ("domain.receive", answer()),
                          ("greeting", record(RUNS, b"", 0)), ("pages", record(READY, struct.pack("<I", 1), 0)),
                          ("pages", record(RUNS, b"", 0)), ("ready", record(READY, struct.pack("<I", 1), 7)), ("ready", record(RUNS, b"", 0)),
                          ("ready", record(START, b"", 0)), ("ready", record(READY, b"", 0)), ("ready", record(READY, bytes(8), 0)),
                          ("ready", RECORD.pack(READY, 0xffffffff, 0, 0) + bytes(4096)),
                          ("ready", record(READY, struct.pack("<I", 1), 0)[:-1] + b"!"), ("ready", os.urandom(64))):
            with self.subTest(step, lie=lie[:40]):
                job = self.job(self.control, "domain.migrate", id=self.mover, to=self.target(step, lie=lie).path)
                self.assertEqual(job["state"], "failed", job)
                self.assertTrue(job["error"]["message"], job)
                self.wait_until_it_goes_on(self.control, self.mover)

    def test_one_that_does_not_say_whether_it_runs(self):
        """It may run there: here it stands still until somebody has looked."""
        for leaves in (False, True):
            error = self.check_failed(self.target("runs", leaves).path, "did not confirm that the domain runs there")
            self.assertIn("domain.resume", error["data"]["hint"])
            self.assertEqual(self.control.call("domain.get", id=self.mover)["state"], "saved")
            self.control.call("domain.resume", id=self.mover)
            self.wait_until_it_goes_on(self.control, self.mover)

    def test_cancelled(self):
        for step in Target.STEPS[:-1]:
            with self.subTest(step):
                target = self.target(step)
                job = self.control.call("domain.migrate", id=self.mover, to=target.path)["job"]
                self.assertTrue(target.reached.wait(harness.DEADLINE))
                self.control.call("job.cancel", job=job)
                self.assertEqual(self.end_of(job)["state"], "cancelled")
                self.wait_until_it_goes_on(self.control, self.mover)

    def test_others_do_not_wait_for_it(self):
        other = self.create(self.control, "other", 1024)
        self.addCleanup(lambda: self.control.call("domain.destroy", id=other))
        target = self.target("server.info")
        job = self.control.call("domain.migrate", id=self.mover, to=target.path)["job"]
        self.assertTrue(target.reached.wait(harness.DEADLINE))
        path = os.path.join(target.folder, "other.state")
        self.done(self.control, "domain.save", id=other, path=path, keep_running=True)
        self.assertEqual(self.control.call("job.get", job=job)["state"], "running")
        self.control.call("job.cancel", job=job)
        self.assertEqual(self.end_of(job)["state"], "cancelled")

    def test_one_that_waits_is_cancelled(self):
        target = self.target("ready")
        moving = self.control.call("domain.migrate", id=self.mover, to=target.path)["job"]
        other = self.create(self.control, "other", 1024)
        self.addCleanup(lambda: self.control.call("domain.destroy", id=other))
        path = os.path.join(target.folder, "other.state")
        waiting = self.control.call("domain.save", id=other, path=path)["job"]
        self.control.call("job.cancel", job=waiting)
        self.assertEqual(self.end_of(waiting)["state"], "cancelled")
        self.assertEqual([name for name in os.listdir(target.folder) if "other" in name], [])
        self.control.call("job.cancel", job=moving)
        self.end_of(moving)
        self.wait_until_it_goes_on(self.control, self.mover)

    def test_refused_at_once(self):
        for code, number in ((1, 4711), (4, 0)):
            with self.assertRaises(harness.RpcError) as caught:
                self.control.call("domain.migrate", id=number, to="/nowhere/control.sock")
            self.assertEqual(caught.exception.code, code)
        job = self.job(self.control, "domain.migrate", id=self.mover, to=self.machine.control)
        self.assertEqual((job["error"]["code"], job["error"]["data"]["hint"]), (3, "Choose another machine."))


class Dying(MigrateTest):
    """The other machine, or this one, is killed in the middle."""
    def setUp(self):
        self.machines = [self.start_machine(), self.start_machine()]
        self.clients = [self.client(machine) for machine in self.machines]
        self.mover = self.create(self.clients[0])

    def begin(self, text):
        """Starts to move the domain, and waits until the job says so."""
        here = self.clients[0]
        here.call("events.subscribe", topics=["job"], interval_ms=100)
        job = here.call("domain.migrate", id=self.mover, to=self.machines[1].control)["job"]
        here.event(lambda e: e["topic"] == "job" and e["data"]["job"] == job
                   and (text in (e["data"].get("text") or "") or e["data"]["state"] in ENDED))
        return job

    def test_the_machine_it_goes_to(self):
        here = self.clients[0]
        job = self.begin("Copying its memory")
        self.machines[1].end(self.machines[1].machine, signal.SIGKILL)
        state = harness.wait_for(lambda: (j := here.call("job.get", job=job))["state"] in ENDED and j, "end of the job")
        if state["state"] == "failed":  # else it was faster
            self.assertEqual(here.call("domain.get", id=self.mover)["name"], "mover")
            self.wait_until_it_goes_on(here, self.mover)

    def test_the_gateway_it_goes_to(self):
        here, there = self.clients
        self.begin("Copying")
        self.machines[1].end(self.machines[1].gateway, signal.SIGKILL)
        there.close()
        self.machines[1].gateway = self.machines[1].start_gateway()
        self.machines[1].wait_until_answering()
        self.wait_until_it_is_alone(here, self.client(self.machines[1]))

    def test_the_machine_it_comes_from(self):
        """What was not whole there is gone; the other machine takes the next one."""
        there = self.clients[1]
        free = there.call("host.info")["free_kib"]
        self.begin("Copying")
        self.machines[0].end(self.machines[0].machine, signal.SIGKILL)
        jobs = harness.wait_for(lambda: (found := there.call("job.list")["jobs"])
                                and all(job["state"] in ENDED for job in found) and found, "end of the job there")
        if jobs[0]["state"] == "failed":
            self.assertIsNone(self.domain(there, "mover"))
            self.assertEqual(there.call("host.info")["free_kib"], free)
        else:
            self.wait_until_it_goes_on(there, self.domain(there, "mover")["id"])

    def test_the_gateway_it_comes_from(self):
        there = self.clients[1]
        self.begin("Copying")
        self.machines[0].end(self.machines[0].gateway, signal.SIGKILL)
        self.machines[0].gateway = self.machines[0].start_gateway()
        self.machines[0].wait_until_answering()
        here = self.client(self.machines[0])
        client, number = self.wait_until_it_is_alone(here, there)
        if client is here:
            self.done(here, "domain.migrate", id=number, to=self.machines[1].control)
            self.wait_until_it_is_alone(here, there)


class Restarting(MigrateTest):
    """The control domain starts anew in the middle: the job fails, and everything is as it was."""
    def setUp(self):
        self.machines = [self.start_machine(), self.start_machine()]
        self.clients = [self.client(machine) for machine in self.machines]
        self.mover = self.create(self.clients[0])
        self.here = self.clients[0]

    def interrupted(self, method, **params):
        job = self.here.call(method, **params)["job"]
        harness.wait_for(lambda: (j := self.here.call("job.get", job=job))["fraction"] > 0 or j["state"] in ENDED, "part")
        self.here.call("domain.reboot", id=0)
        ended = harness.wait_for(lambda: (j := self.here.call("job.get", job=job))["state"] in ENDED and j, "end")

        def answers():
            try:
                return self.here.call("domain.list")
            except harness.RpcError:
                return None
        harness.wait_for(answers, "answer of the new control domain")
        return ended

    def test_saving(self):
        path = os.path.join(self.machines[0].path, "mover.state")
        ended = self.interrupted("domain.save", id=self.mover, path=path, keep_running=True)
        self.assertEqual(os.path.exists(path), ended["state"] == "done")
        self.wait_until_it_goes_on(self.here, self.mover)
        if ended["state"] == "failed":
            self.done(self.here, "domain.save", id=self.mover, path=path)
            self.wait_until_it_goes_on(self.here, self.done(self.here, "domain.restore", path=path)["id"])

    def test_restoring(self):
        path = os.path.join(self.machines[0].path, "mover.state")
        self.done(self.here, "domain.save", id=self.mover, path=path, keep_running=True)
        free = self.here.call("host.info")["free_kib"]
        ended = self.interrupted("domain.restore", path=path, name="copy")
        if ended["state"] == "failed" and self.domain(self.here, "copy") is None:
            self.assertEqual(self.here.call("host.info")["free_kib"], free)
            self.done(self.here, "domain.restore", path=path, name="copy")
        self.wait_until_it_goes_on(self.here, self.mover)

    def test_moving(self):
        ended = self.interrupted("domain.migrate", id=self.mover, to=self.machines[1].control)
        client, number = self.wait_until_it_is_alone(*self.clients)
        if ended["state"] == "failed" and client is self.here:
            self.done(self.here, "domain.migrate", id=number, to=self.machines[1].control)
            self.wait_until_it_is_alone(*self.clients)


if __name__ == "__main__":
    unittest.main(verbosity=2)
