"""A pointwise function at many points: recorded once, run block by block."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dual_autodiff._numbers import numbers_of
from dual_autodiff._program import ONE, CompiledProgram, compile_program
from dual_autodiff._run import run
from dual_autodiff._trace import Tape, Traced
from dual_autodiff.array import DualArray

__all__ = ["evaluate"]

#: Programs by what was recorded; the same function at other points or with other constants is compiled once.
_PROGRAMS: dict[Any, CompiledProgram] = {}
_LIMIT = 256


def evaluate(f: Callable[[Any], Any], x: Any, threads: int, with_value: bool) -> list[Any]:
    """The value of *f* at the points *x*, if asked, and its derivative."""
    if isinstance(x, DualArray):
        raise TypeError("x is a DualArray, whose derivative is another one: use x.value")
    points = numbers_of("x", x)
    tape = Tape(points)
    result = f(tape.argument)
    if not isinstance(result, Traced):
        step = tape.number_of(result)
        if step < 0:
            raise TypeError(f"f returns neither a number nor what it made of its argument: {result!r}")
        result = Traced(tape, step)
    elif result._tape is not tape:
        tape.number_of(result)
    if result._mask:
        raise TypeError("f returns a mask (a comparison), which has no derivative: use where(condition, x, y)")
    key = (tuple(tape.steps), result._step, with_value)
    program = _PROGRAMS.get(key)
    if program is None:
        seeds = [ONE] + [None] * (len(tape.inputs) - 1)
        program = compile_program(
            tape.steps, range(len(tape.inputs)), [result._step], 1, len(tape.constants), seeds, with_value, True
        )
        if len(_PROGRAMS) >= _LIMIT:
            _PROGRAMS.clear()
        _PROGRAMS[key] = program
    flat = points.ndim == 1
    planes = tape.inputs if flat else [plane.reshape(-1) for plane in tape.inputs]
    outputs = run(program, tape.steps, planes, planes, tape.constants, points.size, threads)
    return outputs if flat else [output.reshape(points.shape) for output in outputs]
