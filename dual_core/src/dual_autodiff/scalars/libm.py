"""C's math library by Python's: infinite or nan where :mod:`math` raises, as C has it."""

from __future__ import annotations

import math
from collections.abc import Callable

__all__ = [
    "acos",
    "acosh",
    "asin",
    "asinh",
    "atan",
    "atanh",
    "cbrt",
    "cos",
    "cosh",
    "erf",
    "erfc",
    "exp",
    "exp2",
    "expm1",
    "fabs",
    "hypot",
    "log",
    "log1p",
    "log2",
    "log10",
    "sin",
    "sinh",
    "sqrt",
    "tan",
    "tanh",
]

_Function = Callable[[float], float]


def _in_domain(function: _Function) -> _Function:
    """nan where *function* has no value."""

    def of_c(a: float) -> float:
        try:
            return function(a)
        except ValueError:
            return math.nan

    return of_c


def _in_range(function: _Function, odd: bool = False) -> _Function:
    """Infinite where the value is too large for a float."""

    def of_c(a: float) -> float:
        try:
            return function(a)
        except OverflowError:
            return math.copysign(math.inf, a) if odd else math.inf

    return of_c


def _exp2_of_python_3_10(a: float) -> float:
    return math.pow(2.0, a)


def _cbrt_of_python_3_10(a: float) -> float:
    if a == 0.0 or not math.isfinite(a):
        return a
    root = math.copysign(math.pow(abs(a), 1.0 / 3.0), a)
    return root - (root - a / (root * root)) / 3.0  # one step of Newton's, for the last digit


sin, cos, tan = _in_domain(math.sin), _in_domain(math.cos), _in_domain(math.tan)
asin, acos, atan = _in_domain(math.asin), _in_domain(math.acos), math.atan
sinh, cosh, tanh = _in_range(math.sinh, odd=True), _in_range(math.cosh), math.tanh
asinh, acosh, atanh = math.asinh, _in_domain(math.acosh), _in_domain(math.atanh)
exp, expm1 = _in_range(math.exp), _in_range(math.expm1)
exp2 = _in_range(getattr(math, "exp2", _exp2_of_python_3_10))
log, log2, log10, log1p = _in_domain(math.log), _in_domain(math.log2), _in_domain(math.log10), _in_domain(math.log1p)
sqrt, cbrt = _in_domain(math.sqrt), getattr(math, "cbrt", _cbrt_of_python_3_10)
erf, erfc, fabs, hypot = math.erf, math.erfc, math.fabs, math.hypot
