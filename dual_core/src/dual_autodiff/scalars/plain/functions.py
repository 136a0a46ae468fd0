# Made by tools/generate.py from operations.py.

"""The functions of one variable in plain Python."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dual_autodiff.scalars import values
from dual_autodiff.scalars.dispatch import foreign
from dual_autodiff.scalars.plain.dual import Dual, new
from dual_autodiff.scalars.plain.parts import is_number

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


def _of(kernel: Callable[[float, float], tuple[float, float]], x: Any) -> Any:
    if type(x) is Dual:
        return new(*kernel(x._a, x._b), x._tag)
    if not is_number(x):
        return foreign(kernel.__name__, x)
    return kernel(float(x), 0.0)[0]


def sin(x: Any, /) -> Any:
    """``sin(a + b·ε) = sin(a) + b·cos(a)·ε``, in radians.

    :param x: a Dual or a number; finite or nan
    :returns: a Dual for a Dual, else a float
    :raises ValueError: *x* is infinite
    :raises TypeError: *x* is neither Dual nor number
    """
    return _of(values.sin, x)


def cos(x: Any, /) -> Any:
    """``cos(a + b·ε) = cos(a) - b·sin(a)·ε``, in radians.

    :param x: a Dual or a number; finite or nan
    :returns: a Dual for a Dual, else a float
    :raises ValueError: *x* is infinite
    :raises TypeError: *x* is neither Dual nor number
    """
    return _of(values.cos, x)


def tan(x: Any, /) -> Any:
    """``tan(a + b·ε) = tan(a) + b·(1 + tan²(a))·ε``, in radians.

    :param x: a Dual or a number; finite or nan
    :returns: a Dual for a Dual, else a float
    :raises ValueError: *x* is infinite
    :raises TypeError: *x* is neither Dual nor number
    """
    return _of(values.tan, x)


def asin(x: Any, /) -> Any:
    """``asin(a + b·ε) = asin(a) + b/√(1 - a²)·ε``, in radians; infinite derivative at ±1.

    :param x: a Dual or a number; from -1 to 1, or nan
    :returns: a Dual for a Dual, else a float
    :raises ValueError: *x* is outside [-1, 1]
    :raises TypeError: *x* is neither Dual nor number
    """
    return _of(values.asin, x)


def acos(x: Any, /) -> Any:
    """``acos(a + b·ε) = acos(a) - b/√(1 - a²)·ε``, in radians; infinite derivative at ±1.

    :param x: a Dual or a number; from -1 to 1, or nan
    :returns: a Dual for a Dual, else a float
    :raises ValueError: *x* is outside [-1, 1]
    :raises TypeError: *x* is neither Dual nor number
    """
    return _of(values.acos, x)


def atan(x: Any, /) -> Any:
    """``atan(a + b·ε) = atan(a) + b/(1 + a²)·ε``, in radians.

    :param x: a Dual or a number; any
    :returns: a Dual for a Dual, else a float
    :raises TypeError: *x* is neither Dual nor number
    """
    return _of(values.atan, x)


def sinh(x: Any, /) -> Any:
    """``sinh(a + b·ε) = sinh(a) + b·cosh(a)·ε``.

    :param x: a Dual or a number; any
    :returns: a Dual for a Dual, else a float
    :raises OverflowError: the value is too large for a float
    :raises TypeError: *x* is neither Dual nor number
    """
    return _of(values.sinh, x)


def cosh(x: Any, /) -> Any:
    """``cosh(a + b·ε) = cosh(a) + b·sinh(a)·ε``.

    :param x: a Dual or a number; any
    :returns: a Dual for a Dual, else a float
    :raises OverflowError: the value is too large for a float
    :raises TypeError: *x* is neither Dual nor number
    """
    return _of(values.cosh, x)


def tanh(x: Any, /) -> Any:
    """``tanh(a + b·ε) = tanh(a) + b/cosh²(a)·ε``.

    :param x: a Dual or a number; any
    :returns: a Dual for a Dual, else a float
    :raises TypeError: *x* is neither Dual nor number
    """
    return _of(values.tanh, x)


def asinh(x: Any, /) -> Any:
    """``asinh(a + b·ε) = asinh(a) + b/√(1 + a²)·ε``.

    :param x: a Dual or a number; any
    :returns: a Dual for a Dual, else a float
    :raises TypeError: *x* is neither Dual nor number
    """
    return _of(values.asinh, x)


def acosh(x: Any, /) -> Any:
    """``acosh(a + b·ε) = acosh(a) + b/√(a² - 1)·ε``; infinite derivative at 1.

    :param x: a Dual or a number; from 1 on, or nan
    :returns: a Dual for a Dual, else a float
    :raises ValueError: *x* is less than 1
    :raises TypeError: *x* is neither Dual nor number
    """
    return _of(values.acosh, x)


def atanh(x: Any, /) -> Any:
    """``atanh(a + b·ε) = atanh(a) + b/(1 - a²)·ε``.

    :param x: a Dual or a number; between -1 and 1, or nan
    :returns: a Dual for a Dual, else a float
    :raises ValueError: *x* is not inside (-1, 1)
    :raises TypeError: *x* is neither Dual nor number
    """
    return _of(values.atanh, x)


def exp(x: Any, /) -> Any:
    """``exp(a + b·ε) = exp(a) + b·exp(a)·ε``.

    :param x: a Dual or a number; any
    :returns: a Dual for a Dual, else a float
    :raises OverflowError: the value is too large for a float
    :raises TypeError: *x* is neither Dual nor number
    """
    return _of(values.exp, x)


def exp2(x: Any, /) -> Any:
    """``exp2(a + b·ε) = 2ᵃ + b·2ᵃ·log(2)·ε``.

    :param x: a Dual or a number; any
    :returns: a Dual for a Dual, else a float
    :raises OverflowError: the value is too large for a float
    :raises TypeError: *x* is neither Dual nor number
    """
    return _of(values.exp2, x)


def expm1(x: Any, /) -> Any:
    """``expm1(a + b·ε) = (exp(a) - 1) + b·exp(a)·ε``, exact in the value next to 0.

    :param x: a Dual or a number; any
    :returns: a Dual for a Dual, else a float
    :raises OverflowError: the value is too large for a float
    :raises TypeError: *x* is neither Dual nor number
    """
    return _of(values.expm1, x)


def log(x: Any, /) -> Any:
    """``log(a + b·ε) = log(a) + b/a·ε``, the natural logarithm.

    :param x: a Dual or a number; positive or nan
    :returns: a Dual for a Dual, else a float
    :raises ValueError: *x* is zero or negative
    :raises TypeError: *x* is neither Dual nor number
    """
    return _of(values.log, x)


def log2(x: Any, /) -> Any:
    """``log2(a + b·ε) = log2(a) + b/(a·log(2))·ε``.

    :param x: a Dual or a number; positive or nan
    :returns: a Dual for a Dual, else a float
    :raises ValueError: *x* is zero or negative
    :raises TypeError: *x* is neither Dual nor number
    """
    return _of(values.log2, x)


def log10(x: Any, /) -> Any:
    """``log10(a + b·ε) = log10(a) + b/(a·log(10))·ε``.

    :param x: a Dual or a number; positive or nan
    :returns: a Dual for a Dual, else a float
    :raises ValueError: *x* is zero or negative
    :raises TypeError: *x* is neither Dual nor number
    """
    return _of(values.log10, x)


def log1p(x: Any, /) -> Any:
    """``log1p(a + b·ε) = log(1 + a) + b/(1 + a)·ε``, exact in the value next to 0.

    :param x: a Dual or a number; greater than -1, or nan
    :returns: a Dual for a Dual, else a float
    :raises ValueError: *x* is -1 or less
    :raises TypeError: *x* is neither Dual nor number
    """
    return _of(values.log1p, x)


def sqrt(x: Any, /) -> Any:
    """``√(a + b·ε) = √a + b/(2·√a)·ε``; infinite derivative at 0, nan where *b* is 0 too.

    :param x: a Dual or a number; zero, positive or nan
    :returns: a Dual for a Dual, else a float
    :raises ValueError: *x* is negative
    :raises TypeError: *x* is neither Dual nor number
    """
    return _of(values.sqrt, x)


def cbrt(x: Any, /) -> Any:
    """``∛(a + b·ε) = ∛a + b/(3·∛a²)·ε``; infinite derivative at 0, nan where *b* is 0 too.

    :param x: a Dual or a number; any
    :returns: a Dual for a Dual, else a float
    :raises TypeError: *x* is neither Dual nor number
    """
    return _of(values.cbrt, x)


def erf(x: Any, /) -> Any:
    """``erf(a + b·ε) = erf(a) + b·2/√π·exp(-a²)·ε``.

    :param x: a Dual or a number; any
    :returns: a Dual for a Dual, else a float
    :raises TypeError: *x* is neither Dual nor number
    """
    return _of(values.erf, x)


def erfc(x: Any, /) -> Any:
    """``erfc(a + b·ε) = 1 - erf(a) - b·2/√π·exp(-a²)·ε``, exact in the value where erf is nearly 1.

    :param x: a Dual or a number; any
    :returns: a Dual for a Dual, else a float
    :raises TypeError: *x* is neither Dual nor number
    """
    return _of(values.erfc, x)
