# Values and derivatives of single doubles.

cdef inline double _valid(double value, double a) except? -1.0:
    """The *value* of a function at *a*, or the exception that :mod:`math` raises there."""
    if libm.isfinite(value):
        return value
    if libm.isnan(value) and not libm.isnan(a):
        raise ValueError("math domain error")
    if libm.isinf(value) and libm.isfinite(a):
        raise OverflowError("math range error")
    return value


cdef double LN2 = libm.log(2.0)
cdef double LN10 = libm.log(10.0)
cdef double TWO_BY_ROOT_PI = 2.0 / libm.sqrt(libm.M_PI)


include "../generated/kernels.pxi"


cdef inline double over(double b, double slope) noexcept:
    """``b / slope``, infinite or nan where the slope is zero."""
    return b / slope


cdef inline double over_square(double b, double x) noexcept:
    """``b / x²`` where the square may be too large."""
    return b / x / x


cdef inline double _sign(double a) noexcept:
    return 1.0 if a > 0.0 else -1.0 if a < 0.0 else libm.NAN


cdef inline double modulo(double a, double c) noexcept:
    """The rest of a/c, with the sign of c, as Python's floats have it."""
    cdef double rest = libm.fmod(a, c)
    if rest != 0.0 and (rest < 0.0) != (c < 0.0):
        return rest + c
    return rest if rest != 0.0 else libm.copysign(0.0, c)


cdef inline double floor_of(double a, double c) noexcept:
    """The floor of a/c, as Python's floats have it."""
    cdef double rest = libm.fmod(a, c), quotient, floored
    quotient = (a - rest) / c
    if rest != 0.0 and (rest < 0.0) != (c < 0.0):
        quotient -= 1.0
    if quotient == 0.0:
        return libm.copysign(0.0, a / c)
    floored = libm.floor(quotient)
    return floored + 1.0 if quotient - floored > 0.5 else floored


cdef inline double _power(double a, double c) except? -1.0:
    cdef double value = libm.pow(a, c)
    if libm.isfinite(value):
        return value
    if not (libm.isfinite(a) and libm.isfinite(c)):
        return value
    if a == 0.0:
        raise ZeroDivisionError("0.0 cannot be raised to a negative power")
    if libm.isnan(value):
        raise ValueError("math domain error")
    raise OverflowError("math range error")


cdef inline double _power_by_base(double a, double c, double value) noexcept:
    if c == 2.0:
        return 2.0 * a
    if c == 3.0:
        return 3.0 * (a * a)
    if c == 0.0:
        return 0.0
    cdef double slope = value / a
    if 1e-280 <= libm.fabs(value) < libm.INFINITY and 1e-290 <= libm.fabs(slope) < libm.INFINITY:
        return c * slope
    return _power_by_base_at_the_ends(a, c)


cdef double _power_by_base_at_the_ends(double a, double c) noexcept:
    """``c·aᶜ⁻¹`` where ``aᶜ`` is out of a double's range; where ``aᶜ⁻¹`` is too, by its square root."""
    cdef double exponent = c - 1.0, slope = libm.pow(a, exponent), root, lost
    if a == 0.0 or not libm.isfinite(a) or libm.isnan(slope):
        return c * slope
    lost = (c - exponent) - 1.0 if libm.fabs(c) > 1.0 else c - (exponent + 1.0)
    if lost != 0.0:
        lost *= libm.log(libm.fabs(a))  # what that changes; if it is not little, the power is 0 or infinite
    if libm.fabs(lost) < 0.01 and libm.fabs(c) < 1e300:
        c += c * lost
    if 1e-290 <= libm.fabs(slope) < libm.INFINITY:
        return c * slope
    root = libm.pow(libm.fabs(a), 0.5 * exponent)
    return c * root * libm.copysign(root, slope)


cdef inline double _power_by_exponent(double a, double c, double value) noexcept:
    cdef double root
    if a < 0.0:
        return libm.NAN
    if 1e-280 <= value < libm.INFINITY or a == 0.0 or not libm.isfinite(a):
        return 0.0 if value == 0.0 else value * libm.log(a)
    root = libm.pow(a, 0.5 * c)
    return root * libm.log(a) * root


cdef double cube_root(double a) noexcept:
    """The cube root: C libraries leave up to 4 units of the last place, this step 0.84."""
    cdef double value = libm.cbrt(a), head, quotient
    if value == 0.0 or not libm.isfinite(value):
        return value
    head = value * 1073741825.0  # 23 digits have an exact square
    head = head - (head - value)
    quotient = a / (head * head)
    return head + head * ((quotient - head) / (head + head + quotient))


cdef double cube_root_slope(double a, double value) noexcept:
    return value / a / 3.0 if value != 0.0 and libm.isfinite(value) else 1.0 / (value * value)


cdef double square_exp(double a) noexcept:
    """``exp(-a²)``; half a unit's error in a² would be up to 370 units in the result, so a² is kept in two parts."""
    cdef double square, high, low
    if not libm.fabs(a) <= 28.0:
        return a if libm.isnan(a) else 0.0  # less than the least subnormal
    square = a * a
    high = (a * 134217729.0) - (a * 134217729.0 - a)  # the upper half of the digits
    low = a - high
    return libm.exp(-square) * (1.0 - (((high * high - square) + 2.0 * high * low) + low * low))


cdef double _leg(double a, double other, double h) noexcept:
    """The slope of the hypotenuse *h* in its leg *a*."""
    if libm.isinf(a):
        return libm.NAN if libm.isinf(other) else libm.copysign(1.0, a)
    cdef double scale = _scale_of(h)
    return a / h if scale == 1.0 else a * scale / libm.hypot(a * scale, other * scale)


cdef inline double _scale_of(double h) noexcept:
    """What two legs are multiplied by so that their hypotenuse *h* is finite and has all its digits."""
    return 0.25 if libm.isinf(h) else 1.0 if h >= 1e-290 or libm.isnan(h) else 2.0**600


cdef double _turn(Operand y, Operand x) noexcept:
    """The derivative of the angle of (x, y): ``(a·d - c·b) / (a² + c²)``, without squares that are no floats."""
    cdef double flat, scale, h, a = x.a, c = y.a
    if libm.isinf(a) or libm.isinf(c):
        flat = libm.NAN if libm.isnan(a) or libm.isnan(c) else 0.0
        return _tangent(libm.copysign(flat, a), y, -libm.copysign(flat, c), x)
    h = libm.hypot(a, c)
    if 1e-150 <= h <= 1e150:
        return _tangent(a, y, -c, x) / (a * a + c * c)
    scale = _scale_of(h)
    a, c = a * scale, c * scale
    h = libm.hypot(a, c)
    return _tangent(a / h, y, -(c / h), x) / h * scale
