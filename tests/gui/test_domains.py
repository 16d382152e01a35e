#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The page Domains against the real hypervisor: what the windows show is what the domains do."""

import os
import unittest

from session import run_in_session

if __name__ == "__main__":
    run_in_session()

from gi.repository import Atspi  # noqa: E402

from case import GuiTest  # noqa: E402
from console import (click, focus, has_state, is_sensitive, keys, press, screenshot, set_text, text_of, wait_for,  # noqa: E402
                     write)

os.environ["DOMICILE_CPUS"] = "2"  # so that there is something to choose


class Domains(GuiTest):

    def setUp(self):
        self.control = self.client("control")
        self.guests = [domain for domain in self.control.call("domain.list")["domains"]
                       if domain["role"] == "guest"]

    def state(self, domain):
        return self.control.call("domain.get", id=domain["id"])["state"]

    def remove(self, name):
        for domain in self.control.call("domain.list")["domains"]:
            if domain["name"] == name:
                self.control.request("domain.destroy", id=domain["id"])

    def test_shows_every_domain(self):
        console = self.console("--no-login")
        for domain in self.control.call("domain.list")["domains"]:
            row = console.row(domain["name"])
            self.assertIn("vCPU", row.get_name())
        screenshot("domains")

    def test_pause_and_resume(self):
        guest = self.guests[0]
        console = self.console("--no-login")
        row = console.row(guest["name"])
        click(console.find("push button", f"Pause {guest['name']}", root=row))
        wait_for(lambda: self.state(guest) == "paused", "the hypervisor pauses the domain")
        wait_for(lambda: "Paused" in row.get_name(), "the row says so")
        click(console.find("push button", f"Resume {guest['name']}", root=row))
        wait_for(lambda: self.state(guest) != "paused", "the hypervisor resumes the domain")
        wait_for(lambda: "Paused" not in row.get_name(), "the row says so")

    def test_control_domain_cannot_be_paused(self):
        console = self.console("--no-login")
        row = console.row("control")
        button = console.find("push button", contains="Pause", root=row)
        self.assertFalse(is_sensitive(button))
        self.assertIn("control domain", button.get_description() or "")

    def test_how_the_device_was_started(self):
        boot = self.control.call("host.info")["secure_boot"]
        console = self.console("--no-login")
        console.row("control")
        click(console.find("push button", "This device"))
        console.row("Secure boot: Developer keys" if boot["developer"] else "Secure boot: Verified")
        console.row("SHA-256 of the list: " + boot["manifest_sha256"])
        for image in boot["images"][:4]:  # the others are further down
            self.assertIn(image["version"], console.row(f"{image['name']}: {image['sha256']}").get_name())
        screenshot("device")
        button = console.find("push button", "Ask for a Signature")
        wait_for(lambda: is_sensitive(button), "one can ask", 60)
        click(button)
        self.assertIn("It is the one that was just asked", console.row("Question: ").get_name())
        self.assertIn("It is the one that is shown here", console.row("Signed list: " + boot["manifest_sha256"]).get_name())
        screenshot("device-signature")

    def test_search(self):
        console = self.console("--no-login")
        first, second = self.guests[0], self.guests[1]
        console.row(first["name"])
        console.row(second["name"])
        set_text(console.find("text", "Find a domain"), first["name"])
        console.gone("list item", contains=second["name"] + ",")
        console.row(first["name"])
        set_text(console.find("text", "Find a domain"), "no domain has this name")
        console.gone("list item")

    def test_details_follow_the_domain(self):
        guest = self.guests[0]
        console = self.console("--no-login")
        console.resize(1200, 880)  # what identifies it is below what it may use
        press(console.row(guest["name"]))
        console.find("label", contains="Processor:")
        wait_for(lambda: guest["uuid"] in [text_of(node) for node in console.all("label", "UUID")], "its UUID")
        screenshot("domain-details")

    def test_console_talks(self):
        guest = self.guests[0]
        console = self.console("--no-login")
        press(console.row(guest["name"]))
        click(console.find("radio button", "Console"))
        terminal = console.find("terminal")
        self.assertIn(guest["name"], terminal.get_name())
        wait_for(lambda: text_of(terminal).strip(), "what the domain has written so far")
        focus(terminal)
        write("hello from the console\n")
        wait_for(lambda: "hello from the console" in text_of(terminal), "the domain takes the line")
        wait_for(lambda: "hello from the console" in self.control.call("domain.console", id=guest["id"])["text"],
                 "the hypervisor's console ring has it")
        screenshot("domain-console")

    def test_create_and_destroy(self):
        self.addCleanup(self.remove, "gui-test")
        console = self.console("--no-login")
        console.row(self.guests[0]["name"])
        click(console.find("push button", "New domain"))
        console.find("dialog")
        create = console.find("push button", "Create")
        self.assertFalse(is_sensitive(create))
        set_text(console.field("Name"), "not a name")
        console.find(contains="A name takes letters")
        set_text(console.field("Name"), "gui-test")
        wait_for(lambda: is_sensitive(create), "an image to choose")
        disks = console.field("Disk")
        wait_for(lambda: disks.get_child_at_index(0).get_child_count() == 2, "a disk that nobody has")
        Atspi.Selection.select_child(disks.get_selection_iface(), 1)
        click(console.find("check box", "Connect it to the network"))
        screenshot("create-domain")
        click(create)
        row = console.row("gui-test")
        created = next(domain for domain in self.control.call("domain.list")["domains"]
                       if domain["name"] == "gui-test")
        self.assertEqual([device["kind"] for device in created["devices"]], ["disk", "net"])
        self.assertEqual(created["devices"][0]["name"], "spare", "the only disk that nobody has")
        wait_for(lambda: self.state(created) in ("running", "blocked"), "it is started at once")
        focus(row)
        keys("Delete")
        console.find("alert")
        screenshot("destroy-domain")
        click(console.find("push button", "Destroy"))
        console.gone("list item", contains="gui-test")
        self.assertNotIn("gui-test", [domain["name"] for domain in self.control.call("domain.list")["domains"]])

    def test_create_with_a_name_that_is_taken(self):
        console = self.console("--no-login")
        console.row(self.guests[0]["name"])
        click(console.find("push button", "New domain"))
        set_text(console.field("Name"), self.guests[0]["name"])
        create = console.find("push button", "Create")
        wait_for(lambda: is_sensitive(create), "an image to choose")
        before = len(self.control.call("domain.list")["domains"])
        click(create)
        console.find("alert", contains=self.guests[0]["name"])
        self.assertEqual(len(self.control.call("domain.list")["domains"]), before)
        wait_for(lambda: is_sensitive(create), "another try is possible")

    def test_weight(self):
        guest = self.guests[0]
        self.addCleanup(self.control.request, "domain.set", id=guest["id"], weight=guest["weight"])
        console = self.console("--no-login")
        press(console.row(guest["name"]))
        weight = console.find("spin button", "Weight")
        apply = console.find("push button", "Apply")
        self.assertFalse(is_sensitive(apply))
        Atspi.Value.set_current_value(weight, guest["weight"] + 100)
        wait_for(lambda: is_sensitive(apply), "the change can be applied")
        click(apply)
        wait_for(lambda: self.control.call("domain.get", id=guest["id"])["weight"] == guest["weight"] + 100,
                 "the hypervisor takes the weight")
        wait_for(lambda: not is_sensitive(apply), "nothing is left to apply")

    def test_pinning(self):
        guest = self.guests[0]
        everywhere = [[0, 1]] * len(guest["vcpus"])
        self.addCleanup(self.control.request, "domain.set", id=guest["id"], vcpu_affinity=everywhere)

        def affinity():
            return [vcpu["affinity"] for vcpu in self.control.call("domain.get", id=guest["id"])["vcpus"]]
        self.assertEqual(affinity(), everywhere)
        console = self.console("--no-login")
        press(console.row(guest["name"]))
        press(console.row("Processors"))
        zero, one = (console.find("toggle button", f"Virtual CPU 0 on processor {number}") for number in range(2))
        apply = console.find("push button", "Apply")
        click(zero)
        wait_for(lambda: is_sensitive(apply), "the change can be applied")
        click(one)
        wait_for(lambda: has_state(one, Atspi.StateType.CHECKED), "a virtual CPU keeps its last processor")
        screenshot("pinning")
        click(apply)
        wait_for(lambda: affinity()[0] == [1], "the hypervisor takes the processor away")
        revert = console.find("push button", "Revert")
        wait_for(lambda: not is_sensitive(revert), "nothing is left to apply")
        self.control.call("domain.set", id=guest["id"], vcpu_affinity=everywhere)
        wait_for(lambda: has_state(zero, Atspi.StateType.CHECKED), "what another has changed is shown")

    def test_keyboard_only(self):
        guest = self.guests[0]
        self.addCleanup(self.control.request, "domain.resume", id=guest["id"])
        console = self.console("--no-login")
        row = console.row(guest["name"])
        focus(row)
        keys("ctrl+p")
        wait_for(lambda: self.state(guest) == "paused", "Ctrl+P pauses the domain")
        keys("ctrl+p")
        wait_for(lambda: self.state(guest) != "paused", "Ctrl+P resumes it")
        keys("ctrl+f")
        write(guest["name"])
        search = console.find("text", "Find a domain")
        wait_for(lambda: text_of(search) == guest["name"], "Ctrl+F goes to the search")


if __name__ == "__main__":
    unittest.main(verbosity=2)
