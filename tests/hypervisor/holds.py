# SPDX-License-Identifier: GPL-2.0-or-later
"""How long the hypervisor holds its lock at a time: instructions from each entry into it until a guest runs again or the lock
is dropped, as a plugin of QEMU counts them (holds.c)."""
import os
import subprocess

LIMIT = 100000  # 100 us of a processor that makes one instruction in a nanosecond
# Where the lock is dropped within the hypervisor, to wait or to let others have it.
DROPS = ("hv_unlock", "hv_arch_wait")
START = "hv_main"  # before that there are no guests


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


class Holds:
    """One run: `plugin` is for run-qemu."""
    def __init__(self, library, elf, folder):
        self.functions = functions(elf)
        self.out = os.path.join(folder, "holds")
        listed = os.path.join(folder, "functions")
        with open(listed, "w", encoding="ascii") as file:
            file.writelines(f"{address:x} {kind}\n" for address, (_, kind) in sorted(self.functions.items()))
        self.plugin = f"{library},functions={listed},out={self.out}"

    def longest(self):
        """[(instructions, function called, function that took most)], the longest first; none: nothing was counted."""
        if not os.path.isfile(self.out):
            return []
        name = {f"{address:x}": text for address, (text, _) in self.functions.items()}
        with open(self.out, encoding="ascii") as file:
            held = [line.split() for line in file]
        return sorted(((int(count), name[first], name[most]) for count, first, most in held if name[first] != START), reverse=True)
