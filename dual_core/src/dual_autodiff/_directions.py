"""Functions of many variables: all directions in one pass, along a hidden axis of the derivatives."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from dual_autodiff._numbers import numbers_of
from dual_autodiff._parts import from_parts
from dual_autodiff._products import stack
from dual_autodiff.array import DualArray
from dual_autodiff.dual import Dual

__all__ = ["gradient", "jacobian", "jvp"]


def gradient(f: Callable[..., Any], x: Sequence[Any]) -> Any:
    """See :func:`dual_autodiff.gradient`."""
    if not x:
        raise TypeError("gradient takes at least one argument for f")
    arguments = [numbers_of("x", argument) for argument in x]
    result = f(*_variables(arguments))
    value, slopes = _value_and_slopes(result, sum(argument.size for argument in arguments))
    if value.size != 1:
        raise ValueError(f"f's value is no single number (its shape is {value.shape}): use jacobian")
    flat = slopes.reshape(-1)
    parts = np.split(flat, np.cumsum([argument.size for argument in arguments])[:-1])
    gradients = tuple(
        part.reshape(argument.shape) if argument.ndim else float(part[0])
        for part, argument in zip(parts, arguments, strict=True)
    )
    return gradients[0] if len(gradients) == 1 else gradients


def jacobian(f: Callable[[Any], Any], x: Any) -> Any:
    """See :func:`dual_autodiff.jacobian`."""
    argument = numbers_of("x", x)
    value, slopes = _value_and_slopes(f(*_variables([argument])), argument.size)
    return np.ascontiguousarray(np.moveaxis(slopes, 0, -1)).reshape(*value.shape, *argument.shape)


def jvp(f: Callable[[Any], Any], x: Any, v: Any) -> tuple[Any, Any]:
    """See :func:`dual_autodiff.jvp`."""
    argument, direction = numbers_of("x", x), numbers_of("v", v)
    several = direction.ndim == argument.ndim + 1
    if direction.shape[several:] != argument.shape:
        raise ValueError(
            f"v has shape {direction.shape}, x has {argument.shape}: v is one direction of x's shape or more"
        )
    stacked = direction if several else direction[np.newaxis]
    value, slopes = _value_and_slopes(f(from_parts(argument.copy(), stacked.copy(), len(stacked))), len(stacked))
    return value, slopes if several else slopes[0]


def _variables(arguments: list[Any]) -> list[DualArray]:
    """Each argument with the unit directions of all of them."""
    total = sum(argument.size for argument in arguments)
    unit, first, variables = np.eye(total), 0, []
    for argument in arguments:
        directions = np.ascontiguousarray(unit[:, first : first + argument.size]).reshape(total, *argument.shape)
        variables.append(from_parts(argument.copy(), directions, total))
        first += argument.size
    return variables


def _value_and_slopes(result: Any, count: int) -> tuple[Any, Any]:
    """The value of f's result and its derivatives, the axis of directions first."""
    if isinstance(result, (list, tuple)):
        rows = [
            part
            if isinstance(part, DualArray)
            else from_parts(number := numbers_of("f's value", part), np.zeros((count, *number.shape)), count)
            for part in result
        ]
        result = stack(rows)
    if isinstance(result, DualArray) and result._directions == count:
        return result._value, result._derivative
    if isinstance(result, (Dual, DualArray)):
        raise TypeError(f"f returns dual numbers that do not come from its argument: {result!r}")
    value = numbers_of("f's value", result)
    return value, np.zeros((count, *value.shape))
