#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Views, the root helper and vaults, below the agent: as root, as an ordinary user, and in reduced mode."""

import array
import contextlib
import errno
import os
import pathlib
import select
import signal
import shutil
import socket
import stat
import struct
import subprocess
import tempfile
import time
import unittest

BUILD = pathlib.Path(os.environ["DOMICILE_BUILD_DIR"])
HELPER = BUILD / "osvirt/helper/domicile-helper"
RUN = BUILD / "osvirt/launcher/domicile-run"
AS_USER = pathlib.Path(__file__).resolve().parent.parent / "as-user"
HOSTILE_USER = pathlib.Path(__file__).resolve().parent / "hostile_user.py"
HOSTILE_REQUESTS = os.environ.get("DOMICILE_HOSTILE_REQUESTS", "400")
TEST_VIEW = BUILD / "tests/osvirt/view/test-view"
USER_ID = 12345
STRANGER_ID = 12346
SECONDS = 60
SIZE = 144  # struct helper_request
MAGIC = 0x444D4335
HELLO, FUSE_MOUNT, VAULT_ATTACH, VAULT_DETACH, VIEW_OPEN, VIEW_KILL, VIEW_CLOSE = range(1, 8)
IN_VAULT, NETWORK = 1 << 2, 1 << 7
STEPS = 14  # of a full view
OF_ONE = 96  # sessions of one user


def request(verb, flags=0, fail_step=0, hostname=b"test", user=b"ann", magic=MAGIC, rules=b""):
    return struct.pack("=IIII64s64s8192s", magic, verb, flags, fail_step, hostname, user, rules)


def wait_until(condition, what, seconds=SECONDS):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"{what}: not within {seconds} s")
        select.select([], [], [], 0.01)


def children_of(parent, name=None):
    """Processes, by number; @name: as the kernel knows it."""
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            with contextlib.suppress(OSError):
                own, rest = pathlib.Path("/proc", entry, "stat").read_text(encoding="utf-8").rsplit(")", 1)
                if int(rest.split()[1]) == parent and name in (None, own.split("(", 1)[1]):
                    found.append(int(entry))
    return found


def sessions_of(helper):
    """The children of the helper's, but for the one that it keeps ready for the next client."""
    return [child for child in children_of(helper) if child not in children_of(helper, "helper-spare")]


def processes_with(text, folder=""):
    """Processes by their command line; @folder: and by what their environment names, as others may run the same programs."""
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit() and int(entry) != os.getpid():
            with contextlib.suppress(OSError):
                if (text in pathlib.Path("/proc", entry, "cmdline").read_bytes()
                        and os.fsencode(folder) in pathlib.Path("/proc", entry, "environ").read_bytes()):
                    found.append(int(entry))
    return found


def mounts_with(text):
    """Every mount of every process that names the text: nothing of a workspace may be there when it is closed."""
    found = set()
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            with contextlib.suppress(OSError):
                for line in pathlib.Path("/proc", entry, "mountinfo").read_text(errors="replace").splitlines():
                    if text in line:
                        found.add(line)
    return sorted(found)


def become(uid, fuse=None):
    """@fuse: permissions of /dev/fuse for the user; None leaves it as it is."""
    if uid == 0:
        return []
    if fuse is not None:
        return [AS_USER, str(uid), fuse]
    return ["setpriv", f"--reuid={uid}", f"--regid={uid}", "--clear-groups"]


@unittest.skipUnless(os.geteuid() == 0, "needs root: it starts the helper")
class Case(unittest.TestCase):
    """A helper of its own and a folder for each user."""

    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="domicile-view-"))
        cls.folder.chmod(0o755)
        cls.socket = cls.folder / "helper.sock"
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        for uid in (0, USER_ID, STRANGER_ID):
            home = cls.folder / str(uid)
            home.mkdir(mode=0o700)
            os.chown(home, uid, uid)
        cls.helper = cls.start_helper()
        cls.addClassCleanup(cls.stop_helper)

    @classmethod
    def start_helper(cls):
        helper = subprocess.Popen([HELPER, "--socket", cls.socket, "--allow-uid", str(USER_ID), "--test-faults"],
                                  stderr=subprocess.PIPE)
        line = helper.stderr.readline()
        assert b"listening" in line, line
        return helper

    @classmethod
    def stop_helper(cls):
        cls.helper.terminate()
        cls.helper.wait(SECONDS)
        cls.helper.stderr.close()

    def environment(self, uid):
        return {"PATH": "/usr/bin:/bin:/usr/sbin:/sbin", "HOME": str(self.folder / str(uid)), "LANG": "C.UTF-8",
                "TMPDIR": str(self.folder / str(uid)), "DOMICILE_HELPER_SOCKET": str(self.socket),
                "TEST_FOLDER": str(self.folder / str(uid))}

    def make_pair(self, kind):
        pair = socket.socketpair(socket.AF_UNIX, kind)
        for end in pair:
            self.addCleanup(end.close)
        return pair

    def make_control(self):
        """Pid 1's end of the socket that its client talks to it by; the other is open until the test ends."""
        return self.make_pair(socket.SOCK_SEQPACKET)[0].fileno()

    def run_in(self, uid, command, workspace="W", options=(), status=0):
        path = self.folder / str(uid) / workspace
        result = subprocess.run([*become(uid), RUN, "--workspace", path, *options, "--", "sh", "-c", command],
                                env=self.environment(uid), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True, timeout=SECONDS, check=False)
        self.assertEqual(result.returncode, status, result.stderr + result.stdout)
        return result.stdout if status == 0 else result.stderr

    def connect(self):
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        connection.settimeout(SECONDS)
        connection.connect(str(self.socket))
        self.addCleanup(connection.close)
        return connection

    def assert_clean(self):
        """No session, and so no view, loop device or connection of the helper's; and no mount of anybody's."""
        self.doCleanups()  # our own connections
        wait_until(lambda: not sessions_of(self.helper.pid), "the helper's sessions end")
        wait_until(lambda: not mounts_with(str(self.folder)), "the mounts go")


# User, options of domicile-run, name of a workspace.
MODES = [(0, (), "full"), (USER_ID, (), "full"), (0, ("--reduced",), "reduced"), (USER_ID, ("--reduced",), "reduced")]


class Interfaces(Case):
    """The C program against each mode."""

    def run_program(self, uid, mode, fuse=None):
        environment = {**self.environment(uid), "TEST_MODE": mode, "TEST_FUSE": "no" if fuse == "0600" else "yes"}
        if mode == "reduced":
            environment["DOMICILE_HELPER_SOCKET"] = "/nonexistent"
        result = subprocess.run([*become(uid, fuse), TEST_VIEW], env=environment, stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, text=True, timeout=600, check=False)
        self.assertEqual(result.returncode, 0, result.stdout)
        wait_until(lambda: not processes_with(b"domicile-vault-", self.folder), "the vaults' programs end")
        self.assert_clean()

    def test_root_full(self):
        self.run_program(0, "full")

    def test_user_full(self):
        self.run_program(USER_ID, "full")

    def test_root_reduced(self):
        self.run_program(0, "reduced")

    def test_user_reduced(self):
        self.run_program(USER_ID, "reduced", fuse="0666")

    def test_user_reduced_without_fuse(self):
        self.run_program(USER_ID, "reduced", fuse="0600")


class Views(Case):
    """What a program sees and does in a view."""

    def test_writes_stay_in_the_workspace(self):
        for uid, options, name in MODES:
            mark = f"mark-{uid}-{name}"
            self.run_in(uid, f"echo 1 > /{mark}; echo 2 > /etc/{mark}; echo 3 > ~/{mark}; echo 4 > /usr/local/{mark};"
                             f"echo 5 > /tmp/{mark}; echo 6 > /root/second-{mark}", workspace=name, options=options)
            folder = self.folder / str(uid) / name
            for path in ("layers/root/upper/", "layers/root/upper/etc/", "home/", "layers/root/upper/usr/local/"):
                self.assertEqual((folder / path / mark).stat().st_uid, uid, path)
            self.assertTrue((folder / "home" / f"second-{mark}").exists())
            for path in ("/", "/etc", "/usr/local", "/root", "/tmp", "/home"):
                self.assertNotIn(mark, os.listdir(path))
            self.assertEqual(self.run_in(uid, f"cat /{mark} ~/{mark}; ls /tmp", workspace=name, options=options), "1\n3\n")
        self.assert_clean()

    def test_host_shines_through(self):
        for uid, options, name in MODES:
            said = self.run_in(uid, "cat /etc/os-release; readlink -f /bin/sh", workspace=name, options=options)
            expected = pathlib.Path("/etc/os-release").read_text(encoding="utf-8")
            self.assertEqual(said, expected + os.path.realpath("/bin/sh") + "\n")

    def test_deleting_hides_only_inside(self):
        for uid, options, name in MODES:
            if name == "reduced" and uid != 0:
                continue  # what is root's on the host is nobody's there
            self.run_in(uid, "rm /etc/debian_version && ! test -e /etc/debian_version", workspace=name, options=options)
            self.assertTrue(os.path.exists("/etc/debian_version"))

    def test_host_is_hidden(self):
        secrets = [self.make_secret(folder) for folder in ("/root", "/etc", "/srv/{}/a/b/c/d/e/f", "/mnt", "/usr/local/{}", "/var/log")]
        (pathlib.Path("/var/tmp") / f"domicile-test-{os.getpid()}").touch()
        self.addCleanup((pathlib.Path("/var/tmp") / f"domicile-test-{os.getpid()}").unlink)
        for uid, options, name in MODES:
            if uid == 0 and name == "reduced":
                continue  # nobody stands between root and its own files there
            said = self.run_in(uid, f"ls -A /root /home /var/tmp; cat {' '.join(map(str, secrets))} 2>/dev/null; ls /home/user; "
                                    "grep -v -e ':[*!]' /etc/shadow 2>/dev/null; true", workspace=name + "h", options=options)
            self.assertEqual(said, "/home:\nuser\n\n/root:\n\n/var/tmp:\n")

    def make_secret(self, place):
        """A file of root's; "{}" in the name of its folder is a part that is made for it."""
        name = f"domicile-test-{os.getpid()}"
        folder = pathlib.Path(place.format(name))
        secret = folder / name
        if folder.exists():
            self.addCleanup(secret.unlink)
        else:
            self.addCleanup(shutil.rmtree, pathlib.Path(place.split("{}", maxsplit=1)[0]) / name)
            folder.mkdir(parents=True)
        secret.write_text("secret", encoding="ascii")
        secret.chmod(0o600)
        return secret

    def test_secrets_that_come_later_are_hidden(self):
        """In a view that stands; and what is given to everybody shines through again."""
        folder = pathlib.Path("/srv") / f"domicile-late-{os.getpid()}"
        folder.mkdir()
        self.addCleanup(shutil.rmtree, folder)
        (folder / "public").write_text("public\n", encoding="ascii")
        with subprocess.Popen([*become(USER_ID), RUN, "--workspace", self.folder / str(USER_ID) / "late", "--", "sh"], text=True,
                              env=self.environment(USER_ID), stdin=subprocess.PIPE, stdout=subprocess.PIPE) as shell:
            def seen(name):
                shell.stdin.write(f"cat {folder}/{name} 2> /dev/null || echo nothing\n")
                shell.stdin.flush()
                return shell.stdout.readline()

            self.assertEqual(seen("public"), "public\n")
            with os.fdopen(os.open(folder / "secret", os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="ascii") as secret:
                secret.write("secret\n")
            wait_until(lambda: seen("secret") == "nothing\n", "hiding what is new")
            (folder / "public").chmod(0o600)
            wait_until(lambda: seen("public") == "nothing\n", "hiding what has become private")
            (folder / "secret").chmod(0o644)
            wait_until(lambda: seen("secret") == "secret\n", "showing what is not private any more")
            shell.stdin.close()
            self.assertEqual(shell.wait(SECONDS), 0)

    def test_homes_elsewhere_are_hidden(self):
        """Of people whose home is not in /home; without the helper the user's own."""
        home = pathlib.Path("/srv") / f"domicile-home-{os.getpid()}"
        home.mkdir()
        self.addCleanup(shutil.rmtree, home)
        (home / "diary").write_text("dear\n", encoding="ascii")
        os.chown(home, USER_ID, USER_ID)
        before = pathlib.Path("/etc/passwd").read_text(encoding="utf-8")
        self.addCleanup(self.write_passwd, before)
        self.write_passwd(f"{before}domicile-test:x:{USER_ID}:{USER_ID}::{home}:/bin/sh\n")
        for uid, options, name in MODES:
            if uid == USER_ID or not options:
                self.run_in(uid, f"! cat {home}/diary 2> /dev/null && test -d /srv", workspace=name + "e", options=options)

    @staticmethod
    def write_passwd(text):
        fresh = pathlib.Path("/etc/passwd.domicile-test")
        fresh.write_text(text, encoding="utf-8")
        fresh.rename("/etc/passwd")

    def test_namespaces(self):
        for uid, options, name in MODES:
            said = self.run_in(uid, "hostname; for n in user mnt pid ipc uts; do readlink /proc/self/ns/$n; done; "
                                    "ls -d /proc/[0-9]* | wc -l; id -u; cat /proc/1/comm", workspace=name, options=options)
            lines = said.split("\n")
            self.assertEqual(lines[0], name)
            for kind, link in zip(("user", "mnt", "pid", "ipc", "uts"), lines[1:6]):
                self.assertNotEqual(link, os.readlink(f"/proc/self/ns/{kind}"))
            self.assertLess(int(lines[6]), 6)
            self.assertEqual(lines[7:9], ["0", "domicile-init"])

    def test_first_process_shows_nothing_of_the_host(self):
        for uid, options, name in MODES:
            said = self.run_in(uid, "tr -d '\\0' < /proc/1/cmdline", workspace=name, options=options)
            self.assertEqual(said, "domicile-init")

    def test_confinement(self):
        program = ("import ctypes, os, fcntl\n"
                   "libc = ctypes.CDLL(None, use_errno=True)\n"
                   "def call(*a):\n"
                   "  r = libc.syscall(*a)\n"
                   "  return ctypes.get_errno() if r < 0 else 0\n"
                   "print(call(165, b'none', b'/mnt', b'tmpfs', 0, None), call(272, 0x10000000), call(56, 0x10000011, 0, 0, 0, 0),"
                   " call(435, 0, 0), call(250, 0, 0, 0), call(321, 0, 0, 0), call(175, 0, 0, b''), call(308, 0, 0),"
                   " call(16, 0, 0x5412, b'x'), call(16, 0, 0x100005412, b'x'), call(155, b'.', b'.'), call(428, -100, b'/', 1))\n"
                   "for l in open('/proc/self/status'):\n"
                   "  if l.startswith(('NoNewPrivs', 'CapEff')): print(l.split()[1])\n")
        for uid, options, name in MODES:
            said = self.run_in(uid, f"/usr/bin/python3 - <<'END'\n{program}END\n", workspace=name, options=options).split("\n")
            self.assertEqual(said[0], "1 1 1 38 1 1 1 1 1 1 1 1")
            self.assertIn("1", said[1:3])
            effective = int(next(line for line in said[1:3] if len(line) == 16), 16)
            for forbidden in (21, 16, 17, 19, 12, 13, 27, 2):  # sys_admin, sys_module, sys_rawio, sys_ptrace, net_*, mknod
                self.assertEqual(effective >> forbidden & 1, 0, forbidden)

    def test_escape_by_double_fork(self):
        for uid, options, name in MODES:
            mark = f"{os.getpid()}{uid}{len(options)}31"
            self.run_in(uid, f"(setsid sh -c 'trap \"\" HUP TERM; exec sleep {mark}' > /dev/null 2>&1 &)",
                        workspace=name, options=options)
            wait_until(lambda text=f"sleep\0{mark}".encode(): not processes_with(text), "an escaped process")

    def test_mounts_of_the_host(self):
        """What is a file system of its own on the host is a layer of its own; without privilege it is shown to be read."""
        place = pathlib.Path("/opt") / f"domicile-test-{os.getpid()}"
        image = self.folder / "host.img"
        image.write_bytes(b"")
        os.truncate(image, 16 << 20)
        subprocess.run(["mke2fs", "-q", "-F", "-t", "ext4", image], check=True)
        place.mkdir()
        self.addCleanup(place.rmdir)
        covered = place.with_name(place.name + "-file")  # as containers mount /etc/resolv.conf: no layer can be made of that
        covered.write_text("below\n", encoding="ascii")
        self.addCleanup(covered.unlink)
        subprocess.run(["mount", "-o", "loop", image, place], check=True)
        try:
            (place / "host").write_text("of the host\n", encoding="ascii")
            subprocess.run(["mount", "--bind", place / "host", covered], check=True)
            for uid, options, name in MODES:
                said = self.run_in(uid, f"cat {place}/host; echo inside > {place}/new; cat {place}/new || true; test -s {covered}",
                                   workspace=name + "m", options=options)
                self.assertEqual(said, "of the host\n" + ("" if options else "inside\n"))
            self.assertEqual(sorted(os.listdir(place)), ["host", "lost+found"])
        finally:
            subprocess.run(["umount", "--quiet", covered], check=False)
            subprocess.run(["umount", place], check=True)
        said = self.run_in(0, f"cat {place}/new", workspace="fullm")
        self.assertEqual(said, "inside\n", "on a host where it is no mount it lies at the same place")

    def test_hidden_mounts_of_the_host(self):
        """What nobody but root may enter stays hidden where it is a file system of its own, or has one below it."""
        outer = pathlib.Path("/opt") / f"domicile-hidden-{os.getpid()}"
        image = self.folder / "hidden.img"
        image.write_bytes(b"")
        os.truncate(image, 16 << 20)
        subprocess.run(["mke2fs", "-q", "-F", "-t", "ext4", image], check=True)
        (outer / "inner").mkdir(parents=True)
        outer.chmod(0o700)
        self.addCleanup(shutil.rmtree, outer)
        change = pathlib.Path("/etc") / f"domicile-test-change-{os.getpid()}"  # for which the helper looks again
        change.touch()
        self.addCleanup(change.unlink)
        wait_until(lambda: self.run_in(0, f"test -e {outer} || echo hidden") == "hidden\n", "hiding a folder")
        for place, private in ((outer / "inner", 0o755), (outer, 0o700)):
            subprocess.run(["mount", "-o", "loop", image, place], check=True)
            try:
                place.chmod(private)
                (place / "secret").write_text("secret\n", encoding="ascii")
                for uid, options, name in MODES:
                    if not options:
                        self.run_in(uid, f"! cat {place}/secret 2> /dev/null && ls /", workspace=name + "p")
            finally:
                subprocess.run(["umount", place], check=True)

    def test_display(self):
        authority, cookie = self.folder / "0" / "authority", os.urandom(16).hex()
        authority.write_bytes(b"")
        reading, writing = os.pipe()

        def allow(display):
            subprocess.run(["xauth", "-q", "-f", authority, "add", f"{socket.gethostname()}/unix{display}", ".", cookie], check=True)
        allow(":0")  # the server takes cookies whatever display they are for
        with subprocess.Popen(["Xvfb", "-screen", "0", "64x64x8", "-auth", authority, "-displayfd", str(writing)],
                              pass_fds=[writing], stderr=subprocess.DEVNULL) as server, os.fdopen(reading) as number:
            os.close(writing)
            try:
                display = ":" + number.readline().strip()
                self.assertNotEqual(display, ":", "Xvfb does not start")
                allow(display)
                for _, options, name in MODES[::2]:
                    environment = {**self.environment(0), "DISPLAY": display, "XAUTHORITY": str(authority)}
                    subprocess.run([RUN, "--workspace", self.folder / "0" / name, "--display", *options, "--", "xdpyinfo"],
                                   env=environment, stdout=subprocess.DEVNULL, check=True, timeout=SECONDS)
                    without = subprocess.run([RUN, "--workspace", self.folder / "0" / name, *options, "--", "env",
                                              f"DISPLAY={display}", "xdpyinfo"], env=environment, stdout=subprocess.DEVNULL,
                                             stderr=subprocess.DEVNULL, check=False, timeout=SECONDS)
                    self.assertNotEqual(without.returncode, 0)
            finally:
                server.terminate()

    def test_exit_status(self):
        for uid, options, name in MODES:
            self.run_in(uid, "exit 7", workspace=name, options=options, status=7)
            self.run_in(uid, "kill -KILL $$", workspace=name, options=options, status=137)
            self.assertEqual(subprocess.run([*become(uid), RUN, *options, "--workspace", self.folder / str(uid) / name,
                                             "no-such-program"], env=self.environment(uid), check=False,
                                            stderr=subprocess.DEVNULL, timeout=SECONDS).returncode, 127)

    def test_open_to_others(self):
        path = self.folder / str(USER_ID) / "open"
        path.mkdir()
        os.chown(path, USER_ID, USER_ID)
        path.chmod(0o755)
        said = self.run_in(USER_ID, "true", workspace="open", status=125)
        self.assertIn("0700", said)

    def test_foreign_folder(self):
        path = self.folder / "foreign"
        path.mkdir(mode=0o700)
        self.addCleanup(shutil.rmtree, path)
        for part in ("home", "layers/root/upper", "layers/root/work"):
            (path / part).mkdir(parents=True)
        connection = self.connect()
        folder = os.open(path, os.O_RDONLY)
        self.addCleanup(os.close, folder)
        os.chown(path, USER_ID, USER_ID)
        socket.send_fds(connection, [request(VIEW_OPEN)], [folder, self.make_control()])
        self.assertIn(b"another user", connection.recv(4096))

    def test_what_the_last_overlay_left(self):
        path = self.folder / "0" / "O"
        work = path / "layers/root/work"
        self.run_in(0, "touch /srv/x", workspace="O")
        self.assertEqual(os.listdir(work), ["%"])
        self.assertEqual(os.listdir(work / "%"), ["work"])
        # A power cut: in the middle of a change, and before what was moved aside is removed.
        (work / "%/work/#1").write_text("half a copy", encoding="utf-8")
        (work / "%%").mkdir()
        (work / "%usr%local").mkdir()
        self.run_in(0, "test -e /srv/x", workspace="O")
        self.assertEqual(os.listdir(work), ["%"])
        self.assertEqual(os.listdir(work / "%/work"), [])
        # Who fills the medium: nothing that is there is followed, and nothing with something in it is removed.
        elsewhere = self.folder / "0" / "elsewhere"
        (elsewhere / "kept").mkdir(parents=True)
        (work / "%%").symlink_to(elsewhere / "kept")
        (work / "%x").mkdir()
        (work / "%x/file").touch()
        self.run_in(0, "test -e /srv/x", workspace="O")
        self.assertEqual(sorted(os.listdir(work)), ["%", "%%", "%x"])
        self.assertTrue((elsewhere / "kept").is_dir())
        (work / "%/work").rmdir()
        (work / "%/work").symlink_to(elsewhere)
        self.run_in(0, "test -e /srv/x", workspace="O")
        self.assertTrue((elsewhere / "kept").is_dir())
        self.assert_clean()

    def test_set_user_id_in_the_workspace_is_the_users(self):
        self.run_in(USER_ID, "cp /bin/true ~/suid && chmod 4755 ~/suid")
        info = (self.folder / str(USER_ID) / "W/home/suid").stat()
        self.assertEqual(info.st_uid, USER_ID)

    def test_failing_steps_unwind(self):
        for uid, options, name in MODES:
            for step in range(1, STEPS + 1 if not options else 12):
                said = self.run_in(uid, "true", workspace=name, options=(*options, "--fail-step", str(step)), status=125)
                self.assertIn("on demand", said)
            self.run_in(uid, "true", workspace=name, options=(*options, "--fail-step", "99"))
        self.assert_clean()

    def test_join(self):
        path = self.folder / "0" / "J"
        door = self.folder / "0" / "door"
        with subprocess.Popen([RUN, "--workspace", path, "--listen", door], env=self.environment(0),
                              stdout=subprocess.PIPE) as keeper:
            self.assertEqual(keeper.stdout.readline(), b"ready\n")
            for number in range(20):
                said = subprocess.run([RUN, "--join", door, "sh", "-c", f"echo {number} >> /list; cat /list | wc -l"],
                                      stdout=subprocess.PIPE, check=True, timeout=SECONDS).stdout
                self.assertEqual(int(said), number + 1)
            keeper.terminate()
            keeper.wait(SECONDS)
        self.assertFalse(door.exists())
        self.assert_clean()


class Helper(Case):
    """The helper against clients that do not mean well, and against sudden ends."""

    def ask(self, connection, data, fds=()):
        socket.send_fds(connection, [data], list(fds))
        answer, ancillary, _, _ = connection.recvmsg(4096, 1024)
        got = array.array("i")
        for level, kind, part in ancillary:
            if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
                got.frombytes(part[:len(part) - len(part) % got.itemsize])
        for descriptor in got:
            self.addCleanup(os.close, descriptor)
        if not answer:
            return None, []
        return struct.unpack_from("=i", answer, 8)[0], list(got)

    def test_strangers_are_refused(self):
        result = subprocess.run([*become(STRANGER_ID), RUN, "--workspace", self.folder / str(STRANGER_ID) / "W", "true"],
                                env=self.environment(STRANGER_ID), stderr=subprocess.PIPE, text=True, check=False,
                                timeout=SECONDS)
        self.assertEqual(result.returncode, 125)
        self.assertIn(f"does not serve user {STRANGER_ID}", result.stderr)

    def test_hostile_messages(self):
        null = os.open("/dev/null", os.O_RDWR)
        passwd = os.open("/etc/passwd", os.O_RDONLY)
        folder = os.open("/etc", os.O_RDONLY)
        own = self.open_workspace()
        for descriptor in (null, passwd, folder):
            self.addCleanup(os.close, descriptor)
        dropped = [b"x", b"x" * (len(request(HELLO)) - 1), b"x" * (len(request(HELLO)) + 1), b"x" * 100000, request(HELLO, magic=1)]
        for data in dropped:
            connection = self.connect()
            self.assertIsNone(self.ask(connection, data)[0], data[:16])
        refused = [
            (request(0), []), (request(99), []), (request(0xFFFFFFFF), []),
            (request(VIEW_OPEN), []), (request(VIEW_OPEN), [null]), (request(VIEW_OPEN), [passwd]),
            (request(VIEW_OPEN), [folder]), (request(VIEW_OPEN, IN_VAULT), []), (request(VIEW_OPEN, 0xFFFFFFFF), []),
            (request(VAULT_ATTACH), []), (request(VAULT_ATTACH), [passwd]),
            (request(VIEW_OPEN, hostname=b"a/b"), [folder]), (request(VIEW_OPEN, user=b"../../etc"), [folder]),
            (request(VIEW_OPEN, hostname=b"h" * 64), [folder]), (request(VIEW_OPEN, user=b""), [folder]),
            (request(VIEW_OPEN, NETWORK), [own]), (request(VIEW_OPEN, NETWORK), [own, null, null]),
        ] + [
            (request(VIEW_OPEN, rules=rules), [own]) for rules in (
                b"h", b"h/", b"hetc", b"h/../etc", b"h/etc/..", b"h//etc", b"h/etc/", b"h/./etc", b"x/etc", b"h/proc/1", b"r/dev",
                b"h/run/domicile", b"s/srv/x", b"w/srv/x", b"m/srv/x", b"m/srv/x\0srv", b"m/srv/x\0/a/../b", b"h/" + b"a" * 300,
                b"h/srv\0" * 33, b"h/" + b"a" * 8190)
        ]
        connection = self.connect()
        stream, _ = self.make_pair(socket.SOCK_STREAM)
        for data, fds in refused:
            self.assertGreater(self.ask(connection, data, fds)[0], 0, data[:16])
            self.assertGreater(self.ask(connection, data, [*fds, self.make_control()])[0], 0, data[:16])
        for fds in ([], [own], [own, null], [own, folder], [own, stream.fileno()], [own, connection.fileno(), null]):
            self.assertGreater(self.ask(connection, request(VIEW_OPEN), fds)[0], 0, fds)
        self.assertEqual(self.ask(connection, request(HELLO))[0], 0)
        self.assertEqual(self.ask(connection, request(VIEW_KILL))[0], 0)
        self.assertEqual(self.ask(connection, request(VIEW_CLOSE))[0], 0)
        self.assertEqual(self.ask(connection, request(VAULT_DETACH))[0], 0)
        self.assert_clean()

    def test_a_hostile_user(self):
        """Random requests with random descriptors, the same in every run: nothing stays of them, in the helper or on the host."""
        folder = self.folder / str(USER_ID) / "hostile"
        folder.mkdir()
        os.chown(folder, USER_ID, USER_ID)
        loops = sorted(pathlib.Path("/sys/block").glob("loop*/loop/backing_file"))
        self.ask(self.connect(), request(HELLO))
        done = subprocess.run([*become(USER_ID), "/usr/bin/python3", HOSTILE_USER, self.socket, folder, "1", HOSTILE_REQUESTS],
                              stderr=subprocess.PIPE, text=True, check=False, env=self.environment(USER_ID))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIsNone(self.helper.poll())
        self.assertEqual(self.ask(self.connect(), request(HELLO))[0], 0)
        self.run_in(USER_ID, "true")
        self.assert_clean()
        wait_until(lambda: sorted(pathlib.Path("/sys/block").glob("loop*/loop/backing_file")) == loops, "the loop devices are free")

    def test_one_user_leaves_room_for_others(self):
        os.seteuid(USER_ID)
        try:
            answers = [self.ask(self.connect(), request(HELLO))[0] for _ in range(OF_ONE)]
            refusal = self.connect().recv(4096)
        finally:
            os.seteuid(0)
        self.assertEqual(answers, [0] * OF_ONE)
        self.assertEqual(struct.unpack_from("=i", refusal, 8)[0], errno.EUSERS)
        self.assertEqual(self.ask(self.connect(), request(HELLO))[0], 0)
        self.assert_clean()

    def test_attach_without_a_server(self):
        connection = self.connect()
        error, fds = self.ask(connection, request(FUSE_MOUNT))
        self.assertEqual((error, len(fds)), (0, 2))
        self.assertGreater(self.ask(connection, request(FUSE_MOUNT))[0], 0)
        connection.close()
        self.assert_clean()

    def test_too_many_descriptors(self):
        connection = self.connect()
        with self.assertRaises((ConnectionError, AssertionError)):
            fds = [os.open("/dev/null", os.O_RDONLY) for _ in range(80)]
            for descriptor in fds:
                self.addCleanup(os.close, descriptor)
            self.assertIsNotNone(self.ask(connection, request(HELLO), fds)[0])
        self.assertEqual(self.ask(self.connect(), request(HELLO))[0], 0)

    def open_workspace(self):
        path = self.folder / "0" / "K"
        for part in ("home", "layers/root/upper", "layers/root/work"):
            (path / part).mkdir(parents=True, exist_ok=True)
        path.chmod(0o700)
        folder = os.open(path, os.O_RDONLY)
        self.addCleanup(os.close, folder)
        return folder

    def open_view(self):
        connection = self.connect()
        folder = self.open_workspace()
        error, fds = self.ask(connection, request(VIEW_OPEN), [folder, self.make_control()])
        self.assertEqual((error, len(fds)), (0, 1))
        return connection, fds[0]

    def assert_ends(self, pidfd):
        poll = select.poll()
        poll.register(pidfd, select.POLLIN)
        self.assertTrue(poll.poll(SECONDS * 1000), "pid 1 goes on")

    def test_client_leaves(self):
        connection, pidfd = self.open_view()
        connection.close()
        self.assert_ends(pidfd)
        self.assert_clean()

    def test_a_socket_that_nobody_can_answer(self):
        """Pid 1 does not wait for its client to make room."""
        ours, theirs = self.make_pair(socket.SOCK_SEQPACKET)
        theirs.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            while True:
                theirs.send(b"x" * 1000)
        connection, folder = self.connect(), self.open_workspace()
        self.assertGreater(self.ask(connection, request(VIEW_OPEN), [folder, theirs.fileno()])[0], 0)
        ours.close()
        self.assertGreater(self.ask(connection, request(VIEW_OPEN), [folder, theirs.fileno()])[0], 0)
        self.assertEqual(self.ask(connection, request(VIEW_OPEN), [folder, self.make_control()])[0], 0)
        connection.close()
        self.assert_clean()

    def test_second_view_is_refused(self):
        connection, _ = self.open_view()
        folder = os.open(self.folder / "0" / "K", os.O_RDONLY)
        self.addCleanup(os.close, folder)
        self.assertGreater(self.ask(connection, request(VIEW_OPEN), [folder, self.make_control()])[0], 0)

    def test_helper_is_killed(self):
        _, pidfd = self.open_view()
        self.helper.kill()
        self.helper.wait(SECONDS)
        self.helper.stderr.close()
        self.assert_ends(pidfd)
        type(self).helper = self.start_helper()
        self.assertEqual(self.ask(self.connect(), request(HELLO))[0], 0)
        self.assert_clean()

    def seed(self):
        """The process that waits to become the next view; None while there is none."""
        return next((seed for spare in children_of(self.helper.pid, "helper-spare") for seed in children_of(spare)), None)

    def test_what_is_kept_ready_is_killed(self):
        self.run_in(0, "true")
        wait_until(lambda: self.seed() is not None, "the seed of the next view")
        ended = os.pidfd_open(self.seed())
        self.addCleanup(os.close, ended)
        signal.pidfd_send_signal(ended, signal.SIGKILL)
        self.assert_ends(ended)
        self.run_in(0, "true")
        self.assert_clean()

    def test_what_is_kept_ready_ends_with_the_helper(self):
        wait_until(lambda: self.seed() is not None, "the seed of the next view")
        ended = os.pidfd_open(self.seed())
        self.addCleanup(os.close, ended)
        self.helper.kill()
        self.helper.wait(SECONDS)
        self.helper.stderr.close()
        self.assert_ends(ended)
        type(self).helper = self.start_helper()

    def test_client_is_killed(self):
        mark = f"{os.getpid()}86426"
        for options in ((), ("--reduced",)):
            with subprocess.Popen([RUN, "--workspace", self.folder / "0" / "S", *options, "--", "sh", "-c",
                                   f"echo up; exec sleep {mark}"], env=self.environment(0),
                                  stdout=subprocess.PIPE) as client:
                self.assertEqual(client.stdout.readline(), b"up\n")
                wait_until(lambda: processes_with(f"sleep\0{mark}\0".encode()), "the program")
                client.kill()
            wait_until(lambda: not processes_with(f"sleep\0{mark}\0".encode()), "the program's end")
            self.assert_clean()

    def test_crowd(self):
        clients = [subprocess.Popen([RUN, "--workspace", self.folder / "0" / f"C{n}", "--", "sh", "-c", "echo $$"],
                                    env=self.environment(0), stdout=subprocess.PIPE) for n in range(10)]
        for client in clients:
            with client:
                self.assertEqual(client.stdout.read(), b"2\n")
            self.assertEqual(client.returncode, 0)
        self.assert_clean()

    def test_leaves_no_mount_in_the_host(self):
        before = pathlib.Path("/proc/self/mountinfo").read_text(encoding="utf-8")
        connection, _ = self.open_view()
        self.assertEqual(pathlib.Path("/proc/self/mountinfo").read_text(encoding="utf-8"), before)
        connection.close()

    def test_command_line(self):
        for arguments, status in ((["--help"], 0), (["--version"], 0), (["--allow-uid", "root"], 2),
                                  (["--allow-uid", "-1"], 2), (["--nonsense"], 2), (["extra"], 2)):
            result = subprocess.run([HELPER, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False,
                                    timeout=SECONDS)
            self.assertEqual(result.returncode, status, arguments)
        again = subprocess.run([HELPER, "--socket", self.socket], stderr=subprocess.PIPE, text=True, check=False,
                               timeout=SECONDS)
        self.assertEqual(again.returncode, 1)
        self.assertIn("another domicile-helper", again.stderr)
        self.assertTrue(stat.S_ISSOCK(self.socket.stat().st_mode))


if __name__ == "__main__":
    unittest.main(verbosity=2)
