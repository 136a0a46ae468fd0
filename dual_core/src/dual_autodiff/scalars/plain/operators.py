# Made by tools/generate.py from operations.py.

"""Operators and methods of dual numbers in plain Python."""

from __future__ import annotations

from typing import Any

from dual_autodiff.scalars import values
from dual_autodiff.scalars.dispatch import operator_of
from dual_autodiff.scalars.never_plain import NeverPlain
from dual_autodiff.scalars.plain.parts import Parts, apply, is_number, like
from dual_autodiff.scalars.values import floor_of, modulo

__all__ = ["Operators"]


class Operators(Parts, NeverPlain):
    """What the class of dual numbers has from the table of operations; it has no other subclass."""

    __slots__ = ()

    def __add__(self, other: Any) -> Any:
        """``(a + c) + (b + d)·ε``."""
        a = self._a
        if type(other) is type(self):
            if other._tag != self._tag:
                return operator_of("add", self, other)
            c, d = other._a, other._b
            value = a + c
            return like(self, value, self._b + d)
        if not is_number(other):
            return operator_of("add", self, other)
        c = float(other)
        value = a + c
        return like(self, value, self._b)

    def __radd__(self, other: Any) -> Any:
        if not is_number(other):
            return operator_of("add", other, self)
        a, c = float(other), self._a
        value = a + c
        return like(self, value, self._b)

    def __sub__(self, other: Any) -> Any:
        """``(a - c) + (b - d)·ε``."""
        a = self._a
        if type(other) is type(self):
            if other._tag != self._tag:
                return operator_of("sub", self, other)
            c, d = other._a, other._b
            value = a - c
            return like(self, value, self._b - d)
        if not is_number(other):
            return operator_of("sub", self, other)
        c = float(other)
        value = a - c
        return like(self, value, self._b)

    def __rsub__(self, other: Any) -> Any:
        if not is_number(other):
            return operator_of("sub", other, self)
        a, c = float(other), self._a
        value = a - c
        return like(self, value, -self._b)

    def __mul__(self, other: Any) -> Any:
        """``a·c + (a·d + b·c)·ε``."""
        a = self._a
        if type(other) is type(self):
            if other._tag != self._tag:
                return operator_of("mul", self, other)
            c, d = other._a, other._b
            value = a * c
            return like(self, value, c * self._b + a * d)
        if not is_number(other):
            return operator_of("mul", self, other)
        c = float(other)
        value = a * c
        return like(self, value, c * self._b)

    def __rmul__(self, other: Any) -> Any:
        if not is_number(other):
            return operator_of("mul", other, self)
        a, c = float(other), self._a
        value = a * c
        return like(self, value, a * self._b)

    def __truediv__(self, other: Any) -> Any:
        """``a/c + (b - (a/c)·d)/c·ε``, which squares no divisor: a huge or tiny one does no harm.

        :raises ZeroDivisionError: the right operand's value is zero
        """
        a = self._a
        if type(other) is type(self):
            if other._tag != self._tag:
                return operator_of("div", self, other)
            c, d = other._a, other._b
            if c == 0.0:
                raise ZeroDivisionError("division by zero")
            value = a / c
            return like(self, value, (self._b + -value * d) / c)
        if not is_number(other):
            return operator_of("div", self, other)
        c = float(other)
        if c == 0.0:
            raise ZeroDivisionError("division by zero")
        value = a / c
        return like(self, value, self._b / c)

    def __rtruediv__(self, other: Any) -> Any:
        if not is_number(other):
            return operator_of("div", other, self)
        a, c = float(other), self._a
        if c == 0.0:
            raise ZeroDivisionError("division by zero")
        value = a / c
        return like(self, value, -value * self._b / c)

    def __mod__(self, other: Any) -> Any:
        """``(a mod c) + (b - ⌊a/c⌋·d)·ε``, with the sign of the divisor, as for floats.

        :raises ZeroDivisionError: the right operand's value is zero
        """
        a = self._a
        if type(other) is type(self):
            if other._tag != self._tag:
                return operator_of("mod", self, other)
            c, d = other._a, other._b
            if c == 0.0:
                raise ZeroDivisionError("division by zero")
            value = modulo(a, c)
            return like(self, value, self._b + -floor_of(a, c) * d)
        if not is_number(other):
            return operator_of("mod", self, other)
        c = float(other)
        if c == 0.0:
            raise ZeroDivisionError("division by zero")
        value = modulo(a, c)
        return like(self, value, self._b)

    def __rmod__(self, other: Any) -> Any:
        if not is_number(other):
            return operator_of("mod", other, self)
        a, c = float(other), self._a
        if c == 0.0:
            raise ZeroDivisionError("division by zero")
        value = modulo(a, c)
        return like(self, value, -floor_of(a, c) * self._b)

    def __floordiv__(self, other: Any) -> Any:
        """``⌊a/c⌋``, which is flat: its derivative is 0.

        :raises ZeroDivisionError: the right operand's value is zero
        """
        a = self._a
        if type(other) is type(self):
            if other._tag != self._tag:
                return operator_of("floordiv", self, other)
            c, d = other._a, other._b
            if c == 0.0:
                raise ZeroDivisionError("division by zero")
            value = floor_of(a, c)
            return like(self, value, 0.0 * self._b + 0.0 * d)
        if not is_number(other):
            return operator_of("floordiv", self, other)
        c = float(other)
        if c == 0.0:
            raise ZeroDivisionError("division by zero")
        value = floor_of(a, c)
        return like(self, value, 0.0 * self._b)

    def __rfloordiv__(self, other: Any) -> Any:
        if not is_number(other):
            return operator_of("floordiv", other, self)
        a, c = float(other), self._a
        if c == 0.0:
            raise ZeroDivisionError("division by zero")
        value = floor_of(a, c)
        return like(self, value, 0.0 * self._b)

    def sin(self) -> Any:
        """The sine: see :func:`sin`."""
        return apply(values.sin, self)

    def cos(self) -> Any:
        """The cosine: see :func:`cos`."""
        return apply(values.cos, self)

    def tan(self) -> Any:
        """The tangent: see :func:`tan`."""
        return apply(values.tan, self)

    def asin(self) -> Any:
        """The inverse sine: see :func:`asin`."""
        return apply(values.asin, self)

    def acos(self) -> Any:
        """The inverse cosine: see :func:`acos`."""
        return apply(values.acos, self)

    def atan(self) -> Any:
        """The inverse tangent: see :func:`atan`."""
        return apply(values.atan, self)

    def sinh(self) -> Any:
        """The hyperbolic sine: see :func:`sinh`."""
        return apply(values.sinh, self)

    def cosh(self) -> Any:
        """The hyperbolic cosine: see :func:`cosh`."""
        return apply(values.cosh, self)

    def tanh(self) -> Any:
        """The hyperbolic tangent: see :func:`tanh`."""
        return apply(values.tanh, self)

    def asinh(self) -> Any:
        """The inverse hyperbolic sine: see :func:`asinh`."""
        return apply(values.asinh, self)

    def acosh(self) -> Any:
        """The inverse hyperbolic cosine: see :func:`acosh`."""
        return apply(values.acosh, self)

    def atanh(self) -> Any:
        """The inverse hyperbolic tangent: see :func:`atanh`."""
        return apply(values.atanh, self)

    def exp(self) -> Any:
        """The exponential: see :func:`exp`."""
        return apply(values.exp, self)

    def exp2(self) -> Any:
        """The power of two: see :func:`exp2`."""
        return apply(values.exp2, self)

    def expm1(self) -> Any:
        """The exponential less 1: see :func:`expm1`."""
        return apply(values.expm1, self)

    def log(self) -> Any:
        """The natural logarithm: see :func:`log`."""
        return apply(values.log, self)

    def log2(self) -> Any:
        """The logarithm to base 2: see :func:`log2`."""
        return apply(values.log2, self)

    def log10(self) -> Any:
        """The logarithm to base 10: see :func:`log10`."""
        return apply(values.log10, self)

    def log1p(self) -> Any:
        """The natural logarithm of 1 + x: see :func:`log1p`."""
        return apply(values.log1p, self)

    def sqrt(self) -> Any:
        """The square root: see :func:`sqrt`."""
        return apply(values.sqrt, self)

    def cbrt(self) -> Any:
        """The cube root: see :func:`cbrt`."""
        return apply(values.cbrt, self)

    def erf(self) -> Any:
        """The error function: see :func:`erf`."""
        return apply(values.erf, self)

    def erfc(self) -> Any:
        """The complement of the error function: see :func:`erfc`."""
        return apply(values.erfc, self)

    # Under these names NumPy calls the methods of an array's objects.

    def arcsin(self) -> Any:
        """See :func:`asin`."""
        return apply(values.asin, self)

    def arccos(self) -> Any:
        """See :func:`acos`."""
        return apply(values.acos, self)

    def arctan(self) -> Any:
        """See :func:`atan`."""
        return apply(values.atan, self)

    def arcsinh(self) -> Any:
        """See :func:`asinh`."""
        return apply(values.asinh, self)

    def arccosh(self) -> Any:
        """See :func:`acosh`."""
        return apply(values.acosh, self)

    def arctanh(self) -> Any:
        """See :func:`atanh`."""
        return apply(values.atanh, self)

    def fabs(self) -> Any:
        """See :func:`fabs`."""
        return self.__abs__()

    def conjugate(self) -> Any:
        """The same object."""
        return self
