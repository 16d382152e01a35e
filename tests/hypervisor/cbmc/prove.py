#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Proves what frames.c says with CBMC, which Debian has in a newer release: one test a proof."""
import argparse
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.realpath(__file__))
ROOT = os.path.join(HERE, "../../..")
PACKAGES = ("cbmc", "minisat", "libc6", "libstdc++6", "libgcc-s1", "zlib1g")
PROOFS = ("prove_entry", "prove_update_run", "prove_directory_entry", "prove_count")
OPTIONS = ("--arch", "arm", "--os", "linux", "--unwind", "10", "--unwinding-assertions", "--no-standard-checks",
           "--drop-unused-functions")
SECONDS = 100


def preprocess(proof, path):
    includes = [f"-I{os.path.join(ROOT, folder)}" for folder in
                ("tests/hypervisor/cbmc", "hypervisor", "hypervisor/include", "hypervisor/platform/vexpress-a9", "core")]
    subprocess.run(["arm-linux-gnueabihf-gcc", "-E", "-P", "-ffreestanding", "-std=gnu11", f"-DPROOF={proof}", *includes,
                    os.path.join(HERE, "frames.c"), "-o", path], check=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tools", required=True, help="where CBMC is unpacked")
    tools = parser.parse_args().tools
    fetched = subprocess.run([os.path.join(ROOT, "tools/foreign-packages"), tools, "amd64", "trixie", *PACKAGES],
                             stderr=subprocess.PIPE, text=True, check=False)
    if fetched.returncode != 0:
        print(f"1..0 # SKIP CBMC cannot be fetched: {fetched.stderr.strip().splitlines()[-1]}")
        return
    usr = os.path.join(tools, "root/usr")
    cbmc = [f"{usr}/lib64/ld-linux-x86-64.so.2", "--library-path", f"{usr}/lib/x86_64-linux-gnu:{usr}/lib",
            f"{usr}/bin/cbmc", *OPTIONS]
    print(f"1..{len(PROOFS)}")
    with tempfile.TemporaryDirectory() as folder:
        for number, proof in enumerate(PROOFS, 1):
            path = os.path.join(folder, proof + ".i")
            preprocess(proof, path)
            result = subprocess.run(cbmc + [path], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                    timeout=SECONDS, check=False)
            good = result.returncode == 0 and "VERIFICATION SUCCESSFUL" in result.stdout
            for line in [] if good else result.stdout.splitlines()[-20:]:
                print("# " + line)
            print(f"{'ok' if good else 'not ok'} {number} - {proof}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
