#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What the protocol says of processors: several of a domain on one of the machine, and watchdogs."""
import os
import re
import subprocess
import unittest

import harness

FLASH1 = os.path.join(harness.BUILD, "tests/hypervisor/control/watchdog-flash1.img")
CTL = os.path.join(harness.BUILD, "app/cli/domicilectl")
RESTARTS = 3


class Processors(unittest.TestCase):
    cpus = "1"

    @classmethod
    def setUpClass(cls):
        cls.machine = harness.Machine(FLASH1, "--cpus", cls.cpus)
        cls.addClassCleanup(cls.machine.close)
        cls.machine.wait_until_answering()

    def setUp(self):
        self.client = self.machine.client()
        self.addCleanup(self.client.close)

    def create(self, name, image, **more):
        number = self.client.call("domain.create", name=name, image=image, memory_kib=4096, **more)["id"]
        self.addCleanup(self.destroy, number)
        return number

    def destroy(self, number):
        if any(d["id"] == number for d in self.client.call("domain.list")["domains"]):
            self.client.call("domain.destroy", id=number)

    def get(self, number):
        return self.client.call("domain.get", id=number)

    def wait_for(self, number, condition, what, seconds=harness.DEADLINE):
        return harness.wait_for(lambda: (domain := self.get(number)) and condition(domain) and domain, what, seconds)

    def sum_of(self, vcpus):
        number = self.create(f"primes-{vcpus}", "primes", vcpus=vcpus)
        self.client.call("domain.resume", id=number)
        domain = self.wait_for(number, lambda d: d["state"] == "shutdown", "end of the work")
        self.assertEqual([v["cpu_time_ns"] > 0 for v in domain["vcpus"]], [True] * vcpus)
        if self.cpus == "1":
            self.assertEqual({v["pcpu"] for v in domain["vcpus"]}, {0})
        return re.search(r"sum (\d+)", self.client.call("domain.console", id=number)["text"])[1]

    def test_four_virtual_processors_on_one(self):
        self.assertEqual(self.sum_of(4), self.sum_of(1))

    def job(self, method, **params):
        number = self.client.call(method, **params)["job"]
        job = harness.wait_for(lambda: (j := self.client.call("job.get", job=number))["state"] != "running" and j, method)
        self.assertEqual(job["state"], "done", job.get("error"))
        return job["result"]

    def work_saved_in_the_middle(self, vcpus):
        """-> how often it was saved while it had not ended."""
        number, path = self.create(f"moving-{vcpus}", "primes", vcpus=vcpus), os.path.join(self.machine.path, "moving.state")
        self.client.call("domain.resume", id=number)
        for turn in range(3):
            domain = self.wait_for(number, lambda d: d["state"] == "shutdown" or
                                   all(v["cpu_time_ns"] > 20_000_000 for v in d["vcpus"]), "all to be at work")
            if domain["state"] == "shutdown":
                break
            self.job("domain.save", id=number, path=path)
            number = self.job("domain.restore", path=path)["id"]
            self.addCleanup(self.destroy, number)
            os.unlink(path)
        domain = self.wait_for(number, lambda d: d["state"] == "shutdown", "end of the work")
        self.assertEqual(len(domain["vcpus"]), vcpus)
        self.assertRegex(self.client.call("domain.console", id=number)["text"], r"sum 1709600813\b")
        return turn

    def test_saved_in_the_middle(self):
        self.assertGreater(self.work_saved_in_the_middle(2), 0)
        self.assertGreater(self.work_saved_in_the_middle(4), 0)

    def refuse(self, **params):
        with self.assertRaises(harness.RpcError) as caught:
            self.client.call("domain.create", name="x", image="spin", memory_kib=4096, **params)
        self.assertEqual(caught.exception.code, -32602)

    def test_what_cannot_be(self):
        for watchdog in ({}, {"seconds": -1}, {"seconds": 86401}, {"seconds": "1"}, {"seconds": 1, "action": "bark"}, 5, []):
            self.refuse(watchdog=watchdog)

    def test_who_feeds_it_lives(self):
        number = self.create("fed", "demo", watchdog={"seconds": 1, "action": "restart"})
        self.client.call("domain.resume", id=number)
        self.wait_for(number, lambda d: d["cpu_time_ns"] > 2_500_000_000, "2.5 seconds of work")
        domain = self.get(number)
        self.assertIn(domain["state"], ("running", "blocked"))
        self.assertEqual(domain["watchdog"], {"seconds": 1, "action": "restart", "restarts": 0})
        self.client.call("domain.set", id=number, watchdog={"seconds": 0})
        self.assertNotIn("watchdog", self.get(number))

    def test_who_hangs_crashes(self):
        number = self.create("hung", "spin")
        self.client.call("domain.resume", id=number)
        self.assertEqual(self.client.call("domain.set", id=number, watchdog={"seconds": 1})["watchdog"]["action"], "crash")
        domain = self.wait_for(number, lambda d: d["state"] == "crashed", "bite of the watchdog")
        self.assertIn("watchdog", domain["crash_reason"])
        self.assertEqual(domain["watchdog"]["restarts"], 0)

    def test_who_hangs_is_started_anew_three_times(self):
        settings = {"sched": "realtime", "budget_us": 2000, "period_us": 20000}
        number = self.create("again", "spin", watchdog={"seconds": 1, "action": "restart"}, vcpu_affinity=[[0]],
                             devices=[{"kind": "net"}], **settings)
        first = self.get(number)
        self.client.call("events.subscribe", topics=["domain"])
        self.client.call("domain.resume", id=number)
        self.wait_for(number, lambda d: d["watchdog"]["restarts"] == RESTARTS, "third restart")
        last = self.wait_for(number, lambda d: d["state"] == "crashed", "last crash")
        for member in ("id", "name", "uuid", "label", "memory_kib", "weight", *settings):
            self.assertEqual(last[member], first[member], member)
        self.assertEqual([v["affinity"] for v in last["vcpus"]], [[0]])
        self.assertEqual([d["kind"] for d in last["devices"]], ["net"])
        self.assertEqual(last["watchdog"]["restarts"], RESTARTS)
        self.client.call("host.info")
        states = [e["data"]["domain"]["state"] for e in self.client.events
                  if e["topic"] == "domain" and e["data"]["id"] == number and "domain" in e["data"]]
        self.assertEqual(states.count("crashed"), RESTARTS + 1, states)
        again = self.client.call("domain.reboot", id=number)  # a person may, however often
        self.assertIn(again["state"], ("running", "blocked"))
        self.assertEqual({member: again[member] for member in settings}, settings)


class OnTwo(Processors):
    cpus = "2"
    test_what_cannot_be = test_who_feeds_it_lives = test_who_hangs_crashes = None
    test_who_hangs_is_started_anew_three_times = None

    def ctl(self, *words, status=0):
        """What domicilectl says, on whichever stream."""
        done = subprocess.run([CTL, "--control", self.machine.control, "domain", *words], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=harness.DEADLINE, check=False)
        self.assertEqual(done.returncode, status, done.stdout)
        return done.stdout

    def affinity(self, number):
        return [v["affinity"] for v in self.get(number)["vcpus"]]

    def test_pinned_by_command(self):
        text = self.ctl("create", "pinned", "--image", "spin", "--memory", "4M", "--vcpus", "3", "--pin", "1=1", "--pin", "2=0-1")
        number = next(d["id"] for d in self.client.call("domain.list")["domains"] if d["name"] == "pinned")
        self.addCleanup(self.destroy, number)
        self.assertEqual(self.affinity(number), [[0, 1], [1], [0, 1]])
        self.assertRegex(text, r"Virtual CPU +1 on processor \d, may use 1\n")
        self.ctl("set", "pinned", "--pin", "0=0", "--pin", "2=1,0", "--weight", "100")
        self.assertEqual(self.affinity(number), [[0], [1], [0, 1]], "what is not named stays")
        for wrong, why in (("0", "does not pin"), ("0=", "does not pin"), ("=1", "does not pin"), ("0=1,", "does not pin"),
                           ("0=1-0", "does not pin"), ("0=-1", "does not pin"), ("0=x", "does not pin"), ("3=0", "no virtual CPU 3"),
                           ("0=2", "no processor 2"), ("0=0-31", "no processor 31"), ("0=99999999999999999999", "does not pin")):
            with self.subTest(wrong):
                self.assertIn(why, self.ctl("set", "pinned", "--pin", "0=1", "--pin", wrong, status=2))
        self.assertEqual(self.affinity(number), [[0], [1], [0, 1]], "nothing of it was done")
        self.ctl("set", "pinned", "--pin", "all=1")
        self.client.call("domain.resume", id=number)
        self.wait_for(number, lambda d: d["cpu_time_ns"] > 0, "work")
        self.assertEqual(self.get(number)["vcpus"][0]["pcpu"], 1)
        self.ctl("set", "pinned", "--pin", "all=all")
        self.assertEqual(self.affinity(number), [[0, 1]] * 3)


if __name__ == "__main__":
    unittest.main()
