"""Functions of many variables: chunks of directions, arguments to choose from, second derivatives, refusals."""

import math
from typing import Any

import pytest

pytest.importorskip("numpy", reason="NumPy is not installed")

import dual_autodiff as df
import numpy as np

SIZES = [1, 2, 31, 32, 33, 65, 300]


def f(x: Any) -> Any:
    return np.sum(x**2 * np.sin(x)) + x[0] * x[-1]


def slope(x: Any) -> Any:
    found = 2 * x * np.sin(x) + x**2 * np.cos(x)
    found[0] += x[-1]
    found[-1] += x[0]
    return found


@pytest.mark.parametrize("n", SIZES)
def test_gradient_in_chunks_of_any_number(n: int) -> None:
    x = np.random.default_rng(n).uniform(-2, 2, n)
    value, found = df.value_and_gradient(f, x)
    assert type(value) is float
    assert math.isclose(value, f(x), rel_tol=1e-13)
    np.testing.assert_allclose(found, slope(x), rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(df.gradient(f, x.tolist()), found, rtol=1e-15)


@pytest.mark.parametrize("n", SIZES)
def test_jacobian_and_jvp_in_chunks(n: int) -> None:
    x = np.random.default_rng(n).uniform(-2, 2, n)
    full = df.jacobian(lambda x: np.cumsum(x * x), x)
    np.testing.assert_allclose(full, np.tril(np.ones((n, n))) * 2 * x, rtol=1e-13, atol=1e-14)
    directions = np.random.default_rng(1).normal(size=(40, n))
    _, products = df.jvp(lambda x: np.cumsum(x * x), x, directions)
    np.testing.assert_allclose(products, directions @ full.T, rtol=1e-11, atol=1e-12)


def test_a_function_of_many_inputs_asks_for_little_memory() -> None:
    tracemalloc = pytest.importorskip("tracemalloc")
    n, asked = 60_000, 0

    class Enough(Exception):
        pass

    def first_chunk_only(x: Any) -> Any:
        np.sum(x * x)
        raise Enough

    tracemalloc.start()
    try:
        with pytest.raises(Enough):
            df.gradient(first_chunk_only, np.ones(n))
        asked = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert asked < 32 * n * 8 * 10  # ten arrays of one chunk; all directions at once would be 27 GiB


@pytest.mark.parametrize("shape", [(), (3,), (2, 3), (1, 2, 2)])
def test_the_shape_of_the_argument_is_that_of_the_gradient(shape: tuple[int, ...]) -> None:
    x = np.random.default_rng(1).uniform(0.5, 2, shape)
    found = df.gradient(lambda x: np.sum(x**3), x)
    np.testing.assert_allclose(found, 3 * x**2, rtol=1e-14)
    assert np.shape(found) == shape


def test_elements_that_are_assigned_to() -> None:
    def g(x: Any) -> Any:
        y = np.zeros_like(x)
        y[0], y[1:] = x[0] * x[1], x[:-1] ** 2
        view = x[1:]
        x[1] = x[1] * 3.0
        view *= 2.0
        return np.sum(y) + x[1]

    np.testing.assert_allclose(df.gradient(g, [2.0, 3.0, 5.0]), [3 + 4, 2 + 6 + 6, 0])


def test_argnums() -> None:
    def g(a: Any, x: Any, label: str) -> Any:
        assert label == "kept"
        return a * x[0] + a**2 * x[1]

    assert df.gradient(g, 3.0, [1.0, 2.0], "kept", argnums=0) == 13.0
    np.testing.assert_array_equal(df.gradient(g, 3.0, [1.0, 2.0], "kept", argnums=1), [3.0, 9.0])
    by_a, by_x = df.gradient(g, 3.0, [1.0, 2.0], "kept", argnums=(0, -2))
    assert (by_a, by_x.tolist()) == (13.0, [3.0, 9.0])
    (only,) = df.jacobian(lambda x, k: x * k, [1.0, 2.0], 3.0, argnums=(0,))
    assert only.tolist() == [[3.0, 0.0], [0.0, 3.0]]
    assert df.derivative(lambda x, k: x**k, 2.0, 3) == 12.0
    wrong: Any
    for wrong in (2, -3, "0", (), (0, 0), (0, -2), 1.0):
        with pytest.raises(ValueError, match="argnums"):
            df.gradient(lambda x, y: x * y, 1.0, 2.0, argnums=wrong)


@pytest.mark.parametrize("n", [1, 2, 5, 33])
def test_hessian_and_hvp(n: int) -> None:
    rng = np.random.default_rng(n)
    matrix, x, v = rng.normal(size=(n, n)), rng.normal(size=n), rng.normal(size=n)

    def g(x: Any) -> Any:
        return x @ matrix @ x + np.sum(np.exp(0.1 * x))

    truth = matrix + matrix.T + np.diag(0.01 * np.exp(0.1 * x))
    np.testing.assert_allclose(df.hessian(g, x), truth, rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(df.hvp(g, x, v), truth @ v, rtol=1e-11, atol=1e-12)


def test_second_derivatives_at_many_points() -> None:
    x, weights = np.linspace(0.1, 2, 600), np.linspace(1, 2, 600)
    np.testing.assert_allclose(
        df.derivative(lambda t: weights * np.sin(t), x, order=2), -weights * np.sin(x), rtol=1e-13
    )
    np.testing.assert_allclose(df.derivative(lambda t: t**5, x, order=3), 60 * x**2, rtol=1e-12)
    wrong: Any
    for wrong in (0, -1, 1.0, "2", True):
        with pytest.raises(ValueError, match="order"):
            df.derivative(df.sin, 1.0, order=wrong)


def pair(x: Any) -> Any:
    return x[0], x[1]


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: df.gradient(pair, [1.0, 2.0]), ["pair()", "test_several.py", "a tuple", "jacobian"]),
        (lambda: df.gradient(lambda x: None, [1.0, 2.0]), ["a lambda of test_several.py", "None", "return"]),
        (lambda: df.gradient(lambda x: x, [1.0, 2.0]), ["an array of shape (2,)", "jacobian"]),
        (lambda: df.derivative(lambda x: None, 1.0), ["None", "return"]),
        (lambda: df.derivative(lambda x: [x], 1.0), ["a list", "jacobian"]),
        (lambda: df.derivative(lambda x: np.array([x]), 1.0), ["an array of shape (1,)"]),
        (lambda: df.derivative(lambda x: df.Dual(1.0, 1.0), 1.0), ["made by hand"]),
        (lambda: df.derivative(df.sin, df.Dual(1.0, 1.0)), ["made by hand", "x.value"]),
        (lambda: df.jacobian(lambda x: "text", [1.0]), ["no array of numbers"]),
        (lambda: df.gradient(lambda x: np.linalg.eigvals(x), np.eye(2)), ["numpy.linalg.eigvals", ".value"]),
        (lambda: df.gradient(lambda x: np.sum(x, initial=3.0), [1.0]), ["numpy.sum", "initial"]),
        (lambda: df.hvp(lambda x: x[0], [1.0, 2.0], [1.0]), ["shape (1,)", "(2,)"]),
    ],
)
def test_messages(call: Any, words: list[str]) -> None:
    with pytest.raises((TypeError, ValueError)) as caught:
        call()
    for word in words:
        assert word in str(caught.value)
    assert "<lambda>" not in str(caught.value)


def test_formats() -> None:
    x = df.Dual(2, 1)
    assert (f"{x}", f"{x:.2f}", f"{x:8.1e}") == (repr(x), "Dual(2.00, 1.00)", "Dual( 2.0e+00,  1.0e+00)")
    assert f"{df.MultiDual(2, [1, 0]):.1f}" == "MultiDual(2.0, [1.0, 0.0])"
    assert f"{df.DualArray([1.0, 2.0], 1.0):.1f}" == "DualArray([1.0, 2.0], [1.0, 1.0])"


def test_extra_arguments_are_constants() -> None:
    """Of jvp and hvp, as of derivative: what f is called with besides."""

    def scaled(x: Any, a: float, b: Any) -> Any:
        return a * np.sum(b * x**3)

    x, v, b = np.array([1.0, 2.0]), np.array([1.0, -1.0]), np.array([3.0, 5.0])
    value, product = df.jvp(scaled, x, v, 2.0, b)
    assert (float(value), float(product)) == (2.0 * (3.0 + 40.0), 2.0 * (9.0 - 60.0))
    assert df.hvp(scaled, x, v, 2.0, b).tolist() == [2.0 * 3.0 * 6.0, -2.0 * 5.0 * 12.0]


@pytest.mark.parametrize("shape", [(1000,), (40, 25), (1025,)])
def test_operands_that_make_many_elements_of_few(shape: tuple[int, ...]) -> None:
    """The gradient of a sum over all products x_i·x_j is twice the sum, at every size."""
    x = np.linspace(0.5, 1.0, math.prod(shape)).reshape(shape)
    found = df.gradient(lambda x: np.sum(x[..., None] * np.ones(3) * x[..., None]), x)
    np.testing.assert_allclose(found, 6.0 * x, rtol=1e-14)
