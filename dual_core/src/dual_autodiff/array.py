"""Many dual numbers in one object: an array of values and an array of derivatives.

Importing this module imports NumPy.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from dual_autodiff import _dispatch, _elementwise, _numpy
from dual_autodiff._numbers import Array, numbers_of
from dual_autodiff._operators import Operators
from dual_autodiff._parts import Parts, parts, scalar_or_array
from dual_autodiff._parts import from_parts as make
from dual_autodiff._products import product
from dual_autodiff.dual import Dual

__all__ = ["DualArray"]


class DualArray(Parts, Operators):
    """Dual numbers in an array: values and derivatives, float64, of any number of dimensions.

    ``DualArray(x, 1.0)`` is the variable at the points *x*. Operators and functions work on all points as those of
    :class:`Dual` do on one, with NumPy's broadcasting, and with NumPy's values and warnings outside a function's
    domain. Slices are views that share memory, as in NumPy; a single element of an array is a :class:`Dual`.

    Comparisons compare values, element by element, and give masks (``==`` too, unlike a Dual's, which sees both parts).
    ``numpy.asarray(x)`` is the value and drops the derivative, as ``float`` does with a Dual.

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

    # What it is

    @property
    def value(self) -> Array:
        """The values; the array itself, no copy."""
        return self._value

    @property
    def derivative(self) -> Array:
        """The derivatives; the array itself, no copy. With several directions, their axis comes first."""
        return self._derivative

    @property
    def ndim(self) -> int:
        """The number of dimensions."""
        return self._value.ndim

    @property
    def size(self) -> int:
        """The number of elements."""
        return self._value.size

    @property
    def dtype(self) -> np.dtype[np.float64]:
        """float64."""
        return self._value.dtype

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
        return from_parts, (np.array(self._value), np.array(self._derivative), self._directions)

    def __copy__(self) -> DualArray:
        return self.copy()

    def __deepcopy__(self, memo: object) -> DualArray:
        return self.copy()

    def copy(self) -> DualArray:
        """Another array with the same numbers."""
        return from_parts(self._value.copy(), self._derivative.copy(), self._directions)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> npt.NDArray[Any]:
        """The value; the derivative is dropped."""
        if copy:
            return np.array(self._value, dtype=dtype)
        if copy is False and dtype is not None and np.dtype(dtype) != self._value.dtype:
            raise ValueError("the values cannot become another type without a copy")
        return self._value if dtype is None else self._value.astype(dtype, copy=False)

    def __bool__(self) -> bool:
        """As for NumPy's arrays: only where there is one element."""
        return bool(self._value)

    def __float__(self) -> float:
        """The value of the only element; the derivative is dropped."""
        if self.size != 1:
            raise TypeError(f"only an array of one element can become a float: its shape is {self.shape}")
        return float(self._value.reshape(()))

    __hash__ = None  # type: ignore[assignment]

    # Elements and shape

    def __getitem__(self, index: Any) -> Any:
        """Part of the array: a view for slices, a :class:`Dual` for one element (0-d with several directions)."""
        value = self._value[index]
        if self._directions is None:
            slope = self._derivative[index]
            if not isinstance(value, np.ndarray):
                return Dual(float(value), float(slope))
            return from_parts(value, slope, None)
        whole = index if isinstance(index, tuple) else (index,)
        return from_parts(np.asarray(value), self._derivative[(slice(None), *whole)], self._directions)

    def __setitem__(self, index: Any, new: Any) -> None:
        whole = index if isinstance(index, tuple) else (index,)
        value, slope = parts(new)
        if isinstance(new, DualArray) and new._directions != self._directions:
            raise ValueError("a part of an array cannot have other directions than the array")
        if not self._value.flags.writeable or not self._derivative.flags.writeable:
            raise ValueError("assignment destination is read-only")
        self._value[index] = value
        self._derivative[whole if self._directions is None else (slice(None), *whole)] = slope

    def __iter__(self) -> Iterator[Any]:
        if not self.ndim:
            raise TypeError("iteration over a 0-d array")
        return (self[j] for j in range(len(self)))

    def _reshaped(self, value: Array) -> DualArray:
        slope = self._derivative.reshape(value.shape if self._directions is None else (self._directions, *value.shape))
        return from_parts(value, slope, self._directions)

    def reshape(self, *shape: Any) -> DualArray:
        """The same elements in another shape; a view where NumPy makes one."""
        return self._reshaped(self._value.reshape(*shape))

    def ravel(self) -> DualArray:
        """The elements in one dimension; a view where NumPy makes one."""
        return self._reshaped(self._value.reshape(-1))

    def transpose(self, *axes: Any) -> DualArray:
        """The dimensions in another order, reversed if none is given; a view."""
        value = self._value.transpose(*axes)
        if self._directions is None:
            return from_parts(value, self._derivative.transpose(*axes), None)
        order = axes[0] if len(axes) == 1 and isinstance(axes[0], (tuple, list)) else axes
        order = order or tuple(range(self.ndim))[::-1]
        moved = self._derivative.transpose(0, *(axis % self.ndim + 1 for axis in order))
        return from_parts(value, moved, self._directions)

    # Reductions

    def _along(self, axis: Any) -> Any:
        """*axis* of the values as an axis of the derivatives."""
        if self._directions is None:
            return axis
        if axis is None:
            return tuple(range(1, self.ndim + 1))
        axes = axis if isinstance(axis, tuple) else (axis,)
        return tuple(a % self.ndim + 1 for a in axes)

    def sum(self, axis: Any = None, keepdims: bool = False) -> Any:
        """The sum over all elements or along *axis*; all elements give a :class:`Dual`."""
        total: Any = np.sum
        value = total(self._value, axis=axis, keepdims=keepdims)
        return scalar_or_array(
            value, total(self._derivative, axis=self._along(axis), keepdims=keepdims), self._directions
        )

    def mean(self, axis: Any = None, keepdims: bool = False) -> Any:
        """The mean over all elements or along *axis*; all elements give a :class:`Dual`."""
        average: Any = np.mean
        value = average(self._value, axis=axis, keepdims=keepdims)
        slope = average(self._derivative, axis=self._along(axis), keepdims=keepdims)
        return scalar_or_array(value, slope, self._directions)

    def min(self) -> Any:
        """The least element, with its derivative; the first of several, a nan before all."""
        return self.ravel()[int(self._value.argmin())]

    def max(self) -> Any:
        """The greatest element, with its derivative; the first of several, a nan before all."""
        return self.ravel()[int(self._value.argmax())]

    def dot(self, other: Any) -> Any:
        """``numpy.dot`` of two arrays of one or two dimensions."""
        return product(self, other)

    def __matmul__(self, other: Any) -> Any:
        return product(self, other) if isinstance(other, (DualArray, np.ndarray, list)) else NotImplemented

    def __rmatmul__(self, other: Any) -> Any:
        return product(other, self) if isinstance(other, (np.ndarray, list)) else NotImplemented

    # NumPy's functions and ours

    def __dual_function__(self, name: str, arguments: tuple[Any, ...]) -> Any:
        result = _elementwise.apply(name, arguments)
        if result is NotImplemented:
            wrong = next(a for a in arguments if _elementwise.kind(a) is None)
            raise TypeError(f"argument is neither dual numbers nor numbers: {wrong!r}")
        return result

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        return _numpy.ufunc_of(ufunc, method, inputs, kwargs)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        ours = _numpy.FUNCTIONS.get(function.__name__)
        if ours is None:
            raise TypeError(
                f"numpy.{function.__name__} is not supported for a DualArray: use .value to go on without derivatives"
            )
        return ours(*args, **kwargs)

    def __pos__(self) -> DualArray:
        return self.copy()

    def _apply(self, name: str, operands: tuple[Any, ...]) -> Any:
        return _elementwise.apply(name, operands)

    _compare = _apply

    def _store(self, result: Any) -> DualArray:
        """The result of an in-place operator, written into this array's own memory."""
        if result is NotImplemented:
            return result  # type: ignore[no-any-return]
        if result.shape != self.shape:
            raise ValueError(
                f"an in-place operator cannot change the shape: {self.shape} becomes {result.shape} with this operand"
            )
        if result._directions != self._directions:
            raise ValueError("an in-place operator cannot change the number of directions")
        if not self._value.flags.writeable or not self._derivative.flags.writeable:
            raise ValueError("output array is read-only")
        self._value[...] = result._value
        self._derivative[...] = result._derivative
        return self


def from_parts(value: Any, derivative: Any, directions: int | None) -> DualArray:
    """What pickles are read by."""
    made: DualArray = make(value, derivative, directions)
    return made


Parts._made = DualArray
_dispatch.serve(_elementwise.of_arrays, _numpy.ufunc_of)
