#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""rpc.discover: the document describes what the endpoint does, and the endpoint does what it describes."""


import schema
import support
from support import METHOD, PARAMS, on_both

setUpModule = support.set_up_module
tearDownModule = support.tear_down_module

COMMON = {"server.info", "rpc.discover", "events.subscribe", "events.unsubscribe", "job.list", "job.get", "job.cancel"}
OWN = {
    "control": {"host.info", "domain.list", "domain.get", "domain.create", "domain.pause", "domain.resume",
                "domain.shutdown", "domain.destroy", "domain.set", "domain.console", "image.list"},
    "agent": {"workspace.list", "workspace.create", "workspace.check", "workspace.open", "workspace.close",
              "app.list", "app.launch", "app.stop", "process.list", "storage.list", "storage.scan",
              "policy.get", "policy.validate", "policy.load", "policy.check", "policy.simulate", "audit.list"},
}

# Members that PROTOCOL.md promises; a schema that forgot one would not notice its loss.
PROMISED = {
    "Domain": {"id", "uuid", "name", "role", "state", "label", "vcpus", "cpu_time_ns", "memory_kib",
               "max_memory_kib", "weight", "cap_percent", "sched", "event_channels", "grants", "faults", "focus",
               "kernel"},
    "Workspace": {"id", "name", "path", "state", "mode", "vault", "size_bytes", "used_bytes", "apps"},
    "App": {"id", "name", "version", "summary", "icon", "categories", "source", "size_bytes", "running", "label"},
}


class Discover:
    """The OpenRPC document."""

    def setUp(self):
        self.client = self.connect()
        self.document = self.client.call("rpc.discover")
        self.methods = {method["name"]: method for method in self.document["methods"]}

    def assert_fits(self, value, described, what):
        self.assertEqual(list(schema.problems(self.document, described, value)), [], what)

    def call_and_check(self, name, **params):
        """Calls a method and checks its result against its own schema."""
        result = self.client.call(name, **params)
        self.assert_fits(result, self.methods[name]["result"]["schema"], name)
        return result

    def test_document_is_openrpc(self):
        self.assertTrue(self.document["openrpc"].startswith("1."))
        self.assertTrue(self.document["info"]["title"] and self.document["info"]["version"])
        self.assertEqual(len(self.methods), len(self.document["methods"]), "a method is described twice")

    def test_every_method_is_described(self):
        self.assertLessEqual(COMMON | OWN[self.endpoint], set(self.methods))
        foreign = OWN["agent" if self.endpoint == "control" else "control"] - {
            name for name in OWN["agent"] if name.startswith(("policy.", "audit."))}
        self.assertFalse(foreign & set(self.methods), "methods of the other endpoint")

    def test_descriptions_are_complete(self):
        for name, method in self.methods.items():
            with self.subTest(method=name):
                self.assertTrue(method.get("summary") or method.get("description"), "no summary")
                self.assertIn("schema", method["result"])
                names = [parameter["name"] for parameter in method["params"]]
                self.assertEqual(len(names), len(set(names)))
                for parameter in method["params"]:
                    self.assertIn("schema", parameter)
                    schema.resolve(self.document, parameter["schema"])

    def test_references_resolve(self):
        stack = [self.document]
        while stack:
            value = stack.pop()
            if isinstance(value, dict):
                if isinstance(value.get("$ref"), str):
                    schema.resolve(self.document, value)
                stack.extend(value.values())
            elif isinstance(value, list):
                stack.extend(value)

    def test_described_methods_exist(self):
        """No method is described that the endpoint does not have: wrong parameters are refused by the method."""
        for name in self.methods:
            with self.subTest(method=name):
                answer = self.client.request(name, no_such_parameter_at_all=1)
                self.assertNotEqual(answer.get("error", {}).get("code"), METHOD)
                self.assertEqual(answer["error"]["code"], PARAMS, answer)

    def test_described_topics_exist(self):
        for topic in self.document["x-topics"]:
            with self.subTest(topic=topic):
                self.client.call("events.subscribe", topics=[topic])

    def test_required_parameters_are_required(self):
        for name, method in self.methods.items():
            for parameter in method["params"]:
                if parameter.get("required"):
                    with self.subTest(method=name, parameter=parameter["name"]):
                        self.assert_error(self.client.request(name), PARAMS)

    def test_common_results_fit(self):
        self.call_and_check("server.info")
        self.call_and_check("job.list")
        subscription = self.call_and_check("events.subscribe", topics=["job"])["subscription"]
        self.call_and_check("events.unsubscribe", subscription=subscription)

    def test_own_results_fit(self):
        getattr(self, "check_" + self.endpoint)()

    def promised(self, name, value):
        self.assertLessEqual(PROMISED[name], set(value), f"{name} lacks members of the contract")

    def check_control(self):
        self.call_and_check("host.info")
        self.call_and_check("image.list")
        domains = self.call_and_check("domain.list")["domains"]
        for domain in domains:
            self.promised("Domain", domain)
            self.call_and_check("domain.get", id=domain["id"])
            self.call_and_check("domain.console", id=domain["id"])
        self.assertEqual([d["role"] for d in domains].count("control"), 1)

    def check_agent(self):
        for name in ("storage.list", "storage.scan", "policy.get", "audit.list"):
            self.call_and_check(name)
        workspaces = self.call_and_check("workspace.list")["workspaces"]
        demo = next(w for w in workspaces if w["name"] == "Demo")
        for workspace in workspaces:
            self.promised("Workspace", workspace)
        self.call_and_check("workspace.check", id=demo["id"])
        job = self.client.finish("workspace.open", id=demo["id"], user="demo", passphrase="demo", display="none")
        self.assertEqual(job["state"], "done", job)
        self.promised("Workspace", job["result"])
        try:
            for app in self.call_and_check("app.list", workspace=demo["id"])["apps"]:
                self.promised("App", app)
            self.call_and_check("app.launch", workspace=demo["id"], argv=["sleep", "1000"])
            self.assertTrue(self.call_and_check("process.list", workspace=demo["id"])["processes"])
        finally:
            closed = self.client.finish("workspace.close", id=demo["id"])
        self.assertEqual(closed["state"], "done", closed)


on_both(globals(), Discover)

if __name__ == "__main__":
    support.main()
