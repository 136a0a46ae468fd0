"""What NumPy calls one number is one number: it joins others in ``np.array``, and nested derivatives have it too."""

from __future__ import annotations

import operator
from typing import Any

import dual_autodiff as df
import pytest

pytest.importorskip("numpy", reason="NumPy is not installed")

import numpy as np
from uses.numpy_names import NAMES, SCALARS
from uses.record import slopes


def function(text: str) -> Any:
    return eval(f"lambda x: {text}", NAMES)


@pytest.mark.parametrize("text", SCALARS)
def test_joined_with_another(text: str) -> None:
    f, place = function(text), np.array(SCALARS[text])

    def joined(x: Any) -> Any:
        return np.array([f(x), 3.0 * f(x) - 1.0])

    found = df.jacobian(joined, place)
    np.testing.assert_allclose(found, slopes(joined, place), rtol=1e-7, atol=1e-7)


@pytest.mark.parametrize("text", SCALARS)
def test_inside_another_derivative(text: str) -> None:
    f, place = function(text), np.array(SCALARS[text])
    found = df.derivative(lambda t: df.gradient(lambda x: t * t * f(x), place).sum(), 1.5)
    assert float(found) == pytest.approx(3.0 * slopes(f, place).sum(), rel=1e-7, abs=1e-7)


@pytest.mark.parametrize("text", SCALARS)
def test_of_an_array_that_is_made_by_hand(text: str) -> None:
    f, place = function(text), np.array(SCALARS[text])
    found = f(df.DualArray(place, np.ones(place.shape)))
    assert float(found.derivative) == pytest.approx(slopes(f, place).sum(), rel=1e-7, abs=1e-7)
    assert float(found.value) == pytest.approx(float(f(place)), rel=1e-14)


OPERATORS = [operator.add, operator.sub, operator.mul, operator.truediv, operator.mod, operator.floordiv, operator.pow]


@pytest.mark.parametrize("op", OPERATORS, ids=lambda op: op.__name__)
@pytest.mark.parametrize("code", [*np.typecodes["AllInteger"], *np.typecodes["Float"], "?"])
def test_a_number_of_any_type_of_numpy_counts_as_the_float_that_it_is(code: str, op: Any) -> None:
    """On either side of every kind of dual number, a longdouble too."""
    number = np.dtype(code).type(1)

    def both(x: Any) -> Any:
        found, expected = [op(number, x), op(x, number)], [op(1.0, x), op(x, 1.0)]
        assert [repr(each) for each in found] == [repr(each) for each in expected]
        return x

    both(df.Dual(1.5, 2.0))
    df.gradient(lambda x: both(x[0]), [1.5, 2.0])
    df.derivative(lambda x: df.derivative(lambda y: both(x * y), 2.0), 1.5)
    df.jacobian(both, [1.5, 2.0])
    both(df.DualArray([1.5, 2.5], 1.0))
