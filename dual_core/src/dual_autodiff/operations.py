"""The one table of operations: each with its names, its derivative and what is said of it.

From it ``tools/generate.py`` makes the scalars of both implementations, their stub and the operators of arrays; nested
derivatives and NumPy's functions read it when they run. A new function of one argument is an entry here, a kernel in
``kernels.c`` and a rule of programs.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

__all__ = [
    "BINARY",
    "BLOCK",
    "COMPARISONS",
    "FUNCTIONS",
    "LOGICAL",
    "NUMPY_METHODS",
    "OF_UFUNC",
    "OPERATORS",
    "RULES_OF_TWO",
    "UFUNC_OF",
    "UNARY",
    "Function",
    "Operator",
]

#: Points in a block; that of ``kernels.h``.
BLOCK = 256


class Function(NamedTuple):
    """A function of one variable.

    *value* and *slope* are expressions of ``a + b·ε``, of its *value* and of C's math library, valid in Cython and in
    Python alike: the value, and the derivative ``f′(a)·b`` in the form that loses the fewest digits. *invalid* says
    where *value* is no number of the function's. *rule* is ``f′(x)`` as users write it, from the package's own
    functions ``f``, the argument and the value: it serves where x holds derivatives of its own.
    """

    name: str
    numpy: str | None
    title: str
    formula: str
    domain: str
    error: str | None
    value: str
    slope: str
    rule: Callable[[Any, Any, Any], Any]
    invalid: str | None = None


_RANGE = "OverflowError: the value is too large for a float"
_INFINITE = "ValueError: *x* is infinite"
_OUTSIDE = "ValueError: *x* is outside [-1, 1]"
_NOT_POSITIVE = "ValueError: *x* is zero or negative"
_BY_ROOT_PI = 2.0 / math.sqrt(math.pi)

#: In the order of the documentation.
FUNCTIONS: tuple[Function, ...] = (
    Function(
        "sin",
        "sin",
        "sine",
        "``sin(a + b·ε) = sin(a) + b·cos(a)·ε``, in radians.",
        "finite or nan",
        _INFINITE,
        "libm.sin(a)",
        "b * libm.cos(a)",
        lambda f, x, y: f.cos(x),
    ),
    Function(
        "cos",
        "cos",
        "cosine",
        "``cos(a + b·ε) = cos(a) - b·sin(a)·ε``, in radians.",
        "finite or nan",
        _INFINITE,
        "libm.cos(a)",
        "b * -libm.sin(a)",
        lambda f, x, y: -f.sin(x),
    ),
    Function(
        "tan",
        "tan",
        "tangent",
        "``tan(a + b·ε) = tan(a) + b·(1 + tan²(a))·ε``, in radians.",
        "finite or nan",
        _INFINITE,
        "libm.tan(a)",
        "b * (1.0 + value * value)",
        lambda f, x, y: 1.0 + y * y,
    ),
    Function(
        "asin",
        "arcsin",
        "inverse sine",
        "``asin(a + b·ε) = asin(a) + b/√(1 - a²)·ε``, in radians; infinite derivative at ±1.",
        "from -1 to 1, or nan",
        _OUTSIDE,
        "libm.asin(a)",
        "over(b, libm.sqrt((1.0 - a) * (1.0 + a)))",  # 1 - a² would cancel next to ±1
        lambda f, x, y: 1.0 / f.sqrt((1.0 - x) * (1.0 + x)),
    ),
    Function(
        "acos",
        "arccos",
        "inverse cosine",
        "``acos(a + b·ε) = acos(a) - b/√(1 - a²)·ε``, in radians; infinite derivative at ±1.",
        "from -1 to 1, or nan",
        _OUTSIDE,
        "libm.acos(a)",
        "over(b, -libm.sqrt((1.0 - a) * (1.0 + a)))",
        lambda f, x, y: -1.0 / f.sqrt((1.0 - x) * (1.0 + x)),
    ),
    Function(
        "atan",
        "arctan",
        "inverse tangent",
        "``atan(a + b·ε) = atan(a) + b/(1 + a²)·ε``, in radians.",
        "any",
        None,
        "libm.atan(a)",
        "b / (1.0 + a * a) if libm.fabs(a) < 1e150 else over(over(b, a), a)",
        lambda f, x, y: 1.0 / (1.0 + x * x),
    ),
    Function(
        "sinh",
        "sinh",
        "hyperbolic sine",
        "``sinh(a + b·ε) = sinh(a) + b·cosh(a)·ε``.",
        "any",
        _RANGE,
        "libm.sinh(a)",
        "b * libm.cosh(a)",
        lambda f, x, y: f.cosh(x),
    ),
    Function(
        "cosh",
        "cosh",
        "hyperbolic cosine",
        "``cosh(a + b·ε) = cosh(a) + b·sinh(a)·ε``.",
        "any",
        _RANGE,
        "libm.cosh(a)",
        "b * libm.sinh(a)",
        lambda f, x, y: f.sinh(x),
    ),
    Function(
        "tanh",
        "tanh",
        "hyperbolic tangent",
        "``tanh(a + b·ε) = tanh(a) + b/cosh²(a)·ε``.",
        "any",
        None,
        "libm.tanh(a)",
        # 1 - tanh² would cancel, cosh² overflow too early
        "b * ((1.0 - value) * (1.0 + value)) if libm.fabs(value) <= 0.5 else over_square(b, libm.cosh(a))",
        lambda f, x, y: (1.0 - y) * (1.0 + y),
    ),
    Function(
        "asinh",
        "arcsinh",
        "inverse hyperbolic sine",
        "``asinh(a + b·ε) = asinh(a) + b/√(1 + a²)·ε``.",
        "any",
        None,
        "libm.asinh(a)",
        "b / libm.hypot(1.0, a)",
        lambda f, x, y: 1.0 / f.hypot(1.0, x),
    ),
    Function(
        "acosh",
        "arccosh",
        "inverse hyperbolic cosine",
        "``acosh(a + b·ε) = acosh(a) + b/√(a² - 1)·ε``; infinite derivative at 1.",
        "from 1 on, or nan",
        "ValueError: *x* is less than 1",
        "libm.acosh(a)",
        "over(b, libm.sqrt(a - 1.0) * libm.sqrt(a + 1.0))",
        lambda f, x, y: 1.0 / (f.sqrt(x - 1.0) * f.sqrt(x + 1.0)),
    ),
    Function(
        "atanh",
        "arctanh",
        "inverse hyperbolic tangent",
        "``atanh(a + b·ε) = atanh(a) + b/(1 - a²)·ε``.",
        "between -1 and 1, or nan",
        "ValueError: *x* is not inside (-1, 1)",
        "libm.atanh(a)",
        "over(b, (1.0 - a) * (1.0 + a))",
        lambda f, x, y: 1.0 / ((1.0 - x) * (1.0 + x)),
        "a <= -1.0 or a >= 1.0",
    ),
    Function(
        "exp",
        "exp",
        "exponential",
        "``exp(a + b·ε) = exp(a) + b·exp(a)·ε``.",
        "any",
        _RANGE,
        "libm.exp(a)",
        "b * value",
        lambda f, x, y: y,
    ),
    Function(
        "exp2",
        "exp2",
        "power of two",
        "``exp2(a + b·ε) = 2ᵃ + b·2ᵃ·log(2)·ε``.",
        "any",
        _RANGE,
        "libm.exp2(a)",
        "b * LN2 * value",
        lambda f, x, y: math.log(2.0) * y,
    ),
    Function(
        "expm1",
        "expm1",
        "exponential less 1",
        "``expm1(a + b·ε) = (exp(a) - 1) + b·exp(a)·ε``, exact in the value next to 0.",
        "any",
        _RANGE,
        "libm.expm1(a)",
        "b * libm.exp(a)",  # the value plus 1 would cancel
        lambda f, x, y: f.exp(x),
    ),
    Function(
        "log",
        "log",
        "natural logarithm",
        "``log(a + b·ε) = log(a) + b/a·ε``, the natural logarithm.",
        "positive or nan",
        _NOT_POSITIVE,
        "libm.log(a)",
        "over(b, a)",
        lambda f, x, y: 1.0 / x,
        "a <= 0.0",
    ),
    Function(
        "log2",
        "log2",
        "logarithm to base 2",
        "``log2(a + b·ε) = log2(a) + b/(a·log(2))·ε``.",
        "positive or nan",
        _NOT_POSITIVE,
        "libm.log2(a)",
        "over(b / LN2, a)",
        lambda f, x, y: 1.0 / math.log(2.0) / x,
        "a <= 0.0",
    ),
    Function(
        "log10",
        "log10",
        "logarithm to base 10",
        "``log10(a + b·ε) = log10(a) + b/(a·log(10))·ε``.",
        "positive or nan",
        _NOT_POSITIVE,
        "libm.log10(a)",
        "over(b / LN10, a)",
        lambda f, x, y: 1.0 / math.log(10.0) / x,
        "a <= 0.0",
    ),
    Function(
        "log1p",
        "log1p",
        "natural logarithm of 1 + x",
        "``log1p(a + b·ε) = log(1 + a) + b/(1 + a)·ε``, exact in the value next to 0.",
        "greater than -1, or nan",
        "ValueError: *x* is -1 or less",
        "libm.log1p(a)",
        "over(b, 1.0 + a)",
        lambda f, x, y: 1.0 / (1.0 + x),
        "a <= -1.0",
    ),
    Function(
        "sqrt",
        "sqrt",
        "square root",
        "``√(a + b·ε) = √a + b/(2·√a)·ε``; infinite derivative at 0, nan where *b* is 0 too.",
        "zero, positive or nan",
        "ValueError: *x* is negative",
        "libm.sqrt(a)",
        "over(b, 2.0 * libm.fabs(value))",  # √-0.0 is -0.0, where the slope is no less +inf
        lambda f, x, y: 0.5 / y,
    ),
    Function(
        "cbrt",
        "cbrt",
        "cube root",
        "``∛(a + b·ε) = ∛a + b/(3·∛a²)·ε``; infinite derivative at 0, nan where *b* is 0 too.",
        "any",
        None,
        "cube_root(a)",
        "b * cube_root_slope(a, value)",
        lambda f, x, y: 1.0 / (3.0 * (y * y)),
    ),
    Function(
        "erf",
        None,
        "error function",
        "``erf(a + b·ε) = erf(a) + b·2/√π·exp(-a²)·ε``.",
        "any",
        None,
        "libm.erf(a)",
        "b * TWO_BY_ROOT_PI * square_exp(a)",
        lambda f, x, y: _BY_ROOT_PI * f.exp(-x * x),
    ),
    Function(
        "erfc",
        None,
        "complement of the error function",
        "``erfc(a + b·ε) = 1 - erf(a) - b·2/√π·exp(-a²)·ε``, exact in the value where erf is nearly 1.",
        "any",
        None,
        "libm.erfc(a)",
        "-b * TWO_BY_ROOT_PI * square_exp(a)",
        lambda f, x, y: -_BY_ROOT_PI * f.exp(-x * x),
    ),
)


class Operator(NamedTuple):
    """An operator of two dual numbers ``a + b·ε`` and ``c + d·ε``, as scalars have it.

    *by_left* and *by_right* are the partial derivatives, expressions of a, c and the *value*; their sum of products
    with b and d is divided by *divisor*, if there is one. *python* is the operator's name among Python's methods.
    """

    name: str
    python: str
    numpy: str
    formula: str
    value: str
    by_left: str
    by_right: str
    divisor: str | None = None
    zero: str | None = None  # what ZeroDivisionError says where c is 0


OPERATORS: tuple[Operator, ...] = (
    Operator("add", "add", "add", "``(a + c) + (b + d)·ε``.", "a + c", "1.0", "1.0"),
    Operator("sub", "sub", "subtract", "``(a - c) + (b - d)·ε``.", "a - c", "1.0", "-1.0"),
    Operator("mul", "mul", "multiply", "``a·c + (a·d + b·c)·ε``.", "a * c", "c", "a"),
    Operator(
        "div",
        "truediv",
        "true_divide",
        "``a/c + (b - (a/c)·d)/c·ε``, which squares no divisor: a huge or tiny one does no harm.",
        "a / c",
        "1.0",
        "-value",
        "c",
        "division by zero",
    ),
    Operator(
        "mod",
        "mod",
        "remainder",
        "``(a mod c) + (b - ⌊a/c⌋·d)·ε``, with the sign of the divisor, as for floats.",
        "modulo(a, c)",
        "1.0",
        "-floor_of(a, c)",
        None,
        "division by zero",
    ),
    Operator(
        "floordiv",
        "floordiv",
        "floor_divide",
        "``⌊a/c⌋``, which is flat: its derivative is 0.",
        "floor_of(a, c)",
        "0.0",
        "0.0",
        None,
        "division by zero",
    ),
)


def _power_rule(f: Any, x: Any, y: Any, value: Any) -> tuple[Any, Any]:
    # Each factor is made only where it is asked for: log(x) has no value for a negative base. x⁰ is flat, at 0 too.
    return (lambda: y * x ** _less_one(f, y)), (lambda: value * f.log(x))


def _less_one(f: Any, y: Any) -> Any:
    if isinstance(y, (float, int)):
        return y - 1.0 if y else 1.0
    return f.where(y == 0.0, 1.0, y - 1.0)


#: The partial derivatives of operations of two arguments, each to be called if it is needed.
RULES_OF_TWO: dict[str, Callable[[Any, Any, Any, Any], tuple[Callable[[], Any], Callable[[], Any]]]] = {
    "add": lambda f, x, y, value: ((lambda: 1.0), (lambda: 1.0)),
    "sub": lambda f, x, y, value: ((lambda: 1.0), (lambda: -1.0)),
    "mul": lambda f, x, y, value: ((lambda: y), (lambda: x)),
    "div": lambda f, x, y, value: ((lambda: 1.0 / y), (lambda: -value / y)),
    "mod": lambda f, x, y, value: ((lambda: 1.0), (lambda: -(x // y))),
    "floordiv": lambda f, x, y, value: ((lambda: 0.0), (lambda: 0.0)),
    "pow": _power_rule,
    "hypot": lambda f, x, y, value: ((lambda: x / value), (lambda: y / value)),
    "atan2": lambda f, y, x, value: ((lambda: x / (x * x + y * y)), (lambda: -y / (x * x + y * y))),
}

#: The package's name of an operation of one argument: NumPy's, or None where NumPy has none.
UNARY: dict[str, str | None] = {
    "neg": "negative",
    "fabs": "absolute",
    **{function.name: function.numpy for function in FUNCTIONS},
}
#: The same for two arguments.
BINARY: dict[str, str] = {
    "add": "add",
    "sub": "subtract",
    "mul": "multiply",
    "div": "true_divide",
    "pow": "power",
    "hypot": "hypot",
    "atan2": "arctan2",
    "maximum": "maximum",
    "minimum": "minimum",
}
#: Comparisons, whose result is a mask.
COMPARISONS: dict[str, str] = {
    "less": "less",
    "less_equal": "less_equal",
    "greater": "greater",
    "greater_equal": "greater_equal",
    "equal": "equal",
    "not_equal": "not_equal",
}
#: Operations on masks.
LOGICAL: dict[str, str] = {"both": "bitwise_and", "either": "bitwise_or", "negate": "invert"}

UFUNC_OF: dict[str, str] = {
    **{name: ufunc for name, ufunc in UNARY.items() if ufunc},
    **BINARY,
    **COMPARISONS,
    **LOGICAL,
}
#: NumPy's name: the package's.
OF_UFUNC: dict[str, str] = {
    **{ufunc: name for name, ufunc in UFUNC_OF.items()},
    "fabs": "fabs",
    "divide": "div",
    "float_power": "pow",
    "erf": "erf",  # SciPy's
    "erfc": "erfc",
    "logical_and": "both",
    "logical_or": "either",
    "logical_not": "negate",
}
#: Names under which NumPy calls methods of an array's objects, beside those that are the package's own.
NUMPY_METHODS: dict[str, str] = {
    **{function.numpy: function.name for function in FUNCTIONS if function.numpy and function.numpy != function.name},
    "fabs": "fabs",
}
