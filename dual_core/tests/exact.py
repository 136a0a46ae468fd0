"""Functions in 200-bit arithmetic, and how far a float is from them."""

import math
import random
from collections.abc import Callable
from typing import Any

import mpmath

__all__ = ["FUNCTIONS", "POINTS", "Function", "derivative", "ulps", "value"]

Function = Callable[[Any], Any]
_context = mpmath.MPContext()
_context.prec = 200
_two, _ten, _slope = _context.mpf(2), _context.mpf(10), 2 / _context.sqrt(_context.pi)


def _cbrt(a: Any) -> Any:
    return _context.sign(a) * _context.cbrt(abs(a))


#: name: value, derivative, and the ranges that points are drawn from.
FUNCTIONS: dict[str, tuple[Function, Function, list[tuple[float, float]]]] = {
    "sin": (_context.sin, _context.cos, [(-4.0, 4.0), (-1e6, 1e6), (-1e300, 1e300)]),
    "cos": (_context.cos, lambda a: -_context.sin(a), [(-4.0, 4.0), (-1e6, 1e6), (-1e300, 1e300)]),
    "tan": (_context.tan, lambda a: 1 / _context.cos(a) ** 2, [(-1.57, 1.57), (-1e6, 1e6)]),
    "asin": (_context.asin, lambda a: 1 / _context.sqrt(1 - a * a), [(-1.0, 1.0), (-1e-5, 1e-5), (0.9999, 1.0)]),
    "acos": (_context.acos, lambda a: -1 / _context.sqrt(1 - a * a), [(-1.0, 1.0), (-1e-5, 1e-5), (0.9999, 1.0)]),
    "atan": (_context.atan, lambda a: 1 / (1 + a * a), [(-3.0, 3.0), (-1e6, 1e6), (-1e-5, 1e-5)]),
    "sinh": (_context.sinh, _context.cosh, [(-3.0, 3.0), (-709.0, 709.0), (-1e-5, 1e-5)]),
    "cosh": (_context.cosh, _context.sinh, [(-3.0, 3.0), (-709.0, 709.0), (-1e-5, 1e-5)]),
    "tanh": (_context.tanh, lambda a: _context.sech(a) ** 2, [(-3.0, 3.0), (-300.0, 300.0), (-1e-5, 1e-5)]),
    "asinh": (_context.asinh, lambda a: 1 / _context.sqrt(1 + a * a), [(-3.0, 3.0), (-1e9, 1e9), (-1e-5, 1e-5)]),
    "acosh": (_context.acosh, lambda a: 1 / _context.sqrt(a * a - 1), [(1.0, 3.0), (1.0, 1e9), (1.0, 1.0001)]),
    "atanh": (_context.atanh, lambda a: 1 / (1 - a * a), [(-1.0, 1.0), (-1e-5, 1e-5), (0.9999, 1.0)]),
    "exp": (_context.exp, _context.exp, [(-3.0, 3.0), (-700.0, 709.0)]),
    "exp2": (lambda a: _two**a, lambda a: _two**a * _context.log(2), [(-3.0, 3.0), (-1000.0, 1023.0)]),
    "expm1": (_context.expm1, _context.exp, [(-3.0, 3.0), (-40.0, 709.0), (-1e-5, 1e-5)]),
    "log": (_context.log, lambda a: 1 / a, [(0.5, 2.0), (0.0, 1e6), (1.0, 1e300)]),
    "log2": (
        lambda a: _context.log(a) / _context.log(2),
        lambda a: 1 / (a * _context.log(2)),
        [(0.5, 2.0), (0.0, 1e6), (1.0, 1e300)],
    ),
    "log10": (
        lambda a: _context.log(a) / _context.log(10),
        lambda a: 1 / (a * _context.log(10)),
        [(0.5, 2.0), (0.0, 1e6), (1.0, 1e300)],
    ),
    "log1p": (_context.log1p, lambda a: 1 / (1 + a), [(-1.0, 1.0), (0.0, 1e6), (-1e-5, 1e-5)]),
    "sqrt": (_context.sqrt, lambda a: 1 / (2 * _context.sqrt(a)), [(0.0, 4.0), (0.0, 1e300)]),
    "cbrt": (_cbrt, lambda a: 1 / (3 * _context.cbrt(abs(a)) ** 2), [(-4.0, 4.0), (-1e300, 1e300)]),
    "erf": (_context.erf, lambda a: _slope * _context.exp(-a * a), [(-3.0, 3.0), (-25.0, 25.0), (-1e-5, 1e-5)]),
    "erfc": (_context.erfc, lambda a: -_slope * _context.exp(-a * a), [(-3.0, 3.0), (-25.0, 25.0)]),
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
    return FUNCTIONS[name][0](_context.mpf(a))


def derivative(name: str, a: float) -> Any:
    """The derivative at *a*."""
    return FUNCTIONS[name][1](_context.mpf(a))


def ulps(expected: Any, actual: float) -> float:
    """The distance in units of the last place of the expected number, as a float has them."""
    nearest = float(expected)
    if math.isinf(nearest) or math.isinf(actual):
        return 0.0 if nearest == actual else math.inf
    return float(abs(_context.mpf(actual) - expected) / _context.mpf(math.ulp(nearest)))
