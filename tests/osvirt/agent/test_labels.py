# SPDX-License-Identifier: GPL-2.0-or-later
"""Apps under the labels of a policy: Chinese Wall and low-water-mark over files, connections by address, revocation."""

import copy
import os
import socket
import threading
import unittest

from stack import AgentTest, in_modes

ALL_FILE = ["read", "write", "append", "create", "execute", "unlink", "rename", "link", "getattr", "setattr"]
ALL_DIRECTORY = ["read", "search", "write", "create", "unlink", "getattr", "setattr"]
POLICY = {
    "format": 1,
    "models": ["te", "biba", "chinese-wall"],
    "te": {
        "types": ["user_t", "app_t", "offline_t", "program_t", "files_t", "net_t", "other_t"],
        "allow": [
            {"source": "user_t", "target": "program_t", "class": "app", "permissions": ["list", "launch", "stop"]},
            {"source": "app_t", "target": "files_t", "class": "file", "permissions": ALL_FILE},
            {"source": "app_t", "target": "files_t", "class": "directory", "permissions": ALL_DIRECTORY},
            {"source": "offline_t", "target": "files_t", "class": "file", "permissions": ["read"]},
            {"source": "offline_t", "target": "files_t", "class": "directory", "permissions": ["read"]},
            {"source": "app_t", "target": "net_t", "class": "network", "permissions": ["connect", "bind", "send"]},
        ]},
    "biba": {"levels": ["low", "high"], "mode": "low-water-mark"},
    "chinese_wall": {"classes": [{"name": "banks", "datasets": ["bank-a", "bank-b"]}]},
    "labels": {
        "subjects": {
            "workspace-user": {"type": "user_t", "integrity": "high"},
            "plain": {"type": "app_t", "integrity": "high"},
            "broker": {"type": "app_t", "integrity": "high"},
            "other-broker": {"type": "app_t", "integrity": "high"},
            "careful": {"type": "app_t", "integrity": "high"},
            "offline": {"type": "offline_t", "integrity": "high"}},
        "objects": {
            "host-app": {"type": "program_t", "integrity": "high"},
            "bank-a": {"type": "files_t", "integrity": "high", "dataset": "bank-a"},
            "bank-b": {"type": "files_t", "integrity": "high", "dataset": "bank-b"},
            "books": {"type": "files_t", "integrity": "high"},
            "downloads": {"type": "files_t", "integrity": "low"},
            "near": {"type": "net_t", "integrity": "high"},
            "far": {"type": "other_t", "integrity": "high"},
            "others": {"type": "other_t", "integrity": "high"}}},
    "contexts": {
        "apps": {"*": "plain"},
        "files": [
            {"path": "~/banks/a", "label": "bank-a"}, {"path": "~/banks/b", "label": "bank-b"},
            {"path": "~/books", "label": "books"}, {"path": "~/downloads", "label": "downloads"}],
        "network": [{"address": "127.0.0.0/8", "ports": [0], "label": "near"}, {"label": "far"}],
        "processes": "others"}}
# Every way that a program has to a file; each prints a line with what it got, and never ends the program.
TRICKS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "path_tricks.py")


class WithPolicy(AgentTest):
    """A workspace with labelled folders."""

    def setUp(self):
        super().setUp()
        self.workspace = self.created_and_open()
        self.client.call("events.subscribe", topics=["audit"])
        # Before any policy: the files of both banks, and the links that somebody may have left.
        self.assertEqual(self.shell(None, """
            mkdir -p ~/banks/a ~/banks/b ~/books ~/downloads ~/links
            echo alpha > ~/banks/a/secret; echo beta > ~/banks/b/secret; echo kept > ~/books/book; echo junk > ~/downloads/file
            ln -s ~/banks/b/secret ~/links/file; ln -s ../banks ~/links/folder; ln -s . ~/links/here"""), 0)

    def load(self, change=None):
        policy = copy.deepcopy(POLICY)
        if change:
            change(policy)
        return self.client.call("policy.load", policy=policy)

    def start(self, label, *argv):
        arguments = {"label": label} if label else {}
        return self.client.call("app.launch", workspace=self.workspace["id"], argv=list(argv), **arguments)["pid"]

    def end_of(self, pid):
        end = self.client.wait_event("process", lambda data: data["change"] == "gone" and data["pid"] == pid)
        return end.get("status", -end.get("signal", 0))

    def shell(self, label, script):
        return self.end_of(self.start(label, "/bin/sh", "-c", script))

    def home(self, *names):
        """A file of the home folder, read from outside, where there are no labels."""
        with open(os.path.join(self.folder(), "home", *names), encoding="utf-8") as file:
            return file.read()

    def denials(self):
        return [record for record in self.client.call("audit.list", limit=1000)["records"] if not record["allowed"]]

    def log(self, name):
        path = os.path.join(self.folder(), "log")
        text = ""
        for entry in sorted(os.listdir(path)):
            if name in entry:
                with open(os.path.join(path, entry), encoding="utf-8") as file:
                    text += file.read()
        return text


@in_modes
class Labels(WithPolicy):
    """The Chinese Wall and the low-water mark over files."""

    def test_wall(self):
        self.load()
        # The first choice is free; what was chosen can be changed, and what was not is not there.
        self.assertEqual(self.shell("broker", "cat ~/banks/a/secret && echo more >> ~/banks/a/secret"), 0)
        self.assertEqual(self.home("banks", "a", "secret"), "alpha\nmore\n")
        self.assertNotEqual(self.shell("broker", "cat ~/banks/b/secret"), 0)
        # One who has accessed a bank writes nothing that belongs to none: it could carry it over.
        self.assertEqual(self.shell("broker", "cat ~/books/book"), 0)
        self.assertNotEqual(self.shell("broker", "echo leak > ~/books/book"), 0)
        # Another broker chooses for itself.
        self.assertEqual(self.shell("other-broker", "cat ~/banks/b/secret"), 0)
        self.assertNotEqual(self.shell("other-broker", "cat ~/banks/a/secret"), 0)
        denied = [(record["subject"], record["object"], record["model"]) for record in self.denials()]
        self.assertIn(("broker", "bank-b", "chinese-wall"), denied)
        self.assertIn(("other-broker", "bank-a", "chinese-wall"), denied)
        self.assertTrue(all(record["workspace"] == self.workspace["id"] for record in self.denials()))
        # policy.check knows it, too.
        answer = self.client.call("policy.check", subject="broker", object="bank-b", **{"class": "file"}, permission="read")
        self.assertFalse(answer["allowed"])

    def test_choice_takes_from_what_runs(self):
        """One app of a label is running when another chooses: the wall stands for both from then on."""
        self.load()
        self.shell(None, "mkfifo /tmp/go /tmp/done")
        waiting = self.start("broker", "/bin/sh", "-c", "echo x > /tmp/done; read go < /tmp/go; cat ~/banks/b/secret")
        self.assertEqual(self.shell("plain", "read x < /tmp/done"), 0)
        self.assertEqual(self.shell("broker", "cat ~/banks/a/secret"), 0)
        self.start("plain", "/bin/sh", "-c", "echo go > /tmp/go")
        self.assertNotEqual(self.end_of(waiting), 0)

    def test_path_tricks(self):
        self.load()
        with open(TRICKS, encoding="utf-8") as script:
            text = script.read()
        status = self.end_of(self.start("broker", "/usr/bin/python3", "-c", text))
        self.assertEqual(status, 0, self.log("python3"))
        tried = [line for line in self.log("python3").splitlines() if line.startswith("kept out: ")]
        self.assertGreater(len(tried), 20, self.log("python3"))

    def test_history_survives(self):
        self.load()
        self.assertEqual(self.shell("broker", "cat ~/banks/a/secret"), 0)
        self.close(self.workspace)
        self.open(self.workspace)
        self.assertNotEqual(self.shell("broker", "cat ~/banks/b/secret"), 0)
        self.assertEqual(self.shell("broker", "cat ~/banks/a/secret"), 0)
        self.stack.stop_agent()
        self.stack.start()
        self.reconnect()
        self.open(self.workspace)
        self.assertNotEqual(self.shell("broker", "cat ~/banks/b/secret"), 0)
        # Killed in the middle of everything: what was chosen just before is known.
        self.assertEqual(self.shell("other-broker", "cat ~/banks/b/secret"), 0)
        self.stack.kill_agent()
        self.stack.start()
        self.reconnect()
        self.open(self.workspace)
        self.assertNotEqual(self.shell("other-broker", "cat ~/banks/a/secret"), 0)

    def test_damaged_history_closes(self):
        self.close(self.workspace)
        state = os.path.join(self.folder(), "state")
        os.makedirs(state, exist_ok=True)
        with open(os.path.join(state, "policy-history.json"), "w", encoding="utf-8") as file:
            file.write('{"format": 1, "subj')
        self.assert_rpc_error(7, "workspace.open", id=self.workspace["id"], user="demo", passphrase="correct horse", display="none")
        self.assertEqual(self.state(self.workspace), "closed")

    def test_low_water_mark(self):
        self.load()
        self.assertEqual(self.shell("careful", "echo one >> ~/books/book"), 0)
        # A file that it holds open for writing stands against its own fall.
        self.assertNotEqual(self.shell("careful", "exec 3>> ~/books/book; cat ~/downloads/file"), 0)
        self.assertNotEqual(self.shell("careful", "echo two >> ~/books/book"), 0)
        self.assertEqual(self.shell("careful", "cat ~/books/book ~/downloads/file; echo three >> ~/downloads/file"), 0)
        self.assertEqual(self.home("books", "book"), "kept\none\n")

    def test_processes_of_other_labels(self):
        self.load()
        victim = self.start("plain", "sleep", "1000")
        self.assertNotEqual(self.shell("broker", f"kill {victim}"), 0)
        self.assertEqual(self.shell("broker", "sleep 1000 & kill $!"), 0)
        self.client.call("app.stop", workspace=self.workspace["id"], pid=victim)

    def test_unknown_label(self):
        self.load()
        self.assert_rpc_error(1, "app.launch", workspace=self.workspace["id"], argv=["true"], label="nobody")
        self.load(lambda policy: policy["contexts"].update(apps={}))
        self.assert_rpc_error(4, "app.launch", workspace=self.workspace["id"], argv=["true"])


CONNECT = """
import socket, sys
def attempt(family, address):
    with socket.socket(family) as s:
        s.settimeout(60)
        try:
            s.connect(address)
            s.sendall(b"hello")
            return s.recv(5) == b"world"
        except OSError as error:
            print(address, error)
            return False
allowed, denied = {ports}
assert attempt(socket.AF_INET, ("127.0.0.1", allowed))
assert not attempt(socket.AF_INET, ("127.0.0.1", denied))
assert not attempt(socket.AF_INET6, ("::ffff:127.0.0.1", denied)), "the same address in other words"
for family, kind, protocol in (socket.AF_INET, socket.SOCK_DGRAM, 0), (socket.AF_INET6, socket.SOCK_DGRAM, 0), (40, socket.SOCK_STREAM, 0):
    try:
        socket.socket(family, kind, protocol)
        sys.exit("a socket of another kind: " + str((family, kind)))
    except OSError as error:
        print(family, kind, error)
fast = socket.socket()
try:
    fast.sendto(b"hello", 0x20000000, ("127.0.0.1", denied))
    sys.exit("data with the first packet")
except OSError as error:
    print(error)
with socket.socket() as s:
    try:
        s.listen()
        sys.exit("a port of the kernel's choice")
    except OSError as error:
        print(error)
"""
HOLD = """
import socket
s = socket.create_connection(("127.0.0.1", {port}), 60)
s.sendall(b"hello")
assert s.recv(5) == b"world"
print("connected", flush=True)
s.settimeout(None)
print("cut" if s.recv(5) == b"" else "fed", flush=True)
"""


@in_modes
class Connections(WithPolicy):
    """By address and port. The listeners are the host's."""

    def setUp(self):
        super().setUp()
        self.ports = [self.listen(), self.listen()]
        self.held = []

    def listen(self):
        listener = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(listener.close)
        threading.Thread(target=self.serve, args=(listener,), daemon=True).start()
        return listener.getsockname()[1]

    def serve(self, listener):
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            if connection.recv(5) == b"hello":
                connection.sendall(b"world")
            self.held.append(connection)

    def load_ports(self, *ports):
        def change(policy):
            policy["contexts"]["network"] = [{"address": "127.0.0.0/8", "ports": list(ports), "label": "near"}, {"label": "far"}]
        return self.load(change)

    def wait_log(self, word):
        self.until(lambda: word in self.log("python3"), word)

    def test_by_address_and_port(self):
        self.load_ports(self.ports[0])
        pid = self.start("plain", "/usr/bin/python3", "-c", CONNECT.replace("{ports}", str(self.ports)))
        self.assertEqual(self.end_of(pid), 0, self.log("python3"))
        targets = {record["target"]: record for record in self.denials() if record["permission"] == "connect"}
        self.assertIn(f"127.0.0.1:{self.ports[1]}", targets)
        record = targets[f"127.0.0.1:{self.ports[1]}"]
        self.assertEqual((record["subject"], record["object"], record["class"], record["model"]), ("plain", "far", "network", "te"))
        self.assertTrue(any(record["permission"] == "bind" for record in self.denials()))

    def test_connections_are_cut(self):
        self.load_ports(self.ports[0])
        pid = self.start("plain", "/usr/bin/python3", "-c", HOLD.replace("{port}", str(self.ports[0])))
        self.wait_log("connected")
        self.assertEqual(self.load_ports(self.ports[0])["revoked"], 0)
        self.assertEqual(self.load_ports(self.ports[1])["revoked"], 1)
        self.assertEqual(self.end_of(pid), 0)
        self.assertIn("cut", self.log("python3"))

    def test_what_cannot_be_taken_ends_the_app(self):
        self.assertEqual(self.load()["revoked"], 0)
        holder = self.start("plain", "/bin/sh", "-c", "exec 3< ~/books/book; echo held > /tmp/held; sleep 1000")
        idle = self.start("plain", "/bin/sh", "-c", "sleep 1000; cat ~/books/book")
        self.assertEqual(self.shell("plain", "until [ -s /tmp/held ]; do :; done"), 0)
        free = self.start("careful", "sleep", "1000")

        def hide(policy):
            policy["labels"]["objects"]["books"]["type"] = "other_t"

        policy = copy.deepcopy(POLICY)
        hide(policy)
        effects = self.client.call("policy.load", policy=policy, dry_run=True)["effects"]
        taken = {(effect["pid"], effect["effect"]) for effect in effects if effect.get("target", "").endswith("/books")}
        self.assertEqual(taken, {(holder, "take-back"), (idle, "take-back"), (free, "take-back")})
        self.assertGreaterEqual(self.load(hide)["revoked"], 3)
        self.assertEqual(self.end_of(holder), -9)
        left = {process["pid"] for process in self.processes(self.workspace)}
        self.assertTrue({idle, free} <= left, "those that did not use it go on")
        # Without its label a program cannot go on at all.
        policy["labels"]["subjects"].pop("careful")
        effects = self.client.call("policy.load", policy=policy, dry_run=True)["effects"]
        self.assertEqual([(effect["pid"], effect["label"]) for effect in effects if effect["effect"] == "end"], [(free, "careful")])
        self.client.call("policy.load", policy=policy)
        self.assertEqual(self.end_of(free), -9)


if __name__ == "__main__":
    unittest.main()
