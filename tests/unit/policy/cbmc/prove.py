#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Proves what proofs.c says about the policy engine with CBMC: one test a proof."""
import argparse
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.realpath(__file__))
ROOT = os.path.join(HERE, "../../../..")
sys.path.insert(0, os.path.join(ROOT, "tests/cbmc"))
import prover  # noqa: E402

PROOFS = ("prove_default_deny", "prove_no_read_up_no_write_down", "prove_no_flow_to_higher_integrity",
          "prove_history_is_monotone", "prove_no_second_dataset", "prove_cache_never_allows_what_is_denied",
          "prove_cache_never_exceeds_budget_of_events", "prove_change_forgets")
# Loops end after what the bounds of proofs.c allow. With a cache of one entry all accesses get into each other's way.
OPTIONS = ("--object-bits", "10", "--unwind", "6", "--unwindset", "judge.0:3,metered_resource.0:14",
           "--unwinding-assertions", "--no-standard-checks", "--drop-unused-functions")
# Which solver is quick depends on the proof.
OTHER_SOLVER = {"prove_cache_never_allows_what_is_denied": ("--sat-solver", "cadical")}
SOURCES = ("classes", "models", "engine", "te", "blp", "biba", "chinese_wall", "guard")
SECONDS = 240  # for machines several times as slow


def preprocess(proof, folder):
    files = []
    for source in [os.path.join(HERE, "proofs.c"), *(os.path.join(ROOT, f"core/policy/{s}.c") for s in SOURCES)]:
        path = os.path.join(folder, os.path.basename(source)[:-2] + ".i")
        subprocess.run(["gcc", "-E", "-P", "-ffreestanding", "-std=gnu11", f"-DPROOF={proof}", "-DPOL_CACHE_ENTRIES=1",
                        f"-I{os.path.join(ROOT, 'core')}", source, "-o", path], check=True)
        files.append(path)
    return files


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tools", required=True, help="where CBMC is unpacked")
    prover.run(prover.fetch(parser.parse_args().tools), PROOFS, OPTIONS, preprocess, SECONDS, OTHER_SOLVER)


if __name__ == "__main__":
    sys.exit(main())
