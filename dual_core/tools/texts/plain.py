"""The scalars in plain Python: functions, kernels and operators of numbers, and the conversions they refuse."""

from __future__ import annotations

from typing import Any

from texts import table
from texts.table import CONVERSIONS, TABLE, as_sorted, by, documentation

__all__ = ["functions", "kernels", "never_plain", "operators"]


def functions() -> str:
    names = "".join(f'    "{name}",\n' for name in sorted((f.name for f in TABLE.FUNCTIONS), key=as_sorted))
    functions = "\n\n".join(
        f"def {f.name}(x: Any, /) -> Any:\n{documentation(f, '    ')}    return _of(values.{f.name}, x)\n"
        for f in TABLE.FUNCTIONS
    )
    return _FUNCTIONS.replace("NAMES", names) + functions


_FUNCTIONS = '''"""The functions of one variable in plain Python."""

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


def kernels() -> str:
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


def operators() -> str:
    return _OPERATORS + "\n".join([*map(_operator, TABLE.OPERATORS), _methods()])


_OPERATORS = '''"""Operators and methods of dual numbers in plain Python."""

from __future__ import annotations

from typing import Any

from dual_autodiff.scalars import values
from dual_autodiff.scalars.dispatch import operator_of
from dual_autodiff.scalars.never_plain import NeverPlain
from dual_autodiff.scalars.plain.parts import Parts, apply, is_number, like
from dual_autodiff.scalars.values import floor_of, modulo

__all__ = ["Operators"]


class Operators(Parts, NeverPlain):
    """What the class of dual numbers has from the table of operations; it has no other subclass."""

    __slots__ = ()

'''


def _methods() -> str:
    texts = table.methods(lambda name: f"apply(values.{name}, self)", "self.__abs__()", " -> Any")
    return "\n".join(texts)


def _operator(o: Any) -> str:
    zero = f'        if c == 0.0:\n            raise ZeroDivisionError("{o.zero}")\n' if o.zero else ""
    over = " / c" if o.divisor else ""
    raises = "\n\n        :raises ZeroDivisionError: the right operand's value is zero\n        " if zero else ""
    left, right = o.by_left, o.by_right
    both = "self._b - d" if right == "-1.0" else f"{by(left, 'self._b')} + {by(right, 'd')}"
    both = f"({both}){over}" if over else both
    one = by(left, "self._b") + over
    other = "-self._b" if right == "-1.0" else by(right, "self._b") + over
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


def never_plain() -> str:
    """The class that refuses conversions, for all dual numbers that are made in Python."""
    methods = "\n".join(
        f'    def {head.replace("digits=", "digits: Any = ")} -> NoReturn:\n        refuse(self, "{to}")\n'
        for head, to in CONVERSIONS.items()
    )
    return _NEVER_PLAIN + methods


_NEVER_PLAIN = '''"""The conversions that dual numbers refuse, for those that are made in Python."""

from __future__ import annotations

from typing import Any, NoReturn

from dual_autodiff.scalars.dispatch import refuse

__all__ = ["NeverPlain"]


class NeverPlain:
    """Refuses every conversion to a plain number: the derivative would be lost."""

    __slots__ = ()

'''
