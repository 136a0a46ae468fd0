"""Small servers for tests: an index that makes its pages when it is asked, and a proxy. Both list their requests."""

from __future__ import annotations

import hashlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socketserver import BaseRequestHandler
from typing import Any
from urllib.parse import urlsplit

from dualvariant.repository.page import JSON_TYPE, File
from dualvariant.repository.page_renderer import render_html_page, render_json_page
from processes import PATIENCE

__all__ = ["Answer", "IndexServer", "Proxy", "listening", "proxying", "pump", "serving"]

#: Status, headers and body of an answer. A body in pieces is sent piece by piece; then the connection is closed.
Answer = tuple[int, dict[str, str], bytes | Iterable[bytes]]


class IndexServer:
    """A simple index over the wheels, and sdists, of a folder.

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
        self.clients: list[tuple[str, int]] = []  # the other end of each request's connection
        self.url = ""
        #: When a file was uploaded, by the beginning of its name; a JSON page says it.
        self.times: dict[str, str] = {}
        #: Called with the path of each request; may answer it in place of the index, with any ``Content-Length``.
        self.override: Callable[[str], Answer | None] = lambda path: None

    def paths(self, agent: str = "") -> list[str]:
        """The paths of all requests of clients whose User-Agent begins with ``agent``."""
        return [path for path, headers in self.requests if headers.get("user-agent", "").startswith(agent)]

    def page(self, project: str) -> bytes:
        """The project's page."""
        prefix = project.replace("-", "_") + "-"
        files = []
        for path in sorted(self.folder.iterdir()):
            if (
                path.is_file()
                and path.name.startswith(prefix)
                and path.name.endswith((".whl", ".tar.gz", "variants.json"))
            ):
                digest = {"sha256": hashlib.sha256(path.read_bytes()).hexdigest()} if self.hashes else {}
                time = next((time for start, time in self.times.items() if path.name.startswith(start)), None)
                files.append(File(path.name, f"../../files/{path.name}", hashes=digest, upload_time=time))
        render = render_json_page if self.kind == "json" else render_html_page
        return render(project, files).encode()


class _Handler(SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Otherwise a client that keeps its connection waits 40 ms for each body (RFC 896 against delayed ACKs).
    disable_nagle_algorithm = True
    index: IndexServer

    def __init__(self, *args: Any, index: IndexServer) -> None:
        self.index = index
        super().__init__(*args)

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        index = self.index
        index.requests.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
        index.clients.append(self.client_address[:2])
        answer = index.override(self.path)
        if answer is None:
            answer = self._from_folder(self.path)
        status, headers, body = answer
        self._begin(status, headers)
        whole = isinstance(body, bytes) and "Content-Length" not in headers
        if whole:
            self.send_header("Content-Length", str(len(body)))  # type: ignore[arg-type]
        self.end_headers()
        with suppress(ConnectionError):  # the client may close the connection
            for piece in [body] if isinstance(body, bytes) else body:
                self.wfile.write(piece)
                self.wfile.flush()
        self.close_connection = self.close_connection or not whole

    def _begin(self, status: int, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if self.index.ranges:
            self.send_header("Accept-Ranges", "bytes")

    def do_HEAD(self) -> None:
        status, headers, body = self._from_folder(self.path)
        self._begin(status, headers)
        self.send_header("Content-Length", str(len(body)))  # type: ignore[arg-type]
        self.end_headers()

    def _from_folder(self, path: str) -> Answer:
        from urllib.parse import unquote

        parts = [unquote(part) for part in path.strip("/").split("/")]
        if parts[0] == "simple" and len(parts) == 2:
            body = self.index.page(parts[1])
            if b"<a " not in body and b"filename" not in body:
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


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        pass  # in some tests the client closes the connection


@contextmanager
def serving(index: IndexServer, tls: ssl.SSLContext | None = None) -> Iterator[IndexServer]:
    """Serve it on the loopback interface; ``index.url`` is what ``--index-url`` takes."""
    server = _Server(("127.0.0.1", 0), partial(_Handler, index=index))
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    scheme = "http" if tls is None else "https"
    index.url = f"{scheme}://127.0.0.1:{server.server_address[1]}/simple"
    with _running(server):
        yield index


@contextmanager
def listening(handler: Callable[..., BaseRequestHandler]) -> Iterator[str]:
    """A server on the loopback interface with this handler, until the block ends; yields its host and port."""
    server = _Server(("127.0.0.1", 0), handler)
    with _running(server):
        yield f"127.0.0.1:{server.server_address[1]}"


@contextmanager
def _running(server: ThreadingHTTPServer) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()


class Proxy:
    """A proxy for http and, by CONNECT, for https, that connects to this machine whatever the host name is.

    Args:
        authorization: what ``Proxy-Authorization`` must be, or None.
    """

    def __init__(self, authorization: str | None = None) -> None:
        self.authorization = authorization
        self.requests: list[str] = []
        self.url = ""


class _ProxyHandler(BaseHTTPRequestHandler):
    proxy: Proxy

    def __init__(self, *args: Any, proxy: Proxy) -> None:
        self.proxy = proxy
        super().__init__(*args)

    def log_message(self, format: str, *args: object) -> None:
        pass

    def _admitted(self) -> bool:
        self.proxy.requests.append(self.path)
        if self.proxy.authorization in (None, self.headers.get("Proxy-Authorization")):
            return True
        self.send_error(407)
        return False

    def do_GET(self) -> None:
        if not self._admitted():
            return
        parts = urlsplit(self.path)
        connection = HTTPConnection("127.0.0.1", parts.port or 80, timeout=PATIENCE)
        headers = {name: value for name, value in self.headers.items() if not name.lower().startswith("proxy-")}
        connection.request(self.command, parts._replace(scheme="", netloc="").geturl(), headers=headers)
        answer = connection.getresponse()
        body = answer.read()
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in ("connection", "transfer-encoding", "content-length"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        connection.close()

    do_HEAD = do_GET

    def do_CONNECT(self) -> None:
        if not self._admitted():
            return
        port = int(self.path.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as there:
            self.send_response(200)
            self.end_headers()
            back = threading.Thread(target=pump, args=(there, self.connection), daemon=True)
            back.start()
            pump(self.connection, there)
            back.join(20)
        self.close_connection = True


def pump(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while chunk := source.recv(1 << 16):
            sink.sendall(chunk)
    with suppress(OSError):
        sink.shutdown(socket.SHUT_WR)


@contextmanager
def proxying(proxy: Proxy) -> Iterator[Proxy]:
    """Run it on the loopback interface; ``proxy.url`` is what ``--proxy`` takes."""
    with listening(partial(_ProxyHandler, proxy=proxy)) as address:
        proxy.url = f"http://{address}"
        yield proxy
