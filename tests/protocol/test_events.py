#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Subscriptions: numbering, intervals, ends, and that nobody gets another's events."""

import support
from support import PARAMS, ProtocolTest, on_both

setUpModule = support.set_up_module
tearDownModule = support.tear_down_module


class Subscriptions:
    """What holds for any topic of either endpoint."""

    def test_unknown_topic(self):
        client = self.connect()
        self.assert_error(client.request("events.subscribe", topics=["no-such"]), PARAMS)
        self.assert_error(client.request("events.subscribe", topics=["job", "no-such"]), PARAMS)

    def test_unsubscribe(self):
        client = self.connect()
        subscription = client.call("events.subscribe", topics=["job"])["subscription"]
        self.assertEqual(client.call("events.unsubscribe", subscription=subscription), {})
        self.assertIn("error", client.request("events.unsubscribe", subscription=subscription))

    def test_unsubscribe_of_anothers(self):
        first, second = self.connect(), self.connect()
        subscription = first.call("events.subscribe", topics=["job"])["subscription"]
        self.assertIn("error", second.request("events.unsubscribe", subscription=subscription))
        self.assertEqual(first.call("events.unsubscribe", subscription=subscription), {})

    def test_many_subscriptions_on_one_connection(self):
        client = self.connect()
        names = [client.call("events.subscribe", topics=["job"])["subscription"] for _ in range(20)]
        self.assertEqual(len(set(names)), 20)

    def test_too_many_subscriptions(self):
        client = self.connect()
        for number in range(1000):
            answer = client.request("events.subscribe", topics=["job"])
            if "error" in answer:
                break
        error = self.assert_error(answer, 6)
        self.assertEqual(error["data"]["resource"], "subscriptions")
        self.assertEqual(error["data"]["limit"], number)


class Stats(ProtocolTest):
    """A sampled topic: the running hypervisor's counters."""
    endpoint = "control"

    def subscribe(self, client, interval_ms, topics=("stats",)):
        return client.call("events.subscribe", topics=list(topics), interval_ms=interval_ms)["subscription"]

    def test_shape_and_sequence(self):
        client = self.connect()
        subscription = self.subscribe(client, 100)
        events = [client.event() for _ in range(10)]
        for number, event in enumerate(events, 1):
            self.assertEqual(set(event), {"subscription", "seq", "time_us", "topic", "data"})
            self.assertEqual(event["subscription"], subscription)
            self.assertEqual(event["topic"], "stats")
            self.assertEqual(event["seq"], number)
            self.assertGreaterEqual(len(event["data"]["domains"]), 3)
        times = [event["time_us"] for event in events]
        self.assertEqual(times, sorted(times))

    def test_time_goes_on(self):
        """The figures are counted, not made up: CPU time only grows, and some of it does."""
        client = self.connect()
        self.subscribe(client, 100)
        seen = []
        for _ in range(15):
            seen.append({d["id"]: d["cpu_time_ns"] for d in client.event()["data"]["domains"]})
        for before, after in zip(seen, seen[1:]):
            for number, spent in before.items():
                self.assertGreaterEqual(after.get(number, spent), spent)
        self.assertGreater(sum(seen[-1].values()), sum(seen[0].values()))

    def test_interval(self):
        """Samples may come later than they are asked for, where the computer is busy, and never sooner."""
        client = self.connect()
        fast, slow = self.subscribe(client, 100), self.subscribe(client, 1000)
        times = {fast: [], slow: []}
        while len(times[slow]) < 4:
            event = client.event()
            times[event["subscription"]].append(event["time_us"])
        self.assertGreater(times[slow][-1] - times[slow][0], 1.8e6, "1000 ms were asked for")
        self.assertGreater(len(times[fast]), 1.5 * len(times[slow]), "100 ms were asked for")

    def test_two_subscriptions_count_apart(self):
        client = self.connect()
        first = self.subscribe(client, 100)
        client.event()
        client.event()
        second = self.subscribe(client, 100)
        numbers = {first: [], second: []}
        for _ in range(12):
            event = client.event()
            numbers[event["subscription"]].append(event["seq"])
        for name, start in ((first, None), (second, 1)):
            seen = numbers[name]
            self.assertTrue(seen)
            self.assertEqual(seen, list(range(seen[0], seen[0] + len(seen))))
            if start:
                self.assertEqual(seen[0], start)

    def test_silence_after_unsubscribe(self):
        client = self.connect()
        subscription = self.subscribe(client, 100)
        client.event()
        client.call("events.unsubscribe", subscription=subscription)
        client.events.clear()
        self.assertTrue(client.stays_silent(0.5))

    def test_others_get_nothing(self):
        listener, other = self.connect(), self.connect()
        self.subscribe(listener, 100)
        listener.event()
        self.assertTrue(other.stays_silent(0.5))

    def test_listener_that_leaves(self):
        for _ in range(20):
            client = self.connect()
            self.subscribe(client, 100)
            client.close()
        self.assert_works(self.connect())


class DomainEvents(ProtocolTest):
    """An exact topic: every change of a domain arrives."""
    endpoint = "control"

    def wait_for(self, client, change, number):
        while True:
            event = client.event()
            if event["topic"] == "domain" and event["data"]["change"] == change and event["data"].get("id") == number:
                return event

    def test_life_of_a_domain(self):
        listener, actor = self.connect(), self.connect()
        listener.call("events.subscribe", topics=["domain"])
        guest = next(d for d in actor.call("domain.list")["domains"] if d["role"] == "guest")
        number = actor.call("domain.create", name="listened-to", image=guest["kernel"]["image"],
                            memory_kib=guest["memory_kib"])["id"]
        self.wait_for(listener, "created", number)
        actor.call("domain.resume", id=number)
        event = self.wait_for(listener, "changed", number)
        self.assertEqual(event["data"]["domain"]["name"], "listened-to")
        actor.call("domain.destroy", id=number)
        self.wait_for(listener, "gone", number)


class JobEvents(ProtocolTest):
    """Topic job while the agent works."""
    endpoint = "agent"

    def test_job_tells_its_end(self):
        listener, actor = self.connect(), self.connect()
        listener.call("events.subscribe", topics=["job", "workspace"])
        path = support.current_stack().directory + "/heard.domicile"
        job = actor.call("workspace.create", path=path, name="Heard", user="u", passphrase="p", size_bytes=1 << 26,
                         mode="shared", vault="none")["job"]
        seen = []
        while not seen or seen[-1]["data"].get("state") == "running":
            event = listener.event()
            if event["topic"] == "job" and event["data"]["job"] == job:
                seen.append(event)
        last = seen[-1]["data"]
        self.assertEqual(last["state"], "done", last)
        self.assertEqual(last["fraction"], 1)
        fractions = [event["data"]["fraction"] for event in seen]
        self.assertEqual(fractions, sorted(fractions))
        self.assertEqual(actor.call("job.get", job=job), last)
        self.assertIn(job, [j["job"] for j in actor.call("job.list")["jobs"]])


on_both(globals(), Subscriptions)

if __name__ == "__main__":
    support.main()
