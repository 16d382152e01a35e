# SPDX-License-Identifier: GPL-2.0-or-later
"""A print service of a host: a real cupsd with one queue, “paper”."""

import glob
import os
import select
import shutil
import socket
import subprocess
import tempfile
import time

SECONDS = 60
PROGRAMS = ("/usr/sbin/cupsd", "/usr/sbin/lpadmin", "/usr/bin/lp", "/usr/bin/lpstat")
# Who may reach the socket may print; everything else of it is in one folder.
CONFIG = """Listen {1}
Browsing Off
DefaultAuthType None
<Location />
Order allow,deny
Allow all
</Location>
<Policy default>
<Limit All>
Order allow,deny
Allow all
</Limit>
</Policy>
"""
FILES = """ServerRoot {0}
RequestRoot {0}
CacheDir {0}
StateDir {0}
TempDir {0}
AccessLog {0}/access.log
ErrorLog {0}/error.log
PageLog {0}/page.log
FileDevice Yes
"""


def missing():
    return [program for program in PROGRAMS if not os.access(program, os.X_OK)]


class Printers:
    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="domicile-cups-")
        self.door = tempfile.mkdtemp(prefix="domicile-cups-")  # the service keeps its own folder to itself
        os.chmod(self.door, 0o755)
        self.socket = os.path.join(self.door, "cups.sock")
        for name, text in (("cupsd.conf", CONFIG), ("cups-files.conf", FILES)):
            with open(os.path.join(self.folder, name), "w", encoding="ascii") as file:
                file.write(text.format(self.folder, self.socket))
        self.process = subprocess.Popen(["/usr/sbin/cupsd", "-f", "-c", os.path.join(self.folder, "cupsd.conf"), "-s",
                                         os.path.join(self.folder, "cups-files.conf")], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            self._wait_for(self._listens)
            subprocess.run(["/usr/sbin/lpadmin", "-h", self.socket, "-p", "paper", "-E", "-v", "file:///dev/null"], check=True,
                           timeout=SECONDS, stderr=subprocess.DEVNULL)
        except BaseException:
            self.end()
            raise

    @staticmethod
    def _wait_for(condition):
        deadline = time.monotonic() + SECONDS
        while not condition():
            if time.monotonic() > deadline:
                raise TimeoutError("the print service does not do what it should")
            select.select([], [], [], 0.05)

    def _listens(self):
        with socket.socket(socket.AF_UNIX) as trial:
            return trial.connect_ex(self.socket) == 0

    def wait_printed(self, text):
        """Until there is a job with that text: the service keeps what it has printed."""
        def is_printed():
            for path in glob.glob(os.path.join(self.folder, "d[0-9]*")):
                with open(path, "rb") as file:
                    if text in file.read():
                        return True
            return False
        self._wait_for(is_printed)

    def end(self):
        self.process.terminate()
        self.process.wait(SECONDS)
        for folder in (self.folder, self.door):
            shutil.rmtree(folder, ignore_errors=True)
