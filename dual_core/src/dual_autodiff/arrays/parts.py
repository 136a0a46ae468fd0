"""What an array of dual numbers consists of: values, derivatives, directions, and the tag of its derivative."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Real
from typing import Any, ClassVar

import numpy as np

from dual_autodiff.arrays.kinds import refuse_other_arrays
from dual_autodiff.dual import gathered
from dual_autodiff.errors import NestedTraceError
from dual_autodiff.scalars import levels
from dual_autodiff.scalars.levels import NONE, is_scalar, make, parts_at, tag_of

__all__ = ["Parts", "as_array", "base_value", "element", "from_parts", "is_dual_array", "joined", "split", "top_of"]


class Parts:
    """Values, and derivatives of the same shape; with several directions, their axis comes first in the derivatives.

    Both are arrays of floats; in nested derivatives they are arrays of dual numbers of lesser tags.
    :class:`DualArray` stands above the operations, which make new ones here.
    """

    __slots__ = ("__weakref__", "_derivative", "_directions", "_tag", "_value")
    _value: Any
    _derivative: Any
    _directions: int | None
    _tag: int
    #: The class of what is made: :class:`DualArray` says so itself, and a user's subclass of it changes nothing.
    _made: ClassVar[type[Parts]]

    @property
    def shape(self) -> tuple[int, ...]:
        """The lengths of the dimensions."""
        return self._value.shape  # type: ignore[no-any-return]

    def _of_elements(self, name: str, operands: Sequence[Any]) -> Any:
        """The operation *name* element by element; None where it is one for whole arrays, as it is here."""
        return None


def is_dual_array(x: Any) -> bool:
    """Whether this is an array of dual numbers."""
    return isinstance(x, Parts)


def from_parts(value: Any, derivative: Any, directions: int | None, tag: int = 0) -> Any:
    """An array of dual numbers of the derivative *tag*."""
    new = object.__new__(Parts._made)
    new._value, new._derivative, new._directions, new._tag = value, derivative, directions, tag
    return new


def element(value: Any, derivative: Any, directions: int | None, tag: int) -> Any:
    """An array of what has dimensions, else a scalar."""
    if isinstance(value, (np.ndarray, Parts)):
        return from_parts(value, derivative, directions, tag)
    if not is_scalar(value):
        raise TypeError(f"no number is a part of a dual number: {value!r}")
    if directions is None:
        parts: Sequence[Any] = [_number(derivative)]
    else:
        parts = derivative.tolist() if isinstance(derivative, np.ndarray) else list(derivative)
    return make(tag, _number(value), parts, directions is None)


def _number(x: Any) -> Any:
    if isinstance(x, np.ndarray):
        return x.item()
    return float(x) if isinstance(x, np.generic) else x[()] if is_dual_array(x) else x


def joined(objects: Any) -> Any:
    """An array of Python objects as an array of numbers, dual if one of them is.

    :raises TypeError: an object is no number
    """
    # An array without dimensions is one object for NumPy.
    flat = [each[()] if is_dual_array(each) and not each.shape else each for each in objects.ravel().tolist()]
    for each in flat:
        if not is_scalar(each):
            raise TypeError(f"an array holds what is no number: {each!r}")
    top = max(map(tag_of, flat), default=NONE)
    if top == NONE:
        return np.array(flat, dtype=float).reshape(objects.shape)
    first = next(each for each in flat if tag_of(each) == top)
    if hasattr(type(first), "_tape"):
        raise NestedTraceError(first._tape)
    single = levels.is_single(first)
    count = len(parts_at(first, top)[1] or ())
    value, slopes = np.empty(len(flat)), np.empty((count, len(flat)))
    if not gathered(flat, value, slopes, top):
        split = [parts_at(each, top) for each in flat]
        value = joined(_objects([low for low, _ in split]))
        rows = [[0.0 if d is None else d[j] for _, d in split] for j in range(count)]
        slopes = np.stack([joined(_objects(row)) for row in rows])
    shape = objects.shape
    slope = slopes[0].reshape(shape) if single else slopes.reshape((count, *shape))
    return from_parts(value.reshape(shape), slope, None if single else count, top)


def _objects(items: Sequence[Any]) -> Any:
    array = np.empty(len(items), dtype=object)
    for j, item in enumerate(items):  # one by one: NumPy would ask each what array it is
        array[j] = item
    return array


def as_array(x: Any) -> Any:
    """Numbers, dual or plain, as an array of either; lists and arrays of objects are joined.

    :raises TypeError: it holds something else
    """
    if isinstance(x, Parts):
        return x
    if hasattr(type(x), "_tape"):
        raise NestedTraceError(x._tape)
    if isinstance(x, (list, tuple)) and any(isinstance(each, Parts) for each in x):
        return np.stack([as_array(each) for each in x])
    if isinstance(x, (list, tuple)) and any(tag_of(each) > NONE for each in x) and all(map(is_scalar, x)):
        return joined(_objects(x))
    if not isinstance(x, np.matrix):  # one is an array like others, except where it is multiplied
        refuse_other_arrays("an array", x)
    array = np.asarray(x)
    if array.dtype.kind == "O":
        return joined(array)
    if array.dtype.kind not in "fiub":
        raise TypeError(f"this is no array of real numbers (its type is {array.dtype}): {x!r}")
    return array


def top_of(operands: Sequence[Any]) -> tuple[int, int | None]:
    """The greatest tag of *operands* and the number of directions it has."""
    tag = max(map(tag_of, operands))
    counts = set()
    for x in operands:
        if tag_of(x) == tag:
            if isinstance(x, Parts):
                counts.add(x._directions)
            else:
                counts.add(None if levels.is_single(x) else len(parts_at(x, tag)[1] or ()))
    if len(counts) > 1:
        raise ValueError("operands have different directions: they belong to different derivatives")
    return tag, counts.pop() if counts else None


def split(x: Any, tag: int, count: int | None) -> tuple[Any, Any]:
    """Value and derivative of *x* in the derivative *tag*, the axis of *count* directions first; None if constant."""
    own = tag_of(x)
    if own < tag:
        return x, None
    if not isinstance(x, Parts):
        value, parts = parts_at(x, tag)
        if parts is None:
            return value, None
        return value, parts[0] if count is None else as_array(list(parts))
    if own == tag:
        return x._value, x._derivative
    value, slope = split(x._value, tag, count)
    derivative, second = split(x._derivative, tag, count)
    if slope is None and second is None:
        return x, None
    lower = from_parts(value, derivative, x._directions, own)
    slope, second = _or_zeros(slope, value, count), _or_zeros(second, derivative, count)
    if count is not None and x._directions is not None:
        second = np.moveaxis(second, 0, 1)
    return lower, from_parts(slope, second, x._directions, own)


def _or_zeros(slope: Any, value: Any, count: int | None) -> Any:
    return np.zeros(np.shape(value) if count is None else (count, *np.shape(value))) if slope is None else slope


def base_value(x: Any) -> Any:
    """The plain values below all levels."""
    while isinstance(x, Parts):
        x = x._value
    return levels.base(x) if is_scalar(x) and not isinstance(x, Real) else x
