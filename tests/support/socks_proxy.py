"""A SOCKS5 proxy on the loopback interface (RFC 1928; RFC 1929 for user and password)."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from socketserver import StreamRequestHandler
from typing import Any

from processes import PATIENCE
from servers import listening, pump

__all__ = ["SocksProxy", "proxying_socks"]

_NO_LOGIN, _LOGIN, _NEITHER = 0, 2, 255
_NAME, _IPV4 = 3, 1


class SocksProxy:
    """Connects to this machine, whatever name it is asked for.

    Args:
        login: the user and the password that it asks for, or None.
        reply: what it answers to a request to connect; 0 is success.
    """

    def __init__(self, login: tuple[str, str] | None = None, reply: int = 0) -> None:
        self.login = login
        self.reply = reply
        #: What it was asked for: names, or addresses, as clients give them.
        self.requests: list[str] = []
        #: Its address, without a scheme.
        self.address = ""


class _Handler(StreamRequestHandler):
    def __init__(self, *arguments: Any, proxy: SocksProxy) -> None:
        self.proxy = proxy
        super().__init__(*arguments)

    def handle(self) -> None:
        _, count = self.rfile.read(2)
        offered = self.rfile.read(count)
        method = _NO_LOGIN if self.proxy.login is None else _LOGIN
        self.wfile.write(bytes([5, method if method in offered else _NEITHER]))
        if method not in offered or (method == _LOGIN and not self._logged_in()):
            return
        _, _, _, kind = self.rfile.read(4)
        name = self._read_text() if kind == _NAME else socket.inet_ntoa(self.rfile.read(4))
        port = int.from_bytes(self.rfile.read(2), "big")
        self.proxy.requests.append(name)
        self.wfile.write(bytes([5, self.proxy.reply, 0, _IPV4, 127, 0, 0, 1, 0, 0]))
        if self.proxy.reply == 0:
            with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as there:
                back = threading.Thread(target=pump, args=(there, self.connection), daemon=True)
                back.start()
                pump(self.connection, there)
                back.join(20)

    def _logged_in(self) -> bool:
        self.rfile.read(1)
        is_right = (self._read_text(), self._read_text()) == self.proxy.login
        self.wfile.write(bytes([1, 0 if is_right else 1]))
        return is_right

    def _read_text(self) -> str:
        return self.rfile.read(self.rfile.read(1)[0]).decode()


@contextmanager
def proxying_socks(proxy: SocksProxy) -> Iterator[SocksProxy]:
    """Run it until the block ends."""
    with listening(partial(_Handler, proxy=proxy)) as address:
        proxy.address = address
        yield proxy
