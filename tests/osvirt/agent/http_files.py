# SPDX-License-Identifier: GPL-2.0-or-later
"""A small HTTP server of files, which counts what it gives and can be made to misbehave."""

import http.server
import re
import threading
import time


class HttpFiles:
    """files: path → bytes. Gives ranges, unless told otherwise. A line of @rate bytes a second and @delay seconds each way."""

    def __init__(self, files, ranges=True, rate=None, delay=0):
        self.rate, self.delay = rate, delay
        self.files, self.ranges = dict(files), ranges
        self.given = 0
        self.requests = []
        self.lock = threading.Lock()
        self.server = None
        self.port = 0
        self.start()

    def start(self):
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):  # pylint: disable=invalid-name
                outer.answer(self)

            def log_message(self, *args):  # pylint: disable=arguments-differ
                pass

        http.server.ThreadingHTTPServer.allow_reuse_address = True
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self.server.daemon_threads = True
        self.server.handle_error = lambda *unused: None  # a client may leave when it likes
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        """From then on connections are refused; those that are kept alive are answered with an error."""
        self.server.shutdown()
        self.server.server_close()
        self.server = None

    def url(self, name):
        return f"http://127.0.0.1:{self.port}/{name}"

    def answer(self, request):
        with self.lock:
            self.requests.append(request.path)
        data = self.files.get(request.path.lstrip("/"))
        if self.server is None:
            request.close_connection = True
            return
        if data is None:
            request.send_error(404)
            return
        wanted = re.fullmatch(r"bytes=(\d*)-(\d*)", request.headers.get("Range", "")) if self.ranges else None
        first, last = 0, len(data) - 1
        if wanted and wanted[1]:
            first, last = int(wanted[1]), min(int(wanted[2] or last), last)
        elif wanted:
            first = max(0, len(data) - int(wanted[2]))
        request.send_response(206 if wanted else 200)
        if wanted:
            request.send_header("Content-Range", f"bytes {first}-{last}/{len(data)}")
        body = data[first:last + 1]
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        with self.lock:
            self.given += len(body)
        try:
            self.give(request.wfile, body)
        except ConnectionError:
            request.close_connection = True  # it has heard enough

    def give(self, out, body):
        """As slow as the line that is played."""
        if self.rate is None:
            out.write(body)
            return
        time.sleep(self.delay)
        for at in range(0, len(body), 65536):
            part = body[at:at + 65536]
            time.sleep(len(part) / self.rate)
            out.write(part)
