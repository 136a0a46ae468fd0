"""A folder on a loopback server, for ours and theirs alike."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

__all__ = ["JSON_PAGE", "JSON_TYPE", "served"]

#: A file of this name is its folder's page, of the type that PEP 691 gives it.
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
    """The address of the folder, until the block ends."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, directory=str(folder))) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
