"""What an array of dual numbers consists of: values, derivatives, directions."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from dual_autodiff._numbers import Array, numbers_of
from dual_autodiff.dual import Dual

__all__ = ["Parts", "from_parts", "parts", "scalar_or_array"]


class Parts:
    """Values, and derivatives of the same shape; with several directions, their axis comes first in the derivatives.

    :class:`DualArray` stands above the operations, which make new ones here.
    """

    __slots__ = ("__weakref__", "_derivative", "_directions", "_value")
    _value: Array
    _derivative: Array
    _directions: int | None
    #: The class of what is made: :class:`DualArray` says so itself, and a user's subclass of it changes nothing.
    _made: ClassVar[type[Parts]]

    @property
    def shape(self) -> tuple[int, ...]:
        """The lengths of the dimensions."""
        return self._value.shape


def from_parts(value: Any, derivative: Any, directions: int | None) -> Any:
    """An array of dual numbers."""
    new = object.__new__(Parts._made)
    new._value, new._derivative, new._directions = value, derivative, directions
    return new


def scalar_or_array(value: Any, slope: Any, directions: int | None) -> Any:
    """A :class:`Dual` of numbers, else an array."""
    if directions is None and not isinstance(value, np.ndarray):
        return Dual(float(value), float(slope))
    return from_parts(np.asarray(value), np.asarray(slope), directions)


def parts(x: Any) -> tuple[Any, Any]:
    """Value and derivative of dual numbers or numbers."""
    if isinstance(x, Parts):
        return x._value, x._derivative
    if isinstance(x, Dual):
        return x.real, x.dual
    return numbers_of("the new value", x), 0.0
