"""The compiled scalars and the plain Python ones are one and the same, to what the math libraries differ by."""

import inspect
import itertools
import math
import operator
import pickle
import random
from typing import Any

import dual_autodiff as df
import pytest
from dual_autodiff.scalars import plain

inf, nan = math.inf, math.nan

TWO = ["hypot", "atan2", "pow", "maximum", "minimum"]
ONE = [name for name in plain.FUNCTIONS if name not in (*TWO, "where")]
OPERATORS = [operator.add, operator.sub, operator.mul, operator.truediv, operator.pow]
OPERATORS += [operator.mod, operator.floordiv]
SPECIAL = [0.0, -0.0, 0.5, 1.0, -1.0, 2.0, -3.0, 5e-324, -1e-310, 1e300, -1e300, inf, -inf, nan]
SEEDS = [0.0, -0.0, 1.0, -2.5, 1e300, inf, nan]

#: What two math libraries may differ by, in units of the last place.
LIBRARY_ULPS = 4.0


def outcome(function: Any, *arguments: Any) -> tuple[Any, ...]:
    """The two parts, or the error's type and text."""
    try:
        result = function(*arguments)
    except (ArithmeticError, TypeError, ValueError) as error:
        return type(error), str(error)
    return (result.real, result.dual) if hasattr(result, "dual") else (result,)


def agree(expected: tuple[Any, ...], actual: tuple[Any, ...], ulps: float = LIBRARY_ULPS) -> bool:
    if len(expected) != len(actual) or not all(isinstance(part, float) for part in expected + actual):
        return expected == actual
    return all(
        repr(one) == repr(other) or (math.isfinite(one) and abs(one - other) <= ulps * max(math.ulp(one), 5e-324))
        for one, other in zip(expected, actual, strict=True)
    )


@pytest.mark.parametrize("name", ONE)
def test_functions_at_special_points(name: str) -> None:
    for a, b in itertools.product(SPECIAL, SEEDS):
        expected = outcome(getattr(plain, name), plain.Dual(a, b))
        assert agree(expected, outcome(getattr(df, name), df.Dual(a, b))), (a, b, expected)
        assert agree(expected, outcome(getattr(df.Dual(a, b), name))), (a, b)
        assert agree(outcome(getattr(plain, name), a), outcome(getattr(df, name), a)), a


@pytest.mark.parametrize("name", ONE)
def test_functions_at_random_points(name: str) -> None:
    source = random.Random(name)
    for _ in range(2000):
        a = source.choice(
            [source.uniform(-1, 1), source.gauss(0, 30), math.ldexp(source.random(), source.randint(-1074, 1023))]
        )
        b = source.gauss(0, 2)
        expected = outcome(getattr(plain, name), plain.Dual(a, b))
        assert agree(expected, outcome(getattr(df, name), df.Dual(a, b)), 8.0), (a, b, expected)


@pytest.mark.parametrize("name", TWO)
def test_functions_of_two_arguments(name: str) -> None:
    for a, c in itertools.product(SPECIAL, SPECIAL):
        for b, d in ((1.0, 0.0), (0.0, 1.0), (2.0, -3.0)):
            expected = outcome(getattr(plain, name), plain.Dual(a, b), plain.Dual(c, d))
            assert agree(expected, outcome(getattr(df, name), df.Dual(a, b), df.Dual(c, d))), (a, b, c, d, expected)
        function, twin = getattr(plain, name), getattr(df, name)
        assert agree(outcome(function, plain.Dual(a, 1.0), c), outcome(twin, df.Dual(a, 1.0), c)), (a, c)
        assert agree(outcome(function, a, plain.Dual(c, 1.0)), outcome(twin, a, df.Dual(c, 1.0))), (a, c)


@pytest.mark.parametrize("op", OPERATORS)
def test_operators(op: Any) -> None:
    for a, c in itertools.product(SPECIAL, SPECIAL):
        for b, d in ((1.0, 0.0), (0.0, 1.0), (2.0, -3.0), (-0.0, nan)):
            expected = outcome(op, plain.Dual(a, b), plain.Dual(c, d))
            assert agree(expected, outcome(op, df.Dual(a, b), df.Dual(c, d))), (a, b, c, d, expected)
        assert agree(outcome(op, plain.Dual(a, 2.0), c), outcome(op, df.Dual(a, 2.0), c)), (a, c)
        assert agree(outcome(op, a, plain.Dual(c, 2.0)), outcome(op, a, df.Dual(c, 2.0))), (a, c)
        assert agree(outcome(op, plain.Dual(a, 2.0), 10**400), outcome(op, df.Dual(a, 2.0), 10**400)), a


@pytest.mark.parametrize("op", [operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne])
def test_comparisons(op: Any) -> None:
    for a, c in itertools.product(SPECIAL, SPECIAL):
        for b, d in ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (nan, nan)):
            assert op(plain.Dual(a, b), plain.Dual(c, d)) is op(df.Dual(a, b), df.Dual(c, d))
        for number in (c, 10**400, 2**53 + 1, True):
            assert op(plain.Dual(a, 0.0), number) is op(df.Dual(a, 0.0), number)
            assert op(number, plain.Dual(a, 1.0)) is op(number, df.Dual(a, 1.0))


def test_everything_else() -> None:
    for a, b in itertools.product(SPECIAL, SEEDS):
        one, other = plain.Dual(a, b), df.Dual(a, b)
        assert (repr(one), str(one), bool(one)) == (repr(other), str(other), bool(other))
        assert outcome(float, one) == outcome(float, other)
        for op in (operator.neg, operator.pos, operator.abs):
            assert agree(outcome(op, one), outcome(op, other))
        if not (math.isnan(a) or math.isnan(b)):
            assert hash(one) == hash(other)
        assert repr(pickle.loads(pickle.dumps(one))) == repr(one)


def test_the_same_names_signatures_and_texts() -> None:
    assert set(plain.FUNCTIONS) | {"Dual"} <= set(df.__all__)
    for name, function in plain.FUNCTIONS.items():
        compiled = getattr(df, name)
        assert [str(each) for each in inspect.signature(function).parameters] == [
            str(each) for each in inspect.signature(compiled).parameters
        ], name
        assert function.__doc__ and compiled.__doc__, name
    for wrong in ("1", None, 1j, [1.0], object):
        expected = outcome(plain.sin, wrong)
        assert expected == outcome(df.sin, wrong)
        assert expected[0] is TypeError
        assert outcome(plain.Dual, wrong) == outcome(df.Dual, wrong)
        assert outcome(plain.Dual, 1.0, wrong) == outcome(df.Dual, 1.0, wrong)
