"""Numbers of different derivatives in one expression: nested derivatives.

Each call of :func:`derivative` and its like has a *tag* of its own, which its variables and all that is computed with
them carry. Where two tags meet, the number with the greater one is the outer: it has a value and derivatives that are
themselves numbers with lesser tags. So a derivative by one variable never passes for one by another.
"""

from __future__ import annotations

import itertools
import math
import operator
import os
import random
from collections.abc import Callable, Sequence
from numbers import Real
from typing import Any

from dual_autodiff import operations
from dual_autodiff.scalars.dispatch import array_function, array_ufunc, derivatives, formatted, serve_levels
from dual_autodiff.scalars.never_plain import NeverPlain
from dual_autodiff.scalars.real_part import real_of

__all__ = [
    "NONE",
    "NestedDual",
    "apply",
    "base",
    "is_scalar",
    "is_single",
    "make",
    "new_tag",
    "of_tag",
    "parts_at",
    "tag_of",
]

#: The tag of a plain number.
NONE = -1
_counter = itertools.count()


def _first_tag() -> None:
    """Begin at a random number: a variable that another process has made is not taken for one of this process."""
    global _counter
    _counter = itertools.count((random.SystemRandom().getrandbits(30) + 1) << 32)


_first_tag()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_first_tag)


def new_tag() -> int:
    """A tag that no other derivative has. 0 is the tag of what is made by hand."""
    return next(_counter)


def tag_of(x: Any) -> int:
    """The tag of dual numbers of any kind, -1 for anything else."""
    kind = type(x)
    if kind is float or kind is int:
        return NONE
    return x._tag if isinstance(x, _KINDS) else NONE


#: The classes whose objects carry a tag; arrays and recorded values add theirs.
_KINDS: tuple[Any, ...] = ()
#: Those of them that are single numbers.
_SCALARS: set[type] = set()


def of_tag(kind: type, scalar: bool) -> None:
    """Tell that objects of the class *kind* carry a tag."""
    global _KINDS
    _KINDS = (*_KINDS, kind)
    if scalar:
        _SCALARS.add(kind)


def is_scalar(x: Any) -> bool:
    """Whether this is a number, dual or plain."""
    return type(x) in _SCALARS or isinstance(x, (float, int, Real))


def parts_at(x: Any, tag: int) -> tuple[Any, Sequence[Any] | None]:
    """Value and derivatives of *x* in the derivative *tag*; None for the derivatives of what is constant there.

    The number may have greater tags too, where one has escaped from an inner derivative.
    """
    own = tag_of(x)
    if own < tag:
        return x, None
    if own == tag:
        return _split(x)
    value, parts = _split(x)
    lower = [parts_at(part, tag) for part in (value, *parts)]
    if all(derivatives is None for _, derivatives in lower):
        return x, None
    count = max(len(derivatives) for _, derivatives in lower if derivatives is not None)
    rows = [[0.0] * count if derivatives is None else list(derivatives) for _, derivatives in lower]
    single = is_single(x)
    new = make(own, lower[0][0], [low for low, _ in lower[1:]], single)
    return new, [make(own, rows[0][j], [row[j] for row in rows[1:]], single) for j in range(count)]


def _split(x: Any) -> tuple[Any, Sequence[Any]]:
    if isinstance(x, NestedDual):
        return x._value, x._parts
    return (x.value, x._partials()) if hasattr(x, "_partials") else (x.value, (x.dual,))


def is_single(x: Any) -> bool:
    """Whether *x*, a dual scalar, has one derivative and not a list of partial ones."""
    return x._single if isinstance(x, NestedDual) else not hasattr(x, "_partials")


def make(tag: int, value: Any, parts: Sequence[Any], single: bool) -> Any:
    """The number of the derivative *tag*: a Dual or MultiDual where all parts are floats."""
    from dual_autodiff import dual

    if isinstance(value, (float, int)) and all(isinstance(part, (float, int)) for part in parts):
        return dual.tagged(float(value), float(parts[0]) if single else [float(part) for part in parts], tag)
    return NestedDual(tag, value, tuple(parts), single)


def base(x: Any) -> Any:
    """The value below all levels."""
    while type(x) in _SCALARS and not hasattr(type(x), "__dual_function__"):
        x = x.value
    return x


_OPERATORS: dict[str, Callable[..., Any]] = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "div": operator.truediv,
    "mod": operator.mod,
    "floordiv": operator.floordiv,
    "pow": operator.pow,
    "neg": operator.neg,
}
_CHOICES = {"maximum": operator.ge, "minimum": operator.le}


def apply(name: str, arguments: Sequence[Any]) -> Any:
    """The operation *name* of numbers with any tags."""
    from dual_autodiff import dual

    arguments = tuple(map(_of_full_precision, arguments))
    if name in ("maximum", "minimum", "where"):
        return _choice(name, arguments)
    tag = max(map(tag_of, arguments))
    function = _OPERATORS.get(name) or getattr(dual, name)
    if tag == NONE:
        return function(*arguments)
    for argument in arguments:
        if hasattr(type(argument), "__dual_function__") and argument._tag == tag:
            return argument.__dual_function__(name, arguments)  # recorded, with the others as constants
    split = [parts_at(argument, tag) for argument in arguments]
    top = next(argument for argument in arguments if tag_of(argument) == tag)
    values, parts = [value for value, _ in split], [part for _, part in split]
    value, slopes = (_one if len(arguments) == 1 else _two)(name, function, values, [p is not None for p in parts])
    count = len(next(part for part in parts if part is not None))
    combined = [_sum(slopes, [None if p is None else p[j] for p in parts], name == "pow") for j in range(count)]
    return make(tag, value, combined, is_single(top))


def _of_full_precision(x: Any) -> Any:
    """A plain number as a float: with a float32 of NumPy, which counts for more than a float, digits would be lost."""
    if isinstance(x, (float, int)) or type(x) in _SCALARS or not isinstance(x, Real):
        return x
    return float(x)


def _sum(slopes: list[Any], parts: list[Any], of_power: bool) -> Any:
    total: Any = None
    for index, (slope, part) in enumerate(zip(slopes, parts, strict=True)):
        if part is None or (of_power and index == 1 and isinstance(part, float) and part == 0.0):
            continue
        term = slope * part
        total = term if total is None else total + term
    return 0.0 if total is None else total


def _one(name: str, function: Any, values: list[Any], wanted: list[bool]) -> tuple[Any, list[Any]]:
    (x,) = values
    if isinstance(x, (float, int)):
        at = function(_variable(x))
        return at.value, [at.dual]
    y = function(x)
    if name == "neg":
        return y, [-1.0]
    if name == "fabs":
        sign = base(x)
        return y, [1.0 if sign > 0 else -1.0 if sign < 0 else math.nan]
    return y, [_or_nan(lambda: _RULES[name](_functions(), x, y))]


_RULES = {function.name: function.rule for function in operations.FUNCTIONS}


def _two(name: str, function: Any, values: list[Any], wanted: list[bool]) -> tuple[Any, list[Any]]:
    x, y = values
    if all(isinstance(value, (float, int)) for value in values):
        first = function(_variable(x), y) if wanted[0] else None
        second = function(x, _variable(y)) if wanted[1] else None
        value = next(each for each in (first, second) if each is not None).value
        return value, [None if each is None else each.dual for each in (first, second)]
    value = function(x, y)
    rules = operations.RULES_OF_TWO[name](_functions(), x, y, value)
    return value, [_or_nan(rule) if want else None for rule, want in zip(rules, wanted, strict=True)]


def _variable(x: float) -> Any:
    from dual_autodiff import dual

    return dual.Dual(x, 1.0)


def _functions() -> Any:
    from dual_autodiff import dual

    return dual


def _or_nan(rule: Callable[[], Any]) -> Any:
    """A slope; nan where it has no value, since a derivative never raises."""
    try:
        return rule()
    except (ArithmeticError, ValueError):
        return math.nan


def _choice(name: str, arguments: Sequence[Any]) -> Any:
    if name == "where":
        first, (x, y) = bool(arguments[0]), arguments[1:]
    else:
        x, y = arguments
        low, high = base(x), base(y)
        first = bool(_CHOICES[name](low, high)) or low != low
    chosen, other = (x, y) if first else (y, x)
    tag = tag_of(other)
    if tag <= tag_of(chosen):
        return chosen
    return make(tag, chosen, [0.0] * len(_split(other)[1]), is_single(other))


def _comparison(compare: Callable[[Any, Any], Any]) -> Any:
    def method(self: NestedDual, other: object) -> Any:
        return compare(base(self), base(other)) if is_scalar(other) else NotImplemented

    return method


def _same(x: NestedDual, y: Any) -> Any:
    if not is_scalar(y):
        return NotImplemented
    tag = max(x._tag, tag_of(y))
    (value, parts), (other, others) = parts_at(x, tag), parts_at(y, tag)
    known = parts or [0.0] * len(others or ())
    return bool(value == other) and all(p == q for p, q in zip(known, others or [0.0] * len(known), strict=True))


class NestedDual(NeverPlain):
    """A number with derivatives, where value and derivatives may hold derivatives by other variables.

    Operators, functions and errors are those of :class:`Dual`. It is what nested derivatives meet.
    """

    __slots__ = ("_parts", "_single", "_tag", "_value")

    def __init__(self, tag: int, value: Any, parts: tuple[Any, ...], single: bool) -> None:
        self._tag, self._value, self._parts, self._single = tag, value, parts, single

    @property
    def value(self) -> Any:
        """The value, a number with the derivatives by the other variables."""
        return self._value

    @property
    def derivative(self) -> Any:
        """The derivative, or an array of several."""
        return self._parts[0] if self._single else derivatives(list(self._parts))

    @property
    def real(self) -> Any:
        """The value: see :attr:`value`; the number itself where NumPy, SciPy or pandas asks."""
        return real_of(self, self._value)

    @property
    def dual(self) -> Any:
        """The derivative: see :attr:`derivative`."""
        return self.derivative

    def __repr__(self) -> str:
        parts = repr(self._parts[0]) if self._single else f"[{', '.join(map(repr, self._parts))}]"
        return f"{type(self).__name__}({self._value!r}, {parts})"

    def __reduce__(self) -> tuple[Any, ...]:
        return NestedDual, (self._tag, self._value, self._parts, self._single)

    def __bool__(self) -> bool:
        return bool(self._value) or any(map(bool, self._parts))

    def __hash__(self) -> int:
        return hash((self._value, self._parts) if any(map(bool, self._parts)) else self._value)

    def __eq__(self, other: object) -> Any:
        return _same(self, other)

    def __ne__(self, other: object) -> Any:
        same = _same(self, other)
        return same if same is NotImplemented else not same

    __lt__ = _comparison(operator.lt)
    __le__ = _comparison(operator.le)
    __gt__ = _comparison(operator.gt)
    __ge__ = _comparison(operator.ge)

    def __format__(self, spec: str) -> str:
        return formatted(self, spec)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        return array_ufunc(ufunc, method, inputs, kwargs)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        return array_function(function, args, kwargs)

    def __pos__(self) -> Any:
        return self

    def __neg__(self) -> Any:
        return apply("neg", (self,))

    def __abs__(self) -> Any:
        return apply("fabs", (self,))

    def conjugate(self) -> Any:
        """The same object."""
        return self


def _of_two(name: str, reflected: bool) -> Any:
    def method(self: NestedDual, other: Any) -> Any:
        if not is_scalar(other):
            return NotImplemented
        return apply(name, (other, self) if reflected else (self, other))

    return method


def _of_one(name: str) -> Any:
    def method(self: NestedDual) -> Any:
        return apply(name, (self,))

    return method


def _operators() -> None:
    names = {o.name: o.python for o in operations.OPERATORS} | {"pow": "pow"}
    for name, python in names.items():
        setattr(NestedDual, f"__{python}__", _of_two(name, False))
        setattr(NestedDual, f"__r{python}__", _of_two(name, True))
    for function in operations.FUNCTIONS:
        setattr(NestedDual, function.name, _of_one(function.name))
    for numpy, name in operations.NUMPY_METHODS.items():
        setattr(NestedDual, numpy, _of_one(name))
    for numpy, name in (("hypot", "hypot"), ("arctan2", "atan2")):
        setattr(NestedDual, numpy, _of_two(name, False))


_operators()
of_tag(NestedDual, True)
serve_levels(apply, is_scalar)
