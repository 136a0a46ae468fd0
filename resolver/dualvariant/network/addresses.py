"""The addresses of servers, looked up once in a run.

Every new connection would look its server's name up again, and the pages of a set are on their way over dozens of
connections. Resolvers drop queries of such a burst, and the C library asks again after five seconds.
"""

from __future__ import annotations

import socket
from collections.abc import Sequence
from functools import partial
from typing import Any

from urllib3.exceptions import ConnectTimeoutError, NewConnectionError
from urllib3.util.connection import allowed_gai_family

from dualvariant.core.once import Once

__all__ = ["Addresses", "KnownAddress"]


class Addresses:
    """What the names of servers stand for. Threads share it."""

    def __init__(self) -> None:
        self._found: dict[str, Once[Sequence[str]]] = {}

    def find(self, name: str) -> Sequence[str]:
        """The addresses of a server, in the order of the system.

        Raises:
            OSError, UnicodeError: the name cannot be looked up.
        """
        return self._found.setdefault(name, Once(partial(_look_up, name)))()


def _look_up(name: str) -> Sequence[str]:
    return [str(each[4][0]) for each in socket.getaddrinfo(name, None, allowed_gai_family(), socket.SOCK_STREAM)]


class KnownAddress:
    """Makes a connection of urllib3 connect to the address that is known of its server.

    If that fails, urllib3 looks the name up itself, tries every address, and says what is wrong.
    """

    addresses: Addresses
    _dns_host: str

    def _new_conn(self) -> Any:
        connect, name = super()._new_conn, self._dns_host  # type: ignore[misc]  # a connection is the next base
        try:
            self._dns_host = self.addresses.find(name)[0]
            return connect()
        except (OSError, UnicodeError, NewConnectionError, ConnectTimeoutError):
            self._dns_host = name
            return connect()
        finally:
            self._dns_host = name
