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
from cpython.float cimport PyFloat_AS_DOUBLE
from cpython.long cimport PyLong_AsDouble
from cpython.object cimport Py_EQ, Py_NE, PyObject_RichCompare, PyTypeObject
from libc cimport math as libm

from numbers import Real

from dual_autodiff._dispatch import array_ufunc, foreign


cdef extern from *:
    """
    /* Up to 256 dead Duals are kept and become the next ones: half the cost of an operation is else the allocator's.
       The GIL guards the list; a build of Python without one does without the list. */
    #define DUALS_KEPT 256
    static PyObject *kept_duals[DUALS_KEPT];
    static int kept_count = 0;

    static void free_dual(PyObject *x)
    {
    #ifndef Py_GIL_DISABLED
        if (kept_count < DUALS_KEPT) {
            kept_duals[kept_count++] = x;
            return;
        }
    #endif
        PyObject_Free(x);
    }

    static inline PyObject *make_dual(PyTypeObject *type)
    {
    #ifndef Py_GIL_DISABLED
        if (kept_count > 0) {
            PyObject *x = kept_duals[--kept_count];
    #if defined(Py_REF_DEBUG) || defined(Py_TRACE_REFS)
            PyObject_Init(x, type);
    #else
            Py_SET_REFCNT(x, 1); /* its type is still written in it */
    #endif
            return x;
        }
    #endif
        return PyType_GenericAlloc(type, 0);
    }

    static void keep_duals(PyTypeObject *type) { type->tp_dealloc = free_dual; }
    """
    object make_dual(PyTypeObject *type)
    void keep_duals(PyTypeObject *type)


__all__ = [
    "Dual",
    "acos",
    "acosh",
    "asin",
    "asinh",
    "atan",
    "atan2",
    "atanh",
    "cbrt",
    "cos",
    "cosh",
    "erf",
    "erfc",
    "exp",
    "exp2",
    "expm1",
    "fabs",
    "hypot",
    "log",
    "log10",
    "log1p",
    "log2",
    "maximum",
    "minimum",
    "pow",
    "sin",
    "sinh",
    "sqrt",
    "tan",
    "tanh",
    "where",
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
        if type(other) is Dual:
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

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        """NumPy's functions and its arrays' operators treat a Dual as the package's own do."""
        return array_ufunc(ufunc, method, inputs, kwargs)

    # The operators below serve both sides: either operand is the Dual, the other may be a number.

    def __add__(left, right):
        """``(a + c) + (b + d)·ε``."""
        cdef Operand x, y
        if type(left) is Dual and type(right) is Dual:
            return _new((<Dual>left).a + (<Dual>right).a, (<Dual>left).b + (<Dual>right).b)
        if not (_read(left, &x) and _read(right, &y)):
            return NotImplemented
        return _new(x.a + y.a, _tangent(1.0, x, 1.0, y))

    def __sub__(left, right):
        """``(a - c) + (b - d)·ε``."""
        cdef Operand x, y
        if type(left) is Dual and type(right) is Dual:
            return _new((<Dual>left).a - (<Dual>right).a, (<Dual>left).b - (<Dual>right).b)
        if not (_read(left, &x) and _read(right, &y)):
            return NotImplemented
        return _new(x.a - y.a, _tangent(1.0, x, -1.0, y))

    def __mul__(left, right):
        """``a·c + (a·d + b·c)·ε``."""
        cdef Operand x, y
        cdef double a, c
        if type(left) is Dual and type(right) is Dual:
            a, c = (<Dual>left).a, (<Dual>right).a
            return _new(a * c, c * (<Dual>left).b + a * (<Dual>right).b)
        if not (_read(left, &x) and _read(right, &y)):
            return NotImplemented
        return _new(x.a * y.a, _tangent(y.a, x, x.a, y))

    def __truediv__(left, right):
        """``a/c + (b - (a/c)·d)/c·ε``, which squares no divisor: a huge or tiny one does no harm.

        :raises ZeroDivisionError: the divisor's real part is zero
        """
        cdef Operand x, y
        cdef double quotient, c
        if type(left) is Dual and type(right) is Dual and (<Dual>right).a != 0.0:
            c = (<Dual>right).a
            quotient = (<Dual>left).a / c
            return _new(quotient, ((<Dual>left).b - quotient * (<Dual>right).b) / c)
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
        cdef double value
        if modulo is not None or not (_read(left, &x) and _read(right, &y)):
            return NotImplemented
        value = _power(x.a, y.a)
        if y.constant or y.b == 0.0:
            return _new(value, _power_by_base(x.a, y.a, value) * x.b)
        return _new(value, _tangent(_power_by_base(x.a, y.a, value), x, _power_by_exponent(x.a, y.a, value), y))

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

    def exp2(self):
        """The power of two: see :func:`exp2`."""
        return _at(_exp2, self)

    def expm1(self):
        """The exponential less 1: see :func:`expm1`."""
        return _at(_expm1, self)

    def log2(self):
        """The logarithm to base 2: see :func:`log2`."""
        return _at(_log2, self)

    def log10(self):
        """The logarithm to base 10: see :func:`log10`."""
        return _at(_log10, self)

    def log1p(self):
        """The natural logarithm of 1 + x: see :func:`log1p`."""
        return _at(_log1p, self)

    def cbrt(self):
        """The cube root: see :func:`cbrt`."""
        return _at(_cbrt, self)

    def erf(self):
        """The error function: see :func:`erf`."""
        return _at(_erf, self)

    def erfc(self):
        """The complement of the error function: see :func:`erfc`."""
        return _at(_erfc, self)

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


def exp(x, /):
    """``exp(a + b·ε) = exp(a) + b·exp(a)·ε``.

    :param x: a Dual or a number; any
    :returns: a Dual for a Dual, else a float
    :raises OverflowError: the value is too large for a float
    :raises TypeError: *x* is neither Dual nor number
    """
    return _of(_exp, "exp", x)


def log(x, /):
    """``log(a + b·ε) = log(a) + b/a·ε``, the natural logarithm.

    :param x: a Dual or a number; positive or nan
    :returns: a Dual for a Dual, else a float
    :raises ValueError: *x* is zero or negative
    :raises TypeError: *x* is neither Dual nor number
    """
    return _of(_log, "log", x)


def sqrt(x, /):
    """``√(a + b·ε) = √a + b/(2·√a)·ε``; infinite derivative at 0, nan where *b* is 0 too.

    :param x: a Dual or a number; zero, positive or nan
    :returns: a Dual for a Dual, else a float
    :raises ValueError: *x* is negative
    :raises TypeError: *x* is neither Dual nor number
    """
    return _of(_sqrt, "sqrt", x)


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


def fabs(x, /):
    """``fabs(a + b·ε) = |a| + sign(a)·b·ε``, where the derivative at 0 is nan; for a number a float.

    :param x: a Dual or a number; any
    :returns: a Dual for a Dual, else a float
    :raises TypeError: *x* is neither Dual nor number
    """
    if type(x) is Dual:
        return (<Dual>x).__abs__()
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
    cdef double value
    if not (_read(x, &p) and _read(y, &q)):
        return foreign("hypot", x, y)
    value = libm.hypot(p.a, q.a)
    if p.constant and q.constant:
        return value
    return _new(value, _tangent(_leg(p.a, q.a, value), p, _leg(q.a, p.a, value), q))


def atan2(y, x, /):
    """``atan2(c + d·ε, a + b·ε) = atan2(c, a) + (a·d - c·b)/(a² + c²)·ε``, in radians.

    That is the angle of the point (*x*, *y*). The derivative at the origin is nan; where an argument is infinite, 0.

    :param y: a Dual or a number; any
    :param x: a Dual or a number; any
    :returns: a Dual if either is one, else a float
    :raises TypeError: *y* or *x* is neither Dual nor number
    """
    cdef Operand p, q
    cdef double value
    if not (_read(y, &q) and _read(x, &p)):
        return foreign("atan2", y, x)
    value = libm.atan2(q.a, p.a)
    if p.constant and q.constant:
        return value
    return _new(value, _turn(q, p))


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
    if not (_read(x, &p) and _read(y, &q)):
        return foreign("pow", x, y)
    try:
        return _power(p.a, q.a) if p.constant and q.constant else x**y
    except ZeroDivisionError:
        raise ValueError("math domain error") from None


def maximum(x, y, /):
    """The argument with the greater value, and its derivative: *x* at a tie. A nan wins, the first of two.

    :param x: a Dual or a number; any
    :param y: a Dual or a number; any
    :returns: a Dual if either is one, else a float
    :raises TypeError: *x* or *y* is neither Dual nor number
    """
    cdef Operand p, q
    if not (_read(x, &p) and _read(y, &q)):
        return foreign("maximum", x, y)
    return _chosen(p.a >= q.a or libm.isnan(p.a), p, q)


def minimum(x, y, /):
    """The argument with the lesser value, and its derivative: *x* at a tie. A nan wins, the first of two.

    :param x: a Dual or a number; any
    :param y: a Dual or a number; any
    :returns: a Dual if either is one, else a float
    :raises TypeError: *x* or *y* is neither Dual nor number
    """
    cdef Operand p, q
    if not (_read(x, &p) and _read(y, &q)):
        return foreign("minimum", x, y)
    return _chosen(p.a <= q.a or libm.isnan(p.a), p, q)


def where(condition, x, y, /):
    """*x* where the condition holds, else *y*, each with its derivative.

    :param condition: a bool
    :param x: a Dual or a number; any
    :param y: a Dual or a number; any
    :returns: a Dual if either of *x* and *y* is one, else a float
    :raises TypeError: *x* or *y* is neither Dual nor number
    """
    cdef Operand p, q
    if not (isinstance(condition, int) and _read(x, &p) and _read(y, &q)):
        return foreign("where", condition, x, y)
    return _chosen(condition, p, q)


# Making and reading dual numbers


cdef inline Dual _new(double a, double b):
    # The constructor takes Python objects, so both parts would be boxed first.
    cdef Dual x = <Dual>make_dual(<PyTypeObject *>Dual)
    x.a = a
    x.b = b
    return x


keep_duals(<PyTypeObject *>Dual)


cdef object _chosen(bint first, Operand x, Operand y):
    """One of two scalars, a Dual if either is one."""
    cdef Operand chosen = x if first else y
    return chosen.a if x.constant and y.constant else _new(chosen.a, chosen.b)


cdef bint _is_number(x) except -1:
    return isinstance(x, (float, int)) or isinstance(x, Real)


cdef double _part(str name, x) except? -1.0:
    if not _is_number(x):
        raise TypeError(f"{name} is not a number (a float, an int or another numbers.Real): {x!r}")
    return x


cdef inline bint _read(x, Operand *operand) except -1:
    """Fill *operand* from a Dual or a number; 0 says that *x* is neither."""
    if type(x) is Dual:
        operand.a, operand.b, operand.constant = (<Dual>x).a, (<Dual>x).b, False
        return True
    operand.b, operand.constant = 0.0, True
    if type(x) is float:
        operand.a = PyFloat_AS_DOUBLE(x)
        return True
    return _read_number(x, &operand.a)


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


cdef inline object _of(Kernel f, str name, x):
    cdef double b = 0.0
    if type(x) is Dual:
        return _at(f, <Dual>x)
    if type(x) is float or _is_number(x):
        return f(x, &b)
    return foreign(name, x)


# Values and derivatives


cdef inline double _valid(double value, double a) except? -1.0:
    """The *value* of a function at *a*, or the exception that :mod:`math` raises there."""
    if libm.isfinite(value):
        return value
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
    cdef double square = a * a
    b[0] = b[0] / (1.0 + square) if square < libm.INFINITY else b[0] / a / a
    return libm.atan(a)


cdef double _sinh(double a, double *b) except? -1.0:
    b[0] *= libm.cosh(a)
    return _valid(libm.sinh(a), a)


cdef double _cosh(double a, double *b) except? -1.0:
    b[0] *= libm.sinh(a)
    return _valid(libm.cosh(a), a)


cdef double _tanh(double a, double *b) except? -1.0:
    cdef double value = libm.tanh(a), cosh_a
    if libm.fabs(value) <= 0.5:
        b[0] *= (1.0 - value) * (1.0 + value)
    else:
        cosh_a = libm.cosh(a)
        b[0] = b[0] / cosh_a / cosh_a  # 1 - tanh² would cancel, cosh² overflow too early
    return value


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
        c += c * (lost * libm.log(libm.fabs(a)))
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


cdef double LN2 = libm.log(2.0)
cdef double LN10 = libm.log(10.0)
cdef double TWO_BY_ROOT_PI = 2.0 / libm.sqrt(libm.M_PI)


cdef double _asinh(double a, double *b) except? -1.0:
    b[0] /= libm.hypot(1.0, a)
    return libm.asinh(a)


cdef double _acosh(double a, double *b) except? -1.0:
    b[0] /= libm.sqrt(a - 1.0) * libm.sqrt(a + 1.0)
    return _valid(libm.acosh(a), a)


cdef double _atanh(double a, double *b) except? -1.0:
    if a <= -1.0 or a >= 1.0:
        raise ValueError("math domain error")
    b[0] /= (1.0 - a) * (1.0 + a)
    return libm.atanh(a)


cdef double _exp2(double a, double *b) except? -1.0:
    cdef double value = _valid(libm.exp2(a), a)
    b[0] = b[0] * LN2 * value
    return value


cdef double _expm1(double a, double *b) except? -1.0:
    b[0] *= libm.exp(a)  # the value plus 1 would cancel
    return _valid(libm.expm1(a), a)


cdef double _log2(double a, double *b) except? -1.0:
    if a <= 0.0:
        raise ValueError("math domain error")
    b[0] = b[0] / LN2 / a
    return libm.log2(a)


cdef double _log10(double a, double *b) except? -1.0:
    if a <= 0.0:
        raise ValueError("math domain error")
    b[0] = b[0] / LN10 / a
    return libm.log10(a)


cdef double _log1p(double a, double *b) except? -1.0:
    if a <= -1.0:
        raise ValueError("math domain error")
    b[0] /= 1.0 + a
    return libm.log1p(a)


cdef double _cbrt(double a, double *b) except? -1.0:
    cdef double value = libm.cbrt(a), head, quotient
    if value != 0.0 and libm.isfinite(value):
        # C libraries leave up to 4 units of the last place, this step 0.84: 23 digits have an exact square.
        head = value * 1073741825.0
        head = head - (head - value)
        quotient = a / (head * head)
        value = head + head * ((quotient - head) / (head + head + quotient))
        b[0] *= value / a / 3.0
    else:
        b[0] *= 1.0 / (value * value)
    return value


cdef double _erf(double a, double *b) except? -1.0:
    b[0] = b[0] * TWO_BY_ROOT_PI * _square_exp(a)
    return libm.erf(a)


cdef double _erfc(double a, double *b) except? -1.0:
    b[0] = -b[0] * TWO_BY_ROOT_PI * _square_exp(a)
    return libm.erfc(a)


cdef double _square_exp(double a) noexcept:
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
    """The derivative of the angle of (x, y): ``(a·d - c·b) / (a² + c²)`` without the squares."""
    cdef double flat, scale, h, a = x.a, c = y.a
    if libm.isinf(a) or libm.isinf(c):
        flat = libm.NAN if libm.isnan(a) or libm.isnan(c) else 0.0
        return _tangent(libm.copysign(flat, a), y, -libm.copysign(flat, c), x)
    scale = _scale_of(libm.hypot(a, c))
    a, c = a * scale, c * scale
    h = libm.hypot(a, c)
    return _tangent(a / h, y, -(c / h), x) / h * scale
