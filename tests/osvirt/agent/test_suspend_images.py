# SPDX-License-Identifier: GPL-2.0-or-later
"""Images of suspended workspaces that are damaged, made by somebody else, or of another computer."""

import os
import struct
import subprocess
import tempfile
import unittest

from stack import PASSPHRASE, RpcError, USER, USER_ID, share_mounts
from test_suspend import Suspend


class Images(Suspend):
    """In a workspace of an ordinary user; what refuses them is ../../../osvirt/suspend/inspect.c, archive.c and CRIU."""
    uid = USER_ID

    def change_image(self, folder):
        """Unpacks the image, lets the caller change it, and packs it again."""
        subprocess.run(["tar", "--zstd", "-xf", self.image(), "-C", folder], check=True)

        def pack():
            subprocess.run(["tar", "--zstd", "--format=ustar", "-cf", self.image(), *sorted(os.listdir(folder))], cwd=folder,
                           check=True)
        return pack

    def test_a_bad_image_is_refused_and_the_files_are_there(self):
        self.open_desktop()
        self.assertEqual(self.shell("echo precious > ~/file"), 0)
        self.suspend()
        with open(self.image(), "rb") as file:
            good = file.read()
        login = dict(id=self.workspace["id"], user=USER, passphrase=PASSPHRASE)
        for bad in (good[:-100], good[:5000] + b"\0\0\0\0" + good[5004:], b"", b"no image at all"):
            with open(self.image(), "wb") as file:
                file.write(bad)
            self.assert_rpc_error(7, "workspace.resume", **login)
            self.assertEqual(self.state(self.workspace), "suspended")
        with open(self.image(), "wb") as file:
            file.write(good)
        self.refuse_strange_processes(login)
        with open(self.image(), "wb") as file:
            file.write(good)
        # A link in place of a folder leads nowhere.
        home = os.path.join(self.folder(), "home")
        os.rename(home, home + ".real")
        os.symlink("/", home)
        with self.assertRaises(RpcError):
            self.client.run_job("workspace.resume", **login)
        os.unlink(home)
        os.rename(home + ".real", home)
        self.resume()
        self.assertEqual(self.shell("grep -q precious ~/file"), 0)
        self.close(self.workspace)

    def test_a_processor_that_lacks_something(self):
        """Programs that ran on one with more would end at some time by an illegal instruction."""
        self.open_desktop()
        self.suspend()
        with open(self.image(), "rb") as file:
            good = file.read()
        with tempfile.TemporaryDirectory() as folder:
            pack, path = self.change_image(folder), os.path.join(folder, "cpuinfo.img")
            with open(path, "rb") as file:
                content = file.read()
            with open(path, "wb") as file:
                file.write(self.with_every_instruction(content))
            pack()
        error = self.assert_rpc_error(8, "workspace.resume", id=self.workspace["id"], user=USER, passphrase=PASSPHRASE)
        self.assertIn("the processor lacks instructions", error.message)
        self.assertNotIn("anywhere", error.data["hint"], "that would not help")
        self.assertEqual(self.state(self.workspace), "suspended")
        with open(self.image(), "wb") as file:
            file.write(good)
        self.resume()
        self.close(self.workspace)

    @staticmethod
    def with_every_instruction(content):
        """CRIU's description of a processor, of which all capabilities (field 6, numbers one after the other) are said to be there."""
        start = end = content.index(b"\x30", 14)
        count = 0
        while content[end] == 0x30:
            count += 1
            end = next(i for i in range(end + 1, len(content)) if content[i] < 0x80) + 1
        entry = content[14:start] + b"\x30\xff\xff\xff\xff\x0f" * count + content[end:]
        entry = b"\x0a" + bytes([len(entry) & 0x7f | 0x80, len(entry) >> 7]) + entry
        return content[:8] + struct.pack("<I", len(entry)) + entry

    def refuse_strange_processes(self, login):
        """An image that would give its processes rights over the host."""
        with tempfile.TemporaryDirectory() as folder:
            pack = self.change_image(folder)
            maps = next(name for name in os.listdir(folder) if name.startswith("userns-"))
            changes = [(maps, b"\xa0\x8d\x06", b"\x00", True), (maps, b"\xa0\x8d\x06", b"\x80\x80\x00", False)]
            inventory, ids = os.path.join(folder, "inventory.img"), os.path.join(folder, "ids-1.img")
            for name, old, new, drop in changes:
                path = os.path.join(folder, name)
                with open(path, "rb") as file:
                    content = file.read()
                with open(path, "wb") as file:
                    file.write(content[:20] if drop else content.replace(old, new))
                pack()
                self.assert_rpc_error(7, "workspace.resume", **login)
                with open(path, "wb") as file:
                    file.write(content)
            with open(ids, "rb") as file:
                own = file.read()
            with open(inventory, "rb") as file:
                outside = file.read()
            for field in (5, 7, 8, 9, 10):  # pid, IPC, UTS, mount, user
                with open(ids, "wb") as file:
                    file.write(self.with_id_of(own, outside, field))
                pack()
                self.assert_rpc_error(7, "workspace.resume", **login)
            # The same, said so that CRIU reads another number than it seems: 33 bits, and in two parts that it puts together.
            shared = self.with_id_of(own, outside, 8)
            with open(ids, "wb") as file:
                file.write(self.with_a_wide_number(own, shared))
            pack()
            self.assert_rpc_error(7, "workspace.resume", **login)
            with open(ids, "wb") as file:
                file.write(shared)
            with open(inventory, "wb") as file:
                file.write(self.with_a_second_part(outside))
            pack()
            self.assert_rpc_error(7, "workspace.resume", **login)

    @staticmethod
    def with_a_wide_number(own, shared):
        at = next(i for i, (a, b) in enumerate(zip(own, shared)) if a != b)
        wide = shared[:at] + bytes([shared[at] | 0x80, 0x80, 0x80, 0x80, 0x10]) + shared[at + 1:]
        return wide[:8] + struct.pack("<I", len(wide) - 12) + wide[12:]

    @staticmethod
    def with_a_second_part(outside):
        at = outside.index(b"\x1a") + 2
        second = outside + b"\x1a\x08" + outside[at:at + 8]  # what a process has besides namespaces
        return second[:4] + struct.pack("<I", len(second) - 8) + second[8:]

    @staticmethod
    def with_id_of(own, outside, field):
        """The namespaces of pid 1, one of them being CRIU's own: the host's."""
        key = bytes([field << 3])
        start = outside.index(b"\x1a") + 2
        host = outside[outside.index(key, start) + 1]
        at = own.index(key, 12 + 2 * (field - 1) - 2) + 1
        return own[:at] + bytes([host]) + own[at + 1:]


if __name__ == "__main__":
    share_mounts()
    unittest.main(verbosity=2)
