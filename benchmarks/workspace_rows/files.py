# SPDX-License-Identifier: GPL-2.0-or-later
"""Work on many files: in the workspace as it lies in a folder, in an encrypted one, and natively beside both. All on one ext4 of its
own in memory: what a disk does meanwhile for others is no part of it. The kernel's overlay is measured by itself, too: where the
workspace covers the host, there is one."""

import contextlib
import os
import pathlib
import random
import shutil
import subprocess
import tempfile

from .common import SCRATCH, Agent, Missing, figure, folder, need, undisturbed

FILES, FOLDERS, SOURCES, FUNCTIONS = 20000, 400, 10, 60
ROUNDS, REPEATED = 3, {"untar": 2, "git status": 7, "find": 7, "compile": 4}
# The home of a workspace is a folder of it; everywhere else its layer covers the host's.
HOME, COVERED = "/home/demo/bench", "/srv/bench"
MEMORY, SIZE = "/dev/shm", 4 << 30
NATIVE, WARM, UNTAR = 1.15, 1.2, 2.5
# Each is one number of milliseconds in ~/taken; @ stands for the folder with the tree.
TIMED = "a=$(date +%s%N); {{ {script}; }} > /dev/null || exit 1; b=$(date +%s%N); echo $(((b - a) / 1000)) > @/taken"
SCRIPTS = {
    "untar": "rm -rf @/tree && mkdir @/tree && " + TIMED.format(script="tar -xf @/tree.tar -C @/tree && sync -f @/tree"),
    "git status": "cd @/tree && git status -s > /dev/null && " + TIMED.format(script="git status -s"),
    "find": "find @/tree -size +1k > /dev/null; " + TIMED.format(script="find @/tree -size +1k"),
    "compile": "cd @/tree && " + TIMED.format(script="for f in src/*.c; do gcc -O1 -c $f -o $f.o || exit 1; done"),
}


def make_archive(archive, place):
    """A tree of text, with a git repository and some C, that is the same every time: made once."""
    rng, tree = random.Random(1), place / "tree"
    words = [rng.randbytes(4).hex() for _ in range(4096)]
    for number in range(FILES):
        path = tree / f"d{number % FOLDERS}" / f"file{number}.txt"
        if number < FOLDERS:
            path.parent.mkdir(parents=True)
        path.write_text(" ".join(rng.choices(words, k=int(rng.expovariate(1 / 500)) + 10)), encoding="ascii")
    (tree / "src").mkdir()
    for number in range(SOURCES):
        lines = [f"int f{number}_{line} (int a) {{ return a * {line} + f{number}_{line - 1} (a / 2); }}" for line in range(1, FUNCTIONS)]
        (tree / "src" / f"s{number}.c").write_text(f"int f{number}_0 (int a) {{ return a; }}\n" + "\n".join(lines), encoding="ascii")
    git = ["git", "-C", str(tree), "-c", "user.name=bench", "-c", "user.email=bench@localhost", "-c", "gc.auto=0"]
    for command in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "tree"], ["repack", "-adq"], ["prune-packed", "-q"]):
        subprocess.run([*git, *command], check=True, stderr=subprocess.DEVNULL)
    subprocess.run(["tar", "-cf", place / "tree.tar", "-C", tree, "."], check=True)
    shutil.rmtree(tree)
    shutil.move(place / "tree.tar", archive)


class Native:
    def __init__(self, place):
        self.place = place

    def run(self, script):
        subprocess.run(["/bin/sh", "-c", script.replace("@", str(self.place))], check=True, stdout=subprocess.DEVNULL)
        return int((self.place / "taken").read_text(encoding="ascii")) / 1000


class Overlay(Native):
    """An overlay over the host's root, and nothing else: what programs see there as their root."""

    def __init__(self, place, archive):
        self.root = place / "overlay"
        for name in ("upper", "work", "overlay"):
            (place / name).mkdir()
        self.mount("-t", "overlay", "overlay", "-o", f"lowerdir=/,upperdir={place}/upper,workdir={place}/work", self.root)
        self.mount("--bind", "/dev", self.root / "dev")
        super().__init__(self.root / COVERED.lstrip("/"))
        self.place.mkdir()
        shutil.copy(archive, self.place / "tree.tar")

    @staticmethod
    def mount(*arguments):
        subprocess.run(["mount", *arguments], check=True)

    def run(self, script):
        subprocess.run(["chroot", self.root, "/bin/sh", "-c", script.replace("@", COVERED)], check=True, stdout=subprocess.DEVNULL)
        return int((self.place / "taken").read_text(encoding="ascii")) / 1000

    def end(self):
        subprocess.run(["umount", "-R", "-l", self.root], check=True)


class Inside:
    """How long something took is read through a process that stays."""

    def __init__(self, agent, workspace, where, archive):
        self.agent, self.workspace, self.where = agent, workspace, where
        agent.shell(workspace, f"git config --global safe.directory '*' && mkdir {where} && cp {archive} {where}/tree.tar")
        guide = agent.launch(workspace, "sleep", "infinity")
        pid = next(process["host_pid"] for process in agent.client.call("process.list", workspace=workspace["id"])["processes"]
                   if process["pid"] == guide)
        self.place = pathlib.Path(f"/proc/{pid}/root{where}")

    def run(self, script):
        self.agent.shell(self.workspace, script.replace("@", self.where))
        return int((self.place / "taken").read_text(encoding="ascii")) / 1000


def measure_all(context, places):
    times = {name: {work: [] for work in SCRIPTS} for name in places}
    for turn in range(ROUNDS):
        for work, script in SCRIPTS.items():
            for name, place in places.items():
                times[name][work] += [place.run(script) for _ in range(REPEATED.get(work, 1))]
                context.say(f"round {turn + 1} of {ROUNDS}: {work}, {name}: {times[name][work][-1]:.0f} ms")
    # The best of each: what disturbs only ever adds.
    return {name: {work: min(values) for work, values in row.items()} for name, row in times.items()}


def figures_of(medians):
    names = {"untar": f"untar {FILES} files and sync", "git status": "git status, warm", "find": "find by size, warm",
             "compile": f"compile {SOURCES} C files"}
    for work, name in names.items():
        native = medians["native"][work]
        yield figure(f"{name}: folder, against native", medians["folder"][work] / native, "times", NATIVE if work != "find" else None,
                     [("native", native, "ms"), ("in the workspace", medians["folder"][work], "ms")],
                     "the files are the folder's own: what is more is the start of the programs, and the machine's noise")
        overlay = medians["overlay"][work]
        yield figure(f"{name}: where the workspace covers the host, against native", medians["covered"][work] / native, "times",
                     NATIVE if work != "find" else None,
                     [("an overlay of the kernel's and nothing else", overlay, "ms"), ("in the workspace", medians["covered"][work], "ms")],
                     f"the kernel's overlay by itself, with whatever options, takes {overlay / native:.2f} times as long; what the "
                     "workspace adds is the next line")
        yield figure(f"{name}: the same, against an overlay and nothing else", medians["covered"][work] / overlay, "times", NATIVE, [],
                     "what the workspace adds to it: names of ids, a filter of system calls, a control group")
        target = {"untar": UNTAR, "git status": WARM}.get(work)
        yield figure(f"{name}: encrypted, against native", medians["encrypted"][work] / native, "times", target,
                     [("in the workspace", medians["encrypted"][work], "ms")],
                     "one thread of QEMU encrypts, and every block passes it through FUSE: dm-crypt in the kernel, where the host has "
                     "it, takes both away")


@contextlib.contextmanager
def file_system():
    """An ext4 in memory, where everything is then made."""
    if not os.path.isdir(MEMORY) or os.statvfs(MEMORY).f_bavail * os.statvfs(MEMORY).f_frsize < 2 * SIZE:
        raise Missing(f"needs {SIZE >> 19} MiB in {MEMORY}")
    with folder() as place, tempfile.NamedTemporaryFile(dir=MEMORY, prefix="domicile-bench-") as image:
        image.truncate(SIZE)
        subprocess.run(["mke2fs", "-q", "-F", "-t", "ext4", "-E", "lazy_itable_init=0", image.name], check=True)
        subprocess.run(["mount", "-o", "loop", image.name, place], check=True)
        place.chmod(0o755)  # so that it is seen inside
        tempfile.tempdir = str(place)
        try:
            yield place
        finally:
            tempfile.tempdir = SCRATCH
            subprocess.run(["umount", "-l", place], check=True)


def measure(context):
    need("git", "gcc", "tar", "mke2fs")
    with undisturbed(), file_system() as place, Agent() as agent, contextlib.ExitStack() as ending:
        archive = context.build / "bench-tree.tar"
        if not archive.exists():
            context.say(f"making a tree of {FILES} files")
            make_archive(archive, place)
        shutil.copy(archive, place / "tree.tar")
        plain, encrypted = agent.create("plain"), agent.create("encrypted", "luks", 2 << 30)
        plain, encrypted = agent.open(plain)[0], agent.open(encrypted)[0]
        inside = {name: Inside(agent, workspace, where, place / "tree.tar")
                  for name, workspace, where in (("folder", plain, HOME), ("covered", plain, COVERED), ("encrypted", encrypted, HOME))}
        overlay = Overlay(place, place / "tree.tar")
        ending.callback(overlay.end)
        medians = measure_all(context, {"native": Native(place), "overlay": overlay, **inside})
        for workspace in (plain, encrypted):
            agent.close(workspace)
    yield from figures_of(medians)
