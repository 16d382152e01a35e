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
from console import Atspi, click, is_sensitive, press, screenshot, set_text, text_of, wait_for  # noqa: E402


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

    def choose(self, console, name, value):
        """Chooses an entry of a combo box by the keyboard's way: its selection."""
        box = console.find("combo box", name)
        menu = box.get_child_at_index(0)
        names = [menu.get_child_at_index(i).get_name() for i in range(menu.get_child_count())]
        self.assertIn(value, names)
        Atspi.Selection.select_child(box.get_selection_iface(), names.index(value))

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

    def test_broken_json_names_the_line(self):
        console = self.open_page()
        self.write(console, '{\n  "format": 1,\n  "models": [,]\n}\n')
        console.find("label", "1 error")
        console.find("list item", contains=": Line 3")

    def test_what_if_follows_the_draft(self):
        console = self.open_page()
        console.find("label", "Allowed")
        self.choose(console, "Permission", "install")
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
