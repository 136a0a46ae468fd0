"""autograd's checks of derivatives, made of dual_autodiff's forward mode and central differences."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import dual_autodiff as df
import numpy as np

__all__ = ["TALLY", "Unserved", "WrongDerivative", "check_grads", "combo_check", "equivalent", "is_close"]

#: Step and tolerance of autograd's own checks.
STEP, TOLERANCE = 1e-6, 1e-6

#: How many checks of the running test had real arguments, and how many complex ones, which are refused.
TALLY = {"checked": 0, "complex refused": 0}


class WrongDerivative(AssertionError):
    """A derivative that came without an error and is wrong."""


class Unserved(Exception):
    """What the test uses is no part of forward mode, or of this stand-in."""


def is_close(a: Any, b: Any) -> bool:
    """As autograd's ``scalar_close``."""
    return bool(abs(a - b) < TOLERANCE or abs(a - b) / abs(a + b) < TOLERANCE)


def equivalent(x: Any, y: Any) -> None:
    """Two values are the same to the tolerance."""
    if isinstance(x, (tuple, list)):
        for one, other in zip(x, y, strict=True):
            equivalent(one, other)
    elif np.shape(x) != np.shape(y) or not np.allclose(x, y, rtol=2 * TOLERANCE, atol=TOLERANCE):
        raise WrongDerivative(f"{x!r} is not {y!r}")


def leaves(tree: Any) -> Iterator[Any]:
    """The numbers and arrays in lists and tuples."""
    if isinstance(tree, (list, tuple)):
        for branch in tree:
            yield from leaves(branch)
    else:
        yield tree


def rebuilt(tree: Any, parts: Iterator[Any]) -> Any:
    """The same lists and tuples with other leaves."""
    if isinstance(tree, (list, tuple)):
        return type(tree)(rebuilt(branch, parts) for branch in tree)
    return next(parts)


def is_complex(x: Any) -> bool:
    return np.iscomplexobj(x)


def check_grads(f: Callable[..., Any], argnum: Any = 0, modes: Any = None, order: int = 2) -> Callable[..., None]:
    """autograd's check of a function, by first derivatives in forward mode whatever modes and order it asks for."""
    several = isinstance(argnum, (tuple, list))

    def at(*arguments: Any, **named: Any) -> None:
        chosen = list(argnum) if several else [argnum]

        def of_chosen(parts: Sequence[Any]) -> Any:
            whole = list(arguments)
            for index, part in zip(chosen, parts, strict=True):
                whole[index] = part
            return f(*whole, **named)

        _check(of_chosen, [arguments[index] for index in chosen])

    return at


def combo_check(f: Callable[..., Any], argnum: Any = 0, *_: Any, **__: Any) -> Callable[..., None]:
    """autograd's check of all combinations of the arguments given."""

    def at(*arguments: Any, **named: Any) -> None:
        for chosen in itertools.product(*arguments):
            for values in itertools.product(*named.values()):
                check_grads(f, argnum)(*chosen, **dict(zip(named, values, strict=True)))

    return at


def _check(f: Callable[[Any], Any], x: Any) -> None:
    parts = list(leaves(x))
    if any(is_complex(part) for part in parts):
        _check_refusal(parts)
        return
    draw = np.random.RandomState(7)
    directions = [draw.randn(*np.shape(part)) for part in parts]
    wanted = _difference(f, x, parts, directions)
    _compare_eager(f, x, (parts, directions), wanted)
    _compare("jvp", _jvp(f, x, parts, directions), wanted)
    TALLY["checked"] += 1


def _check_refusal(parts: list[Any]) -> None:
    """There are no complex dual numbers: to make one is a TypeError."""
    for part in parts:
        if is_complex(part):
            try:
                df.DualArray(part, 1.0)
            except TypeError:
                continue
            raise WrongDerivative(f"complex dual numbers: {part!r}")
    TALLY["complex refused"] += 1


def _difference(f: Any, x: Any, parts: list[Any], directions: list[Any]) -> list[Any]:
    def moved(by: float) -> list[Any]:
        pairs = zip(parts, directions, strict=True)
        shifted = [part + by * v if np.ndim(part) else float(part + by * v) for part, v in pairs]
        return [np.asarray(y, dtype=float) for y in leaves(f(rebuilt(x, iter(shifted))))]

    return [(a - b) / STEP for a, b in zip(moved(STEP / 2), moved(-STEP / 2), strict=True)]


def _eager(f: Any, x: Any, parts: list[Any], directions: list[Any]) -> list[Any]:
    duals = [
        df.DualArray(part, v) if np.ndim(part) else df.Dual(float(part), float(v))
        for part, v in zip(parts, directions, strict=True)
    ]
    return [_slope(y) for y in leaves(f(rebuilt(x, iter(duals))))]


def _compare_eager(f: Any, x: Any, pairs: tuple[list[Any], list[Any]], wanted: list[Any]) -> None:
    """Compare with Dual and DualArray; inside another derivative there are none that are made by hand."""
    try:
        found = _eager(f, x, *pairs)
    except TypeError as error:
        if "made by hand" not in str(error):
            raise
        return
    _compare("Dual and DualArray", found, wanted)


def _jvp(f: Any, x: Any, parts: list[Any], directions: list[Any]) -> list[Any]:
    """The same by ``jvp``, as a function of one vector that is cut into the arguments."""
    flat = np.concatenate([np.ravel(part) for part in parts]) if parts else np.zeros(0)
    along = np.concatenate([np.ravel(v) for v in directions])

    def of_flat(z: Any) -> Any:
        pieces, first = [], 0
        for part in parts:
            count = int(np.size(part))
            pieces.append(z[first : first + count].reshape(np.shape(part)) if np.ndim(part) else z[first])
            first += count
        ravelled = [np.ravel(y) if np.ndim(y) else np.reshape(y, 1) for y in leaves(f(rebuilt(x, iter(pieces))))]
        return ravelled[0] if len(ravelled) == 1 else np.concatenate(ravelled)

    return [np.asarray(df.jvp(of_flat, flat, along)[1])]


def _slope(y: Any) -> Any:
    """The derivative of a result; a plain number is constant."""
    if isinstance(y, df.Dual):
        return np.asarray(y.dual)
    if isinstance(y, df.DualArray):
        return y.derivative
    if isinstance(y, np.ndarray) and y.dtype == object:
        return np.array([_slope(one) for one in y.ravel()], dtype=float).reshape(y.shape)
    return np.zeros(np.shape(y))


def _compare(way: str, found: list[Any], wanted: list[Any]) -> None:
    if len(found) != len(wanted):  # jvp has all results in one vector
        wanted = [np.concatenate([np.ravel(part) for part in wanted])] if wanted else [np.zeros(0)]
    for one, other in zip(found, wanted, strict=True):
        other = other.reshape(one.shape) if one.size == other.size else other
        if one.shape != other.shape or not np.allclose(one, other, rtol=2 * TOLERANCE, atol=TOLERANCE):
            raise WrongDerivative(f"by {way}: {one!r}, central difference {other!r}")
