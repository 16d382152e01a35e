# SPDX-License-Identifier: GPL-2.0-or-later
"""Suspend and resume: real programs on a real desktop, through CRIU."""

import errno
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import unittest
import uuid

import criu
from stack import AgentTest, PASSPHRASE, RpcError, USER, USER_ID, share_mounts, wait_gone

HERE = os.path.dirname(os.path.abspath(__file__))
PROGRAM, PROBLEM = criu.find()
if PROBLEM is None and shutil.which("Xvnc") is None:
    PROBLEM = "this host has no Xvnc"
LIBRARY = "/usr/lib/x86_64-linux-gnu/libz.so.1"
# The window manager and the panel have started: while they connect to the X server, that connection is in the way. Without a panel
# all else is as it should be: it is not waited for for long.
STANDS = ("xprop -root _NET_SUPPORTING_WM_CHECK | grep -q 'window id' && "
          "{ ! pgrep -x tint2 > /dev/null || xdotool search --class tint2 > /dev/null || test $n -ge 200; }")
# Counts in a file; the terminal's loop and the two ends of a pipe.
LOOP = "while :; do n=$((n+1)); echo $n > ~/%s; sleep 0.05; done"
PIPE = "while :; do echo; sleep 0.05; done | while read line; do n=$((n+1)); echo $n > ~/pipe; done"
# A process that shares memory which it has sealed: CRIU saves it and cannot bring it back.
SEALED = """
import ctypes, fcntl, mmap, os, time
fd = os.memfd_create('sealed', os.MFD_ALLOW_SEALING)
os.ftruncate(fd, 4096)
fcntl.fcntl(fd, 1033, 8)
memory = mmap.mmap(fd, 4096, prot=mmap.PROT_READ)
print('ready', flush=True)
time.sleep(1000)
"""
# The same, but it is only told to while CRIU is already being started: nobody could have seen it before.
SEALED_LATE = SEALED.replace("memory =", """while not os.path.exists(os.path.expanduser('~/go')):
    time.sleep(0.02)
memory =""").replace("print('ready', flush=True)", "open(os.path.expanduser('~/mapped'), 'w')")
CRIU_TOO_LATE = """#!/bin/sh
if test "$1" = dump; then
  touch {home}/go
  n=0
  until test -e {home}/mapped || test $n -ge 1800; do n=$((n+1)); sleep 0.05; done
fi
exec {program} "$@"
"""
# Locks one file in both ways.
LOCKER = """
import fcntl, os, time
file = open(os.path.expanduser('~/locked'), 'w')
fcntl.lockf(file, fcntl.LOCK_EX)
whole = open(os.path.expanduser('~/locked-whole'), 'w')
fcntl.flock(whole, fcntl.LOCK_EX)
print('ready', flush=True)
time.sleep(1000)
"""
# Watches a file of the host's that it has open, and counts what it hears.
WATCHER = """
import ctypes, os, sys
libc = ctypes.CDLL(None)
watched = open(sys.argv[1], 'rb')
fd = libc.inotify_init()
assert libc.inotify_add_watch(fd, sys.argv[1].encode(), 0x4) >= 0  # IN_ATTRIB
open('/tmp/ready', 'w')
while os.read(fd, 4096):
    with open(os.path.expanduser('~/heard'), 'a') as out:
        out.write('x')
"""
# Ends with the error that a kernel without Landlock gives.
LANDLOCK = """
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
raise SystemExit(0 if libc.syscall(444, None, 0, 1) >= 0 else ctypes.get_errno())
"""
IS_LOCKED = """
import errno, fcntl, os
for name, lock in (('~/locked', fcntl.lockf), ('~/locked-whole', fcntl.flock)):
    try:
        lock(open(os.path.expanduser(name), 'w'), fcntl.LOCK_EX | fcntl.LOCK_NB)
        raise SystemExit(3)
    except BlockingIOError:
        pass
"""
# A CRIU that waits, when it is told to, in the moment in which all is half restored, with its own pid in a file.
SLOW_CRIU = """#!/bin/sh
case "$1" in
restore) test ! -e {folder}/hold || exec {program} "$@" --action-script {folder}/hook ;;
esac
exec {program} "$@"
"""
HOOK = """#!/bin/sh
test "$CRTOOLS_SCRIPT_ACTION" = post-restore || exit 0
echo $PPID > {folder}/new && mv {folder}/new {folder}/reached
while test -e {folder}/hold; do sleep 0.05; done
"""
# One on a kernel that lacks something.
CRIU_WITHOUT_KERNEL = """#!/bin/sh
if [ "$1" = --version ]; then echo "Version: 9.9.9"; exit 0; fi
echo "Error (criu/cr-check.c:1): Kernel doesn't support locks via proc" >&2
exit 1
"""


@unittest.skipIf(PROBLEM, PROBLEM)
class Suspend(AgentTest):
    helper, criu = True, PROGRAM

    def setUp(self):
        super().setUp()
        self.workspace = None

    # --- what runs inside ---

    def open_desktop(self, **params):
        self.workspace = self.open(self.create(**params), display="desktop")
        self.wait_inside(STANDS)
        return self.workspace

    def shell(self, script):
        return self.run_command(self.workspace, script)

    def status_of(self, pid):
        return self.client.wait_event("process", lambda data: data["change"] == "gone" and data["pid"] == pid).get("status")

    def wait_inside(self, script):
        """Until a script succeeds inside."""
        self.assertEqual(self.shell(f"n=0; until {{ {script}; }}; do n=$((n+1)); test $n -lt 1800 || exit 9; sleep 0.05; done"), 0,
                         script)

    def number(self, name):
        """What a counter inside has come to, as the exit status cannot carry it: by bisection. While it is written it is empty."""
        low, high = 0, 1 << 20
        while low < high:
            middle = (low + high + 1) // 2
            at_least = self.shell(f"until n=$(cat ~/{name}) && test -n \"$n\"; do :; done; test $n -ge {middle}") == 0
            low, high = (middle, high) if at_least else (low, middle - 1)
        return low

    def put_text(self, name, text):
        self.assertEqual(self.shell(f"cat > ~/{name} <<'END_OF_FILE'\n{text}END_OF_FILE\n"), 0)

    def put_file(self, name, source):
        with open(source, encoding="utf-8") as file:
            self.put_text(name, file.read())

    def suspend(self, **params):
        result = self.client.run_job("workspace.suspend", id=self.workspace["id"], **params)
        self.assertEqual((result["state"], result["host_clean"]), ("suspended", True))

    def cancel_suspension(self):
        """Begins to suspend and cancels it on the way; where this computer is too busy for us, it may have come to its end before."""
        for _ in range(10):
            job = self.client.call("workspace.suspend", id=self.workspace["id"])["job"]
            self.client.wait_event("job", lambda data, job=job: data["job"] == job and data["fraction"] >= 0.15)
            try:
                self.client.call("job.cancel", job=job)
                self.client.wait_job(job)
            except RpcError as error:
                if error.code == 10:
                    return
                self.assertEqual((error.code, error.data["state"]), (3, "done"))
            self.resume()
        self.fail("it always came to its end before it could be cancelled")

    def resume(self, **params):
        self.workspace = self.client.run_job("workspace.resume", user=USER, passphrase=PASSPHRASE,
                                             **(params or {"id": self.workspace["id"]}))
        self.assertEqual(self.workspace["state"], "open")

    def image(self):
        return os.path.join(self.folder(), "state", "suspend", "image.tar.zst")

    def assert_desktop_answers(self):
        with socket.socket(socket.AF_UNIX) as viewer:
            viewer.settimeout(60)
            viewer.connect(self.workspace["desktop"]["address"])
            self.assertEqual(viewer.recv(4), b"RFB ")

    def replace_criu(self, **programs):
        """Another CRIU from now on, in a folder with what it needs."""
        folder = tempfile.mkdtemp(prefix="domicile-criu-")
        self.addCleanup(shutil.rmtree, folder)
        os.chmod(folder, 0o755)
        for name, text in programs.items():
            with open(os.path.join(folder, name), "w", encoding="ascii") as file:
                file.write(text.format(folder=folder, program=PROGRAM, home=os.path.join(self.folder(), "home")))
            os.chmod(file.name, 0o755)
        self.assertEqual(self.stack.stop_helper(), 0)
        self.stack.criu = os.path.join(folder, "criu")
        self.stack.start_helper()
        return folder

    # --- the host around it ---

    def take_loop_device(self):
        """Binds the lowest free loop device, so that the vault gets another one."""
        with tempfile.NamedTemporaryFile(delete=False) as file:
            file.truncate(1 << 20)
        self.addCleanup(os.unlink, file.name)
        device = subprocess.run(["losetup", "--find", "--show", file.name], capture_output=True, text=True, check=True).stdout.strip()
        self.addCleanup(subprocess.run, ["losetup", "--detach", device], check=True)

    def host_library(self):
        """A library of the host's own, that can be changed."""
        path = f"/usr/local/lib/domicile-test-{uuid.uuid4()}.so"
        shutil.copy(LIBRARY, path)
        self.addCleanup(os.unlink, path)
        return path

    def host_mount(self):
        """A file system of the host's own in its tree, as a separate /usr or /opt is one."""
        place, image = f"/opt/domicile-test-{uuid.uuid4()}", self.stack.path("file-system")
        os.mkdir(place)
        self.addCleanup(os.rmdir, place)
        with open(image, "wb") as file:
            file.truncate(16 << 20)
        subprocess.run(["mkfs.ext4", "-q", image], check=True)
        self.addCleanup(lambda: os.path.ismount(place) and subprocess.run(["umount", "--lazy", place], check=True))
        self.mount_again(place)
        with open(os.path.join(place, "file"), "w", encoding="utf-8") as file:
            file.write("of the host")
        return place

    def mount_again(self, place):
        subprocess.run(["mount", "-o", "loop", self.stack.path("file-system"), place], check=True)


class Whole(Suspend):
    def start_programs(self, library):
        self.put_file("witness.py", os.path.join(HERE, "witness.py"))
        self.launch(self.workspace, "xterm", "-e", "sh", "-c", LOOP % "terminal")
        self.launch(self.workspace, "sh", "-c", PIPE)
        self.launch(self.workspace, "l3afpad", f"/home/{USER}/note.txt")
        self.launch(self.workspace, "/usr/bin/python3", f"/home/{USER}/witness.py", library)
        self.wait_inside("test -s ~/terminal && test -s ~/pipe")
        self.wait_inside("xdotool search --onlyvisible --name note.txt windowfocus")
        self.assertEqual(self.shell("xdotool type 'not saved yet'"), 0)
        self.wait_inside("gdbus call --session --dest org.example.Count --object-path /count --method org.example.Count.Next | "
                         "grep -q '(1,)'")

    def check_programs(self, pids, before):
        self.assertTrue({process["pid"] for process in self.processes(self.workspace)} >= pids)
        for name in ("terminal", "pipe"):
            self.assertGreaterEqual(self.number(name), before[name])
            self.wait_inside(f"test $(cat ~/{name}) -gt {before[name] + 20}")
        self.assertEqual(self.shell("test -e ~/note.txt"), 1, "the text was not saved before")
        self.wait_inside("xdotool search --onlyvisible --name note.txt windowfocus")
        self.assertEqual(self.shell("xdotool key --clearmodifiers ctrl+s"), 0)
        self.wait_inside("grep -q 'not saved yet' ~/note.txt")
        self.wait_inside("gdbus call --session --dest org.example.Count --object-path /count --method org.example.Count.Next | "
                         "grep -q '(2,)'")
        for place in ("~/watched", "/tmp/watched", "/etc", "/usr/share/doc/base-files"):
            name = self.unique("seen")
            self.assertEqual(self.shell(f"touch {place}/{name}"), 0)
            self.wait_inside(f"grep -q {name} ~/events")
        self.assert_desktop_answers()

    def test_everything_goes_on_elsewhere(self):
        """Another path, another loop device, another agent, and a library that the host has changed."""
        library = self.host_library()
        self.open_desktop(vault="luks", size_bytes=1 << 30)
        self.start_programs(library)
        pids = {process["pid"] for process in self.processes(self.workspace) if process["argv"][0] in ("xterm", "l3afpad")}
        before = {name: self.number(name) for name in ("terminal", "pipe")}
        self.suspend(anywhere=True)
        self.assertEqual(self.stack.stop_agent(), 0)
        self.client.close()
        moved = self.stack.path("elsewhere")
        os.mkdir(moved, 0o700)
        os.rename(self.folder(), os.path.join(moved, "work.domicile"))
        self.take_loop_device()
        with open(library, "ab") as file:
            file.write(b"changed")
        self.stack.start()
        self.client = self.stack.connect()
        self.resume(path=os.path.join(moved, "work.domicile"))
        self.check_programs(pids, before)
        self.suspend()
        self.refuse_without_criu()
        self.resume()
        self.assertNotIn("recovered", self.workspace, "what could not be resumed was closed as it should be")
        self.assert_desktop_answers()
        self.close(self.workspace)

    def refuse_without_criu(self):
        """A host that cannot do it says so, and what waits goes on waiting."""
        for program in ("/nonexistent/criu", "/bin/false", PROGRAM):
            self.assertEqual(self.stack.stop_helper(), 0)
            self.stack.criu = program
            self.stack.start_helper()
            if program != PROGRAM:
                error = self.assert_rpc_error(8, "workspace.resume", id=self.workspace["id"], user=USER, passphrase=PASSPHRASE)
                self.assertEqual(error.data["needs"], "criu")
                self.assertIn("CRIU", error.data["hint"])
                self.assertEqual(self.state(self.workspace), "suspended")


class Parts(Suspend):
    """What goes wrong, in a workspace of an ordinary user."""
    uid = USER_ID

    def launch_and_wait(self, script):
        """Starts a Python program and waits until it has said that it is ready."""
        pid = self.launch(self.workspace, "/usr/bin/python3", "-c", script.replace("print('ready', flush=True)",
                                                                                   "open('/tmp/ready', 'w')"))
        self.wait_inside("test -e /tmp/ready")
        return pid

    def test_an_obstacle_is_named_and_the_rest_goes_on(self):
        self.open_desktop()
        self.launch(self.workspace, "sh", "-c", LOOP % "loop")
        pid = self.launch_and_wait(SEALED)
        findings = self.client.call("workspace.check", id=self.workspace["id"])["findings"]
        self.assertEqual([one["ok"] for one in findings if one["check"] == "suspend"], [True])
        check = self.client.call("workspace.suspend_check", id=self.workspace["id"])
        self.assertFalse(check["ready"])
        self.assertEqual([(one["pid"], one["reason"], one["blocks"]) for one in check["obstacles"]], [(pid, "sealed-memory", True)])
        error = self.assert_rpc_error(3, "workspace.suspend", id=self.workspace["id"])
        self.assertEqual([one["pid"] for one in error.data["obstacles"]], [pid])
        self.assertEqual(self.state(self.workspace), "open")
        self.wait_inside(f"test $(cat ~/loop) -gt {self.number('loop')}")
        self.assert_desktop_answers()
        self.client.call("app.stop", workspace=self.workspace["id"], pid=pid)
        self.client.wait_event("process", lambda data: data["change"] == "gone" and data["pid"] == pid)
        self.assertTrue(self.client.call("workspace.suspend_check", id=self.workspace["id"])["ready"])
        self.suspend()
        self.resume()
        self.close(self.workspace)

    def test_a_program_makes_no_domain_of_its_own(self):
        """It would be gone after a resume, without a word."""
        self.open_desktop()
        self.assertEqual(self.status_of(self.launch(self.workspace, "/usr/bin/python3", "-c", LANDLOCK)), errno.EOPNOTSUPP)
        self.close(self.workspace)

    def open_on_host_mount(self):
        """With a file of it watched, and a loop that has one open; returns its place, and what holds for as long as they go on."""
        place = self.host_mount()
        self.open_desktop()
        self.watch(f"{place}/file")
        self.launch(self.workspace, "sh", "-c", f"exec 5<{place}/file; " + LOOP % "loop")
        self.assertEqual(self.shell(f"grep -q 'of the host' {place}/file && echo own > {place}/own"), 0)
        self.wait_inside("test -s ~/loop")
        return place, f"test $(cat ~/loop) -gt {self.number('loop')} && test -s {place}/own && grep -q 'of the host' {place}/file"

    def watch(self, path):
        self.put_text("watcher.py", WATCHER)
        self.launch(self.workspace, "/usr/bin/python3", f"/home/{USER}/watcher.py", path)
        self.wait_inside("test -e /tmp/ready")

    def assert_still_watched(self, path):
        self.assertEqual(self.shell(f"test ! -e ~/heard && touch {path}"), 0)
        self.wait_inside("test -s ~/heard")

    def test_a_file_system_that_the_host_has_mounted(self):
        """Where it is missing that is said before anything starts; what was carried along does without it."""
        place, goes_on = self.open_on_host_mount()
        self.suspend()
        subprocess.run(["umount", place], check=True)
        error = self.assert_rpc_error(8, "workspace.resume", id=self.workspace["id"], user=USER, passphrase=PASSPHRASE)
        self.assertEqual(error.data["needs"], "same-files")
        self.assertIn(f"{place}/file (missing)", error.message)
        self.assertEqual(self.state(self.workspace), "suspended")
        self.mount_again(place)
        self.refused_while_grown(f"{place}/file")
        self.resume()
        self.wait_inside(goes_on)
        self.suspend(anywhere=True)
        subprocess.run(["umount", place], check=True)
        self.resume()
        self.wait_inside(goes_on)
        self.assert_still_watched(f"{place}/file")
        self.close(self.workspace)

    def refused_while_grown(self, path):
        """It is said which file it is, how it differs and what would have helped; as it was, it fits again."""
        size = os.path.getsize(path)
        with open(path, "a", encoding="ascii") as file:
            file.write("more\n")
        error = self.assert_rpc_error(8, "workspace.resume", id=self.workspace["id"], user=USER, passphrase=PASSPHRASE)
        self.assertIn(f"{path} (grown from {size} to {size + 5} bytes)", error.message)
        self.assertIn("anywhere", error.data["hint"])
        os.truncate(path, size)

    def test_a_file_system_that_the_host_has_no_more(self):
        """What nobody could bring back otherwise goes along without being asked for."""
        place, goes_on = self.open_on_host_mount()
        subprocess.run(["umount", place], check=True)
        for _ in range(2):  # what was resumed is suspended like what was opened
            self.suspend()
            self.resume()
            self.wait_inside(goes_on)
        self.assert_still_watched(f"{place}/file")
        self.close(self.workspace)

    def test_a_library_that_the_host_has_changed(self):
        """It is named before anything starts, and what waits goes on waiting."""
        library = self.host_library()
        self.open_desktop()
        self.launch(self.workspace, "sh", "-c", f"exec 5<{library}; " + LOOP % "loop")
        self.wait_inside("test -s ~/loop")
        self.suspend()
        with open(library, "ab") as file:
            file.write(b"changed")
        error = self.assert_rpc_error(8, "workspace.resume", id=self.workspace["id"], user=USER, passphrase=PASSPHRASE)
        self.assertIn(library, error.message)
        os.truncate(library, os.path.getsize(library) - len(b"changed"))
        self.resume()
        self.wait_inside(f"test $(cat ~/loop) -gt {self.number('loop')}")
        self.close(self.workspace)

    def watch_carried_file(self, **params):
        library = self.host_library()
        self.open_desktop(**params)
        self.watch(library)
        self.suspend(anywhere=True)
        with open(library, "ab") as file:
            file.write(b"changed")
        for _ in range(2):  # what was resumed is suspended like what was opened
            self.resume()
            self.suspend()
        self.resume()
        self.assert_still_watched(library)
        self.close(self.workspace)

    def test_a_watched_file_that_is_carried(self):
        self.watch_carried_file()

    def test_a_watched_file_that_is_carried_in_a_vault(self):
        self.watch_carried_file(vault="luks", size_bytes=1 << 30)

    def is_locked(self):
        pid = self.launch(self.workspace, "/usr/bin/python3", "-c", IS_LOCKED)
        return self.status_of(pid) == 0

    def test_locks_of_files_are_held_after(self):
        """The trial must not wait for locks that the original holds, and what comes back must hold them."""
        self.open_desktop()
        pid = self.launch_and_wait(LOCKER)
        self.assertTrue(self.is_locked())
        self.suspend()
        self.resume()
        self.assertTrue(self.is_locked())
        self.client.call("app.stop", workspace=self.workspace["id"], pid=pid)
        self.status_of(pid)
        self.assertFalse(self.is_locked())
        self.close(self.workspace)

    def test_a_viewer_is_let_go(self):
        self.open_desktop()
        with socket.socket(socket.AF_UNIX) as viewer:
            viewer.settimeout(60)
            viewer.connect(self.workspace["desktop"]["address"])
            self.assertEqual(viewer.recv(12)[:4], b"RFB ")
            self.suspend()
            while viewer.recv(4096):
                pass
        self.resume()
        self.assert_desktop_answers()
        self.close(self.workspace)

    def test_cancelled_it_goes_on(self):
        self.open_desktop()
        self.launch(self.workspace, "sh", "-c", LOOP % "loop")
        self.wait_inside("test -s ~/loop")
        self.cancel_suspension()
        self.wait_inside(f"test $(cat ~/loop) -gt {self.number('loop')}")
        self.close(self.workspace)

    @staticmethod
    def parent(pid):
        with open(f"/proc/{pid}/status", encoding="utf-8") as file:
            return next(int(line.split()[1]) for line in file if line.startswith("PPid:"))

    def session(self):
        """The helper's process that holds the workspace: the parent of pid 1, which is the parent of what was started."""
        started = next(process["host_pid"] for process in self.processes(self.workspace) if process["ppid"] == 1)
        return self.parent(self.parent(started))

    def until_closed(self):
        self.until(lambda: self.state(self.workspace) == "closed", "the workspace is closed when its programs have ended")

    def test_cut_off_in_the_middle(self):
        """The agent is killed while the programs are brought back, and the helper while they are saved."""
        self.open_desktop()
        self.assertEqual(self.shell("echo precious > ~/file"), 0)
        self.launch(self.workspace, "sh", "-c", LOOP % "loop")
        self.wait_inside("test -s ~/loop")
        self.suspend()
        self.client.call("workspace.resume", id=self.workspace["id"], user=USER, passphrase=PASSPHRASE)
        self.stack.kill_agent()
        self.stack.start()
        self.reconnect()
        if os.path.exists(self.image()) and os.stat(self.image()).st_mode & 0o200:  # nothing has run from it yet
            self.resume()
            self.wait_inside(f"test $(cat ~/loop) -gt {self.number('loop')}")
        else:
            self.workspace = self.open(self.workspace, display="desktop", force=True)
        session = self.session()
        job = self.client.call("workspace.suspend", id=self.workspace["id"])["job"]
        self.client.wait_event("job", lambda data: data["job"] == job and data["fraction"] >= 0.15)
        os.kill(session, signal.SIGKILL)
        try:
            self.client.wait_job(job)
            self.resume()  # its image was whole before the helper ended
        except RpcError:
            self.until_closed()
            self.workspace = self.open(self.workspace, display="desktop")
        self.assertEqual(self.shell("grep -q precious ~/file"), 0)
        self.close(self.workspace)

    def slow_criu(self):
        """From now on CRIU can be held back."""
        return self.replace_criu(criu=SLOW_CRIU, hook=HOOK)

    def test_an_obstacle_that_comes_too_late(self):
        """Only the trial finds that it does not come back, and CRIU does not say whose it is."""
        self.replace_criu(criu=CRIU_TOO_LATE)
        self.open_desktop()
        self.launch(self.workspace, "sh", "-c", LOOP % "loop")
        pid = self.launch(self.workspace, "/usr/bin/python3", "-c", SEALED_LATE)
        self.wait_inside("test -s ~/loop")
        error = self.assert_rpc_error(3, "workspace.suspend", id=self.workspace["id"])
        self.assertEqual([(one["pid"], one["reason"]) for one in error.data["obstacles"]], [(pid, "sealed-memory")])
        self.assertIn("Cannot apply seals on memfd", self.stack.logs(), "it was the trial that found it")
        self.assertEqual(self.state(self.workspace), "open")
        self.wait_inside(f"test $(cat ~/loop) -gt {self.number('loop')}")
        self.assert_desktop_answers()
        self.shell(f"kill {pid}")
        self.suspend()
        self.resume()
        self.close(self.workspace)

    def kill_in_restore(self, folder, who, method, **params):
        """Kills CRIU, its session or the helper where all is half restored; returns the error, when nothing of it is left."""
        hold, reached = os.path.join(folder, "hold"), os.path.join(folder, "reached")
        with open(hold, "w", encoding="ascii"):
            job = self.client.call(method, id=self.workspace["id"], **params)["job"]
        self.until(lambda: os.path.exists(reached), "CRIU comes to the moment in which it waits", 120)
        with open(reached, encoding="ascii") as file:
            program = int(file.read())
        os.unlink(reached)
        session = self.parent(program)
        with open(f"/proc/{session}/task/{session}/children", encoding="ascii") as file:
            youngest = max(map(int, file.read().split()), key=self.started)
        self.assertNotEqual(youngest, program)
        restored = os.pidfd_open(youngest)
        self.addCleanup(os.close, restored)
        os.kill({"criu": program, "session": session, "helper": self.parent(session)}[who], signal.SIGKILL)
        with self.assertRaises(RpcError) as caught:
            self.client.wait_job(job)
        self.assertEqual(wait_gone([restored]), [])
        os.unlink(hold)
        return caught.exception

    @staticmethod
    def started(pid):
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            return int(file.read().rsplit(")", 1)[1].split()[19]), pid

    def test_killed_where_all_is_half_restored(self):
        """Nobody is left asleep, the original or the image is as good as before, and the user hears what happened."""
        folder = self.slow_criu()
        self.open_desktop()
        self.launch(self.workspace, "sh", "-c", LOOP % "loop")
        self.wait_inside("test -s ~/loop")
        error = self.kill_in_restore(folder, "criu", "workspace.suspend")
        self.assertEqual(error.code, 9)
        self.assertIn("CRIU was ended from outside (Killed) while it tried", error.message)
        self.assertNotIn("obstacles", error.data)
        self.assertEqual(self.state(self.workspace), "open")
        self.wait_inside(f"test $(cat ~/loop) -gt {self.number('loop')}")
        self.assert_desktop_answers()
        self.suspend()
        for who, said in (("criu", "CRIU was ended from outside"), ("session", "helper"), ("helper", "helper")):
            error = self.kill_in_restore(folder, who, "workspace.resume", user=USER, passphrase=PASSPHRASE)
            self.assertIn(said, error.message)
            self.assertEqual(self.state(self.workspace), "suspended")
        self.stack.helper.wait()
        self.stack.start_helper()
        self.resume()
        self.wait_inside(f"test $(cat ~/loop) -gt {self.number('loop')}")
        self.close(self.workspace)

    def test_a_full_medium(self):
        """What runs goes on, nothing of the image is left, and with room again it works."""
        self.open_desktop(vault="luks", size_bytes=64 << 20)
        self.launch(self.workspace, "sh", "-c", (LOOP % "loop").replace("~/", "/tmp/"))
        self.wait_inside("test -s /tmp/loop")
        self.assertNotEqual(self.shell("cat /dev/zero > ~/full 2> /dev/null"), 0)
        error = self.assert_rpc_error(6, "workspace.suspend", id=self.workspace["id"])
        self.assertEqual(error.data["resource"], "disk")
        self.assertEqual(self.state(self.workspace), "open")
        self.wait_inside("before=$(cat /tmp/loop); sleep 0.2; test $(cat /tmp/loop) -gt $before")
        self.assert_desktop_answers()
        self.assertEqual(self.shell("rm ~/full"), 0)
        self.suspend()
        self.resume()
        self.wait_inside("test -s /tmp/loop")
        self.close(self.workspace)

    def test_a_cold_open_asks_and_an_image_serves_once(self):
        self.open_desktop()
        self.suspend()
        login = dict(id=self.workspace["id"], user=USER, passphrase=PASSPHRASE)
        self.refuse_a_false_display(login)
        error = self.assert_rpc_error(3, "workspace.open", display="none", **login)
        self.assertEqual(error.data["state"], "suspended")
        self.assert_rpc_error(5, "workspace.resume", **{**login, "passphrase": "wrong"})
        self.assertEqual(self.state(self.workspace), "suspended")
        self.workspace = self.client.run_job("workspace.open", display="none", force=True, **login)
        self.assertNotIn("suspended_us", self.workspace)
        self.assert_rpc_error(8, "workspace.suspend", id=self.workspace["id"])
        self.close(self.workspace)
        self.assertEqual(self.assert_rpc_error(3, "workspace.resume", **login).data["state"], "closed")

    def refuse_a_false_display(self, login):
        """Nobody else may listen where programs of a resumed workspace look for its display."""
        self.assertEqual(self.stack.stop_agent(), 0)
        with socket.socket(socket.AF_UNIX) as display:
            try:
                display.bind("\0/tmp/.X11-unix/X4747")
                display.listen()
                listens = True
            except OSError:  # an agent of this computer has a desktop open
                listens = False
            self.stack.start()
            self.reconnect()
            if listens:
                self.assert_rpc_error(4, "workspace.resume", **login)
                self.assertEqual(self.state(self.workspace), "suspended")


class Without(AgentTest):
    """A host without CRIU says what is missing."""
    helper, criu = True, "/nonexistent/criu"

    def test_it_is_named(self):
        if os.geteuid() != 0:
            self.skipTest("needs root to start the helper")
        if shutil.which("Xvnc") is None:
            self.skipTest("this host has no Xvnc")
        workspace = self.open(self.create(), display="desktop")
        self.assertNotIn("suspend", self.client.call("server.info")["capabilities"])
        self.check_finding(workspace)
        for method in ("workspace.suspend", "workspace.suspend_check"):
            error = self.assert_rpc_error(8, method, id=workspace["id"])
            self.assertEqual(error.data["needs"], "criu")
            self.assertIn("CRIU", error.data["hint"])
        self.assertEqual(self.run_command(workspace, "true"), 0)
        self.close(workspace)

    def finding(self, workspace):
        check = self.client.call("workspace.check", id=workspace["id"])
        self.assertTrue(check["ready"])
        return [one for one in check["findings"] if one["check"] == "suspend"]

    def check_finding(self, workspace):
        """The pre-check says it where somebody wants it."""
        [found] = self.finding(workspace)
        self.assertEqual((found["ok"], found["required"]), (False, False))
        self.assertIn("no CRIU at /nonexistent/criu", found["text"])
        self.assertIn("Install CRIU", found["hint"])
        self.client.call("workspace.set", id=workspace["id"], settings={"suspend": False})
        self.assertEqual(self.finding(workspace), [])
        self.client.call("workspace.set", id=workspace["id"], settings={"suspend": True})

    def test_what_the_kernel_lacks_is_said_in_the_words_of_criu(self):
        program = self.stack.path("criu")
        with open(program, "w", encoding="ascii") as file:
            file.write(CRIU_WITHOUT_KERNEL)
        os.chmod(program, 0o755)
        self.assertEqual(self.stack.stop_helper(), 0)
        self.stack.criu = program
        self.stack.start_helper()
        [found] = self.finding(self.create())
        self.assertIn("Kernel doesn't support locks via proc", found["text"])
        self.assertFalse(found["ok"])


if __name__ == "__main__":
    share_mounts()
    unittest.main(verbosity=2)
