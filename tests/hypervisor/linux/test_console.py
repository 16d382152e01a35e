#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A person at the console of the Linux guest, through the gateway: prompt, line editing, Control-C, jobs."""
import os
import re
import sys
import unittest

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, os.path.join(HERE, "../control"))
import harness  # noqa: E402

IMAGES = os.path.join(harness.BUILD, "hypervisor")
RUN_QEMU = os.path.join(HERE, "../../../hypervisor/tools/run-qemu")
PROMPT = r"root@linux:\S+# "


class Console(unittest.TestCase):
    """The Linux guest of the demonstration, as it starts."""
    @classmethod
    def setUpClass(cls):
        stage = cls.stage = harness.Stage()
        cls.addClassCleanup(stage.close)
        stage.start(RUN_QEMU, "--runtime-dir", stage.path, "--flash0", os.path.join(IMAGES, "flash0.img"),
                    "--flash1", os.path.join(IMAGES, "flash1.img"), "--log", os.path.join(stage.path, "uart.log"))
        harness.wait_for(lambda: os.path.exists(stage.channel), "channel")
        stage.start_gateway()
        stage.wait_until_answering()
        cls.client = stage.client()
        cls.addClassCleanup(cls.client.close)
        domains = cls.client.call("domain.list")["domains"]
        cls.number = next(domain["id"] for domain in domains if domain["kernel"]["image"] == "linux")
        cls.wait_for(0, PROMPT, 60)

    @classmethod
    def position(cls):
        return cls.client.call("domain.console", id=cls.number)["next"]

    @classmethod
    def wait_for(cls, since, pattern, seconds=harness.DEADLINE):
        def found():
            return re.search(pattern, cls.client.call("domain.console", id=cls.number, since=since)["text"])
        return harness.wait_for(found, f"{pattern!r} on the console", seconds)

    def type(self, text):
        """Types, and gives the place on the console before what comes of it."""
        before = self.position()
        self.client.call("domain.console", id=self.number, write=text)
        return before

    def run_command(self, line):
        """What a command writes between its echo and the next prompt."""
        before = self.type(line + "\r")
        shown = self.wait_for(before, r"(?s)\r\n(.*)" + PROMPT).group(1)
        return shown.replace("\r\n", "\n")

    def test_commands(self):
        self.assertEqual(self.run_command("echo $((6 * 7)) | cat"), "42\n")
        self.assertEqual(self.run_command("tty; stty size"), "/dev/console\n24 80\n")

    def test_line_editing(self):
        # Left twice, a letter in between, and away with another: the shell edits in raw mode.
        self.assertEqual(self.run_command("echo ac\x1b[Db"), "abc\n")
        self.assertEqual(self.run_command("echo abx\x7fc"), "abc\n")
        self.run_command("echo before")
        self.assertEqual(self.run_command("\x1b[A"), "before\n")  # the last command again

    def start(self, command):
        """Types a command that says when it runs: from then on the terminal is in its hands."""
        before = self.type(f"echo run''ning; {command}\r")
        self.wait_for(before, "running\r\n")
        return before

    def test_control_c_ends_what_runs(self):
        before = self.start("sleep 1000; echo not-this")
        self.type("\x03")
        self.wait_for(before, r"\^C(?s:.*)" + PROMPT)
        self.assertEqual(self.run_command("echo $?"), "130\n")

    def test_jobs(self):
        before = self.start("sleep 1000")
        self.type("\x1a")
        self.wait_for(before, r"\[1\]\+  Stopped +sleep 1000(?s:.*)" + PROMPT)
        self.assertEqual(self.run_command("bg"), "[1] sleep 1000\n")
        self.assertRegex(self.run_command("jobs"), r"\[1\]\+  Running +sleep 1000")
        self.assertRegex(self.run_command("kill %1; wait"), r"\[1\]\+  Terminated +sleep 1000")

    def test_a_program_reads_lines(self):
        before = self.start("cat > /tmp/typed")
        self.type("one\rtwp\x7fo\r")
        self.wait_for(before, "one\r\ntwp\b \bo\r\n")
        self.type("\x04")
        self.wait_for(before, PROMPT)
        self.assertEqual(self.run_command("cat /tmp/typed"), "one\ntwo\n")

    def test_leaving_the_shell_gives_another(self):
        self.run_command("cd /tmp")
        before = self.type("exit\r")
        self.wait_for(before, "BusyBox(?s:.*)" + PROMPT)
        self.assertEqual(self.run_command("pwd"), "/root\n")

    def test_the_end_on_request(self):
        number = self.client.call("domain.create", name="second", image="linux", memory_kib=32768)["id"]
        self.client.call("domain.resume", id=number)
        def text():
            return self.client.call("domain.console", id=number)["text"]
        harness.wait_for(lambda: re.search(PROMPT, text()), "prompt of another Linux guest", 60)
        self.client.call("domain.console", id=number, write="poweroff\r")
        harness.wait_for(lambda: self.client.call("domain.get", id=number)["state"] == "shutdown", "end of it")
        self.client.call("domain.destroy", id=number)


if __name__ == "__main__":
    unittest.main(verbosity=2)
