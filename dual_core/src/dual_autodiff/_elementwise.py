"""Operations element by element: on dual arrays, Duals, numbers and NumPy arrays, with broadcasting."""

from __future__ import annotations

from functools import lru_cache
from numbers import Real
from typing import Any

import numpy as np

from dual_autodiff._numbers import Array
from dual_autodiff._operations import COMPARISONS, UFUNC_OF
from dual_autodiff._parts import Parts, from_parts
from dual_autodiff._program import CompiledProgram, Step, compile_program
from dual_autodiff._run import run
from dual_autodiff.dual import Dual

__all__ = ["apply", "kind", "of_arrays"]


def kind(x: Any) -> str | None:
    """``d`` for dual numbers, ``a`` for an array of numbers, ``c`` for a number."""
    if isinstance(x, (Parts, Dual)):
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


def apply(name: str, operands: tuple[Any, ...]) -> Any:
    """An operation on operands of which one at least is an array; NotImplemented for an operand that is none."""
    operands = tuple(
        np.asarray(x) if isinstance(x, (list, tuple)) and not isinstance(x, Parts) else x for x in operands
    )
    kinds = "".join(kind(x) or "?" for x in operands)
    if "?" in kinds:
        return NotImplemented
    if name == "pow" and kinds[1] == "c" and operands[1] in (1, 2, 3, 4, -1):
        return _small_power(operands[0], operands[1])
    directions = {x._directions for x in operands if isinstance(x, Parts)}
    if len(directions) > 1:
        raise ValueError("operands have different directions: they belong to different derivatives")
    count = next(iter(directions), None)
    shapes = [x.shape for x in operands if isinstance(x, (Parts, np.ndarray))]
    shape = shapes[0] if len(set(shapes)) == 1 else np.broadcast_shapes(*shapes)
    values, slopes, constants = [], [], []
    for sort, x in zip(kinds, operands, strict=True):
        if sort == "c":
            constants.append(float(x))
        elif sort == "a":
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
            return getattr(np, UFUNC_OF[name])(*map(_value, operands))
    program, steps = _operation(name, kinds, 1 if count is None else count)
    outputs = run(program, steps, values, values + slopes, constants, points)
    value = outputs[0].reshape(shape)
    if "d" not in kinds:
        return value
    if count is None:
        return from_parts(value, outputs[1].reshape(shape), None)
    stacked = np.stack(outputs[1:]).reshape(count, *shape) if count else np.empty((0, *shape))
    return from_parts(value, stacked, count)


def _small_power(x: Any, exponent: Any) -> Any:
    """The powers that are products."""
    if exponent == -1:
        return apply("div", (1.0, x))
    if exponent == 1:
        if isinstance(x, Parts):
            return from_parts(x._value.copy(), x._derivative.copy(), x._directions)
        return np.array(x, dtype=float)
    if exponent == 4:
        return apply("square", (apply("square", (x,)),))
    return apply("square" if exponent == 2 else "cube", (x,))


def _value(x: Any) -> Any:
    return x._value if isinstance(x, Parts) else x.real if isinstance(x, Dual) else x


def _plane(x: Any, shape: tuple[int, ...]) -> Array:
    if x.shape != shape:
        x = np.broadcast_to(x, shape)
    return np.ascontiguousarray(x, dtype=np.float64).reshape(-1)


def of_arrays(name: str, arguments: tuple[Any, ...]) -> Any:
    """The package's function *name* of NumPy arrays: values only, by the same kernels."""
    result = apply(name, arguments)
    if result is NotImplemented:
        wrong = next(a for a in arguments if kind(a) is None)
        raise TypeError(f"argument is neither a Dual nor a number: {wrong!r}")
    return result
