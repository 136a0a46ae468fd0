"""A thin front for the view: the standard library's HTTP server on the loopback interface, for one user.

It adds an address, an unguessable path segment and nothing else. docs/explanation/view.md says why it is this server:
the time it takes to start is part of every install.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from typing import IO, cast
from urllib.parse import quote, unquote

from packaging.utils import canonicalize_name

from dualvariant.errors import DualvariantError
from dualvariant.index.address import Address, keep_address, kept_address
from dualvariant.index.fetch import local_path
from dualvariant.index.page import JSON_TYPE, render_html, render_json
from dualvariant.index.view import Resource, View

__all__ = ["LoopbackServer"]

_CHUNK = 1 << 18
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


class _Httpd(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, front: LoopbackServer, port: int) -> None:
        self.front = front
        super().__init__(("127.0.0.1", port), _Handler)

    def server_bind(self) -> None:
        # HTTPServer would ask for the host's name, which nobody needs and a slow resolver makes us wait for.
        TCPServer.server_bind(self)

    def handle_error(self, request: object, client_address: object) -> None:
        import sys

        error = sys.exc_info()[1]
        if not isinstance(error, ConnectionError):  # an installer may hang up whenever it likes
            self.front.warn(f"the index view failed ({error!r})")


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Without it an installer that keeps its connection waits 40 ms for each answer (RFC 896 against delayed ACKs).
    disable_nagle_algorithm = True
    wbufsize = 1 << 16

    def log_message(self, format: str, *args: object) -> None:
        pass

    @property
    def front(self) -> LoopbackServer:
        return cast(_Httpd, self.server).front

    def do_GET(self) -> None:
        self._answer(body=True)

    def do_HEAD(self) -> None:
        self._answer(body=False)

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
            return self._send(404, f"{error}\n".encode(), "text/plain", body=body)

    def _page(self, view: View, name: str, *, body: bool) -> None:
        project = canonicalize_name(name)
        files = view.page(project)
        if files is None:
            return self._send(404, b"no such project\n", "text/plain", body=body)
        if JSON_TYPE in self.headers.get("Accept", ""):
            return self._send(200, render_json(project, files).encode(), JSON_TYPE, body=body)
        return self._send(200, render_html(project, files).encode(), "text/html; charset=utf-8", body=body)

    def _metadata(self, view: View, resource: Resource, *, body: bool) -> None:
        content = view.client.read(f"{resource.file.url}.metadata")
        return self._send(200, content, "application/octet-stream", body=body)

    def _file(self, view: View, resource: Resource, *, body: bool) -> None:
        url = resource.file.url
        if resource.redirect:
            self.send_response(302)
            self.send_header("Location", quote(url, safe="/:?&=%#@!$'()*+,;~"))
            self.send_header("Content-Length", "0")
            self.end_headers()
            return None
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
        self.send_response(200)
        self.send_header("Content-Type", "application/octet-stream")
        # The address is of no use to the next run, so a cache that kept the file would only grow.
        self.send_header("Cache-Control", "no-store")
        if size is None:
            self.close_connection = True
            self.send_header("Connection", "close")
        else:
            self.send_header("Content-Length", str(size))
        self.end_headers()
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
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        if body:
            with suppress(ConnectionError):
                self.wfile.write(content)
