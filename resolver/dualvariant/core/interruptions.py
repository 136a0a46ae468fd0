"""The signals by which somebody asks us to end: Ctrl-C (SIGINT), SIGTERM, and SIGHUP of a terminal that is closed.

A signal that is ignored stays ignored: ``nohup dualvariant build …`` goes on after the terminal is closed. In threads
other than the main one nothing here has an effect, because Python handles signals in the main thread only.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

__all__ = ["interruptible", "uninterrupted"]

_NUMBERS = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGHUP", "SIGINT") if hasattr(signal, name))


@contextmanager
def interruptible() -> Iterator[None]:
    """Raise KeyboardInterrupt for each of the signals, so that the block can clean up."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    with _handle(interrupt):
        yield


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Hold the signals back in a short block that has to come to its end; the first of them takes effect behind it."""
    held: list[int] = []
    try:
        with _handle(lambda number, frame: held.append(number)):
            yield
    finally:
        if held:
            signal.raise_signal(held[0])


@contextmanager
def _handle(handler: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    """Handle the signals by a function, unless they are ignored."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in _NUMBERS}
    handled = [number for number in _NUMBERS if before[number] not in (signal.SIG_IGN, None)]
    try:
        for number in handled:
            signal.signal(number, handler)
        yield
    finally:
        for number in handled:
            signal.signal(number, before[number])
