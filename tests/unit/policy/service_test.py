#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The policy methods over a real socket; POLICY_ENDPOINT names the endpoint's program."""

import copy
import hashlib
import json
import os
import pathlib
import socket
import subprocess
import sys
import tempfile
import unittest

ENDPOINT = os.environ["POLICY_ENDPOINT"]
TEXTBOOK = json.loads((pathlib.Path(__file__).parent / "textbook.json").read_text(encoding="utf-8"))

READ = {"subject": "teller", "object": "same", "class": "file", "permission": "read"}


def policy(*models, **members):
    document = copy.deepcopy(TEXTBOOK)
    document.update(models=list(models), **members)
    return document


def sha256(document):
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def put(*where):
    """A change of a document: the last of @where at the place that the others name."""
    *path, last, value = where

    def change(document):
        for step in path:
            document = document[step]
        if isinstance(document, list):
            document.insert(last, value)
        else:
            document[last] = value
    return change


RULE = {"source": "bank_t", "target": "vault_t", "class": "file", "permissions": ["read"]}
# What is wrong, where it is said to be, and some of the words for it.
BAD = (
    (put("models", 0, "mls"), "models[0]", "no model “mls”"),
    (put("labels", "subjects", "teller", "type", "moon_t"), "labels.subjects.teller.type", "“moon_t”"),
    (put("labels", "objects", "toy", "level", "cosmic"), "labels.objects.toy.level", "“cosmic”"),
    (put("labels", "objects", "toy", "categories", ["sonar"]), "labels.objects.toy.categories[0]", "“sonar”"),
    (put("labels", "objects", "toy", "integrity", "divine"), "labels.objects.toy.integrity", "“divine”"),
    (put("labels", "objects", "toy", "dataset", "bank-z"), "labels.objects.toy.dataset", "“bank-z”"),
    (put("te", "allow", 0, {**RULE, "class": "soul"}), "te.allow[0].class", "“soul”"),
    (put("te", "allow", 0, {**RULE, "permissions": ["sell"]}), "te.allow[0].permissions[0]", "“sell”"),
    (put("te", "attributes", {"a": ["b"], "b": ["c"], "c": ["a"], "app": []}), "te.attributes.c[0]", "contains itself"),
    (put("te", "neverallow", [RULE]), "te.allow[0]", "te.neverallow[0] forbids"),
    (put("labels", "subjects", "trusted", "level_range", ["secret", "public"]),
     "labels.subjects.trusted.level_range", "upside down"),
    (put("labels", "subjects", "trusted", "level_range", ["secret", "secret", "secret"]),
     "labels.subjects.trusted.level_range", "two levels"),
    (put("labels", "subjects", "teller", "level_range", ["secret", "secret"]),
     "labels.subjects.teller.level_range", "outside the range"),
    (put("blp", "levels", 3, "public"), "blp.levels[3]", "declared twice"),
    (put("biba", "levels", 0, "system"), "biba.levels[3]", "declared twice"),
    (put("chinese_wall", "classes", 0, "datasets", 1, "bank-a"), "chinese_wall.classes[0].datasets[1]", "twice"),
    (put("guard", "subjects", "ghost", {}), "guard.subjects.ghost", "no subject “ghost”"),
)


class Failure(Exception):
    def __init__(self, error):
        super().__init__(error["message"])
        self.code = error["code"]
        self.data = error["data"]


class Endpoint:
    """A running endpoint and one connection to it."""

    def __init__(self, folder):
        self.path = os.path.join(folder, "agent.sock")
        self.file = os.path.join(folder, "policy.json")
        self.process = subprocess.Popen([ENDPOINT, self.path, self.file], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if self.process.stdout.readline() != "ready\n":
            self.refusal = self.process.stderr.read()
            self.process.communicate(timeout=120)
            return
        self.refusal = None
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(30)
        self.socket.connect(self.path)
        self.lines = self.socket.makefile("r", encoding="utf-8")
        self.events = []

    def close(self):
        if self.refusal is None:
            self.lines.close()
            self.socket.close()
        _, errors = self.process.communicate(timeout=120)
        return self.process.returncode, errors

    def message(self):
        return json.loads(self.lines.readline())

    def call(self, method, **params):
        request = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        self.socket.sendall(json.dumps(request).encode() + b"\n")
        while (answer := self.message()).get("id") != 1:
            self.events.append(answer["params"])
        if "error" in answer:
            raise Failure(answer["error"])
        return answer["result"]

    def event(self):
        return self.events.pop(0) if self.events else self.message()["params"]


class ServiceTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="domicile-policy-")
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.start()
        self.addCleanup(lambda: self.endpoint.close() if self.endpoint else None)

    def start(self):
        self.endpoint = Endpoint(self.folder)
        self.call = self.endpoint.call

    def stop(self):
        code, errors = self.endpoint.close()
        self.endpoint = None
        self.assertEqual((code, errors), (0, ""))

    def assertFails(self, code, method, **params):
        with self.assertRaises(Failure) as caught:
            self.call(method, **params)
        self.assertEqual(caught.exception.code, code, caught.exception)
        return caught.exception

    def load(self, *models, **members):
        return self.call("policy.load", policy=policy(*models, **members))

    def access(self, subject, obj, cls="file", permission="read", **more):
        return self.call("test.access", subject=subject, object=obj, **{"class": cls, "permission": permission}, **more)

    def test_default_policy(self):
        got = self.call("policy.get")
        self.assertEqual(got["sha256"], sha256(got["policy"]))
        self.assertTrue(got["enforcing"])
        self.assertGreater(got["loaded_us"], 10**15)
        self.assertEqual(self.call("policy.validate", policy=got["policy"]), {"valid": True, "problems": []})
        # What the agent asks at every start of an app.
        label = self.call("test.app_label")["label"]
        self.assertEqual(self.call("test.app_label", app="gedit.desktop")["label"], label)
        self.assertEqual(self.access("workspace-user", label, "app", "launch"), {"went_on": True})
        # An app that is labelled as blocked cannot be started, and the reason is there.
        document = got["policy"]
        document["labels"]["objects"]["app:game.desktop"] = {"type": "blocked_program_t", "integrity": "untrusted"}
        self.call("policy.load", policy=document, expect_sha256=got["sha256"])
        self.assertEqual(self.call("test.app_label", app="game.desktop")["label"], "app:game.desktop")
        with self.assertRaises(Failure) as caught:
            self.access("workspace-user", "app:game.desktop", "app", "launch")
        self.assertEqual(caught.exception.code, 4)
        self.assertEqual([m["model"] for m in caught.exception.data["models"] if not m["allowed"]], ["te"])

    def test_discover_describes_every_method(self):
        described = {m["name"] for m in self.call("rpc.discover")["methods"]}
        self.assertLessEqual({"policy.get", "policy.validate", "policy.load", "policy.check", "policy.simulate",
                              "audit.list"}, described)

    def test_load_and_restart(self):
        loaded = self.load("te", "blp")
        self.assertEqual(loaded, {"sha256": sha256(policy("te", "blp")), "revoked": 3})
        self.assertEqual(self.call("policy.get")["policy"], policy("te", "blp"))
        self.assertEqual(os.stat(self.endpoint.file).st_mode & 0o777, 0o600)
        self.stop()
        self.start()
        self.assertEqual(self.call("policy.get")["sha256"], loaded["sha256"])

    def test_load_refuses_what_is_invalid(self):
        before = self.call("policy.get")
        failure = self.assertFails(7, "policy.load", policy=policy("te", "nonsense"))
        self.assertIn("models[1]", str(failure))
        self.assertEqual(failure.data["problems"][0]["path"], "models[1]")
        self.assertFails(-32602, "policy.load", policy=7)
        self.assertFails(-32602, "policy.load")
        self.assertEqual(self.call("policy.get"), before)
        self.assertFalse(os.path.exists(self.endpoint.file))

    def test_load_guards_against_lost_updates(self):
        first = self.call("policy.get")["sha256"]
        second = self.call("policy.load", policy=policy("te"), expect_sha256=first)["sha256"]
        failure = self.assertFails(3, "policy.load", policy=policy("blp"), expect_sha256=first)
        self.assertEqual(failure.data["state"], "changed")
        self.assertEqual(self.call("policy.get")["sha256"], second)

    def test_load_that_cannot_be_saved_changes_nothing(self):
        before = self.call("policy.get")
        os.mkdir(self.endpoint.file)  # a folder is in the way
        self.assertFails(9, "policy.load", policy=policy("te"))
        self.assertEqual(self.call("policy.get"), before)

    def test_damaged_file_is_refused_at_start(self):
        self.load("te")
        self.stop()
        for text in ("{", "[]", '{"format":1}', "\xff"):
            pathlib.Path(self.folder, "policy.json").write_text(text, encoding="latin-1")
            broken = Endpoint(self.folder)
            self.assertIn("does not hold a valid policy", broken.refusal or "")

    def test_validate_names_the_place(self):
        document = policy("te")
        document["te"]["allow"][1]["target"] = "moon_t"
        answer = self.call("policy.validate", policy=document)
        self.assertFalse(answer["valid"])
        self.assertEqual([p["path"] for p in answer["problems"] if p["severity"] == "error"], ["te.allow[1].target"])
        self.assertIn("labels.objects.bare", [p["path"] for p in answer["problems"] if p["severity"] == "warning"])
        self.assertFalse(self.call("policy.validate", policy={})["valid"])

    def test_nothing_wrong_gets_loaded(self):
        self.load("chinese-wall")
        self.access("teller", "bank-a")  # something to forget
        before, file = self.call("policy.get"), pathlib.Path(self.endpoint.file)
        saved = file.read_bytes()
        for change, path, words in BAD:
            document = policy("te", "blp", "biba", "chinese-wall", "guard")
            change(document)
            answer = self.call("policy.validate", policy=document)
            errors = [p for p in answer["problems"] if p["severity"] == "error"]
            self.assertFalse(answer["valid"])
            self.assertEqual(errors[0]["path"], path)
            self.assertIn(words, errors[0]["message"])
            failure = self.assertFails(7, "policy.load", policy=document)
            self.assertIn(path, str(failure))
            self.assertEqual(self.call("policy.get"), before)
            self.assertEqual(file.read_bytes(), saved)
        # What was remembered is remembered still.
        self.assertFalse(self.call("policy.check", subject="teller", object="bank-b", permission="read",
                                   **{"class": "file"})["allowed"])

    def test_check(self):
        self.load("te", "blp", "biba", "chinese-wall", "guard")
        answer = self.call("policy.check", **READ)
        self.assertTrue(answer["allowed"])
        self.assertFalse(answer["cached"])
        self.assertEqual([m["model"] for m in answer["models"]], ["te", "blp", "biba", "chinese-wall", "guard"])
        self.assertTrue(self.call("policy.check", **READ)["cached"])
        # A refusal still lists the models that allow.
        answer = self.call("policy.check", **{**READ, "object": "higher"})
        self.assertEqual({m["model"]: m["allowed"] for m in answer["models"]},
                         {"te": True, "blp": False, "biba": True, "chinese-wall": True, "guard": True})
        self.assertFalse(answer["allowed"])
        self.load("te")
        self.assertFalse(self.call("policy.check", **READ)["cached"])

    def test_check_of_a_draft_loads_nothing(self):
        self.load("te")
        before = self.call("policy.get")
        draft = policy("te")
        draft["te"]["allow"] = []
        self.assertFalse(self.call("policy.check", **READ, policy=draft)["allowed"])
        self.assertTrue(self.call("policy.check", **READ)["allowed"])
        self.assertEqual(self.call("policy.get"), before)
        failure = self.assertFails(-32602, "policy.check", **READ, policy={"format": 1})
        self.assertTrue(str(failure).startswith("policy"), failure)

    def test_unknown_names_are_errors(self):
        self.load("te")
        for member in READ:
            for name in ("nobody", "", "teller\n"):
                failure = self.assertFails(-32602, "policy.check", **{**READ, member: name})
                self.assertIn(member, str(failure))
        failure = self.assertFails(-32602, "policy.simulate", accesses=[READ, {**READ, "class": "moon"}])
        self.assertIn("accesses[1].class", str(failure))
        self.assertFails(-32602, "policy.simulate", accesses=[{"subject": "teller"}])

    def test_check_leaves_no_history(self):
        self.load("chinese-wall")
        for dataset in ("bank-a", "bank-b", "bank-a"):
            self.assertTrue(self.call("policy.check", **{**READ, "object": dataset})["allowed"])

    def test_history_survives_a_load(self):
        self.load("chinese-wall")
        self.access("teller", "bank-a")
        self.assertFalse(self.call("policy.check", **{**READ, "object": "bank-b"})["allowed"])
        self.load("te", "chinese-wall")
        self.assertFalse(self.call("policy.check", **{**READ, "object": "bank-b"})["allowed"])
        self.assertFails(4, "test.access", **{**READ, "object": "bank-b"})

    def test_simulate(self):
        self.load("chinese-wall")
        self.access("teller", "bank-b")  # real history: a simulation begins without
        run = [{**READ, "object": name} for name in ("bank-a", "bank-b", "public", "bank-a2")]
        answer = self.call("policy.simulate", accesses=run)
        self.assertEqual([d["allowed"] for d in answer["decisions"]], [True, False, True, True])
        self.assertIn("bank-a", answer["decisions"][1]["models"][0]["reason"])
        self.assertEqual(self.call("policy.simulate", accesses=run), answer)
        self.assertFalse(self.call("policy.check", **{**READ, "object": "bank-a"})["allowed"])
        self.assertEqual(self.call("policy.simulate", accesses=[]), {"decisions": []})
        sink = policy("biba", biba={**TEXTBOOK["biba"], "mode": "low-water-mark"})
        run = [{**READ, "permission": "write"}, {**READ, "object": "lower"}, {**READ, "permission": "write"}]
        answer = self.call("policy.simulate", policy=sink, accesses=run)
        self.assertEqual([d["allowed"] for d in answer["decisions"]], [True, True, False])

    def test_denials_are_recorded(self):
        self.load("te", "blp")
        self.call("events.subscribe", topics=["audit"])
        self.assertEqual(self.call("audit.list"), {"records": []})
        failure = self.assertFails(4, "test.access", **{**READ, "object": "higher"})
        self.assertEqual([m["allowed"] for m in failure.data["models"]], [True, False])
        event = self.endpoint.event()
        self.assertEqual((event["topic"], event["seq"]), ("audit", 1))
        record = event["data"]
        self.assertEqual({k: record[k] for k in ("seq", "subject", "object", "class", "permission", "allowed", "model")},
                         {"seq": 1, **READ, "object": "higher", "allowed": False, "model": "blp"})
        self.assertEqual(self.call("audit.list"), {"records": [record]})
        self.access("teller", "same")
        self.assertEqual(len(self.call("audit.list")["records"]), 1)
        self.access("teller", "same", audit_allowed=True)
        self.assertTrue(self.call("audit.list", since_seq=1)["records"][0]["allowed"])

    def test_unknown_labels_are_denied_and_recorded(self):
        self.assertFails(4, "test.access", **{**READ, "subject": "nobody"})
        self.assertIn("nobody", self.call("audit.list")["records"][0]["reason"])

    def test_audit_list_pages(self):
        self.load("te")
        for _ in range(4200):  # more than are kept
            self.assertFails(4, "test.access", **{**READ, "object": "toy"})
        seqs = lambda **params: [r["seq"] for r in self.call("audit.list", **params)["records"]]
        self.assertEqual(seqs(limit=3), [4198, 4199, 4200])
        self.assertEqual(len(seqs()), 100)
        self.assertEqual(seqs(since_seq=0, limit=2), [105, 106])
        self.assertEqual(seqs(since_seq=4198), [4199, 4200])
        self.assertEqual(seqs(since_seq=9999), [])
        self.assertFails(-32602, "audit.list", limit=0)

    def test_not_enforcing_records_and_lets_through(self):
        self.load("te", enforcing=False)
        self.assertFalse(self.call("policy.get")["enforcing"])
        self.assertEqual(self.access("teller", "toy"), {"went_on": True})
        record = self.call("audit.list")["records"][0]
        self.assertEqual((record["allowed"], record["enforced"]), (False, False))
        self.assertFalse(self.call("policy.check", **{**READ, "object": "toy"})["allowed"])


if __name__ == "__main__":
    sys.exit(unittest.main(verbosity=2))
