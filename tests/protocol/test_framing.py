#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The wire: lines, limits, UTF-8, and what is not JSON at all."""

import json
import random
import socket
import subprocess

import support
from support import MESSAGE_MAX, PARSE, Closed, on_both

INFO = b'{"jsonrpc":"2.0","id":1,"method":"server.info"}'

setUpModule = support.set_up_module
tearDownModule = support.tear_down_module

NOT_JSON = [
    b"hello", b"{", b"}", b"[", b'{"jsonrpc":"2.0","id":1,"method":"server.info"', b"{'jsonrpc':'2.0'}",
    b'{"jsonrpc":"2.0","id":1,"method":"server.info",}', b'{"jsonrpc":"2.0" /* no */ ,"id":1}', b"NaN", b"01",
    b'{"a":1}{"a":2}', b'"\\ud800"', b'"\t"', b'{"a":1 "b":2}', b"tru", b"1.", b"+1", b".5", b"1e", b"[1,]",
    b'"\\x41"', b"//", b"\xef\xbb\xbf{}", b"\x00", b'"unended',
]

NOT_UTF8 = [b"\xff\xfe", b'"\xc3\x28"', b'"\xc0\xaf"', b'"\xed\xa0\x80"', b'"\xf5\x80\x80\x80"', b'"\xe2\x82"']


def padded(length):
    """A valid request of exactly so many bytes without its newline."""
    shell = b'{"jsonrpc":"2.0","id":1,"method":"no.such","params":{"x":""}}'
    return shell.replace(b'""', b'"' + b"a" * (length - len(shell)) + b'"')


def nested(depth):
    """A request whose deepest value is at that depth; the message itself is depth 1, its params depth 2."""
    inner = depth - 2
    return (b'{"jsonrpc":"2.0","id":1,"method":"no.such","params":{"x":' + b"[" * inner + b"]" * inner + b"}}")


class Framing:
    """Lines and their limits."""

    def test_by_hand(self):
        path = support.current_stack().paths[self.endpoint]
        result = subprocess.run(["nc", "-N", "-U", path], input=INFO + b"\n", stdout=subprocess.PIPE,
                                timeout=120, check=True)
        answer = json.loads(result.stdout)
        self.assertEqual(answer["result"]["endpoint"], self.endpoint)

    def test_answer_is_one_line(self):
        client = self.connect()
        client.send_bytes(INFO + b"\n")
        line = client.receive_line()
        self.assertNotIn(b"\n", line)
        self.assertEqual(json.loads(line)["id"], 1)
        self.assertTrue(client.stays_silent())

    def test_byte_by_byte(self):
        client = self.connect()
        for byte in INFO + b"\n":
            client.send_bytes(bytes([byte]))
        self.assertEqual(client.receive()["id"], 1)

    def test_half_line_waits(self):
        client = self.connect()
        client.send_bytes(INFO[:20])
        self.assertTrue(client.stays_silent())
        client.send_bytes(INFO[20:] + b"\n")
        self.assertEqual(client.receive()["id"], 1)

    def test_many_messages_in_one_write(self):
        client = self.connect()
        client.send_bytes(b"".join(INFO.replace(b'"id":1', b'"id":%d' % i) + b"\n" for i in range(50)))
        self.assertEqual({client.receive()["id"] for _ in range(50)}, set(range(50)))

    def test_whitespace_around_a_message(self):
        client = self.connect()
        client.send_bytes(b"  " + INFO.replace(b",", b" , ") + b" \r\n")
        self.assertEqual(client.receive()["id"], 1)

    def test_half_line_at_the_end(self):
        client = self.connect()
        client.send_bytes(INFO[:30])
        client.socket.shutdown(socket.SHUT_WR)
        client.expect_end()
        self.assert_works(self.connect())

    def test_answers_after_the_client_stopped_writing(self):
        client = self.connect()
        client.send_bytes(INFO + b"\n")
        client.socket.shutdown(socket.SHUT_WR)
        self.assertEqual(client.receive()["id"], 1)

    def test_broken_json(self):
        client = self.connect()
        for text in NOT_JSON:
            with self.subTest(text=text):
                client.send_bytes(text + b"\n")
                self.assert_error(client.receive(), PARSE, id_=None)
        self.assert_works(client)

    def test_invalid_utf8(self):
        client = self.connect()
        for text in NOT_UTF8:
            with self.subTest(text=text):
                client.send_bytes(text + b"\n")
                self.assert_error(client.receive(), PARSE, id_=None)
        self.assert_works(client)

    def test_nesting(self):
        client = self.connect()
        client.send_bytes(nested(64) + b"\n")
        self.assertNotEqual(client.receive()["error"]["code"], PARSE)
        client.send_bytes(nested(65) + b"\n")
        self.assert_error(client.receive(), PARSE)
        client.send_bytes(b"[" * 200000 + b"\n")
        self.assert_error(client.receive(), PARSE)
        self.assert_works(client)

    def test_largest_message(self):
        client = self.connect()
        client.send_bytes(padded(MESSAGE_MAX) + b"\n")
        self.assertNotEqual(client.receive()["error"]["code"], PARSE)
        self.assert_works(client)

    def test_oversize_message(self):
        client = self.connect()
        client.send_bytes(padded(MESSAGE_MAX + 1) + b"\n")
        self.assert_error(client.receive(), PARSE, id_=None)
        self.assert_works(client)

    def test_endless_line(self):
        """Sixteen MiB without a newline must neither be kept nor stop the endpoint."""
        client = self.connect()
        try:
            for _ in range(256):
                client.send_bytes(b"x" * 65536)
            client.send_bytes(b"\n")
            self.assert_error(client.receive(), PARSE, id_=None)
            self.assert_works(client)
        except (BrokenPipeError, ConnectionResetError, Closed):
            pass  # closing is allowed where the stream cannot be framed
        self.assert_works(self.connect())

    def test_garbage(self):
        """Random bytes: the endpoint answers each line or closes, and serves others."""
        source = random.Random(20)
        for _ in range(20):
            client = self.connect()
            try:
                client.send_bytes(source.randbytes(source.randrange(1, 8192)) + b"\n")
                self.assert_error(client.receive(), PARSE)
            except (BrokenPipeError, ConnectionResetError, Closed):
                pass
            client.close()
        self.assert_works(self.connect())

    def test_mutated_requests(self):
        """A valid request with some bytes changed never breaks the stream of answers."""
        source = random.Random(7)
        client = self.connect()
        for _ in range(300):
            text = bytearray(b'{"jsonrpc":"2.0","id":5,"method":"events.subscribe","params":{"topics":["job"]}}')
            for _ in range(source.randrange(1, 5)):
                text[source.randrange(len(text))] = source.randrange(32, 256)
            client.send_bytes(bytes(text) + b"\n")
        client.send_bytes(b'{"jsonrpc":"2.0","id":"last","method":"server.info"}\n')
        while client.answer().get("id") != "last":
            pass


on_both(globals(), Framing)

if __name__ == "__main__":
    support.main()
