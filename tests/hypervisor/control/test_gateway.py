# SPDX-License-Identifier: GPL-2.0-or-later
"""The gateway before a channel that misbehaves."""
import json
import os
import signal
import socket
import stat
import threading
import unittest

import harness


class Peer:
    """The other end of the channel: one connection at a time, each handled by a function of the test."""
    def __init__(self, path, handler):
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(path)
        self.listener.listen(4)
        self.handler = handler
        self.connections = 0
        self.current = None
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            self.current = connection
            with connection:
                try:
                    with connection.makefile("rb") as lines:
                        self.handler(self, connection, lines)
                except (OSError, ValueError, StopIteration):
                    pass

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        try:
            self.current.shutdown(socket.SHUT_RDWR)
        except (AttributeError, OSError):
            pass  # nobody connected, or gone already
        self.thread.join(harness.DEADLINE)
        if self.thread.is_alive():
            raise AssertionError("the peer's thread does not end")


def reply(connection, request, result):
    message = {"jsonrpc": "2.0", "id": request["id"], "result": result}
    connection.sendall(json.dumps(message).encode() + b"\n")


def requests(lines):
    """The requests that come; empty lines are nothing."""
    for line in lines:
        if line.strip():
            yield json.loads(line)


def answer_hello(connection, lines):
    for request in requests(lines):
        if request["method"] == "channel.hello":
            reply(connection, request, {"channel": 1})
            return
        raise ValueError("the first request is no hello")


def well_behaved(peer, connection, lines):
    """Answers what the tests ask, in order."""
    answer_hello(connection, lines)
    for request in requests(lines):
        result = {"server.info": {"product": "Domicile", "version": "0", "protocol": 1, "endpoint": "control",
                                  "capabilities": ["word"]},
                  "domain.list": {"domains": []},
                  "image.list": {"images": []},
                  "events.subscribe": {"subscription": "1"}}.get(request["method"], {})
        reply(connection, request, result)


class GatewayTest(unittest.TestCase):
    def setUp(self):
        self.stage = harness.Stage()
        self.addCleanup(self.stage.close)

    def start(self, handler):
        peer = Peer(self.stage.channel, handler)
        self.addCleanup(peer.close)
        self.gateway = self.stage.start_gateway()
        return peer

    def connect(self):
        client = self.stage.client()
        self.addCleanup(client.close)
        return client

    def assert_io(self, call, *args, **kwargs):
        with self.assertRaises(harness.RpcError) as caught:
            call(*args, **kwargs)
        self.assertEqual((caught.exception.code, caught.exception.kind), (9, "io"))
        self.assertTrue(caught.exception.data.get("hint"))
        return caught.exception

    def test_forwards_and_completes(self):
        self.start(well_behaved)
        info = self.stage.wait_until_answering()
        self.assertEqual(info["role"], "admin")
        self.assertEqual(info["pid"], self.gateway.pid)
        self.assertEqual(info["capabilities"], ["word", "domain.save", "domain.restore", "domain.migrate", "policy.get",
                                                "policy.load", "policy.check", "policy.validate", "policy.simulate"])

    def test_no_machine_at_all(self):
        self.stage.start_gateway()
        error = self.assert_io(self.connect().call, "domain.list")
        self.assertIn("control domain", error.message)

    def test_schema_is_checked_here(self):
        """Nothing that does not fit reaches the control domain."""
        asked = []

        def handler(peer, connection, lines):
            answer_hello(connection, lines)
            for request in requests(lines):
                asked.append(request["method"])
                reply(connection, request, {"domains": []})
        self.start(handler)
        client = self.connect()
        harness.wait_for(lambda: self.succeeds(client, "domain.list"), "connection")
        asked.clear()
        for params in ({"id": "1"}, {"id": -1}, {"id": 1 << 40}, {}, {"id": 1, "more": 2}):
            with self.assertRaises(harness.RpcError) as caught:
                client.call("domain.get", **params)
            self.assertEqual(caught.exception.code, -32602)
        self.assertEqual(asked, [])

    @staticmethod
    def succeeds(client, method, **params):
        try:
            client.call(method, **params)
            return True
        except harness.RpcError as error:
            if error.code != 9:
                raise
            return False

    def test_many_clients_share_the_channel(self):
        peer = self.start(well_behaved)
        self.stage.wait_until_answering()
        clients = [self.connect() for _ in range(30)]
        for client in clients:
            numbers = [client.send("domain.list") for _ in range(20)]
            client.numbers = numbers
        for client in clients:
            answered = {client.read()["id"] for _ in client.numbers}
            self.assertEqual(answered, set(client.numbers))
        self.assertEqual(peer.connections, 1)

    def test_what_an_earlier_connection_left(self):
        """Half lines, garbage and answers to others come before the answer to the hello."""
        def handler(peer, connection, lines):
            connection.sendall(b'000,"free_kib":12}}\n\xff\xfe{"jsonrpc":"2.0","id":1,"result":{"domains":["stale"]}}\n'
                               b'{"jsonrpc":"2.0","id":2,"result":{}}\n' + b"x" * 300000 + b"\n")
            well_behaved(peer, connection, lines)
        self.start(handler)
        self.stage.wait_until_answering()
        self.assertEqual(self.connect().call("domain.list"), {"domains": []})

    def test_hello_ends_the_line_under_way(self):
        """Whatever half a request stands in the channel, the hello starts a line of its own."""
        first = []

        def handler(peer, connection, lines):
            first.append(connection.recv(1))
            well_behaved(peer, connection, lines)
        self.start(handler)
        self.stage.wait_until_answering()
        self.assertEqual(first, [b"\n"])

    def test_garbage_instead_of_an_answer(self):
        """The connection is made anew, and the next call gets through."""
        def handler(peer, connection, lines):
            if peer.connections > 1:
                well_behaved(peer, connection, lines)
                return
            answer_hello(connection, lines)
            next(requests(lines))
            connection.sendall(b"\x00\x01 this is no message {{{\n")
            connection.recv(1)
        peer = self.start(handler)
        client = self.connect()
        harness.wait_for(lambda: self.succeeds(client, "domain.list"), "answer after garbage")
        self.assertGreater(peer.connections, 1)

    def test_endless_line(self):
        def handler(peer, connection, lines):
            if peer.connections > 1:
                well_behaved(peer, connection, lines)
                return
            answer_hello(connection, lines)
            next(requests(lines))
            while True:
                connection.sendall(b"x" * 65536)
        self.start(handler)
        client = self.connect()
        harness.wait_for(lambda: self.succeeds(client, "domain.list"), "answer after an endless line")

    def test_request_that_is_never_answered(self):
        """9 after the deadline, and what comes later works."""
        def handler(peer, connection, lines):
            if peer.connections > 1:
                well_behaved(peer, connection, lines)
                return
            answer_hello(connection, lines)
            for request in requests(lines):
                if request["method"] != "image.list":
                    reply(connection, request, {"domains": []})
        self.start(handler)
        client = self.connect()
        harness.wait_for(lambda: self.succeeds(client, "domain.list"), "connection")
        error = self.assert_io(client.call, "image.list")
        self.assertIn("image.list", error.message)
        harness.wait_for(lambda: self.succeeds(client, "domain.list"), "answer after silence")

    def test_channel_that_closes_under_a_call(self):
        def handler(peer, connection, lines):
            answer_hello(connection, lines)
            next(requests(lines))
        self.start(handler)
        client = self.connect()
        for _ in range(3):
            harness.wait_for(lambda: not self.succeeds(client, "domain.list"), "failure")

    def test_machine_that_comes_late_and_goes(self):
        self.stage.start_gateway()
        client = self.connect()
        self.assert_io(client.call, "domain.list")
        client.call("events.subscribe", topics=["domain"])
        peer = Peer(self.stage.channel, well_behaved)
        self.addCleanup(peer.close)
        harness.wait_for(lambda: self.succeeds(client, "domain.list"), "connection")
        event = client.event()
        self.assertEqual((event["topic"], event["data"]["change"]), ("domain", "reset"))

    def test_subscribes_only_while_somebody_listens(self):
        seen = []

        def handler(peer, connection, lines):
            answer_hello(connection, lines)
            for request in requests(lines):
                if request["method"].startswith("events."):
                    seen.append((request["method"], request["params"]))
                reply(connection, request, {"subscription": str(len(seen))})
                if request["method"] == "events.subscribe":
                    connection.sendall(json.dumps({"jsonrpc": "2.0", "method": "event", "params": {
                        "subscription": str(len(seen)), "seq": 1, "time_us": 5, "topic": "stats",
                        "data": {"uptime_us": 1, "memory_kib": 2, "free_kib": 1, "domains": []}}}).encode() + b"\n")
        self.start(handler)
        client, other = self.connect(), self.connect()
        harness.wait_for(lambda: self.succeeds(client, "domain.console", id=1) or True, "connection")
        self.assertEqual(seen, [])
        slow = client.call("events.subscribe", topics=["stats"], interval_ms=2000)
        self.assertEqual(client.event()["data"]["free_kib"], 1)
        other.call("events.subscribe", topics=["stats"], interval_ms=200)
        harness.wait_for(lambda: ("events.subscribe", {"topics": ["stats"], "interval_ms": 200}) in seen, "faster")
        other.close()
        harness.wait_for(lambda: seen[-1] == ("events.subscribe", {"topics": ["stats"], "interval_ms": 2000}), "slower")
        client.call("events.unsubscribe", subscription=slow["subscription"])
        harness.wait_for(lambda: seen[-1][0] == "events.unsubscribe", "silence")

    def test_socket_is_private_and_removed(self):
        gateway = self.stage.start_gateway()
        self.assertEqual(stat.S_IMODE(os.stat(self.stage.control).st_mode), 0o600)
        self.assertEqual(self.stage.end(gateway), 0)
        self.assertFalse(os.path.exists(self.stage.control))

    def test_socket_that_a_killed_gateway_left(self):
        self.stage.end(self.stage.start_gateway(), signal.SIGKILL)
        self.assertTrue(os.path.exists(self.stage.control))
        self.stage.start_gateway()
        self.assert_io(self.connect().call, "domain.list")

    def test_second_gateway_is_refused(self):
        self.stage.start_gateway()
        second = self.stage.start(harness.GATEWAY, "--channel", self.stage.channel, "--socket", self.stage.control)
        self.assertEqual(second.wait(harness.DEADLINE), 1)
        self.assertIn(self.stage.control, self.stage.read_log(second))
        self.assert_io(self.connect().call, "domain.list")

    def test_command_line(self):
        for argument, code, text in (("--help", 0, "--channel"), ("--version", 0, "domicile-gateway"),
                                     ("--nonsense", 2, "--help"), ("surplus", 2, "surplus")):
            program = self.stage.start(harness.GATEWAY, argument)
            self.assertEqual(program.wait(harness.DEADLINE), code, argument)
            self.assertIn(text, self.stage.read_log(program))


if __name__ == "__main__":
    unittest.main(verbosity=2)
