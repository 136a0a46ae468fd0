# cython: language_level=3, cdivision=True, c_api_binop_methods=True
# cython: binding=False, embedsignature=True, embedsignature.format=clinic
# With binding=True, Dual.sin(1.0) is not refused: it reads the float as if it were a Dual.
"""Dual numbers: a value that carries its exact derivative through every operation.

A dual number is ``a + b·ε`` with ``ε² = 0``. Put in ``x + 1·ε`` and every expression of it comes
out as ``f(x) + f′(x)·ε``: no step size and no truncation error.

Wherever this module says *number* it means a float, an int or any other :class:`numbers.Real` (a
:class:`~fractions.Fraction`, a NumPy scalar). A number is a constant: its derivative is zero.

Values and errors are those of Python's floats for the operators, of :mod:`math` for the functions.
A derivative never raises: where there is none it is infinite or nan. A derivative of zero times an
infinite slope is nan, since a dual part of zero is no proof of a constant.
"""

cimport cython
from cpython.object cimport Py_EQ, Py_NE, PyObject_RichCompare, PyTypeObject
from libc cimport math as libm

from numbers import Real


cdef extern from "Python.h":
    # cpython.type declares the argument an object, which newer compilers refuse to convert.
    object PyType_GenericAlloc(PyTypeObject *type, Py_ssize_t nitems)


__all__ = [
    "Dual",
    "acos",
    "asin",
    "atan",
    "cos",
    "cosh",
    "exp",
    "log",
    "sin",
    "sinh",
    "sqrt",
    "tan",
    "tanh",
]


cdef struct Operand:
    double a  # the value
    double b  # the derivative
    bint constant  # a plain number, whose derivative is zero whatever multiplies it


# A function of one variable: returns f(a) and turns b, the derivative of a, into that of f(a).
ctypedef double (*Kernel)(double a, double *b) except? -1.0


@cython.final
cdef class Dual:
    """Dual(real, dual=0.0)
--

    The dual number ``real + dual·ε``: a value and its derivative.

    ``Dual(x, 1.0)`` is the variable at ``x``; ``Dual(c)`` is a constant.

    >>> x = Dual(1.5, 1.0)
    >>> y = x.sin().log() + x**2 * x.cos()
    >>> y.real, y.dual
    (0.15665054756073515, -1.9612372705533612)

    Both parts are floats (``Dual(5, 18).real`` is ``5.0``) and read-only, since a dual number can
    be a dictionary's key.

    With ``x = a + b·ε``, ``y = c + d·ε``, and numbers allowed on either side:

    ========== ===========================================================
    ``x + y``  ``(a + c) + (b + d)·ε``
    ``x - y``  ``(a - c) + (b - d)·ε``
    ``x * y``  ``a·c + (a·d + b·c)·ε``
    ``x / y``  ``a/c + (b - (a/c)·d)/c·ε``
    ``x ** y`` ``aᶜ + (c·aᶜ⁻¹·b + aᶜ·log(a)·d)·ε``
    ``-x``     ``-a - b·ε``
    ``abs(x)`` ``|a| + sign(a)·b·ε``, where the derivative at 0 is nan
    ========== ===========================================================

    ``<``, ``<=``, ``>`` and ``>=`` compare real parts, so that a branch goes the way it goes for
    floats. ``==``, ``!=`` and ``hash`` see both parts, and ``Dual(2.0) == 2.0``. So ``x <= y`` and
    ``x >= y`` can both hold where ``x == y`` does not. As for a complex number, ``bool(x)`` is
    ``x != 0``.

    ``float(x)`` is the real part and drops the derivative; so does every function that takes its
    argument as a float, ``math.sin(x)`` for one. Call ``x.sin()`` or :func:`sin`.

    :param real: the value, a number
    :param dual: the derivative, a number
    :raises TypeError: a part is not a number (a Dual is none either)
    :raises OverflowError: a part is an int too large for a float
    """

    cdef double a, b

    def __cinit__(self, real, dual=0.0):
        self.a = _part("real", real)
        self.b = _part("dual", dual)

    @property
    def real(self):
        """The value, a float."""
        return self.a

    @property
    def dual(self):
        """The derivative, a float."""
        return self.b

    def __repr__(self):
        """An expression of this dual number, for ``eval`` to read back exactly."""
        return f"Dual({_evaluable(self.a)}, {_evaluable(self.b)})"

    def __reduce__(self):
        """Pickles and copies are made from the two parts."""
        return Dual, (self.a, self.b)

    def __float__(self):
        """The real part; the derivative is dropped."""
        return self.a

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
        if isinstance(other, Dual):
            d = (<Dual>other).b
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
        return _new(-self.a, -self.b)

    def __abs__(self):
        """``|a| + sign(a)·b·ε``; the derivative at 0 is nan."""
        cdef double sign = 1.0 if self.a > 0.0 else -1.0 if self.a < 0.0 else libm.NAN
        return _new(libm.fabs(self.a), sign * self.b)

    # The operators below serve both sides: either operand is the Dual, the other may be a number.

    def __add__(left, right):
        """``(a + c) + (b + d)·ε``."""
        cdef Operand x, y
        if not (_read(left, &x) and _read(right, &y)):
            return NotImplemented
        return _new(x.a + y.a, _tangent(1.0, x, 1.0, y))

    def __sub__(left, right):
        """``(a - c) + (b - d)·ε``."""
        cdef Operand x, y
        if not (_read(left, &x) and _read(right, &y)):
            return NotImplemented
        return _new(x.a - y.a, _tangent(1.0, x, -1.0, y))

    def __mul__(left, right):
        """``a·c + (a·d + b·c)·ε``."""
        cdef Operand x, y
        if not (_read(left, &x) and _read(right, &y)):
            return NotImplemented
        return _new(x.a * y.a, _tangent(y.a, x, x.a, y))

    def __truediv__(left, right):
        """``a/c + (b - (a/c)·d)/c·ε``, which squares no divisor: a huge or tiny one does no harm.

        :raises ZeroDivisionError: the divisor's real part is zero
        """
        cdef Operand x, y
        cdef double quotient
        if not (_read(left, &x) and _read(right, &y)):
            return NotImplemented
        if y.a == 0.0:
            raise ZeroDivisionError("division by zero")
        quotient = x.a / y.a
        return _new(quotient, _tangent(1.0, x, -quotient, y) / y.a)

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
        if modulo is not None or not (_read(left, &x) and _read(right, &y)):
            return NotImplemented
        cdef double value = _power(x.a, y.a)
        y.constant = y.constant or y.b == 0.0
        return _new(value, _tangent(_power_by_base(x.a, y.a), x, _power_by_exponent(x.a, value), y))

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

    def exp(self):
        """The exponential: see :func:`exp`."""
        return _at(_exp, self)

    def log(self):
        """The natural logarithm: see :func:`log`."""
        return _at(_log, self)

    def sqrt(self):
        """The square root: see :func:`sqrt`."""
        return _at(_sqrt, self)


def sin(x, /):
    """``sin(a + b·ε) = sin(a) + b·cos(a)·ε``, in radians.

    :param x: a Dual or a number; finite or nan
    :returns: a Dual for a Dual, else a float
    :raises ValueError: *x* is infinite
    :raises TypeError: *x* is neither Dual nor number
    """
    return _of(_sin, x)


def cos(x, /):
    """``cos(a + b·ε) = cos(a) - b·sin(a)·ε``, in radians.

    :param x: a Dual or a number; finite or nan
    :returns: a Dual for a Dual, else a float
    :raises ValueError: *x* is infinite
    :raises TypeError: *x* is neither Dual nor number
    """
    return _of(_cos, x)


def tan(x, /):
    """``tan(a + b·ε) = tan(a) + b·(1 + tan²(a))·ε``, in radians.

    :param x: a Dual or a number; finite or nan
    :returns: a Dual for a Dual, else a float
    :raises ValueError: *x* is infinite
    :raises TypeError: *x* is neither Dual nor number
    """
    return _of(_tan, x)


def asin(x, /):
    """``asin(a + b·ε) = asin(a) + b/√(1 - a²)·ε``, in radians; infinite derivative at ±1.

    :param x: a Dual or a number; from -1 to 1, or nan
    :returns: a Dual for a Dual, else a float
    :raises ValueError: *x* is outside [-1, 1]
    :raises TypeError: *x* is neither Dual nor number
    """
    return _of(_asin, x)


def acos(x, /):
    """``acos(a + b·ε) = acos(a) - b/√(1 - a²)·ε``, in radians; infinite derivative at ±1.

    :param x: a Dual or a number; from -1 to 1, or nan
    :returns: a Dual for a Dual, else a float
    :raises ValueError: *x* is outside [-1, 1]
    :raises TypeError: *x* is neither Dual nor number
    """
    return _of(_acos, x)


def atan(x, /):
    """``atan(a + b·ε) = atan(a) + b/(1 + a²)·ε``, in radians.

    :param x: a Dual or a number; any
    :returns: a Dual for a Dual, else a float
    :raises TypeError: *x* is neither Dual nor number
    """
    return _of(_atan, x)


def sinh(x, /):
    """``sinh(a + b·ε) = sinh(a) + b·cosh(a)·ε``.

    :param x: a Dual or a number; any
    :returns: a Dual for a Dual, else a float
    :raises OverflowError: the value is too large for a float
    :raises TypeError: *x* is neither Dual nor number
    """
    return _of(_sinh, x)


def cosh(x, /):
    """``cosh(a + b·ε) = cosh(a) + b·sinh(a)·ε``.

    :param x: a Dual or a number; any
    :returns: a Dual for a Dual, else a float
    :raises OverflowError: the value is too large for a float
    :raises TypeError: *x* is neither Dual nor number
    """
    return _of(_cosh, x)


def tanh(x, /):
    """``tanh(a + b·ε) = tanh(a) + b/cosh²(a)·ε``.

    :param x: a Dual or a number; any
    :returns: a Dual for a Dual, else a float
    :raises TypeError: *x* is neither Dual nor number
    """
    return _of(_tanh, x)


def exp(x, /):
    """``exp(a + b·ε) = exp(a) + b·exp(a)·ε``.

    :param x: a Dual or a number; any
    :returns: a Dual for a Dual, else a float
    :raises OverflowError: the value is too large for a float
    :raises TypeError: *x* is neither Dual nor number
    """
    return _of(_exp, x)


def log(x, /):
    """``log(a + b·ε) = log(a) + b/a·ε``, the natural logarithm.

    :param x: a Dual or a number; positive or nan
    :returns: a Dual for a Dual, else a float
    :raises ValueError: *x* is zero or negative
    :raises TypeError: *x* is neither Dual nor number
    """
    return _of(_log, x)


def sqrt(x, /):
    """``√(a + b·ε) = √a + b/(2·√a)·ε``; infinite derivative at 0, nan where *b* is 0 too.

    :param x: a Dual or a number; zero, positive or nan
    :returns: a Dual for a Dual, else a float
    :raises ValueError: *x* is negative
    :raises TypeError: *x* is neither Dual nor number
    """
    return _of(_sqrt, x)


# Making and reading dual numbers


cdef inline Dual _new(double a, double b):
    # The constructor takes Python objects, so both parts would be boxed first.
    cdef Dual x = <Dual>PyType_GenericAlloc(<PyTypeObject *>Dual, 0)
    x.a = a
    x.b = b
    return x


cdef bint _is_number(x) except -1:
    return isinstance(x, (float, int)) or isinstance(x, Real)


cdef double _part(str name, x) except? -1.0:
    if not _is_number(x):
        raise TypeError(f"{name} is not a number (a float, an int or another numbers.Real): {x!r}")
    return x


cdef bint _read(x, Operand *operand) except -1:
    """Fill *operand* from a Dual or a number; 0 says that *x* is neither."""
    if isinstance(x, Dual):
        operand[0] = Operand((<Dual>x).a, (<Dual>x).b, False)
    elif _is_number(x):
        operand[0] = Operand(x, 0.0, True)
    else:
        return False
    return True


cdef str _evaluable(double part):
    """*part* as ``eval`` can read it back."""
    return repr(part) if libm.isfinite(part) else f"float('{part}')"


# The chain rule


cdef inline double _tangent(double by_x, Operand x, double by_y, Operand y) noexcept:
    """The derivative of a function of *x* and *y* from its partial derivatives."""
    if y.constant:
        return by_x * x.b
    if x.constant:
        return by_y * y.b
    return by_x * x.b + by_y * y.b


cdef inline Dual _at(Kernel f, Dual x):
    cdef double b = x.b
    cdef double a = f(x.a, &b)
    return _new(a, b)


cdef inline object _of(Kernel f, x):
    cdef double b = 0.0
    if isinstance(x, Dual):
        return _at(f, <Dual>x)
    if not _is_number(x):
        raise TypeError(f"argument is neither a Dual nor a number: {x!r}")
    return f(x, &b)


# Values and derivatives


cdef double _valid(double value, double a) except? -1.0:
    """The *value* of a function at *a*, or the exception that :mod:`math` raises there."""
    if libm.isnan(value) and not libm.isnan(a):
        raise ValueError("math domain error")
    if libm.isinf(value) and libm.isfinite(a):
        raise OverflowError("math range error")
    return value


cdef double _sin(double a, double *b) except? -1.0:
    b[0] *= libm.cos(a)
    return _valid(libm.sin(a), a)


cdef double _cos(double a, double *b) except? -1.0:
    b[0] *= -libm.sin(a)
    return _valid(libm.cos(a), a)


cdef double _tan(double a, double *b) except? -1.0:
    cdef double value = _valid(libm.tan(a), a)
    b[0] *= 1.0 + value * value
    return value


cdef double _asin(double a, double *b) except? -1.0:
    b[0] /= libm.sqrt((1.0 - a) * (1.0 + a))  # 1 - a² would cancel next to ±1
    return _valid(libm.asin(a), a)


cdef double _acos(double a, double *b) except? -1.0:
    b[0] /= -libm.sqrt((1.0 - a) * (1.0 + a))
    return _valid(libm.acos(a), a)


cdef double _atan(double a, double *b) except? -1.0:
    b[0] /= 1.0 + a * a
    return libm.atan(a)


cdef double _sinh(double a, double *b) except? -1.0:
    b[0] *= libm.cosh(a)
    return _valid(libm.sinh(a), a)


cdef double _cosh(double a, double *b) except? -1.0:
    b[0] *= libm.sinh(a)
    return _valid(libm.cosh(a), a)


cdef double _tanh(double a, double *b) except? -1.0:
    cdef double cosh_a = libm.cosh(a)
    b[0] = b[0] / cosh_a / cosh_a  # 1 - tanh² would cancel, cosh² overflow too early
    return libm.tanh(a)


cdef double _exp(double a, double *b) except? -1.0:
    cdef double value = _valid(libm.exp(a), a)
    b[0] *= value
    return value


cdef double _log(double a, double *b) except? -1.0:
    if a <= 0.0:
        raise ValueError("math domain error")
    b[0] /= a
    return libm.log(a)


cdef double _sqrt(double a, double *b) except? -1.0:
    cdef double value = _valid(libm.sqrt(a), a)
    b[0] /= 2.0 * libm.fabs(value)  # √-0.0 is -0.0, where the slope is no less +inf
    return value


cdef double _power(double a, double c) except? -1.0:
    cdef double value = libm.pow(a, c)
    if libm.isfinite(value) or not (libm.isfinite(a) and libm.isfinite(c)):
        return value
    if a == 0.0:
        raise ZeroDivisionError("0.0 cannot be raised to a negative power")
    if libm.isnan(value):
        raise ValueError("math domain error")
    raise OverflowError("math range error")


cdef double _power_by_base(double a, double c) noexcept:
    return 0.0 if c == 0.0 else c * libm.pow(a, c - 1.0)


cdef double _power_by_exponent(double a, double value) noexcept:
    if a < 0.0:
        return libm.NAN
    return 0.0 if value == 0.0 else value * libm.log(a)
