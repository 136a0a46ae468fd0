"""Dual numbers in plain Python: what the compiled class is, for platforms that it is not built for.

Each formula is the compiled module's own, term by term, so that the two differ by what their math libraries differ by
and by nothing else.

A *number* is a float, an int or any other :class:`numbers.Real`; it counts as a constant. Values and errors are those
of Python's floats for the operators and of :mod:`math` for the functions. A derivative never raises.
"""

from __future__ import annotations

import math
from typing import Any

from dual_autodiff.scalars import values
from dual_autodiff.scalars.dispatch import array_function, array_ufunc, formatted, operator_of
from dual_autodiff.scalars.plain.operators import Operators
from dual_autodiff.scalars.plain.parts import is_number
from dual_autodiff.scalars.real_part import real_of

__all__ = ["Dual", "as_float", "new", "variable"]


class Dual(Operators):
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
        return new(as_float("real", real), as_float("dual", dual), 0)

    def __init_subclass__(cls) -> None:
        raise TypeError("type 'dual_autodiff.Dual' is not an acceptable base type")

    @property
    def real(self) -> Any:
        """The value, a float; the number itself where NumPy, SciPy or pandas asks."""
        return real_of(self, self._a)

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
        return (new, (self._a, self._b, self._tag)) if self._tag else (Dual, (self._a, self._b))

    def __copy__(self) -> Dual:
        return self

    def __deepcopy__(self, memo: object) -> Dual:
        return self

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
        if not is_number(other):
            return NotImplemented
        return self._b == 0.0 and bool(self._a == other)  # as floats compare: exactly with any int

    def __ne__(self, other: object) -> bool:
        same = self.__eq__(other)
        return same if same is NotImplemented else not same

    def __lt__(self, other: Any) -> bool:
        if type(other) is Dual:
            return self._a < other._a
        return bool(self._a < other) if is_number(other) else NotImplemented

    def __le__(self, other: Any) -> bool:
        if type(other) is Dual:
            return self._a <= other._a
        return bool(self._a <= other) if is_number(other) else NotImplemented

    def __gt__(self, other: Any) -> bool:
        if type(other) is Dual:
            return self._a > other._a
        return bool(self._a > other) if is_number(other) else NotImplemented

    def __ge__(self, other: Any) -> bool:
        if type(other) is Dual:
            return self._a >= other._a
        return bool(self._a >= other) if is_number(other) else NotImplemented

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
        return new(-self._a, -self._b, self._tag)

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
            return new(value, first if d == 0.0 else first + values.power_by_exponent(a, c, value) * d, self._tag)
        if not is_number(other):
            return operator_of("pow", self, other)
        c = float(other)
        value = values.power(a, c)
        return new(value, values.power_by_base(a, c, value) * b, self._tag)

    def __rpow__(self, other: Any, modulo: None = None) -> Any:
        if modulo is not None:
            return NotImplemented
        if not is_number(other):
            return operator_of("pow", other, self)
        a, d = float(other), self._b
        value = values.power(a, self._a)
        slope = 0.0 if d == 0.0 else values.power_by_exponent(a, self._a, value) * d
        return new(value, slope, self._tag)

    def hypot(self, other: Any) -> Any:
        """See :func:`hypot`: under these names NumPy calls the methods of an array's objects."""
        return _of_two("hypot", self, other)

    def arctan2(self, other: Any) -> Any:
        """See :func:`atan2`."""
        return _of_two("atan2", self, other)


def _of_two(name: str, x: Any, y: Any) -> Any:
    from dual_autodiff.scalars.plain import functions_of_two

    return getattr(functions_of_two, name)(x, y)


_allocate = object.__new__


def new(a: float, b: float, tag: int) -> Dual:
    """The dual number ``a + b·ε`` of the derivative *tag*."""
    x = _allocate(Dual)
    x._a = a
    x._b = b
    x._tag = tag
    return x


def variable(value: float, tag: int) -> Dual:
    """The variable of the derivative *tag* at *value*."""
    return new(value, 1.0, tag)


def as_float(name: str, x: Any) -> float:
    """*x* as a float.

    :raises TypeError: it is no number; the message calls it *name*
    """
    if not is_number(x):
        raise TypeError(f"{name} is not a number (a float, an int or another numbers.Real): {x!r}")
    return float(x)


def _evaluable(part: float) -> str:
    """*part* as ``eval`` can read it back."""
    return repr(part) if math.isfinite(part) else f"float('{part}')"
