#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Templates, desktop and metainfo files, by the tools that judge such files."""

import glob
import os
import subprocess
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get("DOMICILE_BUILD_DIR", os.path.join(ROOT, "build"))


# Classes that gla11y does not know: containers, what is told by its content, and our chart, which names itself.
# Pictures and spinners here stand beside the words that say the same.
NOT_JUDGED = ("HdyActionRow", "HdyClamp", "HdyHeaderBar", "HdyLeaflet", "HdyPreferencesGroup", "HdyStatusPage",
              "HdyViewSwitcherBar", "HdyViewSwitcherTitle", "GtkStackSwitcher", "DmcSparkline", "DmcWhatIf", "HdyAvatar", "GtkImage", "GtkSpinner")


def templates():
    return sorted(glob.glob(os.path.join(ROOT, "data", "ui", "*", "*.ui")))


class Data(unittest.TestCase):

    def run_tool(self, *command):
        result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        self.assertEqual(result.returncode, 0, result.stdout)

    def test_there_are_templates(self):
        self.assertGreater(len(templates()), 8)

    def test_templates_are_accessible(self):
        self.run_tool("gla11y", "--disable-type=orphan-label", "--widgets-ignored", "+" + ",".join(NOT_JUDGED), *templates())

    def test_desktop_file(self):
        self.run_tool("desktop-file-validate", os.path.join(BUILD, "data", "org.domicile.Console.desktop"))

    def test_metainfo(self):
        self.run_tool("appstreamcli", "validate", "--no-net", "--pedantic",
                      os.path.join(BUILD, "data", "org.domicile.Console.metainfo.xml"))

    def test_style_uses_named_colours_only(self):
        with open(os.path.join(ROOT, "data", "ui", "app", "style.css"), encoding="utf-8") as file:
            text = file.read()
        for mark in ("#", "rgb(", "rgba("):
            self.assertNotIn(mark, text.replace("/*", "").split("*/", 2)[-1])


if __name__ == "__main__":
    unittest.main(verbosity=2)
