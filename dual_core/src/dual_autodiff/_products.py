"""Products of vectors and matrices, and NumPy's functions of whole arrays."""

from __future__ import annotations

from typing import Any

import numpy as np

from dual_autodiff import _elementwise, array
from dual_autodiff._numbers import numbers_of

__all__ = ["FUNCTIONS", "product"]


def product(x: Any, y: Any) -> Any:
    """The product of vectors and matrices, and its derivative ``x·y′ + x′·y``."""
    operands = [z if isinstance(z, array.DualArray) else numbers_of("operand", z) for z in (x, y)]
    first, second = (z._value if isinstance(z, array.DualArray) else z for z in operands)
    if not (1 <= first.ndim <= 2 and 1 <= second.ndim <= 2):
        raise ValueError(f"a product takes vectors and matrices: shapes are {first.shape} and {second.shape}")
    directions = {z._directions for z in operands if isinstance(z, array.DualArray)}
    if len(directions) > 1:
        raise ValueError("operands have different directions: they belong to different derivatives")
    (count,) = directions
    value = first @ second
    slope: Any = 0.0
    if isinstance(operands[0], array.DualArray):
        slope = operands[0]._derivative @ second
    if isinstance(operands[1], array.DualArray):
        derivative = operands[1]._derivative
        if count is None:
            slope = slope + first @ derivative
        elif second.ndim == 1:
            slope = slope + derivative @ (first.T if first.ndim == 2 else first)
        else:
            slope = slope + first @ derivative
    return array.scalar_or_array(value, slope, count)


def _joined(function: Any) -> Any:
    def join(arrays: Any, axis: int = 0) -> array.DualArray:
        duals = [x if isinstance(x, array.DualArray) else array.DualArray(*array.parts(x)) for x in arrays]
        counts: set[int | None] = {x._directions for x in duals if x._directions is not None} or {None}
        if len(counts) > 1:
            raise ValueError("arrays have different directions: they belong to different derivatives")
        (count,) = counts
        value = function([x._value for x in duals], axis=axis)
        if count is None:
            return array.from_parts(value, function([x._derivative for x in duals], axis=axis), None)
        slopes = [x._derivative if x._directions else np.zeros((count, *x.shape)) for x in duals]
        return array.from_parts(value, function(slopes, axis=axis % value.ndim + 1), count)

    return join


FUNCTIONS: dict[str, Any] = {
    "sum": lambda x, axis=None, keepdims=False: x.sum(axis, keepdims),
    "mean": lambda x, axis=None, keepdims=False: x.mean(axis, keepdims),
    "amin": lambda x: x.min(),
    "amax": lambda x: x.max(),
    "min": lambda x: x.min(),
    "max": lambda x: x.max(),
    "dot": lambda x, y: product(x, y) if np.ndim(x) and np.ndim(y) else x * y,
    "where": lambda condition, x, y: _elementwise.of_arrays("where", (np.asarray(condition), x, y)),
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
