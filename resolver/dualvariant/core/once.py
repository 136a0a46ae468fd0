"""A value that is made once, when it is first asked for, whichever thread asks.

``functools.cached_property`` makes it twice where two threads ask (from Python 3.12), or has one lock for the objects
of a class all together, so that no two of them read at once (before).
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

__all__ = ["Once"]

T = TypeVar("T")


class Once(Generic[T]):
    """A value of one object; threads that ask for it while it is made wait. After an error, the next one tries again.

    Args:
        make: makes the value.
    """

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._made: list[T] = []
        self._lock = threading.Lock()

    def __call__(self) -> T:
        """The value.

        Raises:
            Exception: what ``make`` raises.
        """
        if not self._made:
            with self._lock:
                if not self._made:
                    self._made.append(self._make())
        return self._made[0]
