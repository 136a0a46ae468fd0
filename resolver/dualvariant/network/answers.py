"""Limits of one HTTP answer, kept where its bytes arrive: how long it may take, and how large its head may be.

urllib3's time limit counts anew with every byte, and the standard library reads any number of interim answers
(``100 Continue``): a server could hold us for ever with a byte now and then, in the head as in the body.
"""

from __future__ import annotations

import http.client
import io
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from urllib3 import PoolManager

__all__ = ["MIN_SPEED", "EndlessHeadError", "SlowAnswerError", "limit_answers"]

#: The slowest answer, in bytes a second, that is waited for.
MIN_SPEED = 10_000
#: The most bytes of an answer in front of its body.
HEAD_SIZE = 1 << 20


class SlowAnswerError(Exception):
    """An answer comes too slowly. urllib3 passes this on as it is, and so does not ask again."""


class EndlessHeadError(Exception):
    """There are too many bytes in front of the body of an answer."""


class _Arrivals(io.RawIOBase):
    """The bytes of an answer as they arrive. What the reader does between two reads takes no time here.

    Args:
        socket: where they come from.
        patience: the seconds that they may take, besides those that :data:`MIN_SPEED` grants.
    """

    def __init__(self, socket: io.RawIOBase, patience: float) -> None:
        super().__init__()
        self._socket, self._patience = socket, patience
        self._waited = 0.0
        self._size = 0
        self.in_head = True

    def readable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._socket.fileno()

    def readinto(self, buffer: Any) -> int | None:
        begun = time.monotonic()
        size: int | None = self._socket.readinto(buffer)
        self._waited += time.monotonic() - begun
        self._size += size or 0
        if self._waited > self._patience + self._size / MIN_SPEED:
            raise SlowAnswerError(f"less than {MIN_SPEED // 1000} kB a second")
        if self.in_head and self._size > HEAD_SIZE:
            raise EndlessHeadError(f"more than {HEAD_SIZE >> 20} MiB before its content")
        return size

    def close(self) -> None:
        self._socket.close()
        super().close()


class _LimitedResponse(http.client.HTTPResponse):
    """A response whose bytes arrive within limits."""

    patience: float

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._arrivals = _Arrivals(self.fp.detach(), self.patience)
        self.fp = io.BufferedReader(self._arrivals)

    def begin(self) -> None:
        super().begin()
        self._arrivals.in_head = False


def limit_answers(manager: PoolManager, patience: float) -> None:
    """Keep the answers to all requests of a pool manager within the limits, and look each server up once.

    Args:
        manager: the manager, before its first request.
        patience: the seconds that an answer may take, besides those that :data:`MIN_SPEED` grants.
    """
    from urllib3 import HTTPConnectionPool, HTTPSConnectionPool

    from dualvariant.network.addresses import Addresses, KnownAddress

    response = type("Response", (_LimitedResponse,), {"patience": patience})
    own = {"response_class": response, "addresses": Addresses()}
    manager.pool_classes_by_scheme = {
        scheme: type(
            pool.__name__,
            (pool,),
            {"ConnectionCls": type("Connection", (KnownAddress, pool.ConnectionCls), own)},
        )
        for scheme, pool in (("http", HTTPConnectionPool), ("https", HTTPSConnectionPool))
    }
