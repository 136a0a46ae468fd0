"""Dual numbers in plain Python: what the compiled module does, for platforms that it is not built for.

Each formula below is the compiled module's own, term by term, so that the two differ by what their math libraries
differ by and by nothing else.

A *number* is a float, an int or any other :class:`numbers.Real`; it counts as a constant. Values and errors are those
of Python's floats for the operators and of :mod:`math` for the functions. A derivative never raises.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from numbers import Real
from typing import Any, NoReturn

from dual_autodiff.scalars import values
from dual_autodiff.scalars.dispatch import array_function, array_ufunc, foreign, formatted, operator_of, refuse
from dual_autodiff.scalars.levels import NestedDual
from dual_autodiff.scalars.values import floor_of, modulo

__all__ = [
    "FUNCTIONS",
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

_INF, _NAN = math.inf, math.nan

#: The most partial derivatives of one number.
PARTIALS = 32

#: The value and the derivative of a function of one variable, from the value and the derivative of its argument.
_Kernel = Callable[[float, float], tuple[float, float]]


class Dual:
    """The dual number ``real + dual·ε``: a value and its derivative.

    ``Dual(x, 1.0)`` is the variable at ``x``; ``Dual(c)`` is a constant.

    >>> x = Dual(1.5, 1.0)
    >>> y = x.sin().log() + x**2 * x.cos()
    >>> y.real, y.dual
    (0.15665054756073515, -1.9612372705533612)

    Both parts are floats (``Dual(5, 18).real`` is ``5.0``) and read-only, since a dual number can be a dictionary's
    key. ``value`` and ``derivative`` are other names of the two, which arrays have too.

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

    __slots__ = ("_a", "_b", "_tag")
    _a: float
    _b: float
    _tag: int

    def __new__(cls, real: Any, dual: Any = 0.0) -> Dual:
        return _new(_part("real", real), _part("dual", dual), 0)

    def __init_subclass__(cls) -> None:
        raise TypeError("type 'dual_autodiff.Dual' is not an acceptable base type")

    @property
    def real(self) -> float:
        """The value, a float."""
        return self._a

    @property
    def dual(self) -> float:
        """The derivative, a float."""
        return self._b

    @property
    def value(self) -> float:
        """The value, a float."""
        return self._a

    @property
    def derivative(self) -> float:
        """The derivative, a float."""
        return self._b

    def __repr__(self) -> str:
        """An expression of this dual number, for ``eval`` to read back exactly."""
        return f"Dual({_evaluable(self._a)}, {_evaluable(self._b)})"

    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]:
        """Pickles and copies are made from the parts; the variable of a derivative stays that variable."""
        return (tagged, (self._a, self._b, self._tag)) if self._tag else (Dual, (self._a, self._b))

    def __copy__(self) -> Dual:
        return self

    def __deepcopy__(self, memo: object) -> Dual:
        return self

    # <generated: conversions>
    def __float__(self) -> NoReturn:
        """Refused: the derivative would be lost."""
        refuse(self, "float")

    def __int__(self) -> NoReturn:
        """Refused: the derivative would be lost."""
        refuse(self, "int")

    def __index__(self) -> NoReturn:
        """Refused: the derivative would be lost."""
        refuse(self, "int")

    def __complex__(self) -> NoReturn:
        """Refused: the derivative would be lost."""
        refuse(self, "complex")

    def __round__(self, digits: Any = None) -> NoReturn:
        """Refused: the derivative would be lost."""
        refuse(self, "round")

    def __trunc__(self) -> NoReturn:
        """Refused: the derivative would be lost."""
        refuse(self, "math.trunc")

    def __floor__(self) -> NoReturn:
        """Refused: the derivative would be lost."""
        refuse(self, "math.floor")

    def __ceil__(self) -> NoReturn:
        """Refused: the derivative would be lost."""
        refuse(self, "math.ceil")

    # </generated>

    def __bool__(self) -> bool:
        """``x != 0``: false only where both parts are zero."""
        return self._a != 0.0 or self._b != 0.0

    def __hash__(self) -> int:
        """The real part's hash where the dual part is zero, else a hash of both."""
        if self._a != self._a or self._b != self._b:
            return object.__hash__(self)  # equal to nothing; a nan float's hash is its address
        if self._b == 0.0:
            return hash(self._a)  # equal to its real part
        return hash((self._a, self._b))

    def __eq__(self, other: object) -> bool:
        if type(other) is Dual:
            if other._tag != self._tag and (self._b != 0.0 or other._b != 0.0):
                return False  # derivatives by different variables are not the same
            return self._a == other._a and self._b == other._b
        if not _is_number(other):
            return NotImplemented
        return self._b == 0.0 and bool(self._a == other)  # as floats compare: exactly with any int

    def __ne__(self, other: object) -> bool:
        same = self.__eq__(other)
        return same if same is NotImplemented else not same

    def __lt__(self, other: Any) -> bool:
        if type(other) is Dual:
            return self._a < other._a
        return bool(self._a < other) if _is_number(other) else NotImplemented

    def __le__(self, other: Any) -> bool:
        if type(other) is Dual:
            return self._a <= other._a
        return bool(self._a <= other) if _is_number(other) else NotImplemented

    def __gt__(self, other: Any) -> bool:
        if type(other) is Dual:
            return self._a > other._a
        return bool(self._a > other) if _is_number(other) else NotImplemented

    def __ge__(self, other: Any) -> bool:
        if type(other) is Dual:
            return self._a >= other._a
        return bool(self._a >= other) if _is_number(other) else NotImplemented

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        """NumPy's functions and its arrays' operators treat a dual number as the package's own do."""
        return array_ufunc(ufunc, method, inputs, kwargs)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        """NumPy's other functions: those that have a rule here, else a TypeError that names the function."""
        return array_function(function, args, kwargs)

    def __format__(self, spec: str) -> str:
        """Both parts in the given format: ``f"{x:.3f}"``."""
        return formatted(self, spec)

    def __pos__(self) -> Dual:
        """The same object."""
        return self

    def __neg__(self) -> Dual:
        """``-a - b·ε``."""
        return _new(-self._a, -self._b, self._tag)

    def __abs__(self) -> Dual:
        """``|a| + sign(a)·b·ε``; the derivative at 0 is nan."""
        a = self._a
        sign = 1.0 if a > 0.0 else -1.0 if a < 0.0 else _NAN
        return _new(abs(a), sign * self._b, self._tag)

    # <generated: operators>
    def __add__(self, other: Any) -> Any:
        """``(a + c) + (b + d)·ε``."""
        a = self._a
        if type(other) is Dual:
            if other._tag != self._tag:
                return operator_of("add", self, other)
            c, d = other._a, other._b
            value = a + c
            return _new(value, self._b + d, self._tag)
        if not _is_number(other):
            return operator_of("add", self, other)
        c = float(other)
        value = a + c
        return _new(value, self._b, self._tag)

    def __radd__(self, other: Any) -> Any:
        if not _is_number(other):
            return operator_of("add", other, self)
        a, c = float(other), self._a
        value = a + c
        return _new(value, self._b, self._tag)

    def __sub__(self, other: Any) -> Any:
        """``(a - c) + (b - d)·ε``."""
        a = self._a
        if type(other) is Dual:
            if other._tag != self._tag:
                return operator_of("sub", self, other)
            c, d = other._a, other._b
            value = a - c
            return _new(value, self._b - d, self._tag)
        if not _is_number(other):
            return operator_of("sub", self, other)
        c = float(other)
        value = a - c
        return _new(value, self._b, self._tag)

    def __rsub__(self, other: Any) -> Any:
        if not _is_number(other):
            return operator_of("sub", other, self)
        a, c = float(other), self._a
        value = a - c
        return _new(value, -self._b, self._tag)

    def __mul__(self, other: Any) -> Any:
        """``a·c + (a·d + b·c)·ε``."""
        a = self._a
        if type(other) is Dual:
            if other._tag != self._tag:
                return operator_of("mul", self, other)
            c, d = other._a, other._b
            value = a * c
            return _new(value, c * self._b + a * d, self._tag)
        if not _is_number(other):
            return operator_of("mul", self, other)
        c = float(other)
        value = a * c
        return _new(value, c * self._b, self._tag)

    def __rmul__(self, other: Any) -> Any:
        if not _is_number(other):
            return operator_of("mul", other, self)
        a, c = float(other), self._a
        value = a * c
        return _new(value, a * self._b, self._tag)

    def __truediv__(self, other: Any) -> Any:
        """``a/c + (b - (a/c)·d)/c·ε``, which squares no divisor: a huge or tiny one does no harm.

        :raises ZeroDivisionError: the right operand's value is zero
        """
        a = self._a
        if type(other) is Dual:
            if other._tag != self._tag:
                return operator_of("div", self, other)
            c, d = other._a, other._b
            if c == 0.0:
                raise ZeroDivisionError("division by zero")
            value = a / c
            return _new(value, (self._b + -value * d) / c, self._tag)
        if not _is_number(other):
            return operator_of("div", self, other)
        c = float(other)
        if c == 0.0:
            raise ZeroDivisionError("division by zero")
        value = a / c
        return _new(value, self._b / c, self._tag)

    def __rtruediv__(self, other: Any) -> Any:
        if not _is_number(other):
            return operator_of("div", other, self)
        a, c = float(other), self._a
        if c == 0.0:
            raise ZeroDivisionError("division by zero")
        value = a / c
        return _new(value, -value * self._b / c, self._tag)

    def __mod__(self, other: Any) -> Any:
        """``(a mod c) + (b - ⌊a/c⌋·d)·ε``, with the sign of the divisor, as for floats.

        :raises ZeroDivisionError: the right operand's value is zero
        """
        a = self._a
        if type(other) is Dual:
            if other._tag != self._tag:
                return operator_of("mod", self, other)
            c, d = other._a, other._b
            if c == 0.0:
                raise ZeroDivisionError("division by zero")
            value = modulo(a, c)
            return _new(value, self._b + -floor_of(a, c) * d, self._tag)
        if not _is_number(other):
            return operator_of("mod", self, other)
        c = float(other)
        if c == 0.0:
            raise ZeroDivisionError("division by zero")
        value = modulo(a, c)
        return _new(value, self._b, self._tag)

    def __rmod__(self, other: Any) -> Any:
        if not _is_number(other):
            return operator_of("mod", other, self)
        a, c = float(other), self._a
        if c == 0.0:
            raise ZeroDivisionError("division by zero")
        value = modulo(a, c)
        return _new(value, -floor_of(a, c) * self._b, self._tag)

    def __floordiv__(self, other: Any) -> Any:
        """``⌊a/c⌋``, which is flat: its derivative is 0.

        :raises ZeroDivisionError: the right operand's value is zero
        """
        a = self._a
        if type(other) is Dual:
            if other._tag != self._tag:
                return operator_of("floordiv", self, other)
            c, d = other._a, other._b
            if c == 0.0:
                raise ZeroDivisionError("division by zero")
            value = floor_of(a, c)
            return _new(value, 0.0 * self._b + 0.0 * d, self._tag)
        if not _is_number(other):
            return operator_of("floordiv", self, other)
        c = float(other)
        if c == 0.0:
            raise ZeroDivisionError("division by zero")
        value = floor_of(a, c)
        return _new(value, 0.0 * self._b, self._tag)

    def __rfloordiv__(self, other: Any) -> Any:
        if not _is_number(other):
            return operator_of("floordiv", other, self)
        a, c = float(other), self._a
        if c == 0.0:
            raise ZeroDivisionError("division by zero")
        value = floor_of(a, c)
        return _new(value, 0.0 * self._b, self._tag)

    # </generated>

    def __pow__(self, other: Any, modulo: None = None) -> Any:
        """``aᶜ + (c·aᶜ⁻¹·b + aᶜ·log(a)·d)·ε``, valued as floats are (``x**0`` is 1 everywhere).

        An exponent with a dual part of zero is a constant. Otherwise ``log(a)`` is needed: for ``a < 0`` the derivative
        is nan; for ``a = 0`` its second term is 0 if ``c > 0`` (``0ᶜ`` is 0 all around) and infinite if ``c = 0``. The
        first term is 0 for ``c = 0``, and infinite for ``a = 0`` with ``0 < c < 1``.

        :raises ZeroDivisionError: zero to a negative power
        :raises ValueError: a negative base with a fractional exponent (no complex numbers here)
        :raises OverflowError: the value is too large for a float
        """
        if modulo is not None:
            return NotImplemented
        a, b = self._a, self._b
        if type(other) is Dual:
            if other._tag != self._tag:
                return operator_of("pow", self, other)
            c, d = other._a, other._b
            value = values.power(a, c)
            first = values.power_by_base(a, c, value) * b
            return _new(value, first if d == 0.0 else first + values.power_by_exponent(a, c, value) * d, self._tag)
        if not _is_number(other):
            return operator_of("pow", self, other)
        c = float(other)
        value = values.power(a, c)
        return _new(value, values.power_by_base(a, c, value) * b, self._tag)

    def __rpow__(self, other: Any, modulo: None = None) -> Any:
        if modulo is not None:
            return NotImplemented
        if not _is_number(other):
            return operator_of("pow", other, self)
        a, d = float(other), self._b
        value = values.power(a, self._a)
        slope = 0.0 if d == 0.0 else values.power_by_exponent(a, self._a, value) * d
        return _new(value, slope, self._tag)

    # <generated: methods>
    def sin(self) -> Dual:
        """The sine: see :func:`sin`."""
        return _at(values.sin, self)

    def cos(self) -> Dual:
        """The cosine: see :func:`cos`."""
        return _at(values.cos, self)

    def tan(self) -> Dual:
        """The tangent: see :func:`tan`."""
        return _at(values.tan, self)

    def asin(self) -> Dual:
        """The inverse sine: see :func:`asin`."""
        return _at(values.asin, self)

    def acos(self) -> Dual:
        """The inverse cosine: see :func:`acos`."""
        return _at(values.acos, self)

    def atan(self) -> Dual:
        """The inverse tangent: see :func:`atan`."""
        return _at(values.atan, self)

    def sinh(self) -> Dual:
        """The hyperbolic sine: see :func:`sinh`."""
        return _at(values.sinh, self)

    def cosh(self) -> Dual:
        """The hyperbolic cosine: see :func:`cosh`."""
        return _at(values.cosh, self)

    def tanh(self) -> Dual:
        """The hyperbolic tangent: see :func:`tanh`."""
        return _at(values.tanh, self)

    def asinh(self) -> Dual:
        """The inverse hyperbolic sine: see :func:`asinh`."""
        return _at(values.asinh, self)

    def acosh(self) -> Dual:
        """The inverse hyperbolic cosine: see :func:`acosh`."""
        return _at(values.acosh, self)

    def atanh(self) -> Dual:
        """The inverse hyperbolic tangent: see :func:`atanh`."""
        return _at(values.atanh, self)

    def exp(self) -> Dual:
        """The exponential: see :func:`exp`."""
        return _at(values.exp, self)

    def exp2(self) -> Dual:
        """The power of two: see :func:`exp2`."""
        return _at(values.exp2, self)

    def expm1(self) -> Dual:
        """The exponential less 1: see :func:`expm1`."""
        return _at(values.expm1, self)

    def log(self) -> Dual:
        """The natural logarithm: see :func:`log`."""
        return _at(values.log, self)

    def log2(self) -> Dual:
        """The logarithm to base 2: see :func:`log2`."""
        return _at(values.log2, self)

    def log10(self) -> Dual:
        """The logarithm to base 10: see :func:`log10`."""
        return _at(values.log10, self)

    def log1p(self) -> Dual:
        """The natural logarithm of 1 + x: see :func:`log1p`."""
        return _at(values.log1p, self)

    def sqrt(self) -> Dual:
        """The square root: see :func:`sqrt`."""
        return _at(values.sqrt, self)

    def cbrt(self) -> Dual:
        """The cube root: see :func:`cbrt`."""
        return _at(values.cbrt, self)

    def erf(self) -> Dual:
        """The error function: see :func:`erf`."""
        return _at(values.erf, self)

    def erfc(self) -> Dual:
        """The complement of the error function: see :func:`erfc`."""
        return _at(values.erfc, self)

    # Under these names NumPy calls the methods of an array's objects.

    def arcsin(self) -> Dual:
        """See :func:`asin`."""
        return _at(values.asin, self)

    def arccos(self) -> Dual:
        """See :func:`acos`."""
        return _at(values.acos, self)

    def arctan(self) -> Dual:
        """See :func:`atan`."""
        return _at(values.atan, self)

    def arcsinh(self) -> Dual:
        """See :func:`asinh`."""
        return _at(values.asinh, self)

    def arccosh(self) -> Dual:
        """See :func:`acosh`."""
        return _at(values.acosh, self)

    def arctanh(self) -> Dual:
        """See :func:`atanh`."""
        return _at(values.atanh, self)

    def fabs(self) -> Dual:
        """See :func:`fabs`."""
        return abs(self)

    def conjugate(self) -> Dual:
        """The same object."""
        return self

    def hypot(self, other: Any) -> Any:
        """See :func:`hypot`."""
        return hypot(self, other)

    def arctan2(self, other: Any) -> Any:
        """See :func:`atan2`."""
        return atan2(self, other)

    # </generated>


class MultiDual(NestedDual):
    """A number with several partial derivatives: what an element of a gradient's or Jacobian's argument is.

    Operators, functions, comparisons and errors are those of :class:`Dual`, with each partial derivative in the place
    of the dual part.

    >>> MultiDual(3.0, [1.0, 0.0]) * MultiDual(5.0, [0.0, 1.0])
    MultiDual(15.0, [5.0, 3.0])

    :param value: a number
    :param derivative: numbers, 1 to 32 of them
    :raises TypeError: a part is not a number
    :raises ValueError: there is no partial derivative, or there are too many
    """

    __slots__ = ()

    def __init__(self, value: Any, derivative: Any) -> None:
        parts = tuple(_part("derivative", part) for part in derivative)
        if not 0 < len(parts) <= PARTIALS:
            raise ValueError(f"a MultiDual has 1 to {PARTIALS} partial derivatives, not {len(parts)}")
        super().__init__(0, _part("value", value), parts, False)

    def _partials(self) -> list[float]:
        """The partial derivatives, a list of floats."""
        return list(self._parts)

    def __reduce__(self) -> tuple[Any, ...]:
        return tagged, (self._value, self._partials(), self._tag)


# <generated: functions>
def sin(x: Any, /) -> Any:
    """``sin(a + b·ε) = sin(a) + b·cos(a)·ε``, in radians.

    :param x: a Dual or a number; finite or nan
    :returns: a Dual for a Dual, else a float
    :raises ValueError: *x* is infinite
    :raises TypeError: *x* is neither Dual nor number
    """
    return _of(values.sin, x)


def cos(x: Any, /) -> Any:
    """``cos(a + b·ε) = cos(a) - b·sin(a)·ε``, in radians.

    :param x: a Dual or a number; finite or nan
    :returns: a Dual for a Dual, else a float
    :raises ValueError: *x* is infinite
    :raises TypeError: *x* is neither Dual nor number
    """
    return _of(values.cos, x)


def tan(x: Any, /) -> Any:
    """``tan(a + b·ε) = tan(a) + b·(1 + tan²(a))·ε``, in radians.

    :param x: a Dual or a number; finite or nan
    :returns: a Dual for a Dual, else a float
    :raises ValueError: *x* is infinite
    :raises TypeError: *x* is neither Dual nor number
    """
    return _of(values.tan, x)


def asin(x: Any, /) -> Any:
    """``asin(a + b·ε) = asin(a) + b/√(1 - a²)·ε``, in radians; infinite derivative at ±1.

    :param x: a Dual or a number; from -1 to 1, or nan
    :returns: a Dual for a Dual, else a float
    :raises ValueError: *x* is outside [-1, 1]
    :raises TypeError: *x* is neither Dual nor number
    """
    return _of(values.asin, x)


def acos(x: Any, /) -> Any:
    """``acos(a + b·ε) = acos(a) - b/√(1 - a²)·ε``, in radians; infinite derivative at ±1.

    :param x: a Dual or a number; from -1 to 1, or nan
    :returns: a Dual for a Dual, else a float
    :raises ValueError: *x* is outside [-1, 1]
    :raises TypeError: *x* is neither Dual nor number
    """
    return _of(values.acos, x)


def atan(x: Any, /) -> Any:
    """``atan(a + b·ε) = atan(a) + b/(1 + a²)·ε``, in radians.

    :param x: a Dual or a number; any
    :returns: a Dual for a Dual, else a float
    :raises TypeError: *x* is neither Dual nor number
    """
    return _of(values.atan, x)


def sinh(x: Any, /) -> Any:
    """``sinh(a + b·ε) = sinh(a) + b·cosh(a)·ε``.

    :param x: a Dual or a number; any
    :returns: a Dual for a Dual, else a float
    :raises OverflowError: the value is too large for a float
    :raises TypeError: *x* is neither Dual nor number
    """
    return _of(values.sinh, x)


def cosh(x: Any, /) -> Any:
    """``cosh(a + b·ε) = cosh(a) + b·sinh(a)·ε``.

    :param x: a Dual or a number; any
    :returns: a Dual for a Dual, else a float
    :raises OverflowError: the value is too large for a float
    :raises TypeError: *x* is neither Dual nor number
    """
    return _of(values.cosh, x)


def tanh(x: Any, /) -> Any:
    """``tanh(a + b·ε) = tanh(a) + b/cosh²(a)·ε``.

    :param x: a Dual or a number; any
    :returns: a Dual for a Dual, else a float
    :raises TypeError: *x* is neither Dual nor number
    """
    return _of(values.tanh, x)


def asinh(x: Any, /) -> Any:
    """``asinh(a + b·ε) = asinh(a) + b/√(1 + a²)·ε``.

    :param x: a Dual or a number; any
    :returns: a Dual for a Dual, else a float
    :raises TypeError: *x* is neither Dual nor number
    """
    return _of(values.asinh, x)


def acosh(x: Any, /) -> Any:
    """``acosh(a + b·ε) = acosh(a) + b/√(a² - 1)·ε``; infinite derivative at 1.

    :param x: a Dual or a number; from 1 on, or nan
    :returns: a Dual for a Dual, else a float
    :raises ValueError: *x* is less than 1
    :raises TypeError: *x* is neither Dual nor number
    """
    return _of(values.acosh, x)


def atanh(x: Any, /) -> Any:
    """``atanh(a + b·ε) = atanh(a) + b/(1 - a²)·ε``.

    :param x: a Dual or a number; between -1 and 1, or nan
    :returns: a Dual for a Dual, else a float
    :raises ValueError: *x* is not inside (-1, 1)
    :raises TypeError: *x* is neither Dual nor number
    """
    return _of(values.atanh, x)


def exp(x: Any, /) -> Any:
    """``exp(a + b·ε) = exp(a) + b·exp(a)·ε``.

    :param x: a Dual or a number; any
    :returns: a Dual for a Dual, else a float
    :raises OverflowError: the value is too large for a float
    :raises TypeError: *x* is neither Dual nor number
    """
    return _of(values.exp, x)


def exp2(x: Any, /) -> Any:
    """``exp2(a + b·ε) = 2ᵃ + b·2ᵃ·log(2)·ε``.

    :param x: a Dual or a number; any
    :returns: a Dual for a Dual, else a float
    :raises OverflowError: the value is too large for a float
    :raises TypeError: *x* is neither Dual nor number
    """
    return _of(values.exp2, x)


def expm1(x: Any, /) -> Any:
    """``expm1(a + b·ε) = (exp(a) - 1) + b·exp(a)·ε``, exact in the value next to 0.

    :param x: a Dual or a number; any
    :returns: a Dual for a Dual, else a float
    :raises OverflowError: the value is too large for a float
    :raises TypeError: *x* is neither Dual nor number
    """
    return _of(values.expm1, x)


def log(x: Any, /) -> Any:
    """``log(a + b·ε) = log(a) + b/a·ε``, the natural logarithm.

    :param x: a Dual or a number; positive or nan
    :returns: a Dual for a Dual, else a float
    :raises ValueError: *x* is zero or negative
    :raises TypeError: *x* is neither Dual nor number
    """
    return _of(values.log, x)


def log2(x: Any, /) -> Any:
    """``log2(a + b·ε) = log2(a) + b/(a·log(2))·ε``.

    :param x: a Dual or a number; positive or nan
    :returns: a Dual for a Dual, else a float
    :raises ValueError: *x* is zero or negative
    :raises TypeError: *x* is neither Dual nor number
    """
    return _of(values.log2, x)


def log10(x: Any, /) -> Any:
    """``log10(a + b·ε) = log10(a) + b/(a·log(10))·ε``.

    :param x: a Dual or a number; positive or nan
    :returns: a Dual for a Dual, else a float
    :raises ValueError: *x* is zero or negative
    :raises TypeError: *x* is neither Dual nor number
    """
    return _of(values.log10, x)


def log1p(x: Any, /) -> Any:
    """``log1p(a + b·ε) = log(1 + a) + b/(1 + a)·ε``, exact in the value next to 0.

    :param x: a Dual or a number; greater than -1, or nan
    :returns: a Dual for a Dual, else a float
    :raises ValueError: *x* is -1 or less
    :raises TypeError: *x* is neither Dual nor number
    """
    return _of(values.log1p, x)


def sqrt(x: Any, /) -> Any:
    """``√(a + b·ε) = √a + b/(2·√a)·ε``; infinite derivative at 0, nan where *b* is 0 too.

    :param x: a Dual or a number; zero, positive or nan
    :returns: a Dual for a Dual, else a float
    :raises ValueError: *x* is negative
    :raises TypeError: *x* is neither Dual nor number
    """
    return _of(values.sqrt, x)


def cbrt(x: Any, /) -> Any:
    """``∛(a + b·ε) = ∛a + b/(3·∛a²)·ε``; infinite derivative at 0, nan where *b* is 0 too.

    :param x: a Dual or a number; any
    :returns: a Dual for a Dual, else a float
    :raises TypeError: *x* is neither Dual nor number
    """
    return _of(values.cbrt, x)


def erf(x: Any, /) -> Any:
    """``erf(a + b·ε) = erf(a) + b·2/√π·exp(-a²)·ε``.

    :param x: a Dual or a number; any
    :returns: a Dual for a Dual, else a float
    :raises TypeError: *x* is neither Dual nor number
    """
    return _of(values.erf, x)


def erfc(x: Any, /) -> Any:
    """``erfc(a + b·ε) = 1 - erf(a) - b·2/√π·exp(-a²)·ε``, exact in the value where erf is nearly 1.

    :param x: a Dual or a number; any
    :returns: a Dual for a Dual, else a float
    :raises TypeError: *x* is neither Dual nor number
    """
    return _of(values.erfc, x)


# </generated>


def fabs(x: Any, /) -> Any:
    """``fabs(a + b·ε) = |a| + sign(a)·b·ε``, where the derivative at 0 is nan; for a number a float.

    :param x: a Dual or a number; any
    :returns: a Dual for a Dual, else a float
    :raises TypeError: *x* is neither Dual nor number
    """
    if type(x) is Dual or _is_number(x):
        return abs(x) if type(x) is Dual else abs(float(x))
    return foreign("fabs", x)


def hypot(x: Any, y: Any, /) -> Any:
    """``hypot(a + b·ε, c + d·ε) = h + (a/h·b + c/h·d)·ε`` with ``h = √(a² + c²)``, without overflow on the way.

    The derivative at the origin is nan. Where one argument is infinite, it alone has a slope, ±1; where both are, nan.

    :param x: a Dual or a number; any
    :param y: a Dual or a number; any
    :returns: a Dual if either is one, else a float
    :raises TypeError: *x* or *y* is neither Dual nor number
    """
    if not _together(x, y):
        return foreign("hypot", x, y)
    (a, b), (c, d) = _read(x), _read(y)
    value = math.hypot(a, c)
    if b is None and d is None:
        return value
    return _new(value, values.tangent(values.leg(a, c, value), b, values.leg(c, a, value), d), _tag_of(x, y))


def atan2(y: Any, x: Any, /) -> Any:
    """``atan2(c + d·ε, a + b·ε) = atan2(c, a) + (a·d - c·b)/(a² + c²)·ε``, in radians.

    That is the angle of the point (*x*, *y*). The derivative at the origin is nan; where an argument is infinite, 0.

    :param y: a Dual or a number; any
    :param x: a Dual or a number; any
    :returns: a Dual if either is one, else a float
    :raises TypeError: *y* or *x* is neither Dual nor number
    """
    if not _together(y, x):
        return foreign("atan2", y, x)
    (c, d), (a, b) = _read(y), _read(x)
    value = math.atan2(c, a)
    if b is None and d is None:
        return value
    return _new(value, values.turn(c, d, a, b), _tag_of(y, x))


def pow(x: Any, y: Any, /) -> Any:
    """``x ** y`` with the errors of :func:`math.pow`.

    :param x: a Dual or a number
    :param y: a Dual or a number; an integer where *x* is negative
    :returns: a Dual if either is one, else a float
    :raises ValueError: a negative *x* with a fractional *y*, or zero to a negative power
    :raises OverflowError: the value is too large for a float
    :raises TypeError: *x* or *y* is neither Dual nor number
    """
    if not _together(x, y):
        return foreign("pow", x, y)
    try:
        return x**y if type(x) is Dual or type(y) is Dual else values.power(float(x), float(y))
    except ZeroDivisionError:
        raise ValueError("math domain error") from None


def maximum(x: Any, y: Any, /) -> Any:
    """The argument with the greater value, and its derivative: *x* at a tie. A nan wins, the first of two.

    :param x: a Dual or a number; any
    :param y: a Dual or a number; any
    :returns: a Dual if either is one, else a float
    :raises TypeError: *x* or *y* is neither Dual nor number
    """
    if not _together(x, y):
        return foreign("maximum", x, y)
    a, c = _read(x)[0], _read(y)[0]
    return _chosen(a >= c or a != a, x, y)


def minimum(x: Any, y: Any, /) -> Any:
    """The argument with the lesser value, and its derivative: *x* at a tie. A nan wins, the first of two.

    :param x: a Dual or a number; any
    :param y: a Dual or a number; any
    :returns: a Dual if either is one, else a float
    :raises TypeError: *x* or *y* is neither Dual nor number
    """
    if not _together(x, y):
        return foreign("minimum", x, y)
    a, c = _read(x)[0], _read(y)[0]
    return _chosen(a <= c or a != a, x, y)


def where(condition: Any, x: Any, y: Any, /) -> Any:
    """*x* where the condition holds, else *y*, each with its derivative.

    :param condition: a bool
    :param x: a Dual or a number; any
    :param y: a Dual or a number; any
    :returns: a Dual if either of *x* and *y* is one, else a float
    :raises TypeError: *x* or *y* is neither Dual nor number
    """
    if not (_together(x, y) and isinstance(condition, (bool, int))):
        return foreign("where", condition, x, y)
    return _chosen(bool(condition), x, y)


# Making and reading dual numbers

_allocate = object.__new__


def _new(a: float, b: float, tag: int) -> Dual:
    x = _allocate(Dual)
    x._a = a
    x._b = b
    x._tag = tag
    return x


def variable(value: float, tag: int) -> Dual:
    """The variable of the derivative *tag* at *value*."""
    return _new(value, 1.0, tag)


def tagged(value: float, derivative: Any, tag: int) -> Any:
    """A number of the derivative *tag*: a Dual for one derivative, a MultiDual for a sequence of them."""
    if isinstance(derivative, float):
        return _new(value, derivative, tag)
    x = MultiDual(value, derivative)
    x._tag = tag
    return x


def variables(values: list[float], first: int, count: int, tag: int) -> list[MultiDual]:
    """A MultiDual for each of *values*: those from *first* on are the *count* variables of the derivative *tag*."""
    return [
        tagged(value, [1.0 if i - first == j else 0.0 for j in range(count)], tag) for i, value in enumerate(values)
    ]


def elements(value: Any, derivative: Any, tag: int) -> list[MultiDual]:
    """A MultiDual for each element of *value*, with a column of *derivative* for its partial derivatives."""
    columns = [list(map(float, column)) for column in zip(*derivative, strict=True)]
    return [tagged(float(a), column, tag) for a, column in zip(value, columns, strict=True)]


def gathered(elements: list[Any], value: Any, derivative: Any, tag: int) -> bool:
    """Fill *value* and *derivative* from *elements*; false if one is neither number nor of the derivative *tag*."""
    count = len(derivative)
    for i, element in enumerate(elements):
        if isinstance(element, (Dual, MultiDual)):
            parts = [element.dual] if isinstance(element, Dual) else element._parts
            if element._tag != tag or len(parts) != count:
                return False
            value[i] = element.value
            derivative[:, i] = parts
        elif _is_number(element):
            value[i] = element
            derivative[:, i] = 0.0
        else:
            return False
    return True


def _is_number(x: object) -> bool:
    return isinstance(x, (float, int, Real))


def _part(name: str, x: Any) -> float:
    if not _is_number(x):
        raise TypeError(f"{name} is not a number (a float, an int or another numbers.Real): {x!r}")
    return float(x)


def _together(x: Any, y: Any) -> bool:
    """Whether both are Duals or numbers, and not derivatives by different variables."""
    one, other = type(x) is Dual, type(y) is Dual
    return bool(x._tag == y._tag) if one and other else (one or _is_number(x)) and (other or _is_number(y))


def _tag_of(x: Any, y: Any) -> int:
    return (x if type(x) is Dual else y)._tag


def _read(x: Any) -> tuple[float, float | None]:
    """Value and derivative; the derivative of a number is None."""
    return (x._a, x._b) if type(x) is Dual else (float(x), None)


def _chosen(first: bool, x: Any, y: Any) -> Any:
    """One of two scalars, a Dual if either is one."""
    chosen = x if first else y
    if type(chosen) is Dual:
        return chosen
    return _new(float(chosen), 0.0, _tag_of(x, y)) if type(x) is Dual or type(y) is Dual else float(chosen)


def _evaluable(part: float) -> str:
    """*part* as ``eval`` can read it back."""
    return repr(part) if math.isfinite(part) else f"float('{part}')"


# The chain rule


def _at(kernel: _Kernel, x: object) -> Dual:
    if type(x) is not Dual:  # an unbound method, called with something else
        name = kernel.__name__.strip("_")
        raise TypeError(f"descriptor {name!r} for 'Dual' objects doesn't apply to a {type(x).__name__!r} object")
    return _new(*kernel(x._a, x._b), x._tag)


def _of(kernel: _Kernel, x: Any) -> Any:
    if type(x) is Dual:
        return _new(*kernel(x._a, x._b), x._tag)
    if not _is_number(x):
        return foreign(kernel.__name__.strip("_"), x)
    return kernel(float(x), 0.0)[0]


#: Every function of the module by its name.
# <generated: table>
FUNCTIONS: dict[str, Callable[..., Any]] = {
    "sin": sin,
    "cos": cos,
    "tan": tan,
    "asin": asin,
    "acos": acos,
    "atan": atan,
    "sinh": sinh,
    "cosh": cosh,
    "tanh": tanh,
    "asinh": asinh,
    "acosh": acosh,
    "atanh": atanh,
    "exp": exp,
    "exp2": exp2,
    "expm1": expm1,
    "log": log,
    "log2": log2,
    "log10": log10,
    "log1p": log1p,
    "sqrt": sqrt,
    "cbrt": cbrt,
    "erf": erf,
    "erfc": erfc,
    "fabs": fabs,
    "hypot": hypot,
    "atan2": atan2,
    "pow": pow,
    "maximum": maximum,
    "minimum": minimum,
    "where": where,
}
# </generated>
