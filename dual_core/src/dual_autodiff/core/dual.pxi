# A dual number of one derivative.

@cython.final
cdef class Dual(NeverPlain):
    """Dual(real, dual=0.0)
--

    The dual number ``real + dual·ε``: a value and its derivative.

    ``Dual(x, 1.0)`` is the variable at ``x``; ``Dual(c)`` is a constant.

    >>> x = Dual(1.5, 1.0)
    >>> y = x.sin().log() + x**2 * x.cos()
    >>> y.real, y.dual
    (0.15665054756073515, -1.9612372705533612)

    Both parts are floats (``Dual(5, 18).real`` is ``5.0``) and read-only, since a dual number can
    be a dictionary's key. ``value`` and ``derivative`` are other names of the two, which arrays have too.

    With ``x = a + b·ε``, ``y = c + d·ε``, and numbers allowed on either side:

    ========== ===========================================================
    ``x + y``  ``(a + c) + (b + d)·ε``
    ``x - y``  ``(a - c) + (b - d)·ε``
    ``x * y``  ``a·c + (a·d + b·c)·ε``
    ``x / y``  ``a/c + (b - (a/c)·d)/c·ε``
    ``x % y``  ``(a mod c) + (b - ⌊a/c⌋·d)·ε``
    ``x // y`` ``⌊a/c⌋``, whose derivative is 0
    ``x ** y`` ``aᶜ + (c·aᶜ⁻¹·b + aᶜ·log(a)·d)·ε``
    ``-x``     ``-a - b·ε``
    ``abs(x)`` ``|a| + sign(a)·b·ε``, where the derivative at 0 is nan
    ========== ===========================================================

    ``<``, ``<=``, ``>`` and ``>=`` compare real parts, so that a branch goes the way it goes for
    floats. ``==``, ``!=`` and ``hash`` see both parts, and ``Dual(2.0) == 2.0``. So ``x <= y`` and
    ``x >= y`` can both hold where ``x == y`` does not. As for a complex number, ``bool(x)`` is
    ``x != 0``.

    A Dual never becomes a plain number by itself, since its derivative would be lost: ``float(x)`` and every function
    that takes its argument as a float, ``math.sin(x)`` for one, raise a TypeError. Call ``x.sin()`` or :func:`sin`;
    ``x.value`` is the value alone.

    :param real: the value, a number
    :param dual: the derivative, a number
    :raises TypeError: a part is not a number (a Dual is none either)
    :raises OverflowError: a part is an int too large for a float
    """

    cdef double a, b
    cdef readonly long long _tag

    def __cinit__(self, real, dual=0.0):
        self.a = _part("real", real)
        self.b = _part("dual", dual)

    @property
    def real(self):
        """The value, a float; the number itself where NumPy, SciPy or pandas asks."""
        return self if _asked_for_the_number() else self.a

    @property
    def dual(self):
        """The derivative, a float."""
        return self.b

    @property
    def value(self):
        """The value, a float."""
        return self.a

    @property
    def derivative(self):
        """The derivative, a float."""
        return self.b

    def __repr__(self):
        """An expression of this dual number, for ``eval`` to read back exactly."""
        return f"Dual({_evaluable(self.a)}, {_evaluable(self.b)})"

    def __reduce__(self):
        """Pickles and copies are made from the parts; the variable of a derivative stays that variable."""
        if self._tag:
            return tagged, (self.a, self.b, self._tag)
        return Dual, (self.a, self.b)

    def __bool__(self):
        """``x != 0``: false only where both parts are zero."""
        return self.a != 0.0 or self.b != 0.0

    def __hash__(self):
        """The real part's hash where the dual part is zero, else a hash of both."""
        if libm.isnan(self.a) or libm.isnan(self.b):
            return object.__hash__(self)  # equal to nothing; a nan float's hash is its address
        if self.b == 0.0:
            return hash(self.a)  # equal to its real part
        return hash((self.a, self.b))

    def __richcmp__(self, other, int op):
        cdef double d = 0.0
        if type(other) is Dual:
            d = (<Dual>other).b
            if (<Dual>other)._tag != self._tag and op in (Py_EQ, Py_NE) and (d != 0.0 or self.b != 0.0):
                return op == Py_NE  # derivatives by different variables are not the same
            other = (<Dual>other).a
        elif not _is_number(other):
            return NotImplemented
        if op == Py_EQ and self.b != d:
            return False
        if op == Py_NE and self.b != d:
            return True
        return PyObject_RichCompare(self.a, other, op)  # as floats compare: exactly with any int

    def __pos__(self):
        """The same object."""
        return self

    def __neg__(self):
        """``-a - b·ε``."""
        return _new(-self.a, -self.b, self._tag)

    def __abs__(self):
        """``|a| + sign(a)·b·ε``; the derivative at 0 is nan."""
        return _new(libm.fabs(self.a), _sign(self.a) * self.b, self._tag)

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        """NumPy's functions and its arrays' operators treat a dual number as the package's own do."""
        return array_ufunc(ufunc, method, inputs, kwargs)

    def __array_function__(self, function, types, args, kwargs):
        """NumPy's other functions: those that have a rule here, else a TypeError that names the function."""
        return array_function(function, args, kwargs)

    def __format__(self, spec):
        """Both parts in the given format: ``f"{x:.3f}"``."""
        return formatted(self, spec)

    # The operators below serve both sides: either operand is the Dual, the other may be a number.

    # <generated: operators of Dual>
    def __add__(left, right):
        """``(a + c) + (b + d)·ε``."""
        cdef Operand x, y
        cdef double a, c, value
        if type(left) is Dual and type(right) is Dual and (<Dual>left)._tag == (<Dual>right)._tag:
            a, c = (<Dual>left).a, (<Dual>right).a
            value = a + c
            return _new(value, ((<Dual>left).b + (<Dual>right).b), (<Dual>left)._tag)
        if type(left) is Dual and type(right) is float:
            a, c = (<Dual>left).a, PyFloat_AS_DOUBLE(right)
            value = a + c
            return _new(value, (<Dual>left).b, (<Dual>left)._tag)
        if not _read_both(left, right, &x, &y):
            return operator_of("add", left, right)
        a, c = x.a, y.a
        value = a + c
        return _new(value, _tangent(1.0, x, 1.0, y), x.tag | y.tag)

    def __sub__(left, right):
        """``(a - c) + (b - d)·ε``."""
        cdef Operand x, y
        cdef double a, c, value
        if type(left) is Dual and type(right) is Dual and (<Dual>left)._tag == (<Dual>right)._tag:
            a, c = (<Dual>left).a, (<Dual>right).a
            value = a - c
            return _new(value, ((<Dual>left).b - (<Dual>right).b), (<Dual>left)._tag)
        if type(left) is Dual and type(right) is float:
            a, c = (<Dual>left).a, PyFloat_AS_DOUBLE(right)
            value = a - c
            return _new(value, (<Dual>left).b, (<Dual>left)._tag)
        if not _read_both(left, right, &x, &y):
            return operator_of("sub", left, right)
        a, c = x.a, y.a
        value = a - c
        return _new(value, _tangent(1.0, x, -1.0, y), x.tag | y.tag)

    def __mul__(left, right):
        """``a·c + (a·d + b·c)·ε``."""
        cdef Operand x, y
        cdef double a, c, value
        if type(left) is Dual and type(right) is Dual and (<Dual>left)._tag == (<Dual>right)._tag:
            a, c = (<Dual>left).a, (<Dual>right).a
            value = a * c
            return _new(value, (c * (<Dual>left).b + a * (<Dual>right).b), (<Dual>left)._tag)
        if type(left) is Dual and type(right) is float:
            a, c = (<Dual>left).a, PyFloat_AS_DOUBLE(right)
            value = a * c
            return _new(value, c * (<Dual>left).b, (<Dual>left)._tag)
        if not _read_both(left, right, &x, &y):
            return operator_of("mul", left, right)
        a, c = x.a, y.a
        value = a * c
        return _new(value, _tangent(c, x, a, y), x.tag | y.tag)

    def __truediv__(left, right):
        """``a/c + (b - (a/c)·d)/c·ε``, which squares no divisor: a huge or tiny one does no harm.

        :raises ZeroDivisionError: the right operand's value is zero
        """
        cdef Operand x, y
        cdef double a, c, value
        if type(left) is Dual and type(right) is Dual and (<Dual>left)._tag == (<Dual>right)._tag and (<Dual>right).a != 0.0:
            a, c = (<Dual>left).a, (<Dual>right).a
            value = a / c
            return _new(value, ((<Dual>left).b + -value * (<Dual>right).b) / c, (<Dual>left)._tag)
        if type(left) is Dual and type(right) is float and PyFloat_AS_DOUBLE(right) != 0.0:
            a, c = (<Dual>left).a, PyFloat_AS_DOUBLE(right)
            value = a / c
            return _new(value, (<Dual>left).b / c, (<Dual>left)._tag)
        if not _read_both(left, right, &x, &y):
            return operator_of("div", left, right)
        a, c = x.a, y.a
        if c == 0.0:
            raise ZeroDivisionError("division by zero")
        value = a / c
        return _new(value, _tangent(1.0, x, -value, y) / c, x.tag | y.tag)

    def __mod__(left, right):
        """``(a mod c) + (b - ⌊a/c⌋·d)·ε``, with the sign of the divisor, as for floats.

        :raises ZeroDivisionError: the right operand's value is zero
        """
        cdef Operand x, y
        cdef double a, c, value
        if type(left) is Dual and type(right) is Dual and (<Dual>left)._tag == (<Dual>right)._tag and (<Dual>right).a != 0.0:
            a, c = (<Dual>left).a, (<Dual>right).a
            value = modulo(a, c)
            return _new(value, ((<Dual>left).b + -floor_of(a, c) * (<Dual>right).b), (<Dual>left)._tag)
        if type(left) is Dual and type(right) is float and PyFloat_AS_DOUBLE(right) != 0.0:
            a, c = (<Dual>left).a, PyFloat_AS_DOUBLE(right)
            value = modulo(a, c)
            return _new(value, (<Dual>left).b, (<Dual>left)._tag)
        if not _read_both(left, right, &x, &y):
            return operator_of("mod", left, right)
        a, c = x.a, y.a
        if c == 0.0:
            raise ZeroDivisionError("division by zero")
        value = modulo(a, c)
        return _new(value, _tangent(1.0, x, -floor_of(a, c), y), x.tag | y.tag)

    def __floordiv__(left, right):
        """``⌊a/c⌋``, which is flat: its derivative is 0.

        :raises ZeroDivisionError: the right operand's value is zero
        """
        cdef Operand x, y
        cdef double a, c, value
        if type(left) is Dual and type(right) is Dual and (<Dual>left)._tag == (<Dual>right)._tag and (<Dual>right).a != 0.0:
            a, c = (<Dual>left).a, (<Dual>right).a
            value = floor_of(a, c)
            return _new(value, (0.0 * (<Dual>left).b + 0.0 * (<Dual>right).b), (<Dual>left)._tag)
        if type(left) is Dual and type(right) is float and PyFloat_AS_DOUBLE(right) != 0.0:
            a, c = (<Dual>left).a, PyFloat_AS_DOUBLE(right)
            value = floor_of(a, c)
            return _new(value, 0.0 * (<Dual>left).b, (<Dual>left)._tag)
        if not _read_both(left, right, &x, &y):
            return operator_of("floordiv", left, right)
        a, c = x.a, y.a
        if c == 0.0:
            raise ZeroDivisionError("division by zero")
        value = floor_of(a, c)
        return _new(value, _tangent(0.0, x, 0.0, y), x.tag | y.tag)

    # </generated>

    def __pow__(left, right, modulo=None):
        """``aᶜ + (c·aᶜ⁻¹·b + aᶜ·log(a)·d)·ε``, valued as floats are (``x**0`` is 1 everywhere).

        An exponent with a dual part of zero is a constant. Otherwise ``log(a)`` is needed: for
        ``a < 0`` the derivative is nan; for ``a = 0`` its second term is 0 if ``c > 0`` (``0ᶜ`` is
        0 all around) and infinite if ``c = 0``. The first term is 0 for ``c = 0``, and infinite for
        ``a = 0`` with ``0 < c < 1``.

        :raises ZeroDivisionError: zero to a negative power
        :raises ValueError: a negative base with a fractional exponent (no complex numbers here)
        :raises OverflowError: the value is too large for a float
        """
        cdef Operand x, y
        cdef double a, c, value
        if type(left) is Dual and (type(right) is int or type(right) is float) and modulo is None:
            a, c = (<Dual>left).a, PyLong_AsDouble(right) if type(right) is int else PyFloat_AS_DOUBLE(right)
            value = _power(a, c)
            return _new(value, _power_by_base(a, c, value) * (<Dual>left).b, (<Dual>left)._tag)
        if modulo is not None:
            return NotImplemented
        if not _read_both(left, right, &x, &y):
            return operator_of("pow", left, right)
        value = _power(x.a, y.a)
        if y.constant or y.b == 0.0:
            return _new(value, 0.0 if x.constant else _power_by_base(x.a, y.a, value) * x.b, x.tag | y.tag)
        return _new(
            value,
            _tangent(_power_by_base(x.a, y.a, value), x, _power_by_exponent(x.a, y.a, value), y),
            x.tag | y.tag,
        )

    # <generated: methods of Dual>
    def sin(self):
        """The sine: see :func:`sin`."""
        return _at(_sin, self)

    def cos(self):
        """The cosine: see :func:`cos`."""
        return _at(_cos, self)

    def tan(self):
        """The tangent: see :func:`tan`."""
        return _at(_tan, self)

    def asin(self):
        """The inverse sine: see :func:`asin`."""
        return _at(_asin, self)

    def acos(self):
        """The inverse cosine: see :func:`acos`."""
        return _at(_acos, self)

    def atan(self):
        """The inverse tangent: see :func:`atan`."""
        return _at(_atan, self)

    def sinh(self):
        """The hyperbolic sine: see :func:`sinh`."""
        return _at(_sinh, self)

    def cosh(self):
        """The hyperbolic cosine: see :func:`cosh`."""
        return _at(_cosh, self)

    def tanh(self):
        """The hyperbolic tangent: see :func:`tanh`."""
        return _at(_tanh, self)

    def asinh(self):
        """The inverse hyperbolic sine: see :func:`asinh`."""
        return _at(_asinh, self)

    def acosh(self):
        """The inverse hyperbolic cosine: see :func:`acosh`."""
        return _at(_acosh, self)

    def atanh(self):
        """The inverse hyperbolic tangent: see :func:`atanh`."""
        return _at(_atanh, self)

    def exp(self):
        """The exponential: see :func:`exp`."""
        return _at(_exp, self)

    def exp2(self):
        """The power of two: see :func:`exp2`."""
        return _at(_exp2, self)

    def expm1(self):
        """The exponential less 1: see :func:`expm1`."""
        return _at(_expm1, self)

    def log(self):
        """The natural logarithm: see :func:`log`."""
        return _at(_log, self)

    def log2(self):
        """The logarithm to base 2: see :func:`log2`."""
        return _at(_log2, self)

    def log10(self):
        """The logarithm to base 10: see :func:`log10`."""
        return _at(_log10, self)

    def log1p(self):
        """The natural logarithm of 1 + x: see :func:`log1p`."""
        return _at(_log1p, self)

    def sqrt(self):
        """The square root: see :func:`sqrt`."""
        return _at(_sqrt, self)

    def cbrt(self):
        """The cube root: see :func:`cbrt`."""
        return _at(_cbrt, self)

    def erf(self):
        """The error function: see :func:`erf`."""
        return _at(_erf, self)

    def erfc(self):
        """The complement of the error function: see :func:`erfc`."""
        return _at(_erfc, self)

    # Under these names NumPy calls the methods of an array's objects.

    def arcsin(self):
        """See :func:`asin`."""
        return _at(_asin, self)

    def arccos(self):
        """See :func:`acos`."""
        return _at(_acos, self)

    def arctan(self):
        """See :func:`atan`."""
        return _at(_atan, self)

    def arcsinh(self):
        """See :func:`asinh`."""
        return _at(_asinh, self)

    def arccosh(self):
        """See :func:`acosh`."""
        return _at(_acosh, self)

    def arctanh(self):
        """See :func:`atanh`."""
        return _at(_atanh, self)

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
