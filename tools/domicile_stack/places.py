# SPDX-License-Identifier: GPL-2.0-or-later
"""Where a stack's sockets, state, logs and programs are."""

import dataclasses
import os
import stat
import tempfile

from .error import StackError

# sun_path holds 108 bytes with the final NUL; the longest name that we put into the directory follows.
SOCKET_PATH_MAX = 107
LONGEST_SOCKET = "/control.sock"


@dataclasses.dataclass(frozen=True)
class Places:
    """The directories of one stack. All paths are absolute."""
    state: str
    runtime: str
    build: str

    @classmethod
    def find(cls, state_dir, build_dir):
        """Chooses the directories and makes those that are missing, each for this user only."""
        data_home = os.environ.get("XDG_DATA_HOME") or os.path.expanduser("~/.local/share")
        state = os.path.abspath(state_dir or os.path.join(data_home, "domicile"))
        _make_private(state, "state directory")
        _make_private(os.path.join(state, "log"), "log directory")
        runtime = _runtime_directory(state if state_dir else None)
        _make_private(runtime, "runtime directory")
        return cls(state, runtime, os.path.abspath(build_dir))

    def socket(self, name):
        """The path of the socket `name` in the runtime directory."""
        return os.path.join(self.runtime, name + ".sock")

    @property
    def control(self):
        """The control endpoint's socket."""
        return self.socket("control")

    @property
    def agent(self):
        """The agent endpoint's socket."""
        return self.socket("agent")

    def log(self, name):
        """The path of a part's log."""
        return os.path.join(self.state, "log", name + ".log")

    def program(self, *path):
        """The path of a program of the build tree; StackError when it is not there."""
        program = os.path.join(self.build, *path)
        if not os.access(program, os.X_OK):
            raise StackError(f"{os.path.join(*path)} is not in the build tree {self.build}. "
                             "Run ./start without --no-build.")
        return program


def _runtime_directory(own_state):
    """The directory in which clients look for the sockets, or one inside `own_state` where they look nowhere."""
    chosen = os.environ.get("DOMICILE_RUNTIME_DIR")
    if chosen:
        return _short(os.path.abspath(chosen))
    base = os.environ.get("XDG_RUNTIME_DIR")
    if base and os.path.isdir(base) and os.stat(base).st_uid == os.getuid():
        return _short(os.path.join(base, "domicile"))
    if own_state:
        inside = os.path.join(own_state, "run")
        if _fits(inside):
            return inside
        return os.path.join(tempfile.gettempdir(), f"domicile-{os.getuid()}")
    # As GLib's g_get_user_runtime_dir(), so that the console and domicilectl find it by themselves.
    return _short(os.path.join(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "domicile"))


def _fits(runtime):
    return len(os.fsencode(runtime + LONGEST_SOCKET)) <= SOCKET_PATH_MAX


def _short(runtime):
    if not _fits(runtime):
        raise StackError(f"The runtime directory {runtime} is too long for the path of a socket. "
                         "Set DOMICILE_RUNTIME_DIR to a shorter one.")
    return runtime


def _make_private(path, what):
    try:
        os.makedirs(path, mode=0o700, exist_ok=True)
        status = os.stat(path)
    except OSError as error:
        raise StackError(f"The {what} {path} cannot be used: {error.strerror}.") from None
    if not stat.S_ISDIR(status.st_mode):
        raise StackError(f"The {what} {path} is not a directory.")
    if status.st_uid != os.getuid():
        raise StackError(f"The {what} {path} belongs to someone else.")
    if what == "runtime directory" and status.st_mode & 0o077:
        os.chmod(path, 0o700)
