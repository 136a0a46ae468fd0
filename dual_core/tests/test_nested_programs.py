"""Derivatives inside derivatives are those of the same program in symbols."""

from __future__ import annotations

import dual_autodiff as df
import pytest

pytest.importorskip("hypothesis", reason="hypothesis is not installed")
pytest.importorskip("sympy", reason="SymPy is not installed")

from typing import Any

import numpy as np
import sympy
from hypothesis import given
from hypothesis import strategies as st
from nested_programs import numbers_of, programs, symbols_of

from property_tests import examples

PLACES = st.integers(-12, 12)
#: Programs of a length whose derivatives SymPy still finds in a fraction of a second.
PROGRAMS = programs().filter(lambda text: len(text) <= 200)


def truth(text: str, eighths: int) -> tuple[float, float]:
    """Value and derivative at a number of eighths, by SymPy, to 30 digits."""
    x = sympy.Dummy("x")
    symbols = symbols_of(text)(x)
    place = {x: sympy.Rational(eighths, 8)}
    return float(symbols.xreplace(place).evalf(30)), float(sympy.diff(symbols, x).xreplace(place).evalf(30))


def agree(found: Any, true: Any) -> None:
    np.testing.assert_allclose(np.asarray(found, dtype=float), true, rtol=1e-9, atol=1e-9)


@examples(100)
@given(PROGRAMS, PLACES)
def test_derivative_of_a_program_with_derivatives(text: str, eighths: int) -> None:
    agree(df.value_and_derivative(numbers_of(text), eighths / 8), truth(text, eighths))


@examples(40)
@given(programs(levels=3, size=1), PLACES)
def test_three_levels_inside_a_fourth(text: str, eighths: int) -> None:
    agree(df.value_and_derivative(numbers_of(text), eighths / 8), truth(text, eighths))


@examples(40)
@given(programs(levels=1, size=1), programs(levels=1, size=1), PLACES, PLACES)
def test_gradient_and_jacobian_of_programs_with_derivatives(one: str, other: str, a: int, b: int) -> None:
    f, g = numbers_of(one), numbers_of(other)
    (value, slope), (other_value, other_slope) = truth(one, a), truth(other, b)
    at = [a / 8, b / 8]
    agree(df.gradient(lambda x: f(x[0]) * g(x[1]), at), [slope * other_value, value * other_slope])
    agree(
        df.jacobian(lambda x: [f(x[0]), g(x[1]), f(x[0]) + g(x[1])], at),
        [[slope, 0], [0, other_slope], [slope, other_slope]],
    )


@examples(40)
@given(programs(levels=1, size=1, arrays=False), PLACES)
def test_program_with_derivatives_at_many_points(text: str, eighths: int) -> None:
    places = [eighths, eighths + 1, -eighths]
    found = df.derivative(numbers_of(text), np.array(places) / 8)
    agree(found, [truth(text, place)[1] for place in places])
