#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A person at the console of the Linux guest, through the gateway: prompt, line editing, Control-C, jobs."""
import hashlib
import os
import random
import re
import subprocess
import sys
import unittest

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, os.path.join(HERE, "../control"))
import harness  # noqa: E402

IMAGES = os.path.join(harness.BUILD, "hypervisor")
TOOLS = os.path.join(HERE, "../../../hypervisor/tools")
PART, PART_SIZE = 2 << 20, 3 << 20  # the second part of the disk, which the guest gets by its name
PROMPT = r"root@linux:\S+# "


class Console(unittest.TestCase):
    """The Linux guest of the demonstration, as it starts."""
    @classmethod
    def setUpClass(cls):
        stage = cls.stage = harness.Stage()
        cls.addClassCleanup(stage.close)
        cls.disk = os.path.join(stage.path, "disk.img")
        subprocess.run([os.path.join(TOOLS, "make-disk"), cls.disk, "other=1", "linux=3"], check=True)
        with open(cls.disk, "r+b") as image:
            image.seek(PART)
            image.write(random.Random(1).randbytes(PART_SIZE))
        stage.start(os.path.join(TOOLS, "run-qemu"), "--disk", cls.disk, "--runtime-dir", stage.path, "--flash0", os.path.join(IMAGES, "flash0.img"),
                    "--flash1", os.path.join(IMAGES, "flash1.img"), "--log", os.path.join(stage.path, "uart.log"))
        harness.wait_for(lambda: os.path.exists(stage.channel), "channel")
        stage.start_gateway()
        stage.wait_until_answering()
        cls.client = stage.client()
        cls.addClassCleanup(cls.client.close)
        domains = cls.client.call("domain.list")["domains"]
        cls.number = next(domain["id"] for domain in domains if domain["kernel"]["image"] == "linux")
        cls.wait_for(0, PROMPT, 60)
        before = cls.position()
        # The shell draws a line that is longer than the terminal in a way of its own.
        cls.client.call("domain.console", id=cls.number, write="stty size; stty cols 400\r")
        cls.wait_for(before, r"24 80\r\n" + PROMPT)

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
        self.assertEqual(self.run_command("tty; stty size"), "/dev/console\n24 400\n")

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

    def start_in_front(self, program, then=""):
        """The program's own process says that it runs: until it does a key may still reach the shell instead."""
        before = self.type(f"sh -c \"echo run''ning; exec {program}\"{then}\r")
        self.wait_for(before, "running\r\n")
        return before

    def test_control_c_ends_what_runs(self):
        before = self.start_in_front("sleep 1000", "; echo not-this")
        self.type("\x03")
        self.wait_for(before, r"\^C(?s:.*)" + PROMPT)
        self.assertEqual(self.run_command("echo $?"), "130\n")

    def test_jobs(self):
        before = self.start_in_front("sleep 1000")
        self.type("\x1a")
        self.wait_for(before, r"\[1\]\+  Stopped +sh -c .*sleep 1000(?s:.*)" + PROMPT)
        self.assertRegex(self.run_command("bg"), r"^\[1\] sh -c .*sleep 1000")
        self.assertRegex(self.run_command("jobs"), r"\[1\]\+  Running +sh -c .*sleep 1000")
        self.assertRegex(self.run_command("kill %1; wait"), r"\[1\]\+  Terminated +sh -c .*sleep 1000")

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

    def test_memory_goes_and_comes(self):
        def total():
            return int(self.run_command("awk '/MemTotal/ { print $2 }' /proc/meminfo"))
        before = total()
        self.client.call("domain.set", id=self.number, memory_kib=before - 16384)
        harness.wait_for(lambda: total() == before - 16384, "less memory")
        digest = self.run_command("sha256sum < /bin/busybox")
        self.client.call("domain.set", id=self.number, memory_kib=before)
        harness.wait_for(lambda: total() == before, "more memory")
        self.assertEqual(self.run_command("sha256sum < /bin/busybox"), digest)

    def read_part(self):
        with open(self.disk, "rb") as image:
            image.seek(PART)
            return image.read(PART_SIZE)

    def test_disk(self):
        def digest():
            return hashlib.sha256(self.read_part()).hexdigest()
        self.assertEqual(self.run_command("sha256sum /dev/xvda"), f"{digest()}  /dev/xvda\n")
        self.run_command("dd if=/bin/busybox of=/dev/xvda bs=1000 seek=777 conv=fsync")
        program = self.run_command("sha256sum < /bin/busybox; stat -c %s /bin/busybox").split()
        written = self.read_part()[777000:777000 + int(program[2])]
        self.assertEqual(hashlib.sha256(written).hexdigest(), program[0])
        self.assertEqual(self.run_command("sha256sum /dev/xvda"), f"{digest()}  /dev/xvda\n")
        # Several at a time, each at its own place.
        self.run_command("for i in 0 1 2 3 4; do dd if=/dev/xvda of=/tmp/part$i bs=100k skip=$i count=9 2>&- & done; wait")
        parts = self.run_command("for i in 0 1 2 3 4; do sha256sum < /tmp/part$i; done; rm /tmp/part?").split()[::2]
        whole = self.read_part()
        self.assertEqual(parts, [hashlib.sha256(whole[i * 102400:(i + 9) * 102400]).hexdigest() for i in range(5)])
        self.assertIn("No space left", self.run_command("dd if=/dev/zero of=/dev/xvda bs=4k seek=767 count=2"))
        self.assertEqual(self.run_command("blockdev --getsize64 /dev/xvda; cat /dev/xvdb"),
                         f"{PART_SIZE}\ncat: can't open '/dev/xvdb': No such device or address\n")

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
