"""NumPy's functions where they meet dual numbers: each by name, every other one refused by name."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from dual_autodiff import dual
from dual_autodiff.arrays import reductions
from dual_autodiff.arrays.elementwise import of_arrays
from dual_autodiff.arrays.kinds import refuse_other_arrays
from dual_autodiff.arrays.linear import join, linear, multilinear, named, product
from dual_autodiff.arrays.parts import Parts, as_array, base_value, is_dual_array
from dual_autodiff.arrays.ufuncs import rounded
from dual_autodiff.scalars.levels import is_scalar

__all__ = ["function_of", "has_rule"]

_LINEAR = """squeeze expand_dims swapaxes moveaxis rollaxis flip fliplr flipud rot90 roll diag diagflat diagonal
    trace cumsum repeat tile broadcast_to tril triu take take_along_axis delete resize split array_split hsplit
    vsplit dsplit real gradient matrix_transpose permute_dims"""
_JOINED = "concatenate stack vstack hstack dstack column_stack row_stack concat"
_PRODUCTS = "vdot inner outer tensordot kron cross convolve correlate"
#: Functions of the values alone: masks, places, numbers of elements.
_OF_VALUES = """argmin argmax argsort searchsorted digitize nonzero flatnonzero argwhere count_nonzero any all isclose
    allclose array_equal iscomplexobj isrealobj array_repr array_str signbit"""
_LINALG_PRODUCTS = "outer tensordot cross matmul vecdot"


def _pad(x: Any, pad_width: Any, mode: str = "constant", constant_values: Any = 0.0) -> Any:
    if mode == "constant":
        # Linear but for the constants, which are no part of the derivative.
        padded = linear(np.pad)(x, pad_width)
        edge = np.pad(np.zeros(np.shape(x)), pad_width, constant_values=constant_values)
        return padded + edge
    if mode not in ("edge", "reflect", "symmetric", "wrap"):
        raise TypeError(f"numpy.pad of dual numbers has no rule for mode={mode!r}")
    return linear(np.pad)(x, pad_width, mode=mode)


def _dot(x: Any, y: Any) -> Any:
    x, y = as_array(x), as_array(y)
    if not np.ndim(x) or not np.ndim(y):
        return x * y
    return product(x, y) if np.ndim(y) <= 2 else multilinear(np.dot)(x, y)


def _einsum(subscripts: str, *operands: Any, optimize: Any = False) -> Any:
    if not isinstance(subscripts, str):
        raise TypeError("numpy.einsum of dual numbers takes its subscripts as text")
    return multilinear(np.einsum, 1)(subscripts, *operands, optimize=optimize)


def _where(condition: Any, x: Any, y: Any) -> Any:
    if is_scalar(condition) and is_scalar(x) and is_scalar(y):
        return dual.where(bool(condition), x, y)
    refuse_other_arrays("numpy.where's condition", condition)
    mask = np.asarray(base_value(condition))
    return of_arrays("where", (mask, x if is_scalar(x) else as_array(x), y if is_scalar(y) else as_array(y)))


def _copyto(dst: Any, src: Any, casting: str = "same_kind", where: Any = True) -> None:
    if not is_dual_array(dst):
        raise TypeError(
            "numpy.copyto: dual numbers do not go into an array of plain numbers, because their derivatives would be "
            "lost: make the array with numpy.zeros_like of one that is dual, or give .value"
        )
    dst[...] = src if where is True else np.where(where, src, dst)


def _append(arr: Any, values: Any, axis: Any = None) -> Any:
    x, y = as_array(arr), as_array(values)
    return join(np.concatenate)([x.reshape(-1), y.reshape(-1)] if axis is None else [x, y], axis=axis or 0)


def _diff(a: Any, n: int = 1, axis: int = -1, prepend: Any = None, append: Any = None) -> Any:
    a = as_array(a)
    ends = [None if end is None else _as_row(end, a, axis) for end in (prepend, append)]
    return linear(np.diff)(np.concatenate([each for each in (ends[0], a, ends[1]) if each is not None], axis), n, axis)


def _as_row(end: Any, a: Any, axis: int) -> Any:
    """What stands before or after *a* along *axis*: a number serves for every line."""
    row = as_array(end)
    shape = list(np.shape(a))
    shape[axis] = 1
    return row if np.ndim(row) else np.broadcast_to(row, shape)


def _ediff1d(ary: Any, to_end: Any = None, to_begin: Any = None) -> Any:
    flat = as_array(ary).reshape(-1)
    ends = [None if end is None else as_array(end).reshape(-1) for end in (to_begin, to_end)]
    return np.concatenate([each for each in (ends[0], flat[1:] - flat[:-1], ends[1]) if each is not None])


def _compress(condition: Any, a: Any, axis: Any = None) -> Any:
    return linear(lambda x: np.compress(np.asarray(base_value(condition)), x, axis=axis))(a)


def _at_least(function: Callable[..., Any]) -> Callable[..., Any]:
    """NumPy's function for each of the arrays; several give a tuple."""

    def of_duals(*arys: Any) -> Any:
        found = tuple(linear(lambda x: function(x))(each) for each in arys)
        return found[0] if len(found) == 1 else found

    return of_duals


def _meshgrid(*xi: Any, indexing: str = "xy") -> list[Any]:
    rows = [as_array(x).reshape(-1) for x in xi]
    places: Any = [np.arange(len(row)) for row in rows]
    grids: Any = np.meshgrid(*places, indexing="ij" if indexing == "ij" else "xy")
    return [row[grid] for row, grid in zip(rows, grids, strict=True)]


def _sum(a: Any, axis: Any = None, keepdims: bool = False, where: Any = None) -> Any:
    a = as_array(a)
    return (a if where is None else np.where(where, a, 0.0)).sum(axis=axis, keepdims=keepdims)


def _without_nan(a: Any) -> Any:
    a = as_array(a)
    return np.where(np.isnan(base_value(a)), 0.0, a)


def _nanmean(a: Any, axis: Any = None, keepdims: bool = False) -> Any:
    a = as_array(a)
    counted = np.sum(~np.isnan(base_value(a)), axis=axis, keepdims=keepdims)
    return _sum(_without_nan(a), axis, keepdims) / counted


def _polyval(p: Any, x: Any) -> Any:
    value: Any = 0.0 * x
    for coefficient in as_array(p):
        value = value * x + coefficient
    return value


def _piecewise(x: Any, condlist: Any, funclist: Any) -> Any:
    x = as_array(x)
    conditions = [np.asarray(base_value(c), dtype=bool) for c in condlist]
    if len(funclist) == len(conditions) + 1:
        conditions.append(~np.any(conditions, axis=0))
    result = reductions.from_zero(x)
    for condition, function in zip(conditions, funclist, strict=True):
        result = np.where(condition, function(x) if callable(function) else function, result)
    return result


def _insert(arr: Any, obj: Any, values: Any, axis: Any = None) -> Any:
    return join(lambda pair: np.insert(pair[0], obj, pair[1], axis=axis))([arr, values])


def _apply_along_axis(func1d: Any, axis: int, arr: Any) -> Any:
    rows = np.moveaxis(as_array(arr), axis, -1)
    shape = rows.shape[:-1]
    found = np.stack([as_array(func1d(rows[index])) for index in np.ndindex(*shape)])
    inner = found.shape[1:]
    return np.moveaxis(found.reshape(shape + inner), -1, axis) if inner else found.reshape(shape)


def _shape(x: Any) -> tuple[int, ...]:
    return x.shape if isinstance(x, Parts) else np.shape(np.asarray(x, dtype=object))


def _imag(x: Any) -> Any:
    return reductions.from_zero(x) if np.ndim(x) else 0.0 * x


_BY_HAND: dict[str, Callable[..., Any]] = {
    **reductions.FUNCTIONS,
    "dot": _dot,
    "where": _where,
    "einsum": _einsum,
    "pad": _pad,
    "append": _append,
    "copyto": _copyto,
    "diff": _diff,
    "ediff1d": _ediff1d,
    "compress": _compress,
    "atleast_1d": _at_least(np.atleast_1d),
    "atleast_2d": _at_least(np.atleast_2d),
    "atleast_3d": _at_least(np.atleast_3d),
    "meshgrid": _meshgrid,
    "imag": _imag,
    "sum": _sum,
    "nansum": lambda a, axis=None, keepdims=False: _sum(_without_nan(a), axis, keepdims),
    "nanmean": _nanmean,
    "nan_to_num": lambda x: np.where(np.isfinite(x), x, np.nan_to_num(base_value(as_array(x)))),
    "polyval": _polyval,
    "piecewise": _piecewise,
    "insert": _insert,
    "apply_along_axis": _apply_along_axis,
    "mean": lambda a, axis=None, keepdims=False: as_array(a).mean(axis=axis, keepdims=keepdims),
    "reshape": lambda a, shape: as_array(a).reshape(shape),
    "ravel": lambda a: as_array(a).ravel(),
    "transpose": lambda a, axes=None: as_array(a).transpose() if axes is None else as_array(a).transpose(axes),
    "shape": lambda a: _shape(a),
    "ndim": lambda a: len(_shape(a)),
    "size": lambda a, axis=None: math.prod(_shape(a)) if axis is None else _shape(a)[axis],
    "copy": lambda a: as_array(a).copy() if np.ndim(a) else a,
    "round": lambda a: rounded(np.round, as_array(a)),
    "around": lambda a: rounded(np.round, as_array(a)),
    "fix": lambda x: rounded(np.trunc, as_array(x)),
    "sinc": lambda x: _sinc(as_array(x)),
    "result_type": lambda *arrays: np.dtype(object),
}


def _sinc(x: Any) -> Any:
    y = np.pi * np.where(base_value(x) == 0.0, 1.0, x)
    return np.where(base_value(x) == 0.0, 1.0 + 0.0 * x, np.sin(y) / y)


def _of_values(function: Callable[..., Any]) -> Callable[..., Any]:
    def of_duals(*args: Any, **kwargs: Any) -> Any:
        return function(*map(base_value, args), **{key: base_value(value) for key, value in kwargs.items()})

    return of_duals


def _table() -> dict[Any, tuple[Callable[..., Any], bool]]:
    """NumPy's functions with what does their work, and whether this has the signature that counts."""
    found: dict[Any, tuple[Callable[..., Any], bool]] = {}

    def enter(names: str, wrap: Callable[[Any], Any], module: Any = np) -> None:
        for name in names.split():
            function = getattr(module, name, None)  # some are in newer or older versions only
            if function is not None:
                found[function] = wrap(function), False

    enter(_LINEAR, linear)
    enter(_JOINED, join)
    enter(_PRODUCTS, multilinear)
    enter(_OF_VALUES, _of_values)
    enter(_LINALG_PRODUCTS, multilinear, np.linalg)
    for name, ours in _BY_HAND.items():
        function: Any = np
        for part in name.split("."):
            function = getattr(function, part, None)
        if function is not None:
            found[function] = ours, True
    return found


_TABLE = _table()


def has_rule(function: Any) -> bool:
    """Whether NumPy's *function* takes arrays of dual numbers."""
    try:
        return function in _TABLE
    except TypeError:  # it has no hash
        return False


def function_of(function: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
    """NumPy's *function* of arguments of which one is dual.

    :raises TypeError: it has no rule here, or not with these arguments
    """
    entry = _TABLE.get(function)
    if entry is None:
        raise TypeError(
            f"{named(function)} has no rule for dual numbers: use .value to go on without derivatives, or give the "
            f"function a rule with dual_autodiff.primitive"
        )
    ours, own_signature = entry
    given = {key: value for key, value in kwargs.items() if value is not np._NoValue}
    if own_signature:
        try:
            inspect.signature(ours).bind(*args, **given)
        except TypeError as error:
            raise TypeError(
                f"{named(function)} of dual numbers is not supported with these arguments ({error}): leave them out, "
                f"or use .value to go on without derivatives"
            ) from None
    return ours(*args, **given)
