# SPDX-License-Identifier: GPL-2.0-or-later
"""Counts test cases in what Meson logged of a run: TAP, Python's unittest, or the exit code alone."""

import dataclasses
import json
import os
import re

# TAP, the test points of the outermost level only: sub-tests are indented and repeated by their parent.
TAP_POINT = re.compile(r"^(?P<result>ok|not ok)\b[ \t]*\d*[ \t]*-?[ \t]*(?P<name>[^#\n]*)(?:#\s*(?P<directive>\w+))?", re.M)
TAP_PLAN = re.compile(r"^1\.\.(\d+)", re.M)

UNITTEST_RAN = re.compile(r"^Ran (\d+) tests? in ", re.M)
UNITTEST_END = re.compile(r"^(?:OK|FAILED|NO TESTS RAN)(?: \((?P<counts>[^)]*)\))?\s*$", re.M)
UNITTEST_CASE = re.compile(r"^(\w+ \([\w.]+\)).*?\.\.\. (.*)$", re.M)

PASSED_RESULTS = ("OK", "EXPECTEDFAIL", "SKIP")


@dataclasses.dataclass
class Cases:
    """How many test cases passed, failed and were skipped, and their names where they are known."""
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    names: list = dataclasses.field(default_factory=list)

    def __add__(self, other):
        return Cases(self.passed + other.passed, self.failed + other.failed,
                     self.skipped + other.skipped)

    def __str__(self):
        return f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"


def read_log(path):
    """The test programs of one run, as Meson's JSON log has them."""
    if not os.path.exists(path):
        return []
    with open(path, encoding="utf-8") as log:
        return [json.loads(line) for line in log if line.strip()]


def _tap(text):
    cases = Cases()
    for point in TAP_POINT.finditer(text):
        directive = (point["directive"] or "").upper()
        if directive == "SKIP":
            cases.skipped += 1
        elif directive == "TODO" or point["result"] == "ok":
            cases.passed += 1
        else:
            cases.failed += 1
        cases.names.append(point[0].strip())
    plan = TAP_PLAN.search(text)
    # A test program that ended early has promised more than it ran.
    if plan:
        cases.failed += max(0, int(plan[1]) - len(cases.names))
    return cases


def _unittest(text):
    ran, end = UNITTEST_RAN.search(text), UNITTEST_END.search(text)
    if not ran or not end:
        return None
    counts = dict(re.findall(r"([a-z ]+)=(\d+)", end["counts"] or ""))
    number = {name.strip(): int(value) for name, value in counts.items()}
    failed = number.get("failures", 0) + number.get("errors", 0) + number.get("unexpected successes", 0)
    skipped = number.get("skipped", 0)
    names = [f"{case[2]:8} {case[1]}" for case in UNITTEST_CASE.finditer(text)]
    return Cases(max(0, int(ran[1]) - failed - skipped), failed, skipped, names)


def cases_of(test):
    """The cases of one test program. A program that failed always counts at least one failed case."""
    stdout, stderr = test.get("stdout", ""), test.get("stderr", "")
    result = test["result"]
    cases = _unittest(stderr + "\n" + stdout)
    if cases is None and TAP_POINT.search(stdout):
        cases = _tap(stdout)
    if cases is None:
        cases = Cases(skipped=1) if result == "SKIP" else Cases(passed=1 if result == "OK" else 0)
    elif not (cases.passed or cases.failed or cases.skipped):
        cases = Cases(failed=1, names=["not ok: the program ran no test"])
    if result not in PASSED_RESULTS and not cases.failed:
        cases.failed = 1
        cases.names.append(f"not ok: the program ended with {result}")
    return cases
