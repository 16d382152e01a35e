#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The Policy page against the real hypervisor: its policy beside the apps', changed by buttons, loaded, saved and opened;
what it has denied, why, and which rule would change that."""

import copy
import json
import os
import unittest

from session import run_in_session

if __name__ == "__main__":
    run_in_session()

from case import GuiTest  # noqa: E402
from console import choose, click, is_sensitive, keys, press, screenshot, set_text, text_of, wait_for  # noqa: E402

SECONDS = 180


class PolicyOfDomains(GuiTest):

    def setUp(self):
        self.control = self.client("control")
        self.loaded = self.control.call("policy.get")
        self.addCleanup(lambda: self.control.call("policy.load", policy=self.loaded["policy"]))

    def open_page(self):
        console = self.console("--no-login", "--page", "policy")
        click(console.find("radio button", "Domains", root=console.find(name="Whose policy")))
        console.find("label", "Valid: no problems found", seconds=SECONDS)
        return console

    def view(self, console, name):
        click(console.find("radio button", name, seconds=SECONDS))

    def document(self, console):
        self.view(console, "Document")
        return json.loads(text_of(console.find("text", "Policy document", seconds=SECONDS)))

    def wait_for_document(self, console, condition, what):
        self.view(console, "Document")
        text = console.find("text", "Policy document", seconds=SECONDS)
        wait_for(lambda: condition(json.loads(text_of(text))), what, SECONDS)

    def load(self, console):
        button = console.find("push button", "Load…")
        wait_for(lambda: is_sensitive(button), "one can load", SECONDS)
        click(button)
        console.find("label", "Load this policy?", seconds=SECONDS)

    def test_shows_and_loads_the_hypervisors_policy(self):
        console = self.open_page()
        self.assertEqual(self.document(console), self.loaded["policy"])
        console.find("label", contains=self.loaded["sha256"][:12])
        console.find("label", contains="→ map_read →")
        screenshot("policy-domains")
        draft = dict(copy.deepcopy(self.loaded["policy"]), description="Another policy")
        set_text(console.find("text", "Policy document"), json.dumps(draft, indent=2))
        self.load(console)
        console.find(contains="Nothing that is under way would be taken back")
        screenshot("policy-domains-load")
        click(console.find("push button", "Load"))
        console.find("label", "Loaded policy", seconds=SECONDS)
        self.assertEqual(self.control.call("policy.get")["policy"], draft)
        # What was replaced is one choice away, and counts when it is loaded.
        click(console.find("toggle button", "More about this policy"))
        click(console.find("push button", "Bring Back the Policy Before"))
        self.wait_for_document(console, lambda policy: policy == self.loaded["policy"], "the policy before")
        self.assertEqual(self.control.call("policy.get")["policy"], draft)

    def test_bad_input_is_told_with_its_place(self):
        console = self.open_page()
        draft = copy.deepcopy(self.loaded["policy"])
        draft["te"]["attributes"]["any_domain"].append("any_domain")
        set_text(console.find("text", "Policy document"), json.dumps(draft))
        row = console.row("Error: ", seconds=SECONDS)
        self.assertIn("contains itself", row.get_name())
        self.assertIn("te.attributes.any_domain[2]", row.get_name())
        self.assertFalse(is_sensitive(console.find("push button", "Load…")))

    def test_rules_by_buttons(self):
        console = self.open_page()
        self.view(console, "Rules")
        console.find(name="Rules", role="table", seconds=SECONDS)
        screenshot("policy-rules")
        click(console.find("push button", "Add a rule"))
        choose(console.find("combo box", "Who"), "guest_t")
        choose(console.find("combo box", "To what"), "machine_t")
        choose(console.find("combo box", "Of class"), "host")
        click(console.find("check box", "info"))
        screenshot("policy-rule")
        click(console.find("push button", "Add"))
        rule = {"source": "guest_t", "target": "machine_t", "class": "host", "permissions": ["info"]}
        self.wait_for_document(console, lambda policy: policy["te"]["allow"][-1] == rule, "the new rule")
        console.find("label", "Valid: no problems found", seconds=SECONDS)
        click(console.find("toggle button", "More about this policy"))
        click(console.find("push button", "Undo"))
        self.wait_for_document(console, lambda policy: policy == self.loaded["policy"], "nothing was changed")
        self.assertEqual(self.control.call("policy.get"), self.loaded)

    def add(self, console, view, button, name, **choices):
        self.view(console, view)
        click(console.find("push button", button, seconds=SECONDS))
        for chooser, value in choices.items():
            choose(console.find("combo box", chooser), value)
        set_text(console.find("text", "Name"), name)
        add = console.find("push button", "Add")
        wait_for(lambda: is_sensitive(add), "it can be added", SECONDS)
        click(add)

    def test_a_label_of_domains_by_buttons(self):
        console = self.open_page()
        for name in ("bank_t", "bank_self_t"):
            self.add(console, "Names", "Add a name", name, Kind="Type")
        self.add(console, "Labels", "Add a label", "bank", Kind="Subject: who does something", Type="bank_t")
        # What the hypervisor needs besides is said by it.
        row = console.row("Error: ", seconds=SECONDS)
        self.assertIn("bank", row.get_name())
        self.add(console, "Labels", "Add a label", "bank", Kind="Object: what something is done to", Type="bank_t")
        self.add(console, "Labels", "Add a label", "bank:self", Kind="Object: what something is done to", Type="bank_self_t")
        self.load(console)
        click(console.find("push button", "Load"))
        console.find("label", "Loaded policy", seconds=SECONDS)
        labels = self.control.call("policy.get")["policy"]["labels"]
        self.assertEqual(labels["subjects"]["bank"], {"type": "bank_t"})
        self.assertEqual(labels["objects"]["bank:self"], {"type": "bank_self_t"})

    def test_models_are_switched(self):
        console = self.open_page()
        models = self.loaded["policy"]["models"]
        name, word = "Chinese Wall", "chinese-wall"
        self.assertNotIn(word, models)
        click(console.find("toggle button", name))
        self.wait_for_document(console, lambda policy: set(policy["models"]) == {*models, word}, "one model more")
        self.load(console)
        click(console.find("push button", "Load"))
        console.find("label", "Loaded policy", seconds=SECONDS)
        self.assertIn(word, self.control.call("policy.get")["policy"]["models"])
        self.view(console, "Labels")
        console.find(name="Labels", role="table", seconds=SECONDS)
        screenshot("policy-labels")

    @staticmethod
    def open_denial(console):
        """Until it shows why: a press may meet a list that is just being filled."""
        for _ in range(SECONDS // 5):
            press(wait_for(lambda: next((row for row in console.all("list item")
                                         if "→ pause →" in (row.get_name() or "")), None), "the denial", SECONDS))
            try:
                return console.row("Denied: Type Enforcement: No rule allows", seconds=5)
            except AssertionError:
                pass
        return console.row("Denied: Type Enforcement: No rule allows", seconds=SECONDS)

    def test_denial_is_explained_and_a_rule_proposed(self):
        strict = copy.deepcopy(self.loaded["policy"])
        for rule in strict["te"]["allow"]:
            if rule["class"] == "domain":
                rule["permissions"].remove("pause")
        self.control.call("policy.load", policy=strict)
        guest = next(d for d in self.control.call("domain.list")["domains"] if d["role"] == "guest")
        self.assertEqual(self.control.request("domain.pause", id=guest["id"])["error"]["data"]["kind"], "denied")
        console = self.open_page()
        self.view(console, "Denials")
        self.open_denial(console)
        console.find("list item", contains="This rule would allow it")
        screenshot("policy-denials")
        click(console.find("push button", "Add to Draft"))
        self.wait_for_document(console, lambda policy: any(
            rule["class"] == "domain" and "pause" in rule["permissions"] for rule in policy["te"]["allow"]), "the rule")
        # Nothing of that holds before somebody loads it.
        self.assertEqual(self.control.call("policy.get")["policy"], strict)
        self.assertIn("error", self.control.request("domain.pause", id=guest["id"]))

    @staticmethod
    def location(console, dialog):
        """The entry of a file chooser, which comes with a key; that is lost where the window has no focus yet."""
        if not console.all("text", root=dialog):
            keys("ctrl+l")
            try:
                wait_for(lambda: console.all("text", root=dialog), "the entry", 5)
            except AssertionError:
                return None
        return console.all("text", root=dialog)[0]

    def test_save_and_open(self):
        console = self.open_page()
        path = os.path.join(os.environ["HOME"], "mine.json")
        click(console.find("toggle button", "More about this policy"))
        click(console.find("push button", "Save As…"))
        set_text(console.field("Name:"), path)
        click(console.find("push button", "Save"))
        console.find(contains="Saved as", seconds=SECONDS)
        with open(path, encoding="utf-8") as file:
            policy = json.load(file)
        self.assertEqual(policy, self.loaded["policy"])
        policy["description"] = "From a file"
        with open(path, "w", encoding="utf-8") as file:
            json.dump(policy, file)
        click(console.find("toggle button", "More about this policy"))
        click(console.find("push button", "Open…"))
        dialog = console.find("file chooser", "Open a Policy", seconds=SECONDS)
        set_text(wait_for(lambda: self.location(console, dialog), "the entry of a place", SECONDS), path)
        confirm = console.find("push button", "Open", root=dialog)
        wait_for(lambda: is_sensitive(confirm), "the file can be opened", SECONDS)
        click(confirm)
        self.wait_for_document(console, lambda shown: shown == policy, "the file")
        console.find("label", "Draft, not loaded")
        self.assertEqual(self.control.call("policy.get"), self.loaded)


if __name__ == "__main__":
    unittest.main(verbosity=2)
