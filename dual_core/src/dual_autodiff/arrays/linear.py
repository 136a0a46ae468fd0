"""NumPy's functions that are linear in one argument or in each of several: the derivative is the same function's."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy as np

from dual_autodiff.arrays.parts import Parts, as_array, element, split, top_of
from dual_autodiff.scalars.levels import NONE, tag_of

__all__ = ["columns", "is_dual", "join", "linear", "multilinear", "named", "product"]


def columns(slope: Any, count: int | None) -> list[Any]:
    """The derivatives, one for each direction."""
    return [slope] if count is None else [slope[j] for j in range(count)]


def _stacked(parts: list[Any], count: int | None) -> Any:
    return parts[0] if count is None else np.stack(parts)


def _results(value: Any, slopes: list[Any], count: int | None, tag: int) -> Any:
    """A dual result, or the list of them where NumPy gives a list."""
    if isinstance(value, (list, tuple)):
        return type(value)(_results(v, [s[j] for s in slopes], count, tag) for j, v in enumerate(value))
    return element(value, _stacked(slopes, count), count, tag)


def linear(function: Callable[..., Any]) -> Callable[..., Any]:
    """*function*, whose value is linear in its first argument, while all others say how and are no dual numbers."""

    def of_duals(x: Any, /, *args: Any, **kwargs: Any) -> Any:
        x = as_array(x)
        for name, argument in list(_bound(function, (x, *args), kwargs).items())[1:]:
            if is_dual(argument):
                raise TypeError(
                    f"{named(function)} has a rule for dual numbers as its first argument only, not as {name}: use "
                    f".value to go on without the derivatives of {name}"
                )
        if not isinstance(x, Parts):
            return function(x, *args, **kwargs)
        slopes = [function(slope, *args, **kwargs) for slope in columns(x._derivative, x._directions)]
        return _results(function(x._value, *args, **kwargs), slopes, x._directions, x._tag)

    return of_duals


#: Parameters that would make a function of a derivative another one than that of the value: memory that both would be
#: written into, another type for both, and constants, whose derivative is zero.
_OF_THE_VALUE_ALONE = frozenset({"out", "dtype", "casting", "like", "prepend", "append", "to_begin", "to_end"})


def _bound(function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
    """The arguments by their names, all of which the function treats alike in the value and in the derivatives.

    :raises TypeError: it does not take them, or one is for the value alone
    """
    parameters = _signature(function)
    try:
        given = kwargs if parameters is None else parameters.bind(*args, **kwargs).arguments
    except TypeError as error:
        raise TypeError(f"{named(function)} of dual numbers is not supported with these arguments: {error}") from None
    for name, argument in given.items():
        usual = argument is None or (name == "casting" and argument == "same_kind")
        if name in _OF_THE_VALUE_ALONE and not usual:
            raise TypeError(
                f"{named(function)} of dual numbers takes no {name}: leave it out, or use .value to go on without "
                f"derivatives"
            )
    return given


@cache
def _signature(function: Callable[..., Any]) -> inspect.Signature | None:
    try:
        return inspect.signature(function)
    except (TypeError, ValueError):  # some of older versions of NumPy tell nothing of it
        return None


def named(function: Any) -> str:
    """The name by which users know one of NumPy's functions."""
    module = getattr(function, "__module__", None) or "numpy"
    return f"{'numpy' if module.startswith('numpy._') else module}.{getattr(function, '__name__', function)}"


def multilinear(function: Callable[..., Any], fixed: int = 0) -> Callable[..., Any]:
    """*function*, linear in each of its arguments after the first *fixed*: the product rule."""

    def of_duals(*args: Any, **kwargs: Any) -> Any:
        _bound(function, args, kwargs)
        first, rest = args[:fixed], [as_array(x) for x in args[fixed:]]
        tag, count = top_of(rest)
        if tag == NONE:
            return function(*first, *rest, **kwargs)
        parts = [split(x, tag, count) for x in rest]
        values = [value for value, _ in parts]
        totals: list[Any] = [None] * (1 if count is None else count)
        for j, (_, slope) in enumerate(parts):
            if slope is None:
                continue
            for k, one in enumerate(columns(slope, count)):
                term = function(*first, *values[:j], one, *values[j + 1 :], **kwargs)
                totals[k] = term if totals[k] is None else totals[k] + term
        return element(function(*first, *values, **kwargs), _stacked(totals, count), count, tag)

    return of_duals


def join(function: Callable[..., Any]) -> Callable[..., Any]:
    """*function*, which puts a sequence of arrays together."""

    def of_duals(arrays: Any, /, *args: Any, **kwargs: Any) -> Any:
        _bound(function, (arrays, *args), kwargs)
        members = [as_array(x) for x in arrays]
        tag, count = top_of(members)
        if tag == NONE:
            return function(members, *args, **kwargs)
        parts = [split(x, tag, count) for x in members]
        values = [value for value, _ in parts]
        rows = [
            [np.zeros(np.shape(v)) if d is None else columns(d, count)[k] for v, d in parts]
            for k in range(1 if count is None else count)
        ]
        slopes = [function(row, *args, **kwargs) for row in rows]
        return element(function(values, *args, **kwargs), _stacked(slopes, count), count, tag)

    return of_duals


_product = multilinear(np.matmul)


def product(x: Any, y: Any) -> Any:
    """``x @ y``; several directions of vectors and matrices go through one product."""
    x, y = as_array(x), as_array(y)
    if not np.ndim(x) or not np.ndim(y):
        raise ValueError(f"a product takes arrays with dimensions: shapes are {np.shape(x)} and {np.shape(y)}")
    tag, count = top_of((x, y))
    (first, by_first), (second, by_second) = split(x, tag, count), split(y, tag, count)
    plain = all(z is None or isinstance(z, np.ndarray) for z in (first, by_first, second, by_second))
    if not plain or (count is not None and (first.ndim > 2 or second.ndim > 2)):
        return _product(x, y)
    slope: Any = None
    if count is None:
        slope = 0.0 if by_first is None else by_first @ second
        slope = slope if by_second is None else slope + first @ by_second
        return element(first @ second, slope, None, tag)
    if by_first is not None:
        slope = by_first @ second
    if by_second is not None:
        term = first @ by_second if second.ndim == 2 else by_second @ (first.T if first.ndim == 2 else first)
        slope = term if slope is None else slope + term
    return element(first @ second, slope, count, tag)


def is_dual(x: Any) -> bool:
    """Whether *x* is dual, or a sequence that holds what is."""
    if tag_of(x) > NONE:
        return True
    return isinstance(x, Sequence) and not isinstance(x, str) and any(map(is_dual, x))
