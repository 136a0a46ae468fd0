"""Products of vectors and matrices, and arrays put together."""

from __future__ import annotations

from typing import Any

import numpy as np

from dual_autodiff._numbers import numbers_of
from dual_autodiff._parts import Parts, from_parts, parts, scalar_or_array

__all__ = ["concatenate", "product", "stack"]


def product(x: Any, y: Any) -> Any:
    """The product of vectors and matrices, and its derivative ``x·y′ + x′·y``."""
    operands = [z if isinstance(z, Parts) else numbers_of("operand", z) for z in (x, y)]
    first, second = (z._value if isinstance(z, Parts) else z for z in operands)
    if not (1 <= first.ndim <= 2 and 1 <= second.ndim <= 2):
        raise ValueError(f"a product takes vectors and matrices: shapes are {first.shape} and {second.shape}")
    directions = {z._directions for z in operands if isinstance(z, Parts)}
    if len(directions) > 1:
        raise ValueError("operands have different directions: they belong to different derivatives")
    (count,) = directions
    value = first @ second
    slope: Any = 0.0
    if isinstance(operands[0], Parts):
        slope = operands[0]._derivative @ second
    if isinstance(operands[1], Parts):
        derivative = operands[1]._derivative
        if count is None:
            slope = slope + first @ derivative
        elif second.ndim == 1:
            slope = slope + derivative @ (first.T if first.ndim == 2 else first)
        else:
            slope = slope + first @ derivative
    return scalar_or_array(value, slope, count)


def _constant(value: Any, derivative: Any) -> Any:
    value = np.asarray(value)
    return from_parts(value, np.broadcast_to(derivative, value.shape), None)


def _joined(function: Any) -> Any:
    def join(arrays: Any, axis: int = 0) -> Any:
        duals = [x if isinstance(x, Parts) else _constant(*parts(x)) for x in arrays]
        counts: set[int | None] = {x._directions for x in duals if x._directions is not None} or {None}
        if len(counts) > 1:
            raise ValueError("arrays have different directions: they belong to different derivatives")
        (count,) = counts
        value = function([x._value for x in duals], axis=axis)
        if count is None:
            return from_parts(value, function([x._derivative for x in duals], axis=axis), None)
        slopes = [x._derivative if x._directions else np.zeros((count, *x.shape)) for x in duals]
        return from_parts(value, function(slopes, axis=axis % value.ndim + 1), count)

    return join


concatenate = _joined(np.concatenate)
stack = _joined(np.stack)
