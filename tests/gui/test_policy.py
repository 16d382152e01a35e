#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The Policy page against the real agent: what holds, what is wrong with a draft, what it would allow, loading it."""

import copy
import json
import unittest

from session import run_in_session

if __name__ == "__main__":
    run_in_session()

from case import GuiTest  # noqa: E402
from console import Atspi, choose, click, has_state, is_sensitive, press, screenshot, set_text, text_of, wait_for  # noqa: E402


class Policy(GuiTest):

    def setUp(self):
        self.agent = self.client("agent")
        self.loaded = self.agent.call("policy.get")
        self.addCleanup(lambda: self.agent.call("policy.load", policy=self.loaded["policy"]))

    def open_page(self):
        console = self.console("--no-login", "--page", "policy")
        console.find("label", "Valid: no problems found")
        return console

    def document(self, console):
        return console.find("text", "Policy document")

    def write(self, console, policy):
        text = policy if isinstance(policy, str) else json.dumps(policy, indent=2, ensure_ascii=False)
        set_text(self.document(console), text)

    def draft(self):
        return copy.deepcopy(self.loaded["policy"])

    def test_shows_what_holds(self):
        console = self.open_page()
        self.assertEqual(json.loads(text_of(self.document(console))), self.loaded["policy"])
        console.find("label", "Loaded policy")
        console.find("label", contains=self.loaded["sha256"][:12])
        self.assertFalse(is_sensitive(console.find("push button", "Load…")))
        self.assertFalse(is_sensitive(console.find("push button", "Revert")))
        console.find("label", "Allowed")
        console.row("Allowed: Type Enforcement: Rule te.allow[0]")
        screenshot("policy")

    def test_editor_is_loaded_when_the_page_is_first_shown(self):
        console = self.console("--no-login", "--page", "domains")
        console.find("radio button", "Policy")
        maps = f"/proc/{console.process.pid}/maps"
        with open(maps, encoding="utf-8") as file:
            self.assertNotIn("gtksourceview", file.read())
        console.page("Policy")
        self.document(console)
        with open(maps, encoding="utf-8") as file:
            self.assertIn("gtksourceview", file.read())

    def test_problems_name_the_place_and_lead_there(self):
        console = self.open_page()
        draft = self.draft()
        draft["te"]["allow"][0]["target"] = "moon_t"
        self.write(console, draft)
        console.find("label", "1 error")
        row = console.row("Error: There is no type or attribute “moon_t”.")
        self.assertIn("te.allow[0].target", row.get_name())
        self.assertFalse(is_sensitive(console.find("push button", "Load…")))
        console.find("label", contains="A policy with errors decides nothing")
        screenshot("policy-problem")
        press(row)
        text = self.document(console).get_text_iface()
        wait_for(lambda: Atspi.Text.get_n_selections(text) == 1, "the place is selected")
        place = Atspi.Text.get_selection(text, 0)
        self.assertEqual(Atspi.Text.get_text(text, place.start_offset, place.end_offset), '"moon_t"')
        self.assertEqual(self.agent.call("policy.get"), self.loaded)

    # The tables: what the document says, changed by buttons.

    def view(self, console, name):
        click(console.find("radio button", name))

    def draft_of(self, console):
        self.view(console, "Document")
        return json.loads(text_of(self.document(console)))

    def wait_for_draft(self, console, condition, what):
        self.view(console, "Document")
        text = self.document(console)
        wait_for(lambda: condition(json.loads(text_of(text))), what)

    @staticmethod
    def choose_row(console, text):
        """Clicks a row of the table that is shown, until it is the chosen one: a table that is filled anew lets go."""
        remove = console.find("push button", contains="Remove")
        console.find("table cell", text)

        def chosen():
            press(console.all("table cell", text)[-1])  # a class shows its datasets, too, before they have rows
            return has_state(console.all("table cell", text)[-1], Atspi.StateType.SELECTED)
        wait_for(chosen, f"the row “{text}” is chosen")
        return remove

    def test_names_are_declared_renamed_and_removed(self):
        console = self.open_page()
        self.view(console, "Names")
        console.find("table", "Names")
        screenshot("policy-names")
        # A conflict class, and a dataset in it.
        click(console.find("push button", "Add a name"))
        choose(console.find("combo box", "Kind"), "Conflict class")
        set_text(console.find("text", "Name"), "banks")
        click(console.find("push button", "Add"))
        self.choose_row(console, "banks")
        click(console.find("push button", "Add a name"))
        choose(console.find("combo box", "Kind"), "Dataset")
        set_text(console.find("text", "Name"), "bank-a")
        click(console.find("push button", "Add"))
        self.wait_for_draft(console, lambda policy: policy["chinese_wall"]["classes"] == [{"name": "banks", "datasets": ["bank-a"]}],
                            "the class with its dataset")
        # A name that is used gets another one everywhere, and cannot be removed.
        self.view(console, "Names")
        self.assertFalse(is_sensitive(self.choose_row(console, "home_t")))
        click(console.find("push button", "Change the name"))
        name = console.find("text", "Name")
        self.assertEqual(text_of(name), "home_t")
        set_text(name, "app_t")
        console.find("label", "There is one of this name already.")
        change = console.find("push button", "Change")
        wait_for(lambda: not is_sensitive(change), "it cannot be called so")
        screenshot("policy-name")
        set_text(name, "house_t")
        wait_for(lambda: is_sensitive(change), "it can be called so")
        click(change)
        renamed = json.loads(json.dumps(self.loaded["policy"]).replace('"home_t"', '"house_t"'))
        renamed["chinese_wall"]["classes"] = [{"name": "banks", "datasets": ["bank-a"]}]
        self.wait_for_draft(console, lambda policy: policy == renamed, "the new name in every place")
        # Each step can be taken back.
        click(console.find("toggle button", "More about this policy"))
        click(console.find("push button", "Undo"))
        self.wait_for_draft(console, lambda policy: "home_t" in policy["te"]["types"], "the name of before")
        self.view(console, "Names")
        remove = self.choose_row(console, "bank-a")
        wait_for(lambda: is_sensitive(remove), "what is not used can be removed")
        click(remove)
        self.wait_for_draft(console, lambda policy: policy["chinese_wall"]["classes"] == [{"name": "banks", "datasets": []}],
                            "no dataset")
        self.assertEqual(self.agent.call("policy.get"), self.loaded)

    def test_labels_and_contexts_are_added_and_loaded(self):
        draft = self.draft()
        draft["models"].append("chinese-wall")
        draft["chinese_wall"]["classes"] = [{"name": "banks", "datasets": ["bank-a"]}]
        draft["blp"]["categories"] = ["red", "blue"]
        console = self.open_page()
        self.write(console, draft)
        console.find("label", "Valid: no problems found")
        self.view(console, "Labels")
        console.find("table", "Labels")
        click(console.find("push button", "Add a label"))
        choose(console.find("combo box", "Kind"), "Object: what something is done to")
        name = console.find("text", "Name")
        set_text(name, "home")
        console.find("label", "There is a label of this name already.")
        set_text(name, "ledgers")
        choose(console.find("combo box", "Type"), "home_t")
        choose(console.find("combo box", "Confidentiality"), "private")
        choose(console.find("combo box", "Integrity"), "user")
        choose(console.find("combo box", "Dataset"), "bank-a")
        click(console.find("check box", "red"))
        toggle = console.find("toggle button", "Outside the wall")
        click(toggle)
        console.find("label", contains="cannot be outside the wall")
        add = console.find("push button", "Add")
        wait_for(lambda: not is_sensitive(add), "that cannot be")
        screenshot("policy-label")
        click(toggle)
        wait_for(lambda: is_sensitive(add), "that can be")
        click(add)
        draft["labels"]["objects"]["ledgers"] = {"type": "home_t", "level": "private", "categories": ["red"], "integrity": "user",
                                                 "dataset": "bank-a"}
        self.wait_for_draft(console, lambda policy: policy == draft, "the label")
        # A folder gets it.
        self.view(console, "Contexts")
        console.find("table", "Contexts")
        click(console.find("push button", "Give something a label"))
        choose(console.find("combo box", "Kind"), "Directory")
        path = console.find("text", "Path")
        set_text(path, "~/bank/../a")
        console.find("label", contains="A path has no empty parts")
        screenshot("policy-context")
        set_text(path, "~/bank-a")
        choose(console.find("combo box", "Label"), "ledgers")
        add = console.find("push button", "Add")
        wait_for(lambda: is_sensitive(add), "the folder can have a label")
        click(add)
        draft["contexts"]["files"].append({"path": "~/bank-a", "label": "ledgers"})
        self.wait_for_draft(console, lambda policy: policy == draft, "the folder")
        self.view(console, "Contexts")
        console.find("table cell", "~/bank-a")
        screenshot("policy-contexts")
        # A port that is none is told where it is typed.
        click(console.find("push button", "Give something a label"))
        choose(console.find("combo box", "Kind"), "Network")
        set_text(console.find("text", "Ports"), "80, many")
        console.find("label", "A port is a whole number from 0 to 65535.")
        click(console.find("push button", "Cancel"))
        # And it holds when it is loaded.
        load = console.find("push button", "Load…")
        wait_for(lambda: is_sensitive(load), "one can load")
        click(load)
        console.find("label", "Load this policy?")
        click(console.find("push button", "Load"))
        console.find("label", "Loaded policy")
        self.assertEqual(self.agent.call("policy.get")["policy"], draft)

    def test_a_budget_is_given(self):
        console = self.open_page()
        self.view(console, "Budgets")
        console.find("table", "Budgets")
        click(console.find("push button", "Add a budget"))
        choose(console.find("combo box", "Whose"), "workspace-app")
        memory = console.find("text", "Memory, KiB")
        set_text(memory, "lots")
        console.find("label", "This must be a whole number.")
        set_text(memory, "1048576")
        screenshot("policy-budget")
        add = console.find("push button", "Add")
        wait_for(lambda: is_sensitive(add), "it can be added")
        click(add)
        draft = self.draft()
        draft["guard"]["subjects"]["workspace-app"] = {"memory_kib": 1048576}
        self.wait_for_draft(console, lambda policy: policy == draft, "the budget")
        console.find("label", "Valid: no problems found")

    def test_broken_json_names_the_line(self):
        console = self.open_page()
        self.write(console, '{\n  "format": 1,\n  "models": [,]\n}\n')
        console.find("label", "1 error")
        console.find("list item", contains=": Line 3")

    def test_json_that_is_no_policy(self):
        console = self.open_page()
        self.write(console, "7")
        console.find("label", "1 error")
        console.find("list item", contains="A policy is a JSON object")

    def test_what_if_follows_the_draft(self):
        console = self.open_page()
        console.find("label", "Allowed")
        choose(console.find("combo box", "Permission"), "install")
        console.find("label", contains="→ install →")
        console.find("label", "Allowed")
        draft = self.draft()
        draft["te"]["allow"] = []
        self.write(console, draft)
        console.find("label", "Denied")
        console.row("Denied: Type Enforcement: No rule allows type “user_t” to install")
        screenshot("policy-denied")
        self.assertEqual(self.agent.call("policy.get"), self.loaded)

    def test_revert(self):
        console = self.open_page()
        self.write(console, "{}")
        console.find("label", "Draft, not loaded")
        click(console.find("push button", "Revert"))
        console.find("label", "Loaded policy")
        self.assertEqual(json.loads(text_of(self.document(console))), self.loaded["policy"])

    def test_load_asks_first(self):
        console = self.open_page()
        draft = self.draft()
        draft["description"] = "Another policy"
        self.write(console, draft)
        console.find("label", "Valid: no problems found")
        click(wait_for(lambda: next((b for b in console.all("push button", "Load…") if is_sensitive(b)), None),
                       "one can load"))
        console.find("label", "Load this policy?")
        screenshot("policy-load")
        click(console.find("push button", "Cancel"))
        console.gone("label", "Load this policy?")
        self.assertEqual(self.agent.call("policy.get"), self.loaded)
        click(console.find("push button", "Load…"))
        click(console.find("push button", "Load"))
        console.find("label", "Loaded policy")
        self.assertEqual(self.agent.call("policy.get")["policy"], draft)

    def test_load_does_not_overwrite_what_someone_else_loaded(self):
        console = self.open_page()
        draft = self.draft()
        draft["description"] = "Mine"
        self.write(console, draft)
        button = console.find("push button", "Load…")
        wait_for(lambda: is_sensitive(button), "one can load")
        theirs = dict(self.draft(), description="Theirs")
        self.agent.call("policy.load", policy=theirs)
        click(button)
        console.find(contains="Another policy was loaded in the meantime")
        screenshot("policy-conflict")
        self.assertEqual(self.agent.call("policy.get")["policy"], theirs)
        self.assertEqual(json.loads(text_of(self.document(console))), draft)
        click(console.find("push button", "Revert"))
        wait_for(lambda: json.loads(text_of(self.document(console))) == theirs, "their policy is shown")

    def test_draft_survives_a_lost_agent(self):
        relay = self.relay("agent")
        console = self.console("--no-login", "--page", "policy", agent=relay.path)
        console.find("label", "Valid: no problems found")
        draft = dict(self.draft(), description="Kept")
        self.write(console, draft)
        console.find("label", "Draft, not loaded")
        relay.stop()
        console.find("label", "Not checked: the agent is not connected")
        screenshot("policy-away")
        relay.start()
        console.find("label", "Valid: no problems found")
        self.assertEqual(json.loads(text_of(self.document(console))), draft)


if __name__ == "__main__":
    unittest.main(verbosity=2)
