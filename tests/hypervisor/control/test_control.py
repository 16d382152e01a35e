# SPDX-License-Identifier: GPL-2.0-or-later
"""The life of domains through the gateway, on the real hypervisor in QEMU."""
import os
import re
import signal
import socket
import subprocess
import tempfile
import time
import unittest

import flash
import harness

# What the guest's shell writes when it waits for a line.
PROMPT = r"(?m)^> "

IMAGES = os.path.join(harness.BUILD, "hypervisor")
RUN_QEMU = os.path.join(os.path.dirname(os.path.realpath(__file__)), "../../../hypervisor/tools/run-qemu")


class Machine(harness.Stage):
    """A hypervisor in QEMU and its gateway."""
    def __init__(self):
        super().__init__()
        self.flash1 = os.path.join(self.path, "flash1.img")
        flash.add_bad_images(os.path.join(IMAGES, "flash1.img"), self.flash1)
        self.machine = self.start_machine()
        self.gateway = self.start_gateway()

    def start_machine(self):
        machine = self.start(RUN_QEMU, "--runtime-dir", self.path, "--flash0", os.path.join(IMAGES, "flash0.img"),
                             "--flash1", self.flash1, "--log", os.path.join(self.path, "uart.log"))
        harness.wait_for(lambda: os.path.exists(self.channel) or machine.poll() is not None, "channel")
        if machine.poll() is not None:
            raise AssertionError("QEMU ended: " + self.read_log(machine))
        return machine


class ControlTest(unittest.TestCase):
    """One machine for all tests of a class; each test destroys what it made."""
    @classmethod
    def setUpClass(cls):
        cls.machine = Machine()
        cls.addClassCleanup(cls.machine.close)
        cls.machine.wait_until_answering()

    def setUp(self):
        self.client = self.machine.client()
        self.addCleanup(self.client.close)
        self.guest = next(d for d in self.domains() if d["role"] == "guest")
        self.image = self.guest["kernel"]["image"]

    def domains(self):
        return self.client.call("domain.list")["domains"]

    def get(self, number):
        return self.client.call("domain.get", id=number)

    def free_kib(self):
        return self.client.call("host.info")["free_kib"]

    def create(self, name, **more):
        parameters = {"name": name, "image": self.image, "memory_kib": self.guest["memory_kib"], **more}
        number = self.client.call("domain.create", **parameters)["id"]
        self.addCleanup(self.destroy, number)
        return number

    def destroy(self, number):
        with self.machine.client() as client:
            try:
                client.call("domain.destroy", id=number)
            except harness.RpcError as error:
                self.assertEqual(error.kind, "not-found")

    def refused(self, code, kind, method, **params):
        before = [(d["id"], d["name"], d["weight"], d["memory_kib"]) for d in self.domains()], self.free_kib()
        with self.assertRaises(harness.RpcError) as caught:
            self.client.call(method, **params)
        self.assertEqual((caught.exception.code, caught.exception.kind), (code, kind), caught.exception)
        after = [(d["id"], d["name"], d["weight"], d["memory_kib"]) for d in self.domains()], self.free_kib()
        self.assertEqual(before, after, "a refused call changed something")
        return caught.exception

    def wait_for_time(self, number, least_ns, since=0):
        def ran():
            return self.get(number)["cpu_time_ns"] >= since + least_ns
        harness.wait_for(ran, "CPU time of the domain")

    def wait_for_text(self, number, pattern, since=0):
        def found():
            return re.search(pattern, self.client.call("domain.console", id=number, since=since)["text"])
        return harness.wait_for(found, f"{pattern!r} on the console")


class Life(ControlTest):
    def test_what_the_machine_says(self):
        info = self.client.call("server.info")
        self.assertEqual((info["protocol"], info["endpoint"], info["role"]), (1, "control", "admin"))
        host = self.client.call("host.info")
        self.assertEqual(host["machine"], "vexpress-a9")
        held = sum(d["memory_kib"] for d in self.domains())
        self.assertEqual(host["free_kib"] + held, host["memory_kib"])
        images = {image["name"] for image in self.client.call("image.list")["images"]}
        self.assertIn(self.image, images)

    def test_secure_boot(self):
        boot = self.client.call("host.info")["secure_boot"]
        self.assertEqual((boot["state"], boot["version"], boot["developer"], boot["maker"]), ("verified", 1, True, "test"))
        images = {image["name"]: image for image in boot["images"]}
        for name in ("hypervisor", "access-policy", "control"):
            self.assertTrue(images[name]["verified"], name)
        self.assertFalse(images["damaged"]["verified"])     # nobody could make a domain of it
        listed = {image["name"]: image for image in self.client.call("image.list")["images"]}
        self.assertNotIn("hypervisor", listed)
        self.assertEqual(listed[self.image]["signed_by"], "test")
        self.refused(1, "not-found", "domain.create", name="hv", image="hypervisor", memory_kib=8192)

    def test_attestation(self):
        """What the machine signs is the list that it was started from, and answers this question and no other."""
        nonces = os.urandom(32), os.urandom(16)
        quotes = [flash.Quote(self.client.call("host.attest", nonce=nonce.hex())) for nonce in nonces]
        maker = flash.sealing.maker(flash.MAKER).public
        for nonce, other, quote in zip(nonces, nonces[::-1], quotes):
            self.assertTrue(quote.is_signed_by(maker))
            self.assertTrue(quote.answers(nonce))
            self.assertFalse(quote.answers(other))
            self.assertEqual(quote.sha256, self.client.call("host.info")["secure_boot"]["manifest_sha256"])
        self.assertEqual(quotes[0].manifest, flash.load(self.machine.flash1).manifest)
        for nonce in ("", "ab", "zz" * 16, "a" * 33, "ab" * 65):
            self.refused(-32602, "params", "host.attest", nonce=nonce)
        ctl = os.path.join(harness.BUILD, "app/cli/domicilectl")
        for key, code, word in ((os.path.join(IMAGES, "developer-public.pem"), 0, "verified"), (self.stranger(), 1, "NOT VERIFIED")):
            done = subprocess.run([ctl, "--control", self.machine.control, "host", "attest", "--verify", key], text=True, check=False,
                                  capture_output=True)
            self.assertEqual(done.returncode, code, done.stderr)
            self.assertIn(word, done.stdout + done.stderr)

    def stranger(self):
        """The public key of another maker."""
        folder = tempfile.TemporaryDirectory(prefix="domicile-maker-")
        self.addCleanup(folder.cleanup)
        secret, public = (os.path.join(folder.name, name) for name in ("maker.pem", "maker.pub"))
        flash.sealing.write_private(secret, flash.sealing.new_maker())
        with open(public, "wb") as stream:
            stream.write(flash.sealing.pem(flash.sealing.maker(secret).public))
        return public

    def test_domains_are_told_apart(self):
        domains = self.domains()
        self.assertEqual(sum(d["role"] == "control" for d in domains), 1)
        for key in ("id", "uuid", "name"):
            self.assertEqual(len({d[key] for d in domains}), len(domains), key)
        again = self.domains()
        self.assertEqual([d["uuid"] for d in again], [d["uuid"] for d in domains])

    def test_create_run_pause_destroy(self):
        free = self.free_kib()
        number = self.create("life")
        self.assertEqual(self.free_kib(), free - self.guest["memory_kib"])
        domain = self.get(number)
        self.assertEqual((domain["state"], domain["cpu_time_ns"], domain["name"]), ("paused", 0, "life"))
        self.assertIn(self.client.call("domain.resume", id=number)["state"], ("running", "blocked"))
        self.wait_for_time(number, 1)
        self.assertEqual(self.client.call("domain.pause", id=number)["state"], "paused")
        stopped = self.get(number)["cpu_time_ns"]
        other = self.get(self.guest["id"])["cpu_time_ns"]
        self.wait_for_time(self.guest["id"], 10_000_000, other)  # others go on meanwhile
        self.assertEqual(self.get(number)["cpu_time_ns"], stopped)
        self.client.call("domain.resume", id=number)
        self.wait_for_time(number, 1, stopped)
        self.assertEqual(self.client.call("domain.destroy", id=number)["id"], number)
        self.refused(1, "not-found", "domain.get", id=number)
        self.assertEqual(self.free_kib(), free)

    def test_destroyed_domains_leave_nothing(self):
        free = self.free_kib()
        for i in range(40):
            number = self.create(f"brief-{i}")
            if i % 2:
                self.client.call("domain.resume", id=number)
            self.client.call("domain.destroy", id=number)
        self.assertEqual(self.free_kib(), free)

    def test_shutdown_is_asked_for(self):
        number = self.create("leaves")
        with self.machine.client() as listener:
            listener.call("events.subscribe", topics=["domain"])
            self.client.call("domain.resume", id=number)
            self.wait_for_text(number, PROMPT)  # its kernel listens by now
            self.client.call("domain.shutdown", id=number)
            listener.event(lambda e: e["data"].get("id") == number and e["data"]["change"] == "changed"
                           and e["data"]["domain"]["state"] == "shutdown")
        self.refused(3, "state", "domain.resume", id=number)

    def test_crash_is_told_and_contained(self):
        number = self.create("falls")
        self.client.call("domain.resume", id=number)
        self.wait_for_text(number, PROMPT)
        with self.machine.client() as listener:
            listener.call("events.subscribe", topics=["domain"])
            self.client.call("domain.console", id=number, write="crash\n")
            domain = listener.event(lambda e: e["data"].get("id") == number)["data"]["domain"]
        self.assertEqual(domain["state"], "crashed")
        self.assertRegex(domain["crash_reason"], r"pc 0x[0-9a-f]{8}")
        self.assertEqual(self.refused(3, "state", "domain.pause", id=number).data["state"], "crashed")
        self.wait_for_time(self.guest["id"], 1_000_000, self.get(self.guest["id"])["cpu_time_ns"])
        again = self.client.call("domain.reboot", id=number)
        self.assertEqual((again["id"], again["name"], again["uuid"]), (number, "falls", domain["uuid"]))
        self.wait_for_text(again["id"], PROMPT)

    def test_weight_changes_the_share(self):
        """Two domains that never rest get time of one processor by their weights."""
        numbers = [self.create("heavy"), self.create("light")]
        for number in numbers:
            self.client.call("domain.set", id=number, vcpu_affinity=[[0]])
            self.client.call("domain.resume", id=number)
            self.keep_busy(number)

        def ratio(heavy, light):
            self.client.call("domain.set", id=numbers[0], weight=heavy)
            self.client.call("domain.set", id=numbers[1], weight=light)
            start = [self.get(n)["cpu_time_ns"] for n in numbers]
            self.wait_for_time(numbers[1], 400_000_000, start[1])
            ran = [self.get(n)["cpu_time_ns"] - s for n, s in zip(numbers, start)]
            return ran[0] / ran[1]
        even = ratio(256, 256)
        self.assertTrue(0.7 < even < 1.4, even)
        threefold = ratio(768, 256)
        self.assertTrue(2.2 < threefold < 4.0, threefold)

    def keep_busy(self, number):
        """Has the talking guest compute without rest."""
        self.wait_for_text(number, PROMPT)
        self.client.call("domain.console", id=number, write="spin 1000\n")

    def test_cap_limits(self):
        number = self.create("capped", cap_percent=20)
        self.client.call("domain.resume", id=number)
        self.keep_busy(number)
        self.wait_for_time(number, 100_000_000, self.get(number)["cpu_time_ns"])
        start, uptime = self.get(number)["cpu_time_ns"], self.client.call("host.info")["uptime_us"]
        self.wait_for_time(number, 300_000_000, start)
        ran = self.get(number)["cpu_time_ns"] - start
        passed = (self.client.call("host.info")["uptime_us"] - uptime) * 1000
        self.assertLess(ran / passed, 0.30)

    def test_real_time(self):
        number = self.create("punctual", sched="realtime", budget_us=2000, period_us=10000, vcpu_affinity=[[0]])
        domain = self.get(number)
        self.assertEqual((domain["sched"], domain["budget_us"], domain["period_us"]), ("realtime", 2000, 10000))
        self.assertEqual(domain["vcpus"][0]["affinity"], [0])
        self.assertEqual(self.client.call("domain.set", id=number, sched="fair")["sched"], "fair")

    def test_set_is_all_or_nothing(self):
        number = self.create("set")
        self.assertEqual(self.client.call("domain.set", id=number, weight=77, cap_percent=33)["weight"], 77)
        self.refused(6, "resource", "domain.set", id=number, weight=500, sched="realtime", budget_us=9500, period_us=10000)
        self.refused(-32602, "params", "domain.set", id=number, weight=500, budget_us=500)
        self.refused(-32602, "params", "domain.set", id=number, weight=500, vcpu_affinity=[[31]])
        self.refused(-32602, "params", "domain.set", id=number, weight=500, memory_kib=99999)
        self.refused(-32602, "params", "domain.set", id=number, weight=500, cap_percent=101)
        self.assertEqual((self.get(number)["weight"], self.get(number)["cap_percent"]), (77, 33))


class Memory(ControlTest):
    def set_memory(self, number, kib):
        self.client.call("domain.set", id=number, memory_kib=kib)
        return harness.wait_for(lambda: self.get(number)["memory_kib"] == kib, f"{kib} KiB in the domain")

    def test_memory_moves_between_running_domains(self):
        """A guest shrinks and grows while it works; what it gives back is another's."""
        number = self.create("grower", memory_kib=6144, max_memory_kib=16384)
        domain = self.client.call("domain.resume", id=number)
        self.assertEqual((domain["memory_kib"], domain["target_memory_kib"], domain["max_memory_kib"]),
                         (6144, 6144, 16384))
        self.wait_for_text(number, PROMPT)
        self.set_memory(number, 16384)
        free = self.free_kib()
        self.create("filler", memory_kib=free - 1024)
        self.assertEqual(self.free_kib(), 1024)
        want = {"name": "tenant", "image": self.image, "memory_kib": 8192}
        self.refused(6, "resource", "domain.create", **want)
        self.set_memory(number, 4096)
        self.assertEqual(self.free_kib(), 1024 + 16384 - 4096)
        tenant = self.create("tenant", memory_kib=8192)
        self.client.call("domain.resume", id=tenant)
        self.wait_for_text(tenant, PROMPT)
        self.refused(6, "resource", "domain.set", id=number, memory_kib=16384)
        self.destroy(tenant)
        self.set_memory(number, 16384)
        self.assertEqual(self.free_kib(), 1024)
        before = self.get(number)["cpu_time_ns"]
        since = self.client.call("domain.console", id=number)["next"]
        self.client.call("domain.console", id=number, write="ps\n")
        self.wait_for_text(number, PROMPT, since)
        self.wait_for_time(number, 1, before)

    def test_bounds(self):
        number = self.create("bounded", max_memory_kib=9000)
        most = self.get(number)["max_memory_kib"]
        self.assertEqual(most, 9008)  # in steps of 16 KiB
        self.assertEqual(self.refused(-32602, "params", "domain.set", id=number, memory_kib=9009).data["limit"], most)
        least = self.refused(-32602, "params", "domain.set", id=number, memory_kib=1).data["limit"]
        self.client.call("domain.set", id=number, memory_kib=least)
        control = next(d["id"] for d in self.domains() if d["role"] == "control")
        self.refused(-32602, "params", "domain.set", id=control, memory_kib=1 << 20)
        self.refused(-32602, "params", "domain.create", name="more", image=self.image, memory_kib=4096,
                     max_memory_kib=2048)

    def test_reboot_that_fails_keeps_the_domain(self):
        number = self.create("phoenix", memory_kib=4096, max_memory_kib=65536, weight=99)
        uuid = self.get(number)["uuid"]
        self.client.call("domain.set", id=number, memory_kib=12288)  # paused: it does not take it yet
        filler = self.create("filler", memory_kib=self.free_kib())
        with self.assertRaises(harness.RpcError) as caught:
            self.client.call("domain.reboot", id=number)
        self.assertEqual((caught.exception.code, caught.exception.kind), (6, "resource"))
        left = self.get(number)
        self.assertEqual((left["state"], left["memory_kib"], left["weight"], left["uuid"]), ("shutdown", 0, 99, uuid))
        self.assertEqual(self.free_kib(), 4096)
        self.destroy(filler)
        self.assertEqual(self.client.call("domain.reboot", id=number)["id"], number)
        self.wait_for_text(number, PROMPT)
        again = self.get(number)
        self.assertEqual((again["memory_kib"], again["max_memory_kib"], again["weight"]), (12288, 65536, 99))


class Console(ControlTest):
    def test_talk(self):
        number = self.guest["id"]
        before = self.client.call("domain.console", id=number)["next"]
        with self.machine.client() as listener:
            listener.call("events.subscribe", topics=["console"])
            self.client.call("domain.console", id=number, write="echo moonlight-42\n")
            heard = ""
            while not re.search("moonlight-42\\s[^$]*moonlight-42", heard):
                event = listener.event(lambda e: e["topic"] == "console" and e["data"]["id"] == number)
                heard += event["data"]["text"]
        answer = self.client.call("domain.console", id=number, since=before)
        self.assertIn("moonlight-42", answer["text"])
        self.assertGreater(answer["next"], before)
        rest = self.client.call("domain.console", id=number, since=answer["next"])
        self.assertLessEqual(len(rest["text"].encode()), rest["next"] - answer["next"])

    def test_reading_on_from_next_loses_nothing(self):
        """Pieces read one after the other are the whole."""
        number = self.guest["id"]
        start = self.client.call("domain.console", id=number)["next"]
        pieces, position = "", start
        for i in range(5):
            self.client.call("domain.console", id=number, write=f"echo piece-{i}\n")

            def more(word=f"piece-{i}\r?\n"):
                nonlocal pieces, position
                answer = self.client.call("domain.console", id=number, since=position)
                pieces, position = pieces + answer["text"], answer["next"]
                return re.search(word, pieces)
            harness.wait_for(more, f"piece {i}")
        whole = self.client.call("domain.console", id=number, since=start)["text"]
        self.assertTrue(whole.startswith(pieces))

    def test_bytes_that_are_no_text(self):
        self.client.call("domain.console", id=self.guest["id"], write="echo \u0001\u001b[31m\ud55c\u007f\n")
        for domain in self.domains():
            self.assertIsInstance(self.client.call("domain.console", id=domain["id"])["text"], str)

    def test_input_has_a_bound(self):
        number = self.create("deaf")  # paused: reads nothing
        taken = 0
        with self.assertRaises(harness.RpcError) as caught:
            for _ in range(50):
                taken += self.client.call("domain.console", id=number, write="x" * 1000)["written"]
        self.assertEqual((caught.exception.kind, caught.exception.data["resource"]), ("resource", "console-input"))
        self.assertGreater(taken, 100)


class Refused(ControlTest):
    def test_too_much_memory(self):
        free = self.free_kib()
        for memory in (free + 4096, 1 << 31, 0xffffffff, 1 << 32, 1 << 62):
            error = self.refused(6, "resource", "domain.create", name="big", image=self.image, memory_kib=memory)
            self.assertEqual((error.data["resource"], error.data["limit"]), ("memory", free))

    def test_bad_images(self):
        for image in ("damaged", "prose"):
            error = self.refused(7, "integrity", "domain.create", name="bad", image=image, memory_kib=4096)
            self.assertIn(image, error.message)
        self.refused(1, "not-found", "domain.create", name="bad", image="none", memory_kib=4096)

    def test_name_taken(self):
        self.refused(2, "exists", "domain.create", name=self.guest["name"], image=self.image, memory_kib=4096)

    def test_little_memory_names_what_is_needed(self):
        least = next(i["min_memory_kib"] for i in self.client.call("image.list")["images"] if i["name"] == self.image)
        error = self.refused(-32602, "params", "domain.create", name="small", image=self.image, memory_kib=1)
        self.assertIn(str(least), error.message)

    def test_what_is_not_built(self):
        for more, needs in (({"label": {"type": "guest_t", "level": "secret"}}, "policy"),):
            error = self.refused(8, "unsupported", "domain.create", name="more", image=self.image,
                                 memory_kib=4096, **more)
            self.assertEqual(error.data["needs"], needs)

    def test_several_virtual_processors(self):
        number = self.create("wide", vcpus=4)
        self.assertEqual([vcpu["id"] for vcpu in self.get(number)["vcpus"]], [0, 1, 2, 3])
        self.client.call("domain.resume", id=number)
        self.wait_for_text(number, PROMPT)
        error = self.refused(-32602, "params", "domain.create", name="wider", image=self.image, memory_kib=4096, vcpus=5)
        self.assertIn("vcpus", error.message)

    def test_labels(self):
        self.assertEqual(self.client.call("host.info")["policy"], "enforcing")
        error = self.refused(1, "not-found", "domain.create", name="more", image=self.image, memory_kib=4096,
                             label={"type": "bank_t"})
        self.assertIn("bank_t", error.message)
        self.refused(4, "denied", "domain.create", name="more", image=self.image, memory_kib=4096,
                     label={"type": "control_t"})
        self.assertEqual(self.get(self.create("labelled", label={"type": "guest_t"}))["label"], {"type": "guest_t"})

    def test_control_domain_cannot_end_itself(self):
        control = next(d["id"] for d in self.domains() if d["role"] == "control")
        for method in ("pause", "resume", "shutdown", "destroy"):
            self.refused(4, "denied", "domain." + method, id=control)

    def test_state(self):
        error = self.refused(3, "state", "domain.resume", id=self.guest["id"])
        self.assertIn(error.data["state"], ("running", "blocked"))
        number = self.create("still")
        self.assertEqual(self.refused(3, "state", "domain.pause", id=number).data["state"], "paused")
        self.assertEqual(self.refused(3, "state", "domain.shutdown", id=number).data["state"], "paused")


class Events(ControlTest):
    def test_stats_are_what_the_hypervisor_counted(self):
        self.client.call("events.subscribe", topics=["stats"], interval_ms=100)
        first, last = self.client.event()["data"], None
        for _ in range(5):
            last = self.client.event()["data"]
        self.assertGreater(last["uptime_us"], first["uptime_us"])
        self.assertEqual(last["free_kib"] + sum(d["memory_kib"] for d in last["domains"]), last["memory_kib"])
        ran = sum(d["cpu_time_ns"] for d in last["domains"]) - sum(d["cpu_time_ns"] for d in first["domains"])
        self.assertGreater(ran, 0)
        self.assertLessEqual(ran, (last["uptime_us"] - first["uptime_us"]) * 1000 * 1.05)

    def test_domain(self):
        self.client.call("events.subscribe", topics=["domain"])
        with self.machine.client() as actor:
            number = actor.call("domain.create", name="watched", image=self.image,
                                memory_kib=self.guest["memory_kib"])["id"]
            for change, method, params in (("created", "domain.set", {"weight": 9}), ("changed", "domain.destroy", {}),
                                           ("gone", None, None)):
                event = self.client.event(lambda e: e["data"].get("id") == number)
                self.assertEqual(event["data"]["change"], change)
                if method:
                    actor.call(method, id=number, **params)


class Trouble(unittest.TestCase):
    """Each test has a machine of its own to break."""
    def setUp(self):
        self.machine = Machine()
        self.addCleanup(self.machine.close)
        self.machine.wait_until_answering()

    def test_gateway_killed_under_calls(self):
        """A new gateway finds the start of a line, whatever the old one left in the channel."""
        for _ in range(5):
            client = self.machine.client()
            for _ in range(300):
                client.send("domain.list")
            client.read()
            self.machine.end(self.machine.gateway, signal.SIGKILL)
            client.close()
            self.machine.gateway = self.machine.start_gateway()
            self.machine.wait_until_answering()
            with self.machine.client() as fresh:
                self.assertTrue(fresh.call("domain.list")["domains"])

    def test_garbage_on_the_channel(self):
        """The control domain itself survives what no gateway would send."""
        self.machine.end(self.machine.gateway)
        channel = harness.Client(self.machine.channel)
        self.addCleanup(channel.close)
        channel.socket.sendall(b"\x00\xff" * 5000 + b"\n" + b"[" * 60000 + b"\n" + b"y" * 200000 + b"\n"
                               + b'{"jsonrpc":"2.0","id":7,"method":"domain.li')
        time_limit = time.monotonic() + harness.DEADLINE
        channel.socket.sendall(b'\n{"jsonrpc":"2.0","id":"here","method":"channel.hello"}\n')
        codes = []
        while True:
            self.assertLess(time.monotonic(), time_limit)
            message = channel.read()
            if message.get("id") == "here":
                break
            codes.append(message["error"]["code"])
        self.assertEqual(message["result"], {"channel": 1})
        self.assertTrue(codes and all(code == -32700 for code in codes), codes)
        channel.close()
        self.machine.gateway = self.machine.start_gateway()
        self.machine.wait_until_answering()

    def test_subscriptions_end_with_the_gateway(self):
        """Events that an earlier gateway asked for do not reach the next one."""
        with self.machine.client() as client:
            client.call("events.subscribe", topics=["stats"], interval_ms=100)
            client.event()
            self.machine.end(self.machine.gateway, signal.SIGKILL)
        channel = harness.Client(self.machine.channel, 2)
        self.addCleanup(channel.close)
        channel.socket.sendall(b'\n{"jsonrpc":"2.0","id":"here","method":"channel.hello"}\n')
        while channel.read().get("id") != "here":
            pass
        with self.assertRaises(socket.timeout):
            channel.read()

    def test_machine_killed_and_started_again(self):
        client = self.machine.client()
        self.addCleanup(client.close)
        client.call("events.subscribe", topics=["domain"])
        self.machine.end(self.machine.machine, signal.SIGKILL)

        def failing():
            try:
                client.call("domain.list")
                return None
            except harness.RpcError as error:
                return error
        error = harness.wait_for(failing, "error")
        self.assertEqual((error.code, error.kind), (9, "io"))
        self.assertTrue(error.data["hint"])
        client.event(lambda e: e["data"]["change"] == "reset")
        for name in ("channel.sock", "qmp.sock"):
            os.unlink(os.path.join(self.machine.path, name))
        self.machine.start_machine()
        client.event(lambda e: e["data"]["change"] == "reset")
        self.assertTrue(client.call("domain.list")["domains"])

    def test_frozen_machine(self):
        """9 after the deadline, not a wait without end; and it goes on when the machine does."""
        os.killpg(self.machine.machine.pid, signal.SIGSTOP)
        with self.machine.client() as client:
            with self.assertRaises(harness.RpcError) as caught:
                client.call("domain.list")
            self.assertEqual(caught.exception.code, 9)
        os.killpg(self.machine.machine.pid, signal.SIGCONT)
        self.machine.wait_until_answering()


if __name__ == "__main__":
    unittest.main(verbosity=2)
