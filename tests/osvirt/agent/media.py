# SPDX-License-Identifier: GPL-2.0-or-later
"""Media to put workspaces on: one as poor as FAT, and a stick with ext4 that can be small, read-only, copied, or pulled out."""

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
import time

from stack import BUILD, SECONDS, AgentTest

MIB = 1 << 20
PROGRAM = os.path.join(BUILD, "tests", "osvirt", "agent", "stick")


def why_not():
    """Why this host cannot have such media, or None."""
    if os.geteuid() != 0:
        return "making media needs root"
    if not os.path.exists("/dev/fuse") or not os.path.exists("/dev/loop-control"):
        return "this host has no FUSE or no loop devices"
    return None


def tell_removed(device):
    """Has the kernel tell of a device what it tells when a hand pulls it; whether it did, to us at least."""
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_NONBLOCK, 15) as events:
        try:
            events.bind((0, 1))
            with open(f"/sys/class/block/{os.path.basename(device)}/uevent", "w", encoding="ascii") as file:
                file.write("remove")
            return events.recv(8192).startswith(b"remove@")  # it is there when the writing is done
        except OSError:
            return False


class PoorMedium:
    """A file system without owners, modes, links and attributes. Killing its server takes it away."""

    def __init__(self, place):
        self.place, self.folder = place, tempfile.mkdtemp(prefix="domicile-stick-")
        os.chmod(self.folder, 0o700)
        before = os.stat(place).st_dev
        self.server = subprocess.Popen([PROGRAM, self.folder, place])
        deadline = time.monotonic() + SECONDS
        while os.stat(place).st_dev == before:
            if self.server.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("the medium did not come")
            time.sleep(0.01)

    def kill(self):
        self.server.kill()
        self.server.wait()

    def end(self):
        self.kill()
        subprocess.run(["umount", "-l", self.place], check=False)
        shutil.rmtree(self.folder)


class Stick:
    """ext4 in a file of a poor medium, mounted at `place`. `contents`: a file system that was on such a stick."""

    def __init__(self, place, uid, size=256 << 20, contents=None):
        self.place, self.uid, self.copies = place, uid, []
        self.below = tempfile.mkdtemp(prefix="domicile-below-")
        self.medium = PoorMedium(self.below)
        self.image = os.path.join(self.below, "disk")
        if contents:
            shutil.copyfile(contents, os.path.join(self.medium.folder, "disk"))
        else:
            with open(self.image, "wb") as file:
                file.truncate(size)
            subprocess.run(["mkfs.ext4", "-q", "-F", "-m", "0", "-E", f"root_owner={uid}:{uid}", self.image], check=True)
        self.device = None
        self.mount()

    def mount(self, *options):
        self.device = subprocess.run(["losetup", "-f", "--show", self.image], check=True, capture_output=True,
                                     text=True).stdout.strip()
        subprocess.run(["mount", "-t", "ext4", *options, self.device, self.place], check=True)

    def unmount(self):
        subprocess.run(["umount", self.place], check=True)
        subprocess.run(["losetup", "-d", self.device], check=True)
        self.device = None

    def pull(self):
        """As it is: the mount is there still, and nothing that it says reaches the medium any more."""
        self.medium.kill()

    def what_reached_it(self):
        """A file with what the medium holds now: what is there when the power fails at this moment."""
        copy = os.path.join(tempfile.mkdtemp(prefix="domicile-crash-"), "disk")
        self.copies.append(os.path.dirname(copy))
        shutil.copyfile(os.path.join(self.medium.folder, "disk"), copy)
        return copy

    def take_away(self):
        """Afterwards the place is free for another stick."""
        if self.device:
            subprocess.run(["umount", "-l", self.place], check=False)
            subprocess.run(["losetup", "-d", self.device], check=False, stderr=subprocess.DEVNULL)
            self.device = None

    def end(self):
        self.take_away()
        self.medium.end()
        os.rmdir(self.below)
        for folder in self.copies:
            shutil.rmtree(folder)


class Image:
    """A file on a medium with a file system of its own, mounted at `place`, whose owner keeps it."""

    def __init__(self, path, place):
        owner, self.place = os.stat(place), place
        with open(path, "wb") as file:
            file.truncate(96 * MIB)
        subprocess.run(["mkfs.ext4", "-q", "-F", "-m", "0", "-E", f"root_owner={owner.st_uid}:{owner.st_gid}", path], check=True)
        subprocess.run(["mount", "-o", "loop", path, place], check=True)

    def device(self):
        """The loop device that it is mounted from."""
        return subprocess.run(["findmnt", "-n", "-o", "SOURCE", self.place], check=True, capture_output=True, text=True).stdout.strip()

    def end(self):
        subprocess.run(["umount", "-l", self.place], check=False)


class MediaTest(AgentTest):
    """A test with a medium at `media`, which is there before the agent: its mount namespace may be a copy."""

    def setUp(self):
        reason = why_not()
        if reason:
            self.skipTest(reason)
        super().setUp()

    def restart_with(self, medium):
        self.client.close()
        self.stack.stop_agent()
        result = medium()
        self.stack.start()
        self.client = self.stack.connect()
        return result

    def stick(self, **params):
        stick = self.restart_with(lambda: Stick(self.stack.media, self.uid, **params))
        self.addCleanup(stick.end)
        return stick

    def has_luks(self):
        return "vault-luks" in self.client.call("server.info")["capabilities"]

    def vaults(self):
        return ["none", "luks"] if self.has_luks() else ["none"]

    def fill(self):
        """Leaves no room on the medium; returns the file that takes it."""
        path = os.path.join(self.stack.media, "filler")
        with open(path, "wb", buffering=0) as file, contextlib.suppress(OSError):
            for size in (MIB, 4096, 1):
                with contextlib.suppress(OSError):
                    while True:
                        file.write(b"x" * size)
        return path

    def open_here(self, workspace, **params):
        return self.open({"id": workspace["id"]}, **params)
