"""Values and derivatives of scalars against 200-bit arithmetic; each bound is what docs promise."""

import math
import sys
from types import ModuleType
from typing import Any

import pytest

pytest.importorskip("gmpy2", reason="gmpy2, the arithmetic that results are compared with, is not installed")

import dual_autodiff as df
import gmpy2
from bounds import COUNT, LIBRARY
from dual_autodiff.scalars import plain
from exact import FUNCTIONS, FUNCTIONS_OF_TWO, worst
from exact import exact as number
from points import points
from truth import truth

inf, nan = math.inf, math.nan

SCALARS = [pytest.param(df, id="built"), pytest.param(plain, id="plain")]

#: name, point, derivative there.
EDGES = [
    *(("asinh", a, 0.0) for a in (inf, -inf)),
    ("acosh", 1.0, inf),
    ("acosh", inf, 0.0),
    ("cbrt", 0.0, inf),
    ("cbrt", -0.0, inf),
    ("cbrt", inf, 0.0),
    ("exp2", -inf, 0.0),
    ("exp2", inf, inf),
    ("expm1", -inf, 0.0),
    ("expm1", inf, inf),
    ("log2", inf, 0.0),
    ("log10", inf, 0.0),
    ("log1p", inf, 0.0),
    ("log2", 5e-324, inf),
    ("log10", 5e-324, inf),
    *(("erf", a, 0.0) for a in (inf, -inf, 30.0)),
    *(("erfc", a, -0.0) for a in (inf, -inf, 30.0)),
    ("atan", 1e200, 0.0),
]


def parts(result: Any) -> tuple[float, float]:
    return result.real, result.dual


@pytest.mark.parametrize("module", SCALARS)
class TestScalars:
    @pytest.mark.parametrize("name", FUNCTIONS)
    def test_values_and_derivatives(self, module: ModuleType, name: str) -> None:
        function, (where, value, slopes) = getattr(module, name), truth(name, COUNT)
        found = [parts(function(module.Dual(a, 1.0))) for a in where[0]]
        for expected, bound, part in ((value, LIBRARY.value, 0), (slopes[0], LIBRARY.slopes[0], 1)):
            error, at = worst(expected, [each[part] for each in found])
            assert error <= bound, (part, where[0][at], found[at])

    @pytest.mark.parametrize("name", FUNCTIONS_OF_TWO)
    def test_two_arguments(self, module: ModuleType, name: str) -> None:
        function, (where, value, slopes) = getattr(module, name), truth(name, COUNT)
        points = list(zip(*where, strict=True))
        for j, slope in enumerate(slopes):
            found = []
            for x, y in points:
                try:
                    found.append(parts(function(*(module.Dual(x, 1.0), y) if j == 0 else (x, module.Dual(y, 1.0)))))
                except OverflowError:  # of the value; the derivative is then that of an array
                    found.append((math.inf, math.nan))
            fine = [i for i, (number, _) in enumerate(found) if math.isfinite(number)]
            assert len(fine) > 0.9 * len(found)
            for expected, bound, part in ((value, LIBRARY.value, 0), (slope, LIBRARY.slopes[j], 1)):
                chosen = type(expected)([expected.nearest[i] for i in fine], [expected.rest[i] for i in fine])
                error, at = worst(chosen, [found[i][part] for i in fine])
                assert error <= bound, (j, part, points[fine[at]], found[fine[at]])

    @pytest.mark.parametrize("name", FUNCTIONS)
    def test_a_dual_has_the_value_of_the_float(self, module: ModuleType, name: str) -> None:
        function = getattr(module, name)
        for a in points(name, 1000):
            assert function(a) == function(module.Dual(a, 1.0)).real == getattr(module.Dual(a, 1.0), name)().real


@pytest.mark.parametrize("module", SCALARS)
class TestEdges:
    @pytest.mark.parametrize(("name", "a", "expected"), EDGES)
    def test_the_derivative_is_the_limit(self, module: Any, name: str, a: float, expected: float) -> None:
        actual = getattr(module, name)(module.Dual(a, 1.0)).dual
        assert (expected, math.copysign(1, expected)) == (actual, math.copysign(1, actual))

    def test_a_derivative_that_only_the_square_makes_vanish(self, module: Any) -> None:
        """1 + a² is infinite from 1.4e154 on; the derivative of atan(1e160·t) at t = 1 is still 1e-160."""
        assert math.isclose(1e-160, module.atan(module.Dual(1e160, 1e160)).dual, rel_tol=1e-15)
        assert math.isclose(1e-160, module.atan2(module.Dual(1e160, 1e160), 1.0).dual, rel_tol=1e-15)

    @pytest.mark.parametrize(
        "name", ["asin", "atan", "sinh", "tanh", "asinh", "atanh", "expm1", "log1p", "cbrt", "erf"]
    )
    def test_the_sign_of_zero_goes_through(self, module: Any, name: str) -> None:
        for zero in (0.0, -0.0):
            assert math.copysign(1, zero) == math.copysign(1, getattr(module, name)(zero))
            assert math.copysign(1, zero) == math.copysign(1, getattr(module, name)(module.Dual(zero, 1)).real)

    @pytest.mark.parametrize("name", FUNCTIONS)
    def test_special_values_and_errors_are_those_of_math(self, module: Any, name: str) -> None:
        reference = getattr(math, name, None)
        if reference is None:
            pytest.skip(f"math.{name} came with Python 3.11")
        for a in (0.0, -0.0, 1.0, -1.0, 2.0, -2.0, 5e-324, 1e300, -1e300, inf, -inf, nan):
            try:
                expected = reference(a)
            except (ValueError, OverflowError) as error:
                for x in (a, module.Dual(a, 1.0)):
                    with pytest.raises(type(error)):
                        getattr(module, name)(x)
                continue
            # Python has an error function of its own, and the cube root differs between libraries.
            slack = LIBRARY.value * math.ulp(expected) if name in {"erf", "erfc", "cbrt"} and expected else 0.0
            for actual in (getattr(module, name)(a), getattr(module, name)(module.Dual(a, 1.0)).real):
                assert repr(expected) == repr(actual) or abs(expected - actual) <= slack, (a, actual)


@pytest.mark.parametrize("module", SCALARS)
class TestTwoArguments:
    @pytest.mark.parametrize(
        ("c", "a"), [(1.0, 2.0), (-3.0, 0.5), (1e-300, 1e-300), (1e300, -1e300), (5e-324, 0.0), (1.5e308, 1.5e308)]
    )
    def test_hypot_and_atan2(self, module: Any, c: float, a: float) -> None:
        x, y = number(a), number(c)
        for first, second, by_x, by_y in ((3.0, 0.0, 3.0, 0.0), (0.0, 2.0, 0.0, 2.0), (1.0, 1.0, 1.0, 1.0)):
            angle = module.atan2(module.Dual(c, first), module.Dual(a, second))
            assert math.atan2(c, a) == angle.real
            exact = (x * by_x - y * by_y) / (x * x + y * y)
            scale = float((abs(x * by_x) + abs(y * by_y)) / (x * x + y * y))
            assert float(exact) == angle.dual or abs(float(exact) - angle.dual) <= 8 * math.ulp(scale)
            h = module.hypot(module.Dual(c, first), module.Dual(a, second))
            if math.isinf(math.hypot(c, a)):
                continue
            assert math.isclose(math.hypot(c, a), h.real, rel_tol=4e-16)
            slope = (y * by_x + x * by_y) / gmpy2.sqrt(x * x + y * y)
            assert abs(float(slope) - h.dual) <= 8 * math.ulp(abs(first) + abs(second))

    @pytest.mark.parametrize(
        ("x", "y", "value_", "by_x", "by_y"),
        [
            (0.0, 0.0, 0.0, nan, nan),
            (-0.0, 0.0, 0.0, nan, nan),
            (3.0, 0.0, 3.0, 1.0, 0.0),
            (-3.0, 0.0, 3.0, -1.0, 0.0),
            (inf, 1.0, inf, 1.0, 0.0),
            (-inf, 1.0, inf, -1.0, 0.0),
            (inf, inf, inf, nan, nan),
            (inf, nan, inf, 1.0, nan),
            (nan, 1.0, nan, nan, nan),
        ],
    )
    def test_hypot_at_special_points(
        self, module: Any, x: float, y: float, value_: float, by_x: float, by_y: float
    ) -> None:
        found = module.hypot(module.Dual(x, 1.0), y), module.hypot(x, module.Dual(y, 1.0))
        assert repr([value_, by_x, value_, by_y]) == repr([found[0].real, found[0].dual, found[1].real, found[1].dual])

    @pytest.mark.parametrize("y", [0.0, -0.0, 1.0, -1.0, inf, -inf, nan])
    @pytest.mark.parametrize("x", [0.0, -0.0, 1.0, -1.0, inf, -inf, nan])
    def test_atan2_at_special_points(self, module: Any, y: float, x: float) -> None:
        found = module.atan2(module.Dual(y, 1.0), module.Dual(x, 1.0))
        assert repr(math.atan2(y, x)) == repr(found.real) == repr(module.atan2(y, x))
        if x == 0.0 == y or math.isnan(x) or math.isnan(y):
            assert math.isnan(found.dual)
        elif math.isinf(x) or math.isinf(y):
            assert found.dual == 0.0

    def test_pow_has_the_errors_of_math(self, module: Any) -> None:
        for a in (-inf, -2.0, -0.0, 0.0, 0.5, 2.0, inf, nan):
            for c in (-inf, -1.5, -1.0, 0.0, 0.5, 3.0, 1e5, inf, nan):
                if sys.version_info < (3, 11) and (a, c) in ((0.0, -inf), (-0.0, -inf)):
                    continue  # Python 3.10 raised there, and C99 does not
                operands = [(a, c), (module.Dual(a, 1.0), c), (a, module.Dual(c, 1.0))]
                try:
                    expected = math.pow(a, c)
                except (ValueError, OverflowError) as error:
                    for x, y in operands:
                        with pytest.raises(type(error), match=r"^math (domain|range) error$"):
                            module.pow(x, y)
                    continue
                assert repr(expected) == repr(module.pow(a, c))
                assert repr(expected) == repr(module.pow(*operands[1]).real) == repr(module.pow(*operands[2]).real)

    @pytest.mark.parametrize("name", ["hypot", "atan2", "pow", "maximum", "minimum"])
    def test_numbers_give_a_float_and_a_dual_on_either_side_a_dual(self, module: Any, name: str) -> None:
        function = getattr(module, name)
        assert type(function(1, 2)) is float
        assert type(function(module.Dual(1, 1), 2)) is type(function(1, module.Dual(2, 1))) is module.Dual
        for arguments in (("1", 2), (2, None), (1j, module.Dual(1)), (module.Dual(1), [1, "x"])):
            with pytest.raises(TypeError):
                function(*arguments)
        with pytest.raises(OverflowError, match="int too large"):
            function(10**400, 1.0)

    @pytest.mark.parametrize(
        ("x", "y", "greater", "lesser"),
        [
            (1.0, 2.0, "y", "x"),
            (2.0, 1.0, "x", "y"),
            (1.0, 1.0, "x", "x"),
            (-0.0, 0.0, "x", "x"),
            (inf, -inf, "x", "y"),
            (nan, 1.0, "x", "x"),
            (1.0, nan, "y", "y"),
            (nan, nan, "x", "x"),
        ],
    )
    def test_the_chosen_one_keeps_its_derivative(
        self, module: Any, x: float, y: float, greater: str, lesser: str
    ) -> None:
        both = {"x": module.Dual(x, 3.0), "y": module.Dual(y, 4.0)}
        assert repr(both[greater]) == repr(module.maximum(both["x"], both["y"]))
        assert repr(both[lesser]) == repr(module.minimum(both["x"], both["y"]))
        assert repr(both["x"]) == repr(module.where(True, both["x"], both["y"]))
        assert repr(both["y"]) == repr(module.where(False, both["x"], both["y"]))
