"""The signals by which somebody asks us to end: Ctrl-C (SIGINT), SIGTERM, and SIGHUP of a terminal that is closed.

A signal that is ignored stays ignored: ``nohup dualvariant build …`` goes on after the terminal is closed. In threads
other than the main one nothing here has an effect, because Python handles signals in the main thread only.
"""

from __future__ import annotations

import math
import signal
import sys
import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from types import FrameType
from typing import Any

__all__ = ["interruptible", "uninterrupted"]

_NUMBERS = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGHUP", "SIGINT") if hasattr(signal, name))
#: Seconds: who closes a terminal sends SIGHUP to all of its processes, and so do those of them that pass it on.
_TOGETHER = 0.5
#: Seconds; a finalizer has ended by then.
_MOMENT = 0.01


@contextmanager
def interruptible() -> Iterator[None]:
    """Raise KeyboardInterrupt for each of the signals, so that the block can clean up.

    Several that come together are one: the others would be raised on the way to what cleans up, which would not begin.
    Behind a block that was interrupted they are ignored: all that is left is to say so and to end.
    """
    last = -math.inf

    def interrupt(number: int, frame: FrameType | None) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last > _TOGETHER:
            last = now
            raise KeyboardInterrupt

    def repeat(unraisable: sys.UnraisableHookArgs) -> None:
        """Python drops what a finalizer raises, and prints a traceback: the interruption comes a moment later."""
        nonlocal last
        if unraisable.exc_type is not KeyboardInterrupt:
            before(unraisable)
            return
        last = -math.inf
        number = next(iter(handlers))
        threading.Timer(_MOMENT, signal.pthread_kill, [threading.main_thread().ident, number]).start()

    handlers = _for_each(interrupt)
    before, afterwards = sys.unraisablehook, _current(handlers)
    try:
        sys.unraisablehook = repeat if handlers else before
        with _held_back(handlers):  # one that comes meanwhile is raised here, as if the block had begun
            _set(handlers)
        yield
    finally:
        if isinstance(sys.exc_info()[1], KeyboardInterrupt):
            afterwards = dict.fromkeys(handlers, signal.SIG_IGN)
        _set(afterwards)
        sys.unraisablehook = before


@contextmanager
def uninterrupted() -> Iterator[Callable[[], AbstractContextManager[None]]]:
    """Hold the signals back in a block that has to come to its end; the first of them takes effect behind it.

    Yields:
        What makes a part of the block in which they take effect at once, so that the rest can clean up.
    """
    held: list[int] = []
    handlers = _for_each(lambda number, frame: held.append(number))

    @contextmanager
    def let_through() -> Iterator[None]:
        with _handled(before):
            if held:
                signal.raise_signal(held.pop(0))
            yield

    before = _current(handlers)
    try:
        with _handled(handlers):
            yield let_through
    finally:
        if held:
            signal.raise_signal(held[0])


def _for_each(handler: Callable[[int, FrameType | None], None]) -> Mapping[int, Any]:
    """A handler for the signals that are not ignored."""
    if threading.current_thread() is not threading.main_thread():
        return {}
    return {number: handler for number in _NUMBERS if signal.getsignal(number) not in (signal.SIG_IGN, None)}


def _current(numbers: Iterable[int]) -> Mapping[int, Any]:
    """The handlers that these signals have now."""
    return {number: signal.getsignal(number) for number in numbers}


def _set(handlers: Mapping[int, Any]) -> None:
    for number, handler in handlers.items():
        signal.signal(number, handler)


@contextmanager
def _handled(handlers: Mapping[int, Any]) -> Iterator[None]:
    """Handle signals by functions until the block ends."""
    before = _current(handlers)
    try:
        _set(handlers)
        yield
    finally:
        _set(before)


@contextmanager
def _held_back(numbers: Collection[int]) -> Iterator[None]:
    """Have the system keep signals until the block ends, where it can."""
    if not numbers or not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, numbers)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
