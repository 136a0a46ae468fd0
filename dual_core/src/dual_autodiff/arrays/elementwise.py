"""Operations element by element: on dual arrays, dual scalars, numbers and NumPy arrays, with broadcasting."""

from __future__ import annotations

import math
from functools import cache, lru_cache
from numbers import Real
from typing import Any

import numpy as np

from dual_autodiff.arrays.kinds import refuse_other_arrays, refuse_sparse
from dual_autodiff.arrays.masks import mask_of
from dual_autodiff.arrays.numbers import Array
from dual_autodiff.arrays.parts import Parts, as_array, base_value, from_parts, is_dual_array, top_of
from dual_autodiff.arrays.slopes import by_rules
from dual_autodiff.dual import Dual
from dual_autodiff.operations import COMPARISONS, LOGICAL, UFUNC_OF
from dual_autodiff.pipeline.allocate import CompiledProgram, Step, compile_program
from dual_autodiff.pipeline.differentiate import RULES
from dual_autodiff.pipeline.run import engine_of, quick_way, run
from dual_autodiff.scalars.levels import is_scalar, tag_of

__all__ = ["apply", "is_operand", "kind", "of_arrays"]

#: Operations whose result is no dual array, or whose operands are not only dual arrays and numbers.
_NO_QUICK = {*COMPARISONS, *LOGICAL, "where"}


def kind(x: Any) -> str | None:
    """``d`` for dual numbers, ``a`` for an array of numbers, ``c`` for a number."""
    if isinstance(x, (Parts, Dual)):
        return "d"
    if isinstance(x, np.ndarray):
        if type(x) is not np.ndarray:
            refuse_other_arrays("an operand", x)
        return "a" if x.dtype.kind in "fiub" else None
    if isinstance(x, (float, int, Real)):
        return "c"
    return "d" if is_scalar(x) else None


def is_operand(x: Any) -> bool:
    """Whether operations take this: numbers and arrays of numbers, dual or plain."""
    if kind(x) is not None:
        return True
    if isinstance(x, (list, tuple)) or (isinstance(x, np.ndarray) and x.dtype.kind == "O"):
        return all(is_scalar(each) for each in np.asarray(x, dtype=object).flat)
    return False


@lru_cache(maxsize=512)
def _operation(name: str, kinds: str) -> tuple[CompiledProgram, tuple[Step, ...]]:
    """The program for one operation on operands of these kinds."""
    steps: list[Step] = []
    seeds: list[Any] = []
    planes = constants = 0
    for sort in kinds:
        if sort == "c":
            steps.append(("constant", (constants,)))
            constants += 1
        else:
            steps.append(("input", (len(seeds),)))
            seeds.append(None)
            planes += 1
    inputs = 0
    for sort in kinds:
        if sort == "d":
            seeds[inputs] = (planes,)
            planes += 1
        inputs += sort != "c"
    steps.append((name, tuple(range(len(kinds)))))
    program = compile_program(steps, range(planes), [len(kinds)], 1, constants, seeds, True, "d" in kinds)
    return program, tuple(steps)


@cache
def _quick() -> Any:
    """What serves small arrays; it is made when the class of arrays is there."""

    def program(name: str, kinds: str) -> Any:
        if name in ("square", "cube") or (name in RULES and name not in _NO_QUICK):
            return engine_of(_operation(name, kinds)[0])
        return None

    return quick_way(Parts._made, np.ndarray, np.empty, program) if quick_way else lambda name, operands: None


def apply(name: str, operands: tuple[Any, ...]) -> Any:
    """An operation on operands of which one at least is an array; NotImplemented for an operand that is none."""
    found = _quick()(name, operands)
    if found is not None:
        return found
    for x in operands:
        if isinstance(x, Parts):
            found = x._of_elements(name, operands)
            if found is not None:
                return found
            break
    kinds = "".join(kind(x) or "?" for x in operands)
    if "?" in kinds:
        for x in operands:
            if not is_operand(x):
                refuse_sparse(type(x).__module__)
                return NotImplemented
        operands = tuple(as_array(x) if sort == "?" else x for sort, x in zip(kinds, operands, strict=True))
        kinds = "".join(kind(x) or "?" for x in operands)
    if name in COMPARISONS or name in LOGICAL:
        with np.errstate(invalid="ignore"):
            return mask_of(getattr(np, UFUNC_OF[name])(*map(base_value, operands)))
    if name in ("mod", "floordiv"):
        return by_rules(name, operands)
    if name == "pow" and kinds[1] == "c" and operands[1] in (1, 2, 3, 4, -1):
        return _small_power(operands[0], operands[1])
    if "d" not in kinds:
        return _by_program(name, operands, kinds, -1)
    tag, count = top_of(operands)
    if count is not None or any(_holds_other_tags(x, tag) for x in operands):
        return by_rules(name, operands)
    return _by_program(name, operands, kinds, tag)


def _holds_other_tags(x: Any, tag: int) -> bool:
    """Whether this is dual and not simply floats with float derivatives of this one tag."""
    own = tag_of(x)
    if own < 0:
        return False
    return own != tag or (not isinstance(x._value, np.ndarray) if isinstance(x, Parts) else type(x) is not Dual)


def _by_program(name: str, operands: tuple[Any, ...], kinds: str, tag: int) -> Any:
    """Values and derivatives by the engine."""
    shapes = [x.shape for x in operands if isinstance(x, (Parts, np.ndarray))]
    shape = shapes[0] if len(set(shapes)) == 1 else np.broadcast_shapes(*shapes)
    values, slopes, constants = [], [], []
    for sort, x in zip(kinds, operands, strict=True):
        if sort == "c":
            constants.append(float(x))
        elif sort == "a":
            values.append(_plane(x, shape))
        elif isinstance(x, Dual):
            values.append(np.full(shape, x.real).reshape(-1))
            slopes.append(np.full(shape, x.dual).reshape(-1))
        else:
            values.append(_plane(x._value, shape))
            slopes.append(_plane(x._derivative, shape))
    program, steps = _operation(name, kinds)
    outputs = run(program, steps, values, values + slopes, constants, math.prod(shape))
    value = outputs[0].reshape(shape)
    return from_parts(value, outputs[1].reshape(shape), None, tag) if "d" in kinds else value


def _small_power(x: Any, exponent: Any) -> Any:
    """The powers that are products."""
    if exponent == -1:
        return apply("div", (1.0, x))
    if exponent == 1:
        return x.copy() if is_dual_array(x) else np.array(x, dtype=float)
    if exponent == 4:
        return apply("square", (apply("square", (x,)),))
    return apply("square" if exponent == 2 else "cube", (x,))


def _plane(x: Any, shape: tuple[int, ...]) -> Array:
    if x.shape != shape:
        x = np.broadcast_to(x, shape)
    return np.ascontiguousarray(x, dtype=np.float64).reshape(-1)


def of_arrays(name: str, arguments: tuple[Any, ...]) -> Any:
    """The package's function *name* of NumPy arrays: values only, by the same kernels; dual for arrays of Duals."""
    result = apply(name, arguments)
    if result is NotImplemented:
        wrong = next(a for a in arguments if not is_operand(a))
        raise TypeError(f"argument is neither a Dual nor a number: {wrong!r}")
    return result
