#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The tools behind ./check and ./start."""

import io
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from unittest import mock

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tools"))

import check  # noqa: E402
from buildtree import BuildError  # noqa: E402
from domicile_stack.error import StackError  # noqa: E402
from domicile_stack.places import Places  # noqa: E402
from testlog import Cases, cases_of  # noqa: E402


def counted(result, stdout="", stderr=""):
    cases = cases_of({"result": result, "stdout": stdout, "stderr": stderr})
    return cases.passed, cases.failed, cases.skipped


class Counting(unittest.TestCase):
    """Test cases in the output of test programs."""

    def test_tap(self):
        self.assertEqual(counted("OK", "TAP version 13\nok 1 /a\nok 2 /b # SKIP no display\n1..2\n"), (1, 0, 1))
        self.assertEqual(counted("FAIL", "ok 1 /a\nnot ok 2 /b\n1..2\n"), (1, 1, 0))
        self.assertEqual(counted("OK", "    ok 1 inner\n    1..1\nok 1 outer\n1..1\n"), (1, 0, 0))

    def test_tap_that_ends_early(self):
        self.assertEqual(counted("ERROR", "1..3\nok 1 /a\n"), (1, 2, 0))
        self.assertEqual(counted("ERROR", "ok 1 /a\n"), (1, 1, 0))

    def test_unittest(self):
        self.assertEqual(counted("OK", "", "Ran 5 tests in 0.1s\n\nOK (skipped=2)\n"), (3, 0, 2))
        self.assertEqual(counted("FAIL", "", "Ran 5 tests in 1.0s\n\nFAILED (failures=1, errors=1, skipped=1)\n"), (2, 2, 1))
        self.assertEqual(counted("OK", "", "Ran 1 test in 0.1s\n\nOK\n"), (1, 0, 0))

    def test_nothing_ran(self):
        self.assertEqual(counted("OK", "", "Ran 0 tests in 0.0s\n\nOK\n"), (0, 1, 0))

    def test_exit_code_alone(self):
        self.assertEqual(counted("OK", "fine\n"), (1, 0, 0))
        self.assertEqual(counted("FAIL", "not fine\n"), (0, 1, 0))
        self.assertEqual(counted("SKIP"), (0, 0, 1))
        self.assertEqual(counted("TIMEOUT"), (0, 1, 0))

    def test_a_crash_after_the_last_case_is_a_failure(self):
        self.assertEqual(counted("FAIL", "", "Ran 2 tests in 0.1s\n\nOK\n")[1], 1)


class Check(unittest.TestCase):
    """The command line of ./check."""

    def run_check(self, *arguments):
        return subprocess.run([os.path.join(ROOT, "check"), "--no-install", *arguments], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)

    def test_unknown_suites_are_named(self):
        for name in ("nonsense", "faults"):
            result = self.run_check(name)
            self.assertEqual(result.returncode, 2)
            self.assertIn(name, result.stderr)


class Lanes(unittest.TestCase):
    """What ./check runs at the same time, with suites that only say that they ran."""

    def run_all(self, *arguments, processors=2, unbuildable=(), beside=()):
        """(exit code, standard output, [(suite, build directory, jobs)]); those of `beside` wait for each other."""
        self.niceness = {}
        ran, barrier = [], threading.Barrier(len(beside) or 1)

        def run_suite(build_dir, suite, _slowdown, jobs, _running):
            ran.append((suite, build_dir, jobs))
            self.niceness[suite, build_dir] = int(subprocess.run(["nice"], stdout=subprocess.PIPE, check=True).stdout) \
                - os.getpriority(os.PRIO_PROCESS, os.getpid())
            if suite in beside:
                barrier.wait(60)
            return [(suite, 0, Cases(passed=1), {})]

        def build(build_dir, *_arguments, **_more):
            if build_dir in unbuildable:
                raise BuildError("it does not compile")

        output = io.StringIO()
        output.reconfigure = lambda **_: None
        with mock.patch.multiple(check, run_suite=run_suite, build=build, test_names=lambda *_: ["one"]), \
             mock.patch("os.cpu_count", return_value=processors), mock.patch("sys.argv", ["check", *arguments]), \
             mock.patch("sys.stdout", output), mock.patch("sys.stderr", io.StringIO()):
            return check.main(), output.getvalue(), ran

    def test_two_at_once(self):
        status, output, ran = self.run_all(beside=("osvirt", "hypervisor"))
        self.assertEqual((status, output.splitlines()[-1]), (0, "6 passed, 0 failed, 0 skipped"))
        self.assertEqual(ran[0], ("unit", "build", 2), "alone, and with both processors")
        self.assertEqual([one for one in ran if one[0] in ("osvirt", "protocol", "gui")],
                         [("osvirt", "build", 1), ("protocol", "build", 1), ("gui", "build", 1)])
        self.assertEqual([one for one in ran[1:] if one[0] in ("hypervisor", "unit")],
                         [("hypervisor", "build", 1), ("unit", "build-asan", 1)])
        self.assertEqual({one for one, niceness in self.niceness.items() if niceness},
                         {("hypervisor", "build"), ("unit", "build-asan")}, "they give way")

    def test_one_processor(self):
        status, _, ran = self.run_all(processors=1)
        self.assertEqual((status, {jobs for _, _, jobs in ran}), (0, {1}))
        self.assertEqual([suite for suite, *_ in ran], ["unit", "osvirt", "protocol", "gui", "hypervisor", "unit"])

    def test_some_suites(self):
        self.assertEqual(self.run_all("hypervisor")[2], [("hypervisor", "build", 2)], "nothing runs beside it")
        self.assertEqual(self.run_all("unit", "--no-asan")[2], [("unit", "build", 2)])
        self.assertEqual(self.run_all("machine", "gui")[2], [("gui", "build", 2), ("machine", "build", 2)])

    def test_what_cannot_be_built(self):
        status, output, ran = self.run_all(unbuildable=("build-asan",))
        self.assertEqual((status, output.splitlines()[-1], len(ran)), (1, "5 passed, 1 failed, 0 skipped", 5))
        status, output, ran = self.run_all(unbuildable=("build",))
        self.assertEqual((status, output.splitlines()[-1], ran), (1, "0 passed, 1 failed, 0 skipped", []))


class FindPlaces(unittest.TestCase):
    """Where a stack puts its files."""

    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = directory.name

    def find(self, **environment):
        with mock.patch.dict(os.environ, environment):
            for name in ("DOMICILE_RUNTIME_DIR", "XDG_RUNTIME_DIR"):
                if name not in environment:
                    os.environ.pop(name, None)
            return Places.find(os.path.join(self.directory, "state"), "build")

    def test_runtime_directory(self):
        self.assertEqual(self.find(XDG_RUNTIME_DIR=self.directory).runtime, self.directory + "/domicile")
        self.assertEqual(self.find(DOMICILE_RUNTIME_DIR=self.directory + "/r").runtime, self.directory + "/r")

    def test_directories_are_private(self):
        os.mkdir(self.directory + "/r", 0o755)
        places = self.find(DOMICILE_RUNTIME_DIR=self.directory + "/r")
        for path in (places.state, places.runtime):
            self.assertEqual(os.stat(path).st_mode & 0o777, 0o700)

    def test_long_paths_are_refused(self):
        with self.assertRaises(StackError):
            self.find(DOMICILE_RUNTIME_DIR=self.directory + "/" + "x" * 100)


SUPERVISED = """
import sys
sys.path.insert(0, sys.argv[1])
from domicile_stack.places import Places
from domicile_stack.supervisor import Supervisor
supervisor = Supervisor()
places = Places(sys.argv[2], sys.argv[2], ".")
supervisor.hold(places)
child = supervisor.spawn("child", ["sleep", "1000"], sys.argv[2] + "/child.log")
print(child.process.pid, flush=True)
supervisor.watch()
"""


class Supervision(unittest.TestCase):
    """A child's end when its supervisor ends without a word."""

    def test_killed_supervisor_takes_its_children_along(self):
        with tempfile.TemporaryDirectory() as directory:
            process = subprocess.Popen([sys.executable, "-c", SUPERVISED, os.path.join(ROOT, "tools"), directory],
                                       stdout=subprocess.PIPE, text=True)
            child = int(process.stdout.readline())
            os.kill(child, 0)
            process.send_signal(signal.SIGKILL)
            process.wait()
            process.stdout.close()
            deadline = time.monotonic() + 10
            while self.runs(child):
                self.assertLess(time.monotonic(), deadline, "the child lives on")
                time.sleep(0.01)

    @staticmethod
    def runs(pid):
        try:
            with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as stat:
                return stat.read().rpartition(")")[2].split()[0] not in "ZX"
        except (FileNotFoundError, ProcessLookupError):
            return False


if __name__ == "__main__":
    unittest.main(verbosity=2)
