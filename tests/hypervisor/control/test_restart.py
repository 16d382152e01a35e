#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The control domain starts anew while guests go on: they compute, keep their devices, and a download goes on."""
import hashlib
import threading
import unittest

import harness
from test_network import Guest, Handler, Network as NetworkTest


class Restart(NetworkTest):
    def restart(self):
        """Returns when the control domain answers again."""
        self.client.call("domain.reboot", id=0)

        def answers():
            try:
                return self.client.call("domain.list")
            except harness.RpcError as error:
                self.assertEqual((error.code, error.kind), (9, "io"))
                return None
        harness.wait_for(answers, "answer of the new control domain")

    def test_guests_go_on(self):
        guest = self.guest("lasting")
        address = guest.address()
        with self.stage.client() as listener:
            listener.call("events.subscribe", topics=["domain"])
            before = {domain["id"]: domain for domain in self.client.call("domain.list")["domains"]}
            free = self.client.call("host.info")["free_kib"]
            self.client.call("domain.console", id=guest.id, write=f"get {self.url}/slow/file\n")
            self.assertTrue(Handler.in_the_middle.wait(60))
            self.restart()
            after = {domain["id"]: domain for domain in self.client.call("domain.list")["domains"]}
            self.assertEqual(after.keys(), before.keys())
            for number, domain in after.items():
                self.assertEqual(domain["name"], before[number]["name"])
                self.assertNotEqual(domain["state"], "crashed")
            self.assertEqual(after[guest.id]["uuid"], before[guest.id]["uuid"])
            self.assertGreaterEqual(after[guest.id]["cpu_time_ns"], before[guest.id]["cpu_time_ns"])
            self.assertEqual(after[0]["role"], "control")
            self.assertEqual(self.client.call("host.info")["free_kib"], free)
            Handler.go_on.set()
            self.assertEqual(guest.wait(r"sha256 ([0-9a-f]{64})")[1], hashlib.sha256(self.body).hexdigest())
            self.assertIn(address, guest.run("address", r"address \S+")[0])
            # Whoever listened hears of what happens now, and what was created before can be governed.
            guest.destroy()
            listener.event(lambda event: event["topic"] == "domain" and event["data"].get("id") == guest.id
                           and event["data"].get("change") == "gone")

    def test_work_under_way_is_told_of(self):
        """Many calls at once around the end of the control domain: each is answered, rightly or with an error of io."""
        results = []

        def ask():
            with self.stage.client() as client:
                for _ in range(50):
                    try:
                        client.call("domain.list")
                        results.append("good")
                    except harness.RpcError as error:
                        results.append(error.kind)
        threads = [threading.Thread(target=ask) for _ in range(4)]
        for thread in threads:
            thread.start()
        self.restart()
        for thread in threads:
            thread.join(60)
        self.assertEqual(len(results), 200)
        self.assertEqual(set(results) - {"good", "io"}, set())
        guest = Guest.create(self.client, "newcomer", [{"kind": "net"}])
        self.addCleanup(self.end, guest)
        guest.address()
        self.check_fetch(guest)


def load_tests(loader, _tests, _pattern):
    """Only what stands here, not what the class that lends its machine tests."""
    return unittest.TestSuite(Restart(name) for name in loader.getTestCaseNames(Restart)
                              if name in Restart.__dict__)


if __name__ == "__main__":
    unittest.main(verbosity=2)
