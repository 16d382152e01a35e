#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The engine must link where there is no C library: POLICY_ENGINE names its archive."""

import os
import re
import subprocess
import sys
import unittest

# What a freestanding compiler may call by itself; sanitizers and the stack protector add theirs.
ALLOWED = re.compile(r"mem(cpy|set|move|cmp)|__stack_chk_fail|_GLOBAL_OFFSET_TABLE_|__(a|ub)san_\w+")


class Freestanding(unittest.TestCase):
    def test_engine_calls_no_library(self):
        archive = os.environ["POLICY_ENGINE"]
        out = subprocess.run(["nm", archive], check=True, capture_output=True, text=True).stdout
        defined = set(re.findall(r"^[0-9a-f]+ [A-Z] (\w+)$", out, re.M))
        wanted = set(re.findall(r"^ +U (\w+)$", out, re.M))
        self.assertIn("pol_enforce", defined)
        self.assertEqual({name for name in wanted - defined if not ALLOWED.fullmatch(name)}, set())


if __name__ == "__main__":
    sys.exit(unittest.main(verbosity=2))
