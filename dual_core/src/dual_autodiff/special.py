"""Special functions of dual numbers, where SciPy is installed.

``scipy.special``'s own functions of these names take dual numbers too: ``scipy.special.expit(A)``.
"""

from __future__ import annotations

import math
from typing import Any

try:
    import scipy.special as scipy_special
except ImportError as error:
    raise ImportError("dual_autodiff.special needs SciPy: pip install scipy") from error

import numpy as np

from dual_autodiff.arrays.parts import as_array, base_value
from dual_autodiff.derivatives.primitives import primitive
from dual_autodiff.dual import erf, erfc, exp

__all__ = ["digamma", "erf", "erfc", "expit", "gammaln", "log_ndtr", "logit", "logsumexp", "ndtr", "polygamma"]


def _expit_slope(x: Any) -> Any:
    return expit(x) * expit(-x)


@primitive(_expit_slope, ufunc=scipy_special.expit)
def expit(x: Any) -> Any:
    """``1 / (1 + exp(-x))``."""
    return scipy_special.expit(x)


@primitive(lambda x: 1.0 / (x * (1.0 - x)), ufunc=scipy_special.logit)
def logit(x: Any) -> Any:
    """``log(x / (1 - x))``."""
    return scipy_special.logit(x)


def _polygamma_slope(n: Any, x: Any) -> Any:
    return polygamma(n + 1, x)


@primitive(None, _polygamma_slope)
def polygamma(n: Any, x: Any) -> Any:
    """The derivative number *n* of :func:`digamma`, at *x*."""
    return scipy_special.polygamma(n, x)


@primitive(lambda x: polygamma(1, x), ufunc=scipy_special.psi)
def digamma(x: Any) -> Any:
    """The derivative of :func:`gammaln`."""
    return scipy_special.psi(x)


@primitive(lambda x: digamma(x), ufunc=scipy_special.gammaln)
def gammaln(x: Any) -> Any:
    """The logarithm of the absolute value of the gamma function."""
    return scipy_special.gammaln(x)


@primitive(lambda x: exp(x * x * -0.5) * (1.0 / math.sqrt(2.0 * math.pi)), ufunc=scipy_special.ndtr)
def ndtr(x: Any) -> Any:
    """The normal distribution function."""
    return scipy_special.ndtr(x)


def _log_ndtr_slope(x: Any) -> Any:
    return exp(x * x * -0.5 - log_ndtr(x)) * (1.0 / math.sqrt(2.0 * math.pi))


@primitive(_log_ndtr_slope, ufunc=scipy_special.log_ndtr)
def log_ndtr(x: Any) -> Any:
    """The logarithm of :func:`ndtr`."""
    return scipy_special.log_ndtr(x)


def logsumexp(a: Any, axis: Any = None, b: Any = None, keepdims: bool = False) -> Any:
    """``log(sum(b·exp(a)))`` without overflow on the way.

    :param a: an array or a sequence of numbers, dual or plain
    :param axis: along which to sum; None for all
    :param b: factors, positive numbers
    """
    a = as_array(a)
    largest = np.max(base_value(a), axis=axis, keepdims=True, initial=-np.inf)
    largest = np.where(np.isfinite(largest), largest, 0.0)
    terms = np.exp(a - largest)
    total = np.log(np.sum(terms if b is None else b * terms, axis=axis, keepdims=keepdims))
    shift = largest if keepdims else largest.reshape(()) if axis is None else np.squeeze(largest, axis=axis)
    return total + (float(shift) if not np.ndim(shift) else shift)
