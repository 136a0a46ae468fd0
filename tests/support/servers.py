"""Small indexes for tests: pages made on the spot, every request remembered."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from dualvariant.index.page import JSON_TYPE, File, render_html, render_json

__all__ = ["IndexServer", "serving"]


class IndexServer:
    """A simple index over the wheels of a folder.

    Args:
        folder: ``*.whl``, and ``*~variants.json`` where there are some, of any projects.
        kind: ``html`` or ``json``.
        hashes: whether links carry the files' sha256.
        ranges: whether ``Range`` requests are understood.
    """

    def __init__(self, folder: Path, kind: str = "html", *, hashes: bool = True, ranges: bool = False) -> None:
        self.folder = folder
        self.kind = kind
        self.hashes = hashes
        self.ranges = ranges
        self.requests: list[tuple[str, dict[str, str]]] = []  # header names in lower case
        self.url = ""
        #: May answer a request in place of the index: returns (status, headers, body) or None.
        self.override: Callable[[str], tuple[int, dict[str, str], bytes] | None] = lambda path: None

    def paths(self, agent: str = "") -> list[str]:
        """What was asked for, by clients whose User-Agent begins so."""
        return [path for path, headers in self.requests if headers.get("user-agent", "").startswith(agent)]

    def page(self, project: str) -> bytes:
        """The project's page."""
        prefix = project.replace("-", "_") + "-"
        files = []
        for path in sorted(self.folder.iterdir()):
            if path.is_file() and path.name.startswith(prefix) and path.name.endswith((".whl", "variants.json")):
                digest = {"sha256": hashlib.sha256(path.read_bytes()).hexdigest()} if self.hashes else {}
                files.append(File(path.name, f"../../files/{path.name}", hashes=digest))
        render = render_json if self.kind == "json" else render_html
        return render(project, files).encode()


class _Handler(SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    index: IndexServer

    def __init__(self, *args: Any, index: IndexServer) -> None:
        self.index = index
        super().__init__(*args)

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        index = self.index
        index.requests.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
        answer = index.override(self.path)
        if answer is None:
            answer = self._from_folder(self.path)
        status, headers, body = answer
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _from_folder(self, path: str) -> tuple[int, dict[str, str], bytes]:
        from urllib.parse import unquote

        parts = [unquote(part) for part in path.strip("/").split("/")]
        if parts[0] == "simple" and len(parts) == 2:
            body = self.index.page(parts[1])
            if b"whl" not in body:
                return 404, {}, b""
            kind = JSON_TYPE if self.index.kind == "json" else "text/html"
            return 200, {"Content-Type": kind}, body
        file = self.index.folder / parts[-1]
        if parts[0] != "files" or not file.is_file():
            return 404, {}, b""
        content = file.read_bytes()
        wanted = self.headers.get("Range")
        if wanted and self.index.ranges:
            first, _, last = wanted.removeprefix("bytes=").partition("-")
            start = int(first) if first else max(0, len(content) - int(last))
            end = min(int(last) if first and last else len(content) - 1, len(content) - 1)
            span = f"bytes {start}-{end}/{len(content)}"
            return 206, {"Content-Range": span}, content[start : end + 1]
        return 200, {"Content-Type": "application/octet-stream"}, content


@contextmanager
def serving(index: IndexServer) -> Iterator[IndexServer]:
    """Serve it on the loopback interface; ``index.url`` is what ``--index-url`` takes."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, index=index))
    server.daemon_threads = True
    index.url = f"http://127.0.0.1:{server.server_address[1]}/simple"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield index
    finally:
        server.shutdown()
        server.server_close()
