"""Zeros, infinities, nans, subnormal and huge numbers: one answer from scalars, arrays and fused calls, and MPFR's.

MPFR has the values of C's Annex F at these points, and a derivative's formula has its limits.
"""

import itertools
import math
from types import ModuleType
from typing import Any

import pytest

pytest.importorskip("numpy", reason="NumPy is not installed")
pytest.importorskip("gmpy2", reason="gmpy2, the arithmetic that results are compared with, is not installed")

import dual_autodiff as df
import numpy as np
from bounds import LIBRARY
from dual_autodiff.scalars import plain
from exact import FUNCTIONS, FUNCTIONS_OF_TWO, exact, ulps

inf, nan = math.inf, math.nan
GREATEST = math.nextafter(inf, 0.0)
SIZES = [0.0, 5e-324, 1e-310, 2.0**-1022, 1e-160, 0.5, 1.0, math.nextafter(1.0, 0.0), 2.0, 3.0, 1e155, 1e160, 1e200]
SIZES += [1e300, 1.7e308, GREATEST, inf]
POINTS = [*SIZES, *(-size for size in SIZES), nan]
#: Where the sign or the value of a derivative is a convention: at zero, a root rises on whatever side.
CONVENTIONS = {("sqrt", -0.0): inf}
SCALARS = [pytest.param(df, id="built"), pytest.param(plain, id="plain")]
Pair = tuple[float, float]


def same(one: float, other: float, slack: float = 0.0) -> bool:
    """Equal, with the sign of a zero; finite numbers within *slack* units of the last place."""
    if math.isnan(one) or math.isnan(other):
        return math.isnan(one) and math.isnan(other)
    if one == 0.0 == other or math.isinf(one) or math.isinf(other):
        return one == other and math.copysign(1.0, one) == math.copysign(1.0, other)
    return abs(one - other) <= slack * max(math.ulp(one), math.ulp(other))


def of_scalar(module: Any, name: str, arguments: list[float], by: int) -> Pair | None:
    """The value and the derivative by one argument; None where math has an error."""
    operands = [module.Dual(x, 1.0) if i == by else x for i, x in enumerate(arguments)]
    try:
        result = getattr(module, name)(*operands)
    except (ValueError, OverflowError):
        return None
    return result.real, result.dual


def of_arrays(name: str, arguments: list[float], by: int, size: int) -> list[Pair]:
    """The same of arrays: eager ones, and a fused call."""
    planes = [np.full(size, x) for x in arguments]
    function = getattr(df, name)
    with np.errstate(all="ignore"):
        eager = function(*(df.DualArray(x, 1.0) if i == by else x for i, x in enumerate(planes)))
        fused = df.value_and_derivative(
            lambda t: function(*(t if i == by else x for i, x in enumerate(planes))), planes[by]
        )
    return [(float(v[-1]), float(d[-1])) for v, d in ((eager.value, eager.derivative), fused)]


@pytest.mark.parametrize("name", FUNCTIONS)
class TestOneArgument:
    def test_arrays_have_the_limits(self, name: str) -> None:
        function = FUNCTIONS[name]
        for a in POINTS:
            value, slope = function.value(exact(a)), function.slopes[0](exact(a))
            slope_is = float(slope) if not math.isnan(float(value)) else nan
            key = (name, a)
            if key in CONVENTIONS and math.copysign(1.0, a) < 0.0:
                slope_is = CONVENTIONS[key]
            for size in (1, 300):
                for v, d in of_arrays(name, [a], 0, size):
                    assert same(float(value), v) or ulps(value, v) <= LIBRARY.value, (a, v)
                    assert same(slope_is, d) or ulps(slope, d) <= LIBRARY.slopes[0], (a, d, slope_is)

    @pytest.mark.parametrize("module", SCALARS)
    def test_scalars_have_those_of_arrays(self, name: str, module: ModuleType) -> None:
        for a in POINTS:
            found = of_scalar(module, name, [a], 0)
            (v, d), *_ = of_arrays(name, [a], 0, 1)
            if found is None:  # a domain or range error
                assert not math.isfinite(v), a
                continue
            assert same(found[0], v, 2 * LIBRARY.value), (a, found, v)
            assert same(found[1], d, 2 * LIBRARY.slopes[0]), (a, found, d)


@pytest.mark.parametrize("name", FUNCTIONS_OF_TWO)
class TestTwoArguments:
    @pytest.mark.parametrize("by", [0, 1])
    def test_one_answer(self, name: str, by: int) -> None:
        """Scalars of both implementations, eager arrays and fused calls."""
        for x, y in itertools.product(POINTS, repeat=2):
            arrays = of_arrays(name, [x, y], by, 1)
            for module in (df, plain):
                found = of_scalar(module, name, [x, y], by)
                if found is None:
                    assert not math.isfinite(arrays[0][0]), (x, y)
                else:
                    for v, d in arrays:
                        assert same(found[0], v, 2 * LIBRARY.value), (module, x, y, found, v)
                        assert same(found[1], d, 2 * LIBRARY.slopes[by]), (module, x, y, found, d)

    @pytest.mark.parametrize("by", [0, 1])
    def test_it_is_exact_where_all_is_finite(self, name: str, by: int) -> None:
        function = FUNCTIONS_OF_TWO[name]
        chosen = [x for x in POINTS if x != 0.0 and math.isfinite(x) and (x > 0.0 or name != "pow")]
        for x, y in itertools.product(chosen, repeat=2):
            value, slope = function.value(exact(x), exact(y)), function.slopes[by](exact(x), exact(y))
            for v, d in of_arrays(name, [x, y], by, 1):
                assert ulps(value, v) <= LIBRARY.value, (x, y, v)
                assert ulps(slope, d) <= LIBRARY.slopes[by], (x, y, d, float(slope))


def test_the_slopes_of_a_hypotenuse_hold_at_both_ends() -> None:
    for x in (5e-324, 1e-310, 1e308, 1.7e308):
        for _, slope in (of_scalar(df, "hypot", [x, x], 0), *of_arrays("hypot", [x, x], 0, 3)):  # type: ignore[misc]
            assert ulps(1 / exact(2) ** exact(0.5), slope) <= 1.5


def test_outside_the_domain_both_are_nan() -> None:
    for name, a in (("log", -1.0), ("log2", -1.0), ("log10", -1.0), ("log1p", -2.0), ("atanh", 2.0), ("acosh", 0.5)):
        for v, d in of_arrays(name, [a], 0, 3):
            assert math.isnan(v) and math.isnan(d), name
