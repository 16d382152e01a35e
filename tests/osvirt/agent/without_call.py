# SPDX-License-Identifier: GPL-2.0-or-later
"""without_call.py CALL COMMAND…: runs a command as on a kernel that does not have that system call. Root's, so that the command may get
privileges by programs as ever."""

import ctypes
import errno
import os
import sys

ALLOW, FAIL = 0x7FFF0000, 0x00050000 | errno.ENOSYS
NO_NEW_PRIVILEGES = 3  # an attribute of libseccomp's


def forbid(call):
    """A filter for this process and all that it starts."""
    library = ctypes.CDLL("libseccomp.so.2")
    library.seccomp_init.restype = ctypes.c_void_p
    handle = ctypes.c_void_p(library.seccomp_init(ctypes.c_uint32(ALLOW)))
    number = library.seccomp_syscall_resolve_name(call.encode())
    if number < 0 or library.seccomp_attr_set(handle, NO_NEW_PRIVILEGES, ctypes.c_uint32(0)) != 0 \
            or library.seccomp_rule_add_array(handle, ctypes.c_uint32(FAIL), number, 0, None) != 0 or library.seccomp_load(handle) != 0:
        sys.exit(f"{call} cannot be forbidden")


if __name__ == "__main__":
    forbid(sys.argv[1])
    os.execvp(sys.argv[2], sys.argv[2:])
