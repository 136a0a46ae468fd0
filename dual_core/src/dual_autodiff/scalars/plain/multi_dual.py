"""Numbers with several partial derivatives in plain Python, and how they are made of arrays and read into them."""

from __future__ import annotations

from typing import Any

from dual_autodiff.scalars.levels import NestedDual
from dual_autodiff.scalars.plain.dual import Dual, as_float, new
from dual_autodiff.scalars.plain.parts import is_number

__all__ = ["PARTIALS", "MultiDual", "elements", "gathered", "tagged", "variables"]

#: The most partial derivatives of one number.
PARTIALS = 32


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
        parts = tuple(as_float("derivative", part) for part in derivative)
        if not 0 < len(parts) <= PARTIALS:
            raise ValueError(f"a MultiDual has 1 to {PARTIALS} partial derivatives, not {len(parts)}")
        super().__init__(0, as_float("value", value), parts, False)

    def _partials(self) -> list[float]:
        """The partial derivatives, a list of floats."""
        return list(self._parts)

    def __reduce__(self) -> tuple[Any, ...]:
        return tagged, (self._value, self._partials(), self._tag)


def tagged(value: float, derivative: Any, tag: int) -> Any:
    """A number of the derivative *tag*: a Dual for one derivative, a MultiDual for a sequence of them."""
    if isinstance(derivative, float):
        return new(value, derivative, tag)
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
        elif is_number(element):
            value[i] = element
            derivative[:, i] = 0.0
        else:
            return False
    return True
