"""Functions of many variables: directions along a hidden axis of the derivatives, in chunks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from numbers import Real
from typing import Any

import numpy as np

from dual_autodiff.arrays.numbers import numbers_of
from dual_autodiff.arrays.parts import Parts, as_array, from_parts, is_dual_array, split
from dual_autodiff.derivatives import messages
from dual_autodiff.derivatives.calling import call
from dual_autodiff.derivatives.variables import chunks, few, variable
from dual_autodiff.dual import MultiDual
from dual_autodiff.errors import NestedTraceError
from dual_autodiff.scalars.levels import NONE, is_scalar, new_tag, parts_at, tag_of

__all__ = ["gradient", "hessian", "hvp", "jacobian", "jvp", "value_and_gradient"]


def gradient(f: Callable[..., Any], x: Sequence[Any], argnums: Any) -> Any:
    """See :func:`dual_autodiff.gradient`."""
    return value_and_gradient(f, x, argnums)[1]


def value_and_gradient(f: Callable[..., Any], x: Sequence[Any], argnums: Any) -> tuple[Any, Any]:
    """See :func:`dual_autodiff.value_and_gradient`."""
    if len(x) == 1 and argnums is None:
        numbers: Any = x[0] if type(x[0]) is list else x[0].tolist() if _is_vector(x[0]) else ()
        if 0 < len(numbers) <= 32 and all(type(number) is float for number in numbers):
            return _of_few(f, numbers)
    places, arguments, sizes = _arguments(f, x, argnums)
    slopes = []
    value: Any = None
    for tag, count, variables in _passes(x, places, arguments, sizes):
        value, found = _one_value(f, call(f, *variables), tag, count)
        slopes += found
    return value, _shaped(slopes, arguments, argnums)


def _is_vector(x: Any) -> bool:
    return type(x) is np.ndarray and x.ndim == 1 and x.dtype == np.float64 and x.size <= 32


def _of_few(f: Callable[..., Any], numbers: list[float]) -> tuple[Any, Any]:
    """The shortest way for what is asked for most often: one vector of few numbers."""
    tag, count = new_tag(), len(numbers)
    result = call(f, few(numbers, 0, count, tag))
    if type(result) is MultiDual and result._tag == tag:
        return result.value, np.array(result._partials())
    value, slopes = _one_value(f, result, tag, count)
    return value, _stacked(slopes)


def _arguments(f: Callable[..., Any], x: Sequence[Any], argnums: Any) -> tuple[list[int], list[Any], list[int]]:
    """Which arguments to differentiate by, each as an array or a number, and how many numbers it holds."""
    if not x:
        raise TypeError("there is no argument to differentiate by")
    chosen = range(len(x)) if argnums is None else argnums if isinstance(argnums, tuple) else (argnums,)
    for place in chosen:
        if type(place) is not int or not -len(x) <= place < len(x):
            raise ValueError(f"argnums names no argument: {place!r} of {len(x)}")
    places = [place % len(x) for place in chosen]
    if len(set(places)) < len(places) or not places:
        raise ValueError(f"argnums names an argument twice, or none: {argnums!r}")
    arguments = [_argument(x[place]) for place in places]
    return places, arguments, [1 if _is_number(argument) else argument.size for argument in arguments]


def _argument(x: Any) -> Any:
    if tag_of(x) == 0:
        raise TypeError(
            f"x is a {type(x).__name__} that was made by hand, whose derivative is another one: use x.value"
        )
    if is_scalar(x):
        return float(x) if isinstance(x, Real) else x
    if isinstance(x, Parts) or _holds_duals(x):
        return as_array(x)
    return numbers_of("x", x)


def _holds_duals(x: Any) -> bool:
    if hasattr(type(x), "_tape"):
        raise NestedTraceError(x._tape)
    if isinstance(x, np.ndarray):
        return x.dtype.kind == "O" and any(tag_of(each) > NONE for each in x.flat)
    return isinstance(x, (list, tuple)) and any(_holds_duals(each) or tag_of(each) > NONE for each in x)


def _is_number(x: Any) -> bool:
    return not isinstance(x, (np.ndarray, Parts))


def _passes(x: Sequence[Any], places: list[int], arguments: list[Any], sizes: list[int]) -> Any:
    """For each chunk of directions: its tag, their number and the arguments for the function."""
    for begin, end in chunks(sum(sizes), sum(sizes)):
        tag, count = new_tag(), max(end - begin, 1)
        given, first = list(x), begin
        for place, argument, size in zip(places, arguments, sizes, strict=True):
            given[place] = variable(argument, first, count, tag)
            first -= size
        yield tag, count, given


def _one_value(f: Callable[..., Any], result: Any, tag: int, count: int) -> tuple[Any, list[Any]]:
    """Value and derivatives of what *f* returned, one number."""
    if (isinstance(result, np.ndarray) or is_dual_array(result)) and result.size == 1:
        result = as_array(result).reshape(-1)[0]
    messages.refuse_several(f, result)
    if not is_scalar(result):
        raise TypeError(f"{messages.name_of(f)} returned what is no number: {result!r}")
    _refuse_by_hand(f, result)
    value, parts = parts_at(result, tag)
    return float(value) if isinstance(value, Real) else value, [0.0] * count if parts is None else list(parts)


def _refuse_by_hand(f: Callable[..., Any], result: Any) -> None:
    if tag_of(result) == 0:
        raise TypeError(
            f"{messages.name_of(f)} returned dual numbers that were made by hand and do not come from its argument: "
            f"{result!r}"
        )


def _stacked(slopes: list[Any]) -> Any:
    """Derivatives as an array, dual if one of them is."""
    return as_array(slopes) if any(tag_of(slope) > NONE for slope in slopes) else np.array(slopes, dtype=float)


def _shaped(slopes: list[Any], arguments: list[Any], argnums: Any) -> Any:
    found, first = [], 0
    for argument in arguments:
        if _is_number(argument):
            found.append(slopes[first])
            first += 1
        else:
            part = _stacked(slopes[first : first + argument.size])
            found.append(part.reshape(argument.shape))
            first += argument.size
    return found[0] if len(found) == 1 and not isinstance(argnums, tuple) else tuple(found)


def jacobian(f: Callable[..., Any], x: Sequence[Any], argnums: Any) -> Any:
    """See :func:`dual_autodiff.jacobian`."""
    places, arguments, sizes = _arguments(f, x, argnums)
    parts = []
    for tag, count, variables in _passes(x, places, arguments, sizes):
        parts.append(_values(f, call(f, *variables), tag, count)[1])
    total = parts[0] if len(parts) == 1 else np.concatenate(parts)
    found, first = [], 0
    for argument, size in zip(arguments, sizes, strict=True):
        rows = np.moveaxis(total[first : first + size], 0, -1)
        shape = np.shape(rows)[:-1] + (() if _is_number(argument) else argument.shape)
        found.append(rows.copy().reshape(shape))
        first += size
    return found[0] if len(found) == 1 and not isinstance(argnums, tuple) else tuple(found)


def _values(f: Callable[..., Any], result: Any, tag: int, count: int) -> tuple[Any, Any]:
    """The values and derivatives of what *f* returned, the axis of directions first."""
    if result is None:
        messages.refuse_several(f, result)
    try:
        whole = result if is_scalar(result) else as_array(result)
    except NestedTraceError:
        raise
    except (TypeError, ValueError) as error:
        raise TypeError(f"{messages.name_of(f)} returned no array of numbers: {error}") from None
    _refuse_by_hand(f, whole)
    value, slope = split(whole, tag, count)
    value = value if isinstance(value, Parts) else as_array(value)
    return value, np.zeros((count, *value.shape)) if slope is None else slope


def jvp(f: Callable[..., Any], x: Any, v: Any, extra: Sequence[Any]) -> tuple[Any, Any]:
    """See :func:`dual_autodiff.jvp`."""
    argument = _argument(x)
    whole = as_array(argument)
    direction = as_array(v) if _holds_duals(v) or isinstance(v, Parts) or tag_of(v) > NONE else numbers_of("v", v)
    several = direction.ndim == whole.ndim + 1
    if direction.shape[several:] != whole.shape:
        raise ValueError(f"v has shape {direction.shape}, x has {whole.shape}: v is one direction of x's shape or more")
    stacked = direction if several else direction.reshape((1, *direction.shape))
    value: Any = None
    products = []
    for begin, end in chunks(len(stacked), whole.size):
        tag = new_tag()
        given = from_parts(whole.copy(), stacked[begin:end].copy(), end - begin, tag)
        value, slope = _values(f, call(f, given if whole.ndim else given[()], *extra), tag, end - begin)
        products.append(slope)
    product = products[0] if len(products) == 1 else np.concatenate(products)
    return value[()], product if several else product[0]


def hessian(f: Callable[..., Any], x: Sequence[Any], argnums: Any) -> Any:
    """See :func:`dual_autodiff.hessian`."""
    if type(argnums) is not int or not -len(x) <= argnums < len(x):
        raise ValueError(f"argnums names no argument: {argnums!r} of {len(x)}")
    before, after = x[: argnums % len(x)], x[argnums % len(x) + 1 :]
    place = len(before)
    found = jacobian(lambda y: gradient(f, (*before, y, *after), place), (x[place],), None)
    return found.item() if isinstance(found, np.ndarray) and not found.ndim else found


def hvp(f: Callable[..., Any], x: Any, v: Any, extra: Sequence[Any]) -> Any:
    """See :func:`dual_autodiff.hvp`."""
    if np.shape(v) != np.shape(x):
        raise ValueError(f"v has shape {np.shape(v)}, x has {np.shape(x)}: the product is with one vector of x's shape")
    return jvp(lambda y: gradient(f, (y, *extra), 0), x, v, ())[1]
