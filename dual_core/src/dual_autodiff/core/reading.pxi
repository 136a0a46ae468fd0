# Making and reading dual numbers.

cdef inline Dual _new(double a, double b, long long tag):
    # The constructor takes Python objects, so both parts would be boxed first.
    cdef Dual x = <Dual>make_dual(<PyTypeObject *>Dual)
    x.a = a
    x.b = b
    x._tag = tag
    return x


cdef inline MultiDual _new_multi(double a, int count, long long tag):
    cdef MultiDual x = <MultiDual>make_multi_dual(<PyTypeObject *>MultiDual)
    x.a = a
    x.count = count
    x._tag = tag
    return x


keep_duals(<PyTypeObject *>Dual)
keep_multi_duals(<PyTypeObject *>MultiDual)


def variable(double value, long long tag):
    """The variable of the derivative *tag* at *value*."""
    return _new(value, 1.0, tag)


def variables(list values, int first, int count, long long tag):
    """A MultiDual for each of *values*: those from *first* on are the *count* variables of the derivative *tag*."""
    cdef Py_ssize_t i, j
    cdef MultiDual x
    made = []
    for i in range(len(values)):
        x = _new_multi(values[i], count, tag)
        for j in range(chunk(count)):
            x.p[j] = 1.0 if j == i - first else 0.0
        made.append(x)
    return made


def tagged(double value, derivative, long long tag):
    """A number of the derivative *tag*: a Dual for one derivative, a MultiDual for a sequence of them."""
    if isinstance(derivative, float):
        return _new(value, derivative, tag)
    cdef MultiDual x = MultiDual(value, derivative)
    x._tag = tag
    return x


def elements(const double[::1] value, const double[:, ::1] derivative, long long tag):
    """A MultiDual for each element of *value*, with a column of *derivative* for its partial derivatives."""
    cdef Py_ssize_t i, j
    cdef int count = derivative.shape[0]
    cdef MultiDual x
    made = []
    for i in range(value.shape[0]):
        x = _new_multi(value[i], count, tag)
        for j in range(count):
            x.p[j] = derivative[j, i]
        for j in range(count, chunk(count)):
            x.p[j] = 0.0
        made.append(x)
    return made


def gathered(list elements, double[::1] value, double[:, ::1] derivative, long long tag):
    """Fill *value* and *derivative* from *elements*; false if one is neither number nor of the derivative *tag*."""
    cdef Py_ssize_t i, j
    cdef Partials x
    cdef Dual dual
    for i in range(value.shape[0]):
        element = elements[i]
        if type(element) is Dual:
            dual = <Dual>element
            if dual._tag != tag or derivative.shape[0] != 1:
                return False
            value[i], derivative[0, i] = dual.a, dual.b
            continue
        if not _read_partials(element, &x) or (x.p != NULL and (x.tag != tag or x.count != derivative.shape[0])):
            return False
        value[i] = x.a
        for j in range(derivative.shape[0]):
            derivative[j, i] = 0.0 if x.p == NULL else x.p[j]
    return True


cdef object _chosen(bint first, Operand x, Operand y):
    """One of two scalars, a Dual if either is one."""
    cdef Operand chosen = x if first else y
    return chosen.a if x.constant and y.constant else _new(chosen.a, chosen.b, x.tag | y.tag)


cdef object _chosen_of_partials(bint first, Partials x, Partials y):
    """One of two numbers of which one at least has partial derivatives."""
    cdef Partials chosen = x if first else y, other = y if first else x
    if chosen.p != NULL:
        return _copied(chosen)
    return _constant(chosen.a, other)


cdef MultiDual _constant(double a, Partials other):
    """A number without derivatives, as one of those like *other*."""
    cdef MultiDual result = _new_multi(a, other.count, other.tag)
    cdef int i
    for i in range(chunk(other.count)):
        result.p[i] = 0.0
    return result


cdef MultiDual _copied(Partials x):
    cdef MultiDual result = _new_multi(x.a, x.count, x.tag)
    combine(result.p, x.count, 1.0, x.p, 0.0, NULL)
    return result


cdef bint _is_number(x) except -1:
    return isinstance(x, (float, int)) or isinstance(x, Real)


cdef double _part(str name, x) except? -1.0:
    if not _is_number(x):
        raise TypeError(f"{name} is not a number (a float, an int or another numbers.Real): {x!r}")
    return x


cdef inline bint _read(x, Operand *operand) except -1:
    """Fill *operand* from a Dual or a number; 0 says that *x* is neither."""
    if type(x) is Dual:
        operand.a, operand.b, operand.constant, operand.tag = (<Dual>x).a, (<Dual>x).b, False, (<Dual>x)._tag
        return True
    operand.b, operand.constant, operand.tag = 0.0, True, 0
    if type(x) is float:
        operand.a = PyFloat_AS_DOUBLE(x)
        return True
    return _read_number(x, &operand.a)


cdef inline bint _read_both(x, y, Operand *p, Operand *q) except -1:
    """Fill both; 0 says that one is neither Dual nor number, or that they are derivatives by different variables."""
    return _read(x, p) and _read(y, q) and (p.tag == q.tag or p.constant or q.constant)


cdef inline bint _read_partials(x, Partials *operand) except -1:
    """Fill *operand* from a MultiDual or a number; 0 says that *x* is neither."""
    if type(x) is MultiDual:
        operand.a, operand.p = (<MultiDual>x).a, (<MultiDual>x).p
        operand.count, operand.tag = (<MultiDual>x).count, (<MultiDual>x)._tag
        return True
    operand.p, operand.count, operand.tag = NULL, 0, 0
    if type(x) is float:
        operand.a = PyFloat_AS_DOUBLE(x)
        return True
    return _read_number(x, &operand.a)


cdef inline bint _read_partials_of_both(x, y, Partials *p, Partials *q) except -1:
    """Fill both, of which one at least is a MultiDual; 0 says that they do not belong together."""
    if type(x) is not MultiDual and type(y) is not MultiDual:
        return False
    if not (_read_partials(x, p) and _read_partials(y, q)):
        return False
    return p.p == NULL or q.p == NULL or (p.tag == q.tag and p.count == q.count)


cdef bint _read_number(x, double *value) except -1:
    if type(x) is int:
        value[0] = PyLong_AsDouble(x)
    elif _is_number(x):
        value[0] = x
    else:
        return False
    return True


cdef str _evaluable(double part):
    """*part* as ``eval`` can read it back."""
    return repr(part) if libm.isfinite(part) else f"float('{part}')"
