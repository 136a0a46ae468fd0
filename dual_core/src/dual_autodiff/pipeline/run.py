"""Runs a program over arrays, on the compiled engine or on NumPy, and tells of NumPy's warnings."""

from __future__ import annotations

import math
import os
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import numpy.typing as npt

from dual_autodiff._backend import COMPILED
from dual_autodiff.operations import BLOCK, UFUNC_OF
from dual_autodiff.pipeline.allocate import CompiledProgram, Step

if COMPILED:
    from dual_autodiff import _engine
else:
    from dual_autodiff.pipeline import plain_engine as _engine  # type: ignore[no-redef]

__all__ = ["engine_of", "quick_way", "run"]

Plane = npt.NDArray[np.float64]
#: The marks of a block where an exception was met; the engine's own.
_STRANGE, _UNDERFLOW = 1, 2
#: Seconds of work that are worth the start of a thread, several times over; blocks by which the work is measured.
_WORTH_A_THREAD, _TRIED = 4e-4, 16
#: Up to so many points a result has memory of NumPy's, which keeps small blocks itself.
_FRESH = 4096
#: The engine's way for small arrays, a class; None where it has none.
quick_way: Any = _engine.Quick
_memory: Any = _engine.Buffer  # the buffer protocol has types from Python 3.12 on only
_PACKAGE = str(Path(__file__).parents[1])


def run(
    program: CompiledProgram,
    steps: Sequence[Step],
    values: Sequence[Plane],
    planes: Sequence[Plane],
    constants: Sequence[float],
    points: int,
    threads: int = 1,
) -> list[Plane]:
    """The outputs of *program*, one-dimensional.

    *planes* are its inputs, contiguous and of *points* points each; *values* those of the inputs that *steps* name,
    for NumPy to repeat the calculation where an arithmetic exception is met: the warnings are then its own.
    """
    run_range = engine_of(program).run
    if points <= _FRESH:
        outputs = [np.empty(points) for _ in range(program.outputs)]
    else:
        outputs = [np.frombuffer(_memory(points)) for _ in range(program.outputs)]
    if points == 0:
        return outputs
    flagged = bytearray(-(-points // BLOCK))
    if threads == 1 or points <= _TRIED * BLOCK:
        run_range(planes, outputs, constants, points, 0, points, flagged)
    else:
        _in_threads(
            lambda first, last: run_range(planes, outputs, constants, points, first, last, flagged), points, threads
        )
    if flagged.strip(b"\0"):
        _warn(steps, values, constants, flagged)
    return outputs


def engine_of(program: CompiledProgram) -> Any:
    """The engine's form of *program*, made once."""
    if program.engine is None:
        program.engine = _engine.Program(
            program.code, program.inputs, program.outputs, program.constants, program.registers, program.derived
        )
    return program.engine


def _in_threads(part: Any, points: int, threads: int) -> None:
    """*part* over all points, by no more threads than there is work for, this one included.

    This thread takes the first blocks, and the time that they take says what the rest is worth.
    """
    tried = _TRIED * BLOCK
    start = perf_counter()
    part(0, tried)
    rest = (perf_counter() - start) * (points - tried) / tried
    threads = min(threads, 1 + int(rest / _WORTH_A_THREAD))
    threads = min(threads, _processors()) if threads > 1 else 1
    if threads == 1:
        part(tried, points)
        return
    from threading import Thread

    blocks = -(-(points - tried) // BLOCK)
    ends = [min(points, tried + blocks * (j + 1) // threads * BLOCK) for j in range(threads)]
    ranges = [(first, last) for first, last in zip([tried, *ends[:-1]], ends, strict=True) if first < last]
    failures: list[BaseException] = []

    def guarded(first: int, last: int) -> None:
        try:
            part(first, last)
        except BaseException as error:
            failures.append(error)

    workers = [Thread(target=guarded, args=bounds) for bounds in ranges[1:]]
    for worker in workers:
        worker.start()
    guarded(*ranges[0])
    for worker in workers:
        worker.join()
    if failures:
        raise failures[0]


def _processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _warn(steps: Sequence[Step], values: Sequence[Plane], constants: Sequence[float], flagged: bytearray) -> None:
    """Repeat the values of the flagged blocks with NumPy, which warns or raises as the user has told it to."""
    modes: dict[str, Any] = dict(np.geterr())
    kinds = np.frombuffer(flagged, dtype=np.uint8)
    strange = any(modes[kind] != "ignore" for kind in ("divide", "over", "invalid"))
    wanted = kinds & (strange * _STRANGE | (modes["under"] != "ignore") * _UNDERFLOW) != 0
    if not wanted.any():
        return
    callback = np.geterrcall()
    current = ""

    def tell(kind: str, flag: int) -> None:
        mode = modes[{"divide by zero": "divide", "invalid value": "invalid"}.get(kind, kind.replace("flow", ""))]
        if mode == "warn":
            warnings.warn(f"{kind} encountered in {current}", RuntimeWarning, stacklevel=_depth_of_the_user())
        elif callback is not None:
            callback(kind, flag)  # type: ignore[operator]

    chosen = np.repeat(wanted, BLOCK)
    parts = [value[chosen[: value.size]] for value in values]
    known: list[Any] = []
    ours: Any = {kind: "call" if mode in ("warn", "call") else mode for kind, mode in modes.items()}
    with np.errstate(**ours, call=tell):
        for name, arguments in steps:
            if name == "input":
                known.append(parts[arguments[0]])
            elif name == "constant":
                known.append(np.float64(constants[arguments[0]]))
            else:
                operands = [known[j] for j in arguments]
                function, current = _numpy_function(name, operands)
                known.append(function(*operands))


def _numpy_function(name: str, operands: list[Any]) -> tuple[Any, str]:
    if name in ("square", "cube"):
        exponent = 2 if name == "square" else 3
        return (np.square, "square") if exponent == 2 else (lambda x: np.power(x, 3.0), "power")
    if name == "where":
        return (lambda mask, x, y: np.where(mask != 0, x, y)), "where"
    if name in ("erf", "erfc"):
        function = np.frompyfunc(getattr(math, name), 1, 1)
        return (lambda x: np.asarray(function(x), dtype=float)), name
    if name in ("both", "either", "negate"):
        return {"both": np.logical_and, "either": np.logical_or, "negate": np.logical_not}[name], name
    return getattr(np, UFUNC_OF[name]), "divide" if name == "div" else UFUNC_OF[name]


def _depth_of_the_user() -> int:
    """The stack level, from the caller's view, of the first frame outside this package."""
    depth, frame = 1, sys._getframe(1)
    while frame is not None and frame.f_code.co_filename.startswith(_PACKAGE):
        depth += 1
        frame = frame.f_back  # type: ignore[assignment]
    return depth
