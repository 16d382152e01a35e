# SPDX-License-Identifier: GPL-2.0-or-later
"""The console as a user meets it: through what its windows tell assistive technology, the mouse and the keyboard."""

import os
import subprocess
import time

import gi
gi.require_version("Atspi", "2.0")
from gi.repository import Atspi, GLib  # noqa: E402

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get("DOMICILE_BUILD_DIR", os.path.join(ROOT, "build"))
SHOTS = os.path.join(BUILD, "screenshots")
SECONDS = 180
DEPTH = 40


def wait_for(condition, what, seconds=SECONDS):
    """Tries until the condition gives something true, and returns that; AssertionError after the deadline."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            value = condition()
        except GLib.Error:
            value = None  # the object went away while it was looked at
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {what() if callable(what) else what}")
        time.sleep(0.02)


def walk(node, depth=0):
    """The accessible objects below one, itself first, that are on the screen."""
    if node is None or depth > DEPTH:
        return
    try:
        states = node.get_state_set()
        if states.contains(Atspi.StateType.DEFUNCT):
            return
        if depth > 0 and not states.contains(Atspi.StateType.SHOWING):
            return
        yield node
        children = node.get_child_count()
    except GLib.Error:
        return
    for index in range(min(children, 500)):
        try:
            child = node.get_child_at_index(index)
        except GLib.Error:
            continue
        yield from walk(child, depth + 1)


def text_of(node):
    """The text that an object shows: its Text interface's, else its name."""
    if "Text" in node.get_interfaces():
        return Atspi.Text.get_text(node, 0, -1)
    return node.get_name()


def has_state(node, state):
    node.clear_cache()
    return node.get_state_set().contains(state)


def is_sensitive(node):
    return has_state(node, Atspi.StateType.SENSITIVE)


def is_showing(node):
    """Whether it is on the screen; what is gone is not."""
    try:
        return has_state(node, Atspi.StateType.SHOWING)
    except GLib.Error:
        return False


def click(node):
    """Activates a button, a tab, a menu entry by its own action."""
    assert "Action" in node.get_interfaces(), f"{node.get_role_name()} “{node.get_name()}” has no action"
    assert is_sensitive(node), f"{node.get_role_name()} “{node.get_name()}” is insensitive"
    Atspi.Action.do_action(node, 0)


def still_place(node):
    """Where an object is when it has been in the same place for a few looks: pages slide in, and lists fill."""
    looks = []

    def still():
        box = Atspi.Component.get_extents(node, Atspi.CoordType.SCREEN)
        looks.append((box.x, box.y, box.width, box.height))
        return box if looks[-5:] == looks[-1:] * 5 else None
    return wait_for(still, f"a place of “{node.get_name()}” that stays")


def press(node, button="b1c"):
    """Clicks the middle of an object with the mouse, once it has stopped moving."""
    box = still_place(node)
    assert box.width > 0 and box.height > 0, f"“{node.get_name()}” has no place on the screen"
    Atspi.generate_mouse_event(box.x + box.width // 2, box.y + box.height // 2, button)


def focus(node):
    """Clicks an object and waits until keys go to it."""
    press(node)
    wait_for(lambda: has_state(node, Atspi.StateType.FOCUSED), f"the focus on “{node.get_name()}”")


def set_text(node, text):
    """Replaces what an entry holds."""
    assert Atspi.EditableText.set_text_contents(node, text)


def choose(box, value):
    """Chooses an entry of a combo box, as soon as it has it and can be used."""
    def entries():
        box.clear_cache()
        menu = box.get_child_at_index(0)
        return [menu.get_child_at_index(i).get_name() for i in range(menu.get_child_count())] if menu else []
    wait_for(lambda: value in entries() and is_sensitive(box), lambda: f"“{value}” can be chosen; there is: {entries()}")
    Atspi.Selection.select_child(box.get_selection_iface(), entries().index(value))


def keys(*names, to=None):
    """Presses keys by their X names, as "ctrl+f" or "Return". @to: the window that is to have them, once it has the keyboard."""
    if to is not None:
        wait_for(lambda: has_state(to, Atspi.StateType.ACTIVE), f"the keyboard goes to “{to.get_name()}”")
    subprocess.run(["xdotool", "key", "--clearmodifiers", *names], check=True)


def write(text):
    """Types text on the keyboard."""
    subprocess.run(["xdotool", "type", "--clearmodifiers", "--delay", "5", text], check=True)


def screenshot(name):
    """Keeps what the screen shows now."""
    os.makedirs(SHOTS, exist_ok=True)
    path = os.path.join(SHOTS, name + ".png")
    subprocess.run(["import", "-window", "root", path], check=True)
    return path


class Console:
    """One running console."""

    def __init__(self, *arguments, control=None, agent=None, command=None, errors=None, **environment):
        """Of two sockets, or as another command brings it up; what it complains of goes to a file where one is given."""
        self.process = subprocess.Popen(
            command or [os.path.join(BUILD, "app", "domicile"), "--control", control, "--agent", agent, *arguments],
            env=dict(os.environ, **{"G_DEBUG": "fatal-criticals", **environment}), stderr=errors)
        self.application = wait_for(self._find_application, "the console on the accessibility bus")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()

    def end(self):
        """Ends the program; one that crashed or has to be killed is an error."""
        if self.process.poll() is None:
            self.process.terminate()
        code = self.process.wait(SECONDS)
        assert code in (0, -15), f"the console ended with {code}"

    def _find_application(self):
        if self.process.poll() is not None:
            raise AssertionError(f"the console ended with {self.process.returncode}")
        desktop = Atspi.get_desktop(0)
        for index in range(desktop.get_child_count()):
            node = desktop.get_child_at_index(index)
            if node is not None and node.get_process_id() == self.process.pid and node.get_child_count() > 0:
                return node
        return None

    def all(self, role=None, name=None, contains=None, root=None):
        """What is on the screen now and fits."""
        found = []
        (root or self.application).clear_cache()  # what is remembered here may be older than the screen
        for node in walk(root or self.application):
            try:
                if role is not None and node.get_role_name() != role:
                    continue
                label = node.get_name() or ""
                if name is not None and label != name:
                    continue
                if contains is not None and contains not in label:
                    continue
            except GLib.Error:
                continue
            found.append(node)
        return found

    def find(self, role=None, name=None, contains=None, root=None, seconds=SECONDS):
        """Waits for an object and returns it."""
        return wait_for(lambda: next(iter(self.all(role, name, contains, root)), None),
                        lambda: f"{role or 'object'} “{name or contains}”; there is:\n{self.describe()}", seconds)

    def field(self, label, root=None, seconds=SECONDS):
        """Waits for the entry that a label with this text is for."""
        def labels_of(node):
            return [relation.get_target(index).get_name() for relation in node.get_relation_set()
                    if relation.get_relation_type() == Atspi.RelationType.LABELLED_BY
                    for index in range(relation.get_n_targets())]
        return wait_for(lambda: next((node for node in self.all(root=root) if label in labels_of(node)), None),
                        lambda: f"the field “{label}”; there is:\n{self.describe()}", seconds)

    def gone(self, role=None, name=None, contains=None, seconds=SECONDS):
        """Waits until no such object is on the screen."""
        wait_for(lambda: not self.all(role, name, contains), f"the end of {role} “{name or contains}”", seconds)

    def page(self, title):
        """Goes to a page by its tab."""
        click(self.find("radio button", title))

    def row(self, beginning, seconds=SECONDS):
        """A row of a list whose name begins so."""
        return wait_for(lambda: next((node for node in self.all("list item")
                                      if (node.get_name() or "").startswith(beginning)), None),
                        lambda: f"the row “{beginning}”; there is:\n{self.describe()}", seconds)

    def window(self):
        """The number of the window on the X server."""
        def look():
            found = subprocess.run(["xdotool", "search", "--onlyvisible", "--pid", str(self.process.pid)],
                                   stdout=subprocess.PIPE, text=True, check=False).stdout.split()
            return found[-1] if found else None
        return wait_for(look, "the window")

    def resize(self, width, height):
        """Gives the window another size."""
        subprocess.run(["xdotool", "windowsize", self.window(), str(width), str(height)], check=True)

    def describe(self):
        """What is on the screen, for the message of a failed test."""
        return "\n".join(f"  {node.get_role_name()} “{node.get_name()}”" for node in walk(self.application)
                         if node.get_name())
