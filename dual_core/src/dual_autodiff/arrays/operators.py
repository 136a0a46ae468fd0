"""The operators and functions that an array of dual numbers has as methods."""

from __future__ import annotations

from numbers import Real
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt

from dual_autodiff.dual import Dual
from dual_autodiff.scalars.never_plain import NeverPlain

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["Operators"]

Mask: TypeAlias = npt.NDArray[np.bool_]
Operand: TypeAlias = "Operators | Dual | float | Real | npt.NDArray[Any]"


class Operators(NeverPlain):
    """Each one is an operation of ``operations.py``, which the class itself applies."""

    __slots__ = ()

    def _apply(self, name: str, operands: tuple[Any, ...]) -> Self:
        """The operation *name* of *operands*."""
        raise NotImplementedError

    def _compare(self, name: str, operands: tuple[Any, ...]) -> Mask:
        """The comparison *name* of the values of *operands*."""
        raise NotImplementedError

    def _store(self, result: Any) -> Self:
        """The result of an in-place operator, written into this array's own memory."""
        raise NotImplementedError

    # <generated: operators>
    def __add__(self, other: Operand, /) -> Self:
        return self._apply("add", (self, other))

    def __radd__(self, other: Operand, /) -> Self:
        return self._apply("add", (other, self))

    def __iadd__(self, other: Operand, /) -> Self:
        return self._store(self._apply("add", (self, other)))

    def __sub__(self, other: Operand, /) -> Self:
        return self._apply("sub", (self, other))

    def __rsub__(self, other: Operand, /) -> Self:
        return self._apply("sub", (other, self))

    def __isub__(self, other: Operand, /) -> Self:
        return self._store(self._apply("sub", (self, other)))

    def __mul__(self, other: Operand, /) -> Self:
        return self._apply("mul", (self, other))

    def __rmul__(self, other: Operand, /) -> Self:
        return self._apply("mul", (other, self))

    def __imul__(self, other: Operand, /) -> Self:
        return self._store(self._apply("mul", (self, other)))

    def __truediv__(self, other: Operand, /) -> Self:
        return self._apply("div", (self, other))

    def __rtruediv__(self, other: Operand, /) -> Self:
        return self._apply("div", (other, self))

    def __itruediv__(self, other: Operand, /) -> Self:
        return self._store(self._apply("div", (self, other)))

    def __mod__(self, other: Operand, /) -> Self:
        return self._apply("mod", (self, other))

    def __rmod__(self, other: Operand, /) -> Self:
        return self._apply("mod", (other, self))

    def __floordiv__(self, other: Operand, /) -> Self:
        return self._apply("floordiv", (self, other))

    def __rfloordiv__(self, other: Operand, /) -> Self:
        return self._apply("floordiv", (other, self))

    def __pow__(self, other: Operand, /) -> Self:
        return self._apply("pow", (self, other))

    def __rpow__(self, other: Operand, /) -> Self:
        return self._apply("pow", (other, self))

    def __ipow__(self, other: Operand, /) -> Self:
        return self._store(self._apply("pow", (self, other)))

    # </generated>

    def __lt__(self, other: Operand, /) -> Mask:
        return self._compare("less", (self, other))

    def __le__(self, other: Operand, /) -> Mask:
        return self._compare("less_equal", (self, other))

    def __gt__(self, other: Operand, /) -> Mask:
        return self._compare("greater", (self, other))

    def __ge__(self, other: Operand, /) -> Mask:
        return self._compare("greater_equal", (self, other))

    def __eq__(self, other: object, /) -> Mask:  # type: ignore[override]  # a mask, as NumPy's arrays give
        return self._compare("equal", (self, other))

    def __ne__(self, other: object, /) -> Mask:  # type: ignore[override]  # a mask, as NumPy's arrays give
        return self._compare("not_equal", (self, other))

    def __neg__(self) -> Self:
        return self._apply("neg", (self,))

    def __abs__(self) -> Self:
        return self._apply("fabs", (self,))

    # <generated: methods>
    def sin(self) -> Self:
        """The sine: see :func:`dual_autodiff.sin`."""
        return self._apply("sin", (self,))

    def cos(self) -> Self:
        """The cosine: see :func:`dual_autodiff.cos`."""
        return self._apply("cos", (self,))

    def tan(self) -> Self:
        """The tangent: see :func:`dual_autodiff.tan`."""
        return self._apply("tan", (self,))

    def asin(self) -> Self:
        """The inverse sine: see :func:`dual_autodiff.asin`."""
        return self._apply("asin", (self,))

    def acos(self) -> Self:
        """The inverse cosine: see :func:`dual_autodiff.acos`."""
        return self._apply("acos", (self,))

    def atan(self) -> Self:
        """The inverse tangent: see :func:`dual_autodiff.atan`."""
        return self._apply("atan", (self,))

    def sinh(self) -> Self:
        """The hyperbolic sine: see :func:`dual_autodiff.sinh`."""
        return self._apply("sinh", (self,))

    def cosh(self) -> Self:
        """The hyperbolic cosine: see :func:`dual_autodiff.cosh`."""
        return self._apply("cosh", (self,))

    def tanh(self) -> Self:
        """The hyperbolic tangent: see :func:`dual_autodiff.tanh`."""
        return self._apply("tanh", (self,))

    def asinh(self) -> Self:
        """The inverse hyperbolic sine: see :func:`dual_autodiff.asinh`."""
        return self._apply("asinh", (self,))

    def acosh(self) -> Self:
        """The inverse hyperbolic cosine: see :func:`dual_autodiff.acosh`."""
        return self._apply("acosh", (self,))

    def atanh(self) -> Self:
        """The inverse hyperbolic tangent: see :func:`dual_autodiff.atanh`."""
        return self._apply("atanh", (self,))

    def exp(self) -> Self:
        """The exponential: see :func:`dual_autodiff.exp`."""
        return self._apply("exp", (self,))

    def exp2(self) -> Self:
        """The power of two: see :func:`dual_autodiff.exp2`."""
        return self._apply("exp2", (self,))

    def expm1(self) -> Self:
        """The exponential less 1: see :func:`dual_autodiff.expm1`."""
        return self._apply("expm1", (self,))

    def log(self) -> Self:
        """The natural logarithm: see :func:`dual_autodiff.log`."""
        return self._apply("log", (self,))

    def log2(self) -> Self:
        """The logarithm to base 2: see :func:`dual_autodiff.log2`."""
        return self._apply("log2", (self,))

    def log10(self) -> Self:
        """The logarithm to base 10: see :func:`dual_autodiff.log10`."""
        return self._apply("log10", (self,))

    def log1p(self) -> Self:
        """The natural logarithm of 1 + x: see :func:`dual_autodiff.log1p`."""
        return self._apply("log1p", (self,))

    def sqrt(self) -> Self:
        """The square root: see :func:`dual_autodiff.sqrt`."""
        return self._apply("sqrt", (self,))

    def cbrt(self) -> Self:
        """The cube root: see :func:`dual_autodiff.cbrt`."""
        return self._apply("cbrt", (self,))

    def erf(self) -> Self:
        """The error function: see :func:`dual_autodiff.erf`."""
        return self._apply("erf", (self,))

    def erfc(self) -> Self:
        """The complement of the error function: see :func:`dual_autodiff.erfc`."""
        return self._apply("erfc", (self,))

    # </generated>
