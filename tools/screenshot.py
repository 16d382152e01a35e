#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes the picture of the README from a live stack: screenshot.py [OUT.png]

Brings a stack and a session of its own up, waits until the charts have something to show, and keeps the window."""

import os
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path[:0] = [os.path.join(ROOT, "tests", "gui"), os.path.join(ROOT, "tests", "protocol")]

from session import run_in_session  # noqa: E402

if __name__ == "__main__":
    run_in_session()

import support  # noqa: E402
from console import Console, keys, press, wait_for, write, text_of, click  # noqa: E402

SAMPLES = 60
SIZE = (1080, 700)


def talk(console):
    """Asks the guest's shell something, so that its console has what a visitor would see."""
    click(console.find("radio button", "Console"))
    terminal = console.find("terminal")
    press(terminal)
    write("help")
    keys("Return")
    wait_for(lambda: text_of(terminal).count(">") > 1, "the guest's answer")


def main():
    out = sys.argv[1] if len(sys.argv) > 1 else os.path.join(ROOT, "docs", "images", "console.png")
    stack = support.Stack().start()
    try:
        with Console("--no-login", control=stack.paths["control"], agent=stack.paths["agent"]) as console, \
                stack.connect("control") as client:
            press(console.row("mandelbrot"))
            console.resize(*SIZE)
            talk(console)
            client.call("events.subscribe", topics=["stats"], interval_ms=1000)
            for _ in range(SAMPLES):
                client.event(seconds=10)
            os.makedirs(os.path.dirname(out), exist_ok=True)
            subprocess.run(["import", "-window", console.window(), out], check=True)
    finally:
        stack.end()


if __name__ == "__main__":
    main()
