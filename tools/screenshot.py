#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes the picture of the README from a live stack.

Brings a stack and a session of its own up, waits until the charts have something to show, and keeps the window."""

import argparse
import os
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path[:0] = [os.path.join(ROOT, "tests", "gui"), os.path.join(ROOT, "tests", "protocol")]

from session import run_in_session  # noqa: E402


def read_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", nargs="?", metavar="OUT.png", default=os.path.join(ROOT, "docs", "images", "console.png"),
                        help="the picture to write (default: docs/images/console.png of this tree)")
    out = os.path.abspath(parser.parse_args().out)
    if not out.endswith(".png") or os.path.isdir(out):
        parser.error(f"{out}: the picture is a file whose name ends in .png")
    try:
        os.makedirs(os.path.dirname(out), exist_ok=True)
    except OSError as error:
        parser.error(f"{os.path.dirname(out)}: {error.strerror}")
    if not os.access(out if os.path.exists(out) else os.path.dirname(out), os.W_OK):
        parser.error(f"{out} cannot be written")
    return out


if __name__ == "__main__":
    OUT = read_arguments()  # before minutes of work
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


def main(out):
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
            subprocess.run(["import", "-window", console.window(), out], check=True)
    finally:
        stack.end()


if __name__ == "__main__":
    main(OUT)
