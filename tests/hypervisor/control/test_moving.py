#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Domains in the middle of work on their disks and networks are saved, restored and moved between two machines that
have the same disk: nothing is lost, and nothing happens twice."""
import functools
import hashlib
import http.server
import os
import re
import struct
import subprocess
import tempfile
import threading
import unittest

import harness
from test_network import Guest, Handler, served_bytes
from test_state import StateTest

FLASH1 = os.path.join(harness.BUILD, "tests/hypervisor/control/moving-flash1.img")
MAKE_DISK = os.path.join(os.path.dirname(os.path.realpath(__file__)), "../../../hypervisor/tools/make-disk")
MIB = 1 << 20
PIECE_WORDS = 2048  # of guests/disk-log.c


def word_of(in_round, number, index):
    """What guests/disk-log.c writes there."""
    return 0 if in_round == 0 else (in_round * 0x9e3779b1 & 0xffffffff) ^ (number * PIECE_WORDS + index)


class Moving(StateTest):
    OPTIONS = ()

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="domicile-moving-")
        cls.addClassCleanup(folder.cleanup)
        cls.folder = folder.name
        cls.image = os.path.join(cls.folder, "disk.img")
        subprocess.run([MAKE_DISK, cls.image, "work=1"], check=True)
        cls.machines = []
        for _ in range(2):
            machine = harness.Machine(FLASH1, "--disk", cls.image, "--disk-shared", "--network", "user", *cls.OPTIONS)
            cls.addClassCleanup(machine.close)
            cls.machines.append(machine)
        for machine in cls.machines:
            machine.wait_until_answering()

    def setUp(self):
        self.clients = [self.client(machine) for machine in self.machines]
        self.addCleanup(self.destroy_all)

    def destroy_all(self):
        for client in self.clients:
            for domain in client.call("domain.list")["domains"]:
                if domain["role"] != "control":
                    client.call("domain.destroy", id=domain["id"])

    def create(self, client, image, memory, devices, name=None):
        number = client.call("domain.create", name=name or image, image=image, memory_kib=memory, devices=devices)["id"]
        client.call("domain.resume", id=number)
        return number

    def migrate(self, here, there, number):
        """-> the id there, and what the job told of the way."""
        before = {domain["id"] for domain in self.clients[there].call("domain.list")["domains"]}
        result = self.done(self.clients[here], "domain.migrate", id=number, to=self.machines[there].control)
        after = {domain["id"] for domain in self.clients[there].call("domain.list")["domains"]}
        self.assertNotIn(number, [domain["id"] for domain in self.clients[here].call("domain.list")["domains"]])
        return (after - before).pop(), result


class Disk(Moving):
    def setUp(self):
        super().setUp()
        with open(self.image, "r+b") as disk:
            disk.seek(MIB)
            disk.write(bytes(MIB))

    def rounds(self, client, number):
        text = self.text(client, number)
        self.assertNotIn("panic", text)
        return [int(n) for n in re.findall(r"^round (\d+)\r?$", text, re.M)]

    def wait_for_round(self, client, number, least):
        """Waits for a round; those before it came in their order, and each once."""
        harness.wait_for(lambda: (seen := self.rounds(client, number)) and seen[-1] >= least, f"round {least}", 60)
        seen = self.rounds(client, number)
        self.assertEqual(seen, list(range(seen[0], seen[-1] + 1)))
        return seen[-1]

    def check_disk(self, least):
        """Every piece is of one round or of the one before, and the rounds meet once."""
        with open(self.image, "rb") as disk:
            disk.seek(MIB)
            data = disk.read(MIB)
        words = struct.unpack(f"<{len(data) // 4}I", data)
        rounds = []
        for number in range(len(words) // PIECE_WORDS):
            piece = words[number * PIECE_WORDS:(number + 1) * PIECE_WORDS]
            found = [r for r in range(least, least + 200) if piece[0] == word_of(r, number, 0)]
            self.assertEqual(len(found), 1, f"piece {number} is of no round: {piece[0]:08x}")
            self.assertEqual(list(piece), [word_of(found[0], number, i) for i in range(PIECE_WORDS)])
            rounds.append(found[0])
        self.assertLessEqual(max(rounds) - min(rounds), 1)

    def start_work(self):
        number = self.create(self.clients[0], "disk-log", 2048, [{"kind": "disk", "name": "work"}])
        return number, self.wait_for_round(self.clients[0], number, 2)

    def finish(self, client, number, last):
        disk = client.call("domain.get", id=number)["devices"][0]
        self.assertEqual((disk["state"], disk["errors"]), ("connected", 0))
        client.call("domain.destroy", id=number)
        self.check_disk(last)

    def test_saved_here_and_restored_there(self):
        number, last = self.start_work()
        for turn in range(4):
            here, there = self.clients[turn // 2 % 2], self.clients[(turn + 1) // 2 % 2]
            path = os.path.join(self.folder, f"work-{turn}.state")
            self.done(here, "domain.save", id=number, path=path)
            self.assertEqual(here.call("disk.list")["disks"][0]["writers"], 0)
            number = self.done(there, "domain.restore", path=path)["id"]
            last = self.wait_for_round(there, number, last + 2)
        self.finish(self.clients[0], number, last)

    def test_moved_while_it_works(self):
        number, last = self.start_work()
        for turn in range(4):
            number, result = self.migrate(turn % 2, 1 - turn % 2, number)
            self.assertGreater(result["downtime_us"], 0)
            last = self.wait_for_round(self.clients[1 - turn % 2], number, last + 2)
        self.finish(self.clients[0], number, last)

    def test_a_save_that_is_given_up(self):
        """It goes on with its disk as if nothing had been."""
        number, last = self.start_work()
        for turn in range(3):
            path = os.path.join(self.folder, f"kept-{turn}.state")
            self.done(self.clients[0], "domain.save", id=number, path=path, keep_running=True)
            last = self.wait_for_round(self.clients[0], number, last + 1)
        self.finish(self.clients[0], number, last)


class Network(Moving):
    BODY = os.urandom(MIB)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        with cls.machines[0].client() as client:
            images = [image["name"] for image in client.call("image.list")["images"]]
        if "net" not in images:
            raise unittest.SkipTest("the network guest was not built: lwIP is not there")
        with open(os.path.join(cls.folder, "file"), "wb") as stream:
            stream.write(cls.BODY)
        handler = functools.partial(Handler, directory=cls.folder)
        cls.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        cls.addClassCleanup(cls.server.server_close)
        cls.addClassCleanup(cls.server.shutdown)
        threading.Thread(target=cls.server.serve_forever, daemon=True).start()
        cls.url = f"http://10.0.2.2:{cls.server.server_address[1]}"

    def setUp(self):
        super().setUp()
        Handler.in_the_middle.clear()
        Handler.go_on.clear()
        self.addCleanup(Handler.go_on.set)

    def guest(self, name):
        guest = Guest.create(self.clients[0], name, [{"kind": "net"}])
        guest.address()
        return guest

    def fetch(self, guest):
        self.assertEqual(guest.get(self.url + "/file"), (MIB, hashlib.sha256(self.BODY).hexdigest()))

    def test_moved_in_a_download(self):
        """The other machine's network does not know the connection: it ends with an error, and the next one works."""
        guest = self.guest("mover")
        mac = guest.device()["mac"]
        self.clients[0].call("domain.console", id=guest.id, write=f"get {self.url}/slow/file\n")
        self.assertTrue(Handler.in_the_middle.wait(60))
        number, _ = self.migrate(0, 1, guest.id)
        moved = Guest(self.clients[1], number)
        moved.wait(r"get: the server [a-z ]+ after \d+ bytes")
        self.assertEqual(moved.device()["mac"], mac)
        self.fetch(moved)

    def test_connections_between_guests_survive(self):
        """One of two is saved in the middle of a transfer between them, and restored."""
        count = 8_000_000
        expected = count, hashlib.sha256(served_bytes(count)).hexdigest()
        for name in ("client", "server"):
            with self.subTest(name + " is saved"):
                client, server = self.guest("client"), self.guest("server")
                address = server.address()
                self.clients[0].call("domain.console", id=client.id, write=f"get http://{address}/bytes/{count}\n")
                harness.wait_for(lambda: client.device()["bytes"] > count // 8, "part of the transfer")
                guest = client if name == "client" else server
                path = os.path.join(self.folder, name + ".state")
                self.done(self.clients[0], "domain.save", id=guest.id, path=path)
                if guest is server:
                    self.assertNotIn("status", client.text())
                guest.id = self.done(self.clients[0], "domain.restore", path=path)["id"]
                match = client.wait(r"get: status 200, (\d+) bytes in \d+ ms\nsha256 ([0-9a-f]{64})")
                self.assertEqual((int(match[1]), match[2]), expected)
                self.destroy_all()


if __name__ == "__main__":
    unittest.main(verbosity=2)
