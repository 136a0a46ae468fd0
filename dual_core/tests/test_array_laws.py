"""The laws of arrays, by property tests: those of their elements; and points know nothing of one another."""

import math
import operator
from collections.abc import Callable
from typing import Any

import pytest

pytest.importorskip("hypothesis", reason="hypothesis is not installed")

import dual_autodiff as df
import numpy as np
from dual_autodiff import Dual, DualArray
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as of_numpy

from property_tests import examples

EXACT = st.integers(-(2**16), 2**16).map(float)  # sums and products of a few are exact in a float
SHAPES = of_numpy.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4)
OPERATORS = [operator.add, operator.sub, operator.mul]
FUNCTIONS = ["sin", "cos", "exp", "log", "tanh", "sqrt", "atan", "erf", "expm1"]


@st.composite
def arrays(draw: st.DrawFn, shape: st.SearchStrategy[tuple[int, ...]] = SHAPES) -> DualArray:
    size = draw(shape)
    return DualArray(*(draw(of_numpy.arrays(np.float64, size, elements=EXACT)) for _ in range(2)))


@st.composite
def triples(draw: st.DrawFn) -> tuple[DualArray, DualArray, DualArray]:
    """Three arrays that broadcast to one shape."""
    shapes = draw(of_numpy.mutually_broadcastable_shapes(num_shapes=3, max_dims=3, max_side=3)).input_shapes
    one, two, three = (draw(arrays(st.just(shape))) for shape in shapes)
    return one, two, three


@st.composite
def sums_and_products(draw: st.DrawFn) -> Callable[[Any], Any]:
    """A function of one variable: a chain of operations, each on x, on numbers, on what is before it.

    The last result and x are drawn often, as in Horner's scheme, and what is far back now and then.
    """
    numbers = draw(st.lists(st.floats(-4, 4), min_size=1, max_size=3))
    chain: list[tuple[Callable[[Any, Any], Any], int, int]] = []
    for _ in range(draw(st.integers(1, 16))):
        last = len(numbers) + len(chain)
        near = st.sampled_from([0, 0, 1, last, last, last, max(0, last - 1), max(0, last - 2)])
        operand = near | st.integers(0, last)
        chain.append((draw(st.sampled_from(OPERATORS)), draw(operand), draw(operand)))

    def f(x: Any) -> Any:
        known = [x, *numbers]
        for operation, left, right in chain:
            known.append(operation(known[left], known[right]))
        return known[-1]

    return f


def same(one: Any, other: Any) -> bool:
    """Equal to the sign of zero; a nan is like another."""
    one, other = np.asarray(one), np.asarray(other)
    alike = (one == other) & (np.signbit(one) == np.signbit(other)) | (np.isnan(one) & np.isnan(other))
    return one.shape == other.shape and bool(alike.all())


def equal(one: DualArray, other: DualArray) -> bool:
    return np.array_equal(one.value, other.value) and np.array_equal(one.derivative, other.derivative)


@given(triples())
def test_ring(operands: tuple[DualArray, DualArray, DualArray]) -> None:
    x, y, z = operands
    assert equal(x + y, y + x)
    assert equal(x * y, y * x)
    assert equal((x + y) + z, x + (y + z))
    assert equal((x + y) * z, x * z + y * z)
    assert equal(x - y, x + -y)
    assert equal(x * 1, x) and equal(x + 0, x)
    assert equal(x - x, 0 * x)


@given(triples())
def test_an_element_is_what_the_scalars_make_of_the_elements(operands: tuple[DualArray, DualArray, DualArray]) -> None:
    x, y, _ = operands
    shape = np.broadcast_shapes(x.shape, y.shape)
    for operation in OPERATORS:
        result = operation(x, y)
        assert result.shape == shape
        for index in np.ndindex(shape):
            one, other = (
                Dual(*(float(np.broadcast_to(part, shape)[index]) for part in (a.value, a.derivative))) for a in (x, y)
            )
            expected = operation(one, other)
            assert same([result.value[index], result.derivative[index]], [expected.real, expected.dual])


@given(arrays())
def test_a_number_is_a_constant_array(x: DualArray) -> None:
    for number in (3.0, -2, 0.5):
        constant = DualArray(np.full(x.shape, number), 0.0)
        for operation in OPERATORS:
            assert equal(operation(x, number), operation(x, constant))
            assert equal(operation(number, x), operation(constant, x))


@given(arrays())
def test_sums_are_linear(x: DualArray) -> None:
    total = x.sum()
    assert total.real == math.fsum(x.value.flat) and total.dual == math.fsum(x.derivative.flat)
    if x.size:
        assert equal((3.0 * x).reshape(-1), 3.0 * x.reshape(-1))


def horner(x: Any, steps: int) -> list[Any]:
    """A value for each step of Horner's scheme."""
    values = [0.7 * x - 1.3]
    for step in range(steps):
        values.append(values[-1] * x + (0.3 - step))
    return values


def used_twice(x: Any) -> Any:
    *_, before, last = horner(x, 4)
    return last * x + before


def used_outside(x: Any) -> Any:
    values = horner(x, 7)
    return values[-1] - 3.0 * values[3]


def of_two_variables(x: Any) -> Any:
    return horner(horner(x, 2)[-1], 3)[-1] * x + 1.0


@pytest.mark.parametrize("steps", range(14))
def test_horner_is_the_scalars_to_the_last_bit(steps: int) -> None:
    agree(lambda x: horner(x, steps)[-1], [0.1, -0.0, 1.7, math.inf, -math.inf, math.nan, 1e200])


def shared_product(x: Any) -> Any:
    product = 3.0 * (0.7 * x)  # in a sum that takes it in, and in one that does not
    return product + (product + 2.0) * (product + 2.0)


def shared_step(x: Any) -> Any:
    product = x * horner(x, 2)[-1]
    return (product + 1.0) * x - (product + x) * (product + 1.0)


@pytest.mark.parametrize("f", [used_twice, used_outside, of_two_variables, shared_product, shared_step])
def test_horner_with_other_uses_is_the_scalars_to_the_last_bit(f: Callable[[Any], Any]) -> None:
    agree(f, [0.1, -0.0, 1.7, -3.3])


@examples(300)
@given(sums_and_products(), st.lists(st.floats(-2, 2), min_size=1, max_size=5))
def test_sums_and_products_are_the_scalars_to_the_last_bit(f: Callable[[Any], Any], points: list[float]) -> None:
    """However operations are shared and run together, each rounds as it does alone."""
    agree(f, points)


@np.errstate(all="ignore")
def agree(f: Callable[[Any], Any], points: list[float]) -> None:
    x = np.resize(points, 300)
    values, slopes = df.value_and_derivative(f, x)
    expected = [f(Dual(point, 1.0)) for point in points]
    expected = [result if isinstance(result, Dual) else Dual(result) for result in expected]
    assert same(values, np.resize([result.real for result in expected], 300))
    assert same(slopes, np.resize([result.dual for result in expected], 300))
    assert same(slopes, df.derivative(f, x))
    eager = f(DualArray(x, 1.0))
    if isinstance(eager, DualArray):
        assert same(values, eager.value) and same(slopes, eager.derivative)


@examples(50)
@given(st.sampled_from(FUNCTIONS), st.integers(0, 600), st.integers(1, 300), st.integers(1, 3))
def test_a_point_does_not_depend_on_the_others(name: str, first: int, count: int, threads: int) -> None:
    """Neither on their number, nor on its place in memory, nor on the thread that computes it."""
    function = getattr(df, name)

    def f(x: Any) -> Any:
        return function(x) * x + x * x * x  # reads x more often than a copy costs

    x = np.linspace(0.01, 30.0, 1000)
    whole = df.value_and_derivative(f, x)
    part = df.value_and_derivative(f, x[first : first + count], threads=threads)
    assert same(part[0], whole[0][first : first + count])
    assert same(part[1], whole[1][first : first + count])
    strided = df.value_and_derivative(f, x[first::7])
    assert same(strided[0], whole[0][first::7]) and same(strided[1], whole[1][first::7])
