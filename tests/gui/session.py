# SPDX-License-Identifier: GPL-2.0-or-later
"""A desktop session for one test program: its own X server, window manager, message bus and home."""

import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from gi.repository import Gio, GLib

MARK = "DOMICILE_TEST_SESSION"
SERVER_SECONDS = 180
BUS_SECONDS = 180


def _start_server():
    """Starts Xvfb on a free display number and returns the process and the number."""
    reader, writer = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writer), "-screen", "0", "1280x900x24", "-dpi", "96", "-noreset",
         "-extension", "GLX", "-nolisten", "tcp"],
        pass_fds=[writer], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    os.close(writer)
    number = b""
    while not number.endswith(b"\n"):
        if not select.select([reader], [], [], SERVER_SECONDS)[0]:
            server.kill()
            raise RuntimeError("Xvfb did not start")
        piece = os.read(reader, 16)
        if not piece:
            raise RuntimeError("Xvfb ended at once")
        number += piece
    os.close(reader)
    return server, number.decode().strip()


def environment(home, display):
    """What a program of the session sees: nothing of the user who runs the tests."""
    kept = {name: os.environ[name] for name in ("PATH", "TMPDIR", "DOMICILE_BUILD_DIR", "DOMICILE_KEEP",
                                                "DOMICILE_SEED", "DOMICILE_RANDOM_SECONDS",
                                                "LD_LIBRARY_PATH", "ASAN_OPTIONS") if name in os.environ}
    runtime = os.path.join(home, "runtime")
    os.makedirs(runtime, 0o700, exist_ok=True)
    os.makedirs(os.path.join(home, "config", "gtk-3.0"), exist_ok=True)
    with open(os.path.join(home, "config", "gtk-3.0", "settings.ini"), "w", encoding="ascii") as file:
        file.write("[Settings]\ngtk-enable-animations=false\n")  # a screenshot is to show a state, not a transition
    return dict(kept, HOME=home, DISPLAY=":" + display, GDK_BACKEND="x11", XDG_RUNTIME_DIR=runtime,
                XDG_CONFIG_HOME=home + "/config", XDG_DATA_HOME=home + "/data", XDG_CACHE_HOME=home + "/cache",
                LANG="C.UTF-8", LANGUAGE=os.environ.get("LANGUAGE", ""), GSETTINGS_BACKEND="memory",
                GTK_IM_MODULE="gtk-im-context-simple", PYTHONDONTWRITEBYTECODE="1", **{MARK: "1"})


def _run_with_bus(command, env):
    """Runs a command beside a message bus. What the bus and its services print goes nowhere: only the command's
    output is ours."""
    output, errors = os.dup(1), os.dup(2)
    try:
        return subprocess.run(
            ["dbus-run-session", "--", "sh", "-c", f'exec "$@" >&{output} 2>&{errors}', "sh", *command], env=env,
            pass_fds=[output, errors], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode
    finally:
        os.close(output)
        os.close(errors)


def _wait_for_accessibility():
    """Waits until the bus of assistive technology takes connections: the library for it ends a program that is too early."""
    deadline = time.monotonic() + BUS_SECONDS
    while True:
        try:
            answer = Gio.bus_get_sync(Gio.BusType.SESSION).call_sync(
                "org.a11y.Bus", "/org/a11y/bus", "org.a11y.Bus", "GetAddress", None, None, Gio.DBusCallFlags.NONE, -1)
            Gio.DBusConnection.new_for_address_sync(
                answer.unpack()[0], Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT
                | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION).close_sync()
            return
        except GLib.Error:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def _is_mounted(path):
    with open("/proc/self/mountinfo", encoding="utf-8") as mounts:
        return any(line.split()[4] == path for line in mounts)


def _remove(home):
    """The portal of documents takes its folder away when it has noticed that there is no bus any more, or leaves it behind."""
    documents, deadline = os.path.join(home, "runtime", "doc"), time.monotonic() + BUS_SECONDS
    while _is_mounted(documents) and time.monotonic() < deadline:
        time.sleep(0.05)
    if _is_mounted(documents):
        subprocess.run(["umount", "--lazy", documents], check=False)
    shutil.rmtree(home, ignore_errors=True)


def run_in_session():
    """Runs the calling program again inside a session of its own and ends with its exit code.

    Returns where the program is inside one already."""
    if os.environ.get(MARK):
        _wait_for_accessibility()
        return
    home = tempfile.mkdtemp(prefix="domicile-gui-")
    server, display = _start_server()
    manager = None
    try:
        env = environment(home, display)
        manager = subprocess.Popen(["openbox"], env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        code = _run_with_bus([sys.executable, *sys.argv], env)
    finally:
        for process in (manager, server):
            if process is not None:
                process.send_signal(signal.SIGTERM)
                process.wait()
        _remove(home)
    sys.exit(code)
