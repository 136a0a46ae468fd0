"""A thin front for the view: a small HTTP server on the loopback interface, for one user.

It adds an address, an unguessable path segment and nothing else. docs/explanation/view.md says why it is this server:
the time it takes to start is part of every install. ``http.server`` alone would add 19 ms, most of it for ``email`` and
``ssl``, and one installer asks at once.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Mapping
from http import HTTPStatus
from socketserver import StreamRequestHandler, ThreadingTCPServer
from typing import IO, cast
from urllib.parse import quote, unquote

from packaging.utils import canonicalize_name

from dualvariant.core.errors import DualvariantError
from dualvariant.network.client import local_path
from dualvariant.repository.page import JSON_TYPE, render_html, render_json
from dualvariant.selection.view import Resource, View
from dualvariant.serve.addresses import Address, keep_address, kept_address

__all__ = ["LoopbackServer"]

_CHUNK = 1 << 18
#: The longest line of a request, and the most header lines, that are read.
_LINE, _LINES = 1 << 16, 100
_ROUTE = re.compile(
    r"/(?P<digest>[0-9a-f]{16})/"
    r"(?:simple/(?P<project>[^/]+)/|files/(?P<token>[0-9a-f]+)/(?P<filename>[^/]+?)(?P<metadata>\.metadata)?)"
)


class LoopbackServer:
    """Serves one view on 127.0.0.1 until the block ends.

    The socket is bound at once, so that the address is known before the view exists.

    Args:
        warn: told what went wrong while an installer was waiting for an answer.
        stable: keep port and segment from run to run, for an installer that caches by them; another port if that one is
            taken.
    """

    def __init__(self, warn: Callable[[str], None], *, stable: bool = False) -> None:
        self.warn = warn
        self.view: View | None = None
        #: The file names of the view that were handed out, whole or by redirect.
        self.served: set[str] = set()
        kept = kept_address() if stable else None
        address = kept or Address.new()
        self.segment = address.segment
        try:
            self._httpd = _Httpd(self, address.port)
        except OSError:
            self._httpd = _Httpd(self, 0)
        if stable and kept is None:
            keep_address(Address(self.segment, self._httpd.server_address[1]))
        host, port = self._httpd.server_address[:2]
        self.address = f"http://{host!s}:{port}/{self.segment}"
        self._thread: threading.Thread | None = None

    @property
    def index_url(self) -> str:
        """What the engine gets as ``--index-url``."""
        assert self.view is not None
        return f"{self.address}/{self.view.digest}/simple"

    def carry(self, view: View) -> None:
        """Start to serve the view; its ``base`` must be our address."""
        self.view = view
        self._thread = threading.Thread(target=self._httpd.serve_forever, args=(0.005,), daemon=True)
        self._thread.start()

    def __enter__(self) -> LoopbackServer:
        return self

    def __exit__(self, *_: object) -> None:
        if self._thread is not None:
            self._httpd.shutdown()
        self._httpd.server_close()


class _Httpd(ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True
    request_queue_size = 64

    def __init__(self, front: LoopbackServer, port: int) -> None:
        self.front = front
        super().__init__(("127.0.0.1", port), _Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        import sys

        error = sys.exc_info()[1]
        if not isinstance(error, ConnectionError):  # an installer may hang up whenever it likes
            self.front.warn(f"the index view failed ({error!r})")


class _Handler(StreamRequestHandler):
    """Answers GET and HEAD, one request after the other on each connection (RFC 9112)."""

    # Without it an installer that keeps its connection waits 40 ms for each answer (RFC 896 against delayed ACKs).
    disable_nagle_algorithm = True
    wbufsize = 1 << 16

    @property
    def front(self) -> LoopbackServer:
        return cast(_Httpd, self.server).front

    def handle(self) -> None:
        self.close_connection = False
        while not self.close_connection and self._read_request():
            self._answer(body=self.method == "GET")
            self.wfile.flush()

    def _read_request(self) -> bool:
        """Method, path and headers of the next request; False where there is none that we answer."""
        words = self.rfile.readline(_LINE).decode("latin-1").split()
        if len(words) != 3 or not words[2].startswith("HTTP/1."):
            return False
        self.method, self.path, version = words
        self.headers: dict[str, str] = {}
        for _ in range(_LINES):
            line = self.rfile.readline(_LINE).decode("latin-1")
            if not line.endswith("\n"):
                return False
            name, _, value = line.strip().partition(":")
            if not name:
                break
            name = name.lower()
            known = self.headers.get(name)
            self.headers[name] = value.strip() if known is None else f"{known}, {value.strip()}"
        else:
            return False
        kept = self.headers.get("connection", "").lower()
        self.close_connection = "close" in kept or (version == "HTTP/1.0" and "keep-alive" not in kept)
        bare = self.headers.get("content-length", "0") == "0" and "transfer-encoding" not in self.headers
        self.begun = False
        if self.method in ("GET", "HEAD") and bare:
            return True
        self.close_connection = True  # there may be a body, which nobody reads
        self._send(405, b"only GET and HEAD\n", "text/plain", body=self.method != "HEAD")
        self.wfile.flush()
        return False

    def _answer(self, *, body: bool) -> None:
        front = self.front
        prefix = f"/{front.segment}"
        path = self.path.partition("?")[0]
        match = _ROUTE.fullmatch(path.removeprefix(prefix)) if path.startswith(prefix) else None
        view = front.view
        if match is None or view is None or match["digest"] != view.digest:
            return self._send(404, b"not here\n", "text/plain", body=body)
        try:
            if match["project"] is not None:
                return self._page(view, unquote(match["project"]), body=body)
            filename = unquote(match["filename"])
            resource = view.resource(match["token"], filename)
            if resource is None:
                return self._send(404, b"not here\n", "text/plain", body=body)
            if match["metadata"]:
                return self._metadata(view, resource, body=body)
            front.served.add(filename)
            return self._file(view, resource, body=body)
        except DualvariantError as error:
            # pip asks again after every 5xx, for half a minute; we have tried often enough.
            front.warn(str(error))
            if self.begun:
                self.close_connection = True  # cut off: the installer must not take this for the rest
                return None
            return self._send(404, f"{error}\n".encode(), "text/plain", body=body)

    def _page(self, view: View, name: str, *, body: bool) -> None:
        project = canonicalize_name(name)
        files = view.page(project)
        if files is None:
            return self._send(404, b"no such project\n", "text/plain", body=body)
        if JSON_TYPE in self.headers.get("accept", ""):
            return self._send(200, render_json(project, files).encode(), JSON_TYPE, body=body)
        return self._send(200, render_html(project, files).encode(), "text/html; charset=utf-8", body=body)

    def _metadata(self, view: View, resource: Resource, *, body: bool) -> None:
        content = view.client.read(f"{resource.file.url}.metadata")
        return self._send(200, content, "application/octet-stream", body=body)

    def _file(self, view: View, resource: Resource, *, body: bool) -> None:
        url = resource.file.url
        if resource.redirect:
            location = quote(url, safe="/:?&=%#@!$'()*+,;~")
            return self._head(302, {"Location": location, "Content-Length": "0"})
        path = local_path(url)
        if path is not None:
            try:
                file = path.open("rb")
            except OSError as error:
                raise DualvariantError(f"{path} cannot be read ({error.strerror})") from error
            with file:
                file.seek(0, 2)
                size = file.tell()
                file.seek(0)
                return self._stream(file, size, body=body)
        with view.client.open(url, {"Accept-Encoding": "identity"}) as response:
            if response.status != 200:
                raise DualvariantError(f"the index answers {response.status} for {resource.file.filename}")
            length = response.headers.get("Content-Length")
            return self._stream(response, int(length) if length else None, body=body)  # type: ignore[arg-type]

    def _stream(self, source: IO[bytes], size: int | None, *, body: bool) -> None:
        # The address is of no use to the next run, so a cache that kept the file would only grow.
        headers = {"Content-Type": "application/octet-stream", "Cache-Control": "no-store"}
        if size is None:
            self.close_connection = True
        else:
            headers["Content-Length"] = str(size)
        self._head(200, headers)
        left = size
        while body and (left is None or left > 0):
            chunk = source.read(_CHUNK if left is None else min(_CHUNK, left))
            if not chunk:
                break
            self.wfile.write(chunk)
            left = None if left is None else left - len(chunk)
        if body and left:
            self.close_connection = True  # cut off: the installer must not wait for the rest

    def _send(self, status: int, content: bytes, kind: str, *, body: bool) -> None:
        self._head(status, {"Content-Type": kind, "Content-Length": str(len(content)), "Cache-Control": "no-store"})
        if body:
            self.wfile.write(content)

    def _head(self, status: int, headers: Mapping[str, str]) -> None:
        self.begun = True
        lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}"]
        lines.append(time.strftime("Date: %a, %d %b %Y %H:%M:%S GMT", time.gmtime()))
        lines += [f"{name}: {value}" for name, value in headers.items()]
        if self.close_connection:
            lines.append("Connection: close")
        self.wfile.write("\r\n".join([*lines, "", ""]).encode("latin-1"))
