#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A user who sends the root helper whatever comes to mind: hostile_user.py SOCKET FOLDER SEED REQUESTS

The same in every run with one seed. Ends with 0 when every request was answered or its connection closed."""

import array
import contextlib
import os
import random
import socket
import struct
import sys

MAGIC = 0x444D4335
SECONDS = 60  # how long one answer may take
VERBS = [*range(19), *[5] * 8, 7, 16, 16, 17]  # more of what opens a view
FLAGS = [0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 128 | 256, 0xFFFFFFFF]
WORDS = [b"", b"test", b"ann", b"a/b", b"..", b"h" * 64, b"\xff\xfe", b"-x"]
RULES = [b"", b"h/srv", b"r/etc", b"s/srv/x", b"w/srv/y", b"m/srv/x\0/tmp/z", b"h/home", b"h/usr/bin", b"w/home/ann/x", b"s/etc/passwd",
         b"m/etc\0/home", b"h/tmp", b"r/usr", b"h/..", b"s/proc/1", b"x" * 20, b"h/" + b"a/" * 4000]


def workspace(folder, called, pick):
    """One that is whole, or that has links and files where folders belong."""
    path = os.path.join(folder, called)
    os.mkdir(path, 0o700)
    for part in ("home", "log", "layers", "layers/root", "layers/root/upper", "layers/root/work", "apps", "state"):
        place, kind = os.path.join(path, part), pick.randrange(8) if called != "good" else 2
        with contextlib.suppress(FileExistsError, NotADirectoryError, PermissionError, FileNotFoundError):
            if kind == 0:
                os.symlink(pick.choice(["/", "/etc", "../..", "/run/lower", "nowhere"]), place)
            elif kind == 1:
                os.close(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL))
            else:
                os.mkdir(place)
    for image in ("layers/base.erofs", "apps/x.bundle"):
        with contextlib.suppress(OSError):
            with open(os.path.join(path, image), "xb") as file:
                file.write(b"\0" * 1024 + b"\xe2\xe1\xf5\xe0" + pick.randbytes(8192))
    return os.open(path, os.O_RDONLY)


def things(folder, pick):
    """Descriptors of every kind that a user can have."""
    memory = os.memfd_create("memory")
    os.write(memory, pick.randbytes(1 << 16))
    names = ["/", "/etc", "/etc/passwd", "/dev/null", "/proc/self/ns/net", "/proc/self/ns/user", "/proc/self/ns/mnt", "/proc", "/proc/self", "/tmp",
             "/sys", "/proc/self/exe"]
    found = [os.open(name, os.O_RDONLY) for name in names] + [os.open("/usr", os.O_PATH), memory]
    images = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../fuzz/corpus/suspend-image")
    found += [os.open(os.path.join(images, image), os.O_RDONLY) for image in sorted(os.listdir(images))]
    found += [*os.pipe(), socket.socket(socket.AF_UNIX).detach(), os.pidfd_open(os.getpid())]
    return found + [workspace(folder, f"odd{i}", pick) for i in range(6)] + [workspace(folder, "good", pick)] * 20


def name(pick):
    return pick.choice(WORDS) if pick.randrange(10) == 0 else b"ann"


def message(pick):
    data = struct.pack("=IIII64s64s8192s", MAGIC, pick.choice(VERBS), pick.choice(FLAGS), 0, name(pick), name(pick),
                       b"\0".join(pick.choice(RULES) for _ in range(pick.randrange(4))))
    if pick.randrange(20) == 0:
        at = pick.randrange(len(data))
        data = data[:at] + pick.randbytes(pick.randrange(1, 200)) + data[at:]
        data = data[:pick.choice([len(data), pick.randrange(len(data)), 8336])]
    return data


def order(pick):
    """To pid 1 of a view that may never stand."""
    head = struct.pack("=IIiiIIII", pick.randrange(30), 1, pick.choice([-1, 0, 1, 7]), pick.choice([0, 3, 9, 15]), pick.choice([0, 1, 5000]),
                       pick.choice([0, 1, 5000]), pick.choice([0, 1]), 0)
    return pick.choice([head + b"/\0\0true\0A=B\0", head, head[:pick.randrange(len(head))] or b"x", pick.randbytes(300)])


def ask(connection, data, fds):
    """False when the connection is over. What comes back is closed at once: a file of FUSE's has nobody behind it."""
    try:
        socket.send_fds(connection, [data], fds)
        answer, ancillary, _, _ = connection.recvmsg(4096, 1024)
    except TimeoutError:
        raise SystemExit(f"no answer within {SECONDS} s to {data[:144]}") from None
    except OSError:
        return False
    for level, kind, part in ancillary:
        if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
            for descriptor in array.array("i", part[:len(part) - len(part) % 4]):
                os.close(descriptor)
    return bool(answer)


def main():
    path, folder, seed, requests = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    pick = random.Random(seed)
    choice = things(folder, pick)
    connection = None
    for _ in range(requests):
        if connection is None or pick.randrange(8) == 0:
            if connection is not None:
                connection.close()
            connection = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            connection.settimeout(SECONDS)
            connection.connect(path)
        fds = [pick.choice(choice) for _ in range(pick.choice([0, 1, 1, 1, 2, 3, 5, 20]))]
        control, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        if pick.randrange(4) > 0:
            fds.append(control.fileno())
        for _ in range(pick.randrange(3)):
            other.send(order(pick))
        if pick.randrange(4) == 0:
            other.close()
        if not ask(connection, message(pick), fds):
            connection = None
        control.close()
        other.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
