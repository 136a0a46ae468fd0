"""Many dual numbers in one object: an array of values and an array of derivatives.

Importing this module imports NumPy.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from numbers import Real
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from dual_autodiff._operations import COMPARISONS, OF_UFUNC, UFUNC_OF
from dual_autodiff._program import CompiledProgram, Step, compile_program
from dual_autodiff._run import run
from dual_autodiff.dual import Dual

__all__ = ["DualArray", "numbers_of", "of_arrays", "ufunc_of"]

Array: TypeAlias = npt.NDArray[np.float64]
Mask: TypeAlias = npt.NDArray[np.bool_]
Operand: TypeAlias = "DualArray | Dual | float | Real | npt.NDArray[Any]"


def numbers_of(name: str, x: Any, copy: bool | None = None) -> Array:
    """*x* as a C-contiguous array of doubles.

    :raises TypeError: it is no array of real numbers
    :raises ValueError: it is ragged, or would have to be copied and *copy* is False
    :raises OverflowError: it has an int too large for a float
    """
    if isinstance(x, DualArray) or (isinstance(x, (list, tuple)) and any(isinstance(e, (Dual, DualArray)) for e in x)):
        raise TypeError(f"{name} holds dual numbers, not numbers: use .value of a DualArray, or stack(...)")
    given = np.asarray(x)
    if given.dtype.kind == "O":
        for element in given.flat:
            if not isinstance(element, Real):
                raise TypeError(f"{name} is no array of real numbers: it holds {element!r}")
    elif given.dtype.kind not in "fiub":
        raise TypeError(f"{name} is no array of real numbers (its type is {given.dtype}): {x!r}")
    fits = given.dtype == np.float64 and given.dtype.isnative and given.flags.c_contiguous and given.flags.aligned
    if copy is False and not (fits and isinstance(x, np.ndarray)):
        raise ValueError(f"{name} cannot be used without a copy: it is no contiguous array of doubles")
    if fits and not copy:
        return given
    return np.array(given, dtype=np.float64, order="C")


class DualArray:
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

    __slots__ = ("__weakref__", "_derivative", "_directions", "_value")
    _value: Array
    _derivative: Array
    _directions: int | None

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
    def shape(self) -> tuple[int, ...]:
        """The lengths of the dimensions."""
        return self._value.shape

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
        return _from_parts, (np.array(self._value), np.array(self._derivative), self._directions)

    def __copy__(self) -> DualArray:
        return self.copy()

    def __deepcopy__(self, memo: object) -> DualArray:
        return self.copy()

    def copy(self) -> DualArray:
        """Another array with the same numbers."""
        return _from_parts(self._value.copy(), self._derivative.copy(), self._directions)

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
            return _from_parts(value, slope, None)
        whole = index if isinstance(index, tuple) else (index,)
        return _from_parts(np.asarray(value), self._derivative[(slice(None), *whole)], self._directions)

    def __setitem__(self, index: Any, new: Any) -> None:
        whole = index if isinstance(index, tuple) else (index,)
        value, slope = _parts(new)
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
        return _from_parts(value, slope, self._directions)

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
            return _from_parts(value, self._derivative.transpose(*axes), None)
        order = axes[0] if len(axes) == 1 and isinstance(axes[0], (tuple, list)) else axes
        order = order or tuple(range(self.ndim))[::-1]
        moved = self._derivative.transpose(0, *(axis % self.ndim + 1 for axis in order))
        return _from_parts(value, moved, self._directions)

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
        return _scalar_or_array(
            value, total(self._derivative, axis=self._along(axis), keepdims=keepdims), self._directions
        )

    def mean(self, axis: Any = None, keepdims: bool = False) -> Any:
        """The mean over all elements or along *axis*; all elements give a :class:`Dual`."""
        average: Any = np.mean
        value = average(self._value, axis=axis, keepdims=keepdims)
        slope = average(self._derivative, axis=self._along(axis), keepdims=keepdims)
        return _scalar_or_array(value, slope, self._directions)

    def min(self) -> Any:
        """The least element, with its derivative; the first of several, a nan before all."""
        return self.ravel()[int(self._value.argmin())]

    def max(self) -> Any:
        """The greatest element, with its derivative; the first of several, a nan before all."""
        return self.ravel()[int(self._value.argmax())]

    def dot(self, other: Any) -> Any:
        """``numpy.dot`` of two arrays of one or two dimensions."""
        return _product(self, other)

    def __matmul__(self, other: Any) -> Any:
        return _product(self, other) if isinstance(other, (DualArray, np.ndarray, list)) else NotImplemented

    def __rmatmul__(self, other: Any) -> Any:
        return _product(other, self) if isinstance(other, (np.ndarray, list)) else NotImplemented

    # NumPy's functions and ours

    def __dual_function__(self, name: str, arguments: tuple[Any, ...]) -> Any:
        result = _apply(name, arguments)
        if result is NotImplemented:
            wrong = next(a for a in arguments if _kind(a) is None)
            raise TypeError(f"argument is neither dual numbers nor numbers: {wrong!r}")
        return result

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        return ufunc_of(ufunc, method, inputs, kwargs)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        ours = _FUNCTIONS.get(function.__name__)
        if ours is None:
            raise TypeError(
                f"numpy.{function.__name__} is not supported for a DualArray: use .value to go on without derivatives"
            )
        return ours(*args, **kwargs)

    def __pos__(self) -> DualArray:
        return self.copy()

    def __add__(self, other: Operand, /) -> DualArray:
        return _apply("add", (self, other))  # type: ignore[no-any-return]

    def __radd__(self, other: Operand, /) -> DualArray:
        return _apply("add", (other, self))  # type: ignore[no-any-return]

    def __iadd__(self, other: Operand, /) -> DualArray:
        return self._store(_apply("add", (self, other)))

    def __sub__(self, other: Operand, /) -> DualArray:
        return _apply("sub", (self, other))  # type: ignore[no-any-return]

    def __rsub__(self, other: Operand, /) -> DualArray:
        return _apply("sub", (other, self))  # type: ignore[no-any-return]

    def __isub__(self, other: Operand, /) -> DualArray:
        return self._store(_apply("sub", (self, other)))

    def __mul__(self, other: Operand, /) -> DualArray:
        return _apply("mul", (self, other))  # type: ignore[no-any-return]

    def __rmul__(self, other: Operand, /) -> DualArray:
        return _apply("mul", (other, self))  # type: ignore[no-any-return]

    def __imul__(self, other: Operand, /) -> DualArray:
        return self._store(_apply("mul", (self, other)))

    def __truediv__(self, other: Operand, /) -> DualArray:
        return _apply("div", (self, other))  # type: ignore[no-any-return]

    def __rtruediv__(self, other: Operand, /) -> DualArray:
        return _apply("div", (other, self))  # type: ignore[no-any-return]

    def __itruediv__(self, other: Operand, /) -> DualArray:
        return self._store(_apply("div", (self, other)))

    def __pow__(self, other: Operand, /) -> DualArray:
        return _apply("pow", (self, other))  # type: ignore[no-any-return]

    def __rpow__(self, other: Operand, /) -> DualArray:
        return _apply("pow", (other, self))  # type: ignore[no-any-return]

    def __ipow__(self, other: Operand, /) -> DualArray:
        return self._store(_apply("pow", (self, other)))

    def __lt__(self, other: Operand, /) -> Mask:
        return _apply("less", (self, other))  # type: ignore[no-any-return]

    def __le__(self, other: Operand, /) -> Mask:
        return _apply("less_equal", (self, other))  # type: ignore[no-any-return]

    def __gt__(self, other: Operand, /) -> Mask:
        return _apply("greater", (self, other))  # type: ignore[no-any-return]

    def __ge__(self, other: Operand, /) -> Mask:
        return _apply("greater_equal", (self, other))  # type: ignore[no-any-return]

    def __eq__(self, other: object, /) -> Mask:  # type: ignore[override]
        return _apply("equal", (self, other))  # type: ignore[no-any-return]

    def __ne__(self, other: object, /) -> Mask:  # type: ignore[override]
        return _apply("not_equal", (self, other))  # type: ignore[no-any-return]

    def __neg__(self) -> DualArray:
        return _apply("neg", (self,))  # type: ignore[no-any-return]

    def __abs__(self) -> DualArray:
        return _apply("fabs", (self,))  # type: ignore[no-any-return]

    def sin(self) -> DualArray:
        """See :func:`dual_autodiff.sin`."""
        return _apply("sin", (self,))  # type: ignore[no-any-return]

    def cos(self) -> DualArray:
        """See :func:`dual_autodiff.cos`."""
        return _apply("cos", (self,))  # type: ignore[no-any-return]

    def tan(self) -> DualArray:
        """See :func:`dual_autodiff.tan`."""
        return _apply("tan", (self,))  # type: ignore[no-any-return]

    def asin(self) -> DualArray:
        """See :func:`dual_autodiff.asin`."""
        return _apply("asin", (self,))  # type: ignore[no-any-return]

    def acos(self) -> DualArray:
        """See :func:`dual_autodiff.acos`."""
        return _apply("acos", (self,))  # type: ignore[no-any-return]

    def atan(self) -> DualArray:
        """See :func:`dual_autodiff.atan`."""
        return _apply("atan", (self,))  # type: ignore[no-any-return]

    def sinh(self) -> DualArray:
        """See :func:`dual_autodiff.sinh`."""
        return _apply("sinh", (self,))  # type: ignore[no-any-return]

    def cosh(self) -> DualArray:
        """See :func:`dual_autodiff.cosh`."""
        return _apply("cosh", (self,))  # type: ignore[no-any-return]

    def tanh(self) -> DualArray:
        """See :func:`dual_autodiff.tanh`."""
        return _apply("tanh", (self,))  # type: ignore[no-any-return]

    def asinh(self) -> DualArray:
        """See :func:`dual_autodiff.asinh`."""
        return _apply("asinh", (self,))  # type: ignore[no-any-return]

    def acosh(self) -> DualArray:
        """See :func:`dual_autodiff.acosh`."""
        return _apply("acosh", (self,))  # type: ignore[no-any-return]

    def atanh(self) -> DualArray:
        """See :func:`dual_autodiff.atanh`."""
        return _apply("atanh", (self,))  # type: ignore[no-any-return]

    def exp(self) -> DualArray:
        """See :func:`dual_autodiff.exp`."""
        return _apply("exp", (self,))  # type: ignore[no-any-return]

    def exp2(self) -> DualArray:
        """See :func:`dual_autodiff.exp2`."""
        return _apply("exp2", (self,))  # type: ignore[no-any-return]

    def expm1(self) -> DualArray:
        """See :func:`dual_autodiff.expm1`."""
        return _apply("expm1", (self,))  # type: ignore[no-any-return]

    def log(self) -> DualArray:
        """See :func:`dual_autodiff.log`."""
        return _apply("log", (self,))  # type: ignore[no-any-return]

    def log2(self) -> DualArray:
        """See :func:`dual_autodiff.log2`."""
        return _apply("log2", (self,))  # type: ignore[no-any-return]

    def log10(self) -> DualArray:
        """See :func:`dual_autodiff.log10`."""
        return _apply("log10", (self,))  # type: ignore[no-any-return]

    def log1p(self) -> DualArray:
        """See :func:`dual_autodiff.log1p`."""
        return _apply("log1p", (self,))  # type: ignore[no-any-return]

    def sqrt(self) -> DualArray:
        """See :func:`dual_autodiff.sqrt`."""
        return _apply("sqrt", (self,))  # type: ignore[no-any-return]

    def cbrt(self) -> DualArray:
        """See :func:`dual_autodiff.cbrt`."""
        return _apply("cbrt", (self,))  # type: ignore[no-any-return]

    def erf(self) -> DualArray:
        """See :func:`dual_autodiff.erf`."""
        return _apply("erf", (self,))  # type: ignore[no-any-return]

    def erfc(self) -> DualArray:
        """See :func:`dual_autodiff.erfc`."""
        return _apply("erfc", (self,))  # type: ignore[no-any-return]

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


def _from_parts(value: Any, derivative: Any, directions: int | None) -> DualArray:
    new = object.__new__(DualArray)
    new._value, new._derivative, new._directions = value, derivative, directions
    return new


def _scalar_or_array(value: Any, slope: Any, directions: int | None) -> Any:
    if directions is None and not isinstance(value, np.ndarray):
        return Dual(float(value), float(slope))
    return _from_parts(np.asarray(value), np.asarray(slope), directions)


def _parts(x: Any) -> tuple[Any, Any]:
    if isinstance(x, DualArray):
        return x._value, x._derivative
    if isinstance(x, Dual):
        return x.real, x.dual
    return numbers_of("the new value", x), 0.0


def _kind(x: Any) -> str | None:
    """``d`` for dual numbers, ``a`` for an array of numbers, ``c`` for a number."""
    if isinstance(x, (DualArray, Dual)):
        return "d"
    if isinstance(x, np.ndarray):
        return (
            "a"
            if x.dtype.kind in "fiub" or (x.dtype.kind == "O" and all(isinstance(e, Real) for e in x.flat))
            else None
        )
    return "c" if isinstance(x, (float, int, Real)) else None


@lru_cache(maxsize=512)
def _operation(name: str, kinds: str, directions: int) -> tuple[CompiledProgram, tuple[Step, ...]]:
    """The program for one operation on operands of these kinds."""
    steps: list[Step] = []
    seeds: list[Any] = []
    planes = constants = 0
    for kind in kinds:
        if kind == "c":
            steps.append(("constant", (constants,)))
            constants += 1
        else:
            steps.append(("input", (len(seeds),)))
            seeds.append(None)
            planes += 1
    inputs = 0
    for kind in kinds:
        if kind == "d":
            seeds[inputs] = tuple(range(planes, planes + directions))
            planes += directions
        inputs += kind != "c"
    steps.append((name, tuple(range(len(kinds)))))
    dual = "d" in kinds
    program = compile_program(
        steps, range(planes), [len(kinds)], directions if dual else 1, constants, seeds, True, dual
    )
    return program, tuple(steps)


def _apply(name: str, operands: tuple[Any, ...]) -> Any:
    """An operation on operands of which one at least is an array; NotImplemented for an operand that is none."""
    operands = tuple(
        np.asarray(x) if isinstance(x, (list, tuple)) and not isinstance(x, DualArray) else x for x in operands
    )
    kinds = "".join(_kind(x) or "?" for x in operands)
    if "?" in kinds:
        return NotImplemented
    if name == "pow" and kinds[1] == "c" and operands[1] in (1, 2, 3, 4, -1):
        return _small_power(operands[0], operands[1])
    directions = {x._directions for x in operands if isinstance(x, DualArray)}
    if len(directions) > 1:
        raise ValueError("operands have different directions: they belong to different derivatives")
    count = next(iter(directions), None)
    shapes = [x.shape for x in operands if isinstance(x, (DualArray, np.ndarray))]
    shape = shapes[0] if len(set(shapes)) == 1 else np.broadcast_shapes(*shapes)
    values, slopes, constants = [], [], []
    for kind, x in zip(kinds, operands, strict=True):
        if kind == "c":
            constants.append(float(x))
        elif kind == "a":
            values.append(_plane(x, shape))
        elif isinstance(x, Dual):
            if count is not None:
                raise ValueError("a Dual cannot meet an array with several directions: they are different derivatives")
            values.append(np.full(shape, x.real).reshape(-1))
            slopes.append(np.full(shape, x.dual).reshape(-1))
        else:
            values.append(_plane(x._value, shape))
            if count is None:
                slopes.append(_plane(x._derivative, shape))
            else:
                slopes += [_plane(slope, shape) for slope in x._derivative]
    points = int(np.prod(shape)) if shape else 1
    if name in COMPARISONS or name in ("both", "either", "negate"):
        with np.errstate(invalid="ignore"):
            return getattr(np, UFUNC_OF[name])(
                *(x._value if isinstance(x, DualArray) else float(x) if isinstance(x, Dual) else x for x in operands)
            )
    program, steps = _operation(name, kinds, 1 if count is None else count)
    outputs = run(program, steps, values, values + slopes, constants, points)
    value = outputs[0].reshape(shape)
    if "d" not in kinds:
        return value
    if count is None:
        return _from_parts(value, outputs[1].reshape(shape), None)
    stacked = np.stack(outputs[1:]).reshape(count, *shape) if count else np.empty((0, *shape))
    return _from_parts(value, stacked, count)


def _small_power(x: Any, exponent: Any) -> Any:
    """The powers that are products."""
    if exponent == -1:
        return _apply("div", (1.0, x))
    if exponent == 1:
        return x.copy() if isinstance(x, DualArray) else np.array(x, dtype=float)
    if exponent == 4:
        return _apply("square", (_apply("square", (x,)),))
    return _apply("square" if exponent == 2 else "cube", (x,))


def _plane(x: Any, shape: tuple[int, ...]) -> Array:
    if x.shape != shape:
        x = np.broadcast_to(x, shape)
    return np.ascontiguousarray(x, dtype=np.float64).reshape(-1)


def of_arrays(name: str, arguments: tuple[Any, ...]) -> Any:
    """The package's function *name* of NumPy arrays: values only, by the same kernels."""
    result = _apply(name, arguments)
    if result is NotImplemented:
        wrong = next(a for a in arguments if _kind(a) is None)
        raise TypeError(f"argument is neither a Dual nor a number: {wrong!r}")
    return result


def ufunc_of(ufunc: Any, method: str, inputs: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
    """NumPy's *ufunc* of operands of which one is dual."""
    name = OF_UFUNC.get(ufunc.__name__)
    if ufunc.__name__ == "matmul" and method == "__call__" and not kwargs:
        return _product(*inputs)
    if ufunc.__name__ == "square":
        name, inputs = "pow", (*inputs, 2)
    if ufunc.__name__ == "reciprocal":
        name, inputs = "div", (1.0, *inputs)
    if ufunc.__name__ == "positive":
        return +inputs[0]
    if method == "reduce" and ufunc.__name__ == "add":
        return inputs[0].sum(**{key: value for key, value in kwargs.items() if value is not None})
    if method != "__call__" or name is None:
        what = ufunc.__name__ + ("" if method == "__call__" else f".{method}")
        raise TypeError(f"numpy.{what} is not supported for dual numbers: use .value to go on without derivatives")
    out = kwargs.get("out")
    if set(kwargs) - {"out"} or (out is not None and not isinstance(out[0], DualArray)):
        raise TypeError(
            f"numpy.{ufunc.__name__} of dual numbers takes no {', '.join(kwargs)}, except an out that is dual"
        )
    if all(not isinstance(x, DualArray) and np.ndim(x) == 0 for x in inputs):  # 0-d arrays count as numbers here
        return _of_scalars(name, tuple(x.item() if isinstance(x, (np.ndarray, np.generic)) else x for x in inputs))
    result = _apply(name, inputs)
    if result is NotImplemented:
        wrong = next(x for x in inputs if _kind(x) is None)
        raise TypeError(f"argument is neither dual numbers nor numbers: {wrong!r}")
    return result if out is None else out[0]._store(result)


def _of_scalars(name: str, inputs: tuple[Any, ...]) -> Any:
    import operator

    from dual_autodiff import dual

    operators = {"add": "add", "sub": "sub", "mul": "mul", "div": "truediv", "pow": "pow", "neg": "neg"}
    operators |= {
        "less": "lt",
        "less_equal": "le",
        "greater": "gt",
        "greater_equal": "ge",
        "equal": "eq",
        "not_equal": "ne",
    }
    numbers = tuple(x.item() if isinstance(x, np.generic) else x for x in inputs)
    if name in operators:
        return getattr(operator, operators[name])(*numbers)
    return getattr(dual, name)(*numbers)


def _product(x: Any, y: Any) -> Any:
    """The product of vectors and matrices, and its derivative ``x·y′ + x′·y``."""
    operands = [z if isinstance(z, DualArray) else numbers_of("operand", z) for z in (x, y)]
    first, second = (z._value if isinstance(z, DualArray) else z for z in operands)
    if not (1 <= first.ndim <= 2 and 1 <= second.ndim <= 2):
        raise ValueError(f"a product takes vectors and matrices: shapes are {first.shape} and {second.shape}")
    directions = {z._directions for z in operands if isinstance(z, DualArray)}
    if len(directions) > 1:
        raise ValueError("operands have different directions: they belong to different derivatives")
    (count,) = directions
    value = first @ second
    slope: Any = 0.0
    if isinstance(operands[0], DualArray):
        slope = operands[0]._derivative @ second
    if isinstance(operands[1], DualArray):
        derivative = operands[1]._derivative
        if count is None:
            slope = slope + first @ derivative
        elif second.ndim == 1:
            slope = slope + derivative @ (first.T if first.ndim == 2 else first)
        else:
            slope = slope + first @ derivative
    return _scalar_or_array(value, slope, count)


def _joined(function: Any) -> Any:
    def join(arrays: Any, axis: int = 0) -> DualArray:
        duals = [x if isinstance(x, DualArray) else DualArray(*_parts(x)) for x in arrays]
        counts: set[int | None] = {x._directions for x in duals if x._directions is not None} or {None}
        if len(counts) > 1:
            raise ValueError("arrays have different directions: they belong to different derivatives")
        (count,) = counts
        value = function([x._value for x in duals], axis=axis)
        if count is None:
            return _from_parts(value, function([x._derivative for x in duals], axis=axis), None)
        slopes = [x._derivative if x._directions else np.zeros((count, *x.shape)) for x in duals]
        return _from_parts(value, function(slopes, axis=axis % value.ndim + 1), count)

    return join


_FUNCTIONS: dict[str, Any] = {
    "sum": lambda x, axis=None, keepdims=False: x.sum(axis, keepdims),
    "mean": lambda x, axis=None, keepdims=False: x.mean(axis, keepdims),
    "amin": lambda x: x.min(),
    "amax": lambda x: x.max(),
    "min": lambda x: x.min(),
    "max": lambda x: x.max(),
    "dot": lambda x, y: _product(x, y) if np.ndim(x) and np.ndim(y) else x * y,
    "where": lambda condition, x, y: of_arrays("where", (np.asarray(condition), x, y)),
    "reshape": lambda x, shape: x.reshape(shape),
    "ravel": lambda x: x.ravel(),
    "transpose": lambda x, axes=None: x.transpose() if axes is None else x.transpose(axes),
    "shape": lambda x: x.shape,
    "ndim": lambda x: x.ndim,
    "size": lambda x: x.size,
    "copy": lambda x: x.copy(),
    "concatenate": _joined(np.concatenate),
    "stack": _joined(np.stack),
}
