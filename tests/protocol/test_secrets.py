#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Passphrases: what was sent is not to be found in any process of the stack afterwards, nor in a log."""

import os
import secrets
import time
import unittest

import support
from support import PARAMS, ProtocolTest

setUpModule = support.set_up_module
tearDownModule = support.tear_down_module

WIPE_SECONDS = 60
NOT_FOUND = 1


def descendants(pid):
    """Every process below one, itself included."""
    children = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                with open(f"/proc/{entry}/stat", encoding="utf-8", errors="replace") as stat:
                    parent = int(stat.read().rpartition(")")[2].split()[1])
            except (OSError, ValueError):
                continue
            children.setdefault(parent, []).append(int(entry))
    found, waiting = [], [pid]
    while waiting:
        one = waiting.pop()
        found.append(one)
        waiting.extend(children.get(one, []))
    return found


def holds(pid, secret):
    """Whether a process has these bytes anywhere in memory that it can write."""
    try:
        with open(f"/proc/{pid}/maps", encoding="utf-8") as maps, open(f"/proc/{pid}/mem", "rb") as memory:
            for line in maps:
                span, modes = line.split()[:2]
                if not modes.startswith("rw"):
                    continue
                start, end = (int(part, 16) for part in span.split("-"))
                try:
                    memory.seek(start)
                    if secret in memory.read(end - start):
                        return True
                except OSError:
                    continue
    except (FileNotFoundError, ProcessLookupError):
        return False
    return False


@unittest.skipUnless(os.getuid() == 0, "only root may look into another process's memory")
class Passphrases(ProtocolTest):
    """The agent's methods that take one."""
    endpoint = "agent"

    def setUp(self):
        self.client = self.connect()
        self.secret = "sesame-" + secrets.token_hex(12)
        self.path = support.current_stack().directory + "/" + secrets.token_hex(4) + ".domicile"

    def keepers(self):
        """The programs that still hold the secret; a vault that is open may, in the process that serves it."""
        held = []
        for pid in descendants(support.current_stack().process.pid):
            if holds(pid, self.secret.encode()):
                with open(f"/proc/{pid}/comm", encoding="utf-8") as name:
                    held.append(name.read().strip())
        return held

    def assert_forgotten(self):
        deadline = time.monotonic() + WIPE_SECONDS
        while (held := self.keepers()) and time.monotonic() < deadline:
            time.sleep(0.1)
        self.assertEqual(held, [])
        with open(support.current_stack().errors, encoding="utf-8", errors="replace") as log:
            self.assertNotIn(self.secret, log.read())

    def test_the_search_finds_it(self):
        """A search that could not find it would prove nothing."""
        self.assertTrue(holds(os.getpid(), self.secret.encode()))

    def test_refused(self):
        answer = self.client.request("workspace.open", path=self.path, user="u", passphrase=self.secret)
        self.assert_error(answer, NOT_FOUND)
        self.assert_forgotten()

    def test_parameters_that_do_not_fit(self):
        answer = self.client.request("workspace.open", path=self.path, user=7, passphrase=self.secret)
        self.assert_error(answer, PARAMS, "user")
        self.assert_forgotten()

    def done(self, method, **params):
        state = self.client.finish(method, **params)
        self.assertEqual(state["state"], "done", state)
        return state["result"]

    def life(self, vault):
        self.done("workspace.create", path=self.path, name="Secret", user="u", passphrase=self.secret,
                  size_bytes=1 << 26, mode="shared", vault=vault)
        self.assert_forgotten()
        state = self.client.finish("workspace.open", path=self.path, user="nobody", passphrase="not " + self.secret,
                                   display="none")
        self.assertEqual(state["error"]["data"]["kind"], "auth", state)
        self.assert_forgotten()
        number = self.done("workspace.open", path=self.path, user="u", passphrase=self.secret, display="none")["id"]
        self.done("workspace.close", id=number)
        self.assert_forgotten()

    def test_plain_workspace(self):
        self.life("none")

    def test_encrypted_workspace(self):
        self.life("luks")


if __name__ == "__main__":
    support.main()
