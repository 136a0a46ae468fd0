"""Connections of clients that have not shown that they know the view's secret: few, so that they cannot hinder others.

Every user of this machine can connect to the loopback interface. Each connection costs a thread and a descriptor, so
only the newest connections of strangers stay open. Those of the installer are strangers until their first request.
"""

from __future__ import annotations

import socket
import threading
from contextlib import suppress

__all__ = ["Strangers"]


class Strangers:
    """The open connections of strangers.

    Args:
        most: how many there may be; when one more comes, the oldest is ended.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._connections: dict[int, socket.socket] = {}

    def add(self, connection: socket.socket) -> None:
        """Count a new connection, and end the oldest if there are too many."""
        with self._lock:
            self._connections[id(connection)] = connection
            if len(self._connections) <= self._most:
                return
            oldest = self._connections.pop(next(iter(self._connections)))
            with suppress(OSError):
                oldest.shutdown(socket.SHUT_RDWR)  # its thread finds that there is no further request

    def remove(self, connection: socket.socket) -> None:
        """Count a connection no more: it has ended, or is no stranger's."""
        with self._lock:
            self._connections.pop(id(connection), None)
