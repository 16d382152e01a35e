#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs the benchmarks, each beside its peer in one run."""

import argparse
import glob
import json
import os
import subprocess
import sys

from buildtree import ROOT, BuildError, build

FOLDER = os.path.join(ROOT, "benchmarks")


def names():
    """The benchmarks there are."""
    return sorted(os.path.basename(path)[:-3] for path in glob.glob(os.path.join(FOLDER, "[a-z]*.py"))
                  if os.access(path, os.X_OK))


def parse_arguments():
    parser = argparse.ArgumentParser(prog="bench", description="Measure Domicile beside its peers.")
    parser.add_argument("names", nargs="*", metavar="NAME", help="one of: " + ", ".join(names()) + " (default: all); what "
                        "comes after a name and is none goes to that benchmark, as in: bench workspace view --resume")
    parser.add_argument("--json", action="store_true", help="print one JSON object a benchmark")
    parser.add_argument("--list", action="store_true", help="print the names and end")
    parser.add_argument("--no-install", action="store_true", help="do not look for missing packages")
    parser.add_argument("--no-build", action="store_true", help="measure what is built")
    arguments, own = parser.parse_known_args()
    if own and not arguments.names:
        parser.error(f"unrecognized arguments: {' '.join(own)}")
    arguments.names += own  # what is no option of ours is the benchmark's
    if arguments.names and arguments.names[0] not in names():
        parser.error(f"there is no benchmark “{arguments.names[0]}”; there are: {', '.join(names())}")
    return arguments


def split(words):
    """The benchmarks that are named, each with the words that it gets."""
    chosen = []
    for word in words:
        if word in names():
            chosen.append((word, []))
        else:
            chosen[-1][1].append(word)
    return chosen or [(name, []) for name in names()]


def run(name, words, as_json):
    """Runs one benchmark; returns whether it ran and met its targets. Its output is one JSON object a line."""
    program = [os.path.join(FOLDER, name + ".py"), *words]
    if not as_json:
        return subprocess.run(program, cwd=ROOT, check=False).returncode == 0
    result = subprocess.run([*program, "--json"], cwd=ROOT, stdout=subprocess.PIPE, check=False)
    try:
        print(json.dumps(json.loads(result.stdout)), flush=True)
    except ValueError:
        print(f"bench: {name} printed no JSON object", file=sys.stderr)
        return False
    return result.returncode == 0


def main():
    arguments = parse_arguments()
    if arguments.list:
        print("\n".join(names()))
        return 0
    try:
        if not arguments.no_build:
            build("build", progress=lambda text: print(text, file=sys.stderr))
    except BuildError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    good = [run(name, words, arguments.json) for name, words in split(arguments.names)]
    return 0 if good and all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
