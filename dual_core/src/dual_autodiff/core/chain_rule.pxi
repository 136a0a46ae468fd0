# The chain rule.

cdef inline double _tangent(double by_x, Operand x, double by_y, Operand y) noexcept:
    """The derivative of a function of *x* and *y* from its partial derivatives."""
    if y.constant:
        return by_x * x.b
    if x.constant:
        return by_y * y.b
    return by_x * x.b + by_y * y.b


cdef inline MultiDual _combined(double value, double by_x, Partials x, double by_y, Partials y):
    """A function's value at *x* and *y*, of which one at least has partial derivatives, and its own."""
    cdef MultiDual result = _new_multi(value, x.count if x.p != NULL else y.count, x.tag | y.tag)
    combine(result.p, result.count, by_x, x.p, by_y, y.p)
    return result


cdef inline MultiDual _scaled(MultiDual x, double value, double slope):
    """A function's *value* at *x*, where its derivative is *slope*."""
    cdef MultiDual result = _new_multi(value, x.count, x._tag)
    combine(result.p, x.count, slope, x.p, 0.0, NULL)
    return result


cdef inline Dual _at(Kernel f, Dual x):
    cdef double b = x.b
    cdef double a = f(x.a, &b)
    return _new(a, b, x._tag)


cdef inline MultiDual _at_multi(Kernel f, MultiDual x):
    cdef double slope = 1.0
    cdef double a = f(x.a, &slope)
    return _scaled(x, a, slope)


cdef inline object _of(Kernel f, str name, x):
    cdef double b = 0.0
    if type(x) is Dual:
        return _at(f, <Dual>x)
    if type(x) is MultiDual:
        return _at_multi(f, <MultiDual>x)
    if type(x) is float or _is_number(x):
        return f(x, &b)
    function = getattr(type(x), "__dual_function__", None)
    return foreign(name, x) if function is None else function(x, name, (x,))
