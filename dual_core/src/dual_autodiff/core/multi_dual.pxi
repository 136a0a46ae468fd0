# A dual number of several partial derivatives.

@cython.final
cdef class MultiDual(NeverPlain):
    """MultiDual(value, derivative)
--

    A number with several partial derivatives: what an element of a gradient's or Jacobian's argument is.

    Operators, functions, comparisons and errors are those of :class:`Dual`, with each partial derivative in the place
    of the dual part.

    >>> MultiDual(3.0, [1.0, 0.0]) * MultiDual(5.0, [0.0, 1.0])
    MultiDual(15.0, [5.0, 3.0])

    :param value: a number
    :param derivative: numbers, 1 to 32 of them
    :raises TypeError: a part is not a number
    :raises ValueError: there is no partial derivative, or there are too many
    """

    cdef double a
    cdef double p[PARTIALS]
    cdef int count
    cdef readonly long long _tag

    def __cinit__(self, value, derivative):
        cdef int i
        self.a = _part("value", value)
        partials = list(derivative)
        if not 0 < len(partials) <= PARTIALS:
            raise ValueError(f"a MultiDual has 1 to {PARTIALS} partial derivatives, not {len(partials)}")
        self.count = len(partials)
        for i in range(self.count):
            self.p[i] = _part("derivative", partials[i])

    @property
    def value(self):
        """The value, a float."""
        return self.a

    @property
    def derivative(self):
        """The partial derivatives, an array of floats."""
        return derivatives(self._partials())

    @property
    def real(self):
        """The value, a float; the number itself where NumPy, SciPy or pandas asks."""
        return self if _asked_for_the_number() else self.a

    @property
    def dual(self):
        """The partial derivatives, an array of floats."""
        return derivatives(self._partials())

    def _partials(self):
        """The partial derivatives, a list of floats."""
        return [self.p[i] for i in range(self.count)]

    def __repr__(self):
        return f"MultiDual({_evaluable(self.a)}, [{', '.join([_evaluable(self.p[i]) for i in range(self.count)])}])"

    def __reduce__(self):
        return tagged, (self.a, self._partials(), self._tag)

    cdef bint _flat(self):
        cdef int i
        for i in range(self.count):
            if self.p[i] != 0.0:
                return False
        return True

    def __bool__(self):
        """``x != 0``: false only where value and derivatives are zero."""
        return self.a != 0.0 or not self._flat()

    def __hash__(self):
        """The value's hash where all derivatives are zero, else a hash of all parts."""
        if libm.isnan(self.a):
            return object.__hash__(self)
        if self._flat():
            return hash(self.a)
        return hash((self.a, *self._partials()))

    def __richcmp__(self, other, int op):
        cdef Partials x, y
        cdef bint same = True
        cdef int i
        if not _read_partials(other, &y):
            return NotImplemented
        if op == Py_EQ or op == Py_NE:
            _read_partials(self, &x)
            if y.p == NULL:
                same = self._flat()
            elif x.tag != y.tag or x.count != y.count:
                same = False
            else:
                for i in range(x.count):
                    same = same and x.p[i] == y.p[i]
            if not same:
                return op == Py_NE
        return PyObject_RichCompare(self.a, y.a if y.p != NULL else other, op)

    def __pos__(self):
        """The same object."""
        return self

    def __neg__(self):
        """``-a``, and each derivative with the other sign."""
        return _scaled(self, -self.a, -1.0)

    def __abs__(self):
        """``|a|``; the derivatives at 0 are nan."""
        return _scaled(self, libm.fabs(self.a), _sign(self.a))

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        """NumPy's functions and its arrays' operators treat a dual number as the package's own do."""
        return array_ufunc(ufunc, method, inputs, kwargs)

    def __array_function__(self, function, types, args, kwargs):
        """NumPy's other functions: those that have a rule here, else a TypeError that names the function."""
        return array_function(function, args, kwargs)

    def __format__(self, spec):
        """Both parts in the given format: ``f"{x:.3f}"``."""
        return formatted(self, spec)

    # <generated: operators of MultiDual>
    def __add__(left, right):
        """``(a + c) + (b + d)·ε``."""
        cdef Partials x, y
        cdef double a, c, value
        cdef MultiDual result
        if not _read_partials_of_both(left, right, &x, &y):
            return operator_of("add", left, right)
        a, c = x.a, y.a
        value = a + c
        return _combined(value, 1.0, x, 1.0, y)

    def __sub__(left, right):
        """``(a - c) + (b - d)·ε``."""
        cdef Partials x, y
        cdef double a, c, value
        cdef MultiDual result
        if not _read_partials_of_both(left, right, &x, &y):
            return operator_of("sub", left, right)
        a, c = x.a, y.a
        value = a - c
        return _combined(value, 1.0, x, -1.0, y)

    def __mul__(left, right):
        """``a·c + (a·d + b·c)·ε``."""
        cdef Partials x, y
        cdef double a, c, value
        cdef MultiDual result
        if not _read_partials_of_both(left, right, &x, &y):
            return operator_of("mul", left, right)
        a, c = x.a, y.a
        value = a * c
        return _combined(value, c, x, a, y)

    def __truediv__(left, right):
        """``a/c + (b - (a/c)·d)/c·ε``, which squares no divisor: a huge or tiny one does no harm.

        :raises ZeroDivisionError: the right operand's value is zero
        """
        cdef Partials x, y
        cdef double a, c, value
        cdef MultiDual result
        if not _read_partials_of_both(left, right, &x, &y):
            return operator_of("div", left, right)
        a, c = x.a, y.a
        if c == 0.0:
            raise ZeroDivisionError("division by zero")
        value = a / c
        result = _combined(value, 1.0, x, -value, y)
        divide(result.p, result.count, c)
        return result

    def __mod__(left, right):
        """``(a mod c) + (b - ⌊a/c⌋·d)·ε``, with the sign of the divisor, as for floats.

        :raises ZeroDivisionError: the right operand's value is zero
        """
        cdef Partials x, y
        cdef double a, c, value
        cdef MultiDual result
        if not _read_partials_of_both(left, right, &x, &y):
            return operator_of("mod", left, right)
        a, c = x.a, y.a
        if c == 0.0:
            raise ZeroDivisionError("division by zero")
        value = modulo(a, c)
        return _combined(value, 1.0, x, -floor_of(a, c), y)

    def __floordiv__(left, right):
        """``⌊a/c⌋``, which is flat: its derivative is 0.

        :raises ZeroDivisionError: the right operand's value is zero
        """
        cdef Partials x, y
        cdef double a, c, value
        cdef MultiDual result
        if not _read_partials_of_both(left, right, &x, &y):
            return operator_of("floordiv", left, right)
        a, c = x.a, y.a
        if c == 0.0:
            raise ZeroDivisionError("division by zero")
        value = floor_of(a, c)
        return _combined(value, 0.0, x, 0.0, y)

    # </generated>

    def __pow__(left, right, modulo=None):
        """``aᶜ``; a partial derivative of the exponent that is zero makes no demand on the base."""
        cdef Partials x, y
        cdef double value, by_base, by_exponent
        cdef MultiDual result
        cdef int i
        if modulo is not None:
            return NotImplemented
        if not _read_partials_of_both(left, right, &x, &y):
            return operator_of("pow", left, right)
        value = _power(x.a, y.a)
        by_base = 0.0 if x.p == NULL else _power_by_base(x.a, y.a, value)
        if y.p == NULL:
            return _scaled(<MultiDual>left, value, by_base)
        by_exponent = _power_by_exponent(x.a, y.a, value)
        result = _new_multi(value, y.count, y.tag)
        for i in range(y.count):
            if y.p[i] == 0.0:
                result.p[i] = by_base * x.p[i] if x.p != NULL else 0.0
            elif x.p == NULL:
                result.p[i] = by_exponent * y.p[i]
            else:
                result.p[i] = by_base * x.p[i] + by_exponent * y.p[i]
        return result

    # <generated: methods of MultiDual>
    def sin(self):
        """The sine: see :func:`sin`."""
        return _at_multi(_sin, self)

    def cos(self):
        """The cosine: see :func:`cos`."""
        return _at_multi(_cos, self)

    def tan(self):
        """The tangent: see :func:`tan`."""
        return _at_multi(_tan, self)

    def asin(self):
        """The inverse sine: see :func:`asin`."""
        return _at_multi(_asin, self)

    def acos(self):
        """The inverse cosine: see :func:`acos`."""
        return _at_multi(_acos, self)

    def atan(self):
        """The inverse tangent: see :func:`atan`."""
        return _at_multi(_atan, self)

    def sinh(self):
        """The hyperbolic sine: see :func:`sinh`."""
        return _at_multi(_sinh, self)

    def cosh(self):
        """The hyperbolic cosine: see :func:`cosh`."""
        return _at_multi(_cosh, self)

    def tanh(self):
        """The hyperbolic tangent: see :func:`tanh`."""
        return _at_multi(_tanh, self)

    def asinh(self):
        """The inverse hyperbolic sine: see :func:`asinh`."""
        return _at_multi(_asinh, self)

    def acosh(self):
        """The inverse hyperbolic cosine: see :func:`acosh`."""
        return _at_multi(_acosh, self)

    def atanh(self):
        """The inverse hyperbolic tangent: see :func:`atanh`."""
        return _at_multi(_atanh, self)

    def exp(self):
        """The exponential: see :func:`exp`."""
        return _at_multi(_exp, self)

    def exp2(self):
        """The power of two: see :func:`exp2`."""
        return _at_multi(_exp2, self)

    def expm1(self):
        """The exponential less 1: see :func:`expm1`."""
        return _at_multi(_expm1, self)

    def log(self):
        """The natural logarithm: see :func:`log`."""
        return _at_multi(_log, self)

    def log2(self):
        """The logarithm to base 2: see :func:`log2`."""
        return _at_multi(_log2, self)

    def log10(self):
        """The logarithm to base 10: see :func:`log10`."""
        return _at_multi(_log10, self)

    def log1p(self):
        """The natural logarithm of 1 + x: see :func:`log1p`."""
        return _at_multi(_log1p, self)

    def sqrt(self):
        """The square root: see :func:`sqrt`."""
        return _at_multi(_sqrt, self)

    def cbrt(self):
        """The cube root: see :func:`cbrt`."""
        return _at_multi(_cbrt, self)

    def erf(self):
        """The error function: see :func:`erf`."""
        return _at_multi(_erf, self)

    def erfc(self):
        """The complement of the error function: see :func:`erfc`."""
        return _at_multi(_erfc, self)

    # Under these names NumPy calls the methods of an array's objects.

    def arcsin(self):
        """See :func:`asin`."""
        return _at_multi(_asin, self)

    def arccos(self):
        """See :func:`acos`."""
        return _at_multi(_acos, self)

    def arctan(self):
        """See :func:`atan`."""
        return _at_multi(_atan, self)

    def arcsinh(self):
        """See :func:`asinh`."""
        return _at_multi(_asinh, self)

    def arccosh(self):
        """See :func:`acosh`."""
        return _at_multi(_acosh, self)

    def arctanh(self):
        """See :func:`atanh`."""
        return _at_multi(_atanh, self)

    def fabs(self):
        """See :func:`fabs`."""
        return abs(self)

    def conjugate(self):
        """The same object."""
        return self

    def hypot(self, other):
        """See :func:`hypot`."""
        return hypot(self, other)

    def arctan2(self, other):
        """See :func:`atan2`."""
        return atan2(self, other)

    # </generated>
