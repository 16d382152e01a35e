#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Clicks and keys at random, while another client opens, suspends and closes what the console shows: it must not end.

A search by hand, as fuzzing is, for what it meets depends on time: what is done follows from a seed (DOMICILE_SEED), for as long as
DOMICILE_RANDOM_SECONDS; without that it is left out. A failure tells the seed, the last steps and what the console has said."""

import collections
import os
import random
import re
import subprocess
import tempfile
import threading
import time
import unittest

from session import run_in_session

if __name__ == "__main__":
    run_in_session()

from case import PASSPHRASE, USER, GuiTest, support  # noqa: E402
from console import Atspi, Console, GLib, screenshot, walk  # noqa: E402

SEED = int(os.environ.get("DOMICILE_SEED", "7"))
SECONDS = float(os.environ.get("DOMICILE_RANDOM_SECONDS", "0"))
STEPS_TOLD = 40
LOOK_LASTS = 5
PAGES = ["workspace", "storage", "workspace", "domains", "policy"]
# What a hand does on a keyboard. Ctrl+Q and Ctrl+W are there: a console that was told to end is started anew.
KEYS = (["Tab"] * 8 + ["shift+Tab"] * 3 + ["Return"] * 4 + ["space"] * 4 + ["Escape"] * 4 + ["Down", "Up", "Left", "Right"] * 3
        + ["Menu", "shift+F10", "F10", "F1", "F11", "Delete", "BackSpace", "Home", "End", "Page_Down", "ctrl+f", "ctrl+o",
           "ctrl+comma", "ctrl+question", "ctrl+w", "ctrl+q", "alt+1", "alt+2", "alt+3", "alt+4", "a", "x", "period"])
ACTIVE = {"push button", "toggle button", "radio button", "check box", "menu item", "list item", "combo box", "check menu item",
          "radio menu item", "page tab", "icon", "switch"}
# GTK complains of itself where a second click comes while a menu opens. What else is critical is a fault of ours.
COMPLAINT = re.compile(r"\((?:process|domicile):\d+\): (?!Gtk-|Gdk-)\S*-?CRITICAL \*\*.*")
# To open a folder or an address outside would leave the session.
LEFT_ALONE = ("Website", "Quit")


class OtherClient(threading.Thread):
    """Somebody else at the same agent: what it asks for may be refused at any time, and nobody waits for it."""

    def __init__(self, stack, seed):
        super().__init__(daemon=True)
        self.stack, self.random = stack, random.Random(seed)
        self.ending = threading.Event()
        self.done = collections.Counter()
        self.client = stack.connect("agent")

    def workspaces(self):
        return self.client.call("workspace.list")["workspaces"]

    def try_to(self, method, **params):
        answer = self.client.request(method, **params)
        name = method if "result" in answer else method + " refused"
        self.done[name] += 1
        return answer.get("result")

    def work(self, method, **params):
        """Starts long work and sometimes waits for its end."""
        job = self.try_to(method, **params)
        if job is None or self.random.random() < 0.3:
            return
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline and not self.ending.is_set():
            if self.client.call("job.get", job=job["job"])["state"] != "running":
                return
            self.ending.wait(0.02)

    def step(self):
        one = self.random.choice(self.workspaces())
        state, chance = one["state"], self.random.random()
        if state in ("closed", "suspended"):
            self.work("workspace.open", id=one["id"], user=USER, passphrase=PASSPHRASE,
                      display=self.random.choice(["desktop", "seamless", "none"]))
        elif state == "open" and chance < 0.25:
            self.work("workspace.close", id=one["id"])
        elif state == "open" and chance < 0.4:
            self.work("workspace.suspend", id=one["id"])
        elif state == "open" and chance < 0.9:
            self.apps(one["id"])
        else:
            self.try_to("storage.scan")

    def apps(self, workspace):
        if self.random.random() < 0.6:
            self.try_to("app.launch", workspace=workspace, argv=["sleep", "1000"])
            return
        processes = self.try_to("process.list", workspace=workspace)
        if processes and processes["processes"]:
            self.try_to("app.stop", workspace=workspace, pid=self.random.choice(processes["processes"])["pid"])

    def run(self):
        while not self.ending.is_set():
            try:
                self.step()
            except (support.Closed, AssertionError, IndexError, OSError):
                pass  # it is another's turn, or the connection is gone
            self.ending.wait(self.random.uniform(0, 0.2))

    def end(self):
        self.ending.set()
        self.join(support.ANSWER_SECONDS)
        self.client.close()


class Hand:
    """Somebody who cannot read: presses, clicks and types."""

    def __init__(self, console, seed):
        self.console, self.random = console, random.Random(seed)
        self.steps = collections.deque(maxlen=STEPS_TOLD)
        self.seen = []

    def tell(self, *words):
        self.steps.append(" ".join(str(word) for word in words))

    def look(self):
        """What could be clicked on. A look takes longer than a click, and is enough for a few."""
        self.console.application.clear_cache()
        found = []
        for node in walk(self.console.application):
            try:
                if node.get_role_name() in ACTIVE and node.get_name() not in LEFT_ALONE:
                    found.append(node)
            except GLib.Error:
                continue
        return found

    def act(self):
        if not self.seen:
            found = self.look()
            self.seen = self.random.sample(found, min(LOOK_LASTS, len(found)))
        if not self.seen:
            return
        node = self.seen.pop()
        box = Atspi.Component.get_extents(node, Atspi.CoordType.SCREEN)
        button = self.random.choice(["b1c", "b1c", "b1c", "b3c", "b1d"])
        name = f"{node.get_role_name()} “{node.get_name()}”"
        if self.random.random() < 0.4 and "Action" in node.get_interfaces():
            self.tell("do", name)
            Atspi.Action.do_action(node, 0)
        elif box.width > 0 and box.height > 0:
            self.tell(button, name)
            Atspi.generate_mouse_event(box.x + box.width // 2, box.y + box.height // 2, button)

    def point(self):
        x, y = self.random.randrange(1280), self.random.randrange(900)
        button = self.random.choice(["1", "1", "3"])
        self.tell("button", button, "at", x, y)
        subprocess.run(["xdotool", "mousemove", str(x), str(y), "click", button], check=False)

    def type(self):
        names = self.random.choices(KEYS, k=self.random.randrange(1, 6))
        self.tell("keys", *names)
        subprocess.run(["xdotool", "key", "--clearmodifiers", *names], check=False, stderr=subprocess.DEVNULL)

    def fill_in(self):
        entries = [node for node in self.console.all() if node.get_role_name() in ("text", "password text")]
        if not entries:
            return
        node = self.random.choice(entries)
        text = self.random.choice([USER, USER, "Demo", "", "../../etc", "워크스페이스", "7"])
        self.tell("write", text, "into", node.get_name())
        if "EditableText" in node.get_interfaces():
            Atspi.EditableText.set_text_contents(node, text)

    def step(self):
        try:
            self.random.choices([self.act, self.point, self.type, self.fill_in], [6, 2, 3, 1])[0]()
        except GLib.Error:
            pass  # what was meant is gone


@unittest.skipUnless(SECONDS, "it is run by hand, with DOMICILE_RANDOM_SECONDS")
class Random(GuiTest):

    def start_console(self):
        page = self.random.choice(PAGES)
        arguments = self.random.choice([[], ["--no-login", "--page", page]])
        return Console(*arguments, control=self.stack.paths["control"], agent=self.stack.paths["agent"], errors=self.errors,
                       G_DEBUG="")

    def said(self, last=20):
        """What the consoles have written on standard error; the last lines of it, or with 0 all."""
        self.errors.seek(0)
        return self.errors.read().splitlines()[-last:]

    def test_a_hand_beside_another_client(self):
        self.random = random.Random(SEED)
        self.errors = self.enterContext(tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace"))
        agent = self.client("agent")
        for name in ("Second", "Third"):
            agent.finish("workspace.create", path=os.path.join(os.environ["HOME"], name + ".domicile"), name=name, user=USER,
                         passphrase=PASSPHRASE, size_bytes=64 << 20, mode="shared", vault="none")
        other = OtherClient(self.stack, SEED)
        console = self.start_console()
        hand = Hand(console, SEED)
        other.start()
        deadline, steps = time.monotonic() + SECONDS, 0
        try:
            while time.monotonic() < deadline:
                hand.step()
                steps += 1
                code = console.process.poll()
                if code is not None:
                    self.assertEqual(code, 0, f"seed {SEED}: the console ended with {code} after {steps} steps, the last ones:\n"
                                     + "\n".join([*hand.steps, "It said:", *self.said()]))
                    console = hand.console = self.start_console()
        finally:
            screenshot("random")
            other.end()
            if console.process.poll() is None:
                console.process.terminate()
            code = console.process.wait(60)
            print(f"seed {SEED}: {steps} steps beside {dict(other.done)}", flush=True)
        self.assertIn(code, (0, -15), "\n".join(hand.steps))
        self.assertEqual(COMPLAINT.findall("\n".join(self.said(0))), [], f"seed {SEED}")


if __name__ == "__main__":
    unittest.main(verbosity=2)
