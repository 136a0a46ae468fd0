"""The rules of differentiation: from the values and derivatives of the arguments to those of the result.

They are the scalars' own, term by term. Each is called with a builder of programs, the operation's name, the arguments'
values and, for each argument, its derivatives in all directions.
"""

from __future__ import annotations

import math
from typing import Any

__all__ = ["ONE", "RULES"]

#: A derivative that is one everywhere; None is one that is zero everywhere.
ONE = -1


def _add(b: Any, name: str, v: Any, d: Any) -> Any:
    if name == "sub":
        return b("sub", *v), [
            b.minus(y) if x is None else x if y is None else b("sub", b.plane(x), b.plane(y))
            for x, y in zip(*d, strict=True)
        ]
    return b("add", *v), [b.plus(x, y) for x, y in zip(*d, strict=True)]


def _mul(b: Any, name: str, v: Any, d: Any) -> Any:
    return b("mul", *v), [b.two_times(v[1], x, v[0], y) for x, y in zip(*d, strict=True)]


def _div(b: Any, name: str, v: Any, d: Any) -> Any:
    quotient = b("div", *v)
    tangents: list[Any] = []
    for x, y in zip(*d, strict=True):
        if y is None:
            tangents.append(b.over(x, v[1]))
        elif x is None:
            tangents.append(b("div", b.times(b("neg", quotient), y), v[1]))
        else:
            tangents.append(b("sub_mul_div", b.plane(x), quotient, b.plane(y), v[1]))
    return quotient, tangents


def _neg(b: Any, name: str, v: Any, d: Any) -> Any:
    return b("neg", v[0]), [b.minus(x) for x in d[0]]


def _fabs(b: Any, name: str, v: Any, d: Any) -> Any:
    return b("abs", v[0]), [b.times(b("sign", v[0]), x) for x in d[0]]


def _by_factor(operation: str, factor: Any) -> Any:
    def rule(b: Any, name: str, v: Any, d: Any) -> Any:
        value = b(operation, v[0])
        return value, [None if x is None else b.times(factor(b, v[0], value), x) for x in d[0]]

    return rule


def _by_divisor(operation: str, divisor: Any) -> Any:
    def rule(b: Any, name: str, v: Any, d: Any) -> Any:
        value = b(operation, v[0])
        return value, [None if x is None else b.over(x, divisor(b, v[0], value)) for x in d[0]]

    return rule


def _in_domain(operation: str, divisor: Any) -> Any:
    """By a divisor that is negative outside the domain, where the derivative is nan as the value is."""

    def rule(b: Any, name: str, v: Any, d: Any) -> Any:
        by = divisor(b, v[0])
        return b(operation, v[0]), [None if x is None else b("div_positive", b.plane(x), by) for x in d[0]]

    return rule


def _sin(b: Any, name: str, v: Any, d: Any) -> Any:
    return b("sincos", v[0]), [None if x is None else b.times(b("sincos", v[0], part=1), x) for x in d[0]]


def _cos(b: Any, name: str, v: Any, d: Any) -> Any:
    value = b("sincos", v[0], part=1)
    return value, [None if x is None else b.times(b("neg", b("sincos", v[0])), x) for x in d[0]]


def _of_pair(operation: str, part: int) -> Any:
    """One of two functions that are each other's derivatives."""

    def rule(b: Any, name: str, v: Any, d: Any) -> Any:
        other = b(operation, v[0], part=1 - part)
        return b(operation, v[0], part=part), [None if x is None else b.times(other, x) for x in d[0]]

    return rule


def _tan(b: Any, name: str, v: Any, d: Any) -> Any:
    value = b("div", b("sincos", v[0]), b("sincos", v[0], part=1))
    cosine = b("sincos", v[0], part=1)
    return value, [b.over(x, b("mul", cosine, cosine)) for x in d[0]]


def _tanh(b: Any, name: str, v: Any, d: Any) -> Any:
    return b("tanh", v[0]), [None if x is None else b.times(b("tanh", v[0], part=1), x) for x in d[0]]


def _atan(b: Any, name: str, v: Any, d: Any) -> Any:
    return b("atan", v[0]), [None if x is None else b("atan_rule", b.plane(x), v[0]) for x in d[0]]


def _log_base(operation: str, base: float) -> Any:
    def rule(b: Any, name: str, v: Any, d: Any) -> Any:
        logarithm = b.literal(math.log(base))
        slopes = [b.over(x, logarithm) for x in d[0]]
        return b(operation, v[0]), [None if x is None else b("div_positive", x, v[0]) for x in slopes]

    return rule


def _erf(b: Any, name: str, v: Any, d: Any) -> Any:
    value = b(name, v[0])
    tangents: list[Any] = []
    for x in d[0]:
        if x is None:
            tangents.append(None)
            continue
        slope = b.minus(x) if name == "erfc" else x
        scaled = b.times(b.literal(2.0 / math.sqrt(math.pi)), slope)
        tangents.append(b("mul", b("square_exp", v[0]), scaled))
    return value, tangents


def _exp2(b: Any, name: str, v: Any, d: Any) -> Any:
    value = b("exp2", v[0])
    ln2 = b.literal(math.log(2.0))
    return value, [None if x is None else b("mul", b.times(ln2, x), value) for x in d[0]]


def _square(b: Any, name: str, v: Any, d: Any) -> Any:
    return b("mul", v[0], v[0]), [None if x is None else b.times(b("mul", b.literal(2.0), v[0]), x) for x in d[0]]


def _cube(b: Any, name: str, v: Any, d: Any) -> Any:
    square = b("mul", v[0], v[0])
    return b("mul", square, v[0]), [None if x is None else b.times(b("mul", b.literal(3.0), square), x) for x in d[0]]


def _pow(b: Any, name: str, v: Any, d: Any) -> Any:
    """An exponent's derivative of zero, point by point, makes the exponent a constant, as for scalars."""
    value = b("pow", *v)
    by_base, by_exponent = b("pow_by_base", *v, value), b("pow_by_exponent", *v, value)
    tangents: list[Any] = []
    for x, y in zip(*d, strict=True):
        first = b.times(by_base, x)
        if y is None or y == ONE:
            tangents.append(b.plus(first, b.times(by_exponent, y)))
            continue
        second = b("mul", by_exponent, y)
        zero = b.literal(0.0)
        still = zero if first is None else first
        tangents.append(b("select", b("equal", y, zero), still, second if first is None else b("add", first, second)))
    return value, tangents


def _hypot(b: Any, name: str, v: Any, d: Any) -> Any:
    h = b("hypot", *v)
    first, second = b("leg", v[0], v[1], h), b("leg", v[1], v[0], h)
    return h, [b.two_times(first, x, second, y) for x, y in zip(*d, strict=True)]


def _atan2(b: Any, name: str, v: Any, d: Any) -> Any:
    y, x = v
    tangents: list[Any] = []
    for by_y, by_x in zip(*d, strict=True):
        if by_y is None and by_x is None:
            tangents.append(None)
        elif by_x is None:
            tangents.append(b("turn_first", y, x, b.plane(by_y)))
        elif by_y is None:
            tangents.append(b("turn_second", y, x, b.plane(by_x)))
        else:
            tangents.append(b("turn_both", y, x, b.plane(by_y), b.plane(by_x)))
    return b("atan2", y, x), tangents


def _chosen(b: Any, mask: int, x: int, y: int, dx: Any, dy: Any) -> Any:
    tangents = [
        None if p is None and q is None else p if p == q else b("select", mask, b.plane(p), b.plane(q))
        for p, q in zip(dx, dy, strict=True)
    ]
    return b("select", mask, x, y), tangents


def _maximum(b: Any, name: str, v: Any, d: Any) -> Any:
    mask = b("first_max" if name == "maximum" else "first_min", *v)
    return _chosen(b, mask, v[0], v[1], d[0], d[1])


def _where(b: Any, name: str, v: Any, d: Any) -> Any:
    return _chosen(b, v[0], v[1], v[2], d[1], d[2])


def _mask(b: Any, name: str, v: Any, d: Any) -> Any:
    if name.startswith("greater"):
        name, v = "less" + name.removeprefix("greater"), v[::-1]
    return b(name, *v), [None] * len(d[0])


RULES: dict[str, Any] = {
    "add": _add,
    "sub": _add,
    "mul": _mul,
    "div": _div,
    "neg": _neg,
    "fabs": _fabs,
    "square": _square,
    "cube": _cube,
    "pow": _pow,
    "sin": _sin,
    "cos": _cos,
    "tanh": _tanh,
    "atan": _atan,
    "exp": _by_factor("exp", lambda b, a, value: value),
    "exp2": _exp2,
    "expm1": _by_factor("expm1", lambda b, a, value: b("exp", a)),
    "sinh": _of_pair("sinhcosh", 0),
    "cosh": _of_pair("sinhcosh", 1),
    "tan": _tan,
    "log": _in_domain("log", lambda b, a: a),
    "log1p": _in_domain("log1p", lambda b, a: b("add", b.literal(1.0), a)),
    "log2": _log_base("log2", 2.0),
    "log10": _log_base("log10", 10.0),
    "sqrt": _by_divisor("sqrt", lambda b, a, value: b("mul", b.literal(2.0), b("abs", value))),
    "cbrt": _by_factor("cbrt", lambda b, a, value: b("cbrt_slope", a, value)),
    "asin": _by_factor("asin", lambda b, a, value: b("asin_slope", a)),
    "acos": _by_factor("acos", lambda b, a, value: b("neg", b("asin_slope", a))),
    "asinh": _by_factor("asinh", lambda b, a, value: b("asinh_slope", a)),
    "acosh": _by_factor("acosh", lambda b, a, value: b("acosh_slope", a)),
    "atanh": _by_factor("atanh", lambda b, a, value: b("atanh_slope", a)),
    "erf": _erf,
    "erfc": _erf,
    "hypot": _hypot,
    "atan2": _atan2,
    "maximum": _maximum,
    "minimum": _maximum,
    "where": _where,
    **dict.fromkeys(
        [
            "less",
            "less_equal",
            "greater",
            "greater_equal",
            "equal",
            "not_equal",
            "both",
            "either",
            "negate",
        ],
        _mask,
    ),
}
