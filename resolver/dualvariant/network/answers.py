"""Limits of one HTTP answer, kept where its bytes arrive: how long it may take, and how much may come beside its body.

urllib3's time limit counts anew with every byte, and the standard library reads any number of interim answers
(``100 Continue``), and of lines behind a body: a server could hold us for ever with a byte now and then, or with bytes
that are no body, which are in front of it, behind it, and between the pieces of a chunked one (RFC 9112 §7.1).
"""

from __future__ import annotations

import http.client
import io
import math
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from dualvariant.network.connection_classes import extend_connections

if TYPE_CHECKING:
    from urllib3 import PoolManager

__all__ = ["MIN_SPEED", "AnswerLimitError", "EndlessHeadError", "SlowAnswerError", "limit_answers"]

#: The slowest answer, in bytes a second, that is waited for.
MIN_SPEED = 10_000
#: The most bytes of an answer in front of its body. Between the pieces of a body, and behind them, there may be as many
#: again as the body has.
HEAD_SIZE = 1 << 20
#: Two bytes end each piece of a chunked body. Pieces of no more bytes cannot be told from that, and count for nothing.
_END_OF_PIECE = 2


class AnswerLimitError(Exception):
    """An answer does not keep a limit. urllib3 passes this on as it is, and so does not ask again."""


class SlowAnswerError(AnswerLimitError):
    """An answer comes too slowly."""


class EndlessHeadError(AnswerLimitError):
    """There are too many bytes in front of the body of an answer."""


class BloatedBodyError(AnswerLimitError):
    """There are too many bytes between the pieces of a body, or behind them."""


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
        #: The bytes of the body that have come, or are asked for now.
        self.body: float = 0

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
        if self._size > HEAD_SIZE + 2 * self.body:
            raise BloatedBodyError("more around the pieces of its content than in them")
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
        if not self.chunked:
            self._arrivals.body = math.inf  # there is nothing but the body

    def read(self, amt: int | None = None) -> bytes:
        return _read_foreign(super().read, amt)

    def _safe_read(self, amt: int) -> bytes:
        """Read a part of a piece, or its end. Both this class's base and urllib3 do so with what is chunked."""
        if amt < 0:
            raise http.client.HTTPException("a piece of negative size")
        if amt > _END_OF_PIECE:
            self._arrivals.body += amt
        # typeshed leaves this method of the standard library out; urllib3 calls it.
        return _read_foreign(super()._safe_read, amt)  # type: ignore[misc]


def _read_foreign(read: Callable[..., bytes], size: int | None) -> bytes:
    """Call a method of the standard library that reads a body.

    Raises:
        HTTPException: the body makes the method raise something else than what it is meant to raise.
    """
    try:
        return read(size)
    except (OSError, http.client.HTTPException, AnswerLimitError, MemoryError):
        raise
    except Exception as error:  # ValueError, OverflowError, …: which ones depends on Python's version and on the bytes
        raise http.client.HTTPException(f"not a body ({type(error).__name__})") from error


def limit_answers(manager: PoolManager, patience: float) -> None:
    """Keep the answers to all requests of a pool manager within the limits.

    Args:
        manager: the manager, before its first request.
        patience: the seconds that an answer may take, besides those that :data:`MIN_SPEED` grants.
    """
    response = type("Response", (_LimitedResponse,), {"patience": patience})
    extend_connections(manager, response_class=response)
