"""Functions of the user's own, with rules of their own for the derivatives."""

from __future__ import annotations

import functools
import math
import sys
from collections.abc import Callable, Sequence
from typing import Any

from dual_autodiff.scalars import levels
from dual_autodiff.scalars.levels import NONE, is_scalar, make, parts_at, tag_of

__all__ = ["Primitive", "name_of_ufunc", "of_ufunc", "primitive"]

_OF_UFUNC: dict[Any, Primitive] = {}


def primitive(*rules: Callable[..., Any] | None, ufunc: Any = None) -> Callable[[Callable[..., Any]], Primitive]:
    """Give a function rules for its derivatives, so that dual numbers may go through it.

    The function is called with plain numbers or arrays of them, element by element as NumPy's universal functions. Each
    rule is called with the same arguments and gives the partial derivative by one of them; where it is written with
    functions of this package, derivatives of any order nest. The function may then be called with numbers, Duals,
    MultiDuals, arrays of them, and inside ``derivative(f, X)``.

    >>> import math
    >>> import dual_autodiff as df
    >>> @df.primitive(lambda x: df.cos(x) / x - df.sin(x) / x**2)
    ... def sinc(x):
    ...     return math.sin(x) / x
    >>> df.derivative(sinc, 2.0)
    -0.43539777497999166

    :param rules: the partial derivatives, one for each argument; None where there is none
    :param ufunc: a universal function of NumPy's kind that means the same, such as ``scipy.special.expit``: it may then
        be called with dual numbers itself
    :raises TypeError: there is no rule, or one cannot be called
    """
    if not rules or not all(rule is None or callable(rule) for rule in rules):
        raise TypeError("primitive takes the rules first: @primitive(lambda x: …), one for each argument")

    def decorate(function: Callable[..., Any]) -> Primitive:
        made = Primitive(function, rules)
        if ufunc is not None:
            _OF_UFUNC[ufunc] = made
        return made

    return decorate


def of_ufunc(ufunc: Any) -> Primitive | None:
    """What has the rules of *ufunc*; those of SciPy's functions come with the first that is met."""
    if ufunc not in _OF_UFUNC and "scipy.special" in sys.modules:
        from dual_autodiff import special  # noqa: F401  # it enters them
    return _OF_UFUNC.get(ufunc)


def name_of_ufunc(ufunc: Any) -> str:
    """The name under which NumPy or SciPy has *ufunc*; nothing for one that somebody else has made.

    A function of that name from elsewhere means something else, so nothing goes by the name alone.
    """
    name: str = ufunc.__name__
    modules = (sys.modules.get("numpy"), sys.modules.get("scipy.special"))
    return name if any(getattr(module, name, None) is ufunc for module in modules) else ""


class Primitive:
    """A function with rules for its derivatives: see :func:`primitive`."""

    def __init__(self, function: Callable[..., Any], rules: Sequence[Callable[..., Any] | None]) -> None:
        self._function, self._rules = function, tuple(rules)
        functools.update_wrapper(self, function)

    def __repr__(self) -> str:
        return f"<primitive {self.__module__}.{getattr(self, '__qualname__', '?')}>"

    def __call__(self, *arguments: Any) -> Any:
        if len(arguments) != len(self._rules):
            raise TypeError(f"{self!r} takes {len(self._rules)} arguments, as it has rules, not {len(arguments)}")
        numpy = sys.modules.get("numpy")
        if numpy is not None and any(isinstance(x, numpy.ndarray) and x.dtype.kind == "O" for x in arguments):
            from dual_autodiff.arrays.parts import as_array

            arguments = tuple(x if is_scalar(x) else as_array(x) for x in arguments)
        tag = max(map(tag_of, arguments))
        if tag == NONE:
            return self._function(*arguments)
        for x in arguments:
            if tag_of(x) == tag and hasattr(type(x), "_tape"):
                return x._tape.call(self, arguments)
        return (self._of_scalars if all(map(is_scalar, arguments)) else self._of_arrays)(arguments, tag)

    def _rule(self, place: int, values: Sequence[Any]) -> Any:
        rule = self._rules[place]
        if rule is None:
            raise TypeError(f"{self!r} has no derivative by its argument number {place + 1}, which is dual")
        return rule(*values)

    def _of_scalars(self, arguments: Sequence[Any], tag: int) -> Any:
        top = next(x for x in arguments if tag_of(x) == tag)
        split = [parts_at(x, tag) for x in arguments]
        values = [value for value, _ in split]
        value = _number(self(*values))
        totals: list[Any] = []
        for place, (_, parts) in enumerate(split):
            if parts is None:
                continue
            slope = _or_nan(self._rule, place, values)
            terms = [slope * part for part in parts]
            totals = [one + other for one, other in zip(totals, terms, strict=True)] if totals else terms
        return make(tag, value, totals, levels.is_single(top))

    def _of_arrays(self, arguments: Sequence[Any], tag: int) -> Any:
        from dual_autodiff.arrays.parts import split, top_of
        from dual_autodiff.arrays.slopes import chained

        tag, count = top_of(arguments)
        parts = [split(x, tag, count) for x in arguments]
        values, slopes = [value for value, _ in parts], [slope for _, slope in parts]
        value = self(*values)
        factors = [None if slope is None else self._rule(j, values) for j, slope in enumerate(slopes)]
        return chained(value, [0.0 if f is None else f for f in factors], slopes, tag, count)


def _or_nan(rule: Callable[..., Any], place: int, values: Sequence[Any]) -> Any:
    """A slope; nan where it has no value, since a derivative never raises."""
    try:
        return _number(rule(place, values))
    except (ArithmeticError, ValueError):
        return math.nan


def _number(x: Any) -> Any:
    return float(x) if tag_of(x) == NONE else x
