"""Operations element by element: on dual arrays, Duals, numbers and NumPy arrays, with broadcasting."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from numbers import Real
from typing import Any

import numpy as np

from dual_autodiff import _products, array
from dual_autodiff._numbers import Array
from dual_autodiff._operations import COMPARISONS, OF_UFUNC, UFUNC_OF
from dual_autodiff._program import CompiledProgram, Step, compile_program
from dual_autodiff._run import run
from dual_autodiff.dual import Dual

__all__ = ["apply", "kind", "of_arrays", "ufunc_of"]


def kind(x: Any) -> str | None:
    """``d`` for dual numbers, ``a`` for an array of numbers, ``c`` for a number."""
    if isinstance(x, (array.DualArray, Dual)):
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
        np.asarray(x) if isinstance(x, (list, tuple)) and not isinstance(x, array.DualArray) else x for x in operands
    )
    kinds = "".join(kind(x) or "?" for x in operands)
    if "?" in kinds:
        return NotImplemented
    if name == "pow" and kinds[1] == "c" and operands[1] in (1, 2, 3, 4, -1):
        return _small_power(operands[0], operands[1])
    directions = {x._directions for x in operands if isinstance(x, array.DualArray)}
    if len(directions) > 1:
        raise ValueError("operands have different directions: they belong to different derivatives")
    count = next(iter(directions), None)
    shapes = [x.shape for x in operands if isinstance(x, (array.DualArray, np.ndarray))]
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
            return getattr(np, UFUNC_OF[name])(
                *(
                    x._value if isinstance(x, array.DualArray) else float(x) if isinstance(x, Dual) else x
                    for x in operands
                )
            )
    program, steps = _operation(name, kinds, 1 if count is None else count)
    outputs = run(program, steps, values, values + slopes, constants, points)
    value = outputs[0].reshape(shape)
    if "d" not in kinds:
        return value
    if count is None:
        return array.from_parts(value, outputs[1].reshape(shape), None)
    stacked = np.stack(outputs[1:]).reshape(count, *shape) if count else np.empty((0, *shape))
    return array.from_parts(value, stacked, count)


def _small_power(x: Any, exponent: Any) -> Any:
    """The powers that are products."""
    if exponent == -1:
        return apply("div", (1.0, x))
    if exponent == 1:
        return x.copy() if isinstance(x, array.DualArray) else np.array(x, dtype=float)
    if exponent == 4:
        return apply("square", (apply("square", (x,)),))
    return apply("square" if exponent == 2 else "cube", (x,))


def _value(x: Any) -> Any:
    return x._value if isinstance(x, array.DualArray) else x.real if isinstance(x, Dual) else x


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


def ufunc_of(ufunc: Any, method: str, inputs: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
    """NumPy's *ufunc* of operands of which one is dual."""
    name = OF_UFUNC.get(ufunc.__name__)
    if ufunc.__name__ == "matmul" and method == "__call__" and not kwargs:
        return _products.product(*inputs)
    if ufunc.__name__ == "square":
        name, inputs = "pow", (*inputs, 2)
    if ufunc.__name__ == "reciprocal":
        name, inputs = "div", (1.0, *inputs)
    if ufunc.__name__ == "positive":
        return +inputs[0]
    if method == "reduce" and ufunc.__name__ == "add":
        return inputs[0].sum(**{key: value for key, value in kwargs.items() if value is not None})
    if method != "__call__" or name is None:
        what = ufunc.__name__ + ("" if method == "__call__" else f".{method}")
        raise TypeError(f"numpy.{what} is not supported for dual numbers: use .value to go on without derivatives")
    out = kwargs.get("out")
    if set(kwargs) - {"out"} or (out is not None and not isinstance(out[0], array.DualArray)):
        raise TypeError(
            f"numpy.{ufunc.__name__} of dual numbers takes no {', '.join(kwargs)}, except an out that is dual"
        )
    if all(not isinstance(x, array.DualArray) and np.ndim(x) == 0 for x in inputs):  # 0-d arrays count as numbers here
        return _of_scalars(name, tuple(x.item() if isinstance(x, (np.ndarray, np.generic)) else x for x in inputs))
    result = apply(name, inputs)
    if result is NotImplemented:
        wrong = next(x for x in inputs if kind(x) is None)
        raise TypeError(f"argument is neither dual numbers nor numbers: {wrong!r}")
    return result if out is None else out[0]._store(result)


def _of_scalars(name: str, inputs: tuple[Any, ...]) -> Any:
    import operator

    from dual_autodiff import dual

    operators = {"add": "add", "sub": "sub", "mul": "mul", "div": "truediv", "pow": "pow", "neg": "neg"}
    operators |= {
        "less": "lt",
        "less_equal": "le",
        "greater": "gt",
        "greater_equal": "ge",
        "equal": "eq",
        "not_equal": "ne",
    }
    numbers = tuple(x.item() if isinstance(x, np.generic) else x for x in inputs)
    if name in operators:
        return getattr(operator, operators[name])(*numbers)
    return getattr(dual, name)(*numbers)
