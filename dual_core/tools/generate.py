"""Write what follows from the table of operations into the files that hold it, between ``<generated: …>`` marks.

``python tools/generate.py`` after a change of ``operations.py``; with ``--check`` nothing is written, and the exit
status says whether something would be.
"""

from __future__ import annotations

import argparse
import importlib.util
import re
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from types import ModuleType
from typing import Any

SOURCES = Path(__file__).resolve().parents[1] / "src" / "dual_autodiff"
#: Functions that are written by hand, beside those of one argument.
BY_HAND = ["atan2", "fabs", "hypot", "maximum", "minimum", "pow", "where"]
_REGION = re.compile(r"(?P<first>[ ]*# <generated: (?P<what>[^>]+)>\n).*?(?P<last>[ ]*# </generated>\n)", re.DOTALL)


def _table() -> ModuleType:
    """The table alone, without the package around it, which may not be built."""
    specification = importlib.util.spec_from_file_location("table", SOURCES / "operations.py")
    assert specification is not None and specification.loader is not None
    table = importlib.util.module_from_spec(specification)
    sys.modules["table"] = table  # typing looks a class's module up
    specification.loader.exec_module(table)
    return table


TABLE = _table()


def _names() -> list[str]:
    return sorted([*BY_HAND, *(f.name for f in TABLE.FUNCTIONS)])


def _as_sorted(name: str) -> list[Any]:
    """The order of names in which log2 stands before log10."""
    return [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", name)]


def _documentation(function: Any, indent: str) -> str:
    f = function
    lines = [f'"""{f.formula}', "", f":param x: a Dual or a number; {f.domain}"]
    lines.append(":returns: a Dual for a Dual, else a float")
    if f.error:
        lines.append(f":raises {f.error}")
    lines += [":raises TypeError: *x* is neither Dual nor number", '"""']
    return "".join(f"{indent}{line}\n" if line else "\n" for line in lines)


# Cython


def cython_names() -> str:
    return (
        "__all__ = [\n"
        + "".join(f'    "{name}",\n' for name in ["Dual", "MultiDual", *sorted(_names(), key=_as_sorted)])
        + "]\n"
    )


def cython_functions() -> str:
    return "\n\n".join(
        f'def {f.name}(x, /):\n{_documentation(f, "    ")}    return _of(_{f.name}, "{f.name}", x)\n'
        for f in TABLE.FUNCTIONS
    )


def cython_kernels() -> str:
    texts = []
    for f in TABLE.FUNCTIONS:
        text = f"cdef double _{f.name}(double a, double *p) except? -1.0:\n    cdef double value, b = p[0]\n"
        if f.invalid:
            text += f'    if {f.invalid}:\n        raise ValueError("math domain error")\n'
        text += f"    value = _valid({f.value}, a)\n    p[0] = {f.slope}\n    return value\n"
        texts.append(text)
    return "\n\n".join(texts)


def cython_methods(kind: str) -> str:
    at = "_at" if kind == "Dual" else "_at_multi"
    texts = [
        f'    def {f.name}(self):\n        """The {f.title}: see :func:`{f.name}`."""\n'
        f"        return {at}(_{f.name}, self)\n"
        for f in TABLE.FUNCTIONS
    ]
    texts.append("    # Under these names NumPy calls the methods of an array's objects.\n")
    for numpy, name in TABLE.NUMPY_METHODS.items():
        call = "abs(self)" if name == "fabs" else f"{at}(_{name}, self)"
        texts.append(f'    def {numpy}(self):\n        """See :func:`{name}`."""\n        return {call}\n')
    texts.append('    def conjugate(self):\n        """The same object."""\n        return self\n')
    for numpy, name in (("hypot", "hypot"), ("arctan2", "atan2")):
        texts.append(
            f'    def {numpy}(self, other):\n        """See :func:`{name}`."""\n        return {name}(self, other)\n'
        )
    return "\n".join(texts)


def cython_operators(kind: str) -> str:
    return "\n".join((_of_duals if kind == "Dual" else _of_multi_duals)(o) for o in TABLE.OPERATORS)


def _by(factor: str, derivative: str) -> str:
    return derivative if factor == "1.0" else f"{factor} * {derivative}"


def _head(o: Any) -> str:
    zero = o.zero
    raises = "\n\n        :raises ZeroDivisionError: the right operand's value is zero\n        " if zero else ""
    return f'    def __{o.python}__(left, right):\n        """{o.formula}{raises}"""\n'


def _of_duals(o: Any) -> str:
    o_value, left, right = o.value, o.by_left, o.by_right
    divisor = f" / {o.divisor}" if o.divisor else ""
    nonzero = " and (<Dual>right).a != 0.0" if o.zero else ""
    first, second = _by(left, "(<Dual>left).b"), _by(right, "(<Dual>right).b")
    tangent = f"{first} - (<Dual>right).b" if right == "-1.0" else f"{first} + {second}"
    text = _head(o) + "        cdef Operand x, y\n        cdef double a, c, value\n"
    text += "        if type(left) is Dual and type(right) is Dual and (<Dual>left)._tag == (<Dual>right)._tag"
    text += f"{nonzero}:\n            a, c = (<Dual>left).a, (<Dual>right).a\n            value = {o_value}\n"
    text += f"            return _new(value, ({tangent}){divisor}, (<Dual>left)._tag)\n"
    nonzero = " and PyFloat_AS_DOUBLE(right) != 0.0" if o.zero else ""
    text += f"        if type(left) is Dual and type(right) is float{nonzero}:\n"
    text += "            a, c = (<Dual>left).a, PyFloat_AS_DOUBLE(right)\n"
    text += f"            value = {o_value}\n            return _new(value, {first}{divisor}, (<Dual>left)._tag)\n"
    text += "        if not _read_both(left, right, &x, &y):\n"
    text += f'            return operator_of("{o.name}", left, right)\n        a, c = x.a, y.a\n'
    if o.zero:
        text += f'        if c == 0.0:\n            raise ZeroDivisionError("{o.zero}")\n'
    tangent = f"_tangent({left}, x, {right}, y){divisor}"
    text += f"        value = {o_value}\n        return _new(value, {tangent}, x.tag | y.tag)\n"
    return text


def _of_multi_duals(o: Any) -> str:
    text = _head(o) + "        cdef Partials x, y\n        cdef double a, c, value\n        cdef MultiDual result\n"
    text += "        if not _read_partials_of_both(left, right, &x, &y):\n"
    text += f'            return operator_of("{o.name}", left, right)\n        a, c = x.a, y.a\n'
    if o.zero:
        text += f'        if c == 0.0:\n            raise ZeroDivisionError("{o.zero}")\n'
    text += f"        value = {o.value}\n"
    combined = f"_combined(value, {o.by_left}, x, {o.by_right}, y)"
    if not o.divisor:
        return text + f"        return {combined}\n"
    text += f"        result = {combined}\n        divide(result.p, result.count, {o.divisor})\n"
    return text + "        return result\n"


# Both


_CONVERSIONS = {
    "__float__(self)": "float",
    "__int__(self)": "int",
    "__index__(self)": "int",
    "__complex__(self)": "complex",
    "__round__(self, digits=None)": "round",
    "__trunc__(self)": "math.trunc",
    "__floor__(self)": "math.floor",
    "__ceil__(self)": "math.ceil",
}


def conversions(typed: bool = False) -> str:
    back = " -> NoReturn" if typed else ""
    return "\n".join(
        f"    def {head.replace('digits=', 'digits: Any = ') if typed else head}{back}:\n"
        f'        """Refused: the derivative would be lost."""\n        refuse(self, "{to}")\n'
        for head, to in _CONVERSIONS.items()
    )


# Plain Python


def python_functions() -> str:
    names = "".join(f'    "{name}",\n' for name in sorted((f.name for f in TABLE.FUNCTIONS), key=_as_sorted))
    functions = "\n\n".join(
        f"def {f.name}(x: Any, /) -> Any:\n{_documentation(f, '    ')}    return _of(values.{f.name}, x)\n"
        for f in TABLE.FUNCTIONS
    )
    return _PYTHON_FUNCTIONS.replace("NAMES", names) + functions


_PYTHON_FUNCTIONS = '''"""The functions of one variable in plain Python."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dual_autodiff.scalars import values
from dual_autodiff.scalars.dispatch import foreign
from dual_autodiff.scalars.plain.dual import Dual, new
from dual_autodiff.scalars.plain.parts import is_number

__all__ = [
NAMES]


def _of(kernel: Callable[[float, float], tuple[float, float]], x: Any) -> Any:
    if type(x) is Dual:
        return new(*kernel(x._a, x._b), x._tag)
    if not is_number(x):
        return foreign(kernel.__name__, x)
    return kernel(float(x), 0.0)[0]


'''


def python_kernels() -> str:
    texts = []
    for f in TABLE.FUNCTIONS:
        text = (
            f'def {f.name}(a: float, b: float) -> tuple[float, float]:\n    """The {f.title} and its derivative."""\n'
        )
        if f.invalid:
            text += f'    if {f.invalid}:\n        raise ValueError("math domain error")\n'
        text += f"    value = _valid({f.value}, a)\n    return value, {f.slope}\n"
        texts.append(text)
    return "\n\n".join(texts)


def python_operators() -> str:
    return _PYTHON_OPERATORS + "\n".join([conversions(typed=True), *map(_python_operator, TABLE.OPERATORS), _methods()])


_PYTHON_OPERATORS = '''"""Operators and methods of dual numbers in plain Python, and the conversions they refuse."""

from __future__ import annotations

from typing import Any, NoReturn

from dual_autodiff.scalars import values
from dual_autodiff.scalars.dispatch import operator_of, refuse
from dual_autodiff.scalars.plain.parts import Parts, apply, is_number, like
from dual_autodiff.scalars.values import floor_of, modulo

__all__ = ["Operators"]


class Operators(Parts):
    """What the class of dual numbers has from the table of operations; it has no other subclass."""

    __slots__ = ()

'''


def _methods() -> str:
    texts = [
        f'    def {f.name}(self) -> Any:\n        """The {f.title}: see :func:`{f.name}`."""\n'
        f"        return apply(values.{f.name}, self)\n"
        for f in TABLE.FUNCTIONS
    ]
    texts.append("    # Under these names NumPy calls the methods of an array's objects.\n")
    for numpy, name in TABLE.NUMPY_METHODS.items():
        call = "self.__abs__()" if name == "fabs" else f"apply(values.{name}, self)"
        texts.append(f'    def {numpy}(self) -> Any:\n        """See :func:`{name}`."""\n        return {call}\n')
    texts.append('    def conjugate(self) -> Any:\n        """The same object."""\n        return self\n')
    return "\n".join(texts)


def _python_operator(o: Any) -> str:
    zero = f'        if c == 0.0:\n            raise ZeroDivisionError("{o.zero}")\n' if o.zero else ""
    over = " / c" if o.divisor else ""
    raises = "\n\n        :raises ZeroDivisionError: the right operand's value is zero\n        " if zero else ""
    left, right = o.by_left, o.by_right
    both = "self._b - d" if right == "-1.0" else f"{_by(left, 'self._b')} + {_by(right, 'd')}"
    both = f"({both}){over}" if over else both
    one = _by(left, "self._b") + over
    other = "-self._b" if right == "-1.0" else _by(right, "self._b") + over
    value = f"{zero}        value = {o.value}\n"
    return (
        f"    def __{o.python}__(self, other: Any) -> Any:\n"
        f'        """{o.formula}{raises}"""\n'
        "        a = self._a\n"
        "        if type(other) is type(self):\n"
        "            if other._tag != self._tag:\n"
        f'                return operator_of("{o.name}", self, other)\n'
        "            c, d = other._a, other._b\n" + _indented(value) + f"            return like(self, value, {both})\n"
        "        if not is_number(other):\n"
        f'            return operator_of("{o.name}", self, other)\n'
        "        c = float(other)\n" + value + f"        return like(self, value, {one})\n\n"
        f"    def __r{o.python}__(self, other: Any) -> Any:\n"
        "        if not is_number(other):\n"
        f'            return operator_of("{o.name}", other, self)\n'
        "        a, c = float(other), self._a\n" + value + f"        return like(self, value, {other})\n"
    )


def _indented(text: str) -> str:
    return "".join(f"    {line}\n" for line in text.splitlines())


# The stub and the operators of arrays


def stub_methods(kind: str) -> str:
    text = "".join(f"    def {f.name}(self) -> {kind}: ...\n" for f in TABLE.FUNCTIONS)
    text += "".join(f"    def {numpy}(self) -> {kind}: ...\n" for numpy in TABLE.NUMPY_METHODS)
    text += f"    def conjugate(self) -> {kind}: ...\n"
    return text + "".join(f"    def {n}(self, other: {kind} | _Number) -> {kind}: ...\n" for n in ("hypot", "arctan2"))


def stub_operators(kind: str) -> str:
    names = [o.python for o in TABLE.OPERATORS]
    text = "".join(
        f"    def __{n}__(self, other: {kind} | _Number, /) -> {kind}: ...\n"
        f"    def __r{n}__(self, other: _Number, /) -> {kind}: ...\n"
        for n in names
    )
    return text + (
        f"    def __pow__(self, other: {kind} | _Number, modulo: None = None, /) -> {kind}: ...\n"
        f"    def __rpow__(self, other: _Number, modulo: None = None, /) -> {kind}: ...\n"
    )


def stub_functions() -> str:
    one = [_overloads(name, ["x: {}"], _OF_ONE) for name in [*(f.name for f in TABLE.FUNCTIONS), "fabs"]]
    two = [
        _overloads(name, ["y: {}", "x: {}"] if name == "atan2" else ["x: {}", "y: {}"], _OF_TWO)
        for name in ("hypot", "atan2", "pow", "maximum", "minimum")
    ]
    return "".join(one + two)


_OF_ONE = [
    ("Dual", "Dual"),
    ("MultiDual", "MultiDual"),
    ("_Number", "float"),
    ("DualArray", "DualArray"),
    ("npt.NDArray[Any]", "_Array"),
]
_ANY_ARRAY = "DualArray | Dual | _Number | npt.NDArray[Any]"
_OF_TWO = [
    ("_Number", "_Number", "float"),
    ("Dual", "Dual | _Number", "Dual"),
    ("_Number", "Dual", "Dual"),
    ("MultiDual", "MultiDual | _Number", "MultiDual"),
    ("_Number", "MultiDual", "MultiDual"),
    ("DualArray", _ANY_ARRAY, "DualArray"),
    ("Dual | _Number | npt.NDArray[Any]", "DualArray", "DualArray"),
    ("npt.NDArray[Any]", "npt.NDArray[Any] | _Number", "_Array"),
    ("_Number", "npt.NDArray[Any]", "_Array"),
]


def _overloads(name: str, parameters: list[str], types: Iterable[tuple[str, ...]]) -> str:
    text = ""
    for *given, result in types:
        arguments = ", ".join(p.format(t) for p, t in zip(parameters, given, strict=True))
        text += f"@overload\ndef {name}({arguments}, /) -> {result}: ...\n"
    return text


def array_methods() -> str:
    return "\n".join(
        f'    def {f.name}(self) -> Self:\n        """The {f.title}: see :func:`dual_autodiff.{f.name}`."""\n'
        f'        return self._apply("{f.name}", (self,))\n'
        for f in TABLE.FUNCTIONS
    )


_IN_PLACE = {"add", "sub", "mul", "div", "pow"}


def array_operators() -> str:
    texts = []
    for name, python in [*((o.name, o.python) for o in TABLE.OPERATORS), ("pow", "pow")]:
        texts.append(
            f"    def __{python}__(self, other: Operand, /) -> Self:\n"
            f'        return self._apply("{name}", (self, other))\n\n'
            f"    def __r{python}__(self, other: Operand, /) -> Self:\n"
            f'        return self._apply("{name}", (other, self))\n'
        )
        if name in _IN_PLACE:
            texts.append(
                f"    def __i{python}__(self, other: Operand, /) -> Self:\n"
                f'        return self._store(self._apply("{name}", (self, other)))\n'
            )
    return "\n".join(texts)


def recorded_operators() -> str:
    texts = []
    names = [(o.name, o.python) for o in TABLE.OPERATORS if o.name not in ("mod", "floordiv")]
    for name, python in [*names, ("both", "and"), ("either", "or")]:
        mask = name in TABLE.LOGICAL
        texts.append(
            f'    def __{python}__(self, other: Any) -> Any:\n        return _left("{name}", self, other, {mask})\n'
        )
        texts.append(
            f'    def __r{python}__(self, other: Any) -> Any:\n        return _right("{name}", other, self, {mask})\n'
        )
    texts.append('    def __rpow__(self, other: Any) -> Any:\n        return _right("pow", other, self, False)\n')
    for python, name in zip(("lt", "le", "gt", "ge", "eq", "ne"), TABLE.COMPARISONS, strict=True):
        texts.append(
            f'    def __{python}__(self, other: Any) -> Any:\n        return _left("{name}", self, other, True)\n'
        )
    return "\n".join(texts)


PARTS: dict[str, dict[str, Callable[[], str]]] = {
    "_core.pyx": {"names": cython_names},
    **{
        f"core/{file}.pxi": {
            "conversions": conversions,
            f"methods of {kind}": lambda kind=kind: cython_methods(kind),
            f"operators of {kind}": lambda kind=kind: cython_operators(kind),
        }
        for file, kind in (("dual", "Dual"), ("multi_dual", "MultiDual"))
    },
    "scalars/values.py": {"kernels": python_kernels},
    "_core.pyi": {
        "names": cython_names,
        "functions": stub_functions,
        **{f"methods of {kind}": lambda kind=kind: stub_methods(kind) for kind in ("Dual", "MultiDual")},
        **{f"operators of {kind}": lambda kind=kind: stub_operators(kind) for kind in ("Dual", "MultiDual")},
    },
    "arrays/operators.py": {
        "methods": array_methods,
        "operators": array_operators,
        "conversions": lambda: conversions(typed=True),
    },
    "pipeline/trace.py": {"operators": recorded_operators},
    "scalars/levels.py": {"conversions": lambda: conversions(typed=True)},
}


#: Files that are generated as a whole; ``_core.pyx`` includes its own, but Cython includes nothing inside a class.
WHOLE: dict[str, Callable[[], str]] = {
    "generated/functions.pxi": cython_functions,
    "generated/kernels.pxi": cython_kernels,
    "scalars/plain/operators.py": python_operators,
    "scalars/plain/functions.py": python_functions,
}
_HEAD = "# Made by tools/generate.py from operations.py.\n\n"


def generated(file: str, text: str) -> str:
    """*text* with what stands between its marks made anew."""

    def fresh(match: re.Match[str]) -> str:
        text = PARTS[file][match["what"]]()
        inside = match["first"].startswith(" ")
        # What a formatter puts before the mark that ends methods or functions.
        lines = 0 if "def " not in text else 1 if inside or file.endswith(".pyi") else 2
        blank = "" if inside and file.endswith(".pyi") else lines * "\n"
        return match["first"] + text + blank + match["last"]

    return _REGION.sub(fresh, text)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 if a file is not up to date")
    check = parser.parse_args().check
    stale = []
    for file in [*PARTS, *WHOLE]:
        path = SOURCES / file
        before = path.read_text(encoding="utf-8") if path.exists() else ""
        after = generated(file, before) if file in PARTS else _HEAD + WHOLE[file]()
        if after != before:
            stale.append(file)
            if not check:
                path.write_text(after, encoding="utf-8")
    if check and stale:
        print(f"not up to date: {', '.join(stale)}: run python tools/generate.py", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
