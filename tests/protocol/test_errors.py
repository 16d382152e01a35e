#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Bad input to the methods: each gives its kind of error with a sentence, and changes nothing."""

import json
import os
import shutil

import support
from support import PARAMS, KINDS, ProtocolTest

setUpModule = support.set_up_module
tearDownModule = support.tear_down_module

NOT_FOUND, EXISTS, STATE, DENIED, AUTH, RESOURCE, INTEGRITY, UNSUPPORTED = range(1, 9)
CANCELLED = 10
MIB = 1 << 20


class Control(ProtocolTest):
    """The control endpoint."""
    endpoint = "control"

    def setUp(self):
        self.client = self.connect()
        self.guest = next(d for d in self.client.call("domain.list")["domains"] if d["role"] == "guest")
        self.image = self.guest["kernel"]["image"]

    def refused(self, code, method, *words, **params):
        """Calls a method that must fail and checks that the domains and the free memory are as before."""
        before = self.snapshot()
        error = self.assert_error(self.client.request(method, **params), code, *words)
        self.assertEqual(self.snapshot(), before, "a refused call changed something")
        return error

    def snapshot(self):
        domains = self.client.call("domain.list")["domains"]
        return ([(d["id"], d["name"], d["weight"], d["cap_percent"], d["memory_kib"]) for d in domains],
                self.client.call("host.info")["free_kib"])

    def test_no_such_domain(self):
        for method in ("get", "pause", "resume", "shutdown", "destroy", "console"):
            with self.subTest(method=method):
                self.refused(NOT_FOUND, "domain." + method, id=4000000)
        self.refused(NOT_FOUND, "domain.set", id=4000000, weight=100)

    def test_name_taken(self):
        self.refused(EXISTS, "domain.create", self.guest["name"], name=self.guest["name"], image=self.image,
                     memory_kib=self.guest["memory_kib"])

    def test_more_memory_than_is_free(self):
        free = self.client.call("host.info")["free_kib"]
        for memory in (free + 4096, 1 << 31, 1 << 40, (1 << 53) - 1):
            with self.subTest(memory=memory):
                error = self.refused(RESOURCE, "domain.create", name="too-big", image=self.image, memory_kib=memory)
                self.assertEqual(error["data"]["resource"], "memory")
                self.assertLessEqual(error["data"]["limit"], free)

    def test_no_such_image(self):
        answer = self.client.request("domain.create", name="blank", image="no-such-image", memory_kib=4096)
        self.assertIn(KINDS[answer["error"]["code"]], ("not-found", "integrity"), answer)

    def test_wrong_parameters(self):
        right = {"name": "new", "image": self.image, "memory_kib": 4096}
        for wrong, member in (({"name": ""}, "name"), ({"name": 7}, "name"), ({"name": "x" * 300}, "name"),
                              ({"memory_kib": 0}, "memory_kib"), ({"memory_kib": -1}, "memory_kib"),
                              ({"memory_kib": 1.5}, "memory_kib"), ({"memory_kib": "4096"}, "memory_kib"),
                              ({"weight": 0}, "weight"), ({"weight": 70000}, "weight"), ({"image": []}, "image"),
                              ({"cap_percent": -1}, "cap_percent"), ({"sched": "magic"}, "sched"),
                              ({"colour": "red"}, "colour")):
            with self.subTest(wrong=wrong):
                self.refused(PARAMS, "domain.create", member, **{**right, **wrong})
        for identifier in (-1, 1.5, "1", None, [], 1 << 40):
            with self.subTest(id=identifier):
                self.refused(PARAMS, "domain.get", "id", id=identifier)

    def test_wrong_state(self):
        number = self.guest["id"]
        self.client.call("domain.pause", id=number)
        try:
            answer = self.client.request("domain.pause", id=number)
            if "error" in answer:
                error = self.assert_error(answer, STATE)
                self.assertEqual(error["data"]["state"], "paused")
        finally:
            self.client.call("domain.resume", id=number)
        answer = self.client.request("domain.resume", id=number)
        if "error" in answer:
            error = self.assert_error(answer, STATE)
            self.assertIn(error["data"]["state"], ("running", "blocked"))

    def test_label_that_would_be_dropped(self):
        """What cannot be given to a domain is refused, not left out in silence."""
        for part in ({"level": "secret"}, {"categories": ["radio"]}, {"integrity": "system"}, {"dataset": "bank-a"}):
            with self.subTest(part=part):
                error = self.refused(UNSUPPORTED, "domain.create", name="labelled", image=self.image, memory_kib=4096,
                                     label={"type": "guest_t", **part})
                self.assertEqual(error["data"]["needs"], "policy")

    def test_input_for_an_ended_domain(self):
        number = self.client.call("domain.create", name="ended", image=self.image, memory_kib=4096)["id"]
        self.addCleanup(self.client.call, "domain.destroy", id=number)
        self.client.call("events.subscribe", topics=["domain"])
        self.client.call("domain.resume", id=number)
        self.client.call("domain.shutdown", id=number)
        while self.client.call("domain.get", id=number)["state"] != "shutdown":
            self.client.event()
        error = self.assert_error(self.client.request("domain.console", id=number, write="x"), STATE)
        self.assertEqual(error["data"]["state"], "shutdown")
        self.assertIn("kernel", self.client.call("domain.console", id=number)["text"])

    def test_control_domain_is_safe_from_itself(self):
        control = next(d for d in self.client.call("domain.list")["domains"] if d["role"] == "control")
        for method in ("pause", "destroy", "shutdown"):
            with self.subTest(method=method):
                answer = self.client.request("domain." + method, id=control["id"])
                self.assertIn(KINDS[answer["error"]["code"]], ("state", "denied", "unsupported"), answer)
        self.assert_works(self.client)

    def test_console_shows_only_text(self):
        """Whatever a guest writes, what arrives is JSON with text in it."""
        self.client.call("domain.console", id=self.guest["id"], write="\u001b[31m\u0001\u007f\ud83d\ude00\n")
        for domain in self.client.call("domain.list")["domains"]:
            console = self.client.call("domain.console", id=domain["id"])
            self.assertIsInstance(console["text"], str)
            again = self.client.call("domain.console", id=domain["id"], since=console["next"])
            self.assertGreaterEqual(again["next"], console["next"])

    def test_job_methods(self):
        for method in ("job.get", "job.cancel"):
            self.assert_error(self.client.request(method, job="no-such-job"), NOT_FOUND)


class Agent(ProtocolTest):
    """The agent endpoint."""
    endpoint = "agent"

    def setUp(self):
        self.client = self.connect()
        self.directory = support.current_stack().directory

    def path(self, name):
        return os.path.join(self.directory, name)

    def demo(self):
        return next(w for w in self.client.call("workspace.list")["workspaces"] if w["name"] == "Demo")

    def job_error(self, code, method, **params):
        """Calls a method that fails at once or in its job, and returns the complete error."""
        answer = self.client.request(method, **params)
        if "error" in answer:
            return self.assert_error(answer, code)
        job = answer["result"]["job"]
        while (state := self.client.call("job.get", job=job))["state"] == "running":
            pass
        self.assertEqual(state["state"], "failed", state)
        return self.assert_error({"jsonrpc": "2.0", "id": None, "error": state["error"]}, code)

    def create(self, folder, **changes):
        """Parameters of workspace.create that are right but for the changes."""
        params = {"path": self.path(folder), "name": "New", "user": "u", "passphrase": "secret word",
                  "size_bytes": 64 * MIB, "mode": "shared", "vault": "none"}
        return {**params, **changes}

    def test_no_such_workspace(self):
        for method in ("workspace.check", "workspace.close"):
            self.assert_error(self.client.request(method, id="no-such"), NOT_FOUND)
        for method in ("app.list", "process.list"):
            self.assert_error(self.client.request(method, workspace="no-such"), NOT_FOUND)
        self.assert_error(self.client.request("app.launch", workspace="no-such", argv=["true"]), NOT_FOUND)
        self.job_error(NOT_FOUND, "workspace.open", id="no-such", user="u", passphrase="p")
        self.job_error(NOT_FOUND, "workspace.open", path=self.path("none.domicile"), user="u", passphrase="p")

    def test_closed_workspace(self):
        demo = self.demo()["id"]
        for method, params in (("app.list", {}), ("process.list", {}), ("app.launch", {"argv": ["true"]}),
                               ("app.stop", {"pid": 2})):
            with self.subTest(method=method):
                error = self.assert_error(self.client.request(method, workspace=demo, **params), STATE)
                self.assertEqual(error["data"]["state"], "closed")

    def test_wrong_user_and_wrong_passphrase_look_alike(self):
        demo = self.demo()["id"]
        errors = [self.job_error(AUTH, "workspace.open", id=demo, user=user, passphrase=passphrase)
                  for user, passphrase in (("demo", "hunter2"), ("stranger", "demo"), ("stranger", "hunter2"))]
        self.assertEqual(errors[0], errors[1])
        self.assertEqual(errors[0], errors[2])
        for word in ("demo", "stranger", "hunter2"):
            self.assertNotIn(word, json.dumps(errors[0]).lower())
        self.assertEqual(self.demo()["state"], "closed")

    def test_already_open(self):
        demo = self.demo()["id"]
        job = self.client.finish("workspace.open", id=demo, user="demo", passphrase="demo", display="none")
        self.assertEqual(job["state"], "done", job)
        try:
            error = self.job_error(STATE, "workspace.open", id=demo, user="demo", passphrase="demo")
            self.assertEqual(error["data"]["state"], "open")
            self.assert_error(self.client.request("app.launch", workspace=demo, app="no-such-app"), NOT_FOUND)
            self.assert_error(self.client.request("app.launch", workspace=demo, argv=["/no/such/program"]), NOT_FOUND)
            self.assert_error(self.client.request("app.launch", workspace=demo), PARAMS)
            self.assert_error(self.client.request("app.stop", workspace=demo, pid=99999), NOT_FOUND)
        finally:
            self.client.finish("workspace.close", id=demo)

    def test_create_on_something(self):
        for name, make in (("folder.domicile", os.mkdir), ("file.domicile", lambda path: open(path, "w").close())):
            with self.subTest(name=name):
                make(self.path(name))
                self.job_error(EXISTS, "workspace.create", **self.create(name))

    def test_create_too_big(self):
        error = self.job_error(RESOURCE, "workspace.create", **self.create("huge.domicile", size_bytes=1 << 60, vault="luks"))
        self.assertEqual(error["data"]["resource"], "disk")
        self.assertFalse(os.path.exists(self.path("huge.domicile")))

    def test_create_larger_than_a_number_holds(self):
        for size in (2**63, 2**64, 10**30):
            with self.subTest(size=size):
                error = self.job_error(RESOURCE, "workspace.create", **self.create("vast.domicile", size_bytes=size))
                self.assertEqual(error["data"]["resource"], "disk")
                self.assertFalse(os.path.exists(self.path("vast.domicile")))

    def test_create_nowhere(self):
        answer = self.client.request("workspace.create", **self.create("no/such/folder/x.domicile"))
        if "result" in answer:
            job = answer["result"]["job"]
            while (state := self.client.call("job.get", job=job))["state"] == "running":
                pass
            answer = {"error": state["error"]}
        self.assertIn(KINDS[answer["error"]["code"]], ("not-found", "io", "params"), answer)

    def test_create_with_wrong_parameters(self):
        for wrong, member in (({"path": "relative.domicile"}, "path"), ({"path": "/tmp/no-suffix"}, "path"),
                              ({"path": "/tmp/a\nb.domicile"}, "path"), ({"name": ""}, "name"), ({"name": "  "}, "name"),
                              ({"name": "a\u2028b"}, "name"), ({"name": "\u202eabc"}, "name"), ({"user": " "}, "user"),
                              ({"name": "x" * 1000}, "name"), ({"name": "a\u0001b"}, "name"), ({"user": "../up"}, "user"),
                              ({"user": ""}, "user"), ({"passphrase": ""}, "passphrase"), ({"mode": "open"}, "mode"),
                              ({"vault": "zip"}, "vault"), ({"size_bytes": -1}, "size_bytes"),
                              ({"size_bytes": "1G"}, "size_bytes")):
            with self.subTest(wrong=wrong):
                self.assert_error(self.client.request("workspace.create", **self.create("w.domicile", **wrong)), PARAMS, member)
                self.assertFalse(os.path.exists(self.path("w.domicile")))

    def test_launch_with_wrong_words(self):
        demo = self.demo()["id"]
        for wrong, member in (({"argv": [""]}, "argv[0]"), ({"argv": ["cat"], "files": ["../.."]}, "files[0]"),
                              ({"app": "any", "files": ["/a", "b"]}, "files[1]"), ({}, "app")):
            with self.subTest(wrong=wrong):
                error = self.assert_error(self.client.request("app.launch", workspace=demo, **wrong), PARAMS, member)
                self.assertEqual(error["data"]["member"], member)

    def damaged(self, name, damage):
        """Creates a workspace, damages its file and returns the error of opening it."""
        params = self.create(name)
        self.assertEqual(self.client.finish("workspace.create", **params)["state"], "done")
        file = os.path.join(params["path"], "workspace.json")
        with open(file, encoding="utf-8") as text:
            content = text.read()
        damage(file, content)
        answer = self.client.request("workspace.open", path=params["path"], user="u", passphrase="secret word")
        if "error" in answer:
            error = answer["error"]
        else:
            job = answer["result"]["job"]
            while (state := self.client.call("job.get", job=job))["state"] == "running":
                pass
            error = state["error"]
        shutil.rmtree(params["path"])
        return error

    def test_damaged_workspace_file(self):
        def write(text):
            def damage(file, _):
                with open(file, "w", encoding="utf-8") as output:
                    output.write(text)
            return damage

        def cut(file, content):
            with open(file, "w", encoding="utf-8") as output:
                output.write(content[:len(content) // 2])

        for name, damage in (("empty", write("")), ("text", write("hello")), ("list", write("[]")),
                             ("object", write("{}")), ("deep", write("[" * 100000)), ("large", write(" " * (8 * MIB))),
                             ("cut", cut)):
            with self.subTest(damage=name):
                error = self.damaged(name + ".domicile", damage)
                self.assertEqual(KINDS[error["code"]], "integrity", error)

    def test_missing_workspace_file(self):
        error = self.damaged("missing.domicile", lambda file, _: os.unlink(file))
        self.assertIn(KINDS[error["code"]], ("not-found", "integrity"), error)

    def test_cancelled_job(self):
        """Cancelling undoes; where the job was quicker it is done, and the workspace is whole."""
        params = self.create("cancelled.domicile", vault="luks", size_bytes=256 * MIB)
        answer = self.client.request("workspace.create", **params)
        if "error" in answer:
            self.assert_error(answer, UNSUPPORTED)
            self.skipTest("this host cannot make an encrypted vault")
        job = answer["result"]["job"]
        self.client.call("job.cancel", job=job)
        while (state := self.client.call("job.get", job=job))["state"] == "running":
            pass
        self.assertIn(state["state"], ("cancelled", "done"))
        if state["state"] == "cancelled":
            self.assertFalse(os.path.exists(params["path"]), "a cancelled create left its folder")
            self.assertEqual(state.get("error", {"code": CANCELLED})["code"], CANCELLED)

    def test_job_methods(self):
        for method in ("job.get", "job.cancel"):
            self.assert_error(self.client.request(method, job="no-such-job"), NOT_FOUND)

    def test_no_secret_in_answers(self):
        """A passphrase never comes back, neither in errors nor in lists of jobs."""
        secret = "correct-horse-battery"
        demo = self.demo()["id"]
        error = self.job_error(AUTH, "workspace.open", id=demo, user="demo", passphrase=secret)
        self.assertNotIn(secret, json.dumps(error))
        self.assertNotIn(secret, json.dumps(self.client.call("job.list")))
        answer = self.client.request("workspace.open", id=demo, user="demo", passphrase=secret, display="bad")
        self.assertNotIn(secret, json.dumps(self.assert_error(answer, PARAMS)))
        for name in os.listdir(os.path.join(support.current_stack().state, "log")):
            with open(os.path.join(support.current_stack().state, "log", name), errors="replace", encoding="utf-8") as log:
                self.assertNotIn(secret, log.read(), name)


class Policy(ProtocolTest):
    """Policy methods with bad input, and a policy that forbids."""
    endpoint = "agent"

    def setUp(self):
        self.client = self.connect()

    def test_load_is_all_or_nothing(self):
        before = self.client.call("policy.get")
        for broken in ({}, {"format": 1}, {**before["policy"], "models": ["no-such-model"]}, {**before["policy"], "format": 99}):
            answer = self.client.request("policy.load", policy=broken)
            self.assertIn("error", answer)
            self.assertIn(KINDS[answer["error"]["code"]], ("params", "integrity"), answer)
        self.assertEqual(self.client.call("policy.get"), before)

    def test_lost_update(self):
        before = self.client.call("policy.get")
        self.assert_error(self.client.request("policy.load", policy=before["policy"], expect_sha256="0" * 64), STATE)
        self.assertEqual(self.client.call("policy.get")["sha256"], before["sha256"])

    def test_unknown_names(self):
        policy = self.client.call("policy.get")["policy"]
        subject = next(iter(policy["labels"]["subjects"]))
        obj = next(iter(policy["labels"]["objects"]))
        right = {"subject": subject, "object": obj, "class": "file", "permission": "read"}
        self.client.call("policy.check", **right)
        for member in right:
            with self.subTest(member=member):
                self.assert_error(self.client.request("policy.check", **{**right, member: "no_such_name"}), PARAMS, member)

    def test_denied(self):
        """A policy without the permission to launch is enforced at once, tells which model, and is recorded."""
        before = self.client.call("policy.get")["policy"]
        demo = next(w["id"] for w in self.client.call("workspace.list")["workspaces"] if w["name"] == "Demo")
        strict = json.loads(json.dumps(before))
        for rule in strict["te"]["allow"]:
            rule["permissions"] = [p for p in rule["permissions"] if p != "launch"]
        job = self.client.finish("workspace.open", id=demo, user="demo", passphrase="demo", display="none")
        self.assertEqual(job["state"], "done", job)
        self.client.call("policy.load", policy=strict)
        try:
            error = self.assert_error(self.client.request("app.launch", workspace=demo, argv=["sleep", "77"]), DENIED)
            self.assertIn("te", [model["model"] for model in error["data"]["models"] if not model["allowed"]])
            self.assertFalse([p for p in self.client.call("process.list", workspace=demo)["processes"] if "77" in p["argv"]])
            record = self.client.call("audit.list")["records"][-1]
            self.assertEqual((record["permission"], record["allowed"]), ("launch", False))
        finally:
            self.client.call("policy.load", policy=before)
        self.assertGreater(self.client.call("app.launch", workspace=demo, argv=["sleep", "77"])["pid"], 1)
        self.client.finish("workspace.close", id=demo)

    def test_validate_takes_any_object(self):
        for document in ({}, {"format": "x"}, {"models": 7, "labels": []}):
            result = self.client.call("policy.validate", policy=document)
            self.assertFalse(result["valid"])
            self.assertTrue(all(p["message"] and p["severity"] and "path" in p for p in result["problems"]))


if __name__ == "__main__":
    support.main()
