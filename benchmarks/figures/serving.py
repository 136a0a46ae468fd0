"""Serves a folder on the loopback interface, to dualvariant and to the installers it is compared with."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

__all__ = ["JSON_PAGE", "JSON_TYPE", "served"]

#: A file of this name is the page of its folder, with the media type of PEP 691.
JSON_PAGE = "index.json"
JSON_TYPE = "application/vnd.pypi.simple.v1+json"


class _Handler(SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, format: str, *args: object) -> None:
        pass

    def translate_path(self, path: str) -> str:
        found = super().translate_path(path)
        page = Path(found, JSON_PAGE)
        return str(page) if path.endswith("/") and page.is_file() else found

    def guess_type(self, path: object) -> str:
        return JSON_TYPE if str(path).endswith(JSON_PAGE) else super().guess_type(str(path))


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The URL of the folder, until the block ends."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, directory=str(folder))) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
