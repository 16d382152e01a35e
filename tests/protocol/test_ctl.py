#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""domicilectl against the real endpoints: what it prints, and its exit codes."""

import contextlib
import json
import os
import pty
import select
import signal
import socket
import subprocess
import tempfile
import threading
import time
import unittest

import support
from support import BUILD

CTL = os.path.join(BUILD, "app", "cli", "domicilectl")

setUpModule = support.set_up_module
tearDownModule = support.tear_down_module


def run(*arguments, passphrase=None, cwd=None, **environment):
    """Runs domicilectl; a passphrase goes through a pipe."""
    keep = []
    if passphrase is not None:
        reader, writer = os.pipe()
        os.write(writer, passphrase.encode() + b"\n")
        os.close(writer)
        arguments = (*arguments, "--passphrase-fd", str(reader))
        keep = [reader]
    changed = {**support.current_stack().environment, "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", **environment}
    try:
        return subprocess.run([CTL, *arguments], env=changed, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, cwd=cwd,
                              stderr=subprocess.PIPE, text=True, timeout=90, pass_fds=keep, check=False)
    finally:
        for descriptor in keep:
            os.close(descriptor)


class CtlTest(unittest.TestCase):
    """Helpers."""

    def ok(self, *arguments, **options):
        result = run(*arguments, **options)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(result.stderr, "")
        return result.stdout

    def json(self, *arguments, **options):
        return json.loads(self.ok("--json", *arguments, **options))

    def fails(self, code, *arguments, **options):
        result = run(*arguments, **options)
        self.assertEqual(result.returncode, code, result.stdout + result.stderr)
        self.assertTrue(result.stderr.startswith("domicilectl: "), result.stderr)
        return result.stderr


class Usage(CtlTest):
    """What needs no endpoint."""

    def test_help(self):
        text = self.ok("--help")
        for group in ("info", "host", "image", "domain", "workspace", "app", "process", "storage", "policy", "job",
                      "events", "call"):
            self.assertIn(f"\n  {group} ", text)
            self.assertIn("Usage:", self.ok(group, "--help"))
        self.assertIn("--follow", self.ok("domain", "console", "--help"))

    def test_version(self):
        self.assertRegex(self.ok("--version"), r"^domicilectl \d+\.\d+")

    def test_wrong_usage(self):
        for arguments in (("nothing",), ("domain",), ("domain", "nothing"), ("domain", "show"), ("--nothing",),
                          ("domain", "pause", "1", "2"), ("domain", "list", "--nothing"), ("domain", "set", "1"),
                          ("domain", "create", "x"), ("domain", "create", "x", "--image", "i", "--memory", "much"),
                          ("job", "list", "--on", "mars"), ("call", "server.info", "{"), ("call", "domain.get", "[1]")):
            with self.subTest(arguments=arguments):
                self.fails(2, *arguments)
        self.assertEqual(run().returncode, 2)

    def test_no_connection(self):
        message = self.fails(3, "domain", "list", "--control", "/tmp/no-such.sock")
        self.assertIn("/tmp/no-such.sock", message)
        self.fails(3, "info", DOMICILE_RUNTIME_DIR="/tmp/no-such-directory")

    def test_file_that_is_no_socket(self):
        path = os.path.join(support.current_stack().directory, "plain")
        with open(path, "w", encoding="utf-8") as file:
            file.write("text")
        self.fails(3, "host", "--control", path)

    def test_socket_that_is_not_ours(self):
        for words in (b"HTTP/1.1 400 Bad Request\r\n\r\n", b"", b'{"jsonrpc":"2.0","id":1,"result":{}}\n'):
            with self.stranger(words) as path:
                said = self.fails(3, "--control", path, "domain", "list")
                self.assertIn(f"What listens at {path} is not Domicile's control endpoint", said)

    def test_the_other_endpoint(self):
        agent = support.current_stack().paths["agent"]
        said = self.fails(3, "--control", agent, "domain", "list")
        self.assertIn("it says that it is “agent”", said)

    @contextlib.contextmanager
    def stranger(self, words):
        """A socket on which somebody else answers so and leaves."""
        with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as listener:
            path = os.path.join(folder, "stranger.sock")
            listener.bind(path)
            listener.listen()

            def serve():
                connection, _ = listener.accept()
                with connection:
                    connection.recv(4096)
                    connection.sendall(words)
            server = threading.Thread(target=serve)
            server.start()
            yield path
            server.join()


class Domains(CtlTest):
    """The control endpoint."""

    def test_info(self):
        text = self.ok("info")
        self.assertRegex(text, r"(?m)^control .*admin")
        self.assertRegex(text, r"(?m)^agent .*admin")
        self.assertEqual(self.json("info")["control"]["endpoint"], "control")

    def test_host_and_images(self):
        self.assertIn("Memory", self.ok("host"))
        self.assertIn("SHA-256", self.ok("image", "list"))

    def test_list_is_aligned(self):
        lines = self.ok("domain", "list").splitlines()
        domains = self.json("domain", "list")["domains"]
        self.assertEqual(len(lines), len(domains) + 1)
        start = lines[0].index("NAME")
        for line, domain in zip(lines[1:], domains):
            self.assertEqual(line[start:start + len(domain["name"])], domain["name"])

    def test_life_of_a_domain(self):
        guest = next(d for d in self.json("domain", "list")["domains"] if d["role"] == "guest")
        memory = str(guest["memory_kib"]) + "K"
        text = self.ok("domain", "create", "from-shell", "--image", guest["kernel"]["image"], "--memory", memory,
                       "--weight", "128")
        self.assertIn("paused", text)
        self.assertIn("weight 128", text)
        self.ok("domain", "resume", "from-shell")
        self.ok("domain", "set", "from-shell", "--weight", "512")
        self.assertEqual(self.json("domain", "show", "from-shell")["weight"], 512)
        self.assertIn("paused", self.ok("domain", "pause", "from-shell"))
        self.assertIn("gone", self.ok("domain", "destroy", "from-shell"))
        self.fails(1, "domain", "show", "from-shell")

    def test_display(self):
        guest = next(d for d in self.json("domain", "list")["domains"] if d["role"] == "guest")
        self.assertIn("has the focus", self.ok("domain", "focus", guest["name"]))
        with tempfile.TemporaryDirectory(prefix="domicile-ctl-") as folder:
            path = os.path.join(folder, "shot.png")
            self.assertIn("640 × 480", self.ok("domain", "screenshot", guest["name"], path))
            with open(path, "rb") as picture:
                self.assertEqual(picture.read(8), b"\x89PNG\r\n\x1a\n")
            self.fails(1, "domain", "screenshot", guest["name"], os.path.join(folder, "nowhere", "shot.png"))
        self.assertEqual(self.json("domain", "screenshot", guest["name"])["width"], 640)
        self.fails(2, "domain", "screenshot", guest["name"])
        self.assertIn("display", self.fails(1, "domain", "screenshot", "control", "/dev/null"))
        self.fails(1, "domain", "focus", "nobody")

    def test_crash_is_readable(self):
        guest = next(d for d in self.json("domain", "list")["domains"] if d["name"] == "primes")
        self.ok("domain", "create", "to-crash", "--image", guest["kernel"]["image"], "--memory", "8M", "--start")
        self.addCleanup(lambda: self.ok("domain", "destroy", "to-crash"))
        self.ok("domain", "console", "to-crash", "--send", "crash")
        end = time.monotonic() + 60
        while self.json("domain", "show", "to-crash")["state"] != "crashed":
            self.assertLess(time.monotonic(), end, "the domain does not crash")
        text = self.ok("domain", "show", "to-crash")
        for expected in ("kernel mode", "pv_panic", "pv_on_syscall", "cpsr 0x", "panic: a process asked for it"):
            self.assertIn(expected, text)

    def test_errors_help(self):
        guest = next(d for d in self.json("domain", "list")["domains"] if d["role"] == "guest")
        self.fails(1, "domain", "pause", "4000000")
        self.fails(1, "domain", "create", "huge", "--image", guest["kernel"]["image"], "--memory", "900G")

    def test_console(self):
        texts = [self.ok("domain", "console", d["name"]) for d in self.json("domain", "list")["domains"]]
        self.assertTrue(any(text.strip() for text in texts))

    def test_events(self):
        lines = self.ok("events", "stats", "--interval", "100", "--count", "3").splitlines()
        self.assertEqual([json.loads(line)["seq"] for line in lines], [1, 2, 3])
        self.fails(1, "events", "no-such")
        self.fails(1, "events", "stats", "--interval", "1")

    def test_call(self):
        self.assertEqual(json.loads(self.ok("call", "host.info"))["cpus"], self.json("host")["cpus"])
        self.assertEqual(json.loads(self.ok("call", "server.info", "--on", "control"))["endpoint"], "control")
        self.fails(1, "call", "no.such")


class Workspaces(CtlTest):
    """The agent endpoint."""

    def wait_for_file(self, path):
        deadline = time.monotonic() + 60
        while not os.path.exists(path):
            self.assertLess(time.monotonic(), deadline, f"{path} did not appear")
            time.sleep(0.02)

    def test_main_job(self):
        """Open, launch, look, stop, close."""
        self.assertIn("open", self.ok("workspace", "open", "Demo", "--user", "demo", "--display", "none", passphrase="demo"))
        try:
            self.assertIn("NAME", self.ok("app", "list", "Demo"))
            self.assertIn("process", self.ok("app", "run", "Demo", "--", "sleep", "1234"))
            self.ok("app", "run", "Demo", "--", "sh", "-c", "sleep 1236\nexit 0\n" + "# a long script\n" * 100)
            text = self.ok("process", "list", "Demo")
            self.assertIn("sleep 1234", text)
            self.assertRegex(text, "sleep 1236 exit 0 # a long script .*…\n")
            pid = next(p["pid"] for p in self.json("process", "list", "Demo")["processes"] if p["argv"][-1] == "1234")
            self.ok("app", "stop", "Demo", str(pid))
            self.fails(1, "app", "run", "Demo", "--", "/no/such/program")
            result = run("app", "run", "--wait", "Demo", "--", "sh", "-c", "echo $((6 * 7)); exit 5")
            self.assertEqual((result.returncode, result.stdout, result.stderr), (5, "42\n", ""))
            self.assertTrue(self.ok("app", "output", "Demo", "sh").endswith("42\n"))
            for time in ("0.05", "0.1", "0.15", "0.2", "0.25", "0.3"):  # its last words may come while what it wrote before is fetched
                self.assertEqual(self.ok("app", "run", "--wait", "Demo", "--", "sh", "-c", f"echo first; sleep {time}; echo last"), "first\nlast\n")
            self.assertIn("There is no output", self.fails(1, "app", "output", "Demo", "never-started"))
            self.fails(1, "app", "run", "--wait", "Demo", "--", "/no/such/program")
            self.assertIn("WORKSPACE -- COMMAND", self.fails(2, "app", "run", "Demo", "ls", "-l"))
            waiting = subprocess.Popen([CTL, "app", "run", "--wait", "Demo", "--", "sh", "-c", "echo begun; exec sleep 1235"], text=True,
                                       env={**os.environ, **support.current_stack().environment}, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            self.assertEqual(waiting.stdout.readline(), "begun\n")
        finally:
            self.assertIn("closed", self.ok("workspace", "close", "Demo"))
        self.assertEqual((*waiting.communicate(timeout=90), waiting.returncode), ("", "", 128 + signal.SIGTERM))
        self.fails(1, "process", "list", "Demo")

    def test_wrong_passphrase(self):
        message = self.fails(1, "workspace", "open", "Demo", "--user", "demo", passphrase="wrong")
        self.assertNotIn("wrong\n", message)

    def test_create_check_destroy(self):
        directory = support.current_stack().directory
        self.ok("workspace", "create", "Shell", "--user", "me", "--vault", "none", "--size", "64M", passphrase="p", cwd=directory)
        self.assertIn("Shell", self.ok("workspace", "list"))
        self.assertIn("✓", self.ok("workspace", "check", "Shell"))
        self.assertRegex(self.ok("workspace", "show", "Shell"), "(?s)Workspace.*Shell.*State.*closed.*64 MiB")
        self.assertEqual("closed", self.json("workspace", "show", "Shell")["state"])
        self.assertIn("no workspace", self.fails(1, "workspace", "show", "Nowhere"))
        self.fails(1, "workspace", "create", "Shell", "--vault", "none", passphrase="p", cwd=directory)
        self.ok("workspace", "create", "긴" * 80, "--user", "me", "--vault", "none", "--size", "64M", passphrase="p", cwd=directory)
        self.assertIn("긴" * 64 + " ", self.ok("workspace", "list"))
        before = os.listdir(directory)
        self.fails(2, "workspace", "create", "bad\udcff", "--vault", "none", passphrase="p", cwd=directory)
        self.assertEqual(os.listdir(directory), before)

    def test_folder_that_the_agent_has_not_seen(self):
        directory = support.current_stack().directory
        self.ok("workspace", "create", "Seen", "--user", "me", "--vault", "none", "--size", "64M", passphrase="p", cwd=directory)
        carried = os.path.join(directory, "carried")
        os.mkdir(carried)
        folder = os.path.join(carried, "Seen.domicile")
        os.rename(os.path.join(directory, "Seen.domicile"), folder)
        self.ok("workspace", "open", "carried/Seen.domicile", "--user", "me", passphrase="p", cwd=directory)
        self.ok("workspace", "close", folder)
        with open(os.path.join(folder, "workspace.json"), "w", encoding="ascii") as file:
            file.write('{"id":')
        self.assertIn("damaged", self.fails(1, "workspace", "open", folder, "--user", "me", passphrase="p"))
        missing = os.path.join(carried, "Missing.domicile")
        self.assertIn(missing, self.fails(1, "workspace", "open", missing, "--user", "me", passphrase="p"))

    def test_passphrase_on_a_terminal_is_not_shown(self):
        """Typed at a terminal, the passphrase is not echoed and works."""
        stack = support.current_stack()
        pid, terminal = pty.fork()
        if pid == 0:
            os.execve(CTL, [CTL, "workspace", "open", "Demo", "--user", "demo", "--display", "none"], stack.environment)
        self.addCleanup(os.close, terminal)
        seen = self.read_until(terminal, b": ")
        os.write(terminal, b"demo\n")
        seen += self.read_until(terminal, b"open.")
        self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), 0)
        self.ok("workspace", "close", "Demo")
        self.assertNotIn(b"demo", seen.split(b": ", 1)[1])

    def read_until(self, terminal, end):
        text, deadline = b"", time.monotonic() + 60
        while end not in text:
            ready, _, _ = select.select([terminal], [], [], max(0, deadline - time.monotonic()))
            self.assertTrue(ready, f"{end!r} did not come, only {text!r}")
            text += os.read(terminal, 4096)
        return text

    def check_audit(self):
        for endpoint in ("agent", "control"):
            records = json.loads(self.ok("--json", "policy", "audit", "--on", endpoint, "--limit", "5"))["records"]
            shown = self.ok("policy", "audit", "--on", endpoint, "--limit", "5")
            self.assertIn("REASON" if records else "", shown)
        self.fails(1, "policy", "audit", "--limit", "0")
        self.fails(2, "policy", "audit", "--on", "nowhere")

    def test_storage_jobs_policy(self):
        self.assertIn("KIND", self.ok("storage", "list"))
        self.ok("storage", "scan", support.current_stack().directory)
        self.assertIn("KIND", self.ok("job", "list"))
        policy = json.loads(self.ok("policy", "show"))
        self.assertEqual(policy["format"], 1)
        path = os.path.join(support.current_stack().directory, "policy.json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump(policy, file)
        self.assertIn("valid", self.ok("policy", "validate", path))
        self.assertIn("Loaded", self.ok("policy", "load", path))
        self.assertEqual(self.ok("policy", "models").split(), policy["models"])
        self.assertIn("Loaded", self.ok("policy", "models", "te", "guard"))
        self.assertEqual(json.loads(self.ok("policy", "show"))["models"], ["te", "guard"])
        self.fails(1, "policy", "models", "nothing")
        self.ok("policy", "models", *policy["models"])
        self.check_audit()
        with open(path, "w", encoding="utf-8") as file:
            json.dump({**policy, "models": ["nothing"]}, file)
        self.fails(1, "policy", "validate", path)
        self.fails(1, "policy", "load", path)

    def test_guard(self):
        self.assertIn("RESOURCE", self.ok("guard", "show"))
        self.assertIn("No program with a budget", self.ok("guard", "show", "--on", "agent"))
        guest = next(domain["name"] for domain in json.loads(self.ok("--json", "domain", "list"))["domains"]
                     if domain["role"] == "guest")
        self.assertIn("4000 /s", self.ok("guard", "set", guest, "grants=4000"))
        self.ok("guard", "set", guest, "grants=none")
        self.fails(2, "guard", "set", guest, "dreams=4")
        self.fails(2, "guard", "show", "--on", "moon")
        self.fails(1, "guard", "set", "--workspace", "nowhere", "3", "processes=4")


if __name__ == "__main__":
    support.main()
