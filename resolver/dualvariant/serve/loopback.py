"""A small HTTP server on the loopback interface that serves a view to one user's installer.

It adds a port, a path segment that cannot be guessed, and nothing else. docs/explanation/view.md says why it is this
server: the time that it takes to start is a part of every install. ``http.server`` alone would add 19 ms, most of it
for ``email`` and ``ssl``.
"""

from __future__ import annotations

import hashlib
import re
import socket
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from http import HTTPStatus
from socketserver import StreamRequestHandler, ThreadingTCPServer
from typing import IO, cast
from urllib.parse import quote, unquote

from packaging.utils import canonicalize_name

from dualvariant.core.errors import DualvariantError, NoNextStep
from dualvariant.core.files import open_regular
from dualvariant.network.failures import UnreadableSourceFileError, error_for_status, is_error_status
from dualvariant.network.urls import local_path
from dualvariant.repository.page import HTML_TYPE, JSON_TYPE
from dualvariant.repository.page_renderer import render_html_page, render_json_page
from dualvariant.repository.plain_page import with_absolute_links
from dualvariant.selection.view import View
from dualvariant.serve.addresses import Address, read_address, write_address
from dualvariant.serve.handover import ClientAbilities
from dualvariant.serve.peers import is_ours
from dualvariant.serve.published_view import PublishedView, Resource
from dualvariant.serve.strangers import Strangers
from dualvariant.serve.waiting import INTERVAL, Waiting

__all__ = ["LoopbackServer", "NoLoopbackError"]

_CHUNK = 1 << 18
_INSTALLER_REPORTS = NoNextStep("it is printed as a warning, and the installer reports the missing file")
#: Seconds after which a connection ends on which no request comes.
IDLE_LIMIT = 90.0
#: The most connections of clients that have not asked for anything below the secret segment.
_MOST_STRANGERS = 64
#: The longest line of a request, and the most header lines, that are read.
_LINE, _LINES = 1 << 16, 100
_ROUTE = re.compile(
    r"/(?P<digest>[0-9a-f]{16})/"
    r"(?:simple/(?P<project>[^/]+)/|files/(?P<token>[0-9a-f]+)/(?P<filename>[^/]+?)(?P<metadata>\.metadata)?)"
)


class NoLoopbackError(DualvariantError):
    """The machine's loopback interface is down, so that no installer reaches a view."""

    code = "no-loopback"


class LoopbackServer:
    """Serves views on 127.0.0.1 until the block ends.

    The socket is bound at once, and requests wait in it until :meth:`serve` is called.

    Args:
        warn: called with a message about what went wrong while an installer was waiting for an answer.
        stable: keep port and segment from run to run, for an installer that caches by them; another port if that one is
            taken.

    Raises:
        NoLoopbackError: nobody can connect to it.
    """

    def __init__(self, warn: Callable[[str], None], *, stable: bool = False) -> None:
        self.warn = warn
        #: Whether an installer's cache finds what it has kept of an earlier run.
        self.stable = stable
        #: The view that was served last.
        self.published: PublishedView | None = None
        #: What is served, by the digest in the addresses.
        self._views: dict[str, PublishedView] = {}
        #: Which view the pages are of, by the User-Agent of the client; None for the one in the address.
        self.choose_view: Callable[[str], PublishedView | None] = lambda agent: None
        kept = read_address() if stable else None
        address = kept or Address.generate()
        self.segment = address.segment
        try:
            self._httpd = _Httpd(self, address.port)
        except OSError:
            self._httpd = _Httpd(self, 0)
        self._httpd.check_reachable()
        if stable and kept is None:
            write_address(Address(self.segment, self._httpd.server_address[1]))
        host, port = self._httpd.server_address[:2]
        self.address = f"http://{host!s}:{port}/{self.segment}"
        self._thread: threading.Thread | None = None
        self._ended = False

    def serve(self, view: View, abilities: ClientAbilities) -> PublishedView:
        """Start to serve a view, beside those that are served already, or go on with what is chosen now.

        Args:
            view: the view.
            abilities: what the installer can do with our settings for the network.

        Returns:
            The view with its URLs: the engine gets its ``index_url``.
        """
        published = PublishedView(view, view.sources.client, self.address, abilities)
        self.published = self._views[published.digest] = published
        if self._thread is None:
            self._thread = threading.Thread(target=self._accept, daemon=True)
            self._thread.start()
        return published

    def find_view(self, digest: str) -> PublishedView | None:
        """The view whose addresses have a digest, if it is served."""
        return self._views.get(digest)

    def __enter__(self) -> LoopbackServer:
        return self

    def __exit__(self, *_: object) -> None:
        self._ended = True
        if self._thread is not None:
            # It wakes the thread, which would otherwise have to look every few milliseconds. Other ways to connect look
            # for the address's name, and import the encoding for that.
            with suppress(OSError), socket.socket(socket.AF_INET) as waking:
                waking.settimeout(1)
                waking.connect(self._httpd.own_address)
            self._thread.join(1)
        self._httpd.server_close()

    def _accept(self) -> None:
        told = time.monotonic()
        while not self._ended:
            self._httpd.handle_request()
            if time.monotonic() - told >= INTERVAL:
                self._httpd.waiting.tell()
                told = time.monotonic()


class _Httpd(ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True
    request_queue_size = 64
    timeout = INTERVAL  # of handle_request()

    def __init__(self, server: LoopbackServer, port: int) -> None:
        self.server = server
        self.strangers = Strangers(_MOST_STRANGERS)
        self.waiting = Waiting()
        super().__init__(("127.0.0.1", port), _Handler)
        self.own_address = ("127.0.0.1", self.server_address[1])

    def check_reachable(self) -> None:
        """Look for a way to ourselves; for a datagram socket the system does nothing else when it is connected.

        Raises:
            NoLoopbackError: there is none.
        """
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            try:
                probe.connect(self.own_address)
            except OSError as error:
                self.server_close()
                raise NoLoopbackError(
                    f"the loopback interface is down ({error.strerror}), and an installer reads there what was chosen",
                    "bring it up, as by 'ip link set lo up'; or let pip or uv install standard wheels by itself",
                ) from error

    def verify_request(self, request: object, client_address: tuple[str, int]) -> bool:
        """Whether a connection is answered: another user of the machine may have read the address somewhere."""
        return is_ours(client_address, self.own_address)

    def handle_error(self, request: object, client_address: object) -> None:
        import sys

        error = sys.exc_info()[1]
        if not isinstance(error, ConnectionError):  # an installer may close its connection at any time
            self.server.warn(f"serving the view failed ({error!r})")


class _Handler(StreamRequestHandler):
    """Answers GET and HEAD, one request after the other on each connection (RFC 9112)."""

    # Otherwise an installer that keeps its connection waits 40 ms for each answer (RFC 896 against delayed ACKs).
    disable_nagle_algorithm = True
    wbufsize = 1 << 16

    @property
    def loopback(self) -> LoopbackServer:
        return cast(_Httpd, self.server).server

    @property
    def waiting(self) -> Waiting:
        return cast(_Httpd, self.server).waiting

    def handle(self) -> None:
        self.close_connection = False
        strangers = cast(_Httpd, self.server).strangers
        strangers.add(self.connection)
        try:
            while not self.close_connection and self._read_in_time():
                if self.path.startswith(f"/{self.loopback.segment}/"):
                    strangers.remove(self.connection)
                    if self.version != "HTTP/1.0":
                        self.waiting.add(self.connection)
                self._answer(body=self.method == "GET")
                self.wfile.flush()
        finally:
            strangers.remove(self.connection)
            self.waiting.remove(self.connection)

    def _read_in_time(self) -> bool:
        """Read the next request; False where none comes in time. An answer may take as long as its reader likes."""
        self.connection.settimeout(IDLE_LIMIT)
        try:
            return self._read_request()
        except TimeoutError:
            return False
        finally:
            self.connection.settimeout(None)

    def _read_request(self) -> bool:
        """Read method, path and headers of the next request; False where there is none to answer."""
        words = self.rfile.readline(_LINE).decode("latin-1").split()
        if len(words) != 3 or not words[2].startswith("HTTP/1."):
            return False
        self.method, self.path, self.version = words
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
        connection = self.headers.get("connection", "").lower()
        self.close_connection = "close" in connection or (self.version == "HTTP/1.0" and "keep-alive" not in connection)
        has_body = self.headers.get("content-length", "0") != "0" or "transfer-encoding" in self.headers
        self.begun = False
        if self.method in ("GET", "HEAD") and not has_body:
            return True
        self.close_connection = True  # the body has not been read
        self._send(405, b"only GET and HEAD\n", "text/plain", body=self.method != "HEAD")
        self.wfile.flush()
        return False

    def _answer(self, *, body: bool) -> None:
        loopback, prefix = self.loopback, f"/{self.loopback.segment}"
        path = self.path.partition("?")[0]
        match = _ROUTE.fullmatch(path.removeprefix(prefix)) if path.startswith(prefix) else None
        published = None if match is None else loopback.find_view(match["digest"])
        if match is None or published is None:
            return self._send(404, b"not found\n", "text/plain", body=body)
        try:
            if match["project"] is not None:
                published = loopback.choose_view(self.headers.get("user-agent", "")) or published
                return self._page(published, unquote(match["project"]), body=body)
            filename = unquote(match["filename"])
            resource = published.resource(match["token"], filename)
            if resource is None:
                return self._send(404, b"not found\n", "text/plain", body=body)
            if match["metadata"]:
                return self._metadata(published, resource, body=body)
            return self._file(published, resource, body=body)
        except DualvariantError as error:
            # pip repeats a request for half a minute after every 5xx, and we have repeated ours already.
            loopback.warn(str(error))
            if self.begun:
                self.close_connection = True  # so that the installer does not take the message for the rest
                return None
            return self._send(404, f"{error}\n".encode(), "text/plain", body=body)

    def _page(self, published: PublishedView, name: str, *, body: bool) -> None:
        project = canonicalize_name(name)
        accept = self.headers.get("accept", "")
        plain = published.plain_page(project)
        if plain is not None and (plain.content_type != JSON_TYPE or JSON_TYPE in accept):
            kind = "text/html" if plain.content_type == HTML_TYPE and HTML_TYPE not in accept else plain.content_type
            if plain.charset:
                kind += f"; charset={plain.encoding}"
            content = with_absolute_links(plain)
            sha256 = plain.sha256 if content is plain.body else None
            return self._send_page(content, kind, plain.remaining, sha256, body=body)
        files = published.page(project)
        if files is None:
            return self._send(404, b"no such project\n", "text/plain", body=body)
        if JSON_TYPE in accept:
            return self._send_page(render_json_page(project, files).encode(), JSON_TYPE, body=body)
        return self._send_page(render_html_page(project, files).encode(), "text/html; charset=utf-8", body=body)

    def _send_page(
        self, content: bytes, kind: str, lifetime: int = 0, sha256: str | None = None, *, body: bool
    ) -> None:
        """Send a page. An installer that finds it under the same address in the next run may keep it.

        It may use a page without variants for as long as its source allows, and asks for each other one again.

        Args:
            content: the page.
            kind: its media type.
            lifetime: seconds for which it may be used without asking.
            sha256: the digest of the content, where it is known.
            body: whether the content is sent as well.
        """
        if not self.loopback.stable:
            return self._send(200, content, kind, body=body)
        identity = f"{kind}\n{sha256 or hashlib.sha256(content).hexdigest()}"
        etag = f'"{hashlib.sha256(identity.encode()).hexdigest()[:32]}"'
        headers = {"ETag": etag, "Cache-Control": f"max-age={lifetime}" if lifetime else "no-cache", "Vary": "Accept"}
        if etag in self.headers.get("if-none-match", ""):
            return self._head(304, headers)
        self._head(200, {**headers, "Content-Type": kind, "Content-Length": str(len(content))})
        if body:
            self.wfile.write(content)
        return None

    def _metadata(self, published: PublishedView, resource: Resource, *, body: bool) -> None:
        return self._send(200, published.read_metadata(resource), "application/octet-stream", body=body)

    def _file(self, published: PublishedView, resource: Resource, *, body: bool) -> None:
        url = resource.file.url
        if resource.redirect:
            return self._redirect(published, url, body=body)
        path = local_path(url)
        if path is not None:
            try:
                file = open_regular(path)
            except OSError as error:
                raise UnreadableSourceFileError(
                    f"{str(path)!r} cannot be read ({error.strerror})", _INSTALLER_REPORTS
                ) from error
            with file:
                file.seek(0, 2)
                size = file.tell()
                file.seek(0)
                return self._stream(file, size, body=body)
        with published.client.open(url, {"Accept-Encoding": "identity"}) as response:
            if is_error_status(response.status):
                raise error_for_status(url, response.status)
            length = response.headers.get("Content-Length")
            return self._stream(response, int(length) if length else None, body=body)  # type: ignore[arg-type]

    def _redirect(self, published: PublishedView, url: str, *, body: bool) -> None:
        """Send the installer to where a file is, or say what is there: pip follows no redirect of a HEAD request."""
        if body:
            location = quote(url, safe="/:?&=%#@!$'()*+,;~")
            return self._head(302, {"Location": location, "Content-Length": "0"})
        with published.client.open(url, {"Accept-Encoding": "identity"}) as response:
            if is_error_status(response.status):
                raise error_for_status(url, response.status)
            headers = {"Content-Type": "application/octet-stream", "Cache-Control": "no-store"}
            length = response.headers.get("Content-Length", "")
            if length.isascii() and length.isdigit():
                headers["Content-Length"] = length
            if response.headers.get("Accept-Ranges") == "bytes":
                headers["Accept-Ranges"] = "bytes"
            return self._head(200, headers)

    def _stream(self, source: IO[bytes], size: int | None, *, body: bool) -> None:
        # The URL is another one in the next run, so a cache that kept the file would only grow.
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
            self.close_connection = True  # the source ended early: the installer must not wait for the rest

    def _send(self, status: int, content: bytes, kind: str, *, body: bool) -> None:
        self._head(status, {"Content-Type": kind, "Content-Length": str(len(content)), "Cache-Control": "no-store"})
        if body:
            self.wfile.write(content)

    def _head(self, status: int, headers: Mapping[str, str]) -> None:
        self.begun = True
        self.waiting.remove(self.connection)
        lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}"]
        lines.append(time.strftime("Date: %a, %d %b %Y %H:%M:%S GMT", time.gmtime()))
        lines += [f"{name}: {value}" for name, value in headers.items()]
        if self.close_connection:
            lines.append("Connection: close")
        self.wfile.write("\r\n".join([*lines, "", ""]).encode("latin-1"))
