"""Functions in 200-bit arithmetic, and how far a float is from them."""

import math
import random
from collections.abc import Callable
from typing import Any

import mpmath  # type: ignore[import-untyped]

__all__ = ["EXACT", "FUNCTIONS", "POINTS", "Function", "derivative", "ulps", "value"]

Function = Callable[[Any], Any]
#: The arithmetic: 200 bits.
EXACT = mpmath.MPContext()
EXACT.prec = 200
_two, _ten, _slope = EXACT.mpf(2), EXACT.mpf(10), 2 / EXACT.sqrt(EXACT.pi)


def _cbrt(a: Any) -> Any:
    return EXACT.sign(a) * EXACT.cbrt(abs(a))


#: name: value, derivative, and the ranges that points are drawn from.
FUNCTIONS: dict[str, tuple[Function, Function, list[tuple[float, float]]]] = {
    "sin": (EXACT.sin, EXACT.cos, [(-4.0, 4.0), (-1e6, 1e6), (-1e300, 1e300)]),
    "cos": (EXACT.cos, lambda a: -EXACT.sin(a), [(-4.0, 4.0), (-1e6, 1e6), (-1e300, 1e300)]),
    "tan": (EXACT.tan, lambda a: 1 / EXACT.cos(a) ** 2, [(-1.57, 1.57), (-1e6, 1e6)]),
    "asin": (EXACT.asin, lambda a: 1 / EXACT.sqrt(1 - a * a), [(-1.0, 1.0), (-1e-5, 1e-5), (0.9999, 1.0)]),
    "acos": (EXACT.acos, lambda a: -1 / EXACT.sqrt(1 - a * a), [(-1.0, 1.0), (-1e-5, 1e-5), (0.9999, 1.0)]),
    "atan": (EXACT.atan, lambda a: 1 / (1 + a * a), [(-3.0, 3.0), (-1e6, 1e6), (-1e-5, 1e-5)]),
    "sinh": (EXACT.sinh, EXACT.cosh, [(-3.0, 3.0), (-709.0, 709.0), (-1e-5, 1e-5)]),
    "cosh": (EXACT.cosh, EXACT.sinh, [(-3.0, 3.0), (-709.0, 709.0), (-1e-5, 1e-5)]),
    "tanh": (EXACT.tanh, lambda a: EXACT.sech(a) ** 2, [(-3.0, 3.0), (-300.0, 300.0), (-1e-5, 1e-5)]),
    "asinh": (EXACT.asinh, lambda a: 1 / EXACT.sqrt(1 + a * a), [(-3.0, 3.0), (-1e9, 1e9), (-1e-5, 1e-5)]),
    "acosh": (EXACT.acosh, lambda a: 1 / EXACT.sqrt(a * a - 1), [(1.0, 3.0), (1.0, 1e9), (1.0, 1.0001)]),
    "atanh": (EXACT.atanh, lambda a: 1 / (1 - a * a), [(-1.0, 1.0), (-1e-5, 1e-5), (0.9999, 1.0)]),
    "exp": (EXACT.exp, EXACT.exp, [(-3.0, 3.0), (-700.0, 709.0)]),
    "exp2": (lambda a: _two**a, lambda a: _two**a * EXACT.log(2), [(-3.0, 3.0), (-1000.0, 1023.0)]),
    "expm1": (EXACT.expm1, EXACT.exp, [(-3.0, 3.0), (-40.0, 709.0), (-1e-5, 1e-5)]),
    "log": (EXACT.log, lambda a: 1 / a, [(0.5, 2.0), (0.0, 1e6), (1.0, 1e300)]),
    "log2": (
        lambda a: EXACT.log(a) / EXACT.log(2),
        lambda a: 1 / (a * EXACT.log(2)),
        [(0.5, 2.0), (0.0, 1e6), (1.0, 1e300)],
    ),
    "log10": (
        lambda a: EXACT.log(a) / EXACT.log(10),
        lambda a: 1 / (a * EXACT.log(10)),
        [(0.5, 2.0), (0.0, 1e6), (1.0, 1e300)],
    ),
    "log1p": (EXACT.log1p, lambda a: 1 / (1 + a), [(-1.0, 1.0), (0.0, 1e6), (-1e-5, 1e-5)]),
    "sqrt": (EXACT.sqrt, lambda a: 1 / (2 * EXACT.sqrt(a)), [(0.0, 4.0), (0.0, 1e300)]),
    "cbrt": (_cbrt, lambda a: 1 / (3 * EXACT.cbrt(abs(a)) ** 2), [(-4.0, 4.0), (-1e300, 1e300)]),
    "erf": (EXACT.erf, lambda a: _slope * EXACT.exp(-a * a), [(-3.0, 3.0), (-25.0, 25.0), (-1e-5, 1e-5)]),
    "erfc": (EXACT.erfc, lambda a: -_slope * EXACT.exp(-a * a), [(-3.0, 3.0), (-25.0, 25.0)]),
}

#: name: the points of the tests, the same in each run; the range's ends and their neighbours are among them.
POINTS: dict[str, list[float]] = {}
for _name, (_, _, _ranges) in FUNCTIONS.items():
    _source = random.Random(_name)
    POINTS[_name] = [_source.uniform(low, high) for low, high in _ranges for _ in range(200)]
    POINTS[_name] += [math.nextafter(low, high) for low, high in _ranges]
    POINTS[_name] += [math.nextafter(high, low) for low, high in _ranges]
POINTS["log"] += [5e-324, 1e-310, 2.2250738585072014e-308, math.nextafter(1.0, 0.0), math.nextafter(1.0, 2.0)]
POINTS["sqrt"] += [5e-324, 1e-310]
POINTS["cbrt"] += [5e-324, -1e-310]
POINTS["exp"] += [-745.0, -710.0, 709.7, 5e-324]
for _name in ("sin", "tan", "asin", "atan", "sinh", "tanh", "asinh", "atanh", "expm1", "log1p"):
    POINTS[_name] += [5e-324, -1e-310, 1e-200]


def value(name: str, a: float) -> Any:
    """The function at *a*."""
    return FUNCTIONS[name][0](EXACT.mpf(a))


def derivative(name: str, a: float) -> Any:
    """The derivative at *a*."""
    return FUNCTIONS[name][1](EXACT.mpf(a))


def ulps(expected: Any, actual: float) -> float:
    """The distance in units of the last place of the expected number, as a float has them."""
    nearest = float(expected)
    if math.isinf(nearest) or math.isinf(actual):
        return 0.0 if nearest == actual else math.inf
    return float(abs(EXACT.mpf(actual) - expected) / EXACT.mpf(math.ulp(nearest)))
