# SPDX-License-Identifier: GPL-2.0-or-later
"""A display with several monitors, which Xvfb cannot give: Xvnc with a window manager."""

import os
import select
import socket
import struct
import subprocess
import tempfile

SECONDS = 180
NO_SECURITY, SET_ENCODINGS, UPDATE_REQUEST, SET_DESKTOP_SIZE = 1, 2, 3, 251
UPDATE, RAW, EXTENDED_DESKTOP_SIZE = 0, 0, -308


class Monitors:
    """The display; `name` is for DISPLAY."""

    def __init__(self, places):
        self.folder = tempfile.TemporaryDirectory()
        self.socket = os.path.join(self.folder.name, "rfb")
        self.server = self.manager = None
        try:
            self.name = next(name for name in (f":{number}" for number in range(20, 60)) if self._start_server(name))
            self.arrange(places)
        except BaseException:
            self.end()
            raise
        self.manager = subprocess.Popen(["openbox"], env=dict(os.environ, DISPLAY=self.name), stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL)

    def _start_server(self, name):
        """Whether it gets ready; another server may have that number."""
        reader, writer = os.pipe()
        self.server = subprocess.Popen(
            ["Xvnc", name, "-displayfd", str(writer), "-nolisten", "tcp", "-rfbport", "-1", "-rfbunixpath", self.socket,
             "-SecurityTypes", "None", "-geometry", "640x480", "-depth", "24"], pass_fds=[writer], stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        os.close(writer)
        with os.fdopen(reader, "rb") as file:
            if select.select([file], [], [], SECONDS)[0] and file.readline():
                return True
        self.server.kill()
        self.server.wait(SECONDS)
        return False

    def end(self):
        for process in (self.manager, self.server):
            if process is not None:
                process.terminate()
                process.wait(SECONDS)
        self.folder.cleanup()

    def arrange(self, places):
        """Gives it monitors at these places (x, y, width, height)."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(SECONDS)
            connection.connect(self.socket)
            with connection.makefile("rb") as server:
                connection.sendall(server.read(12))
                server.read(server.read(1)[0])
                connection.sendall(bytes([NO_SECURITY, True]))
                assert server.read(4) == bytes(4)
                server.read(struct.unpack(">20xI", server.read(24))[0])
                connection.sendall(struct.pack(">BxHi", SET_ENCODINGS, 1, EXTENDED_DESKTOP_SIZE) + self._ask(incremental=False))
                wanted = self._layout(places)
                while (1, 0) not in self._read_update(server):  # to this client: done
                    connection.sendall(wanted + self._ask(incremental=True))
                    wanted = b""

    @staticmethod
    def _ask(incremental):
        return struct.pack(">BBHHHH", UPDATE_REQUEST, incremental, 0, 0, 1, 1)

    @staticmethod
    def _layout(places):
        width = max(x + width for x, _, width, _ in places)
        height = max(y + height for _, y, _, height in places)
        return (struct.pack(">BxHHBx", SET_DESKTOP_SIZE, width, height, len(places))
                + b"".join(struct.pack(">IHHHHI", number, *place, 0) for number, place in enumerate(places)))

    @staticmethod
    def _read_update(server):
        """Returns why and how something was said about the screens."""
        said = []
        kind, count = struct.unpack(">BxH", server.read(4))
        assert kind == UPDATE, kind
        for _ in range(count):
            reason, status, width, height, encoding = struct.unpack(">HHHHi", server.read(12))
            if encoding == EXTENDED_DESKTOP_SIZE:
                server.read(16 * struct.unpack(">Bxxx", server.read(4))[0])
                said.append((reason, status))
            else:
                assert (encoding, width, height) == (RAW, 1, 1), (encoding, width, height)
                server.read(4)
        return said
