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

from dual_autodiff.scalars.dispatch import array_function, array_ufunc, derivatives, foreign, formatted, operator_of, refuse


cdef extern from *:
    """
    /* Up to 256 dead numbers of each class are kept and become the next ones: half the cost of an operation is else the
       allocator's. The GIL guards the lists; a build of Python without one does without them. */
    #define NUMBERS_KEPT 256
    typedef struct {
        PyObject *kept[NUMBERS_KEPT];
        int count;
    } pool;
    static pool duals, multi_duals;

    static inline void put_back(pool *p, PyObject *x)
    {
    #ifndef Py_GIL_DISABLED
        if (p->count < NUMBERS_KEPT) {
            p->kept[p->count++] = x;
            return;
        }
    #endif
        PyObject_Free(x);
    }

    static inline PyObject *take(pool *p, PyTypeObject *type)
    {
    #ifndef Py_GIL_DISABLED
        if (p->count > 0) {
            PyObject *x = p->kept[--p->count];
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

    static inline PyObject *make_dual(PyTypeObject *type) { return take(&duals, type); }
    static inline PyObject *make_multi_dual(PyTypeObject *type) { return take(&multi_duals, type); }
    static void free_dual(PyObject *x) { put_back(&duals, x); }
    static void free_multi_dual(PyObject *x) { put_back(&multi_duals, x); }
    static void keep_duals(PyTypeObject *type) { type->tp_dealloc = free_dual; }
    static void keep_multi_duals(PyTypeObject *type) { type->tp_dealloc = free_multi_dual; }

    /* Partial derivatives are computed in chunks of 1, 2, 4 or a multiple of 8, which the compiler makes vectors of;
       those beyond the last one are never read. */
    #define PARTIALS 32
    static inline int chunk(int count) { return count <= 1 ? 1 : count <= 2 ? 2 : count <= 4 ? 4 : (count + 7) & ~7; }

    #define IN_CHUNKS(count, statement) \\
        do { \\
            int n_ = chunk(count), i, j; \\
            if (n_ == 1) { i = 0; statement; } \\
            else if (n_ == 2) { for (i = 0; i < 2; i++) statement; } \\
            else if (n_ == 4) { for (i = 0; i < 4; i++) statement; } \\
            else for (j = 0; j < n_; j += 8) for (i = j; i < j + 8; i++) statement; \\
        } while (0)

    /* to = s·x + t·y; x or y may be NULL. */
    static inline void combine(double *restrict to, int count, double s, const double *x, double t, const double *y)
    {
        if (y == NULL) IN_CHUNKS(count, to[i] = s * x[i]);
        else if (x == NULL) IN_CHUNKS(count, to[i] = t * y[i]);
        else IN_CHUNKS(count, to[i] = s * x[i] + t * y[i]);
    }

    static inline void divide(double *to, int count, double divisor) { IN_CHUNKS(count, to[i] /= divisor); }
    """
    ctypedef struct pool:
        int count
    enum: PARTIALS
    int chunk(int count) noexcept
    void combine(double *to, int count, double s, const double *x, double t, const double *y) noexcept
    void divide(double *to, int count, double divisor) noexcept
    object make_dual(PyTypeObject *type)
    object make_multi_dual(PyTypeObject *type)
    void keep_duals(PyTypeObject *type)
    void keep_multi_duals(PyTypeObject *type)


# <generated: names>
__all__ = [
    "Dual",
    "MultiDual",
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
    "log1p",
    "log2",
    "log10",
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
# </generated>


cdef struct Operand:
    double a  # the value
    double b  # the derivative
    bint constant  # a plain number, whose derivative is zero whatever multiplies it
    long long tag  # which derivative it is; 0 for a constant, and for a Dual that is made by hand


cdef struct Partials:
    double a  # the value
    const double *p  # the partial derivatives; NULL for a plain number
    int count  # how many
    long long tag


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
        """The value, a float."""
        return self.a

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

    # <generated: conversions>
    def __float__(self):
        """Refused: the derivative would be lost."""
        refuse(self, "float")

    def __int__(self):
        """Refused: the derivative would be lost."""
        refuse(self, "int")

    def __index__(self):
        """Refused: the derivative would be lost."""
        refuse(self, "int")

    def __complex__(self):
        """Refused: the derivative would be lost."""
        refuse(self, "complex")

    def __round__(self, digits=None):
        """Refused: the derivative would be lost."""
        refuse(self, "round")

    def __trunc__(self):
        """Refused: the derivative would be lost."""
        refuse(self, "math.trunc")

    def __floor__(self):
        """Refused: the derivative would be lost."""
        refuse(self, "math.floor")

    def __ceil__(self):
        """Refused: the derivative would be lost."""
        refuse(self, "math.ceil")

    # </generated>

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
            return _new(value, _power_by_base(x.a, y.a, value) * x.b, x.tag | y.tag)
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
        return self.__abs__()

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


@cython.final
cdef class MultiDual:
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
        """The value, a float."""
        return self.a

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

    # <generated: conversions>
    def __float__(self):
        """Refused: the derivative would be lost."""
        refuse(self, "float")

    def __int__(self):
        """Refused: the derivative would be lost."""
        refuse(self, "int")

    def __index__(self):
        """Refused: the derivative would be lost."""
        refuse(self, "int")

    def __complex__(self):
        """Refused: the derivative would be lost."""
        refuse(self, "complex")

    def __round__(self, digits=None):
        """Refused: the derivative would be lost."""
        refuse(self, "round")

    def __trunc__(self):
        """Refused: the derivative would be lost."""
        refuse(self, "math.trunc")

    def __floor__(self):
        """Refused: the derivative would be lost."""
        refuse(self, "math.floor")

    def __ceil__(self):
        """Refused: the derivative would be lost."""
        refuse(self, "math.ceil")

    # </generated>

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
        by_base = _power_by_base(x.a, y.a, value)
        if y.p == NULL:
            return _scaled(<MultiDual>left, value, by_base)
        by_exponent = _power_by_exponent(x.a, y.a, value)
        result = _new_multi(value, y.count, y.tag)
        for i in range(y.count):
            if y.p[i] == 0.0:
                result.p[i] = by_base * (x.p[i] if x.p != NULL else 0.0)
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
        return self.__abs__()

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


# <generated: functions>
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


def exp(x, /):
    """``exp(a + b·ε) = exp(a) + b·exp(a)·ε``.

    :param x: a Dual or a number; any
    :returns: a Dual for a Dual, else a float
    :raises OverflowError: the value is too large for a float
    :raises TypeError: *x* is neither Dual nor number
    """
    return _of(_exp, "exp", x)


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


def log(x, /):
    """``log(a + b·ε) = log(a) + b/a·ε``, the natural logarithm.

    :param x: a Dual or a number; positive or nan
    :returns: a Dual for a Dual, else a float
    :raises ValueError: *x* is zero or negative
    :raises TypeError: *x* is neither Dual nor number
    """
    return _of(_log, "log", x)


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


def sqrt(x, /):
    """``√(a + b·ε) = √a + b/(2·√a)·ε``; infinite derivative at 0, nan where *b* is 0 too.

    :param x: a Dual or a number; zero, positive or nan
    :returns: a Dual for a Dual, else a float
    :raises ValueError: *x* is negative
    :raises TypeError: *x* is neither Dual nor number
    """
    return _of(_sqrt, "sqrt", x)


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


# </generated>


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


# Making and reading dual numbers


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


# The chain rule


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


cdef double LN2 = libm.log(2.0)
cdef double LN10 = libm.log(10.0)
cdef double TWO_BY_ROOT_PI = 2.0 / libm.sqrt(libm.M_PI)


# <generated: kernels>
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


# </generated>


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
