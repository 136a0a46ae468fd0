"""derivative, value_and_derivative, gradient, jacobian and jvp: results, and what is refused with the reason."""

import math
import sys
import threading
from typing import Any

import pytest

pytest.importorskip("numpy", reason="NumPy is not installed")

import dual_autodiff as df
import numpy as np
from dual_autodiff import Dual, DualArray, NotPointwiseError

X = np.random.default_rng(5).uniform(0.1, 3.0, 1000)


def f(x: Any) -> Any:
    return df.log(df.sin(x)) + x**2 * df.cos(x)


def slope(x: Any) -> Any:
    return np.cos(x) / np.sin(x) + 2 * x * np.cos(x) - x**2 * np.sin(x)


class TestOneVariable:
    def test_a_number_gives_floats(self) -> None:
        assert df.derivative(f, 1.5) == -1.9612372705533612
        assert df.value_and_derivative(f, 1.5) == (0.15665054756073515, -1.9612372705533612)
        assert type(df.derivative(f, 1)) is float
        assert df.derivative(lambda x: 3, 2.0) == 0.0

    @pytest.mark.parametrize("n", [0, 1, 2, 255, 256, 257, 1000])
    def test_an_array_gives_arrays(self, n: int) -> None:
        x = X[:n]
        value, found = df.value_and_derivative(f, x)
        np.testing.assert_allclose(value, np.log(np.sin(x)) + x**2 * np.cos(x), rtol=1e-12, atol=1e-14)
        np.testing.assert_allclose(found, slope(x), rtol=1e-12, atol=1e-13)
        np.testing.assert_array_equal(df.derivative(f, x), found)

    @pytest.mark.parametrize("shape", [(1000,), (10, 100), (2, 5, 100), ()])
    def test_the_shape_stays(self, shape: tuple[int, ...]) -> None:
        x = X[: math.prod(shape)].reshape(shape)
        assert np.shape(df.derivative(f, x)) == shape
        np.testing.assert_allclose(np.ravel(df.derivative(f, x)), slope(np.ravel(x)), rtol=1e-12, atol=1e-13)

    def test_what_comes_in_is_left_alone_and_what_comes_out_is_new(self) -> None:
        x = X.copy()
        value, found = df.value_and_derivative(lambda t: t, x)
        value[:] = found[:] = -1.0
        np.testing.assert_array_equal(X, x)
        first = df.derivative(f, x)
        kept = first.copy()
        df.derivative(f, x + 1)
        np.testing.assert_array_equal(kept, first)

    @pytest.mark.parametrize("constant", [3, 2.5, True], ids=repr)
    def test_a_constant(self, constant: Any) -> None:
        value, found = df.value_and_derivative(lambda t: constant, X[:5])
        assert value.tolist() == [float(constant)] * 5
        assert found.tolist() == [0.0] * 5

    def test_lists_and_ints(self) -> None:
        assert df.derivative(lambda t: t * t, np.arange(3)).tolist() == [0.0, 2.0, 4.0]

    def test_loops_and_branches_that_do_not_ask_for_values(self) -> None:
        def power(x: Any) -> Any:
            result = 1.0
            for _ in range(5):
                result = result * x
            return result

        np.testing.assert_allclose(df.derivative(power, X), 5 * X**4, rtol=1e-14)

    def test_a_branch_on_a_number(self) -> None:
        def g(x: Any) -> Any:
            return x * x if x < 1 else 3 * x

        assert (df.derivative(g, 0.5), df.derivative(g, 2.0)) == (1.0, 3.0)

    def test_where_is_the_branch_of_arrays(self) -> None:
        found = df.derivative(lambda x: df.where(x < 1, x * x, 3 * x), X)
        np.testing.assert_allclose(found, np.where(X < 1, 2 * X, 3.0), rtol=1e-15)
        found = df.derivative(lambda x: df.where((x > 0.5) & (x < 2), x * x, -x), X)
        np.testing.assert_allclose(found, np.where((X > 0.5) & (X < 2), 2 * X, -1.0), rtol=1e-15)

    def test_numpy_functions_inside(self) -> None:
        np.testing.assert_array_equal(
            df.derivative(f, X), df.derivative(lambda x: np.log(np.sin(x)) + x**2 * np.cos(x), X)
        )

    def test_an_array_of_parameters_inside(self) -> None:
        weights = np.linspace(0, 1, len(X))
        try:
            found = df.derivative(lambda x: weights * x * x, X)
        except TypeError as error:
            assert str(error)  # refused with a reason is as good
        else:
            np.testing.assert_allclose(found, 2 * weights * X, rtol=1e-15)

    def test_a_long_expression(self) -> None:
        def g(x: Any) -> Any:
            for _ in range(400):
                x = x * 0.999 + 0.001
            return x

        np.testing.assert_allclose(df.derivative(g, X), 0.999**400, rtol=1e-12)


class TestRefusals:
    @pytest.mark.parametrize(
        "g",
        [
            lambda x: x if x > 1 else -x,
            lambda x: x[0] * x,
            lambda x: x.sum() * x,
            lambda x: x.mean() * x,
            lambda x: np.sum(x) * x,
            lambda x: x * len(x),
            lambda x: next(iter(x)),
            lambda x: x @ x,
            lambda x: x * float(x),
            lambda x: x * bool(x),
            lambda x: x.reshape(-1),
        ],
        ids=["branch", "index", "sum", "mean", "np.sum", "len", "iterate", "matmul", "float", "bool", "reshape"],
    )
    def test_what_is_no_operation_on_single_points(self, g: Any) -> None:
        with pytest.raises(TypeError) as caught:
            df.derivative(g, X)
        assert isinstance(caught.value, NotPointwiseError)
        assert len(str(caught.value)) > 20

    def test_a_dual_from_outside(self) -> None:
        """Its derivative is one in another variable."""
        with pytest.raises(NotPointwiseError, match="outside"):
            df.derivative(lambda x: x * Dual(2.0, 1.0), X)

    @pytest.mark.parametrize("result", ["text", None, [1, 2], pytest.param(object(), id="object")], ids=repr)
    def test_what_is_no_number(self, result: Any) -> None:
        with pytest.raises(TypeError):
            df.derivative(lambda x: result, X)
        with pytest.raises(TypeError):
            df.derivative(lambda x: result, 1.0)

    @pytest.mark.parametrize("x", ["1", None, 1j, [["a"]], pytest.param(object(), id="object")], ids=repr)
    def test_where_it_cannot_be_evaluated(self, x: Any) -> None:
        with pytest.raises(TypeError):
            df.derivative(f, x)

    def test_f_s_own_error_comes_through(self) -> None:
        with pytest.raises(KeyError, match="mine"):
            df.derivative(lambda x: dict[str, float]()["mine"], X)
        np.testing.assert_allclose(df.derivative(f, X), slope(X), rtol=1e-12, atol=1e-13)

    def test_a_variable_that_escapes(self) -> None:
        """The argument of f means nothing once the call has ended."""
        kept: list[Any] = []

        def g(x: Any) -> Any:
            kept.append(x)
            return x * x

        df.derivative(g, X)
        with pytest.raises(TypeError):
            df.derivative(lambda x: x + kept[0], X)

    @pytest.mark.parametrize("threads", [0, -1, 1.5, "2", None], ids=repr)
    def test_a_number_of_threads_that_is_none(self, threads: Any) -> None:
        with pytest.raises((TypeError, ValueError)):
            df.value_and_derivative(f, X, threads=threads)


class TestWarnings:
    def test_are_numpys(self) -> None:
        x = np.array([-1.0, 0.0, 1.0])
        with pytest.warns(RuntimeWarning) as seen:
            df.value_and_derivative(df.log, x)
        assert {str(each.message).partition(" encountered")[0] for each in seen} == {"divide by zero", "invalid value"}
        with np.errstate(all="raise"), pytest.raises(FloatingPointError):
            df.derivative(df.log, x)
        with np.errstate(all="ignore"):
            value, _ = df.value_and_derivative(df.log, x)
        assert repr(value.tolist()) == "[nan, -inf, 0.0]"


class TestThreads:
    @pytest.mark.parametrize("n", [0, 1, 1000, 100_003])
    def test_results_are_the_same_bit_for_bit(self, n: int) -> None:
        x = np.random.default_rng(1).uniform(0.1, 3.0, n)
        for threads in (2, 3, 16):
            for one, other in zip(
                df.value_and_derivative(f, x), df.value_and_derivative(f, x, threads=threads), strict=True
            ):
                assert one.tobytes() == other.tobytes()

    def test_callers_in_many_threads(self) -> None:
        expected = df.derivative(f, X)
        wrong: list[int] = []

        def work(i: int) -> None:
            for _ in range(50):
                array = DualArray(X, np.ones(len(X)))
                if not np.array_equal(df.derivative(f, X), expected) or not np.allclose(f(array).derivative, expected):
                    wrong.append(i)

        threads = [threading.Thread(target=work, args=(i,)) for i in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert wrong == []


class TestSeveralVariables:
    def test_gradient(self) -> None:
        def rosenbrock(x: Any) -> Any:
            return (1 - x[0]) ** 2 + 100 * (x[1] - x[0] ** 2) ** 2

        a, b = 1.2, 0.7
        expected = [-2 * (1 - a) - 400 * a * (b - a * a), 200 * (b - a * a)]
        np.testing.assert_allclose(df.gradient(rosenbrock, [a, b]), expected, rtol=1e-13)
        np.testing.assert_allclose(df.gradient(rosenbrock, np.array([a, b])), expected, rtol=1e-13)

    def test_gradient_of_several_arguments(self) -> None:
        found = df.gradient(lambda x, y: x * df.sin(y), 2.0, 0.5)
        np.testing.assert_allclose(found, (math.sin(0.5), 2 * math.cos(0.5)), rtol=1e-15)

    def test_jacobian(self) -> None:
        def polar(x: Any) -> Any:
            return [df.hypot(x[0], x[1]), df.atan2(x[1], x[0])]

        x, y = 3.0, 4.0
        np.testing.assert_allclose(df.jacobian(polar, [x, y]), [[0.6, 0.8], [-0.16, 0.12]], rtol=1e-14)

    def test_jvp(self) -> None:
        value, along = df.jvp(lambda x: x[0] * x[1], [2.0, 3.0], [1.0, -1.0])
        assert (float(value), float(along)) == (6.0, 1.0)

    def test_sizes_that_do_not_fit(self) -> None:
        with pytest.raises(ValueError, match=r"shape|length|size"):
            df.jvp(lambda x: x[0], [1.0, 2.0], [1.0, 2.0, 3.0])


class TestBuild:
    def test_build_info(self) -> None:
        info = df.build_info()
        assert info.backend in ("compiled", "python")
        assert (info.backend == "compiled") == ("dual_autodiff._core" in sys.modules)
        assert (info.level is None) == (info.compiler is None) == (info.backend == "python")
        assert info.version == df.__version__
