"""The two parts of a dual number in plain Python, and how another one is made of them."""

from __future__ import annotations

import math
from collections.abc import Callable
from numbers import Real
from typing import Any

__all__ = ["Parts", "apply", "is_number", "like"]

_allocate = object.__new__


def is_number(x: object) -> bool:
    """Whether this counts as a constant: a float, an int or another real number."""
    return isinstance(x, (float, int, Real))


def like(x: Any, a: float, b: float) -> Any:
    """The dual number ``a + b·ε`` of the derivative to which *x* belongs."""
    new = _allocate(type(x))
    new._a = a
    new._b = b
    new._tag = x._tag
    return new


def apply(kernel: Callable[[float, float], tuple[float, float]], x: Any) -> Any:
    """A function of one dual number, by what it makes of the parts.

    Raises:
        TypeError: *x* is none: an unbound method is called with something else.
    """
    if not isinstance(x, Parts):
        name, kind = kernel.__name__, type(x).__name__
        raise TypeError(f"descriptor {name!r} for 'Dual' objects doesn't apply to a {kind!r} object")
    return like(x, *kernel(x._a, x._b))


class Parts:
    """The value, the derivative, and the tag of the derivative to which the number belongs."""

    __slots__ = ()
    _a: float
    _b: float
    _tag: int

    def __abs__(self) -> Any:
        """``|a| + sign(a)·b·ε``; the derivative at 0 is nan."""
        a = self._a
        sign = 1.0 if a > 0.0 else -1.0 if a < 0.0 else math.nan
        return like(self, abs(a), sign * self._b)
