"""The algebra of dual numbers, by property tests."""

import math
from typing import Any

import pytest

pytest.importorskip("hypothesis", reason="hypothesis is not installed")

import dual_autodiff as df
from dual_autodiff import Dual
from hypothesis import assume, given
from hypothesis import strategies as st

EXACT = st.integers(-(2**16), 2**16).map(float)  # sums and products of a few are exact in a float
MODERATE = st.floats(-1e3, 1e3).filter(lambda a: a == 0.0 or abs(a) > 1e-3)
ANY = st.floats()


def duals(part: st.SearchStrategy[float]) -> st.SearchStrategy[Dual]:
    return st.builds(Dual, part, part)


def close(expected: Dual, actual: Dual, scale: float) -> bool:
    return math.isclose(expected.real, actual.real, rel_tol=1e-12) and math.isclose(
        expected.dual, actual.dual, rel_tol=1e-9, abs_tol=1e-12 * scale
    )


def bits(x: Dual) -> str:
    return repr(x)  # tells -0.0 from 0.0, and holds nan equal to nan


@given(duals(EXACT), duals(EXACT), duals(EXACT))
def test_ring(x: Dual, y: Dual, z: Dual) -> None:
    assert x + y == y + x
    assert x * y == y * x
    assert (x + y) + z == x + (y + z)
    assert (x + y) * z == x * z + y * z
    assert x - y == x + -y
    assert x - x == Dual(0.0) == 0 * x
    assert x + 0 == x * 1 == x


@given(EXACT, EXACT)
def test_epsilon_squared_is_zero(b: float, d: float) -> None:
    assert Dual(0.0, b) * Dual(0.0, d) == 0.0


@given(duals(EXACT), EXACT.filter(bool))
def test_a_number_is_a_constant_dual(x: Dual, c: float) -> None:
    assert x + c == x + Dual(c)
    assert x - c == x - Dual(c)
    assert c - x == Dual(c) - x
    assert x * c == x * Dual(c)
    assert x / c == x / Dual(c)


@given(duals(MODERATE), duals(MODERATE))
def test_division_undoes_multiplication(x: Dual, y: Dual) -> None:
    assume(y.real != 0.0)
    scale = 1.0 + abs(x.dual) + abs(x.real * y.dual / y.real)
    assert close(x, x * y / y, scale)


@given(duals(st.floats(0.01, 10.0)), st.integers(1, 6))
def test_a_power_is_repeated_multiplication(x: Dual, n: int) -> None:
    product = x
    for _ in range(n - 1):
        product = product * x
    assert close(product, x**n, abs(product.dual))


@given(duals(st.floats(0.01, 100.0)))
def test_functions_undo_one_another(x: Dual) -> None:
    scale = 1.0 + abs(x.dual)
    assert close(x, df.exp(df.log(x)), 1e3 * scale)
    assert close(x, df.sqrt(x) ** 2, scale)
    assert close(x, df.tan(df.atan(x)), 1e3 * scale)


@given(duals(st.floats(-3.0, 3.0)))
def test_identities(x: Dual) -> None:
    scale = 1e3 * (1.0 + abs(x.dual))
    assert close(Dual(1.0), df.sin(x) ** 2 + df.cos(x) ** 2, scale)
    assert math.isclose((df.cosh(x) ** 2 - df.sinh(x) ** 2).real, 1.0, rel_tol=1e-10)
    assert df.tan(x).real == math.tan(x.real)
    assert close(df.exp(x) * df.exp(-x), Dual(1.0), scale)


@given(duals(ANY), duals(ANY))
def test_negation_and_subtraction_agree_on_every_float(x: Dual, y: Dual) -> None:
    minus_x = -x
    assert bits(-minus_x) == bits(x)
    assert bits(x - y) == bits(x + -y)
    assert bits(x * y) == bits(y * x)
    assert bits(x + y) == bits(y + x)


@given(ANY, ANY)
def test_repr_round_trips(a: float, b: float) -> None:
    assert bits(eval(bits(Dual(a, b)))) == bits(Dual(a, b))


@given(duals(ANY), st.one_of(duals(ANY), ANY, st.integers()))
def test_equal_means_equal_hash(x: Dual, y: Any) -> None:
    for left, right in ((x, y), (Dual(x.real), x.real), (Dual(x.value), Dual(x.value, -0.0))):
        if left == right:
            assert hash(left) == hash(right)
        assert (left == right) is (right == left) is not (left != right)
