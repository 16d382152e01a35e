# SPDX-License-Identifier: GPL-2.0-or-later
"""An app that lies on a server, from installing it to its first window: streamed, and downloaded first."""

import io
import os
import shutil
import statistics
import subprocess
import sys
import tarfile

from .common import SECONDS, Agent, figure, need, x_server
from .window import first_window

APP = "l3afpad"
NAME = f"carried-{APP}"  # an archive's menu entry is called as the file is, and the host has one of the program's name
RUNS = 3
# What apps bring and hardly look at: all icons, all fonts.
SHARED = ("/usr/share/icons/Adwaita", "/usr/share/fonts")
RATE, DELAY_S = 50_000_000 // 8, 0.01  # a household's line: 50 Mbit/s, and 10 ms for each question
DESKTOP = f"[Desktop Entry]\nType=Application\nName=Editor\nExec={APP}\nIcon=accessories-text-editor\nCategories=Utility;\n"
START = f"#!/bin/sh\nLD_LIBRARY_PATH=${{APPDIR:-/opt/{APP}}}/lib exec ${{APPDIR:-/opt/{APP}}}/lib/{APP} \"$@\"\n"


def libraries(program):
    """What the program loads, but for the C library, which belongs to the system."""
    said = subprocess.run(["ldd", program], capture_output=True, text=True, check=True).stdout
    paths = [line.split("=> ")[1].split(" (")[0] for line in said.splitlines() if "=> /" in line]
    return [path for path in paths if not os.path.basename(path).startswith(("libc.", "libm.", "ld-", "libpthread.", "libdl."))]


def archive(path):
    """The app with all its libraries, and what it shares with others."""
    program = shutil.which(APP)
    files = [(f"{APP}.desktop", DESKTOP.encode(), 0o644), (f"bin/{APP}", START.encode(), 0o755)]
    with tarfile.open(path, "w") as tar:
        for name, data, mode in files:
            info = tarfile.TarInfo(f"{APP}-1/{name}")
            info.size, info.mode = len(data), mode
            tar.addfile(info, io.BytesIO(data))
        for source in (program, *libraries(program)):
            tar.add(os.path.realpath(source), f"{APP}-1/lib/{os.path.basename(source)}")
        for folder in SHARED:
            if os.path.isdir(folder):
                tar.add(folder, f"{APP}-1/share/{os.path.basename(folder)}")


def make_bundle(agent):
    """Returns the bundle's bytes and its signer."""
    path, out = agent.stack.path(f"{NAME}.tar"), agent.stack.path("media", f"{APP}.bundle")
    archive(path)
    maker = agent.create("maker", size_bytes=512 << 20)
    agent.open(maker)
    agent.job("app.install", workspace=maker["id"], source=path)
    bundle = agent.job("app.export", workspace=maker["id"], source=NAME, path=out)[0]
    agent.close(maker)
    with open(out, "rb") as file:
        return file.read(), bundle["signer"]


def install_and_start(context, environment, agent, name, url, signer, stream):
    """Seconds from asking for the app to its first window, in a workspace that stands open."""
    workspace = agent.create(name, size_bytes=512 << 20)
    agent.open(workspace, display="seamless")
    code = ("import sys; sys.path[:0] = " + repr(sys.path[:3]) + "\n"
            "from stack import Client\n"
            f"client = Client({agent.stack.socket!r})\n"
            f"client.run_job('app.install', {SECONDS}, workspace={workspace['id']!r}, source={url!r}, trust={signer!r}, stream={stream!r})\n"
            f"client.call('app.launch', workspace={workspace['id']!r}, app='{NAME}.desktop')\n"
            "client.close()\n")
    try:
        return first_window(context, environment, [sys.executable, "-c", code])
    finally:
        agent.close(workspace)


def measure(context):
    need(APP, "mkfs.erofs")
    with x_server() as environment, Agent(**environment) as agent:
        from http_files import HttpFiles  # stands with the tests of the agent, as what Agent uses does
        data, signer = make_bundle(agent)
        server = HttpFiles({f"{APP}.bundle": data}, rate=RATE, delay=DELAY_S)
        url, seconds, given = server.url(f"{APP}.bundle"), {True: [], False: []}, {}
        for turn in range(RUNS):
            for stream in (True, False):
                context.say(f"turn {turn + 1} of {RUNS}, {'streamed' if stream else 'downloaded'}")
                server.given = 0
                seconds[stream].append(install_and_start(context, environment, agent, f"{stream}{turn}", url, signer, stream))
                given[stream] = server.given
        server.stop()
    streamed, downloaded = statistics.median(seconds[True]), statistics.median(seconds[False])
    yield figure(f"install {APP} with its libraries, icons and fonts from a server, to its first window: streamed", streamed, "s", downloaded,
                 [("downloaded first (50 Mbit/s, 10 ms)", downloaded)], "the app touches most of its files")
    yield figure("bytes for that: streamed", given[True] / 2**20, "MiB", given[False] / 2**20,
                 [("downloaded first", given[False] / 2**20)], "the app touches most of its files")
