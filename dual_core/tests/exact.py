"""Functions and derivatives in 200-bit arithmetic (MPFR), and how far floats are from them."""

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

import gmpy2

__all__ = ["FUNCTIONS", "FUNCTIONS_OF_TWO", "Exact", "Rounded", "exact", "rounded", "ulps", "worst"]

gmpy2.get_context().precision = 200
#: A float as a number of 200 bits.
exact: Callable[[float], Any] = gmpy2.mpfr


class Exact(NamedTuple):
    """A function and its derivatives, by each argument in turn."""

    value: Callable[..., Any]
    slopes: tuple[Callable[..., Any], ...]


def _one(value: Callable[[Any], Any], slope: Callable[[Any], Any]) -> Exact:
    return Exact(value, (slope,))


_LN2, _LN10, _PEAK = gmpy2.log(exact(2)), gmpy2.log(exact(10)), 2 / gmpy2.sqrt(gmpy2.const_pi())

FUNCTIONS: dict[str, Exact] = {
    "sin": _one(gmpy2.sin, gmpy2.cos),
    "cos": _one(gmpy2.cos, lambda a: -gmpy2.sin(a)),
    "tan": _one(gmpy2.tan, lambda a: 1 / gmpy2.square(gmpy2.cos(a))),
    "asin": _one(gmpy2.asin, lambda a: 1 / gmpy2.sqrt(1 - a * a)),
    "acos": _one(gmpy2.acos, lambda a: -1 / gmpy2.sqrt(1 - a * a)),
    "atan": _one(gmpy2.atan, lambda a: 1 / (1 + a * a)),
    "sinh": _one(gmpy2.sinh, gmpy2.cosh),
    "cosh": _one(gmpy2.cosh, gmpy2.sinh),
    "tanh": _one(gmpy2.tanh, lambda a: gmpy2.square(gmpy2.sech(a))),
    "asinh": _one(gmpy2.asinh, lambda a: 1 / gmpy2.sqrt(1 + a * a)),
    "acosh": _one(gmpy2.acosh, lambda a: 1 / gmpy2.sqrt((a - 1) * (a + 1))),
    "atanh": _one(gmpy2.atanh, lambda a: 1 / (1 - a * a)),
    "exp": _one(gmpy2.exp, gmpy2.exp),
    "exp2": _one(gmpy2.exp2, lambda a: gmpy2.exp2(a) * _LN2),
    "expm1": _one(gmpy2.expm1, gmpy2.exp),
    "log": _one(gmpy2.log, lambda a: 1 / a),
    "log2": _one(gmpy2.log2, lambda a: 1 / (a * _LN2)),
    "log10": _one(gmpy2.log10, lambda a: 1 / (a * _LN10)),
    "log1p": _one(gmpy2.log1p, lambda a: 1 / (1 + a)),
    "sqrt": _one(gmpy2.sqrt, lambda a: 1 / (2 * gmpy2.sqrt(a))),
    "cbrt": _one(gmpy2.cbrt, lambda a: 1 / (3 * gmpy2.square(gmpy2.cbrt(a)))),
    "erf": _one(gmpy2.erf, lambda a: _PEAK * gmpy2.exp(-a * a)),
    "erfc": _one(gmpy2.erfc, lambda a: -_PEAK * gmpy2.exp(-a * a)),
}
FUNCTIONS_OF_TWO: dict[str, Exact] = {
    "pow": Exact(lambda x, y: x**y, (lambda x, y: y * x ** (y - 1), lambda x, y: x**y * gmpy2.log(x))),
    "hypot": Exact(gmpy2.hypot, (lambda x, y: x / gmpy2.hypot(x, y), lambda x, y: y / gmpy2.hypot(x, y))),
    "atan2": Exact(gmpy2.atan2, (lambda y, x: x / (x * x + y * y), lambda y, x: -y / (x * x + y * y))),
}


class Rounded(NamedTuple):
    """Exact numbers as floats: the nearest of each, and what that leaves."""

    nearest: Sequence[float]
    rest: Sequence[float]


def rounded(function: Callable[..., Any], *points: Iterable[float]) -> Rounded:
    """A function at points: of each argument a sequence."""
    nearest, rest = [], []
    for arguments in zip(*points, strict=True):
        number = function(*map(exact, arguments))
        near = float(number)
        nearest.append(near)
        rest.append(float(number - exact(near)) if math.isfinite(near) else 0.0)
    return Rounded(nearest, rest)


def ulps(expected: Any, actual: float) -> float:
    """The distance in units of the last place of the expected number, as a float has them."""
    nearest = float(expected)
    if math.isinf(nearest) or math.isinf(actual):
        return 0.0 if nearest == actual else math.inf
    return float(abs(exact(actual) - expected) / exact(math.ulp(nearest)))


def worst(expected: Rounded, actual: Sequence[float]) -> tuple[float, int]:
    """The greatest distance of *actual* from *expected*, in units of the last place, and where.

    A nan is infinitely far.
    """
    found = 0.0, 0
    for i, (near, rest, number) in enumerate(zip(*expected, actual, strict=True)):
        if number == near and abs(rest) <= found[0] * math.ulp(near):
            continue
        if math.isinf(near) or math.isinf(number):
            distance = 0.0 if near == number else math.inf
        else:
            distance = abs((number - near) - rest) / math.ulp(near)
        if not distance <= found[0]:
            found = (math.inf if math.isnan(distance) else distance), i
    return found
