"""Values and derivatives of the functions of plain scalars, with C's math library, since a derivative never raises.

A function of one variable takes ``a`` and ``b`` of ``a + b·ε`` and returns those of its value.
"""

from __future__ import annotations

import math

from dual_autodiff.scalars import libm

_INF, _NAN = math.inf, math.nan
LN2, LN10 = math.log(2.0), math.log(10.0)
TWO_BY_ROOT_PI = 2.0 / math.sqrt(math.pi)


def _valid(value: float, a: float) -> float:
    """The *value* of a function at *a*, or the exception that :mod:`math` raises there."""
    if math.isfinite(value):
        return value
    if value != value and a == a:
        raise ValueError("math domain error")
    if math.isinf(value) and math.isfinite(a):
        raise OverflowError("math range error")
    return value


def tangent(by_x: float, b: float | None, by_y: float, d: float | None) -> float:
    """The derivative of a function of two variables from its partial derivatives; a number's part is left out."""
    if d is None:
        return _NAN if b is None else by_x * b
    return by_y * d if b is None else by_x * b + by_y * d


def over(b: float, slope: float) -> float:
    """``b / slope`` as C divides: infinite or nan where the slope is zero."""
    if slope != 0.0:
        return b / slope
    return _NAN if b == 0.0 or b != b else math.copysign(_INF, b) * math.copysign(1.0, slope)


def over_square(b: float, x: float) -> float:
    """``b / x²`` where the square may be too large."""
    return b / x / x


# <generated: kernels>
def sin(a: float, b: float) -> tuple[float, float]:
    """The sine and its derivative."""
    value = _valid(libm.sin(a), a)
    return value, b * libm.cos(a)


def cos(a: float, b: float) -> tuple[float, float]:
    """The cosine and its derivative."""
    value = _valid(libm.cos(a), a)
    return value, b * -libm.sin(a)


def tan(a: float, b: float) -> tuple[float, float]:
    """The tangent and its derivative."""
    value = _valid(libm.tan(a), a)
    return value, b * (1.0 + value * value)


def asin(a: float, b: float) -> tuple[float, float]:
    """The inverse sine and its derivative."""
    value = _valid(libm.asin(a), a)
    return value, over(b, libm.sqrt((1.0 - a) * (1.0 + a)))


def acos(a: float, b: float) -> tuple[float, float]:
    """The inverse cosine and its derivative."""
    value = _valid(libm.acos(a), a)
    return value, over(b, -libm.sqrt((1.0 - a) * (1.0 + a)))


def atan(a: float, b: float) -> tuple[float, float]:
    """The inverse tangent and its derivative."""
    value = _valid(libm.atan(a), a)
    return value, b / (1.0 + a * a) if libm.fabs(a) < 1e150 else over(over(b, a), a)


def sinh(a: float, b: float) -> tuple[float, float]:
    """The hyperbolic sine and its derivative."""
    value = _valid(libm.sinh(a), a)
    return value, b * libm.cosh(a)


def cosh(a: float, b: float) -> tuple[float, float]:
    """The hyperbolic cosine and its derivative."""
    value = _valid(libm.cosh(a), a)
    return value, b * libm.sinh(a)


def tanh(a: float, b: float) -> tuple[float, float]:
    """The hyperbolic tangent and its derivative."""
    value = _valid(libm.tanh(a), a)
    return value, b * ((1.0 - value) * (1.0 + value)) if libm.fabs(value) <= 0.5 else over_square(b, libm.cosh(a))


def asinh(a: float, b: float) -> tuple[float, float]:
    """The inverse hyperbolic sine and its derivative."""
    value = _valid(libm.asinh(a), a)
    return value, b / libm.hypot(1.0, a)


def acosh(a: float, b: float) -> tuple[float, float]:
    """The inverse hyperbolic cosine and its derivative."""
    value = _valid(libm.acosh(a), a)
    return value, over(b, libm.sqrt(a - 1.0) * libm.sqrt(a + 1.0))


def atanh(a: float, b: float) -> tuple[float, float]:
    """The inverse hyperbolic tangent and its derivative."""
    if a <= -1.0 or a >= 1.0:
        raise ValueError("math domain error")
    value = _valid(libm.atanh(a), a)
    return value, over(b, (1.0 - a) * (1.0 + a))


def exp(a: float, b: float) -> tuple[float, float]:
    """The exponential and its derivative."""
    value = _valid(libm.exp(a), a)
    return value, b * value


def exp2(a: float, b: float) -> tuple[float, float]:
    """The power of two and its derivative."""
    value = _valid(libm.exp2(a), a)
    return value, b * LN2 * value


def expm1(a: float, b: float) -> tuple[float, float]:
    """The exponential less 1 and its derivative."""
    value = _valid(libm.expm1(a), a)
    return value, b * libm.exp(a)


def log(a: float, b: float) -> tuple[float, float]:
    """The natural logarithm and its derivative."""
    if a <= 0.0:
        raise ValueError("math domain error")
    value = _valid(libm.log(a), a)
    return value, over(b, a)


def log2(a: float, b: float) -> tuple[float, float]:
    """The logarithm to base 2 and its derivative."""
    if a <= 0.0:
        raise ValueError("math domain error")
    value = _valid(libm.log2(a), a)
    return value, over(b / LN2, a)


def log10(a: float, b: float) -> tuple[float, float]:
    """The logarithm to base 10 and its derivative."""
    if a <= 0.0:
        raise ValueError("math domain error")
    value = _valid(libm.log10(a), a)
    return value, over(b / LN10, a)


def log1p(a: float, b: float) -> tuple[float, float]:
    """The natural logarithm of 1 + x and its derivative."""
    if a <= -1.0:
        raise ValueError("math domain error")
    value = _valid(libm.log1p(a), a)
    return value, over(b, 1.0 + a)


def sqrt(a: float, b: float) -> tuple[float, float]:
    """The square root and its derivative."""
    value = _valid(libm.sqrt(a), a)
    return value, over(b, 2.0 * libm.fabs(value))


def cbrt(a: float, b: float) -> tuple[float, float]:
    """The cube root and its derivative."""
    value = _valid(cube_root(a), a)
    return value, b * cube_root_slope(a, value)


def erf(a: float, b: float) -> tuple[float, float]:
    """The error function and its derivative."""
    value = _valid(libm.erf(a), a)
    return value, b * TWO_BY_ROOT_PI * square_exp(a)


def erfc(a: float, b: float) -> tuple[float, float]:
    """The complement of the error function and its derivative."""
    value = _valid(libm.erfc(a), a)
    return value, -b * TWO_BY_ROOT_PI * square_exp(a)


# </generated>


def modulo(a: float, c: float) -> float:
    """The rest of a/c, with the sign of c."""
    return a % c


def floor_of(a: float, c: float) -> float:
    """The floor of a/c."""
    return a // c


def cube_root(a: float) -> float:
    """The cube root: C libraries leave up to 4 units of the last place, this step 0.84."""
    value = libm.cbrt(a)
    if value == 0.0 or not math.isfinite(value):
        return value
    head = value * 1073741825.0  # 23 digits have an exact square
    head = head - (head - value)
    quotient = a / (head * head)
    return head + head * ((quotient - head) / (head + head + quotient))


def cube_root_slope(a: float, value: float) -> float:
    """``1 / (3·∛a²)``."""
    return value / a / 3.0 if value != 0.0 and math.isfinite(value) else over(1.0, value * value)


def square_exp(a: float) -> float:
    """``exp(-a²)``; half a unit's error in a² would be up to 370 units in the result, so a² is kept in two parts."""
    if abs(a) > 28.0 or a != a:
        return a if a != a else 0.0  # less than the least subnormal
    square = a * a
    high = (a * 134217729.0) - (a * 134217729.0 - a)  # the upper half of the digits
    low = a - high
    rest = ((high * high - square) + 2.0 * high * low) + low * low
    return math.exp(-square) * (1.0 - rest)


def leg(a: float, other: float, h: float) -> float:
    """The slope of the hypotenuse *h* in its leg *a*."""
    if math.isinf(a):
        return _NAN if math.isinf(other) else math.copysign(1.0, a)
    scale = _scale_of(h)
    return over(a, h) if scale == 1.0 else over(a * scale, math.hypot(a * scale, other * scale))


def _scale_of(h: float) -> float:
    """What two legs are multiplied by so that their hypotenuse *h* is finite and has all its digits."""
    return 0.25 if math.isinf(h) else 1.0 if h >= 1e-290 or h != h else 2.0**600


def turn(c: float, d: float | None, a: float, b: float | None) -> float:
    """The derivative of the angle of (a, c): ``(a·d - c·b) / (a² + c²)``, without squares that are no floats."""
    if math.isinf(a) or math.isinf(c):
        flat = _NAN if a != a or c != c else 0.0
        return tangent(math.copysign(flat, a), d, -math.copysign(flat, c), b)
    h = math.hypot(a, c)
    if 1e-150 <= h <= 1e150:
        return tangent(a, d, -c, b) / (a * a + c * c)
    scale = _scale_of(h)
    a, c = a * scale, c * scale
    h = math.hypot(a, c)
    return over(tangent(over(a, h), d, -over(c, h), b), h) * scale


def power(a: float, c: float) -> float:
    """``aᶜ``, or the exception that floats raise there."""
    value = _c_pow(a, c)
    if math.isfinite(value) or not (math.isfinite(a) and math.isfinite(c)):
        return value
    if a == 0.0:
        raise ZeroDivisionError("0.0 cannot be raised to a negative power")
    if value != value:
        raise ValueError("math domain error")
    raise OverflowError("math range error")


def _c_pow(a: float, c: float) -> float:
    """``pow`` of C: infinite or nan where :func:`math.pow` raises."""
    try:
        return math.pow(a, c)
    except OverflowError:
        return -_INF if a < 0.0 and c % 2.0 == 1.0 else _INF
    except ValueError:
        if a != 0.0:
            return _NAN
        return math.copysign(_INF, a) if c % 2.0 == 1.0 else _INF


def power_by_base(a: float, c: float, value: float) -> float:
    """``c·aᶜ⁻¹``, from the *value* ``aᶜ`` where that loses nothing."""
    if c == 2.0:
        return 2.0 * a
    if c == 3.0:
        return 3.0 * (a * a)
    if c == 0.0:
        return 0.0
    slope = value / a if a != 0.0 else _NAN
    if 1e-280 <= abs(value) < _INF and 1e-290 <= abs(slope) < _INF:
        return c * slope
    return _power_by_base_at_the_ends(a, c)


def _power_by_base_at_the_ends(a: float, c: float) -> float:
    """``c·aᶜ⁻¹`` where ``aᶜ`` is out of a float's range; where ``aᶜ⁻¹`` is too, by its square root."""
    exponent = c - 1.0
    slope = _c_pow(a, exponent)
    if a == 0.0 or not math.isfinite(a) or slope != slope:
        return c * slope
    lost = (c - exponent) - 1.0 if abs(c) > 1.0 else c - (exponent + 1.0)
    if lost != 0.0:
        lost *= math.log(abs(a))  # what that changes; if it is not little, the power is 0 or infinite
    if abs(lost) < 0.01 and abs(c) < 1e300:
        c += c * lost
    if 1e-290 <= abs(slope) < _INF:
        return c * slope
    root = _c_pow(abs(a), 0.5 * exponent)
    return c * root * math.copysign(root, slope)


def power_by_exponent(a: float, c: float, value: float) -> float:
    """``aᶜ·log(a)``."""
    if a < 0.0:
        return _NAN
    if 1e-280 <= value < _INF or a == 0.0 or not math.isfinite(a):
        return 0.0 if value == 0.0 else value * (-_INF if a == 0.0 else math.log(a))
    root = _c_pow(a, 0.5 * c)
    return root * math.log(a) * root
