"""Many dual numbers in one object: an array of values and an array of derivatives.

Importing this module imports NumPy.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator
from types import EllipsisType
from typing import TYPE_CHECKING, Any, Literal, overload

import numpy as np
import numpy.typing as npt

from dual_autodiff.arrays import by_name, elementwise, ufuncs
from dual_autodiff.arrays.linear import product
from dual_autodiff.arrays.numbers import Array, numbers_of
from dual_autodiff.arrays.operators import Operators
from dual_autodiff.arrays.parts import Parts, as_array, element, split
from dual_autodiff.arrays.parts import from_parts as make
from dual_autodiff.derivatives.calling import refuse_objects
from dual_autodiff.dual import Dual, elements
from dual_autodiff.scalars import dispatch
from dual_autodiff.scalars.levels import NONE, is_scalar, of_tag, tag_of

__all__ = ["DualArray"]


class DualArray(Parts, Operators):
    """Dual numbers in an array: values and derivatives, float64, of any number of dimensions.

    ``DualArray(x, 1.0)`` is the variable at the points *x*. Operators and functions work on all points as those of
    :class:`Dual` do on one, with NumPy's broadcasting, and with NumPy's values and warnings outside a function's
    domain. Slices are views that share memory, as in NumPy; a single element of an array is a :class:`Dual`.

    Comparisons compare values, element by element, and give masks (``==`` too, unlike a Dual's, which sees both parts).
    ``numpy.asarray(x)`` is an array of objects, a Dual for each element; an array of dual numbers never becomes one of
    plain numbers by itself, since its derivatives would be lost.

    >>> import numpy as np
    >>> x = DualArray([1.0, 2.0], 1.0)
    >>> x * x
    DualArray([1., 4.], [2., 4.])

    :param value: numbers
    :param derivative: numbers that broadcast to the shape of *value*
    :param copy: True copies; None copies where it must (other types, no contiguous array); False raises instead
    :raises TypeError: a part is no array of real numbers
    :raises ValueError: the derivative does not broadcast to the value's shape
    :raises OverflowError: an int is too large for a float
    """

    __slots__ = ()

    def __init__(self, value: npt.ArrayLike, derivative: npt.ArrayLike = 0.0, *, copy: bool | None = True) -> None:
        self._value = numbers_of("value", value, copy)
        shape = self._value.shape
        slope = numbers_of("derivative", derivative, copy if np.shape(derivative) == shape else None)
        if slope.shape != shape:
            try:
                slope = np.array(np.broadcast_to(slope, shape), order="C")
            except ValueError:
                raise ValueError(
                    f"derivative has shape {slope.shape}, which does not broadcast to the value's {shape}"
                ) from None
        self._derivative = slope
        self._directions = None
        self._tag = 0

    # What it is

    @property
    def value(self) -> Array:
        """The values; the array itself, no copy."""
        value: Array = self._value
        return value

    @property
    def derivative(self) -> Array:
        """The derivatives; the array itself, no copy. With several directions, their axis comes first."""
        derivative: Array = self._derivative
        return derivative

    @property
    def ndim(self) -> int:
        """The number of dimensions."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """The number of elements."""
        return math.prod(self.shape)

    @property
    def dtype(self) -> np.dtype[np.object_]:
        """The type of NumPy's array of the same elements, which are objects; values and derivatives are float64."""
        return np.dtype(object)

    @property
    def T(self) -> DualArray:
        """The transpose, a view."""
        return self.transpose()

    def __len__(self) -> int:
        return len(self._value)

    def __repr__(self) -> str:
        parts = [np.array2string(part, separator=", ", prefix="DualArray(") for part in (self._value, self._derivative)]
        return f"DualArray({', '.join(parts)})"

    def __reduce__(self) -> tuple[Any, ...]:
        return from_parts, (self._value.copy(), self._derivative.copy(), self._directions, self._tag)

    def __copy__(self) -> DualArray:
        return self.copy()

    def __deepcopy__(self, memo: object) -> DualArray:
        return self.copy()

    def copy(self) -> DualArray:
        """Another array with the same numbers."""
        return self._like(self._value.copy(), self._derivative.copy())

    def _like(self, value: Any, derivative: Any) -> DualArray:
        return from_parts(value, derivative, self._directions, self._tag)

    def as_objects(self, dtype: Any = None, copy: bool | None = None) -> npt.NDArray[Any]:
        """An array of objects, one dual number for each element.

        :raises TypeError: another type would lose the derivatives, or a function asks that fails on objects
        """
        if dtype is not None and np.dtype(dtype) != object:
            raise TypeError(
                f"a DualArray does not become an array of {np.dtype(dtype)} by itself, because its derivatives would "
                f"be lost: use .value for the values alone"
            )
        refuse_objects(sys._getframe(1))
        if copy is False:
            raise ValueError("a DualArray becomes an array of objects only by a copy")
        array = np.empty(self.size, dtype=object)
        array[:] = self._elements_in_order()
        return array.reshape(self.shape)

    if not TYPE_CHECKING:  # for type checkers this is no array of NumPy's: an array times it is a DualArray
        __array__ = as_objects

    def _elements_in_order(self) -> list[Any]:
        flat = self.ravel()
        if flat._directions and isinstance(flat._value, np.ndarray) and isinstance(flat._derivative, np.ndarray):
            return elements(np.ascontiguousarray(flat._value), np.ascontiguousarray(flat._derivative), self._tag)
        return [flat[j] for j in range(self.size)]

    def tolist(self) -> Any:
        """The elements in a list, or in lists of lists, or the only element of an array without dimensions."""
        return self.as_objects().tolist()

    def item(self, *index: Any) -> Any:
        """The only element, or the one at the index."""
        return self.as_objects().item(*index)

    def astype(self, dtype: Any, copy: bool = True) -> DualArray:
        """The array itself or a copy of it: it has no other type than its own.

        :raises TypeError: another type is asked for
        """
        if np.dtype(dtype) != object:
            raise TypeError(
                f"a DualArray does not become an array of {np.dtype(dtype)}, because its derivatives would be lost: "
                f"use .value for the values alone"
            )
        return self.copy() if copy else self

    def __bool__(self) -> bool:
        """Whether the only element is not zero, as for a Dual.

        :raises ValueError: there are more elements, or none
        """
        if self.size != 1:
            raise ValueError(
                f"the truth of an array of shape {self.shape} is ambiguous: use where(condition, x, y) to choose for "
                f"each element, or .value and any() or all()"
            )
        return bool(self.item())

    def __format__(self, spec: str) -> str:
        """Both parts with each number in the given format."""
        if not spec:
            return repr(self)
        return (
            repr(self)
            if not self.size
            else f"DualArray({_formatted(self._value, spec)}, {_formatted(self._derivative, spec)})"
        )

    __hash__ = None  # type: ignore[assignment]

    # Elements and shape

    @overload
    def __getitem__(self, index: int) -> Dual | DualArray: ...
    @overload
    def __getitem__(self, index: slice | EllipsisType | npt.NDArray[Any] | list[int] | None) -> DualArray: ...
    @overload
    def __getitem__(self, index: Any) -> Any: ...
    def __getitem__(self, index: Any) -> Any:
        """Part of the array: a view for slices, a scalar for one element, a :class:`Dual` for one derivative."""
        value = self._value[index]
        count = self._directions
        if count is None:
            slope = self._derivative[index]
        elif _is_basic(index):
            slope = self._derivative[(slice(None), *(index if isinstance(index, tuple) else (index,)))]
        else:
            slope = np.stack([one[index] for one in self._derivative])
        return element(value, slope, count, self._tag)

    def __setitem__(self, index: Any, new: Any) -> None:
        new = new if is_scalar(new) else as_array(new)
        if tag_of(new) > self._tag:
            raise TypeError(
                "the new value is dual in another derivative than this array: make the array with numpy.zeros_like of "
                "one that is dual in the same"
            )
        value, slope = split(new, self._tag, self._directions)
        if isinstance(self._value, np.ndarray) and tag_of(value) > NONE:
            raise TypeError(
                "the new value has the derivatives of an outer derivative, for which this array has no room"
            )
        if not _is_writeable(self._value) or not _is_writeable(self._derivative):
            raise ValueError("assignment destination is read-only")
        self._value[index] = value
        if self._directions is None:
            self._derivative[index] = 0.0 if slope is None else slope
            return
        for j in range(self._directions):
            self._derivative[j][index] = 0.0 if slope is None else slope[j]

    def __iter__(self) -> Iterator[Any]:
        if not self.ndim:
            raise TypeError("iteration over a 0-d array")
        return (self[j] for j in range(len(self)))

    def _reshaped(self, value: Any) -> DualArray:
        shape = value.shape if self._directions is None else (self._directions, *value.shape)
        return self._like(value, self._derivative.reshape(shape))

    def reshape(self, *shape: Any) -> DualArray:
        """The same elements in another shape; a view where NumPy makes one."""
        return self._reshaped(self._value.reshape(*shape))

    def ravel(self) -> DualArray:
        """The elements in one dimension; a view where NumPy makes one."""
        return self._reshaped(self._value.reshape(-1))

    def flatten(self) -> DualArray:
        """The elements in one dimension; a copy."""
        return self.ravel().copy()

    def transpose(self, *axes: Any) -> DualArray:
        """The dimensions in another order, reversed if none is given; a view."""
        value = self._value.transpose(*axes)
        if self._directions is None:
            return self._like(value, self._derivative.transpose(*axes))
        order = axes[0] if len(axes) == 1 and isinstance(axes[0], (tuple, list)) else axes
        order = order or tuple(range(self.ndim))[::-1]
        moved = self._derivative.transpose(0, *(axis % self.ndim + 1 for axis in order))
        return self._like(value, moved)

    # Reductions

    def _along(self, axis: Any) -> Any:
        """*axis* of the values as an axis of the derivatives."""
        if self._directions is None:
            return axis
        if axis is None:
            return tuple(range(1, self.ndim + 1))
        axes = axis if isinstance(axis, tuple) else (axis,)
        return tuple(a % self.ndim + 1 for a in axes)

    @overload
    def sum(self, axis: None = None, keepdims: Literal[False] = False) -> Dual: ...
    @overload
    def sum(self, axis: Any = None, keepdims: bool = False) -> Any: ...
    def sum(self, axis: Any = None, keepdims: bool = False) -> Any:
        """The sum over all elements or along *axis*; all elements give a :class:`Dual`."""
        value = np.sum(self._value, axis=axis, keepdims=keepdims)
        slope = np.sum(self._derivative, axis=self._along(axis), keepdims=keepdims)
        return element(value, slope, self._directions, self._tag)

    @overload
    def mean(self, axis: None = None, keepdims: Literal[False] = False) -> Dual: ...
    @overload
    def mean(self, axis: Any = None, keepdims: bool = False) -> Any: ...
    def mean(self, axis: Any = None, keepdims: bool = False) -> Any:
        """The mean over all elements or along *axis*; all elements give a :class:`Dual`."""
        value = np.mean(self._value, axis=axis, keepdims=keepdims)
        slope = np.mean(self._derivative, axis=self._along(axis), keepdims=keepdims)
        return element(value, slope, self._directions, self._tag)

    def dot(self, other: Any) -> Any:
        """``numpy.dot``."""
        dot: Any = np.dot  # whose types know no other arrays than NumPy's
        return dot(self, other)

    def __matmul__(self, other: Any) -> Any:
        return product(self, other) if elementwise.is_operand(other) and not is_scalar(other) else NotImplemented

    def __rmatmul__(self, other: Any) -> Any:
        return product(other, self) if elementwise.is_operand(other) and not is_scalar(other) else NotImplemented

    # NumPy's functions and ours

    def __dual_function__(self, name: str, arguments: tuple[Any, ...]) -> Any:
        result = elementwise.apply(name, arguments)
        if result is NotImplemented:
            wrong = next(a for a in arguments if not elementwise.is_operand(a))
            raise TypeError(f"argument is neither dual numbers nor numbers: {wrong!r}")
        return result

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        return ufuncs.ufunc_of(ufunc, method, inputs, kwargs)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        return by_name.function_of(function, args, kwargs)

    def __pos__(self) -> DualArray:
        return self.copy()

    def _apply(self, name: str, operands: tuple[Any, ...]) -> Any:
        return elementwise.apply(name, operands)

    _compare = _apply

    def _store(self, result: Any) -> Any:
        """The result of an in-place operator, written into this array's own memory."""
        if result is NotImplemented:
            return result
        if result.shape != self.shape:
            raise ValueError(
                f"an in-place operator cannot change the shape: {self.shape} becomes {result.shape} with this operand"
            )
        if result._directions != self._directions or result._tag != self._tag:
            raise ValueError("an in-place operator cannot bring in another derivative: write x = x + y, not x += y")
        if not _is_writeable(self._value) or not _is_writeable(self._derivative):
            raise ValueError("output array is read-only")
        self._value[...] = result._value
        self._derivative[...] = result._derivative
        return self


def _is_writeable(part: Any) -> bool:
    return part.flags.writeable if isinstance(part, np.ndarray) else True


def _is_basic(index: Any) -> bool:
    """Whether this index makes a view: its axes stay in order."""
    if type(index) is tuple:
        return all(each is None or each is Ellipsis or isinstance(each, (int, slice)) for each in index)
    return index is None or index is Ellipsis or isinstance(index, (int, slice))


def _formatted(part: Any, spec: str) -> str:
    return np.array2string(part, separator=", ", formatter={"all": lambda x: format(x, spec)})


def _methods() -> None:
    """Methods that are NumPy's functions of the same name."""

    def of(function: Any) -> Any:
        def method(self: DualArray, *args: Any, **kwargs: Any) -> Any:
            return function(self, *args, **kwargs)

        method.__doc__ = f"See :func:`numpy.{function.__name__}`."
        return method

    for name in ("prod", "var", "std", "min", "max", "argmin", "argmax", "cumsum", "cumprod", "clip", "squeeze"):
        setattr(DualArray, name, of(getattr(np, name)))
    for name in ("swapaxes", "diagonal", "trace", "repeat", "take", "argsort", "any", "all", "nonzero"):
        setattr(DualArray, name, of(getattr(np, name)))
    for name in ("round", "conjugate"):
        setattr(DualArray, name, of(getattr(np, name)))


def from_parts(value: Any, derivative: Any, directions: int | None, tag: int = 0) -> DualArray:
    """What pickles are read by."""
    made: DualArray = make(value, derivative, directions, tag)
    return made


Parts._made = DualArray
of_tag(DualArray, scalar=False)
_methods()
dispatch.serve(elementwise.of_arrays, ufuncs.ufunc_of, by_name.function_of)
