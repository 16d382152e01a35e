# SPDX-License-Identifier: GPL-2.0-or-later
"""Workspaces on USB sticks with the file systems that sticks are sold with, and what happens when one is pulled out."""

import json

from units import CTL, UnitsTest

SIZE_MIB = 160
MAKE = {"vfat": "mkfs.vfat -n STICK", "exfat": "mkfs.exfat -L STICK", "ext4": "mkfs.ext4 -q -m 0 -E root_owner=1000:1000"}
# Each record is acknowledged before the next is written.
RECORDS = ("import os\n"
           "fd = os.open(os.path.expanduser('~/log'), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)\n"
           "for i in range(50):\n    os.write(fd, b'%d\\n' % i)\n    os.fsync(fd)\n"
           "os.fsync(os.open(os.path.expanduser('~'), os.O_RDONLY))\n"
           "open(os.path.expanduser('~/done'), 'w').close()\n")


class Sticks(UnitsTest):
    place = "/media/ann"

    def setUp(self):
        self.image = self.machine.path("stick")
        with open(self.image, "wb") as file:
            file.truncate(SIZE_MIB << 20)
        self.sh(f"mkdir -p {self.place}")
        self.attached = False
        self.addCleanup(self.take_away)

    def insert(self, kind, helper):
        """A new stick is in and mounted, as a desktop does it, and Domicile runs."""
        device = self.attach()
        self.sh(f"{MAKE[kind]} {device}")
        self.mount(device, kind)
        self.start(helper)

    def attach(self):
        """The stick is in; its device."""
        self.machine.ask("blockdev-add", driver="raw", **{"node-name": "stick"}, file={"driver": "file", "filename": self.image})
        self.machine.ask("device_add", driver="usb-storage", id="stick", drive="stick", removable=True)
        self.attached = True
        return self.until("ls /dev/disk/by-id/usb-QEMU*-0:0 && readlink -f /dev/disk/by-id/usb-QEMU*-0:0").split()[-1]

    def pull(self):
        """As a hand does it: the device is gone, its mount is there still."""
        self.machine.ask("device_del", id="stick")
        self.until("! ls /dev/disk/by-id/usb-QEMU*")
        self.machine.wait_asked("blockdev-del", **{"node-name": "stick"})
        self.attached = False

    def mount(self, device, kind):
        options = "" if kind == "ext4" else "-o uid=1000,gid=1000,umask=077"
        self.sh(f"mount -t {kind} {options} {device} {self.place} && rm -rf {self.place}/lost+found")

    def take_away(self):
        self.machine.run("umount", "-l", self.place)
        if self.attached:
            self.pull()

    def state(self, name):
        return next(one for one in self.call("workspace.list")["workspaces"] if one["name"] == name)

    def refused(self, kind, name):
        """What such a file system cannot hold is said before anything is made."""
        code, output = self.machine.run("sh", "-c", self.passphrase_script(f"workspace create {self.place}/plain.domicile --vault none"), user="ann")
        self.assertEqual(code, 1, output)
        self.assertIn(f"{name} file system cannot hold", output)
        self.assertIn("encrypted vault", output)
        if kind == "vfat":
            code, output = self.machine.run("sh", "-c", self.passphrase_script(f"workspace create {self.place}/big.domicile --size 5G"),
                                            user="ann")
            self.assertEqual(code, 1, output)
            self.assertIn("largest file of a FAT file system", output)
        self.assertEqual(self.sh(f"ls -A {self.place}"), "")

    def use(self, place, name, vault):
        """Everyday life: made, opened, used, closed, opened again, and in the middle of work."""
        workspace = self.create_and_open(f"{place}/{name}.domicile", vault)
        self.ctl(f"app run {name} -- sh -c 'echo kept > ~/before'")
        self.until_runs(workspace, "test -s ~/before")
        self.assertIn("nothing of it runs on this host", self.ctl(f"workspace close {name}"))
        self.with_passphrase(f"workspace open {name} --display none")
        self.call("app.launch", workspace=workspace, argv=["/bin/sh", "-c", "while sleep 0.1; do echo junk >> ~/junk; done"])
        self.call("app.launch", workspace=workspace, argv=["/usr/bin/python3", "-c", RECORDS])
        self.until_runs(workspace, "test -e ~/done")

    def until_runs(self, workspace, condition):
        """Waits until something is so within the workspace."""
        pid = self.call("app.launch", workspace=workspace, argv=["/bin/sh", "-c", f"until {condition}; do sleep 0.1; done"])["pid"]
        self.until(f"! {CTL} --json process list {workspace} | grep -q '\"pid\" *: *{pid},'", user="ann")

    def pulled_while_open(self, kind, vault):
        """The stick goes while programs write; what was acknowledged is there when it is back."""
        name = f"on-{kind}"
        self.use(self.place, name, vault)
        self.pull()
        # Told without having been asked for a write, and nothing of it goes on.
        self.until(f"{CTL} --json workspace list | grep -q lost", user="ann")
        self.assertIn("pulled out", self.state(name)["problem"])
        self.assertIn("pulled out", self.ctl("--json job list"))
        self.until("! pgrep -u ann -f 'echo junk'")
        self.sh(f"umount -l {self.place}")
        self.mount(self.attach(), kind)
        opened = json.loads(self.with_passphrase(f"--json workspace open {self.place}/{name}.domicile --display none"))
        self.assertIn("not closed properly", opened["recovered"])
        self.until_runs(opened["id"], "seq 0 49 | cmp -s - ~/log && grep -q kept ~/before")
        self.assertIn("nothing of it runs on this host", self.ctl(f"workspace close {name}"))
        self.sh(f"umount {self.place}")

    def test_vfat(self):
        self.insert("vfat", helper=True)
        self.refused("vfat", "FAT")
        self.pulled_while_open("vfat", "luks")

    def test_exfat(self):
        self.insert("exfat", helper=False)
        self.refused("exfat", "exFAT")
        self.pulled_while_open("exfat", "luks")

    def test_ext4(self):
        self.insert("ext4", helper=True)
        self.pulled_while_open("ext4", "none")
