"""A pointwise function at many points: recorded once, run block by block."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from dual_autodiff.arrays.array import DualArray
from dual_autodiff.arrays.elementwise import apply
from dual_autodiff.arrays.numbers import numbers_of
from dual_autodiff.arrays.parts import as_array, from_parts, split
from dual_autodiff.derivatives import messages
from dual_autodiff.errors import NestedTraceError
from dual_autodiff.pipeline.allocate import ONE, CompiledProgram, compile_program
from dual_autodiff.pipeline.run import run
from dual_autodiff.pipeline.trace import Tape, Traced
from dual_autodiff.scalars.levels import NONE, new_tag, tag_of

__all__ = ["evaluate", "of_order"]

#: Programs by what was recorded; the same function at other points or with other constants is compiled once.
_PROGRAMS: dict[Any, CompiledProgram] = {}
_LIMIT = 256


def evaluate(f: Callable[..., Any], x: Any, extra: Sequence[Any], threads: int, with_value: bool) -> list[Any]:
    """The value of *f* at the points *x*, if asked, and its derivative."""
    nested = isinstance(x, DualArray) or (isinstance(x, np.ndarray) and x.dtype.kind == "O")
    points: Any = as_array(x) if nested else numbers_of("x", x)
    tag = tag_of(points) if nested else NONE
    if tag == 0:
        raise TypeError("x is a DualArray that was made by hand, whose derivative is another one: use x.value")
    tape = Tape(points)
    try:
        result = f(tape.argument(), *extra)
        step = _step_of_result(f, tape, result)
    except NestedTraceError as error:
        if error.tape is not tape:
            raise
        step = None
    finally:
        tape.closed = True
    if step is None:
        return _one_by_one(f, points, extra, with_value)
    if tape.outer or tape.primitives or tag > NONE:
        value, slope = _step_by_step(tape, step, points)
        return [value, slope] if with_value else [slope]
    key = (tuple(tape.steps), step, with_value)
    program = _PROGRAMS.get(key)
    if program is None:
        seeds = [ONE] + [None] * (len(tape.inputs) - 1)
        program = compile_program(
            tape.steps, range(len(tape.inputs)), [step], 1, len(tape.constants), seeds, with_value, True
        )
        if len(_PROGRAMS) >= _LIMIT:
            _PROGRAMS.clear()
        _PROGRAMS[key] = program
    flat = points.ndim == 1
    planes = tape.inputs if flat else [plane.reshape(-1) for plane in tape.inputs]
    outputs = run(program, tape.steps, planes, planes, tape.constants, points.size, threads)
    return outputs if flat else [output.reshape(points.shape) for output in outputs]


def of_order(f: Callable[..., Any], x: Any, extra: Sequence[Any], order: int) -> Any:
    """The derivative of that order at the points *x*: of the variable of each order in turn."""
    points: Any = as_array(x) if isinstance(x, DualArray) else numbers_of("x", x)
    if order == 1:
        return evaluate(f, points, extra, 1, with_value=False)[0]
    tag = new_tag()
    variable = from_parts(points, np.ones(points.shape), None, tag)
    slope = split(of_order(f, variable, extra, order - 1), tag, None)[1]
    return np.zeros(points.shape) if slope is None else slope


def _one_by_one(f: Callable[..., Any], points: Any, extra: Sequence[Any], with_value: bool) -> list[Any]:
    """The values and derivatives of a function that takes the derivatives of another one at many points."""
    from dual_autodiff.derivatives.functions import value_and_derivative

    pairs = [value_and_derivative(f, point, *extra) for point in points.reshape(-1).tolist()]
    for value in (part for pair in pairs for part in pair):
        if isinstance(value, Traced):
            raise NestedTraceError(value._tape)
    found = [as_array([pair[part] for pair in pairs]).reshape(points.shape) for part in (0, 1)]
    return found if with_value else found[1:]


def _step_of_result(f: Callable[..., Any], tape: Tape, result: Any) -> int:
    if isinstance(result, Traced):
        step = tape.number_of(result)
        if result._mask:
            raise TypeError(
                f"{messages.name_of(f)} returned a mask (a comparison), which has no derivative: use "
                f"where(condition, x, y)"
            )
        return step
    messages.refuse_several(f, result)
    step = -1 if isinstance(result, np.ndarray) else tape.number_of(result)
    if step < 0:
        raise TypeError(f"{messages.name_of(f)} returned neither a number nor what it made of its argument: {result!r}")
    return step


def _step_by_step(tape: Tape, result: int, points: Any) -> tuple[Any, Any]:
    """The recorded steps on whole arrays, which may hold the derivatives of outer variables."""
    known: list[Any] = []
    for name, arguments in tape.steps:
        match name:
            case "input" if arguments[0] == 0:
                known.append(from_parts(points, np.ones(points.shape), None, tape.tag))
            case "input":
                known.append(tape.inputs[arguments[0]])
            case "constant":
                known.append(tape.constants[arguments[0]])
            case "outer":
                known.append(tape.outer[arguments[0]])
            case "primitive":
                known.append(tape.primitives[arguments[0]](*(known[j] for j in arguments[1:])))
            case _:
                known.append(apply(name, tuple(known[j] for j in arguments)))
    value, slope = split(known[result], tape.tag, None)
    zero = np.zeros(points.shape)
    return value + zero, zero if slope is None else slope + zero
