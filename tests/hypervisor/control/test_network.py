#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Guests on the network, each by its front end, the bridge of the control domain and the machine's device: to a
server on this machine's loopback, and to each other."""
import functools
import hashlib
import http.server
import os
import re
import sys
import tempfile
import threading
import unittest

import flash
import harness
import test_policy

RUNNER = os.path.join(os.path.dirname(os.path.realpath(__file__)), "../../../hypervisor/tools/run-qemu")
FLASH1 = os.path.join(harness.BUILD, "tests/hypervisor/control/network-flash1.img")
FILE_SIZE = 1 << 20
MEMORY_KIB = 4096
SILENCE_SECONDS = 15  # how long a guest waits for more
TRICKLE_SECONDS = SILENCE_SECONDS + 3


def served_bytes(count):
    """What a guest serves as /bytes/COUNT."""
    return bytes((i * 2654435761 & 0xffffffff) >> 24 for i in range(count))


class Handler(http.server.SimpleHTTPRequestHandler):
    """Files of one folder, and nothing on standard error; /slow/NAME stops in the middle until it is told to go on, and
    /trickle/NAME comes in pieces, one a second, for longer than a guest waits for the next."""
    in_the_middle, go_on, over = threading.Event(), threading.Event(), threading.Event()

    def log_message(self, *_):
        pass

    def do_GET(self):
        _, way, *name = self.path.split("/")
        if way not in ("slow", "trickle"):
            super().do_GET()
            return
        with open(os.path.join(self.directory, *name), "rb") as stream:
            body = stream.read()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if way == "trickle":
            self.trickle(body)
            return
        self.wfile.write(body[:len(body) // 2])
        self.in_the_middle.set()
        self.go_on.wait(60)
        self.wfile.write(body[len(body) // 2:])

    def trickle(self, body):
        piece = len(body) // TRICKLE_SECONDS + 1
        for at in range(0, len(body), piece):
            self.wfile.write(body[at:at + piece])
            if self.over.wait(1):
                break


class Guest:
    """A network guest, by its console."""
    def __init__(self, client, number):
        self.client = client
        self.id = number

    @classmethod
    def create(cls, client, name, devices, image="net", **more):
        number = client.call("domain.create", name=name, image=image, memory_kib=MEMORY_KIB, devices=devices,
                             **more)["id"]
        client.call("domain.resume", id=number)
        return cls(client, number)

    def text(self):
        return self.client.call("domain.console", id=self.id)["text"].replace("\r", "")

    def wait(self, pattern, since=0):
        return harness.wait_for(lambda: re.search(pattern, self.text()[since:]), f"{pattern!r} on the console", 60)

    def run(self, command, pattern):
        """Types a command; -> the match of what it is to answer with."""
        since = len(self.text())
        self.client.call("domain.console", id=self.id, write=command + "\n")
        return self.wait(pattern, since)

    def address(self):
        return self.wait(r"address (10\.\d+\.\d+\.\d+)")[1]

    def get(self, url):
        """-> length and digest of what came."""
        match = self.run(f"get {url}", r"get: status 200, (\d+) bytes in \d+ ms\nsha256 ([0-9a-f]{64})")
        return int(match[1]), match[2]

    def device(self):
        return self.client.call("domain.get", id=self.id)["devices"][0]

    def destroy(self):
        self.client.call("domain.destroy", id=self.id)


class Network(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.files = tempfile.TemporaryDirectory(prefix="domicile-network-")
        cls.addClassCleanup(cls.files.cleanup)
        cls.body = os.urandom(FILE_SIZE)
        with open(os.path.join(cls.files.name, "file"), "wb") as stream:
            stream.write(cls.body)
        handler = functools.partial(Handler, directory=cls.files.name)
        cls.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        cls.addClassCleanup(cls.server.server_close)
        cls.addClassCleanup(Handler.over.set)
        cls.addClassCleanup(cls.server.shutdown)
        threading.Thread(target=cls.server.serve_forever, daemon=True).start()
        cls.url = f"http://10.0.2.2:{cls.server.server_address[1]}"
        cls.stage = harness.Stage()
        cls.addClassCleanup(cls.stage.close)
        cls.stage.start(sys.executable, RUNNER, "--runtime-dir", cls.stage.path, "--flash1", FLASH1, "--network", "user")
        cls.stage.start_gateway()
        cls.stage.wait_until_answering()

    def setUp(self):
        self.client = self.stage.client()
        self.addCleanup(self.client.close)

    def guest(self, name, devices=({"kind": "net"},), image="net"):
        guest = Guest.create(self.client, name, list(devices), image)
        self.addCleanup(self.end, guest)
        return guest

    def end(self, guest):
        # The budgets that are shipped hold nobody back who sends and receives as fast as it can.
        self.assertEqual(harness.held_back(self.client), {})
        if any(domain["id"] == guest.id for domain in self.client.call("domain.list")["domains"]):
            guest.destroy()

    def check_fetch(self, guest):
        self.assertEqual(guest.get(self.url + "/file"), (FILE_SIZE, hashlib.sha256(self.body).hexdigest()))

    def test_a_file_from_this_machine(self):
        guest = self.guest("lone")
        guest.address()
        self.check_fetch(guest)
        device = guest.device()
        self.assertEqual((device["kind"], device["state"], device["errors"]), ("net", "connected", 0))
        self.assertGreater(device["bytes"], FILE_SIZE)
        self.assertRegex(guest.text(), device["mac"])

    def test_what_goes_wrong_is_said(self):
        guest = self.guest("wrong")
        guest.address()
        guest.run(f"get {self.url}/nothing", "get: status 404")
        guest.run("get ftp://somewhere", "an address is http://")
        guest.run("get http://10.0.2.2:1/", "get: the server refused the connection")
        guest.run("get http://no.such.host.invalid/", "get: there is no such host")
        guest.run("ping somewhere", "ping: ADDRESS")
        self.check_fetch(guest)

    def test_long_downloads(self):
        """One may take as long as it likes, when something comes; one where nothing comes any more is given up."""
        slow, silent = self.guest("slow"), self.guest("silent")
        slow.address()
        silent.address()
        Handler.go_on.clear()
        self.addCleanup(Handler.go_on.set)
        self.client.call("domain.console", id=silent.id, write=f"get {self.url}/slow/file\n")
        fetched = slow.get(self.url + "/trickle/file")
        self.assertEqual(fetched, (FILE_SIZE, hashlib.sha256(self.body).hexdigest()))
        self.assertGreater(int(re.search(r"bytes in (\d+) ms", slow.text())[1]), SILENCE_SECONDS * 1000)
        silent.wait(rf"get: the server does not answer after {FILE_SIZE // 2} bytes")
        self.check_fetch(silent)

    def test_guests_reach_each_other(self):
        first, second = self.guest("first"), self.guest("second")
        first.address()
        address = second.address()
        first.run(f"ping {address} 3", "3 sent, 3 received")
        count = 300000
        self.assertEqual(first.get(f"http://{address}/bytes/{count}"),
                         (count, hashlib.sha256(served_bytes(count)).hexdigest()))
        edges = {(edge["from"], edge["to"]): edge["rate_per_s"] for edge in self.client.call("domain.graph")["edges"]
                 if edge["kind"] == "net"}
        self.assertGreater(edges[first.id, second.id], 0)
        self.assertGreater(edges[second.id, first.id], 0)
        kinds = {edge["kind"] for edge in self.client.call("domain.graph")["edges"] if edge["from"] == first.id}
        self.assertEqual(kinds, {"event", "grant", "net"})

    def test_one_that_goes_takes_nobody_along(self):
        first, second = self.guest("stays"), self.guest("goes")
        first.address()
        address = second.address()
        first.run(f"ping {address} 1", "1 sent, 1 received")
        second.destroy()
        first.run(f"ping {address} 1", "1 sent, 0 received")
        self.check_fetch(first)

    def test_addresses_differ_and_are_individual(self):
        addresses = [self.guest(f"many-{i}").device()["mac"] for i in range(4)]
        self.assertEqual(len(set(addresses)), 4)
        for address in addresses:
            self.assertEqual(int(address[:2], 16) & 3, 2)  # of one interface, locally administered

    def job(self, method, **params):
        number = self.client.call(method, **params)["job"]
        job = harness.wait_for(lambda: (job := self.client.call("job.get", job=number))["state"] != "running" and job,
                               f"end of {method}", 60)
        self.assertEqual(job["state"], "done", job)
        return job["result"]

    def test_a_download_survives_save_and_restore(self):
        guest = self.guest("mover")
        address, mac = guest.address(), guest.device()["mac"]
        self.client.call("domain.console", id=guest.id, write=f"get {self.url}/slow/file\n")
        self.assertTrue(Handler.in_the_middle.wait(60))
        path = os.path.join(self.files.name, "saved")
        self.job("domain.save", id=guest.id, path=path)
        moved = Guest(self.client, self.job("domain.restore", path=path)["id"])
        self.addCleanup(self.end, moved)
        Handler.go_on.set()
        digest = moved.wait(r"sha256 ([0-9a-f]{64})")[1]
        self.assertEqual(digest, hashlib.sha256(self.body).hexdigest())
        self.assertEqual(moved.device()["mac"], mac)
        self.assertIn(address, moved.run("address", r"address \S+")[0])
        self.check_fetch(moved)

    def test_one_that_breaks_all_rules_hurts_itself_alone(self):
        good, hostile = self.guest("good"), self.guest("hostile", image="net-hostile")
        good.address()
        faults = self.client.call("domain.get", id=0)["faults"]
        hostile.wait("ready")
        # Two frames under another's address, and eleven that are none.
        self.assertEqual(hostile.device()["errors"], 13 + 2)
        self.client.call("domain.console", id=hostile.id, write="x")
        self.check_fetch(good)
        hostile.wait("done")
        report = hostile.text()
        self.assertNotIn("not ok", report)
        self.assertGreater(int(re.search(r"flooded: (\d+)", report)[1]), 10000)
        self.assertGreater(hostile.device()["errors"], 15)
        # What it says wrongly of its pages is counted as its own fault.
        self.assertGreater(self.client.call("domain.get", id=hostile.id)["faults"], 0)
        self.assertEqual(self.client.call("domain.get", id=0)["faults"], faults)
        self.check_fetch(good)
        self.assertEqual(good.device()["errors"], 0)

    def test_many_that_take_nothing_do_not_starve_one(self):
        greedy = [self.guest(f"greedy-{i}", image="net-hostile") for i in range(9)]
        good = self.guest("modest")
        for guest in greedy:
            guest.wait("ready")  # it has sent to everybody, and offers no buffers now
        for guest in greedy[:3]:
            self.client.call("domain.console", id=guest.id, write="x")
        good.address()
        self.check_fetch(good)

    def test_a_guest_without_interface(self):
        guest = self.guest("alone", [])
        guest.run("ping 10.0.2.2", "there is no address yet")
        self.assertNotIn("devices", self.client.call("domain.get", id=guest.id))


def two_networks():
    """The shipped policy, and domains of another label that the bridge connects with each other, and nobody else."""
    policy = test_policy.with_vault()
    policy["te"]["allow"] += [
        {"source": "control_t", "target": "vault_t", "class": "grant", "permissions": ["copy_from", "copy_to"]},
        {"source": "control_t", "target": "vault_t", "class": "console", "permissions": ["read", "write"]},
        {"source": "vault_t", "target": "vault_t", "class": "network", "permissions": ["connect"]}]
    for rule in policy["te"]["allow"]:
        if rule["class"] == "network" and rule["source"] == "any_domain":
            rule["source"] = rule["target"] = "guest_t"
            policy["te"]["allow"] += [{**rule, "source": "control_t"}, {**rule, "target": "control_t"}]
            break
    return policy


class Apart(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="domicile-network-")
        self.addCleanup(folder.cleanup)
        self.stage = harness.Stage()
        self.addCleanup(self.stage.close)
        flash1 = os.path.join(folder.name, "flash1.img")
        flash.set_policy(FLASH1, flash1, test_policy.compiled(two_networks()))
        self.stage.start(sys.executable, RUNNER, "--runtime-dir", self.stage.path, "--flash1", flash1, "--network", "user")
        self.stage.start_gateway()
        self.stage.wait_until_answering()
        self.client = self.stage.client()
        self.addCleanup(self.client.close)

    def vault(self, name, address):
        guest = Guest.create(self.client, name, [{"kind": "net"}], label={"type": "vault_t"})
        guest.wait("net: interface")
        guest.run(f"address {address} 255.255.255.0 10.0.2.2", f"net: address {address}")
        return guest

    def test_the_policy_keeps_labels_apart(self):
        guest = Guest.create(self.client, "guest", [{"kind": "net"}])
        address = guest.address()  # by DHCP, from outside
        guest.run("ping 10.0.2.2 1", "1 sent, 1 received")
        first, second = self.vault("first", "10.0.2.70"), self.vault("second", "10.0.2.71")
        first.run("ping 10.0.2.71 1", "1 sent, 1 received")
        for target in ("10.0.2.2", address):
            first.run(f"ping {target} 1", "1 sent, 0 received")
        guest.run("ping 10.0.2.70 1", "1 sent, 0 received")
        self.assertEqual(second.device()["errors"], 0)


if __name__ == "__main__":
    unittest.main(verbosity=2)
