"""The table of operations, and what every text takes from it."""

from __future__ import annotations

import importlib.util
import re
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

__all__ = ["CONVERSIONS", "SOURCES", "TABLE", "as_sorted", "by", "documentation", "methods", "names"]

SOURCES = Path(__file__).resolve().parents[2] / "src" / "dual_autodiff"
#: Functions that are written by hand, beside those of one argument.
BY_HAND = ["atan2", "fabs", "hypot", "maximum", "minimum", "pow", "where"]


def _table() -> ModuleType:
    """The table alone, without the package around it, which may not be built."""
    specification = importlib.util.spec_from_file_location("table", SOURCES / "operations.py")
    assert specification is not None and specification.loader is not None
    table = importlib.util.module_from_spec(specification)
    sys.modules["table"] = table  # typing looks a class's module up
    specification.loader.exec_module(table)
    return table


TABLE = _table()


def names() -> list[str]:
    return sorted([*BY_HAND, *(f.name for f in TABLE.FUNCTIONS)])


def as_sorted(name: str) -> list[Any]:
    """The order of names in which log2 stands before log10."""
    return [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", name)]


def documentation(function: Any, indent: str) -> str:
    f = function
    lines = [f'"""{f.formula}', "", f":param x: a Dual or a number; {f.domain}"]
    lines.append(":returns: a Dual for a Dual, else a float")
    if f.error:
        lines.append(f":raises {f.error}")
    lines += [":raises TypeError: *x* is neither Dual nor number", '"""']
    return "".join(f"{indent}{line}\n" if line else "\n" for line in lines)


def by(factor: str, derivative: str) -> str:
    return derivative if factor == "1.0" else f"{factor} * {derivative}"


def methods(call: Callable[[str], str], magnitude: str, returns: str) -> list[str]:
    """The methods of a number for the functions of one argument, under our names and under NumPy's.

    :param call: the expression for a function's name
    :param magnitude: the expression for the absolute value
    :param returns: what stands behind a method's parameters
    """
    texts = [
        f'    def {f.name}(self){returns}:\n        """The {f.title}: see :func:`{f.name}`."""\n'
        f"        return {call(f.name)}\n"
        for f in TABLE.FUNCTIONS
    ]
    texts.append("    # Under these names NumPy calls the methods of an array's objects.\n")
    for numpy, name in TABLE.NUMPY_METHODS.items():
        found = magnitude if name == "fabs" else call(name)
        texts.append(f'    def {numpy}(self){returns}:\n        """See :func:`{name}`."""\n        return {found}\n')
    texts.append(f'    def conjugate(self){returns}:\n        """The same object."""\n        return self\n')
    return texts


#: The conversions that dual numbers refuse, with the name of each in the message.
CONVERSIONS = {
    "__float__(self)": "float",
    "__int__(self)": "int",
    "__index__(self)": "int",
    "__complex__(self)": "complex",
    "__round__(self, digits=None)": "round",
    "__trunc__(self)": "math.trunc",
    "__floor__(self)": "math.floor",
    "__ceil__(self)": "math.ceil",
}
