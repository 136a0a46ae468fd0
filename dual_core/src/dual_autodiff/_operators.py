"""The operators and functions that an array of dual numbers has as methods."""

from __future__ import annotations

from numbers import Real
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt

from dual_autodiff.dual import Dual

if TYPE_CHECKING:
    from dual_autodiff.array import DualArray

__all__ = ["Operators"]

Mask: TypeAlias = npt.NDArray[np.bool_]
Operand: TypeAlias = "DualArray | Dual | float | Real | npt.NDArray[Any]"


class Operators:
    """Each one is an operation of ``_operations.py``, which the class itself applies."""

    __slots__ = ()

    @staticmethod
    def _apply(name: str, operands: tuple[Any, ...]) -> Any:
        """The operation *name* of *operands*."""
        raise NotImplementedError

    def _store(self, result: Any) -> DualArray:
        """The result of an in-place operator, written into this array's own memory."""
        raise NotImplementedError

    def __add__(self, other: Operand, /) -> DualArray:
        return self._apply("add", (self, other))  # type: ignore[no-any-return]

    def __radd__(self, other: Operand, /) -> DualArray:
        return self._apply("add", (other, self))  # type: ignore[no-any-return]

    def __iadd__(self, other: Operand, /) -> DualArray:
        return self._store(self._apply("add", (self, other)))

    def __sub__(self, other: Operand, /) -> DualArray:
        return self._apply("sub", (self, other))  # type: ignore[no-any-return]

    def __rsub__(self, other: Operand, /) -> DualArray:
        return self._apply("sub", (other, self))  # type: ignore[no-any-return]

    def __isub__(self, other: Operand, /) -> DualArray:
        return self._store(self._apply("sub", (self, other)))

    def __mul__(self, other: Operand, /) -> DualArray:
        return self._apply("mul", (self, other))  # type: ignore[no-any-return]

    def __rmul__(self, other: Operand, /) -> DualArray:
        return self._apply("mul", (other, self))  # type: ignore[no-any-return]

    def __imul__(self, other: Operand, /) -> DualArray:
        return self._store(self._apply("mul", (self, other)))

    def __truediv__(self, other: Operand, /) -> DualArray:
        return self._apply("div", (self, other))  # type: ignore[no-any-return]

    def __rtruediv__(self, other: Operand, /) -> DualArray:
        return self._apply("div", (other, self))  # type: ignore[no-any-return]

    def __itruediv__(self, other: Operand, /) -> DualArray:
        return self._store(self._apply("div", (self, other)))

    def __pow__(self, other: Operand, /) -> DualArray:
        return self._apply("pow", (self, other))  # type: ignore[no-any-return]

    def __rpow__(self, other: Operand, /) -> DualArray:
        return self._apply("pow", (other, self))  # type: ignore[no-any-return]

    def __ipow__(self, other: Operand, /) -> DualArray:
        return self._store(self._apply("pow", (self, other)))

    def __lt__(self, other: Operand, /) -> Mask:
        return self._apply("less", (self, other))  # type: ignore[no-any-return]

    def __le__(self, other: Operand, /) -> Mask:
        return self._apply("less_equal", (self, other))  # type: ignore[no-any-return]

    def __gt__(self, other: Operand, /) -> Mask:
        return self._apply("greater", (self, other))  # type: ignore[no-any-return]

    def __ge__(self, other: Operand, /) -> Mask:
        return self._apply("greater_equal", (self, other))  # type: ignore[no-any-return]

    def __eq__(self, other: object, /) -> Mask:  # type: ignore[override]
        return self._apply("equal", (self, other))  # type: ignore[no-any-return]

    def __ne__(self, other: object, /) -> Mask:  # type: ignore[override]
        return self._apply("not_equal", (self, other))  # type: ignore[no-any-return]

    def __neg__(self) -> DualArray:
        return self._apply("neg", (self,))  # type: ignore[no-any-return]

    def __abs__(self) -> DualArray:
        return self._apply("fabs", (self,))  # type: ignore[no-any-return]

    def sin(self) -> DualArray:
        """See :func:`dual_autodiff.sin`."""
        return self._apply("sin", (self,))  # type: ignore[no-any-return]

    def cos(self) -> DualArray:
        """See :func:`dual_autodiff.cos`."""
        return self._apply("cos", (self,))  # type: ignore[no-any-return]

    def tan(self) -> DualArray:
        """See :func:`dual_autodiff.tan`."""
        return self._apply("tan", (self,))  # type: ignore[no-any-return]

    def asin(self) -> DualArray:
        """See :func:`dual_autodiff.asin`."""
        return self._apply("asin", (self,))  # type: ignore[no-any-return]

    def acos(self) -> DualArray:
        """See :func:`dual_autodiff.acos`."""
        return self._apply("acos", (self,))  # type: ignore[no-any-return]

    def atan(self) -> DualArray:
        """See :func:`dual_autodiff.atan`."""
        return self._apply("atan", (self,))  # type: ignore[no-any-return]

    def sinh(self) -> DualArray:
        """See :func:`dual_autodiff.sinh`."""
        return self._apply("sinh", (self,))  # type: ignore[no-any-return]

    def cosh(self) -> DualArray:
        """See :func:`dual_autodiff.cosh`."""
        return self._apply("cosh", (self,))  # type: ignore[no-any-return]

    def tanh(self) -> DualArray:
        """See :func:`dual_autodiff.tanh`."""
        return self._apply("tanh", (self,))  # type: ignore[no-any-return]

    def asinh(self) -> DualArray:
        """See :func:`dual_autodiff.asinh`."""
        return self._apply("asinh", (self,))  # type: ignore[no-any-return]

    def acosh(self) -> DualArray:
        """See :func:`dual_autodiff.acosh`."""
        return self._apply("acosh", (self,))  # type: ignore[no-any-return]

    def atanh(self) -> DualArray:
        """See :func:`dual_autodiff.atanh`."""
        return self._apply("atanh", (self,))  # type: ignore[no-any-return]

    def exp(self) -> DualArray:
        """See :func:`dual_autodiff.exp`."""
        return self._apply("exp", (self,))  # type: ignore[no-any-return]

    def exp2(self) -> DualArray:
        """See :func:`dual_autodiff.exp2`."""
        return self._apply("exp2", (self,))  # type: ignore[no-any-return]

    def expm1(self) -> DualArray:
        """See :func:`dual_autodiff.expm1`."""
        return self._apply("expm1", (self,))  # type: ignore[no-any-return]

    def log(self) -> DualArray:
        """See :func:`dual_autodiff.log`."""
        return self._apply("log", (self,))  # type: ignore[no-any-return]

    def log2(self) -> DualArray:
        """See :func:`dual_autodiff.log2`."""
        return self._apply("log2", (self,))  # type: ignore[no-any-return]

    def log10(self) -> DualArray:
        """See :func:`dual_autodiff.log10`."""
        return self._apply("log10", (self,))  # type: ignore[no-any-return]

    def log1p(self) -> DualArray:
        """See :func:`dual_autodiff.log1p`."""
        return self._apply("log1p", (self,))  # type: ignore[no-any-return]

    def sqrt(self) -> DualArray:
        """See :func:`dual_autodiff.sqrt`."""
        return self._apply("sqrt", (self,))  # type: ignore[no-any-return]

    def cbrt(self) -> DualArray:
        """See :func:`dual_autodiff.cbrt`."""
        return self._apply("cbrt", (self,))  # type: ignore[no-any-return]

    def erf(self) -> DualArray:
        """See :func:`dual_autodiff.erf`."""
        return self._apply("erf", (self,))  # type: ignore[no-any-return]

    def erfc(self) -> DualArray:
        """See :func:`dual_autodiff.erfc`."""
        return self._apply("erfc", (self,))  # type: ignore[no-any-return]
