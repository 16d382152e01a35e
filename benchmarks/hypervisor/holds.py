# SPDX-License-Identifier: GPL-2.0-or-later
"""How long the hypervisor holds its lock at a time: instructions from each entry into it until a guest runs again or the lock
is dropped, counted by a plugin of QEMU (holds.c) while hostile and busy guests run."""
import os
import subprocess
import tempfile

import machine

# Where the lock is dropped within the hypervisor, to wait or to let others have it.
DROPS = ("hv_unlock", "hv_arch_wait")
START = "hv_main"  # before that there are no guests
# What runs, and how its flash image is called.
RUNS = {
    "attacks on page tables": ("tests/hypervisor/attacks-flash1.img", []),
    "random hostile calls": ("tests/hypervisor/fuzz-flash1.img", ["--memory", "32"]),
}


def functions(elf):
    """{address: (name, kind)} as holds.c wants them: C, assembly, or where the lock is dropped."""
    listed = subprocess.run(["arm-linux-gnueabihf-readelf", "-sW", elf], stdout=subprocess.PIPE, text=True, check=True).stdout
    found = {}
    for line in listed.splitlines():
        words = line.split()
        if len(words) != 8 or words[3] not in ("FUNC", "NOTYPE") or words[6] != "1" or words[7].startswith("$"):
            continue
        name, address = words[7], int(words[1], 16)
        kind = "d" if name in DROPS else "C" if words[3] == "FUNC" else "a"
        if found.get(address, ("", "a"))[1] == "a":
            found[address] = name, kind
    return found


def measure(build, what):
    """-> [(instructions, function called, function that took most)], the longest first."""
    flash1, options = RUNS[what]
    known = functions(os.path.join(build, "hypervisor/hypervisor.elf"))
    step = f"counting how long the lock is held: {what}"
    machine.progress(step)
    with tempfile.TemporaryDirectory(prefix="domicile-bench-") as folder:
        listed, out = os.path.join(folder, "functions"), os.path.join(folder, "holds")
        with open(listed, "w", encoding="ascii") as file:
            file.writelines(f"{address:x} {kind}\n" for address, (_, kind) in sorted(known.items()))
        plugin = f"{machine.flash(build, 'benchmarks/hypervisor/holds.so')},functions={listed},out={out}"
        said = list(machine.lines(step, build, flash1, "--plugin", plugin, *options))
        if not any(line == "done" for line in said) or not os.path.isfile(out):
            raise machine.Failed(f"{step}: the guests did not come to their end:\n  " + "\n  ".join(said[-8:]))
        with open(out, encoding="ascii") as file:
            held = [line.split() for line in file]
    name = {f"{address:x}": text for address, (text, _) in known.items()}
    return sorted(((int(count), name[first], name[most]) for count, first, most in held if name[first] != START), reverse=True)
