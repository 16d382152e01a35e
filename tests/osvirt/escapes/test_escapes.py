#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Ways out of a workspace, from the public classes of container and sandbox holes: each is tried, and must fail as
docs/sandbox.md says. Without the sandbox the same program gets through, so that no attempt fails for nothing."""

import contextlib
import ctypes
import os
import pathlib
import re
import shutil
import socket
import subprocess
import tempfile
import unittest

BUILD = pathlib.Path(os.environ["DOMICILE_BUILD_DIR"])
ROOT = pathlib.Path(__file__).resolve().parent.parent.parent.parent
HELPER = BUILD / "osvirt/helper/domicile-helper"
RUN = BUILD / "osvirt/launcher/domicile-run"
BUILT = BUILD / "tests/osvirt/escapes/escape"
BOOK = ROOT / "docs/sandbox.md"
USER_ID = 12345
SECONDS = 120
KEY = 0x444d4345 ^ os.getpid()
MODES = [("full", 0, ()), ("full", USER_ID, ()), ("isolated", 0, ("--isolated",)), ("isolated", USER_ID, ("--isolated",)),
         ("reduced", 0, ("--reduced",)), ("reduced", USER_ID, ("--reduced",))]


def become(uid):
    return ["setpriv", f"--reuid={uid}", f"--regid={uid}", "--clear-groups", "--"] if uid else []


def results(text):
    return dict(line.split() for line in text.splitlines())


def book(columns):
    """The rows of the table in the book that has so many columns, by name."""
    rows = {}
    for line in BOOK.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.split("|")[1:-1]]
        if len(cells) == columns and re.fullmatch(r"\d+", cells[0]):
            rows[cells[1].strip("`")] = cells
    return rows


def inner_processes():
    """Processes of workspaces, as the host numbers them: host name inside and number inside."""
    found = {}
    for status in pathlib.Path("/proc").glob("[0-9]*/status"):
        with contextlib.suppress(OSError):
            numbers = re.search(r"^NSpid:\s*(.*)$", status.read_text(encoding="utf-8"), re.M)[1].split()
            if len(numbers) > 1 and os.readlink(status.parent / "ns/uts") != os.readlink("/proc/self/ns/uts"):
                asked = subprocess.run(["nsenter", "--target", status.parent.name, "--uts", "uname", "-n"], stdout=subprocess.PIPE,
                                       stderr=subprocess.DEVNULL, text=True, check=False)
                if asked.returncode == 0:  # it may have ended meanwhile
                    found[int(status.parent.name)] = (asked.stdout.strip(), numbers[-1])
    return found


@unittest.skipUnless(os.geteuid() == 0, "needs root: it starts the helper, and shows what works without a sandbox")
class Escapes(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stack = contextlib.ExitStack()
        cls.addClassCleanup(cls.stack.close)
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="domicile-escape-", dir="/var/tmp"))
        cls.stack.callback(shutil.rmtree, cls.folder)
        cls.folder.chmod(0o755)
        cls.escape = cls.folder / "escape"  # where any user may run it
        shutil.copy(BUILT, cls.escape)
        cls.make_host()
        cls.start_helper()

    @classmethod
    def make_host(cls):
        """Something of each kind that an attempt may reach."""
        name = cls.folder.name
        secret = pathlib.Path("/root") / name
        secret.write_text("secret", encoding="ascii")
        secret.chmod(0o644)  # the folder above it is what hides it
        cls.stack.callback(secret.unlink)
        sleeper = cls.stack.enter_context(subprocess.Popen(["sleep", "infinity"]))
        cls.stack.callback(sleeper.kill)
        for address in (f"\0{name}", f"/run/{name}.sock"):
            service = cls.stack.enter_context(socket.socket(socket.AF_UNIX))
            service.bind(address)
            service.listen(64)
        os.chmod(f"/run/{name}.sock", 0o777)
        cls.stack.callback(os.unlink, f"/run/{name}.sock")
        cls.make_shared(name)
        cls.environment = {
            "PATH": os.environ["PATH"], "DOMICILE_HELPER_SOCKET": str(cls.folder / "helper.sock"), "ESCAPE_LEAK": "1",
            "DBUS_SESSION_BUS_ADDRESS": "unix:path=/run/nothing"}
        cls.named = {
            "ESCAPE_PID": str(sleeper.pid), "ESCAPE_SECRET": str(secret), "ESCAPE_ABSTRACT": name,
            "ESCAPE_SOCKET": f"/run/{name}.sock", "ESCAPE_KEY": str(KEY), "ESCAPE_QUEUE": "/" + name}

    @classmethod
    def make_shared(cls, name):
        libc = ctypes.CDLL(None, use_errno=True)
        segment = libc.shmget(KEY, 4096, 0o1666)
        if segment < 0:
            raise OSError(ctypes.get_errno(), "shmget")
        cls.stack.callback(libc.shmctl, segment, 0, None)
        subprocess.run(["unshare", "--mount", "--propagation", "private", "sh", "-c",
                        f"mount -t mqueue none /mnt && touch /mnt/{name} && chmod 666 /mnt/{name}"], check=True)
        cls.stack.callback(subprocess.run, ["unshare", "--mount", "--propagation", "private", "sh", "-c",
                                            f"mount -t mqueue none /mnt && rm /mnt/{name}"], check=True)

    @classmethod
    def start_helper(cls):
        helper = subprocess.Popen([HELPER, "--socket", cls.folder / "helper.sock", "--allow-uid", str(USER_ID)],
                                  stderr=subprocess.PIPE)
        cls.stack.callback(helper.stderr.close)
        cls.stack.callback(helper.wait, SECONDS)
        cls.stack.callback(helper.terminate)
        line = helper.stderr.readline()
        assert b"listening" in line, line

    # --- from inside ---

    def make_workspace(self, mode, uid):
        """A medium with the program on it; and with a device node and a set-user-id program of the host's root."""
        path = self.folder / f"{mode}-{uid}"
        (path / "home").mkdir(parents=True)
        (path / "layers").mkdir()
        shutil.copy(self.escape, path / "home/escape")
        if mode == "isolated":
            shutil.copy(self.make_base(), path / "layers/base.erofs")
        for part in (path, *path.rglob("*")):
            os.chown(part, uid, uid)
        path.chmod(0o700)
        self.make_traps(path / "home")
        return path

    def make_traps(self, folder):
        os.mknod(folder / "node", 0o020666, os.makedev(1, 5))
        os.chmod(folder / "node", 0o666)
        shutil.copy(self.escape, folder / "suid")
        os.chown(folder / "suid", 0, 0)
        os.chmod(folder / "suid", 0o4755)

    def make_base(self):
        """A base system with nothing in it but what a view needs."""
        image, tree = self.folder / "base.erofs", self.folder / "base"
        if not image.exists():
            for name in ("bin", "etc", "usr", "home", "root", "proc", "sys", "dev", "tmp", "run", "var"):
                (tree / name).mkdir(parents=True)
            subprocess.run(["mkfs.erofs", "--quiet", image, tree], check=True, stdout=subprocess.DEVNULL)
        return image

    def names(self, folder):
        return [f"{name}={value}" for name, value in {**self.named, "ESCAPE_NODE": f"{folder}/node",
                                                      "ESCAPE_SUID": f"{folder}/suid"}.items()]

    def try_inside(self, mode, uid, options):
        path = self.make_workspace(mode, uid)
        leak = os.open("/root", os.O_RDONLY)
        try:
            done = subprocess.run([*become(uid), RUN, "--workspace", path, *options, "--", "/home/user/escape",
                                   *self.names("/home/user")], env=self.environment, pass_fds=[leak], timeout=SECONDS,
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
        finally:
            os.close(leak)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return results(done.stdout)

    def test_every_attempt_fails_as_the_book_says(self):
        expected = {name: cells[5].split() for name, cells in book(6).items()}
        self.assertGreaterEqual(len(expected), 25)
        for mode, uid, options in MODES:
            with self.subTest(mode=mode, uid=uid):
                got = self.try_inside(mode, uid, options)
                self.assertEqual(got.keys(), expected.keys(), "the book and the program name the same attempts")
                wrong = {name: error for name, error in got.items() if error not in [*expected[name], "EOPNOTSUPP"]}
                self.assertEqual(wrong, {})
                absent = sorted(name for name, error in got.items() if error == "EOPNOTSUPP")
                self.assertLess(len(absent), 6, absent)

    # --- the same without a sandbox ---

    def try_outside(self, name):
        """Whether it gets through: as root in a mount namespace of its own, then also below a pid 1 of its own; and as an ordinary
        user, where it is about becoming root."""
        suid = name == "carried-set-user-id"
        for kind in ([],) if suid else ([], ["--pid", "--fork", "--mount-proc"]):
            leak = os.open("/root", os.O_RDONLY)
            command = [*become(USER_ID), self.escape] if suid else ["unshare", "--mount", *kind, "--propagation", "private", *WITH_OWN_TMP,
                                                                    self.escape]
            try:
                done = subprocess.run([*command, *self.names(self.folder / "outside"), name], env=self.environment, pass_fds=[leak],
                                      cwd="/proc", stdout=subprocess.PIPE, text=True, timeout=SECONDS, check=False)
            finally:
                os.close(leak)
            if results(done.stdout).get(name) == "worked":
                return True
        return False

    def test_without_a_sandbox_they_get_through(self):
        outside = self.folder / "outside"
        outside.mkdir()
        self.make_traps(outside)
        failed = sorted(name for name in book(6) if not self.try_outside(name))
        # A host may have closed some for everybody: a kernel without the call, a container without the capability.
        for name in failed:
            print(f"SKIP {name}: does not get through on this host without a sandbox either")
        self.assertEqual([name for name in failed if name in SURE], [])
        self.assertGreaterEqual(len(book(6)) - len(failed), 25)

    # --- from the medium ---

    def open_medium(self, uid, path, script, options=()):
        for part in (path, *path.rglob("*")):
            os.chown(part, uid, uid, follow_symlinks=False)
        path.chmod(0o700)
        return subprocess.run([*become(uid), RUN, "--workspace", path, *options, "--", "/bin/sh", "-c", script], env=self.environment,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=SECONDS,
                              check=False)

    def make_hidden(self):
        """A folder that everybody might read, below one that nobody but root may enter."""
        outer = pathlib.Path("/root") / (self.folder.name + ".d")
        (outer / "inner").mkdir(parents=True, mode=0o755)
        (outer / "inner/found").write_text("found\n", encoding="ascii")
        self.addCleanup(shutil.rmtree, outer)
        return outer / "inner"

    def check_link(self, place):
        hidden = self.make_hidden()
        for number, (mode, uid, options) in enumerate(mode for mode in MODES if mode[0] != "isolated"):
            if (mode, uid) == ("reduced", 0):
                continue  # it is root's own there
            path = self.folder / f"link-{place.replace('/', '-')}-{number}"
            for part in ("home", "layers/root/upper", "layers/root/work", "log"):
                (path / part).mkdir(parents=True)
            shutil.rmtree(path / place)
            (path / place).symlink_to(hidden)
            done = self.open_medium(uid, path, "cat ~/found /found /run/domicile/log/found 2> /dev/null; true", options)
            self.assertNotIn("found\n", done.stdout, (mode, uid))
            self.assertEqual(sorted(os.listdir(hidden)), ["found"], "nothing was written there")

    def test_linked_home(self):
        self.check_link("home")

    def test_linked_log(self):
        self.check_link("log")

    def test_linked_layer(self):
        self.check_link("layers/root/upper")

    def test_linked_places(self):
        """In place of what each view has of its own."""
        target = self.folder / "linked-target"
        target.mkdir()
        for mode, uid, options in MODES:
            if mode == "isolated" or (mode, uid) == ("reduced", 0):
                continue
            os.chown(target, uid, uid)
            for place in ("home", "root", "proc", "dev", "tmp", "run"):
                path = self.folder / f"linked-{mode}-{uid}-{place}"
                for part in ("home", "layers/root/upper", "layers/root/work"):
                    (path / part).mkdir(parents=True)
                (path / "layers/root/upper" / place).symlink_to(target)
                done = self.open_medium(uid, path, "true", options)
                self.assertIn(f"in place of the folder /{place}", done.stderr)
                self.assertEqual(os.listdir(target), [], (mode, uid, place))

    def test_redirected_layer(self):
        hidden = self.make_hidden()
        for uid in (0, USER_ID):
            path = self.folder / f"redirected-{uid}"
            for part in ("home", "layers/root/upper/trap", "layers/root/work"):
                (path / part).mkdir(parents=True)
            os.setxattr(path / "layers/root/upper/trap", "user.overlay.redirect", str(hidden).encode())
            done = self.open_medium(uid, path, "ls /trap; true")
            self.assertNotIn("found", done.stdout)

    def test_preload(self):
        for mode, uid, options in MODES:
            if mode == "isolated":
                continue
            path = self.folder / f"preload-{mode}-{uid}"
            for part in ("home", "layers/root/upper/etc", "layers/root/work"):
                (path / part).mkdir(parents=True)
            library = next(pathlib.Path("/usr/lib").glob("*/libz.so.1*")).resolve()
            shutil.copy(library, path / "home/trap.so")
            (path / "layers/root/upper/etc/ld.so.preload").write_text("/home/user/trap.so\n", encoding="ascii")
            done = self.open_medium(uid, path, "echo ready; grep -c trap.so /proc/self/maps; exec cat /proc/self/stat", options)
            self.assertIn("ready\n", done.stdout, done.stderr)
            self.assertNotEqual(done.stdout.splitlines()[1], "0", "a program of the medium's own loads it")
            with self.opened(uid, path, options) as first:
                self.assertNotIn("trap.so", pathlib.Path(f"/proc/{first}/maps").read_text(encoding="utf-8"))

    # --- from the host ---

    @contextlib.contextmanager
    def opened(self, uid, path, options=()):
        """A program in a workspace that is open; gives the number of its pid 1 on the host."""
        run = subprocess.Popen([*become(uid), RUN, "--workspace", path, *options, "--", "/bin/sh", "-c", "echo ready; exec cat"],
                               env=self.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        try:
            self.assertEqual(run.stdout.readline(), b"ready\n")
            yield next(pid for pid, name in inner_processes().items() if name == (path.name, "1"))
        finally:
            run.stdin.close()
            run.wait(SECONDS)
            run.stdout.close()

    def test_the_host_cannot_touch_them(self):
        """Another program of the same person, against those that the helper has made."""
        attempts = ["trace-host", "signal-host", "read-host", "root-of-host", "priority-of-host"]
        path = self.folder / "untouched"
        path.mkdir(mode=0o700)
        os.chown(path, USER_ID, USER_ID)
        own = subprocess.Popen([*become(USER_ID), "sleep", "infinity"])
        self.addCleanup(own.wait)
        self.addCleanup(own.kill)
        with self.opened(USER_ID, path):
            inside = [pid for pid, (host, number) in inner_processes().items() if host == "untouched" and number != "1"]
            self.assertEqual(len(inside), 1)
            for attempt in attempts:
                said = {}
                for target in (inside[0], own.pid):
                    done = subprocess.run([*become(USER_ID), self.escape, f"ESCAPE_PID={target}", attempt], stdout=subprocess.PIPE,
                                          text=True, timeout=SECONDS, check=True)
                    said[target] = results(done.stdout)[attempt]
                self.assertIn(said[inside[0]], ("EPERM", "EACCES"), attempt)
                if attempt == "signal-host":
                    self.assertEqual(said[own.pid], "worked", "it can do that to others")


# As in a workspace, where what attempts leave behind goes with it.
WITH_OWN_TMP = ["sh", "-c", "mount -t tmpfs -o mode=1777 none /tmp && exec \"$@\"", "sh"]
# What gets through on any host that can run these tests at all.
SURE = ["exe-of-first", "root-of-first", "signal-host", "signal-by-owner", "root-of-host", "mount", "unmount-mask", "pivot-root", "chroot",
        "climb-out", "hidden-file", "leaked-descriptor", "leaked-environment", "abstract-socket", "host-socket", "shared-memory"]


if __name__ == "__main__":
    unittest.main(verbosity=2)
