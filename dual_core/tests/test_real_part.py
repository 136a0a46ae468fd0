"""The real part of a dual number: the value to its user, the number itself to NumPy and its like."""

from __future__ import annotations

import _thread
import functools
import operator
import threading
import time
from collections.abc import Callable
from typing import Any

import dual_autodiff as df
import pytest

np = pytest.importorskip("numpy", reason="NumPy is not installed")

#: Every kind of dual number, in a call that hands one to a function.
KINDS: dict[str, Callable[[Callable[[Any], Any]], Any]] = {
    "Dual": lambda f: f(df.Dual(1.5, 2.0)),
    "MultiDual": lambda f: f(df.MultiDual(1.5, [2.0, 3.0])),
    "in gradient": lambda f: df.gradient(lambda x: f(x[0]), [1.5, 2.0]),
    "nested": lambda f: df.derivative(lambda x: df.derivative(lambda y: f(x * y), 2.0), 1.5),
    "nested in gradient": lambda f: df.gradient(lambda x: df.derivative(lambda y: f(x[0] * y), 2.0), [1.5, 2.0]),
}


def read_by(module: Any, x: Any) -> Any:
    """The real part of *x* as a function reads it whose module has the name *module*."""
    names: dict[str, Any] = {"__name__": module}
    exec("def read(x): return x.real", names)
    return names["read"](x)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("module", ["numpy", "numpy._core._methods", "scipy.linalg._misc", "pandas.core.nanops"])
def test_it_is_the_number_itself_to_numerical_libraries(module: str, kind: str) -> None:
    def f(x: Any) -> Any:
        for _ in range(2):  # a module's name is looked up, and then known
            assert read_by(module, x) is x
        return x

    KINDS[kind](f)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("module", ["__main__", "users.numpy", "numpy_of_a_user", "scipyx", "", None, 1, ["numpy"]])
def test_it_is_the_value_to_everybody_else(module: Any, kind: str) -> None:
    def f(x: Any) -> Any:
        for _ in range(2):
            found = read_by(module, x)
            assert found is not x
            assert (type(found), found) == (type(x.value), x.value)
        return x

    KINDS[kind](f)


@pytest.mark.parametrize("kind", KINDS)
def test_where_no_python_function_runs_it_is_the_value(kind: str) -> None:
    def f(x: Any) -> Any:
        found: list[Any] = []
        # A thread of C functions alone: start_new_thread calls extend, which calls map, which reads the property.
        _thread.start_new_thread(functools.partial(found.extend, map(operator.attrgetter("real"), [x])), ())
        for _ in range(60_000):  # a minute or more
            if found:
                break
            time.sleep(0.001)
        assert found == [x.value]
        return x

    KINDS[kind](f)


def test_threads_do_not_get_each_other_s() -> None:
    x = df.Dual(1.0, 2.0)
    wrong: list[Any] = []

    def read(module: str, expected: Any) -> None:
        found = (read_by(f"{module}{n % 700}", x) for n in range(3000))
        wrong.extend(each for each in found if each is not expected)

    expected = {"numpy.": x, "scipy.": x}
    threads = [threading.Thread(target=read, args=each) for each in expected.items()]
    users = threading.Thread(target=lambda: wrong.extend(x for n in range(3000) if read_by(f"users{n}", x) is x))
    for thread in (*threads, users):
        thread.start()
    for thread in (*threads, users):
        thread.join()
    assert not wrong


@pytest.mark.parametrize("name", ["var", "std", "nanvar", "nanstd", "linalg.norm", "real", "real_if_close"])
@pytest.mark.parametrize("join", [list, tuple, lambda items: np.array(list(items))], ids=["list", "tuple", "objects"])
def test_functions_of_numpy_that_take_the_real_part_keep_the_derivative(name: str, join: Callable[[Any], Any]) -> None:
    function = operator.attrgetter(name)(np)
    point, step = np.array([0.7, 1.9, 3.1]), 1e-6

    def f(x: Any) -> Any:
        return function(join(each * each for each in x))

    found = df.jacobian(f, point)
    ahead, behind = (np.array([f(point + s * e) for e in np.eye(3)]) for s in (step, -step))
    assert np.allclose(found, np.moveaxis((ahead - behind) / (2.0 * step), 0, -1), rtol=1e-7, atol=1e-8)
    # The same of an array of objects that NumPy has made, one derivative at a time.
    for direction in np.eye(3):
        duals = [df.Dual(a, b) for a, b in zip(point, direction, strict=True)]
        slopes = [each.derivative for each in np.ravel(np.array(f(duals), dtype=object)).tolist()]
        assert np.allclose(slopes, np.ravel(found @ direction))
