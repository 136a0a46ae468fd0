"""The functions of arrays: against 200-bit arithmetic, against the scalars, and against NumPy outside the domains."""

import itertools
import math
import random
import warnings
from typing import Any

import pytest

pytest.importorskip("numpy", reason="NumPy is not installed")
pytest.importorskip("gmpy2", reason="gmpy2, the arithmetic that results are compared with, is not installed")

import dual_autodiff as df
import numpy as np
from bounds import ARRAYS, ARRAYS_OF_TWO, COUNT, LIBRARY
from dual_autodiff import Dual, DualArray
from exact import FUNCTIONS, FUNCTIONS_OF_TWO, Rounded, worst
from fuzzing import expression
from points import points
from truth import truth

inf, nan = math.inf, math.nan
#: Without kernels of its own the package has NumPy's.
COMPILED = df.build_info().backend == "compiled"

#: What NumPy calls the function, where it has it.
NUMPY = {
    "asin": "arcsin",
    "acos": "arccos",
    "atan": "arctan",
    "asinh": "arcsinh",
    "acosh": "arccosh",
    "atanh": "arctanh",
}
IN_NUMPY = [name for name in FUNCTIONS if hasattr(np, NUMPY.get(name, name))]
SPECIAL = [0.0, -0.0, 0.5, 1.0, -1.0, 2.0, -3.0, 5e-324, -1e-310, 1e300, -1e300, 1000.0, -1000.0, inf, -inf, nan]


def bits(x: Any) -> bytes:
    """What tells numbers apart, zeros of two signs too; the sign of a nan says nothing."""
    return bytes(np.where(np.isnan(x), nan, x).tobytes())


def chosen(which: list[int], of: Any) -> list[float]:
    return [of[i] for i in which]


def check(expected: Rounded, bound: float, actual: list[float], *where: list[float]) -> None:
    error, at = worst(expected, actual)
    assert error <= bound, (error, [x[at] for x in where], actual[at])


@pytest.mark.parametrize("name", FUNCTIONS)
class TestAgainstExactNumbers:
    def test_values_and_derivatives(self, name: str) -> None:
        """By kernels inside their intervals, by the C library outside."""
        (where,), value, (slope,) = truth(name, COUNT)
        own = ARRAYS.get(name, LIBRARY) if COMPILED else LIBRARY
        with np.errstate(all="ignore"):  # subnormal values and infinite derivatives are among the expected
            result = getattr(df, name)(DualArray(where, np.ones(len(where))))
        actual, slopes = result.value.tolist(), result.derivative.tolist()
        inside = [i for i, x in enumerate(where) if own.low <= x <= own.high]
        outside = sorted(set(range(len(where))) - set(inside))
        assert len(inside) > len(where) / 4
        for which, bound in ((inside, own), (outside, LIBRARY)):
            at = chosen(which, where)
            for expected, limit, found in ((value, bound.value, actual), (slope, bound.slopes[0], slopes)):
                exactly = Rounded(chosen(which, expected.nearest), chosen(which, expected.rest))
                check(exactly, limit, chosen(which, found), at)

    def test_the_same_by_every_way(self, name: str) -> None:
        """Method, function, NumPy's function and the fused call, on arrays that fill a block or don't: bit for bit."""
        function = getattr(df, name)
        for n in (1, 7, 255, 256, 257, 600):
            x = np.array(points(name, n))
            array = DualArray(x, np.full(len(x), 2.0))
            with np.errstate(all="ignore"):  # twice the derivative may be too large
                expected = function(array)
                found = [getattr(array, name)()]
                if name in IN_NUMPY:
                    found.append(getattr(np, NUMPY.get(name, name))(array))
            for each in found:
                assert expected.value.tobytes() == each.value.tobytes()
                assert expected.derivative.tobytes() == each.derivative.tobytes()
            fused = df.value_and_derivative(function, x)
            assert expected.value.tobytes() == fused[0].tobytes()
            with np.errstate(over="ignore"):
                np.testing.assert_allclose(expected.derivative, 2.0 * fused[1], rtol=4e-16, atol=5e-324)

    def test_a_point_does_not_depend_on_its_neighbours(self, name: str) -> None:
        some = [*points(name, 300), inf, nan, -inf, 1e300]
        with np.errstate(all="ignore"):
            together = getattr(df, name)(DualArray(some, np.ones(len(some))))
            for i in (0, 5, 17, 255, 256, 299, 300, 301, 302, 303):
                alone = getattr(df, name)(DualArray(some[i : i + 1], np.ones(1)))
                assert bits(alone.value) == bits(together.value[i : i + 1])
                assert bits(alone.derivative) == bits(together.derivative[i : i + 1])


def caught(call: Any) -> tuple[Any, set[str]]:
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        result = call()
    assert all(each.category is RuntimeWarning for each in seen)
    return result, {str(each.message).partition(" encountered")[0] for each in seen}


@pytest.mark.parametrize("name", IN_NUMPY)
class TestOutsideTheDomain:
    def test_values_are_numpys(self, name: str) -> None:
        x = np.array(SPECIAL)
        with np.errstate(all="ignore"):
            expected = getattr(np, NUMPY.get(name, name))(x)
            actual = getattr(df, name)(DualArray(x, np.ones(len(x)))).value
        for a, one, other in zip(SPECIAL, expected.tolist(), actual.tolist(), strict=True):
            if math.isfinite(one) and one != 0.0:
                assert math.isclose(one, other, rel_tol=2e-15), a
            else:
                assert repr(one) == repr(other), a

    def test_warnings_are_numpys(self, name: str) -> None:
        for a in SPECIAL:
            x = np.array([a, 0.25 if name != "acosh" else 1.25])
            _, expected = caught(lambda x=x: getattr(np, NUMPY.get(name, name))(x))
            _, actual = caught(lambda x=x: getattr(df, name)(DualArray(x, np.zeros(2))))
            # What the derivative meets at a boundary (√ at 0) is no message about the value.
            assert expected == actual, a

    def test_errstate_is_obeyed(self, name: str) -> None:
        bad = {"log": 0.0, "sqrt": -1.0, "exp": 1000.0, "asin": 2.0, "acosh": 0.0, "sin": inf}.get(name)
        if bad is None:
            return
        x = DualArray([bad, 1.0], [1.0, 1.0])
        with np.errstate(all="raise"), pytest.raises(FloatingPointError):
            getattr(df, name)(x)
        with np.errstate(all="ignore"):
            _, seen = caught(lambda: getattr(df, name)(x))
        assert seen == set()


@pytest.mark.parametrize("name", FUNCTIONS)
def test_arrays_and_scalars_agree_at_special_points(name: str) -> None:
    """Where scalars have a value; derivatives are limits, inf or nan, never an exception."""
    for a, b in itertools.product(SPECIAL, (0.0, 1.0, -2.0)):
        with np.errstate(all="ignore"):
            array = getattr(df, name)(DualArray([a], [b]))
        try:
            scalar = getattr(df, name)(Dual(a, b))
        except (ValueError, OverflowError):
            assert not math.isfinite(array.value[0])
            continue
        for one, other in ((scalar.real, float(array.value[0])), (scalar.dual, float(array.derivative[0]))):
            assert repr(one) == repr(other) or math.isclose(one, other, rel_tol=3e-15, abs_tol=1e-323), (a, b)


@pytest.mark.parametrize("name", FUNCTIONS_OF_TWO)
def test_two_arguments(name: str) -> None:
    """By either argument, in arrays and with one of the two a plain array."""
    where, value, slopes = truth(name, COUNT)
    bound, function = ARRAYS_OF_TWO[name], getattr(df, name)
    planes = [np.array(x) for x in where]
    for j, slope in enumerate(slopes):
        operands = [DualArray(plane, 1.0) if i == j else plane for i, plane in enumerate(planes)]
        with np.errstate(all="ignore"):
            result = function(*operands)
        check(value, bound.value, result.value.tolist(), *where)
        check(slope, bound.slopes[j], result.derivative.tolist(), *where)


def test_values_that_are_exact_stay_so() -> None:
    tens = np.array([10.0**k for k in range(23)])
    assert df.log10(tens).tolist() == list(range(23))
    assert df.log2(np.ldexp(1.0, np.arange(-1022, 1024))).tolist() == list(range(-1022, 1024))
    assert df.exp2(np.arange(-1022.0, 1024.0)).tolist() == [2.0**k for k in range(-1022, 1024)]
    assert df.pow(np.arange(1.0, 100.0), 5.0).tolist() == [float(k**5) for k in range(1, 100)]


def test_random_expressions() -> None:
    """Values and derivatives of the fused call, of eager arrays and of scalars are one and the same."""
    source = random.Random("fuzz")
    names: dict[str, Any] = {name: getattr(df, name) for name in df.__all__}
    x = np.array([source.uniform(-3, 3) for _ in range(300)])
    compared = 0
    for _ in range(300):
        text = expression(source, source.randint(1, 5))
        f = eval(f"lambda x: {text}", names)
        with np.errstate(all="ignore"):
            value_, slope = df.value_and_derivative(f, x)
            eager = f(DualArray(x, np.ones(len(x))))
        if not isinstance(eager, DualArray):  # x does not occur
            eager = DualArray(np.full(len(x), float(eager)), np.zeros(len(x)))
        for i in (0, 1, 100, 255, 256, 299):
            try:
                exact = f(Dual(x[i], 1.0))
            except (OverflowError, ValueError):  # it has become infinite on the way
                continue
            exact = exact if isinstance(exact, Dual) else Dual(exact)
            scale = 1.0 + abs(exact.real) + (abs(exact.dual) if math.isfinite(exact.dual) else 0.0)
            for one, others in ((exact.real, (value_, eager.value)), (exact.dual, (slope, eager.derivative))):
                for other in others:
                    compared += 1
                    close = abs(one - other[i]) <= 1e-9 * scale or not math.isfinite(one)
                    assert close, (text, float(x[i]))
    assert compared > 6000
