# Made by tools/generate.py from operations.py.

cdef double _sin(double a, double *p) except? -1.0:
    cdef double value, b = p[0]
    value = _valid(libm.sin(a), a)
    p[0] = b * libm.cos(a)
    return value


cdef double _cos(double a, double *p) except? -1.0:
    cdef double value, b = p[0]
    value = _valid(libm.cos(a), a)
    p[0] = b * -libm.sin(a)
    return value


cdef double _tan(double a, double *p) except? -1.0:
    cdef double value, b = p[0]
    value = _valid(libm.tan(a), a)
    p[0] = b * (1.0 + value * value)
    return value


cdef double _asin(double a, double *p) except? -1.0:
    cdef double value, b = p[0]
    value = _valid(libm.asin(a), a)
    p[0] = over(b, libm.sqrt((1.0 - a) * (1.0 + a)))
    return value


cdef double _acos(double a, double *p) except? -1.0:
    cdef double value, b = p[0]
    value = _valid(libm.acos(a), a)
    p[0] = over(b, -libm.sqrt((1.0 - a) * (1.0 + a)))
    return value


cdef double _atan(double a, double *p) except? -1.0:
    cdef double value, b = p[0]
    value = _valid(libm.atan(a), a)
    p[0] = b / (1.0 + a * a) if libm.fabs(a) < 1e150 else over(over(b, a), a)
    return value


cdef double _sinh(double a, double *p) except? -1.0:
    cdef double value, b = p[0]
    value = _valid(libm.sinh(a), a)
    p[0] = b * libm.cosh(a)
    return value


cdef double _cosh(double a, double *p) except? -1.0:
    cdef double value, b = p[0]
    value = _valid(libm.cosh(a), a)
    p[0] = b * libm.sinh(a)
    return value


cdef double _tanh(double a, double *p) except? -1.0:
    cdef double value, b = p[0]
    value = _valid(libm.tanh(a), a)
    p[0] = b * ((1.0 - value) * (1.0 + value)) if libm.fabs(value) <= 0.5 else over_square(b, libm.cosh(a))
    return value


cdef double _asinh(double a, double *p) except? -1.0:
    cdef double value, b = p[0]
    value = _valid(libm.asinh(a), a)
    p[0] = b / libm.hypot(1.0, a)
    return value


cdef double _acosh(double a, double *p) except? -1.0:
    cdef double value, b = p[0]
    value = _valid(libm.acosh(a), a)
    p[0] = over(b, libm.sqrt(a - 1.0) * libm.sqrt(a + 1.0))
    return value


cdef double _atanh(double a, double *p) except? -1.0:
    cdef double value, b = p[0]
    if a <= -1.0 or a >= 1.0:
        raise ValueError("math domain error")
    value = _valid(libm.atanh(a), a)
    p[0] = over(b, (1.0 - a) * (1.0 + a))
    return value


cdef double _exp(double a, double *p) except? -1.0:
    cdef double value, b = p[0]
    value = _valid(libm.exp(a), a)
    p[0] = b * value
    return value


cdef double _exp2(double a, double *p) except? -1.0:
    cdef double value, b = p[0]
    value = _valid(libm.exp2(a), a)
    p[0] = b * LN2 * value
    return value


cdef double _expm1(double a, double *p) except? -1.0:
    cdef double value, b = p[0]
    value = _valid(libm.expm1(a), a)
    p[0] = b * libm.exp(a)
    return value


cdef double _log(double a, double *p) except? -1.0:
    cdef double value, b = p[0]
    if a <= 0.0:
        raise ValueError("math domain error")
    value = _valid(libm.log(a), a)
    p[0] = over(b, a)
    return value


cdef double _log2(double a, double *p) except? -1.0:
    cdef double value, b = p[0]
    if a <= 0.0:
        raise ValueError("math domain error")
    value = _valid(libm.log2(a), a)
    p[0] = over(b / LN2, a)
    return value


cdef double _log10(double a, double *p) except? -1.0:
    cdef double value, b = p[0]
    if a <= 0.0:
        raise ValueError("math domain error")
    value = _valid(libm.log10(a), a)
    p[0] = over(b / LN10, a)
    return value


cdef double _log1p(double a, double *p) except? -1.0:
    cdef double value, b = p[0]
    if a <= -1.0:
        raise ValueError("math domain error")
    value = _valid(libm.log1p(a), a)
    p[0] = over(b, 1.0 + a)
    return value


cdef double _sqrt(double a, double *p) except? -1.0:
    cdef double value, b = p[0]
    value = _valid(libm.sqrt(a), a)
    p[0] = over(b, 2.0 * libm.fabs(value))
    return value


cdef double _cbrt(double a, double *p) except? -1.0:
    cdef double value, b = p[0]
    value = _valid(cube_root(a), a)
    p[0] = b * cube_root_slope(a, value)
    return value


cdef double _erf(double a, double *p) except? -1.0:
    cdef double value, b = p[0]
    value = _valid(libm.erf(a), a)
    p[0] = b * TWO_BY_ROOT_PI * square_exp(a)
    return value


cdef double _erfc(double a, double *p) except? -1.0:
    cdef double value, b = p[0]
    value = _valid(libm.erfc(a), a)
    p[0] = -b * TWO_BY_ROOT_PI * square_exp(a)
    return value
