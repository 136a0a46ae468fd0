"""Derivatives of functions of one variable: at one point or at many."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import cache
from numbers import Real
from typing import TYPE_CHECKING, Any, overload

from dual_autodiff.derivatives import messages
from dual_autodiff.derivatives.calling import FAILURES, call, explain
from dual_autodiff.dual import Dual, variable
from dual_autodiff.scalars.levels import is_scalar, make, new_tag, parts_at, tag_of

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from dual_autodiff.arrays.array import DualArray
    from dual_autodiff.dual import MultiDual
    from dual_autodiff.scalars.levels import NestedDual

    Array = npt.NDArray[np.float64]

__all__ = ["derivative", "value_and_derivative"]


@overload
def derivative(
    f: Callable[..., Any], x: Dual | MultiDual | NestedDual | DualArray, *args: Any, order: int = 1, threads: int = 1
) -> Any: ...
@overload
def derivative(f: Callable[..., Any], x: float | Real, *args: Any, order: int = 1, threads: int = 1) -> float: ...
@overload
def derivative(f: Callable[..., Any], x: npt.ArrayLike, *args: Any, order: int = 1, threads: int = 1) -> Array: ...
def derivative(f: Callable[..., Any], x: Any, *args: Any, order: int = 1, threads: int = 1) -> Any:
    """``f′(x)``, exact to rounding.

    With a number, *f* is called with a :class:`Dual` and may branch and loop. With an array, *f* is called once with a
    stand-in that records what *f* does, and the record is run over all points block by block in cache, values and
    derivatives together. So *f* must be pointwise: a reduction, indexing or a condition on a value is refused, and
    ``where`` serves for branches. Arrays that *f* uses must broadcast to the shape of *x*.

    Derivatives nest: inside *f*, x and the dual numbers of an outer derivative may be used freely.

    >>> import dual_autodiff as df
    >>> df.derivative(lambda x: df.log(df.sin(x)) + x**2 * df.cos(x), 1.5)
    -1.9612372705533612
    >>> df.derivative(lambda x: x**3, 2.0, order=2)
    12.0
    >>> df.derivative(lambda x: x * df.derivative(lambda y: x + y, 1.0), 1.0)
    1.0

    :param f: a function of one variable, and of *args*
    :param x: a number, or an array of numbers of any shape
    :param args: what *f* is called with besides: constants
    :param order: 1 for the first derivative, 2 for the second, and so on
    :param threads: the most threads that share the points of an array, 1 or more
    :returns: a float, or a float64 array of *x*'s shape; dual where *x* or what *f* uses is of an outer derivative
    :raises NotPointwiseError: *f* does something with an array that is no operation on single points
    :raises TypeError: *x* is neither number nor array of numbers, or *f* does not return one number
    :raises ValueError: *threads* is no number of threads, or *order* no order
    """
    if type(order) is not int or order < 1:
        raise ValueError(f"order is no order of a derivative (an int, 1 or more): {order!r}")
    if order > 1 and is_scalar(x):
        return derivative(lambda y: derivative(f, y, *args, order=order - 1), x)
    if order > 1:
        return _at_many_points().of_order(f, x, args, order)
    return _evaluate(f, x, args, threads, with_value=False)[-1]


@overload
def value_and_derivative(
    f: Callable[..., Any], x: Dual | MultiDual | NestedDual | DualArray, *args: Any, threads: int = 1
) -> tuple[Any, Any]: ...
@overload
def value_and_derivative(
    f: Callable[..., Any], x: float | Real, *args: Any, threads: int = 1
) -> tuple[float, float]: ...
@overload
def value_and_derivative(
    f: Callable[..., Any], x: npt.ArrayLike, *args: Any, threads: int = 1
) -> tuple[Array, Array]: ...
def value_and_derivative(f: Callable[..., Any], x: Any, *args: Any, threads: int = 1) -> Any:
    """``f(x)`` and ``f′(x)`` in one pass; parameters and errors are those of :func:`derivative`.

    >>> import dual_autodiff as df
    >>> df.value_and_derivative(lambda x: x**3, 2.0)
    (8.0, 12.0)
    """
    return tuple(_evaluate(f, x, args, threads, with_value=True))


def _evaluate(f: Callable[..., Any], x: Any, extra: tuple[Any, ...], threads: int, with_value: bool) -> list[Any]:
    if not isinstance(threads, int) or threads < 1:
        raise ValueError(f"threads is no number of threads (an int, 1 or more): {threads!r}")
    numpy = sys.modules.get("numpy")  # an array is there only if somebody has imported it
    if numpy is not None and type(x) is numpy.ndarray:
        points: list[Any] = _at_many_points().evaluate(f, x, extra, threads, with_value)
        return points
    tag = new_tag()
    if isinstance(x, (float, int, Real)):
        try:  # as in calling.call, without the time of another call
            result = f(variable(float(x), tag), *extra)
        except FAILURES as error:
            explain(error)
            raise
        if type(result) is Dual and result._tag == tag:
            return [result.real, result.dual] if with_value else [result.dual]
    elif is_scalar(x):
        if tag_of(x) == 0:
            raise TypeError(f"x is a Dual that was made by hand, whose derivative is another one: use x.value: {x!r}")
        result = call(f, make(tag, x, (1.0,), True), *extra)
    else:
        found: list[Any] = _at_many_points().evaluate(f, x, extra, threads, with_value)
        return found
    value, slope = _of_result(f, result, tag)
    return [value, slope] if with_value else [slope]


def _of_result(f: Callable[..., Any], result: Any, tag: int) -> tuple[Any, Any]:
    """Value and derivative of what *f* returned."""
    messages.refuse_several(f, result)
    if not is_scalar(result):
        raise TypeError(f"{messages.name_of(f)} returned what is no number: {result!r}")
    if tag_of(result) == 0:
        raise TypeError(
            f"{messages.name_of(f)} returned a dual number that was made by hand and does not come from its argument: "
            f"{result!r}"
        )
    value, parts = parts_at(result, tag)
    return (float(value) if isinstance(value, Real) else value), 0.0 if parts is None else parts[0]


@cache
def _at_many_points() -> Any:
    """What evaluates arrays; it imports NumPy."""
    from dual_autodiff.pipeline import pointwise

    return pointwise
