"""The public names, once each, as a user would call them."""

import math
import subprocess
import sys
from typing import Any

import dual_autodiff as df
import pytest


def test_scalars_neither_import_nor_need_numpy() -> None:
    code = "import sys; sys.modules['numpy'] = None\n"
    code += "import dual_autodiff as df; x = df.Dual(2, 1); print(df.sin(x) * x + 1, df.derivative(df.exp, 0.0))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.endswith("1.0\n")


def test_build_info_tells_what_runs() -> None:
    info = df.build_info()
    assert info.backend in {"compiled", "python"}
    assert (info.level is None) == (info.backend == "python")
    assert info.version == df.__version__


np = pytest.importorskip("numpy", reason="NumPy is not installed")


def f(x: Any) -> Any:
    return df.log(df.sin(x)) + x**2 * df.cos(x)


def slope(a: float) -> float:
    return math.cos(a) / math.sin(a) + 2 * a * math.cos(a) - a * a * math.sin(a)


@pytest.mark.parametrize("threads", [1, 2, 3])
@pytest.mark.parametrize("shape", [(), (1,), (255,), (257,), (3, 300), (0,), (2, 0, 5)])
def test_one_function_by_every_way(shape: tuple[int, ...], threads: int) -> None:
    points = np.random.default_rng(1).uniform(0.1, 3.0, shape)
    value, found = df.value_and_derivative(f, points, threads=threads)
    eager = f(df.DualArray(points, 1.0))
    assert value.shape == found.shape == eager.shape == shape
    assert np.array_equal(eager.value, value)
    for a, one in zip(points.flat, found.flat, strict=True):
        assert math.isclose(slope(a), one, rel_tol=1e-13, abs_tol=1e-13)
        assert math.isclose(df.derivative(f, float(a)), one, rel_tol=1e-13, abs_tol=1e-13)


@pytest.mark.parametrize(
    "text",
    [
        "x*x + x",
        "((((1.1*x + 2.2)*x + 3.3)*x + 4.4)*x + 5.5)*x + 6.6",
        "exp(-0.5*((x - 1.5)/0.7)**2)",
        "1.0/(1.0 + exp(-x))",
        "tanh(x)*exp(-x) + x**3/(1.0 + x)",
        "x + x + x + 2.0",
        "x*x*x*2.0 - x*x",
        "-(x*2.0)*x/(x + 1.0) - x/(-x*x - 1.0)",
        "where((x > 1.0) & ~(x >= 2.0), x*x, -x)*maximum(x, 1.5) - minimum(x*x, 2.0)",
        "x**x + 2.0**x + x**-1 + x**4 + x**2.5 + hypot(x, 2.0) + atan2(x, x*x)",
    ],
)
def test_what_is_fused_is_what_scalars_compute(text: str) -> None:
    points = np.linspace(0.1, 3.0, 600)
    names = {name: getattr(df, name) for name in df.__all__}
    g = eval(f"lambda x: {text}", names)
    value, found = df.value_and_derivative(g, points)
    eager = g(df.DualArray(points, 1.0))
    assert np.allclose(eager.value, value, rtol=1e-15, atol=0.0)
    assert np.allclose(eager.derivative, found, rtol=1e-13, atol=1e-15)
    scalar = eval(f"lambda x: {text.replace('~(x >= 2.0)', '(x < 2.0)')}", names)
    for j in range(0, 600, 7):
        exact = scalar(df.Dual(points[j], 1.0))
        assert math.isclose(exact.real, value[j], rel_tol=1e-14)
        assert math.isclose(exact.dual, found[j], rel_tol=1e-12, abs_tol=1e-14)


def test_gradient_jacobian_jvp() -> None:
    assert df.gradient(lambda x: x[0] ** 2 * x[1], [3.0, 5.0]).tolist() == [30.0, 9.0]
    assert df.gradient(lambda x, y: x * y, 3.0, 5.0) == (5.0, 3.0)
    assert df.jacobian(lambda x: x * x, [1.0, 2.0]).tolist() == [[2.0, 0.0], [0.0, 4.0]]
    value, product = df.jvp(lambda x: np.dot(x, x), [1.0, 2.0], [1.0, 0.0])
    assert (float(value), float(product)) == (5.0, 2.0)


def test_an_exceptional_point_warns_as_numpy_does_and_the_rest_is_untouched() -> None:
    points = np.linspace(1.0, 2.0, 1000)
    points[500] = 0.0
    with pytest.warns(RuntimeWarning, match="divide by zero encountered in log"):
        value = df.value_and_derivative(df.log, points)[0]
    assert value[500] == -math.inf
    assert np.all(np.isfinite(np.delete(value, 500)))
