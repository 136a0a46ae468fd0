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
from collections.abc import Callable, Iterator, Mapping
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
    before = sys.unraisablehook
    try:
        sys.unraisablehook = repeat if handlers else before
        with _handled(handlers) as afterwards:
            try:
                yield
            except KeyboardInterrupt:
                afterwards.update(dict.fromkeys(afterwards, signal.SIG_IGN))
                raise
    finally:
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

    before = {number: signal.getsignal(number) for number in handlers}
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


@contextmanager
def _handled(handlers: Mapping[int, Any]) -> Iterator[dict[int, Any]]:
    """Handle signals by functions until the block ends.

    Yields:
        The handlers of these signals behind the block: those of before.
    """
    afterwards: dict[int, Any] = {number: signal.getsignal(number) for number in handlers}
    try:
        for number, handler in handlers.items():
            signal.signal(number, handler)
        yield afterwards
    finally:
        for number, handler in afterwards.items():
            signal.signal(number, handler)
