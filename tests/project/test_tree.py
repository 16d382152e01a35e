#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The source tree's own rules."""

import os
import re
import subprocess
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

# Formats that have no comments, or text that is nobody's source.
NO_LICENCE_LINE = (".json", ".png", ".md", ".svg", ".txt", "COPYING", "LINGUAS", ".gitignore")
LINES_MAX = 800


def tracked():
    """The files under version control that are there."""
    names = subprocess.run(["git", "-c", "safe.directory=*", "ls-files", "-z"], cwd=ROOT, stdout=subprocess.PIPE,
                           check=True, text=True).stdout.split("\0")
    return [name for name in names if name and os.path.isfile(os.path.join(ROOT, name))]


def read(name):
    with open(os.path.join(ROOT, name), encoding="utf-8") as file:
        return file.read()


class Tree(unittest.TestCase):
    """One test a rule; each names every file that breaks it."""

    def test_licence_lines(self):
        missing = [name for name in tracked() if not name.endswith(NO_LICENCE_LINE)
                   and not name.startswith("tests/fuzz/corpus/")
                   and "SPDX-License-Identifier: GPL-2.0-or-later" not in read(name)[:400]]
        self.assertEqual(missing, [])

    def test_every_folder_has_a_readme(self):
        folders = {os.path.dirname(name) for name in tracked() if name.endswith((".c", ".h", ".py", ".S"))}
        missing = [folder for folder in sorted(folders) if folder and folder.count("/") < 2
                   and not os.path.exists(os.path.join(ROOT, folder, "README.md"))]
        self.assertEqual(missing, [])

    def test_no_readme_is_a_stub(self):
        short = [name for name in tracked() if os.path.basename(name) == "README.md" and len(read(name).split()) < 15]
        self.assertEqual(short, [])

    def test_file_length(self):
        long = {name: read(name).count("\n") for name in tracked()
                if name.endswith((".c", ".h", ".S", ".py", ".build")) and read(name).count("\n") > LINES_MAX}
        self.assertEqual(long, {})

    def test_links_in_documents(self):
        broken = []
        for name in tracked():
            if not name.endswith(".md"):
                continue
            for target in re.findall(r"\]\(([^)#\s]+)", re.sub(r"```.*?```", "", read(name), flags=re.S)):
                if "://" not in target and not os.path.exists(os.path.join(ROOT, os.path.dirname(name), target)):
                    broken.append((name, target))
        self.assertEqual(broken, [])

    def test_protocol_reference_is_up_to_date(self):
        subprocess.run([os.path.join(ROOT, "tools", "protocol-reference.py"), "--check"], check=True)

    def test_policy_reference_is_up_to_date(self):
        subprocess.run([os.path.join(ROOT, "tools", "policy-reference.py"), "--check"], check=True)

    def test_translations_are_valid(self):
        """A translated format must take the same arguments. How complete they are: tools/update-translations --check."""
        for language in read("po/LINGUAS").split():
            subprocess.run(["msgfmt", "--check", "-o", os.devnull, f"po/{language}.po"], cwd=ROOT, check=True)

    def test_programs_are_executable(self):
        wrong = [name for name in tracked() if name.endswith((".sh", "check", "start", "bench", "run"))
                 and read(name).startswith("#!") and not os.access(os.path.join(ROOT, name), os.X_OK)]
        self.assertEqual(wrong, [])


if __name__ == "__main__":
    unittest.main(verbosity=2)
