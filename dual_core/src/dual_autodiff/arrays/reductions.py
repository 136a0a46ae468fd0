"""NumPy's functions that are not linear: products, variances, extremes, orders, norms and solutions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from dual_autodiff.arrays.elementwise import apply
from dual_autodiff.arrays.parts import Parts, as_array, base_value, from_parts, is_dual_array

__all__ = ["FUNCTIONS"]


def _arrays(function: Callable[..., Any]) -> Callable[..., Any]:
    """*function* with its first argument as an array."""

    def of_duals(x: Any, /, *args: Any, **kwargs: Any) -> Any:
        return function(as_array(x), *args, **kwargs)

    of_duals.__wrapped__ = function  # type: ignore[attr-defined]  # for its signature
    return of_duals


def _lined_up(x: Any, axis: Any) -> tuple[Any, int]:
    """*x* with the axes that are reduced as its last one, and that axis's length."""
    if axis is None:
        return x.reshape(-1), x.size
    axes = sorted(a % x.ndim for a in (axis if isinstance(axis, tuple) else (axis,)))
    kept = [a for a in range(x.ndim) if a not in axes]
    moved = x.transpose(*kept, *axes)
    shape = moved.shape[: len(kept)]
    length = int(np.prod(moved.shape[len(kept) :], dtype=int))
    return moved.reshape(*shape, length), length


def _kept(result: Any, x: Any, axis: Any, keepdims: bool) -> Any:
    if not keepdims:
        return _scalar(result)
    axes = range(x.ndim) if axis is None else [a % x.ndim for a in (axis if isinstance(axis, tuple) else (axis,))]
    shape = tuple(1 if a in axes else length for a, length in enumerate(x.shape))
    return as_array(result).reshape(shape)


def _prod(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    line, length = _lined_up(x, axis)
    result: Any = np.ones(line.shape[:-1]) if length == 0 else line[..., 0]
    for j in range(1, length):
        result = result * line[..., j]
    return _kept(result, x, axis, keepdims)


def _cumprod(x: Any, axis: Any = None) -> Any:
    line = x.reshape(-1) if axis is None else np.moveaxis(x, axis, -1)
    found: list[Any] = []
    for j in range(line.shape[-1]):
        found.append(line[..., j] if not found else found[-1] * line[..., j])
    return np.stack(found, axis=-1 if axis is None else axis)


def _var(x: Any, axis: Any = None, ddof: float = 0, keepdims: bool = False) -> Any:
    _, length = _lined_up(x, axis)
    rest = x - np.mean(x, axis=axis, keepdims=True)
    return np.sum(rest * rest, axis=axis, keepdims=keepdims) / (length - ddof)


def _std(x: Any, axis: Any = None, ddof: float = 0, keepdims: bool = False) -> Any:
    variance = _var(x, axis, ddof, keepdims)
    # That of one number is 0 everywhere, while a root has no derivative at 0.
    return 0.0 * variance if _lined_up(x, axis)[1] == 1 and ddof == 0 else np.sqrt(variance)


def _extreme(choose: Callable[..., Any]) -> Callable[..., Any]:
    def extreme(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
        line, length = _lined_up(x, axis)
        if length == 0:
            raise ValueError("an array without elements has no least or greatest one")
        at = choose(base_value(line), axis=-1)
        if line.ndim == 1:
            return _kept(line[int(at)], x, axis, keepdims)
        return _kept(_taken(line, at[..., np.newaxis])[..., 0], x, axis, keepdims)

    return extreme


def _taken(line: Any, at: Any) -> Any:
    """The elements of the last axis at the places *at*."""
    return np.take_along_axis(line, at, -1)


_min, _max = _extreme(np.argmin), _extreme(np.argmax)


def _ptp(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    return _max(x, axis, keepdims) - _min(x, axis, keepdims)


def _sort(x: Any, axis: Any = -1, kind: Any = None) -> Any:
    line = x.reshape(-1) if axis is None else np.moveaxis(x, axis, -1)
    found = _taken(line, np.argsort(base_value(line), axis=-1, kind=kind or "stable"))
    return found if axis is None else np.moveaxis(found, -1, axis)


def _median(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    line, length = _lined_up(x, axis)
    line = _sort(line)
    middle = length // 2
    found = line[..., middle] if length % 2 else (line[..., middle - 1] + line[..., middle]) / 2.0
    return _kept(found, x, axis, keepdims)


def _clip(x: Any, a_min: Any = None, a_max: Any = None, *, min: Any = None, max: Any = None) -> Any:
    low, high = a_min if min is None else min, a_max if max is None else max
    x = x if low is None else np.maximum(x, low)
    return x if high is None else np.minimum(x, high)


def _average(x: Any, axis: Any = None, weights: Any = None, keepdims: bool = False) -> Any:
    if weights is None:
        return np.mean(x, axis=axis, keepdims=keepdims)
    heavy = as_array(weights)
    if axis is not None and heavy.ndim == 1 and x.ndim > 1:
        heavy = heavy.reshape(tuple(-1 if a == axis % x.ndim else 1 for a in range(x.ndim)))
    total = np.sum(heavy * np.ones(x.shape), axis=axis, keepdims=keepdims)
    return np.sum(x * heavy, axis=axis, keepdims=keepdims) / total


def _trapezoid(y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1) -> Any:
    y = np.moveaxis(y, axis, -1)
    if x is None:
        steps = dx
    else:
        x = as_array(x)
        steps = (
            x[1:] - x[:-1] if x.ndim == 1 else np.moveaxis(x, axis, -1)[..., 1:] - np.moveaxis(x, axis, -1)[..., :-1]
        )
    return np.sum(steps * (y[..., 1:] + y[..., :-1]) / 2.0, axis=-1)


def _interp(x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None) -> Any:
    x, xp, fp = as_array(x), as_array(xp), as_array(fp)
    places, at = base_value(xp), base_value(x)
    j = np.clip(np.searchsorted(places, at, side="right") - 1, 0, len(places) - 2)
    share = (x - xp[j]) / (xp[j + 1] - xp[j])
    inside = fp[j] + share * (fp[j + 1] - fp[j])
    below, above = fp[0] if left is None else left, fp[-1] if right is None else right
    return _scalar(np.where(at < places[0], below, np.where(at > places[-1], above, inside)))


def _scalar(x: Any) -> Any:
    return x[()] if is_dual_array(x) and not x.ndim else x


def _norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    of_vector = axis is None and ord in (None, 2, "fro") and (x.ndim == 1 or ord != 2)
    if of_vector or (isinstance(axis, tuple) and len(axis) == 2 and ord in (None, "fro")):
        ord = "flat"
    elif x.ndim != 1 and (axis is None or isinstance(axis, tuple)):
        raise TypeError(f"numpy.linalg.norm of a matrix of dual numbers has no rule for ord={ord!r}")
    size = abs(x)
    if ord in ("flat", None, 2):
        largest = float(np.max(base_value(size), initial=0.0))
        scale = largest if 0.0 < largest < np.inf else 1.0  # without overflow on the way
        small = x / scale
        return np.sqrt(np.sum(small * small, axis=axis, keepdims=keepdims)) * scale
    if ord == np.inf or ord == -np.inf:
        return (_max if ord > 0 else _min)(size, axis, keepdims)
    if ord == 1:
        return np.sum(size, axis=axis, keepdims=keepdims)
    if ord == 0:
        raise TypeError("numpy.linalg.norm of dual numbers has no rule for ord=0, which counts")
    return np.sum(size**ord, axis=axis, keepdims=keepdims) ** (1.0 / ord)


def _solve(a: Any, b: Any) -> Any:
    """``a⁻¹ b``; its derivative is ``a⁻¹ (b′ - a′ x)``."""
    from dual_autodiff.arrays.linear import columns
    from dual_autodiff.arrays.parts import element, split, top_of

    a, b = as_array(a), as_array(b)
    tag, count = top_of((a, b))
    (matrix, by_matrix), (right, by_right) = split(a, tag, count), split(b, tag, count)
    x = np.linalg.solve(matrix, right)
    slopes = []
    for k in range(1 if count is None else count):
        rest: Any = 0.0
        if by_right is not None:
            rest = columns(by_right, count)[k]
        if by_matrix is not None:
            rest = rest - columns(by_matrix, count)[k] @ x
        slopes.append(np.linalg.solve(matrix, rest))
    return element(x, slopes[0] if count is None else np.stack(slopes), count, tag)


def _inv(a: Any) -> Any:
    return _solve(a, np.broadcast_to(np.eye(a.shape[-1]), a.shape).copy())


def _det(a: Any) -> Any:
    """The determinant; its derivative is that of cofactors, so that a singular matrix has one too."""
    n = a.shape[-1]
    if n == 0:
        return np.ones(a.shape[:-2])
    if n == 1:
        return a[..., 0, 0]
    if n == 2:
        return a[..., 0, 0] * a[..., 1, 1] - a[..., 0, 1] * a[..., 1, 0]
    if a.ndim > 2:
        return np.stack([as_array(_det(each)) for each in a])
    return _det_from(np.linalg.det(a._value), _cofactors(a._value), a)


def _det_from(value: Any, cofactors: Any, a: Any) -> Any:
    """A determinant's *value*, with the sum of *cofactors* times the derivatives of the matrices *a*."""
    from dual_autodiff.arrays.parts import element

    return element(value, np.sum(cofactors * a._derivative, axis=(-2, -1)), a._directions, a._tag)


def _cofactors(a: Any) -> Any:
    """``det(A)·A⁻ᵀ``, which a singular matrix has too."""
    if not isinstance(a, Parts):
        left, sizes, right = np.linalg.svd(a)
        others = np.array([np.prod(np.delete(sizes, j)) for j in range(len(sizes))])
        return np.linalg.det(left) * np.linalg.det(right) * (left * others) @ right
    plain = base_value(a)
    if np.linalg.cond(plain) < 1e8:
        return _det(a) * _inv(a).T
    n = len(plain)
    rest: Any = a
    rows = []
    for i in range(n):
        minors = [np.delete(np.delete(rest, i, axis=0), j, axis=1) for j in range(n)]
        rows += [(-1.0) ** (i + j) * np.linalg.det(minor) for j, minor in enumerate(minors)]
    return as_array(rows).reshape(n, n)


def _slogdet(a: Any) -> Any:
    """The sign, and the logarithm of the size, which needs no determinant that a float can hold."""
    sign, logarithm = np.linalg.slogdet(a._value)
    inverse = np.linalg.inv(a._value)
    return base_value(sign), _det_from(logarithm, inverse.swapaxes(-1, -2), a)


def _matrix_power(a: Any, n: int) -> Any:
    if n == 0:
        return from_zero(a) + np.eye(a.shape[-1])
    if n < 0:
        return _matrix_power(_inv(a), -n)
    result = a
    for _ in range(n - 1):
        result = result @ a
    return result


def from_zero(x: Any, value: Any = 0.0) -> Any:
    """An array like *x*, of constants, which takes derivatives like those of *x* when it is assigned to."""
    x = as_array(x)
    if not isinstance(x, Parts):
        return np.full_like(x, value)
    level = from_zero(x._value, value) if isinstance(x._value, Parts) else np.full(x.shape, float(value))
    if isinstance(x._derivative, Parts):
        return from_parts(level, from_zero(x._derivative), x._directions, x._tag)
    return from_parts(level, np.zeros(np.shape(x._derivative)), x._directions, x._tag)


def _full_like(x: Any, fill_value: Any) -> Any:
    made = from_zero(x)
    if is_dual_array(made):
        made[...] = fill_value
        return made
    return np.full(np.shape(x), fill_value)


def _select(condlist: Any, choicelist: Any, default: Any = 0.0) -> Any:
    result = default
    for condition, choice in list(zip(condlist, choicelist, strict=True))[::-1]:
        result = apply("where", (np.asarray(base_value(condition)), as_array(choice), as_array(result)))
    return result


def _linspace(start: Any, stop: Any, num: int = 50, endpoint: bool = True) -> Any:
    steps = np.arange(num) / max(num - 1 if endpoint else num, 1)
    return as_array(start) + (as_array(stop) - as_array(start)) * steps


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "prod": _arrays(_prod),
    "cumprod": _arrays(_cumprod),
    "var": _arrays(_var),
    "std": _arrays(_std),
    "min": _arrays(_min),
    "max": _arrays(_max),
    "amin": _arrays(_min),
    "amax": _arrays(_max),
    "ptp": _arrays(_ptp),
    "sort": _arrays(_sort),
    "median": _arrays(_median),
    "clip": _clip,
    "average": _arrays(_average),
    "trapezoid": _arrays(_trapezoid),
    "trapz": _arrays(_trapezoid),
    "interp": _interp,
    "select": _select,
    "linspace": _linspace,
    "zeros_like": _arrays(lambda x: from_zero(x)),
    "ones_like": _arrays(lambda x: from_zero(x, 1.0)),
    "empty_like": _arrays(lambda x: from_zero(x)),
    "full_like": _full_like,
    "linalg.norm": _arrays(_norm),
    "linalg.solve": _solve,
    "linalg.inv": _arrays(_inv),
    "linalg.det": _arrays(_det),
    "linalg.slogdet": _arrays(_slogdet),
    "linalg.matrix_power": _arrays(_matrix_power),
}
