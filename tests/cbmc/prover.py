# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs proofs with CBMC, which Debian has in a newer release: fetched and unpacked, not installed."""

import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

ROOT = os.path.join(os.path.dirname(os.path.realpath(__file__)), "../..")
PACKAGES = ("cbmc", "minisat", "libc6", "libstdc++6", "libgcc-s1", "zlib1g")


def fetch(tools):
    """CBMC's command, unpacked below `tools`; ends the test program, skipped, where it cannot be had."""
    fetched = subprocess.run([os.path.join(ROOT, "tools/foreign-packages"), tools, "amd64", "trixie", *PACKAGES],
                             stderr=subprocess.PIPE, text=True, check=False)
    if fetched.returncode != 0:
        print(f"1..0 # SKIP CBMC cannot be fetched: {fetched.stderr.strip().splitlines()[-1]}")
        sys.exit(0)
    usr = os.path.join(tools, "root/usr")
    return [f"{usr}/lib64/ld-linux-x86-64.so.2", "--library-path", f"{usr}/lib/x86_64-linux-gnu:{usr}/lib",
            f"{usr}/bin/cbmc"]


def prove(command, proof, preprocess, seconds):
    """(whether it holds, what is to be said about it)"""
    with tempfile.TemporaryDirectory() as folder:
        files = preprocess(proof, folder)
        try:
            result = subprocess.run([*command, *files], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                    timeout=seconds, check=False)
        except subprocess.TimeoutExpired:
            return False, [f"no answer within {seconds} s"]
    good = result.returncode == 0 and "VERIFICATION SUCCESSFUL" in result.stdout
    return good, [] if good else result.stdout.splitlines()[-20:]


def run(cbmc, proofs, options, preprocess, seconds, further=None):
    """One line of TAP a proof, two of which run at a time. `preprocess(proof, folder)` gives the files that a proof
    is about, `further` options that a proof has besides."""
    further = further or {}
    print(f"1..{len(proofs)}")
    with ThreadPoolExecutor(2) as pool:
        results = pool.map(lambda proof: prove([*cbmc, *options, *further.get(proof, ())], proof, preprocess, seconds), proofs)
        for number, (proof, (good, lines)) in enumerate(zip(proofs, results), 1):
            for line in lines:
                print("# " + line)
            print(f"{'ok' if good else 'not ok'} {number} - {proof}", flush=True)
