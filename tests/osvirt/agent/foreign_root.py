# SPDX-License-Identifier: GPL-2.0-or-later
"""A host of another kind: its libraries lie in one folder as on distributions without Debian's folders for each architecture,
and there is nothing else, not even a shell. As a program it runs a command there: foreign_root.py ROOT PLACE:PLACE… COMMAND…"""

import ctypes
import os
import re
import shutil
import subprocess
import sys

CLONE_NEWNS, MS_BIND, MS_REC, MS_PRIVATE, MNT_DETACH = 0x20000, 0x1000, 0x4000, 1 << 18, 2
SHARED = ("/proc", "/sys", "/dev", "/tmp", "/run")
FILES = {"etc/os-release": 'ID=other\nNAME="Another Distribution"\nVERSION_ID=1\n', "etc/passwd": "root:x:0:0::/root:/none\n",
         "etc/group": "root:x:0:\n", "etc/resolv.conf": "nameserver 127.0.0.1\n"}


def _libraries(program):
    said = subprocess.run(["ldd", program], capture_output=True, text=True, check=False)  # fails for a static one
    return set(re.findall(r"(/\S+) \(0x", said.stdout))


def make(root, programs):
    """Makes such a host in the empty folder @root, with what @programs need."""
    for name in ("usr/lib", "usr/bin", "etc", "root", "var", "home", *(place[1:] for place in SHARED)):
        os.makedirs(os.path.join(root, name))
    for name in ("lib", "lib64", "bin"):
        os.symlink("usr/" + name.replace("64", ""), os.path.join(root, name))
    for library in set().union(*map(_libraries, programs)):
        shutil.copy(library, os.path.join(root, "usr/lib"))
    for name, text in FILES.items():
        with open(os.path.join(root, name), "w", encoding="utf-8") as file:
            file.write(text)


def _call(name, *arguments):
    libc = ctypes.CDLL(None, use_errno=True)
    if getattr(libc, name)(*arguments) != 0:
        raise OSError(ctypes.get_errno(), name)


def _bind(source, target):
    os.makedirs(target, exist_ok=True)
    _call("mount", source.encode(), target.encode(), None, MS_BIND | MS_REC, None)


def enter(root, places):
    """Makes @root this process's host, in a mount namespace of its own; what is at @places is there, too."""
    _call("unshare", CLONE_NEWNS)
    _call("mount", None, b"/", None, MS_REC | MS_PRIVATE, None)
    _bind(root, root)
    for place in (*SHARED, *places):
        _bind(place, root + place)
    os.chdir(root)
    _call("syscall", 155, b".", b".")  # pivot_root; glibc has no name for it
    _call("umount2", b".", MNT_DETACH)
    os.chdir("/")


if __name__ == "__main__":
    enter(sys.argv[1], sys.argv[2].split(":"))
    os.execv(sys.argv[3], sys.argv[3:])
