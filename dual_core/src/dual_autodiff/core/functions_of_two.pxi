# The functions that are no entry of the table of operations: of two arguments and more, and the absolute value.

def fabs(x, /):
    """``fabs(a + b·ε) = |a| + sign(a)·b·ε``, where the derivative at 0 is nan; for a number a float.

    :param x: a Dual or a number; any
    :returns: a Dual for a Dual, else a float
    :raises TypeError: *x* is neither Dual nor number
    """
    if type(x) is Dual:
        return (<Dual>x).__abs__()
    if type(x) is MultiDual:
        return (<MultiDual>x).__abs__()
    if not _is_number(x):
        return foreign("fabs", x)
    return libm.fabs(x)


def hypot(x, y, /):
    """``hypot(a + b·ε, c + d·ε) = h + (a/h·b + c/h·d)·ε`` with ``h = √(a² + c²)``, without overflow on the way.

    The derivative at the origin is nan. Where one argument is infinite, it alone has a slope, ±1; where both are, nan.

    :param x: a Dual or a number; any
    :param y: a Dual or a number; any
    :returns: a Dual if either is one, else a float
    :raises TypeError: *x* or *y* is neither Dual nor number
    """
    cdef Operand p, q
    cdef Partials u, v
    cdef double value
    if _read_both(x, y, &p, &q):
        value = libm.hypot(p.a, q.a)
        if p.constant and q.constant:
            return value
        return _new(value, _tangent(_leg(p.a, q.a, value), p, _leg(q.a, p.a, value), q), p.tag | q.tag)
    if _read_partials_of_both(x, y, &u, &v):
        value = libm.hypot(u.a, v.a)
        return _combined(value, _leg(u.a, v.a, value), u, _leg(v.a, u.a, value), v)
    return foreign("hypot", x, y)


def atan2(y, x, /):
    """``atan2(c + d·ε, a + b·ε) = atan2(c, a) + (a·d - c·b)/(a² + c²)·ε``, in radians.

    That is the angle of the point (*x*, *y*). The derivative at the origin is nan; where an argument is infinite, 0.

    :param y: a Dual or a number; any
    :param x: a Dual or a number; any
    :returns: a Dual if either is one, else a float
    :raises TypeError: *y* or *x* is neither Dual nor number
    """
    cdef Operand p, q, one
    cdef Partials u, v
    cdef double value, by_y, by_x
    if _read_both(y, x, &q, &p):
        value = libm.atan2(q.a, p.a)
        if p.constant and q.constant:
            return value
        return _new(value, _turn(q, p), p.tag | q.tag)
    if _read_partials_of_both(y, x, &v, &u):
        one.b, one.constant, one.tag = 1.0, False, 0
        p.b, p.constant, p.tag = 0.0, True, 0
        one.a, p.a = v.a, u.a
        by_y = _turn(one, p)
        one.a, p.a = u.a, v.a
        by_x = _turn(p, one)
        return _combined(libm.atan2(v.a, u.a), by_y, v, by_x, u)
    return foreign("atan2", y, x)


def pow(x, y, /):
    """``x ** y`` with the errors of :func:`math.pow`.

    :param x: a Dual or a number
    :param y: a Dual or a number; an integer where *x* is negative
    :returns: a Dual if either is one, else a float
    :raises ValueError: a negative *x* with a fractional *y*, or zero to a negative power
    :raises OverflowError: the value is too large for a float
    :raises TypeError: *x* or *y* is neither Dual nor number
    """
    cdef Operand p, q
    cdef Partials u, v
    try:
        if _read_both(x, y, &p, &q):
            return _power(p.a, q.a) if p.constant and q.constant else x**y
        if _read_partials_of_both(x, y, &u, &v):
            return x**y
    except ZeroDivisionError:
        raise ValueError("math domain error") from None
    return foreign("pow", x, y)


def maximum(x, y, /):
    """The argument with the greater value, and its derivative: *x* at a tie. A nan wins, the first of two.

    :param x: a Dual or a number; any
    :param y: a Dual or a number; any
    :returns: a Dual if either is one, else a float
    :raises TypeError: *x* or *y* is neither Dual nor number
    """
    cdef Operand p, q
    cdef Partials u, v
    if _read_both(x, y, &p, &q):
        return _chosen(p.a >= q.a or libm.isnan(p.a), p, q)
    if _read_partials_of_both(x, y, &u, &v):
        return _chosen_of_partials(u.a >= v.a or libm.isnan(u.a), u, v)
    return foreign("maximum", x, y)


def minimum(x, y, /):
    """The argument with the lesser value, and its derivative: *x* at a tie. A nan wins, the first of two.

    :param x: a Dual or a number; any
    :param y: a Dual or a number; any
    :returns: a Dual if either is one, else a float
    :raises TypeError: *x* or *y* is neither Dual nor number
    """
    cdef Operand p, q
    cdef Partials u, v
    if _read_both(x, y, &p, &q):
        return _chosen(p.a <= q.a or libm.isnan(p.a), p, q)
    if _read_partials_of_both(x, y, &u, &v):
        return _chosen_of_partials(u.a <= v.a or libm.isnan(u.a), u, v)
    return foreign("minimum", x, y)


def where(condition, x, y, /):
    """*x* where the condition holds, else *y*, each with its derivative.

    :param condition: a bool
    :param x: a Dual or a number; any
    :param y: a Dual or a number; any
    :returns: a Dual if either of *x* and *y* is one, else a float
    :raises TypeError: *x* or *y* is neither Dual nor number
    """
    cdef Operand p, q
    cdef Partials u, v
    if isinstance(condition, int):
        if _read_both(x, y, &p, &q):
            return _chosen(condition, p, q)
        if _read_partials_of_both(x, y, &u, &v):
            return _chosen_of_partials(condition, u, v)
    return foreign("where", condition, x, y)
