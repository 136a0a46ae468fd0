"""Work in other threads that cannot keep us for ever: one piece with a limit, or many pieces a few at a time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue
from typing import Generic, TypeVar

__all__ = ["TooLong", "all_of", "within"]

T = TypeVar("T")
S = TypeVar("S")

#: Seconds after which a person wonders whether anything happens at all.
QUIET = 2.0


class TooLong(Exception):
    """A piece of work did not end in time; whatever it still does, nobody looks at."""


class _Piece(Generic[T]):
    """One piece of work in a daemon thread: the program does not wait for it at its end."""

    def __init__(self, work: Callable[[], T]) -> None:
        self._work = work
        self._done = threading.Event()
        self._error: BaseException | None = None
        self._result: list[T] = []
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        try:
            self._result.append(self._work())
        except BaseException as error:  # it is raised again where the result is asked for
            self._error = error
        finally:
            self._done.set()

    def ended(self, seconds: float) -> bool:
        return self._done.wait(seconds)

    def result(self) -> T:
        if self._error is not None:
            raise self._error
        return self._result[0]


def within(seconds: float, work: Callable[[], T], wondering: Callable[[], None] = lambda: None) -> T:
    """What the work returns.

    Args:
        seconds: how long it may take.
        work: must not mind going on unheard.
        wondering: called once, after two seconds without a result.

    Raises:
        TooLong: it took longer.
    """
    piece = _Piece(work)
    first = min(QUIET, seconds)
    if not piece.ended(first):
        if seconds > first:
            wondering()
        if not piece.ended(seconds - first):
            raise TooLong(f"no end within {seconds:.0f} s")
    return piece.result()


def all_of(
    work: Callable[[S], T],
    items: Sequence[S],
    limit: int,
    progress: Callable[[int], None] = lambda done: None,
) -> list[T]:
    """What the work returns for each item, in their order; several are under way at once.

    The first error ends it all: no further item is begun.

    Args:
        work: done for each item; each call must end by itself.
        items: what to do it for.
        limit: how many at once.
        progress: told, every two seconds, how many are done.
    """
    if len(items) < 2:
        return [work(item) for item in items]
    waiting: SimpleQueue[int] = SimpleQueue()
    for position in range(len(items)):
        waiting.put(position)
    results: dict[int, T] = {}
    broken = threading.Event()

    def worker() -> None:
        while not broken.is_set():
            try:
                position = waiting.get_nowait()
            except Empty:
                return
            try:
                results[position] = work(items[position])
            except BaseException:
                broken.set()
                raise

    pieces = [_Piece(worker) for _ in range(min(limit, len(items)))]
    told = time.monotonic()
    for piece in pieces:
        while not piece.ended(0.2):
            if time.monotonic() - told > QUIET:
                told = time.monotonic()
                progress(len(results))
    for piece in pieces:
        piece.result()
    return [results[position] for position in range(len(items))]
