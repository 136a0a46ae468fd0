"""Random expressions of x, as source text that scalars and arrays both evaluate."""

import random

__all__ = ["expression"]

#: Functions that are smooth and defined wherever |x| is moderate, so that a random expression stays inside its domain.
_ONE = [
    "sin({})",
    "cos({})",
    "tanh({})",
    "atan({})",
    "asinh({})",
    "exp(-fabs({}))",
    "log(1.5 + {0} * {0})",
    "log1p({0} * {0})",
    "sqrt(0.5 + {0} * {0})",
    "erf({})",
    "cbrt(1.0 + {0} * {0})",
    "expm1(tanh({}))",
    "sinh(tanh({}))",
    "cosh(sin({}))",
    "({}) ** 2",
    "({}) ** 3",
    "-({})",
    "(1.0 / (1.0 + ({0}) * ({0})))",
    "exp2(sin({}))",
    "log2(2.0 + cos({}))",
    "asin(0.9 * sin({}))",
    "acosh(2.0 + ({0}) * ({0}))",
    "atanh(0.5 * cos({}))",
    "erfc(sin({}))",
]
_TWO = ["({}) + ({})", "({}) - ({})", "({}) * ({})", "({}) / (2.0 + sin({}))", "hypot({}, 1.0 + fabs({}))"]
_TWO += ["atan2({}, 1.5 + cos({}))", "maximum({}, {})", "minimum({}, {})", "(1.5 + sin({})) ** sin({})"]


def expression(source: random.Random, depth: int) -> str:
    """An expression with *depth* levels of operations."""
    if depth == 0:
        return source.choice(["x", "x", "x", repr(round(source.uniform(-2, 2), 3))])
    if source.random() < 0.5:
        return source.choice(_ONE).format(expression(source, depth - 1))
    return source.choice(_TWO).format(expression(source, depth - 1), expression(source, source.randrange(depth)))
