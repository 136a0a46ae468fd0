"""Functions of dual numbers in plain Python that are written by hand: of two arguments, choices, the absolute value."""

from __future__ import annotations

import math
from typing import Any

from dual_autodiff.scalars import values
from dual_autodiff.scalars.dispatch import foreign
from dual_autodiff.scalars.plain.dual import Dual, new
from dual_autodiff.scalars.plain.parts import is_number

__all__ = ["atan2", "fabs", "hypot", "maximum", "minimum", "pow", "where"]


def fabs(x: Any, /) -> Any:
    """``fabs(a + b·ε) = |a| + sign(a)·b·ε``, where the derivative at 0 is nan; for a number a float.

    :param x: a Dual or a number; any
    :returns: a Dual for a Dual, else a float
    :raises TypeError: *x* is neither Dual nor number
    """
    if type(x) is Dual or is_number(x):
        return abs(x) if type(x) is Dual else abs(float(x))
    return foreign("fabs", x)


def hypot(x: Any, y: Any, /) -> Any:
    """``hypot(a + b·ε, c + d·ε) = h + (a/h·b + c/h·d)·ε`` with ``h = √(a² + c²)``, without overflow on the way.

    The derivative at the origin is nan. Where one argument is infinite, it alone has a slope, ±1; where both are, nan.

    :param x: a Dual or a number; any
    :param y: a Dual or a number; any
    :returns: a Dual if either is one, else a float
    :raises TypeError: *x* or *y* is neither Dual nor number
    """
    if not _together(x, y):
        return foreign("hypot", x, y)
    (a, b), (c, d) = _read(x), _read(y)
    value = math.hypot(a, c)
    if b is None and d is None:
        return value
    return new(value, values.tangent(values.leg(a, c, value), b, values.leg(c, a, value), d), _tag_of(x, y))


def atan2(y: Any, x: Any, /) -> Any:
    """``atan2(c + d·ε, a + b·ε) = atan2(c, a) + (a·d - c·b)/(a² + c²)·ε``, in radians.

    That is the angle of the point (*x*, *y*). The derivative at the origin is nan; where an argument is infinite, 0.

    :param y: a Dual or a number; any
    :param x: a Dual or a number; any
    :returns: a Dual if either is one, else a float
    :raises TypeError: *y* or *x* is neither Dual nor number
    """
    if not _together(y, x):
        return foreign("atan2", y, x)
    (c, d), (a, b) = _read(y), _read(x)
    value = math.atan2(c, a)
    if b is None and d is None:
        return value
    return new(value, values.turn(c, d, a, b), _tag_of(y, x))


def pow(x: Any, y: Any, /) -> Any:
    """``x ** y`` with the errors of :func:`math.pow`.

    :param x: a Dual or a number
    :param y: a Dual or a number; an integer where *x* is negative
    :returns: a Dual if either is one, else a float
    :raises ValueError: a negative *x* with a fractional *y*, or zero to a negative power
    :raises OverflowError: the value is too large for a float
    :raises TypeError: *x* or *y* is neither Dual nor number
    """
    if not _together(x, y):
        return foreign("pow", x, y)
    try:
        return x**y if type(x) is Dual or type(y) is Dual else values.power(float(x), float(y))
    except ZeroDivisionError:
        raise ValueError("math domain error") from None


def maximum(x: Any, y: Any, /) -> Any:
    """The argument with the greater value, and its derivative: *x* at a tie. A nan wins, the first of two.

    :param x: a Dual or a number; any
    :param y: a Dual or a number; any
    :returns: a Dual if either is one, else a float
    :raises TypeError: *x* or *y* is neither Dual nor number
    """
    if not _together(x, y):
        return foreign("maximum", x, y)
    a, c = _read(x)[0], _read(y)[0]
    return _chosen(a >= c or a != a, x, y)


def minimum(x: Any, y: Any, /) -> Any:
    """The argument with the lesser value, and its derivative: *x* at a tie. A nan wins, the first of two.

    :param x: a Dual or a number; any
    :param y: a Dual or a number; any
    :returns: a Dual if either is one, else a float
    :raises TypeError: *x* or *y* is neither Dual nor number
    """
    if not _together(x, y):
        return foreign("minimum", x, y)
    a, c = _read(x)[0], _read(y)[0]
    return _chosen(a <= c or a != a, x, y)


def where(condition: Any, x: Any, y: Any, /) -> Any:
    """*x* where the condition holds, else *y*, each with its derivative.

    :param condition: a bool
    :param x: a Dual or a number; any
    :param y: a Dual or a number; any
    :returns: a Dual if either of *x* and *y* is one, else a float
    :raises TypeError: *x* or *y* is neither Dual nor number
    """
    if not (_together(x, y) and isinstance(condition, (bool, int))):
        return foreign("where", condition, x, y)
    return _chosen(bool(condition), x, y)


def _together(x: Any, y: Any) -> bool:
    """Whether both are Duals or numbers, and not derivatives by different variables."""
    one, other = type(x) is Dual, type(y) is Dual
    return bool(x._tag == y._tag) if one and other else (one or is_number(x)) and (other or is_number(y))


def _tag_of(x: Any, y: Any) -> int:
    return (x if type(x) is Dual else y)._tag


def _read(x: Any) -> tuple[float, float | None]:
    """Value and derivative; the derivative of a number is None."""
    return (x._a, x._b) if type(x) is Dual else (float(x), None)


def _chosen(first: bool, x: Any, y: Any) -> Any:
    """One of two scalars, a Dual if either is one."""
    chosen = x if first else y
    if type(chosen) is Dual:
        return chosen
    return new(float(chosen), 0.0, _tag_of(x, y)) if type(x) is Dual or type(y) is Dual else float(chosen)
