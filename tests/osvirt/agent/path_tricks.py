# SPDX-License-Identifier: GPL-2.0-or-later
"""Run inside a workspace by a program whose label has to choose between two banks: takes bank A, then tries every way that
a program has to bank B's file. Ends with 0 where none of them leads there; prints each that was closed."""

import ctypes
import errno
import os
import subprocess
import sys
import threading

HOME = os.path.expanduser("~")
A, B = HOME + "/banks/a/secret", HOME + "/banks/b/secret"
libc = ctypes.CDLL(None, use_errno=True)
reached = []


def call(number, *arguments):
    result = libc.syscall(ctypes.c_long(number), *arguments)
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


def read(path, **where):
    fd = os.open(path, os.O_RDONLY, **where)
    try:
        return os.read(fd, 100)
    finally:
        os.close(fd)


def attempt(name, trick):
    try:
        got = trick()
    except (OSError, subprocess.CalledProcessError) as error:
        got = error
    if isinstance(got, bytes) and b"beta" in got:
        reached.append(name)
    else:
        print(f"kept out: {name}: {str(got)[-60:]}", flush=True)


def output(*argv):
    return subprocess.run(argv, check=True, capture_output=True).stdout


def hard_link():
    os.link(B, HOME + "/links/hard")
    return read(HOME + "/links/hard")


def hard_link_out_of_own():
    """Out of one's own bank, to where the other bank's people can read it."""
    os.link(A, HOME + "/links/mine")
    reached.append("a hard link out of the chosen bank")


def move_out():
    os.rename(B, HOME + "/moved")
    return read(HOME + "/moved")


def move_folder():
    os.rename(HOME + "/banks/b", HOME + "/moved")
    return read(HOME + "/moved/secret")


def move_ancestor():
    os.rename(HOME + "/banks", HOME + "/elsewhere")
    return read(HOME + "/elsewhere/b/secret")


def move_home():
    os.rename("/home", "/home2")
    return read(f"/home2/{os.path.basename(HOME)}/banks/b/secret")


def exchange():
    call(316, -100, (HOME + "/banks/a").encode(), -100, (HOME + "/banks/b").encode(), 2)  # renameat2, RENAME_EXCHANGE
    return read(A)


def reopen(flags, path):
    """A descriptor that is only a place, opened again through /proc."""
    fd = os.open(path, flags)
    try:
        return read(f"/proc/self/fd/{fd}")
    finally:
        os.close(fd)


def reopen_folder():
    fd = os.open(HOME + "/banks/b", os.O_PATH)
    try:
        return read("secret", dir_fd=fd)
    finally:
        os.close(fd)


def by_current_folder():
    os.chdir(HOME + "/banks/b")
    try:
        return read("secret")
    finally:
        os.chdir("/")


def openat2(resolve):
    how = (ctypes.c_uint64 * 3)(os.O_RDONLY, 0, resolve)
    fd = call(437, -100, B.encode(), ctypes.byref(how), 24)
    return os.read(fd, 100)


def io_uring():
    call(425, 8, ctypes.create_string_buffer(120))
    return b"a ring was made: beta"


def name_to_handle():
    handle = ctypes.create_string_buffer((128).to_bytes(4, "little") + bytes(200), 204)
    mount = ctypes.c_int()
    call(303, -100, B.encode(), handle, ctypes.byref(mount), 0)
    here = os.open(HOME, os.O_RDONLY)
    return os.read(call(304, here, handle, os.O_RDONLY), 100)


def bind_mount():
    if libc.mount((HOME + "/banks/b").encode(), (HOME + "/links/bound").encode(), None, 4096, None) != 0:
        raise OSError(ctypes.get_errno(), "mount")
    return read(HOME + "/links/bound/secret")


def unmount():
    if libc.umount2((HOME + "/banks/b").encode(), 2) != 0:
        raise OSError(ctypes.get_errno(), "umount")
    return read(B)


def new_namespace(flags):
    call(272, flags)
    return read(B)


def swap_while_asked():
    """The name means a harmless file when it is asked about, and the other bank's when it is opened."""
    name, end, swaps = HOME + "/links/swap", threading.Event(), []
    got = b""

    def swap():
        while not end.is_set():
            for target in (HOME + "/books/book", B):
                os.symlink(target, name + ".new")
                os.replace(name + ".new", name)
                swaps.append(target)

    thread = threading.Thread(target=swap)
    thread.start()
    while len(swaps) < 2000:
        try:
            got += read(name)
        except OSError as error:
            assert error.errno in (errno.EACCES, errno.ENOENT, errno.EROFS), error
    end.set()
    thread.join()
    return got


def swap_argument():
    """The same with the bytes of the name itself, while the call is under way."""
    harmless, wanted = (HOME + "/books/book").encode() + b"\0", B.encode() + b"\0"
    text, end, got = ctypes.create_string_buffer(max(len(harmless), len(wanted))), threading.Event(), b""

    def swap():
        while not end.is_set():
            ctypes.memmove(text, harmless, len(harmless))
            ctypes.memmove(text, wanted, len(wanted))

    ctypes.memmove(text, harmless, len(harmless))
    thread = threading.Thread(target=swap)
    thread.start()
    for _ in range(2000):
        fd = libc.open(text, os.O_RDONLY)
        if fd >= 0:
            got += os.read(fd, 100)
            os.close(fd)
    end.set()
    thread.join()
    return got


def other_process(what):
    """By the eyes of a program of another label, which can still choose."""
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            return read(f"/proc/{pid}/{what}{B}")
        except OSError as error:
            last = error
    raise last


def trace():
    for pid in filter(str.isdigit, os.listdir("/proc")):
        if int(pid) in (os.getpid(), os.getppid()):
            continue
        if libc.ptrace(16, int(pid), 0, 0) == 0:
            return b"traced another: beta"
    raise OSError(ctypes.get_errno(), "ptrace")


def executed():
    return output("/bin/sh", B)


def through_a_set_user_id_program():
    return output("/bin/su", "-c", "cat " + B)


def with_another_calling_convention():
    """open() of 32-bit programs, whose numbers differ, from a 64-bit one."""
    code = bytes.fromhex("b805000000" "31c9" "31d2" "cd80" "c3")  # eax = 5 (open), ecx = edx = 0; ebx is a low address
    import mmap
    low = 0x10000000
    libc.mmap.restype = ctypes.c_void_p
    page = libc.mmap(ctypes.c_void_p(low), 4096, 7, 0x32, -1, 0)
    if page != low:
        raise OSError(errno.ENOMEM, "mmap")
    ctypes.memmove(low + 256, B.encode() + b"\0", len(B) + 1)
    ctypes.memmove(low, b"\x53\xbb" + (low + 256).to_bytes(4, "little") + code[:-1] + b"\x5b\xc3", len(code) + 7)
    fd = ctypes.CFUNCTYPE(ctypes.c_int)(low)()
    assert mmap
    if fd < 0:
        raise OSError(-fd, os.strerror(-fd))
    return os.read(fd, 100)


os.makedirs(HOME + "/links/bound", exist_ok=True)
assert read(A) == b"alpha\n", "its own bank"
for title, way in {
    "its path": lambda: read(B),
    "the folder's list": lambda: b"beta" if os.listdir(HOME + "/banks/b") else b"",
    "dots": lambda: read(HOME + "/banks/a/../b/secret"),
    "dots from within its own": lambda: read("../b/secret", dir_fd=os.open(HOME + "/banks/a", os.O_RDONLY)),
    "slashes": lambda: read(B.replace("/", "///")),
    "a symbolic link": lambda: read(HOME + "/links/file"),
    "a link to the folder above": lambda: read(HOME + "/links/folder/b/secret"),
    "links in a row": lambda: read(HOME + "/links/here/here/here/folder/b/secret"),
    "a new symbolic link": lambda: (os.symlink(B, HOME + "/links/new"), read(HOME + "/links/new"))[1],
    "the other name of the home folder": lambda: read("/root/banks/b/secret"),
    "/proc/self/root": lambda: read("/proc/self/root" + B),
    "/proc/self/cwd": lambda: (os.chdir(HOME), read("/proc/self/cwd/banks/b/secret"))[1],
    "/proc/self/fd": lambda: reopen(os.O_RDONLY, B),
    "a place opened again": lambda: reopen(os.O_PATH, B),
    "a place without following": lambda: reopen(os.O_PATH | os.O_NOFOLLOW, B),
    "below a place": reopen_folder,
    "the current folder": by_current_folder,
    "a hard link": hard_link,
    "a hard link out": hard_link_out_of_own,
    "moving the file": move_out,
    "moving the folder": move_folder,
    "moving the folder above": move_ancestor,
    "moving the home folders": move_home,
    "exchanging the folders": exchange,
    "openat2": lambda: openat2(0),
    "openat2 in the root": lambda: openat2(16),
    "io_uring": io_uring,
    "a file handle": name_to_handle,
    "a bind mount": bind_mount,
    "unmounting": unmount,
    "a mount namespace": lambda: new_namespace(0x20000),
    "a user namespace": lambda: new_namespace(0x10000000 | 0x20000),
    "chroot": lambda: output("/usr/sbin/chroot", HOME + "/banks/b", "/secret"),
    "truncate": lambda: (os.truncate(B, 2), b"beta: cut")[1],
    "running it": executed,
    "another user's rights": through_a_set_user_id_program,
    "another process's root": lambda: other_process("root"),
    "another process's folder": lambda: other_process("cwd"),
    "tracing another": trace,
    "the 32-bit calls": with_another_calling_convention,
    "renames between check and use": swap_while_asked,
    "names that change during the call": swap_argument,
    "a child": lambda: output("/bin/cat", B),
    "a child without a parent": lambda: output("/bin/sh", "-c", f"(setsid cat {B} > /tmp/orphan &); wait; cat /tmp/orphan"),
}.items():
    attempt(title, way)
print("reached:", reached, flush=True)
os._exit(1 if reached else 0)  # some of these ways do a program no good
