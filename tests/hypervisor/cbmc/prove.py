#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Proves what frames.c and tables.c say with CBMC: one test a proof."""
import argparse
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.realpath(__file__))
ROOT = os.path.join(HERE, "../../..")
sys.path.insert(0, os.path.join(ROOT, "tests/cbmc"))
import prover  # noqa: E402

# With one table of one entry: a directory, and two entries that may both name it, are enough.
DIRECTORIES = ("prove_directory_update", "prove_pin_directory", "prove_unpin_directory", "prove_base")
SMALL = ("-DTABLES=1u", "-DHV_L2_FRAME_ENTRIES=1u")
SOURCES = {"frames.c": ("prove_entry", "prove_update_run", "prove_directory_entry", "prove_count"),
           "tables.c": ("prove_table_update", "prove_run", "prove_pin_tables", "prove_unpin", "prove_grant_map",
                        "prove_grant_unmap", "prove_give", "prove_take", "prove_wrong_base", *DIRECTORIES)}
PROOFS = {proof: source for source, proofs in SOURCES.items() for proof in proofs}
OPTIONS = ("--arch", "arm", "--os", "linux", "--unwind", "10", "--unwinding-assertions", "--no-standard-checks",
           "--drop-unused-functions")
SECONDS = 900


def preprocess(proof, folder):
    path = os.path.join(folder, proof + ".i")
    includes = [f"-I{os.path.join(ROOT, folder)}" for folder in
                ("tests/hypervisor/cbmc", "hypervisor", "hypervisor/include", "hypervisor/platform/vexpress-a9", "core")]
    subprocess.run(["arm-linux-gnueabihf-gcc", "-E", "-P", "-ffreestanding", "-std=gnu11", f"-DPROOF={proof}", *includes,
                    *(SMALL if proof in DIRECTORIES else ()),
                    os.path.join(HERE, PROOFS[proof]), "-o", path], check=True)
    return [path]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tools", required=True, help="where CBMC is unpacked")
    parser.add_argument("--directories", action="store_true", help="prove what takes minutes, and nothing else")
    arguments = parser.parse_args()
    proofs = [proof for proof in PROOFS if (proof in DIRECTORIES) == arguments.directories]
    prover.run(prover.fetch(arguments.tools), proofs, OPTIONS, preprocess, SECONDS)


if __name__ == "__main__":
    sys.exit(main())
