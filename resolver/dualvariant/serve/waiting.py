"""Clients that wait for an answer of the view, while an index takes its time to answer us."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress

__all__ = ["INTERVAL", "Waiting"]

#: Seconds after which a client is told again that its answer will come: less than any client waits for a server.
INTERVAL = 0.5

#: An interim answer: clients read past it (RFC 9110, section 15.2).
_INTERIM = b"HTTP/1.1 100 Continue\r\n\r\n"


class Waiting:
    """The connections on which a client waits.

    A client gives up a server that is silent for too long, 15 seconds in pip. It would give up the view because of an
    index whose page it would have read, or passed over, itself.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._connections: dict[int, socket.socket] = {}

    def add(self, connection: socket.socket) -> None:
        """Count a connection on which a request of HTTP/1.1 has come."""
        with self._lock:
            self._connections[id(connection)] = connection

    def remove(self, connection: socket.socket) -> None:
        """Count a connection no more: its answer begins. Nothing but that is sent from now on."""
        with self._lock:
            self._connections.pop(id(connection), None)

    def tell(self) -> None:
        """Send an interim answer to each."""
        with self._lock:
            for connection in self._connections.values():
                with suppress(OSError):  # it has gone
                    connection.sendall(_INTERIM)
