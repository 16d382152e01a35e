# SPDX-License-Identifier: GPL-2.0-or-later
"""A socket in front of a real endpoint, which can go away and come back."""

import os
import select
import socket
import threading


class Relay:
    """Passes bytes both ways between the clients of one socket and another socket."""

    def __init__(self, path, target):
        self.path, self.target = path, target
        self._listener = None
        self._wake = None

    def start(self):
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(self.path)
        self._listener.listen(16)
        reader, self._wake = socket.socketpair()
        threading.Thread(target=self._run, args=(self._listener, reader), daemon=True).start()
        return self

    def stop(self):
        """Drops every connection, as an endpoint that died."""
        os.unlink(self.path)
        self._wake.close()

    def _run(self, listener, wake):
        peers = {}
        while True:
            ready, _, _ = select.select([listener, wake, *peers], [], [])
            if wake in ready:
                break
            for end in ready:
                if end is listener:
                    client, _ = listener.accept()
                    server = socket.socket(socket.AF_UNIX)
                    server.connect(self.target)
                    peers[client], peers[server] = server, client
                elif end in peers:
                    self._pass_on(end, peers)
        for end in [listener, wake, *peers]:
            end.close()

    @staticmethod
    def _pass_on(end, peers):
        try:
            data = end.recv(1 << 16)
            if data:
                peers[end].sendall(data)
                return
        except OSError:
            pass
        other = peers.pop(end)
        peers.pop(other, None)
        end.close()
        other.close()
