#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Builds Domicile, runs its test suites and counts every single test case.

Usage: ./check [--no-install] [--no-asan] [-v] [SUITE...]

Without SUITE every suite but `proofs` and `machine` runs, and `unit` once more under ASan and UBSan. Where there are two
processors, `hypervisor` and the build with sanitizers run beside the suites that use this host. The last line of the
output is `N passed, N failed, N skipped`; the exit code is 0 only when nothing failed.
"""

import argparse
import concurrent.futures
import os
import subprocess
import sys
import threading
import time

from buildtree import ROOT, BuildError, build, test_names
from testlog import Cases, cases_of, read_log

SUITES = ("unit", "protocol", "hypervisor", "osvirt", "gui")
# They take minutes. Proofs say the same until what they are about is changed; a machine is emulated.
ON_REQUEST = ("proofs", "machine")
LATER = ("faults",)
SANITIZED = "unit, sanitized"

# What runs at the same time where there are two processors or more. The first uses mounts, loop devices, sessions and
# windows of this host, one test after the other; the second is machines in QEMU and a compiler, which have to do with
# none of that, and have all the time they need: they give way to the first. `unit` comes before both and fills the processors.
LANES = (("osvirt", "protocol", "gui"), ("hypervisor", SANITIZED))

NICENESS = 5  # about a third of a processor's time where both lanes want all of it

# What `meson setup` is told for a build directory.
SETUP = {"build-asan": ("--native-file", "build-aux/asan.ini")}

# A sanitized program is slower by about this factor, and so is a time limit.
SANITIZER_SLOWDOWN = 4


def parse_arguments():
    parser = argparse.ArgumentParser(
        prog="check", description="Build Domicile and pass every test.",
        epilog="Suites: " + " ".join(SUITES) + "; on request: " + " ".join(ON_REQUEST) + ". The tests' output is kept in build/meson-logs/.")
    parser.add_argument("suites", nargs="*", metavar="SUITE", help="run only these suites")
    parser.add_argument("--no-install", action="store_true", help="do not look for missing packages")
    parser.add_argument("--no-asan", action="store_true", help="leave out the run under sanitizers")
    parser.add_argument("-v", "--verbose", action="store_true", help="name every test case")
    arguments = parser.parse_args()
    for suite in arguments.suites:
        if suite in LATER:
            parser.error(f"suite “{suite}” does not exist yet; there are: {' '.join(SUITES)}")
        if suite not in SUITES + ON_REQUEST:
            parser.error(f"there is no suite “{suite}”; there are: {' '.join(SUITES + ON_REQUEST)}")
    return arguments


def run_suite(build_dir, suite, slowdown, jobs, running):
    """Runs one suite and returns its test programs as [(name, seconds, Cases, output)].

    The process is among `running` as long as it lasts."""
    log = os.path.join(build_dir, "meson-logs", f"check-{suite}.json")
    # Unit tests and guests, whose time QEMU counts in instructions, may share the machine with their like; the others start
    # whole stacks.
    jobs = jobs if suite in ("unit", "hypervisor") else 1
    process = subprocess.Popen(
        ["meson", "test", "-C", build_dir, "--no-rebuild", "--suite", suite, "--logbase",
         f"check-{suite}", "--num-processes", str(jobs), "--timeout-multiplier", str(slowdown)],
        cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT,
        env=dict(os.environ, ASAN_OPTIONS="detect_leaks=1:abort_on_error=0",
                 UBSAN_OPTIONS="halt_on_error=1:print_stacktrace=1"))
    running.add(process)
    try:
        process.wait()
    except BaseException:
        process.terminate()
        raise
    finally:
        running.discard(process)
    return [(test["name"], test["duration"], cases_of(test), test) for test in read_log(log)]


def report(label, results, seconds, verbose):
    """Prints one suite and returns the sum of its cases."""
    total = Cases()
    for name, duration, cases, test in results:
        total += cases
        short = name.split(" / ")[-1]
        mark = "FAIL" if cases.failed else "ok" if cases.passed else "skip"
        print(f"  {mark:4}  {short:40} {cases}  {duration:6.1f} s")
        if verbose:
            for case in cases.names:
                print(f"          {case}")
        if cases.failed:
            print_output(test)
    if not results:
        total = Cases(failed=1)
        print("  FAIL  this suite has no tests, and that is not a pass")
    print(f"{label}: {total}, {seconds:.0f} s\n")
    return total


def print_output(test, lines=60):
    """Prints the end of what a failed test program said."""
    for stream in ("stdout", "stderr"):
        text = test.get(stream, "").rstrip().splitlines()
        if text:
            print(f"        --- {stream}, last {min(lines, len(text))} of {len(text)} lines")
            print("\n".join("        " + line for line in text[-lines:]))


class Check:
    """One run of some suites: the sum of what they said, and what is under way."""

    def __init__(self, verbose):
        self.verbose = verbose
        self.total = Cases()
        self.built = set()
        self.running = set()
        self.stopped = False
        self.counting = threading.Lock()  # and printing: a suite's lines stay together

    def build(self, build_dir, jobs=None):
        """Whether that is built now; it is not tried again."""
        if build_dir in self.built:
            return True
        try:
            build(build_dir, *SETUP.get(build_dir, ()), jobs=jobs)
        except BuildError as error:
            print(f"check: {error}", file=sys.stderr)
            with self.counting:
                self.total += Cases(failed=1)
            return False
        self.built.add(build_dir)
        return True

    def lane(self, steps, jobs, niceness=0):
        """One suite after the other; `jobs`: how many processors it has, `niceness`: how far it gives way to others."""
        if niceness:  # of this thread and the processes that it starts
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), min(19, os.getpriority(os.PRIO_PROCESS, 0) + niceness))
        for label, suite, build_dir, slowdown in steps:
            start = time.monotonic()
            if self.stopped or not self.build(build_dir, jobs):
                continue
            print(f"{label} …")
            results = run_suite(build_dir, suite, slowdown, jobs, self.running) if test_names(build_dir, suite) else []
            with self.counting:
                self.total += report(label, results, time.monotonic() - start, self.verbose)

    def lanes(self, lanes, processors):
        """Several at once, which share the processors; those without a step are left out."""
        lanes = [steps for steps in lanes if steps]
        if not lanes:
            return
        jobs = max(1, processors - len(lanes) + 1)
        with concurrent.futures.ThreadPoolExecutor(len(lanes)) as pool:
            try:
                for lane in [pool.submit(self.lane, steps, jobs, place * NICENESS) for place, steps in enumerate(lanes)]:
                    lane.result()
            except BaseException:
                self.stopped = True
                for process in list(self.running):
                    process.terminate()
                raise


def main():
    # Into a pipe as well as on a terminal, a line is there when it is printed.
    sys.stdout.reconfigure(line_buffering=True)
    arguments = parse_arguments()
    wanted = arguments.suites or list(SUITES)
    plan = {suite: (suite, suite, "build", 1) for suite in SUITES + ON_REQUEST if suite in wanted}
    if "unit" in wanted and not arguments.no_asan:
        plan[SANITIZED] = (SANITIZED, "unit", "build-asan", SANITIZER_SLOWDOWN)

    processors = os.cpu_count() or 1
    beside = [[plan.pop(label) for label in lane if label in plan] for lane in LANES]
    alone_after = [plan.pop(suite) for suite in ON_REQUEST if suite in plan]
    check = Check(arguments.verbose)
    if check.build("build"):
        check.lane(plan.values(), processors)
        if processors > 1:
            check.lanes(beside, processors)
        else:
            check.lane(sum(beside, []), 1)
        check.lane(alone_after, processors)
    print(check.total)
    return 1 if check.total.failed else 0


if __name__ == "__main__":
    sys.exit(main())
