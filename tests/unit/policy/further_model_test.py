#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Adds the example's model to a copy of the engine, as its README says, builds it and runs the example's test."""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[3]
EXAMPLE = ROOT / "docs/examples/policy-model"
FLAGS = ("-std=c11", "-ffreestanding", "-Wall", "-Wextra", "-Werror", "-Wconversion", "-Wsign-conversion", "-O1")


class FurtherModel(unittest.TestCase):
    def test_example_builds_and_decides(self):
        line = re.search(r"^ +(M \(RING, ring\) +\\)$", (EXAMPLE / "README.md").read_text(encoding="utf-8"), re.M).group(1)
        with tempfile.TemporaryDirectory() as folder:
            policy = pathlib.Path(folder, "policy")
            shutil.copytree(ROOT / "core/policy", policy)
            shutil.copy(EXAMPLE / "ring.c", policy)
            models = policy / "models.h"
            text = models.read_text(encoding="utf-8")
            self.assertIn("  M (CHINESE_WALL,", text)
            models.write_text(text.replace("  M (CHINESE_WALL,", f"  {line}\n  M (CHINESE_WALL,"), encoding="utf-8")
            engine = sorted(str(path) for path in policy.glob("*.c"))
            subprocess.run(["cc", *FLAGS, f"-I{folder}", "-c", *engine], cwd=folder, check=True)
            objects = [os.path.basename(path)[:-2] + ".o" for path in engine]
            subprocess.run(["cc", "-Wall", "-Werror", f"-I{folder}", EXAMPLE / "ring-test.c", *objects, "-o", "ring-test"],
                           cwd=folder, check=True)
            out = subprocess.run(["./ring-test"], cwd=folder, check=True, stdout=subprocess.PIPE, text=True, timeout=120)
            self.assertEqual(out.stdout, "ok\n")


if __name__ == "__main__":
    sys.exit(unittest.main(verbosity=2))
