# SPDX-License-Identifier: GPL-2.0-or-later
"""Apps that a workspace gets of its own: packages, AppImages and archives; nothing of it reaches the host."""

import io
import os
import shutil
import subprocess
import tarfile
import tempfile
import unittest

import appimage_file
from layer_tree import layer_tree
from stack import AgentTest, RpcError, USER_ID

SMALL_ROOM = 200 << 20
SECONDS = 300
HOST_TREES = ("/etc", "/opt", "/usr/bin", "/usr/local", "/usr/share/applications", "/var/lib/dpkg", "/var/lib/apt/extended_states")
DESKTOP = """[Desktop Entry]
Type=Application
Name=Notes
Comment=Takes notes
Exec=notes --new %F
Icon=notes
Categories=Utility;
"""
# What scripts of packages leave behind, and none of theirs takes away.
UNTIDY = """set -e
useradd --system dmc-user
echo made > /etc/dmc-made
mkdir -p /var/lib/dmc-data/deep
echo made > /var/lib/dmc-data/deep/db
ln -s /usr/bin/dmc-notes /usr/local/bin/dmc-link
update-alternatives --install /usr/bin/editor editor /usr/bin/dmc-notes 100000
mkdir -p /usr/lib/dmc-plugins/deep
echo made > /usr/lib/dmc-plugins/deep/one
echo made > /usr/share/dmc-flat
dpkg-divert --package dmc-notes --rename --divert /usr/bin/factor.dmc --add /usr/bin/factor
dpkg-divert --local --no-rename --divert /usr/bin/comm.dmc --add /usr/bin/comm
dpkg-statoverride --update --add root root 0711 /usr/bin/paste
echo /usr/bin/dmc-notes >> /etc/shells
rm -f /etc/issue
mkdir -p /var/cache/dmc/deep
echo made > /var/cache/dmc/deep/one
ldconfig
echo made > /var/log/dmc-made.log
state=$(find /var/lib -maxdepth 2 -type f -size -8 ! -path '/var/lib/dpkg/*' ! -path '/var/lib/apt/*' ! -path '/var/lib/domicile/*' | sort | head -n 1)
test -z "$state" || echo changed >> "$state"
for own in /opt/dmc-own /srv/dmc-own; do test ! -e $own || echo changed >> $own; done
"""
PROGRAM = "#!/bin/sh\necho \"$0 $*\" > \"$HOME/notes-ran\"\n"


def host_state():
    """Every file of the host that an installation could touch, with its size and time."""
    state = {}
    for top in HOST_TREES:
        for folder, _, names in os.walk(top) if os.path.isdir(top) else [(os.path.dirname(top), [], [os.path.basename(top)])]:
            for path in [os.path.join(folder, name) for name in names]:
                if os.path.lexists(path) and "domicile-test" not in path:
                    info = os.lstat(path)
                    state[path] = (info.st_size, info.st_mtime_ns)
    return state


class Install(AgentTest):
    helper, vault = True, "none"

    def setUp(self):
        if os.geteuid() != 0:
            self.skipTest("needs root to start the helper")
        super().setUp()
        self.workspace = self.created_and_open(size_bytes=SMALL_ROOM, vault=self.vault)
        self.before = host_state()

    def tearDown(self):
        after = host_state()
        changed = [path for path in self.before.keys() | after.keys() if self.before.get(path) != after.get(path)]
        self.assertEqual(changed, [], "the host has changed")

    def install(self, **params):
        return self.client.run_job("app.install", SECONDS, workspace=self.workspace["id"], **params)

    def remove(self, app):
        return self.client.run_job("app.remove", SECONDS, workspace=self.workspace["id"], app=app)

    def refused(self, code, method="app.install", **params):
        return self.assert_rpc_error(code, method, workspace=self.workspace["id"], **params)

    def own_apps(self):
        apps = self.client.call("app.list", workspace=self.workspace["id"])["apps"]
        return {app["id"]: app for app in apps if app["source"] != "host"}

    def status(self, script):
        return self.run_command(self.workspace, script)

    def file(self, name, data):
        path = self.stack.path(name)
        with open(path, "wb") as file:
            file.write(data)
        os.chmod(path, 0o644)
        return path

    def package(self, name="dmc-notes", depends="hello", postinst="exit 0"):
        tree = self.stack.path("package-" + name)
        for path, text, mode in (("DEBIAN/control", f"Package: {name}\nVersion: 1.5\nArchitecture: all\nMaintainer: Test <t@localhost>\n"
                                                    f"Depends: {depends}\nInstalled-Size: 7\nDescription: takes notes\n", 0o644),
                                 ("DEBIAN/postinst", f"#!/bin/sh\n{postinst}\n", 0o755),
                                 (f"usr/share/applications/{name}.desktop", DESKTOP.replace("notes ", name + " "), 0o644),
                                 (f"usr/bin/{name}", PROGRAM, 0o755)):
            full = os.path.join(tree, path)
            os.makedirs(os.path.dirname(full), exist_ok=True)
            with open(full, "w", encoding="utf-8") as file:
                file.write(text)
            os.chmod(full, mode)
        out = self.stack.path(name + ".deb")
        subprocess.run(["dpkg-deb", "--root-owner-group", "--build", tree, out], check=True, stdout=subprocess.DEVNULL)
        return out

    def archive(self, extra=(), entry=DESKTOP.encode()):
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w:gz") as tar:
            for name, data, mode in (("notes-2/notes.desktop", entry, 0o644), ("notes-2/bin/notes", PROGRAM.encode(), 0o755),
                                     ("notes-2/notes.svg", b"<svg/>", 0o644), *extra):
                info = tarfile.TarInfo(name)
                info.size, info.mode = len(data), mode
                tar.addfile(info, io.BytesIO(data))
        return out.getvalue()

    def layer(self):
        """The closed workspace's own layer, byte for byte."""
        self.close(self.workspace)
        tree = layer_tree(self.workspace["path"])
        self.workspace = self.open(self.workspace)
        return tree

    def ran(self, app):
        pid = self.client.call("app.launch", workspace=self.workspace["id"], app=app)["pid"]
        self.client.wait_event("process", lambda data: data["change"] == "gone" and data["pid"] == pid)
        return self.status("test -s $HOME/notes-ran && rm $HOME/notes-ran") == 0


class InstallPackages(Install):
    def test_packages(self):
        """One workspace for all of it: the first look at the package sources takes most of the time."""
        for part in (self.package_with_what_it_needs, self.what_two_need, self.needed_by_another, self.failure_takes_back,
                     self.dpkg_ends, self.all_ends, self.closed_meanwhile, self.host_changes, self.cancel, self.bad_requests,
                     self.another_host):
            with self.subTest(part.__name__):
                part()
                self.assertEqual(self.own_apps(), {})

    def package_with_what_it_needs(self):
        self.assertEqual(self.status("echo own | tee /etc/dmc-own /opt/dmc-own > /srv/dmc-own && mkdir -p /var/cache/dmc-own && echo own > /var/cache/dmc-own/file"), 0)
        self.own = self.layer()
        app = self.install(source=self.package(postinst=UNTIDY))
        self.assertEqual(self.status("id dmc-user && test -e /etc/dmc-made && readlink -f /etc/alternatives/editor | grep -q dmc-notes"), 0)
        self.assertEqual((app["id"], app["source"], app["version"]), ("dmc-notes.desktop", "deb", "1.5"))
        self.assertGreater(app["size_bytes"], 7 * 1024)
        self.assertEqual(self.status("hello && dpkg -s dmc-notes hello bash"), 0)
        self.assertTrue(self.ran("dmc-notes.desktop"))
        self.refused(2, source="deb", package="dmc-notes")
        self.assertIn("host", self.refused(2, source="deb", package="bash").message)
        self.assertEqual(self.remove("dmc-notes.desktop"), {"id": "dmc-notes"})
        self.assertEqual(self.own_apps(), {})
        self.comes_back()
        self.assertNotEqual(self.status("dpkg -s hello"), 0, "what only it needed is still there")
        self.refused(1, "app.remove", app="dmc-notes")

    def comes_back(self):
        """The layer is what it was, so that the workspace sees what it saw; no copies of the host's lists would hide later ones."""
        self.maxDiff = None
        self.assertEqual(self.layer(), self.own)

    def what_two_need(self):
        self.install(source=self.package("dmc-notes"))
        self.install(source=self.package("dmc-other"))
        self.remove("dmc-notes")
        self.assertEqual(self.status("hello"), 0, "the other one needs it, too")
        self.remove("dmc-other")
        self.assertNotEqual(self.status("dpkg -s hello"), 0)

    def needed_by_another(self):
        self.install(source="hello")
        self.assertEqual(self.own_apps()["hello"]["source"], "deb")
        self.install(source=self.package())
        self.assertIn("dmc-notes", self.refused(3, "app.remove", app="hello").message)
        self.remove("dmc-notes")
        self.assertEqual(self.status("hello"), 0, "it was installed for its own sake")
        self.remove("hello")

    def failure_takes_back(self):
        self.refused(9, source=self.package(postinst=UNTIDY + "exit 3"))
        self.is_taken_back()

    def dpkg_ends(self):
        self.refused(9, source=self.package(postinst=UNTIDY + "kill -9 $PPID"))
        self.is_taken_back()

    def all_ends(self):
        """In the middle of a script; what was begun is taken back at the next opening at the latest."""
        package = self.package(postinst="touch /tmp/dmc-begun; exec sleep 1000")
        for end in (self.close_it, self.end_agent):
            job = self.client.call("app.install", workspace=self.workspace["id"], source=package)["job"]
            self.assertEqual(self.status("until test -e /tmp/dmc-begun; do sleep 0.1; done"), 0)
            end(job)
            self.workspace = self.open(self.workspace)
            self.is_taken_back()

    def closed_meanwhile(self):
        """While the package sources are asked; the workspace's own setting of APT holds that up."""
        hold = 'APT::Update::Pre-Invoke {"touch /tmp/dmc-begun; exec sleep 1000";};'
        for end in (self.close_it, self.end_agent):
            self.assertEqual(self.status(f"echo '{hold}' > /etc/apt/apt.conf.d/99dmc-hold"), 0)
            job = self.client.call("app.install", workspace=self.workspace["id"], source=self.package())["job"]
            self.assertEqual(self.status("until test -e /tmp/dmc-begun; do sleep 0.1; done; test -e /var/cache/domicile/incoming.deb"), 0)
            end(job)
            self.workspace = self.open(self.workspace)
            self.assertEqual(self.status("rm /etc/apt/apt.conf.d/99dmc-hold"), 0)
            self.is_taken_back()

    def close_it(self, job):
        self.close(self.workspace)
        with self.assertRaises(RpcError) as caught:
            self.client.wait_job(job, SECONDS)
        self.assertEqual((caught.exception.code, "closed" in caught.exception.message), (10, True), caught.exception.message)

    def end_agent(self, _job):
        self.stack.kill_agent()
        self.stack.start()
        self.reconnect()

    def host_changes(self):
        """What the host does meanwhile is its own: none of it comes into the layer, neither by a failure nor by a removal."""
        self.host_folder = tempfile.mkdtemp(prefix="domicile-test-", dir="/srv")
        self.addCleanup(shutil.rmtree, self.host_folder)
        os.chmod(self.host_folder, 0o755)
        for end in (3, 0):
            self.write_on_host("log", "first\n")
            job = self.client.call("app.install", workspace=self.workspace["id"], source=self.package(postinst=UNTIDY + f"""
touch /tmp/dmc-begun
until test -e {self.host_folder}/last; do sleep 0.1; done
exit {end}"""))["job"]
            self.assertEqual(self.status("until test -e /tmp/dmc-begun; do sleep 0.1; done; rm /tmp/dmc-begun"), 0)
            self.write_on_host("log", "first\nsecond\n")
            os.makedirs(os.path.join(self.host_folder, "new"), mode=0o755)
            os.chmod(self.host_folder, 0o775)
            self.write_on_host("last", "third\n")
            if end == 0:
                self.client.wait_job(job, SECONDS)
                self.remove("dmc-notes")
            else:
                self.assertRaises(RpcError, self.client.wait_job, job, SECONDS)
            self.is_taken_back()
            self.assertEqual(self.status(f"grep -q second {self.host_folder}/log && test -d {self.host_folder}/new"), 0)
            os.rmdir(os.path.join(self.host_folder, "new"))
            os.unlink(os.path.join(self.host_folder, "last"))
            os.chmod(self.host_folder, 0o755)

    def write_on_host(self, name, text):
        with open(os.path.join(self.host_folder, name), "w", encoding="utf-8") as file:
            file.write(text)

    def is_taken_back(self):
        self.assertNotEqual(self.status("dpkg -s dmc-notes || dpkg -s hello"), 0)
        self.assertEqual(self.status("test -z \"$(dpkg --audit)\" && apt-get check"), 0)
        self.comes_back()

    def cancel(self):
        job = self.client.call("app.install", workspace=self.workspace["id"], source="galculator")["job"]
        self.refused(3, source="hello")
        self.client.call("job.cancel", job=job)
        with self.assertRaises(Exception) as caught:
            self.client.wait_job(job, SECONDS)
        self.assertEqual(caught.exception.code, 10)
        self.assertNotEqual(self.status("dpkg -s galculator"), 0)

    def bad_requests(self):
        self.refused(1, source="deb", package="no-such-package-at-all")
        self.refused(1, source=self.stack.path("nowhere.deb"))
        self.refused(7, source="deb", path=self.file("bad.deb", b"!<arch>\nnothing"))
        self.refused(-32602, source="deb")
        self.refused(-32602, source="Bad Name; rm -rf /")
        self.refused(-32602, source="deb", package="--purge")
        self.refused(-32602, source="appimage", path="relative")

    def another_host(self):
        """The list of packages that a workspace brings from another host does not hide this one's."""
        self.install(source=self.package())
        self.close(self.workspace)
        upper = os.path.join(self.folder(), "layers/root/upper")
        with open(os.path.join(upper, "var/lib/dpkg/status"), "r+", encoding="utf-8") as status:
            status.truncate()
            status.write("Package: only-elsewhere\nStatus: install ok installed\nArchitecture: all\nVersion: 1\n"
                         "Maintainer: x\nDescription: x\n\n")
        self.workspace = self.open(self.workspace)
        self.assertEqual(self.status("dpkg -s bash && dpkg -s hello && dpkg -s dmc-notes"), 0)
        self.assertNotEqual(self.status("dpkg -s only-elsewhere"), 0)
        self.assertEqual(self.status("apt-get check"), 0)
        self.remove("dmc-notes")


class InstallFiles(Install):
    def test_archive(self):
        self.maxDiff = None
        before = self.vault == "none" and self.layer()
        app = self.install(source=self.file("Notes-2.0.tar.gz", self.archive()))
        self.assertEqual((app["id"], app["name"], app["source"]), ("notes.desktop", "Notes", "bundle"))
        self.assertTrue(self.ran("notes.desktop"))
        self.refused(2, source=self.stack.path("Notes-2.0.tar.gz"))
        self.remove("notes.desktop")
        self.assertEqual(self.status("ls /opt/notes || ls /usr/local/share/applications/notes.desktop"), 2)
        self.assertEqual(before and self.layer(), before)
        self.assertEqual(self.status("mkdir -p /usr/local/share/applications && echo mine > /usr/local/share/applications/notes.desktop"), 0)
        self.refused(2, source=self.stack.path("Notes-2.0.tar.gz"))
        self.assertEqual(self.status("grep -q mine /usr/local/share/applications/notes.desktop && rm /usr/local/share/applications/notes.desktop"), 0)
        self.assertEqual(self.status("mkdir -p /usr/share/applications && touch /usr/share/applications/notes.desktop"), 0)
        self.refused(2, source=self.stack.path("Notes-2.0.tar.gz"))
        self.assertEqual(self.status("rm /usr/share/applications/notes.desktop && ls /opt/notes"), 2)

    def test_names_in_another_script(self):
        """Each is an app of its own; its desktop file may be written as on DOS."""
        dos = DESKTOP.replace("=", " = ").replace("\n", "\r\n").encode()
        ids = [self.install(source=self.file(name, self.archive(entry=dos)))["id"] for name in ("메모장-2.tar.gz", "사전.tar.gz", "名" * 82 + ".tar.gz")]
        self.assertEqual(len(set(ids)), 3, ids)
        self.refused(2, source=self.file("메모장-3.tar.gz", self.archive(entry=dos)))
        self.assertTrue(self.ran(ids[0]))
        self.assertEqual(self.status("grep -q -x Icon=/opt/app-[0-9a-f]*/notes.svg /usr/local/share/applications/app-*.desktop"), 0)
        for one in ids:
            self.remove(one)

    def test_appimage(self):
        tree = self.stack.path("tree")
        os.makedirs(tree)
        for name, text in (("AppRun", PROGRAM), ("notes.desktop", DESKTOP + "X-AppImage-Version=3.1\n")):
            with open(os.path.join(tree, name), "w", encoding="utf-8") as file:
                file.write(text)
            os.chmod(os.path.join(tree, name), 0o755)
        program, image = appimage_file.make(tree, self.stack.path("fs"))
        before = self.vault == "none" and self.layer()
        app = self.install(source="appimage", path=self.file("Notes-3.1.AppImage", image))
        self.assertEqual((app["id"], app["source"], app["version"]), ("notes.desktop", "appimage", "3.1"))
        self.assertTrue(self.ran("notes.desktop"))
        self.remove("notes")
        self.assertEqual(before and self.layer(), before)
        self.refused(7, source="appimage", path=self.file("cut.AppImage", image[:len(program) + 300]))
        self.refused(7, source="appimage", path=self.file("elf.AppImage", bytes(program[:20])))
        self.refused(7, source="appimage", path=self.file("plain.AppImage", b"#!/bin/sh\n"))
        self.assertEqual(self.status("ls /opt/notes /opt/cut* /opt/elf* /opt/plain*"), 2)

    def test_what_climbs_out(self):
        climbing = self.archive([("../../../etc/dmc-evil", b"x", 0o644), ("/etc/dmc-evil", b"x", 0o644)])
        self.refused(7, source=self.file("evil.tar.gz", climbing))
        self.assertNotEqual(self.status("ls /etc/dmc-evil || ls /opt/evil"), 0)
        self.assertFalse(os.path.exists("/etc/dmc-evil"))

    def test_more_at_the_top(self):
        """The program is beside its desktop file, wherever that is; not above it."""
        self.install(source=self.file("two.tar.gz", self.archive([("README", b"x", 0o644), ("-rf", b"x", 0o644)])))
        self.assertTrue(self.ran("two.desktop"))
        self.remove("two")
        above = DESKTOP.replace("Exec=notes", "Exec=../../bin/sh").encode()
        self.refused(7, source=self.file("above.tar.gz", self.archive(entry=above)))
        self.assertEqual(self.status("ls -d /opt/two /opt/above"), 2)

    def test_nothing_to_start(self):
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w") as tar:
            tar.addfile(tarfile.TarInfo("readme"))
        self.refused(7, source=self.file("data.tar", out.getvalue()))
        self.refused(7, source=self.file("text.tar", b"hello"))
        with tarfile.open(self.stack.path("empty.tar"), mode="w"):
            pass
        self.refused(7, source=self.stack.path("empty.tar"))
        for name in ('x"y', "x$y", "x`y", "x%f"):
            out = io.BytesIO()
            with tarfile.open(fileobj=out, mode="w") as tar:
                for member, text in (("sign/" + name, b"#!/bin/sh\n"), ("sign/sign.desktop", f"[Desktop Entry]\nType=Application\nName=Sign\nExec={name}\n".encode())):
                    info = tarfile.TarInfo(member)
                    info.size, info.mode = len(text), 0o755
                    tar.addfile(info, io.BytesIO(text))
            self.refused(7, source=self.file("sign.tar", out.getvalue()))
        os.mkdir(self.stack.path("holes"))
        with open(self.stack.path("holes", "holes.desktop"), "wb") as file:
            file.truncate(4 << 30)
        subprocess.run(["tar", "-C", self.stack.directory, "-cSf", self.stack.path("holes.tar"), "holes"], check=True)
        self.refused(7, source=self.stack.path("holes.tar"))
        self.assertEqual(self.status("ls -d /opt/data* || ls -d /opt/text* || ls -d /opt/empty* || ls -d /opt/holes* || ls -d /opt/sign* || ls /var/cache/domicile"), 2)


class Bundles(Install):
    """Made in one workspace, used in another."""

    def export(self, source, name, **params):
        return self.client.run_job("app.export", SECONDS, workspace=self.workspace["id"], source=source,
                                   path=self.stack.path("media", name), **params)

    def switch(self, workspace):
        self.close(self.workspace)
        self.workspace = self.open(workspace)

    def test_capture(self):
        self.client.run_job("app.capture", SECONDS, workspace=self.workspace["id"])
        self.install(source=self.package())
        self.assertEqual(self.status("echo setting > /etc/dmc-notes.conf && mkdir -p /srv/x && echo deep > /srv/x/y"), 0)
        bundle = self.export("capture", "notes.bundle")
        self.assertEqual((bundle["id"], bundle["name"]), ("notes", "Notes"))
        other = self.create(vault="luks", name="other", size_bytes=SMALL_ROOM)
        self.refused(2, "app.export", source="dmc-notes", path=bundle["path"])
        self.refused(3, "app.export", source="capture", path=self.stack.path("media", "second.bundle"))
        self.assertFalse(os.path.exists(self.stack.path("media", "second.bundle")))
        self.switch(other)
        self.assertNotEqual(self.status("hello"), 0)
        self.damaged(bundle["path"])
        error = self.refused(4, source=bundle["path"])
        self.assertEqual(error.data["signer"], bundle["signer"])
        self.refused(4, source=bundle["path"], trust="0" * 64)
        self.assertFalse(self.install(source=bundle["path"], trust=error.data["signer"])["at_next_opening"])
        self.refused(2, source=bundle["path"])
        self.switch(other)
        self.assertEqual(self.own_apps()["dmc-notes.desktop"]["source"], "bundle")
        self.assertEqual(self.status("hello && grep setting /etc/dmc-notes.conf && grep deep /srv/x/y"), 0)
        self.assertEqual(self.status("dpkg -s hello && dpkg -s dmc-notes && dpkg -s bash"), 0)
        self.assertTrue(self.ran("dmc-notes.desktop"))
        self.assertEqual(self.status("echo mine > /etc/dmc-notes.conf && grep mine /etc/dmc-notes.conf"), 0)
        self.remove("dmc-notes.desktop")
        self.refused(1, "app.remove", app="dmc-notes.desktop")
        self.switch(other)
        self.assertEqual(self.own_apps(), {})
        self.assertNotEqual(self.status("hello || dpkg -s hello"), 0)
        self.install(source=bundle["path"])

    def damaged(self, path):
        """Cut anywhere or changed anywhere, it is refused, and nothing of it stays."""
        with open(path, "rb") as file:
            data = file.read()
        places = [0, 1024, len(data) // 2, len(data) - 300, len(data) - 120, len(data) - 100, len(data) - 90, len(data) - 1]
        for number, bad in enumerate([data[:at] for at in places[1:]]
                                     + [data[:at] + bytes([data[at] ^ 16]) + data[at + 1:] for at in places]
                                     + [data + b"x", data[:2000] + data[-128:]]):
            self.refused(7, source="bundle", path=self.file(f"bad-{number}", bad))
        # Without its end it is still told to be a bundle, not an archive without an app.
        self.assertIn("bundle", self.refused(7, source=self.file("cut", data[:len(data) // 2])).message)
        self.assertEqual(self.own_apps(), {})

    def test_installed_app(self):
        self.maxDiff = None
        before = self.layer()
        self.client.run_job("app.capture", SECONDS, workspace=self.workspace["id"])
        self.install(source=self.file("Notes.tar.gz", self.archive()))
        self.export("capture", "C.bundle")
        bundle = self.export("notes", "N.bundle")
        self.assertEqual((bundle["id"], bundle["name"]), ("notes", "Notes"))
        self.remove("notes")
        self.assertEqual(self.layer(), before, "what was captured, packed and removed")
        self.install(source=bundle["path"])  # signed by itself
        self.refused(3, "app.export", source="capture", path=self.stack.path("media", "M.bundle"))
        self.refused(1, "app.export", source="nothing", path=self.stack.path("media", "M.bundle"))
        self.refused(-32602, "app.export", source="notes", path="relative")
        with open(os.path.join(self.folder(), "apps", "broken.bundle"), "wb") as file:
            file.write(b"this is no image")
        self.switch(self.workspace)
        self.assertTrue(self.ran("notes.desktop"))
        self.refused(3, "app.export", source="notes", path=self.stack.path("media", "M.bundle"))


class InstallAsUser(InstallFiles):
    uid, vault = USER_ID, "luks"

    def test_package(self):
        self.install(source=self.package())
        self.assertTrue(self.ran("dmc-notes.desktop"))
        self.remove("dmc-notes")
        self.assertEqual(self.own_apps(), {})

    def test_too_large(self):
        """A small file that unpacks to more than there is room for."""
        huge = io.BytesIO()
        with tarfile.open(fileobj=huge, mode="w:gz", compresslevel=1) as tar, open("/dev/zero", "rb") as zeros:
            info = tarfile.TarInfo("huge")
            info.size = 2 * SMALL_ROOM
            tar.addfile(info, zeros)
        self.refused(6, source=self.file("huge.tar.gz", huge.getvalue()))
        os.mkdir(self.stack.path("holes"))
        with open(self.stack.path("holes", "huge"), "wb") as file:
            file.truncate(64 << 30)
        self.refused(6, source="appimage", path=self.file("huge.AppImage", appimage_file.make(self.stack.path("holes"), self.stack.path("fs"))[1]))
        self.assertEqual(self.status("ls -d /opt/huge* /var/cache/domicile"), 2)
        self.install(source=self.file("notes.tar.gz", self.archive()))


class InstallReduced(AgentTest):
    helper, uid = False, USER_ID if os.geteuid() == 0 else 0

    def test_packages_need_the_helper(self):
        workspace = self.created_and_open()
        error = self.assert_rpc_error(8, "app.install", workspace=workspace["id"], source="hello")
        self.assertEqual(error.data["needs"], "helper")


del Install, AgentTest  # not tests by themselves

if __name__ == "__main__":
    unittest.main()
