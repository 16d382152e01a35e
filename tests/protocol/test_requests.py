#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""JSON-RPC 2.0: what is a request, identifiers, batches, notifications, parameters."""

import json

import support
from support import METHOD, PARAMS, PARSE, REQUEST, on_both

setUpModule = support.set_up_module
tearDownModule = support.tear_down_module

NOT_REQUESTS = [
    "1", "null", "true", '"text"', "{}", '{"jsonrpc":"2.0"}', '{"jsonrpc":"1.0","id":1,"method":"server.info"}',
    '{"id":1,"method":"server.info"}', '{"jsonrpc":2.0,"id":1,"method":"server.info"}',
    '{"jsonrpc":"2.0","id":1,"method":7}', '{"jsonrpc":"2.0","id":1}', '{"jsonrpc":"2.0","id":1,"method":null}',
    '{"jsonrpc":"2.0","id":{},"method":"server.info"}', '{"jsonrpc":"2.0","id":[1],"method":"server.info"}',
    '{"jsonrpc":"2.0","id":true,"method":"server.info"}',
    '{"jsonrpc":"2.0","id":1,"method":"server.info","params":3}',
    '{"jsonrpc":"2.0","id":1,"method":"server.info","params":"x"}',
]

# Each must come back spelled as it was sent.
IDS = ["0", "-1", "7", "1.5", "12345678901234567890123", "9007199254740993", '"text"', '""', '"\\u00e9\\ud83d\\ude00"']


class Requests:
    """One message."""

    def raw(self, client, text):
        client.send_bytes(text.encode() + b"\n")
        return client.receive()

    def test_not_a_request(self):
        client = self.connect()
        for text in NOT_REQUESTS:
            with self.subTest(text=text):
                answer = self.raw(client, text)
                self.assertIn(answer["error"]["code"], (REQUEST, PARAMS), answer)
                if '"params"' not in text:
                    self.assert_error(answer, REQUEST)
        self.assert_works(client)

    def test_identifiers(self):
        client = self.connect()
        for text in IDS:
            with self.subTest(id=text):
                client.send_bytes(f'{{"jsonrpc":"2.0","id":{text},"method":"server.info"}}\n'.encode())
                line = client.receive_line().decode()
                self.assertEqual(json.loads(line)["id"], json.loads(text))
                if text.strip("-").isdigit():
                    self.assertIn(f'"id":{text}', line.replace(" ", ""))

    def test_null_id_is_answered(self):
        answer = self.raw(self.connect(), '{"jsonrpc":"2.0","id":null,"method":"server.info"}')
        self.assertIsNone(answer["id"])
        self.assertIn("result", answer)

    def test_unknown_method(self):
        client = self.connect()
        for name in ("no.such", "", "server.info ", "SERVER.INFO", "rpc.nothing", "a" * 10000, "é"):
            with self.subTest(name=name[:20]):
                self.assert_error(client.request(name), METHOD)

    def test_notification_is_not_answered(self):
        client = self.connect()
        client.send({"jsonrpc": "2.0", "method": "server.info"})
        client.send({"jsonrpc": "2.0", "method": "no.such"})
        client.send({"jsonrpc": "2.0", "method": "events.subscribe", "params": {"topics": 7}})
        self.assertEqual(client.request("server.info")["id"], 1)
        self.assertTrue(client.stays_silent())

    def test_unknown_members_are_ignored(self):
        answer = self.raw(self.connect(), '{"jsonrpc":"2.0","id":1,"method":"server.info","extra":[1,2],"params":{}}')
        self.assertIn("result", answer)

    def test_positional_parameters(self):
        client = self.connect()
        answer = self.raw(client, '{"jsonrpc":"2.0","id":1,"method":"job.get","params":["x"]}')
        self.assert_error(answer, PARAMS, id_=1)
        answer = self.raw(client, '{"jsonrpc":"2.0","id":2,"method":"server.info","params":[]}')
        self.assertEqual(answer["id"], 2)

    def test_parameters_name_the_member(self):
        client = self.connect()
        for params, member in (({"topics": 7}, "topics"), ({"topics": []}, "topics"), ({}, "topics"),
                               ({"topics": [7]}, "topics"), ({"topics": ["job"], "interval_ms": "1"}, "interval_ms"),
                               ({"topics": ["job"], "interval_ms": 99}, "interval_ms"),
                               ({"topics": ["job"], "surprise": 1}, "surprise")):
            with self.subTest(params=params):
                error = self.assert_error(client.request("events.subscribe", **params), PARAMS, member)
                self.assertEqual(error["data"]["member"].partition("[")[0], member)

    def test_duplicate_members(self):
        """Which of two members counts must not depend on who reads the message."""
        answer = self.raw(self.connect(), '{"jsonrpc":"2.0","id":1,"method":"server.info","method":"rpc.discover"}')
        self.assertIn(answer["error"]["code"], (PARSE, REQUEST))

    def test_server_info(self):
        info = self.connect().call("server.info")
        self.assertEqual(info["endpoint"], self.endpoint)
        self.assertEqual(info["protocol"], 1)
        self.assertEqual(info["role"], "admin")
        self.assertTrue(info["product"] and info["version"])
        self.assertTrue(all(isinstance(word, str) for word in info["capabilities"]))
        self.assertGreater(info["pid"], 0)

    def test_slow_call_does_not_hold_up_a_fast_one(self):
        """Many calls in flight: every one is answered exactly once, whatever the order."""
        client = self.connect()
        for i in range(200):
            method = "rpc.discover" if i % 20 == 0 else "server.info"
            client.send({"jsonrpc": "2.0", "id": i, "method": method})
        ids = [client.answer()["id"] for _ in range(200)]
        self.assertEqual(sorted(ids), list(range(200)))
        self.assertTrue(client.stays_silent())


class Batches:
    """Arrays of messages."""

    def batch(self, *messages):
        client = self.connect()
        client.send(list(messages))
        return client.receive()

    def test_batch(self):
        answers = self.batch({"jsonrpc": "2.0", "id": 1, "method": "server.info"},
                             {"jsonrpc": "2.0", "id": "b", "method": "no.such"},
                             {"jsonrpc": "2.0", "method": "server.info"},
                             7)
        by_id = {answer["id"]: answer for answer in answers}
        self.assertEqual(len(answers), 3)
        self.assertIn("result", by_id[1])
        self.assert_error(by_id["b"], METHOD)
        self.assert_error(by_id[None], REQUEST)

    def test_empty_batch(self):
        self.assert_error(self.batch(), REQUEST, id_=None)

    def test_batch_of_garbage(self):
        answers = self.batch(1, "x", None)
        self.assertEqual(len(answers), 3)
        for answer in answers:
            self.assert_error(answer, REQUEST, id_=None)

    def test_batch_of_notifications(self):
        client = self.connect()
        client.send([{"jsonrpc": "2.0", "method": "server.info"}] * 3)
        self.assertTrue(client.stays_silent())
        self.assert_works(client)

    def test_nested_batch(self):
        answers = self.batch([{"jsonrpc": "2.0", "id": 1, "method": "server.info"}])
        self.assertEqual(len(answers), 1)
        self.assert_error(answers[0], REQUEST)

    def test_large_batch(self):
        answers = self.batch(*({"jsonrpc": "2.0", "id": i, "method": "server.info"} for i in range(200)))
        self.assertEqual(sorted(answer["id"] for answer in answers), list(range(200)))


on_both(globals(), Requests, Batches)

if __name__ == "__main__":
    support.main()
