# SPDX-License-Identifier: GPL-2.0-or-later
"""Bundles in a workspace that stands open, from files and from servers."""

import unittest

from bundle_test import LARGE, SECONDS, BundleTest
from http_files import HttpFiles
from layer_tree import layer_tree
from stack import USER_ID

LINKS = "find /usr /opt /etc /var -lname '/run/domicile/bundles/*' 2>/dev/null | grep -q ."


def flipped(data, at):
    """With another byte there, whatever it was."""
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1:]


class Live(BundleTest):
    def test_install_runs_at_once(self):
        bundle = self.make()
        self.use()
        self.refused(4, source=bundle["path"])
        done = self.install(bundle["path"], trust=bundle["signer"])
        self.assertFalse(done["at_next_opening"])
        self.assertEqual([app["id"] for app in done["apps"]], ["notes.desktop"])
        self.assertEqual(self.own_apps()["notes.desktop"]["source"], "bundle")
        self.assertTrue(self.ran("notes.desktop"))
        self.refused(2, source=bundle["path"])
        with self.subTest("removed while it stands"):
            self.assertFalse(self.remove("notes.desktop")["at_next_opening"])
            self.assertEqual(self.own_apps(), {})
            self.assertEqual(self.status(f"! {LINKS} && ! test -e /opt/notes && ! test -e /run/domicile/bundles/notes"), 0)
        with self.subTest("a layer from the next opening on"):
            self.install(bundle["path"])
            self.assertEqual(self.status(LINKS), 0)
            self.reopen()
            self.assertNotEqual(self.status(LINKS), 0)
            self.assertTrue(self.ran("notes.desktop"))
            self.assertEqual(self.status("test -f /opt/notes/large && ! test -h /opt/notes"), 0)
        with self.subTest("an agent that is killed leaves nothing in the way"):
            self.remove("notes")
            self.reopen()
            self.assertEqual(self.own_apps(), {})
            self.install(bundle["path"])
            self.stack.kill_agent()
            self.stack.start()
            self.reconnect()
            self.workspace = self.open(self.workspace)
            self.assertNotEqual(self.status(LINKS), 0)
            self.assertTrue(self.ran("notes.desktop"))


class Served(BundleTest):
    def serve(self, bundle, **params):
        with open(bundle["path"], "rb") as file:
            server = HttpFiles({"notes.bundle": file.read()}, **params)
        self.addCleanup(lambda: server.server and server.stop())
        return server


class Removal(Served):
    """Takes back all that an installation has brought, whatever it came as and however it stands in the workspace."""

    def layer(self):
        """Of the workspace, which stays closed."""
        self.close(self.workspace)
        return layer_tree(self.workspace["path"])

    def test_removal(self):
        self.maxDiff = None
        bundle = self.make(extra=[("lib/deep/one", b"1", 0o644)])
        self.use()
        url = self.serve(bundle).url("notes.bundle")
        before = self.layer()
        for source, params in ((bundle["path"], {}), (url, {}), (url, {"stream": True})):
            for reopened in (False, True):
                with self.subTest(source=source, reopened=reopened, **params):
                    self.workspace = self.open(self.workspace)
                    self.install(source, trust=bundle["signer"], **params)
                    if reopened:
                        self.reopen()
                    self.assertTrue(self.ran("notes.desktop"))
                    if self.remove("notes")["at_next_opening"]:
                        self.reopen()
                    self.assertEqual(self.layer(), before)


class Streaming(Served):
    def test_stream(self):
        bundle = self.make()
        self.vault = "luks"
        self.use()
        server = self.serve(bundle)
        url = server.url("notes.bundle")
        error = self.refused(4, source=url, stream=True)
        self.assertEqual(error.data["signer"], bundle["signer"])
        self.assertEqual(self.install(url, stream=True, trust=bundle["signer"])["url"], url)
        self.assertTrue(self.ran("notes.desktop"))
        self.assertLess(server.given, LARGE // 2, "more was read than was touched")
        with self.subTest("the server goes: what was read is there, the rest is an error"):
            server.stop()
            self.assertTrue(self.ran("notes.desktop"))
            self.assertEqual(self.status("cat /opt/notes/large > /dev/null 2> $HOME/said; grep -q 'Input/output error' $HOME/said"), 0)
            self.refused(9, "app.pin", app="notes")
            self.reopen()
            self.assertTrue(self.ran("notes.desktop"))
        with self.subTest("the server comes back"):
            server.start()
            self.assertEqual(self.status("until cat /opt/notes/large > /dev/null 2>&1; do sleep 0.2; done; test $(stat -Lc %s /opt/notes/large) = "
                                         f"{LARGE}"), 0)
        with self.subTest("pinned, it needs no server"):
            self.client.run_job("app.pin", SECONDS, workspace=self.workspace["id"], app="notes.desktop")
            server.stop()
            self.reopen()
            self.assertEqual(self.status("cat /opt/notes/large > /dev/null && ! test -h /opt/notes"), 0)
            self.assertTrue(self.ran("notes.desktop"))
            self.remove("notes.desktop")

    def test_nothing_unsigned_runs(self):
        bundle = self.make()
        self.use()
        server = self.serve(bundle)
        good = server.files["notes.bundle"]
        self.install(server.url("notes.bundle"), stream=True, trust=bundle["signer"])
        cached = self.status("head -c 65536 /opt/notes/large > /dev/null")
        self.assertEqual(cached, 0)
        server.files["notes.bundle"] = bytes(len(good))
        self.assertNotEqual(self.status("cat /opt/notes/large > /dev/null"), 0)
        self.refused(7, "app.pin", app="notes")
        server.files["notes.bundle"] = good
        self.client.run_job("app.pin", SECONDS, workspace=self.workspace["id"], app="notes")
        self.assertEqual(self.status("cat /opt/notes/large > /dev/null"), 0)

    def test_download_and_bad_servers(self):
        bundle = self.make()
        self.use()
        server = self.serve(bundle)
        good = server.files["notes.bundle"]
        self.refused(1, source=server.url("nowhere.bundle"))
        self.refused(-32602, source="http:///x")
        for bad in (good[:-1], good[:len(good) // 2], b"", b"x" * 200, flipped(good, len(good) - 90), flipped(good, len(good) - 400),
                    flipped(good, 100000)):
            server.files["notes.bundle"] = bad
            with self.assertRaises(Exception) as caught:
                self.install(server.url("notes.bundle"), trust=bundle["signer"])
            self.assertEqual(caught.exception.code, 7, caught.exception.message)
        server.files["notes.bundle"] = good
        server.ranges = False
        self.assertEqual(self.refused(8, source=server.url("notes.bundle"), stream=True).data["needs"], "http-ranges")
        for bad in (good[:-1], b"", flipped(good, 100000)):
            server.files["notes.bundle"] = bad
            self.refused(7, source=server.url("notes.bundle"), trust=bundle["signer"])
        server.files["notes.bundle"] = good
        self.assertEqual(self.own_apps(), {})
        self.install(server.url("notes.bundle"), trust=bundle["signer"])
        self.assertEqual(self.status("cat /opt/notes/large > /dev/null"), 0)
        self.remove("notes")
        server.ranges = True
        self.assertEqual(self.own_apps(), {})
        done = self.install(server.url("notes.bundle"), trust=bundle["signer"])
        self.assertFalse(done["at_next_opening"])
        self.assertGreaterEqual(server.given, LARGE)
        server.stop()
        self.assertEqual(self.status("cat /opt/notes/large > /dev/null"), 0)
        self.remove("notes")
        self.assertEqual(self.refused(9, source=server.url("notes.bundle")).data["kind"], "io")


class LiveAsUser(Live):
    """The agent is nobody special: what is mounted for it only it may ask about."""
    uid = USER_ID


class StreamingAsUser(Streaming):
    uid = USER_ID


del BundleTest, Served  # no tests by themselves

if __name__ == "__main__":
    unittest.main()
