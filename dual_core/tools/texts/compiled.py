"""The compiled scalars: functions, kernels, operators and methods of numbers, and the conversions they refuse."""

from __future__ import annotations

from typing import Any

from texts import table
from texts.table import CONVERSIONS, TABLE, as_sorted, by, documentation, names

__all__ = ["functions", "kernels", "methods", "names_of_module", "never_plain", "operators"]


def names_of_module() -> str:
    return (
        "__all__ = [\n"
        + "".join(f'    "{name}",\n' for name in ["Dual", "MultiDual", *sorted(names(), key=as_sorted)])
        + "]\n"
    )


def functions() -> str:
    return "\n\n".join(
        f'def {f.name}(x, /):\n{documentation(f, "    ")}    return _of(_{f.name}, "{f.name}", x)\n'
        for f in TABLE.FUNCTIONS
    )


def kernels() -> str:
    texts = []
    for f in TABLE.FUNCTIONS:
        text = f"cdef double _{f.name}(double a, double *p) except? -1.0:\n    cdef double value, b = p[0]\n"
        if f.invalid:
            text += f'    if {f.invalid}:\n        raise ValueError("math domain error")\n'
        text += f"    value = _valid({f.value}, a)\n    p[0] = {f.slope}\n    return value\n"
        texts.append(text)
    return "\n\n".join(texts)


def methods(kind: str) -> str:
    at = "_at" if kind == "Dual" else "_at_multi"
    texts = table.methods(lambda name: f"{at}(_{name}, self)", "abs(self)", "")
    for numpy, name in (("hypot", "hypot"), ("arctan2", "atan2")):
        texts.append(
            f'    def {numpy}(self, other):\n        """See :func:`{name}`."""\n        return {name}(self, other)\n'
        )
    return "\n".join(texts)


def operators(kind: str) -> str:
    return "\n".join((_of_duals if kind == "Dual" else _of_multi_duals)(o) for o in TABLE.OPERATORS)


def _head(o: Any) -> str:
    zero = o.zero
    raises = "\n\n        :raises ZeroDivisionError: the right operand's value is zero\n        " if zero else ""
    return f'    def __{o.python}__(left, right):\n        """{o.formula}{raises}"""\n'


def _of_duals(o: Any) -> str:
    o_value, left, right = o.value, o.by_left, o.by_right
    divisor = f" / {o.divisor}" if o.divisor else ""
    nonzero = " and (<Dual>right).a != 0.0" if o.zero else ""
    first, second = by(left, "(<Dual>left).b"), by(right, "(<Dual>right).b")
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


def never_plain() -> str:
    """The class that refuses conversions, for the compiled numbers."""
    methods = "\n".join(f'    def {head}:\n        refuse(self, "{to}")\n' for head, to in CONVERSIONS.items())
    return _NEVER_PLAIN + methods


_NEVER_PLAIN = '''@cython.auto_pickle(False)
cdef class NeverPlain:
    """Refuses every conversion to a plain number: the derivative would be lost."""

'''
