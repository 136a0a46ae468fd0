"""Element-wise operations by the chain rule on whole arrays: for several directions, and for nested derivatives.

The value comes from the operation on the values, which are floats or dual numbers of lesser tags. The derivatives are
sums of products of slopes and the operands' derivatives.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from dual_autodiff import operations
from dual_autodiff.arrays.parts import Parts, base_value, from_parts, split, top_of
from dual_autodiff.pipeline.allocate import ONE, compile_program
from dual_autodiff.pipeline.run import run

__all__ = ["by_rules", "chained"]

_DIRECT: dict[str, Any] = {
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "div": np.true_divide,
    "mod": np.remainder,
    "floordiv": np.floor_divide,
}
_RULES = {function.name: function.rule for function in operations.FUNCTIONS}


def by_rules(name: str, operands: tuple[Any, ...]) -> Any:
    """The operation *name* of *operands*, of which one at least is dual."""
    tag, count = top_of(operands)
    parts = [split(x, tag, count) for x in operands]
    values, slopes = [value for value, _ in parts], [slope for _, slope in parts]
    if name in ("maximum", "minimum", "where"):
        value, terms = _chosen(name, values, slopes, count)
    else:
        value, factors = _value_and_factors(name, values, [slope is not None for slope in slopes])
        with np.errstate(all="ignore"):
            terms = _sum(name, factors, slopes, np.ndim(value), count)
            if name == "div":
                terms = terms / values[1]
    return _made(value, terms, tag, count)


def chained(value: Any, factors: list[Any], slopes: list[Any], tag: int, count: int | None) -> Any:
    """A function's *value* and the sum of the products of its slopes, the *factors*, and its operands' derivatives."""
    with np.errstate(all="ignore"):
        return _made(value, _sum("", factors, slopes, np.ndim(value), count), tag, count)


def _made(value: Any, terms: Any, tag: int, count: int | None) -> Any:
    shape = np.shape(value) if count is None else (count, *np.shape(value))
    if np.shape(terms) != shape:
        terms = np.broadcast_to(terms, shape).copy()
    return from_parts(_array(value), _array(terms), count, tag)


def _array(x: Any) -> Any:
    return x if isinstance(x, (np.ndarray, Parts)) else np.asarray(x)


def _expanded(slope: Any, dimensions: int, count: int | None) -> Any:
    """Derivatives in a form that broadcasts against a value of that many dimensions."""
    missing = dimensions - (np.ndim(slope) - 1)
    if count is None or missing <= 0 or np.ndim(slope) == 1 + dimensions:
        return slope
    return slope.reshape((count,) + (1,) * missing + slope.shape[1:])


def _sum(name: str, factors: list[Any], slopes: list[Any], dimensions: int, count: int | None) -> Any:
    total: Any = None
    for index, (factor, slope) in enumerate(zip(factors, slopes, strict=True)):
        if slope is None:
            continue
        wide = _expanded(slope, dimensions, count)
        term = wide if factor is None else -wide if isinstance(factor, float) and factor == -1.0 else factor * wide
        if name == "pow" and index == 1:  # an exponent's derivative of zero makes no demand on the base
            term = np.where(base_value(wide) == 0.0, 0.0, term) if not isinstance(wide, Parts) else term
        total = term if total is None else total + term
    return total


def _value_and_factors(name: str, values: list[Any], wanted: list[bool]) -> tuple[Any, list[Any]]:
    """The value and the slope in each operand that is wanted; None for a slope of 1."""
    if name == "neg":
        return -values[0], [-1.0]
    if name in ("square", "cube"):
        square = values[0] * values[0]
        return (square, [2.0 * values[0]]) if name == "square" else (square * values[0], [3.0 * square])
    if name in _DIRECT:
        value = _DIRECT[name](*values)
        with np.errstate(all="ignore"):
            return value, _direct_factors(name, values, value)
    if not any(isinstance(value, Parts) or hasattr(value, "_tag") for value in values):
        return _by_engine(name, values, wanted)
    from dual_autodiff import dual

    if name == "fabs":
        return abs(values[0]), [_sign(base_value(values[0]))]
    if name in _RULES:
        value = getattr(dual, name)(values[0])
        with np.errstate(all="ignore"):
            return value, [_RULES[name](dual, values[0], value)]
    value = values[0] ** values[1] if name == "pow" else getattr(dual, name)(*values)
    with np.errstate(all="ignore"):
        rules = operations.RULES_OF_TWO[name](dual, values[0], values[1], value)
        return value, [rule() if want else None for rule, want in zip(rules, wanted, strict=True)]


def _sign(x: Any) -> Any:
    return np.where(x > 0.0, 1.0, np.where(x < 0.0, -1.0, np.nan))


def _direct_factors(name: str, values: list[Any], value: Any) -> list[Any]:
    x, y = values
    match name:
        case "add":
            return [None, None]
        case "sub":
            return [None, -1.0]
        case "mul":
            return [y, x]
        case "div":
            return [None, -value]
        case "mod":
            return [None, -(x // y)]
    return [0.0, 0.0]


@lru_cache(maxsize=256)
def _program(name: str, count: int, variable: int) -> Any:
    """The program for an operation's value and its slope in one operand."""
    steps: list[Any] = [("input", (j,)) for j in range(count)]
    steps.append((name, tuple(range(count))))
    seeds = [ONE if j == variable else None for j in range(count)]
    return compile_program(steps, range(count), [count], 1, 0, seeds, True, True), tuple(steps)


def _by_engine(name: str, values: list[Any], wanted: list[bool]) -> tuple[Any, list[Any]]:
    """Value and slopes of plain arrays."""
    shape = np.broadcast_shapes(*(np.shape(value) for value in values))
    planes = [np.ascontiguousarray(np.broadcast_to(value, shape), dtype=float).reshape(-1) for value in values]
    value: Any = None
    factors: list[Any] = []
    for variable, want in enumerate(wanted):
        if not want:
            factors.append(None)
            continue
        program, steps = _program(name, len(values), variable)
        with np.errstate() if value is None else np.errstate(all="ignore"):
            first, slope = run(program, steps, planes, planes, [], planes[0].size)
        value = first.reshape(shape) if value is None else value
        factors.append(slope.reshape(shape))
    return value, factors


def _chosen(name: str, values: list[Any], slopes: list[Any], count: int | None) -> tuple[Any, Any]:
    if name == "where":
        mask, (x, y), (dx, dy) = base_value(values[0]) != 0, values[1:], slopes[1:]
    else:
        (x, y), (dx, dy) = values, slopes
        low, high = base_value(x), base_value(y)
        with np.errstate(invalid="ignore"):
            mask = ((low >= high) if name == "maximum" else (low <= high)) | (low != low)
    value = np.where(mask, x, y)
    first, second = (0.0 if d is None else _expanded(d, np.ndim(value), count) for d in (dx, dy))
    return value, np.where(mask, first, second)
