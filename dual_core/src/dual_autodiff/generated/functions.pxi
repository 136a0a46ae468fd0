# Made by tools/generate.py from operations.py.

def sin(x, /):
    """``sin(a + b·ε) = sin(a) + b·cos(a)·ε``, in radians.

    :param x: a Dual or a number; finite or nan
    :returns: a Dual for a Dual, else a float
    :raises ValueError: *x* is infinite
    :raises TypeError: *x* is neither Dual nor number
    """
    return _of(_sin, "sin", x)


def cos(x, /):
    """``cos(a + b·ε) = cos(a) - b·sin(a)·ε``, in radians.

    :param x: a Dual or a number; finite or nan
    :returns: a Dual for a Dual, else a float
    :raises ValueError: *x* is infinite
    :raises TypeError: *x* is neither Dual nor number
    """
    return _of(_cos, "cos", x)


def tan(x, /):
    """``tan(a + b·ε) = tan(a) + b·(1 + tan²(a))·ε``, in radians.

    :param x: a Dual or a number; finite or nan
    :returns: a Dual for a Dual, else a float
    :raises ValueError: *x* is infinite
    :raises TypeError: *x* is neither Dual nor number
    """
    return _of(_tan, "tan", x)


def asin(x, /):
    """``asin(a + b·ε) = asin(a) + b/√(1 - a²)·ε``, in radians; infinite derivative at ±1.

    :param x: a Dual or a number; from -1 to 1, or nan
    :returns: a Dual for a Dual, else a float
    :raises ValueError: *x* is outside [-1, 1]
    :raises TypeError: *x* is neither Dual nor number
    """
    return _of(_asin, "asin", x)


def acos(x, /):
    """``acos(a + b·ε) = acos(a) - b/√(1 - a²)·ε``, in radians; infinite derivative at ±1.

    :param x: a Dual or a number; from -1 to 1, or nan
    :returns: a Dual for a Dual, else a float
    :raises ValueError: *x* is outside [-1, 1]
    :raises TypeError: *x* is neither Dual nor number
    """
    return _of(_acos, "acos", x)


def atan(x, /):
    """``atan(a + b·ε) = atan(a) + b/(1 + a²)·ε``, in radians.

    :param x: a Dual or a number; any
    :returns: a Dual for a Dual, else a float
    :raises TypeError: *x* is neither Dual nor number
    """
    return _of(_atan, "atan", x)


def sinh(x, /):
    """``sinh(a + b·ε) = sinh(a) + b·cosh(a)·ε``.

    :param x: a Dual or a number; any
    :returns: a Dual for a Dual, else a float
    :raises OverflowError: the value is too large for a float
    :raises TypeError: *x* is neither Dual nor number
    """
    return _of(_sinh, "sinh", x)


def cosh(x, /):
    """``cosh(a + b·ε) = cosh(a) + b·sinh(a)·ε``.

    :param x: a Dual or a number; any
    :returns: a Dual for a Dual, else a float
    :raises OverflowError: the value is too large for a float
    :raises TypeError: *x* is neither Dual nor number
    """
    return _of(_cosh, "cosh", x)


def tanh(x, /):
    """``tanh(a + b·ε) = tanh(a) + b/cosh²(a)·ε``.

    :param x: a Dual or a number; any
    :returns: a Dual for a Dual, else a float
    :raises TypeError: *x* is neither Dual nor number
    """
    return _of(_tanh, "tanh", x)


def asinh(x, /):
    """``asinh(a + b·ε) = asinh(a) + b/√(1 + a²)·ε``.

    :param x: a Dual or a number; any
    :returns: a Dual for a Dual, else a float
    :raises TypeError: *x* is neither Dual nor number
    """
    return _of(_asinh, "asinh", x)


def acosh(x, /):
    """``acosh(a + b·ε) = acosh(a) + b/√(a² - 1)·ε``; infinite derivative at 1.

    :param x: a Dual or a number; from 1 on, or nan
    :returns: a Dual for a Dual, else a float
    :raises ValueError: *x* is less than 1
    :raises TypeError: *x* is neither Dual nor number
    """
    return _of(_acosh, "acosh", x)


def atanh(x, /):
    """``atanh(a + b·ε) = atanh(a) + b/(1 - a²)·ε``.

    :param x: a Dual or a number; between -1 and 1, or nan
    :returns: a Dual for a Dual, else a float
    :raises ValueError: *x* is not inside (-1, 1)
    :raises TypeError: *x* is neither Dual nor number
    """
    return _of(_atanh, "atanh", x)


def exp(x, /):
    """``exp(a + b·ε) = exp(a) + b·exp(a)·ε``.

    :param x: a Dual or a number; any
    :returns: a Dual for a Dual, else a float
    :raises OverflowError: the value is too large for a float
    :raises TypeError: *x* is neither Dual nor number
    """
    return _of(_exp, "exp", x)


def exp2(x, /):
    """``exp2(a + b·ε) = 2ᵃ + b·2ᵃ·log(2)·ε``.

    :param x: a Dual or a number; any
    :returns: a Dual for a Dual, else a float
    :raises OverflowError: the value is too large for a float
    :raises TypeError: *x* is neither Dual nor number
    """
    return _of(_exp2, "exp2", x)


def expm1(x, /):
    """``expm1(a + b·ε) = (exp(a) - 1) + b·exp(a)·ε``, exact in the value next to 0.

    :param x: a Dual or a number; any
    :returns: a Dual for a Dual, else a float
    :raises OverflowError: the value is too large for a float
    :raises TypeError: *x* is neither Dual nor number
    """
    return _of(_expm1, "expm1", x)


def log(x, /):
    """``log(a + b·ε) = log(a) + b/a·ε``, the natural logarithm.

    :param x: a Dual or a number; positive or nan
    :returns: a Dual for a Dual, else a float
    :raises ValueError: *x* is zero or negative
    :raises TypeError: *x* is neither Dual nor number
    """
    return _of(_log, "log", x)


def log2(x, /):
    """``log2(a + b·ε) = log2(a) + b/(a·log(2))·ε``.

    :param x: a Dual or a number; positive or nan
    :returns: a Dual for a Dual, else a float
    :raises ValueError: *x* is zero or negative
    :raises TypeError: *x* is neither Dual nor number
    """
    return _of(_log2, "log2", x)


def log10(x, /):
    """``log10(a + b·ε) = log10(a) + b/(a·log(10))·ε``.

    :param x: a Dual or a number; positive or nan
    :returns: a Dual for a Dual, else a float
    :raises ValueError: *x* is zero or negative
    :raises TypeError: *x* is neither Dual nor number
    """
    return _of(_log10, "log10", x)


def log1p(x, /):
    """``log1p(a + b·ε) = log(1 + a) + b/(1 + a)·ε``, exact in the value next to 0.

    :param x: a Dual or a number; greater than -1, or nan
    :returns: a Dual for a Dual, else a float
    :raises ValueError: *x* is -1 or less
    :raises TypeError: *x* is neither Dual nor number
    """
    return _of(_log1p, "log1p", x)


def sqrt(x, /):
    """``√(a + b·ε) = √a + b/(2·√a)·ε``; infinite derivative at 0, nan where *b* is 0 too.

    :param x: a Dual or a number; zero, positive or nan
    :returns: a Dual for a Dual, else a float
    :raises ValueError: *x* is negative
    :raises TypeError: *x* is neither Dual nor number
    """
    return _of(_sqrt, "sqrt", x)


def cbrt(x, /):
    """``∛(a + b·ε) = ∛a + b/(3·∛a²)·ε``; infinite derivative at 0, nan where *b* is 0 too.

    :param x: a Dual or a number; any
    :returns: a Dual for a Dual, else a float
    :raises TypeError: *x* is neither Dual nor number
    """
    return _of(_cbrt, "cbrt", x)


def erf(x, /):
    """``erf(a + b·ε) = erf(a) + b·2/√π·exp(-a²)·ε``.

    :param x: a Dual or a number; any
    :returns: a Dual for a Dual, else a float
    :raises TypeError: *x* is neither Dual nor number
    """
    return _of(_erf, "erf", x)


def erfc(x, /):
    """``erfc(a + b·ε) = 1 - erf(a) - b·2/√π·exp(-a²)·ε``, exact in the value where erf is nearly 1.

    :param x: a Dual or a number; any
    :returns: a Dual for a Dual, else a float
    :raises TypeError: *x* is neither Dual nor number
    """
    return _of(_erfc, "erfc", x)
