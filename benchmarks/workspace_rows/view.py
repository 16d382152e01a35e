# SPDX-License-Identifier: GPL-2.0-or-later
"""Building a workspace's view for /bin/true, and the next program in an open one, beside other sandboxes."""

import json
import os
import pathlib
import subprocess
import sys

from .common import Missing, folder, figure, medians, need, started, take_turns, undisturbed

VIEW_MS, VIEW_RATIO, NEXT_MS = 3.0, 0.7, 1.0
BWRAP_MS = 4.35  # what bwrap takes on the computer that the targets were set on
BWRAP = ["bwrap", "--ro-bind", "/", "/", "--proc", "/proc", "--dev", "/dev", "--unshare-all", "/bin/true"]
HERE = pathlib.Path(__file__).resolve().parent


def slow_peers(place):
    """Name and median of the sandboxes that take tens of milliseconds."""
    said = subprocess.run(["unshare", "-m", "--propagation", "private", sys.executable, str(HERE / "slow_peers.py"), str(place)],
                          stdout=subprocess.PIPE, check=True)
    return json.loads(said.stdout)


def measure(context):
    need("bwrap")
    if os.geteuid() != 0:
        raise Missing("needs root, to start domicile-helper")
    with folder() as place:
        socket = str(place / "helper.sock")
        environment = {"PATH": os.environ["PATH"], "DOMICILE_HELPER_SOCKET": socket}

        def view(name, *options):
            return [context.run, "--workspace", str(place / name), *options, "--", "/bin/true"]

        # What ends behind a command that does not wait falls into the next one's turn: that is not the peer's.
        commands = {"bwrap": BWRAP, "next": [context.run, "--join", str(place / "door"), "/bin/true"],
                    "build": view("built", "--no-wait"), "behind": view("behind", "--no-wait"), "whole": view("whole"), "reduced": view("reduced", "--reduced"),
                    "exec": ["/bin/true"]}
        with undisturbed(), \
             started([context.helper, "--socket", socket], "listening", stderr=subprocess.PIPE), \
             started([context.run, "--workspace", str(place / "open"), "--listen", str(place / "door")], "ready",
                     env=environment, stdout=subprocess.PIPE):
            context.say(f"{3 * context.runs} turns of {len(commands)} commands")
            times = take_turns(commands, 3 * context.runs, environment=environment)
            context.say("peers that take longer")
            others = slow_peers(place)
    calm, every = medians(times, calm="exec"), medians(times)
    peers = [(" ".join(BWRAP[:-1]), calm["bwrap"]), *others.items()]
    ratio = calm["build"] / calm["bwrap"]
    yield figure("build a workspace's view and run /bin/true in it", calm["build"], "ms", VIEW_MS, peers,
                 "the target was set on a computer where bwrap takes 4.35 ms; this one is slower: see bwrap above and the next two lines")
    yield figure("the same, as on a computer where bwrap --unshare-all takes 4.35 ms", ratio * BWRAP_MS, "ms", VIEW_MS)
    yield figure("the same as a part of what bwrap --unshare-all takes", ratio, "of it", VIEW_RATIO, (),
                 "most of what is left is starting two programs and the kernel's making of an overlay")
    yield figure("build a view and run /bin/true, over all turns, the disturbed ones too", every["build"], "ms", None,
                 [("bwrap --unshare-all", every["bwrap"])])
    yield figure("next program in an open workspace, above plain fork and exec", calm["next"] - calm["exec"], "ms", NEXT_MS,
                 [("plain fork and exec of /bin/true", calm["exec"]), ("the whole of it in the workspace", calm["next"])],
                 "two programs are started where plain fork and exec starts one, and two processes wake each other three times")
    # The helper makes namespaces ready for the next view, after it has answered for one.
    yield figure("a view right behind another, while what the helper keeps ready is being made", calm["behind"], "ms", None,
                 [("bwrap --unshare-all", calm["bwrap"])])
    # It syncs the medium, which the peer, with nothing to keep, does not.
    yield figure("a view, waiting until it is written back and closed", calm["whole"], "ms")
    yield figure("a view without privilege", calm["reduced"], "ms", None, [("bwrap --unshare-all", calm["bwrap"])])
