"""Arrays of few elements with several directions, kept as what they consist of: one MultiDual for each element.

For up to a thousand elements that is several times faster than arrays of values and derivatives: an operation costs
one object for each element, and a loop over ``x[i]`` finds its elements ready.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from dual_autodiff import dual
from dual_autodiff.arrays.array import DualArray
from dual_autodiff.arrays.parts import from_parts
from dual_autodiff.dual import MultiDual, gathered, tagged
from dual_autodiff.operations import FUNCTIONS
from dual_autodiff.scalars.levels import is_scalar

__all__ = ["FEW", "ElementArray", "of_elements"]

#: Up to this many elements, an argument is kept as its elements, and so is what is computed with it.
FEW = 1024

_OF_OBJECTS: dict[str, Callable[..., Any]] = {
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "div": np.true_divide,
    "pow": np.power,
    "mod": np.remainder,
    "floordiv": np.floor_divide,
    "neg": np.negative,
    "fabs": np.absolute,
    "square": lambda x: np.power(x, 2),
    "cube": lambda x: np.power(x, 3),
    "where": np.frompyfunc(dual.where, 3, 1),
    **{name: np.frompyfunc(getattr(dual, name), 2, 1) for name in ("hypot", "atan2", "maximum", "minimum")},
    **{function.name: np.frompyfunc(getattr(dual, function.name), 1, 1) for function in FUNCTIONS},
}


class ElementArray(DualArray):
    """An array whose elements are MultiDuals of one derivative, in an array of objects.

    Its values and derivatives as arrays are made when they are asked for, and are read-only.
    """

    __slots__ = ("_array", "_list")
    _array: Any
    _list: list[Any] | None

    @property
    def _objects(self) -> Any:
        """The array of objects; made of the list of them when it is first asked for."""
        if self._list is not None:
            self._array, self._list = np.array(self._list, dtype=object), None
        return self._array

    def __init__(self) -> None:
        raise TypeError("an ElementArray is made by gradient and its like")

    def _planes(self) -> tuple[Any, Any]:
        flat = self._objects.reshape(-1).tolist()
        assert self._directions is not None
        value, slopes = np.empty(len(flat)), np.empty((self._directions, len(flat)))
        if not gathered(flat, value, slopes, self._tag):
            raise TypeError("an element belongs to another derivative than its array")
        value.flags.writeable = slopes.flags.writeable = False
        shape = self._objects.shape
        return value.reshape(shape), slopes.reshape((self._directions, *shape))

    @property
    def _value(self) -> Any:
        value = np.array(
            [each.value if type(each) is MultiDual else each for each in self._objects.reshape(-1).tolist()]
        )
        value.flags.writeable = False
        return value.reshape(self._objects.shape)

    @property
    def _derivative(self) -> Any:
        return self._planes()[1]

    @property
    def shape(self) -> tuple[int, ...]:
        """The lengths of the dimensions."""
        return self._objects.shape if self._list is None else (len(self._list),)

    def __len__(self) -> int:
        return len(self._objects if self._list is None else self._list)

    def _element(self, x: Any) -> Any:
        """An element as a MultiDual: constants stand among the objects as plain numbers."""
        return x if type(x) is MultiDual else tagged(float(x), [0.0] * (self._directions or 1), self._tag)

    def __getitem__(self, index: Any) -> Any:
        if self._list is not None and type(index) is int:
            return self._list[index]
        found = self._objects[index]
        if type(found) is MultiDual:
            return found
        return self._of(found) if isinstance(found, np.ndarray) else self._element(found)

    def __setitem__(self, index: Any, new: Any) -> None:
        if type(new) is ElementArray and new._tag == self._tag:
            self._objects[index] = new._objects
        elif isinstance(new, (float, int)) or (type(new) is MultiDual and new._tag == self._tag):
            self._objects[index] = new
        else:
            changed = self.copy()
            changed[index] = new
            self._objects[...] = changed.as_objects()

    def copy(self) -> DualArray:
        """Another array with the same numbers."""
        value, slopes = self._planes()
        return from_parts(value.copy(), slopes.copy(), self._directions, self._tag)  # type: ignore[no-any-return]

    def _store(self, result: Any) -> Any:
        if result is NotImplemented:
            return result
        if result.shape != self.shape or result._tag != self._tag:
            return super()._store(result)
        self._objects[...] = result._objects if type(result) is ElementArray else result.as_objects()
        return self

    def _elements_in_order(self) -> list[Any]:
        return [self._element(each) for each in self._objects.reshape(-1).tolist()]

    def _of(self, objects: Any) -> Any:
        return of_elements(objects, self._directions or 1, self._tag)

    def reshape(self, *shape: Any) -> Any:
        """The same elements in another shape; a view where NumPy makes one."""
        return self._of(self._objects.reshape(*shape))

    def ravel(self) -> Any:
        """The elements in one dimension; a view where NumPy makes one."""
        return self._of(self._objects.reshape(-1))

    def transpose(self, *axes: Any) -> Any:
        """The dimensions in another order, reversed if none is given; a view."""
        return self._of(self._objects.transpose(*axes))

    def sum(self, axis: Any = None, keepdims: bool = False) -> Any:
        """The sum over all elements or along *axis*."""
        found = np.sum(self._objects, axis=axis, keepdims=keepdims)
        return self._of(found) if isinstance(found, np.ndarray) else self._element(found)

    def mean(self, axis: Any = None, keepdims: bool = False) -> Any:
        """The mean over all elements or along *axis*."""
        total = self.sum(axis, keepdims)
        return total / (self.size / (1 if is_scalar(total) else total.size))

    def _of_elements(self, name: str, operands: Sequence[Any]) -> Any:
        """The operation *name* element by element; None where it is one for whole arrays."""
        function = _OF_OBJECTS.get(name)
        if function is None:
            return None
        given = []
        for x in operands:
            kind = type(x)
            if kind is ElementArray:
                if x._tag != self._tag or x._objects.size > FEW:
                    return None
                given.append(x._objects)
            elif kind is float or kind is int or _is_small_and_plain(x):
                given.append(x)
            elif kind is MultiDual and x._tag == self._tag:
                given.append(_array(x))
            else:
                return None
        if _too_many(given):
            return None
        try:
            return self._of(_array(function(*given)))
        except (ArithmeticError, ValueError):
            return None  # whole arrays have NumPy's values and warnings there


def _too_many(operands: Sequence[Any]) -> bool:
    """Whether operands of different shapes make more elements than few."""
    shapes = {x.shape for x in operands if isinstance(x, np.ndarray)}
    return len(shapes) > 1 and math.prod(np.broadcast_shapes(*shapes)) > FEW


def _is_small_and_plain(x: Any) -> bool:
    return type(x) is np.ndarray and x.dtype.kind in "fiub" and x.size <= FEW


def _array(x: Any) -> Any:
    """NumPy gives an object itself in place of an array of objects without dimensions."""
    if isinstance(x, np.ndarray):
        return x
    array = np.empty((), dtype=object)
    array[()] = x
    return array


def of_elements(objects: Any, count: int, tag: int) -> Any:
    """An array of *objects*, MultiDuals of *count* partial derivatives of the derivative *tag*, or plain numbers.

    A list of MultiDuals, one at least, is an array of one dimension.
    """
    new = object.__new__(ElementArray)
    new._directions, new._tag = count, tag
    new._array, new._list = (None, objects) if type(objects) is list else (objects, None)
    return new
