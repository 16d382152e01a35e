#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The portable workspace, beside its peers in one run.

Every row is measured by itself: name some to measure those. What was measured is kept in the build folder; --resume takes
it from there, so that a run that was stopped goes on."""

import argparse
import contextlib
import importlib
import json
import os
import pathlib
import subprocess
import sys

from workspace_rows import page
from workspace_rows.common import Context, Missing

ROOT = pathlib.Path(__file__).resolve().parent.parent
ROWS = {
    "view": "building a view, and the next program in it",
    "open": "opening a workspace, above the key derivation",
    "many": "50 programs at once, 10 workspaces",
    "window": "from opening to an app's first window",
    "files": "untar, git status and a small compile, with and without encryption",
    "streaming": "an app on a server, to its first window: streamed, and downloaded",
    "suspend": "suspending and resuming a desktop with 4 apps",
    "size": "what a new workspace takes, and one with LibreOffice",
}
RUNS = 100


def parse_arguments():
    parser = argparse.ArgumentParser(prog="bench workspace", description=__doc__.split("\n", maxsplit=1)[0],
                                     formatter_class=argparse.RawDescriptionHelpFormatter,
                                     epilog="rows:\n" + "\n".join(f"  {name:<8} {text}" for name, text in ROWS.items()))
    parser.add_argument("rows", nargs="*", metavar="ROW", help="which rows (default: all)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--resume", action="store_true", help="do not measure again what this version was measured for")
    parser.add_argument("--runs", type=int, default=RUNS, help=f"turns of what takes milliseconds (default {RUNS})")
    parser.add_argument("--update-docs", action="store_true", help="write the rows into docs/workspace-figures.md")
    parser.add_argument("--build", type=pathlib.Path, help="the build folder (default: build beside this tree)",
                        default=pathlib.Path(os.environ.get("DOMICILE_BUILD_DIR", ROOT / "build")))
    options = parser.parse_args()
    for row in options.rows:
        if row not in ROWS:
            parser.error(f"there is no row “{row}”; there are: {', '.join(ROWS)}")
    return options


def version():
    """What was measured: the commit, and whether the tree was changed since."""
    said = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True, check=False)
    return said.stdout.strip()


class Kept:
    """Rows that were measured, by version."""

    def __init__(self, path):
        self.path, self.version, self.rows = path, version(), {}
        try:
            known = json.loads(path.read_text(encoding="utf-8"))
            self.rows = known["rows"] if known["version"] == self.version else {}
        except (OSError, ValueError, KeyError):
            pass

    def add(self, row, figures):
        self.rows[row] = figures
        self.path.write_text(json.dumps({"version": self.version, "rows": self.rows}), encoding="utf-8")


def measure(row, context):
    """The figures of a row; one that has failed, where it cannot be measured."""
    context.say(f"{row}: {ROWS[row]}")
    module = importlib.import_module("workspace_rows." + row)
    try:
        return list(module.measure(context))
    except Missing as missing:
        context.say(f"{row} is left out: it {missing}")
        return None


def print_row(figures):
    for figure in figures:
        target = f"at most {figure['target']:g}" if "target" in figure else ""
        verdict = "" if "target" not in figure else "met" if figure["met"] else "MISSED"
        print(f"{figure['name']:<66} {figure['value']:>8g} {figure['unit']:<5} {target:<14} {verdict}")
        for peer in figure["peers"]:
            print(f"    {peer['name']:<62} {peer['value']:>8g} {peer.get('unit', figure['unit'])}")
        if "missed" in figure:
            print(f"    why: {figure['missed']}")
    sys.stdout.flush()


def main():
    options = parse_arguments()
    with contextlib.suppress(OSError):
        os.nice(-15)  # ahead of what else the machine does
    context = Context(options.build.resolve(), options.runs)
    kept = Kept(context.build / "bench-workspace.json")
    rows, left_out = options.rows or list(ROWS), 0
    figures = []
    for row in rows:
        measured = kept.rows.get(row) if options.resume else None
        if measured is None:
            measured = measure(row, context)
        if measured is None:
            left_out += 1
            continue
        kept.add(row, measured)
        if options.update_docs:
            page.update(row, ROWS[row], measured)
        figures += measured
        if not options.json:
            print_row(measured)
    if options.json:
        print(json.dumps({"bench": "workspace", "figures": figures}))
    return 0 if figures and left_out < len(rows) and all(figure["met"] for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
