#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What takes long by its size is done in slices, and rightly: large directories, domains, many mappings. Nothing keeps the
hypervisor's lock for longer than 100,000 instructions, which a plugin of QEMU counts."""
import os
import subprocess
import tempfile

import holds
import machine

SECONDS = 240
LEAST_CHECKS = 20


def has_plugins():
    return "-plugin" in subprocess.run(["qemu-system-arm", "-help"], stdout=subprocess.PIPE, text=True, check=False).stdout


def main():
    arguments = machine.arguments_of(__doc__, "plugin")
    tap = machine.Tap()
    elf = os.path.join(os.path.dirname(arguments.flash0), "hypervisor.elf")
    with tempfile.TemporaryDirectory(prefix="domicile-large-") as folder:
        counted = holds.Holds(arguments.plugin, elf, folder)
        options = ["--plugin", counted.plugin] if has_plugins() else []
        machine.run(tap, arguments, ["--icount", *options], SECONDS, LEAST_CHECKS)
        longest = counted.longest()
    for count, called, most in longest[:8]:
        print(f"# {count} instructions in {called}, mostly in {most}")
    if options:
        tap.result(bool(longest) and longest[0][0] <= holds.LIMIT,
                   f"the lock is never held for more than {holds.LIMIT:,} instructions: {longest[0][0] if longest else 'none counted'}")
    else:
        tap.result(True, "the lock is not held for long # SKIP this QEMU has no plugins")
    tap.plan()


if __name__ == "__main__":
    main()
