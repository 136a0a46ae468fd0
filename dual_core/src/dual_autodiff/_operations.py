"""The operations on arrays and traced values, and NumPy's functions of the same meaning: data, in one place."""

from __future__ import annotations

__all__ = ["BINARY", "BLOCK", "COMPARISONS", "OF_UFUNC", "UFUNC_OF", "UNARY"]

#: Points in a block; that of ``kernels.h``.
BLOCK = 256

#: The package's name of a function of one argument: NumPy's, or None where NumPy has none.
UNARY: dict[str, str | None] = {
    "neg": "negative",
    "fabs": "absolute",
    "sqrt": "sqrt",
    "exp": "exp",
    "log": "log",
    "sin": "sin",
    "cos": "cos",
    "tan": "tan",
    "asin": "arcsin",
    "acos": "arccos",
    "atan": "arctan",
    "sinh": "sinh",
    "cosh": "cosh",
    "tanh": "tanh",
    "asinh": "arcsinh",
    "acosh": "arccosh",
    "atanh": "arctanh",
    "exp2": "exp2",
    "expm1": "expm1",
    "log2": "log2",
    "log10": "log10",
    "log1p": "log1p",
    "cbrt": "cbrt",
    "erf": None,
    "erfc": None,
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
    "logical_and": "both",
    "logical_or": "either",
    "logical_not": "negate",
}
