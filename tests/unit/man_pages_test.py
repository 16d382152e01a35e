# SPDX-License-Identifier: GPL-2.0-or-later
"""Every program that a user starts has a manual page, which tells all that the program does, and which can be formatted."""

import json
import os
import re
import shutil
import subprocess
import unittest

BUILD = os.environ["DOMICILE_BUILD_DIR"]


def help_of(program, *words):
    environment = {**os.environ, "LC_ALL": "C.UTF-8", "ASAN_OPTIONS": "detect_leaks=0"}
    return subprocess.run([program, *words, "--help"], check=True, stdout=subprocess.PIPE, text=True, env=environment).stdout


def installed():
    """Path in the build tree → where it is installed."""
    with open(os.path.join(BUILD, "meson-info", "intro-installed.json"), encoding="utf-8") as file:
        return json.load(file)


class ManPages(unittest.TestCase):
    def setUp(self):
        targets = installed()
        self.programs = [source for source, target in targets.items() if re.search(r"/s?bin/[^/]+$", target)]
        daemons = ["domicile-agent", "domicile-gateway", "domicile-helper"]
        self.programs += [source for source in targets if os.path.basename(source) in daemons and source not in self.programs]
        self.pages = {os.path.basename(source).rsplit(".", 1)[0]: source for source, target in targets.items()
                      if re.search(r"/man[18]/[^/]+\.[18]$", target)}

    def text(self, name):
        with open(self.pages[name], encoding="utf-8") as file:
            return re.sub(r"\\(.)", r"\1", re.sub(r"\\f[BR]|\\&", "", file.read().replace("\\(aq", "'")))

    def test_every_option_is_in_its_page(self):
        self.assertEqual({os.path.basename(program) for program in self.programs}, set(self.pages))
        for program in self.programs:
            text = self.text(os.path.basename(program))
            options = re.findall(r"(?m)^ +(?:-\w, )?(--[a-z-]+)", help_of(program))
            self.assertGreater(len(options), 1, program)
            for option in options:
                self.assertIn(option, text, program)

    def test_every_command_is_in_the_page(self):
        program = next(program for program in self.programs if os.path.basename(program) == "domicilectl")
        text = self.text("domicilectl")
        commands = re.findall(r"(?m)^  ([a-z]+(?: [a-z]+)*)(.*?)(?:  .*| [A-Z][a-z].*)$", help_of(program).partition("\nCommands:\n")[2])
        self.assertGreater(len(commands), 40)
        for name, arguments in commands:
            self.assertIn(f".SS {name}{arguments.rstrip()}", text)
        own = [option for option in re.findall(r"(?m)^ +(?:-\w, )?(--\S+)", help_of(program, "workspace", "open")) if "=" in option]
        self.assertGreater(len(own), 5)
        for option in own:
            self.assertIn(option, text)
        self.assertIn(".SH EXAMPLES", text)
        self.assertIn("domicilectl app run Work -- xterm", text)

    @unittest.skipIf(shutil.which("groff") is None, "this host does not have groff")
    def test_pages_can_be_formatted(self):
        for name, page in self.pages.items():
            done = subprocess.run(["groff", "-man", "-Kutf8", "-Tutf8", "-ww", "-z", page], capture_output=True, text=True, check=True)
            self.assertEqual(done.stderr, "", name)


if __name__ == "__main__":
    unittest.main(verbosity=2)
