"""The least that stands between uv and an index: a server that passes each page on as it is, and chooses nothing.

It reads no settings and has no cache, and is started with as little of Python as there is:
``python -I -S passing_view.py INDEX PORT COMMAND…``. The same port in each run keeps uv's caches.
"""

from __future__ import annotations

import subprocess
import sys
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import urlsplit

INDEX = urlsplit(sys.argv[1])
#: What the answer gets from this server.
OWN = frozenset({"server", "date", "content-length"})


class Handler(BaseHTTPRequestHandler):
    """Asks the index the same, over one connection for each of uv's."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 1 << 16

    def log_message(self, format: str, *args: object) -> None:
        pass

    def setup(self) -> None:
        super().setup()
        self.index = HTTPConnection(INDEX.netloc)

    def do_GET(self) -> None:
        self.index.request("GET", self.path, headers=dict(self.headers))
        answer = self.index.getresponse()
        body = answer.read()
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in OWN:
                self.send_header(name, value)
        if answer.status != 304:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Server(ThreadingHTTPServer):
    """Answers many connections at once, and does not wait for them at the end."""

    daemon_threads = True
    request_queue_size = 128


def main() -> int:
    """Run the command with this server as its index; returns its exit code."""
    server = Server(("127.0.0.1", int(sys.argv[2])), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}{INDEX.path}"
    return subprocess.run([*sys.argv[3:], "--index-url", url]).returncode


if __name__ == "__main__":
    sys.exit(main())
