#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Many clients, slow clients, rude clients, and who may connect at all."""

import os
import select
import socket
import stat
import subprocess
import time
import unittest

import support
from support import on_both

setUpModule = support.set_up_module
tearDownModule = support.tear_down_module

WAITING_MAX = 8 << 20
OTHER_UID = 54321


class Many:
    """What others do must not be felt."""

    def path(self):
        return support.current_stack().paths[self.endpoint]

    def test_hundred_clients_at_once(self):
        clients = [self.connect() for _ in range(100)]
        for number, client in enumerate(clients):
            client.send({"jsonrpc": "2.0", "id": number, "method": "server.info"})
        for number, client in enumerate(clients):
            self.assertEqual(client.receive()["id"], number)

    def test_hundred_clients_with_many_calls(self):
        clients = [self.connect() for _ in range(100)]
        for call in range(10):
            for client in clients:
                client.send({"jsonrpc": "2.0", "id": call, "method": "server.info"})
        for client in clients:
            self.assertEqual(sorted(client.receive()["id"] for _ in range(10)), list(range(10)))

    def test_connection_storm(self):
        for _ in range(500):
            connection = socket.socket(socket.AF_UNIX)
            connection.connect(self.path())
            connection.send(b'{"jsonrpc":')
            connection.close()
        self.assert_works(self.connect())

    def test_client_leaves_with_calls_in_flight(self):
        for _ in range(20):
            client = self.connect()
            for number in range(20):
                client.send({"jsonrpc": "2.0", "id": number, "method": "rpc.discover"})
            client.close()
        self.assert_works(self.connect())

    def flood(self, client):
        """Asks for much and reads nothing until the endpoint drops us or stops reading; returns bytes sent."""
        client.socket.setblocking(False)
        request = b'{"jsonrpc":"2.0","id":1,"method":"rpc.discover"}\n' * 100
        deadline = time.monotonic() + 60
        stalled_since = None
        while time.monotonic() < deadline:
            try:
                client.socket.send(request)
                stalled_since = None
            except BlockingIOError:
                # Not reading more requests is the other honest way not to pile up answers.
                stalled_since = stalled_since or time.monotonic()
                if time.monotonic() - stalled_since > 2:
                    return "stalled"
                select.select([], [client.socket], [], 0.2)
            except (BrokenPipeError, ConnectionResetError):
                return "dropped"
        return "fed"

    def test_client_that_only_asks(self):
        """A client that asks and never reads is dropped or no longer read; others notice nothing."""
        greedy, other = self.connect(), self.connect()
        end = self.flood(greedy)
        self.assertIn(end, ("dropped", "stalled"))
        self.assert_works(other)

    def memory_kib(self):
        pid = self.connect().call("server.info")["pid"]
        with open(f"/proc/{pid}/status", encoding="ascii") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))

    def test_memory_stays_bounded(self):
        before = self.memory_kib()
        clients = [self.connect() for _ in range(4)]
        for client in clients:
            self.flood(client)
        self.assertLess(self.memory_kib() - before, 4 * 2 * WAITING_MAX / 1024)

    def test_socket_is_private(self):
        status = os.stat(self.path())
        self.assertEqual(stat.S_IMODE(status.st_mode), 0o600)
        self.assertEqual(status.st_uid, os.getuid())
        self.assertEqual(stat.S_IMODE(os.stat(os.path.dirname(self.path())).st_mode), 0o700)

    @unittest.skipUnless(os.getuid() == 0, "only root can become someone else")
    def test_other_users_are_refused(self):
        """Even when the file modes let a stranger in, the peer's uid does not."""
        program = ("import socket, sys\n"
                   "s = socket.socket(socket.AF_UNIX); s.settimeout(60)\n"
                   "s.connect('/proc/self/fd/' + sys.argv[1])\n"
                   "print('connected', file=sys.stderr)\n"
                   "s.sendall(b'{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"server.info\"}\\n')\n"
                   "sys.stdout.buffer.write(s.recv(65536))\n")
        descriptor = os.open(self.path(), os.O_PATH)
        self.addCleanup(os.close, descriptor)
        os.chmod(self.path(), 0o666)
        try:
            result = subprocess.run(["/usr/bin/python3", "-c", program, str(descriptor)], pass_fds=[descriptor],
                                    user=OTHER_UID, group=OTHER_UID, extra_groups=[], cwd="/",
                                    stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=90, check=False)
        finally:
            os.chmod(self.path(), 0o600)
        self.assertIn(b"connected", result.stderr)
        self.assertNotIn(b"result", result.stdout)
        self.assert_works(self.connect())


class SlowReader(support.ProtocolTest):
    """What happens to others while one client does not read."""
    endpoint = "control"

    def setUp(self):
        self.slow, self.brisk = self.connect(), self.connect()
        self.slow.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.brisk.call("events.subscribe", topics=["stats"], interval_ms=100)
        self.last = self.brisk.event()["seq"]

    def next_event(self):
        """The brisk reader's next event, which must follow the last one."""
        event = self.brisk.event()
        self.assertEqual(event["seq"], self.last + 1, "the brisk reader lost an event")
        self.last = event["seq"]

    @staticmethod
    def is_dropped(client):
        """Whether the far end has hung up, found out without reading."""
        poll = select.poll()
        poll.register(client.socket, select.POLLHUP | select.POLLERR)
        return bool(poll.poll(0))

    def test_dropped_past_eight_mib(self):
        """Answers worth more than 8 MiB wait for a client that only asks: it is dropped, the others' events go on."""
        self.slow.send({"jsonrpc": "2.0", "id": 0, "method": "rpc.discover"})
        size = len(self.slow.receive_line()) + 1
        request = b'{"jsonrpc":"2.0","id":1,"method":"rpc.discover"}\n'
        self.slow.send_bytes(request * (WAITING_MAX // size + 20))
        for _ in range(600):
            self.next_event()
            if self.is_dropped(self.slow):
                return
        self.fail("the slow reader is still connected")

    def test_not_dropped_below(self):
        """Half of that waits for as long as it takes, and every answer arrives."""
        self.slow.send({"jsonrpc": "2.0", "id": 0, "method": "rpc.discover"})
        count = WAITING_MAX // 2 // (len(self.slow.receive_line()) + 1)
        for number in range(count):
            self.slow.send({"jsonrpc": "2.0", "id": number, "method": "rpc.discover"})
        for _ in range(5):
            self.next_event()
        self.assertEqual(sorted(self.slow.receive()["id"] for _ in range(count)), list(range(count)))

    def test_slow_subscriber_sees_its_losses(self):
        """A subscriber that pauses misses samples, can tell how many, and goes on with fresh ones."""
        for _ in range(30):
            self.slow.call("events.subscribe", topics=["stats"], interval_ms=100)
        for _ in range(20):
            self.next_event()
        last = {}
        for _ in range(3000):
            event = self.slow.event()
            self.assertGreater(event["seq"], last.get(event["subscription"], 0))
            last[event["subscription"]] = event["seq"]
            if len(last) == 30 and min(last.values()) > 15:
                return
        self.fail(f"the numbers do not go on: {last}")


on_both(globals(), Many)

if __name__ == "__main__":
    support.main()
