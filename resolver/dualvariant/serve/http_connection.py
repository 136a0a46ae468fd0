"""HTTP/1.1 on one connection (RFC 9112): its requests are read, and their answers written, one after the other."""

from __future__ import annotations

import time
from collections.abc import Mapping
from http import HTTPStatus
from socketserver import StreamRequestHandler

__all__ = ["HttpConnection"]

#: Seconds after which a connection ends on which no request comes.
IDLE_LIMIT = 90.0
#: The longest line of a request, and the most header lines, that are read.
_LINE, _LINES = 1 << 16, 100


class HttpConnection(StreamRequestHandler):
    """Reads requests for GET and HEAD, and writes answers.

    Attributes:
        method: ``GET`` or ``HEAD``.
        path: the target of the request, with its query.
        version: ``HTTP/1.1`` or ``HTTP/1.0``.
        headers: by their names in lower case.
        close_connection: no other request is read.
        begun: the answer has begun.
    """

    # Otherwise an installer that keeps its connection waits 40 ms for each answer (RFC 896 against delayed ACKs).
    disable_nagle_algorithm = True
    wbufsize = 1 << 16

    def read_in_time(self) -> bool:
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
        self.send(405, b"only GET and HEAD\n", "text/plain", body=self.method != "HEAD")
        self.wfile.flush()
        return False

    def send(self, status: int, content: bytes, kind: str, *, body: bool) -> None:
        """Write an answer that must not be stored; without its body for HEAD."""
        self.send_head(status, {"Content-Type": kind, "Content-Length": str(len(content)), "Cache-Control": "no-store"})
        if body:
            self.wfile.write(content)

    def send_head(self, status: int, headers: Mapping[str, str]) -> None:
        """Write the head of an answer."""
        self.begun = True
        lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}"]
        lines.append(time.strftime("Date: %a, %d %b %Y %H:%M:%S GMT", time.gmtime()))
        lines += [f"{name}: {value}" for name, value in headers.items()]
        if self.close_connection:
            lines.append("Connection: close")
        self.wfile.write("\r\n".join([*lines, "", ""]).encode("latin-1"))
