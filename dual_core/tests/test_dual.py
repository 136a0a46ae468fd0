"""Values, derivatives and errors of `Dual` and the module functions; plain pytest is enough."""

import copy
import doctest
import inspect
import math
import operator
import pickle
import random
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from importlib.metadata import version
from typing import Any

import dual_autodiff as df
import dual_autodiff.dual as module
import pytest
from dual_autodiff.dual import Dual, MultiDual

inf, nan = math.inf, math.nan

# name: (its derivative as math has it, lower and upper end of the points to try)
FUNCTIONS: dict[str, tuple[Callable[[float], float], float, float]] = {
    "sin": (math.cos, -20.0, 20.0),
    "cos": (lambda a: -math.sin(a), -20.0, 20.0),
    "tan": (lambda a: 1 / math.cos(a) ** 2, -1.5, 1.5),
    "asin": (lambda a: 1 / math.sqrt(1 - a * a), -0.99, 0.99),
    "acos": (lambda a: -1 / math.sqrt(1 - a * a), -0.99, 0.99),
    "atan": (lambda a: 1 / (1 + a * a), -50.0, 50.0),
    "sinh": (math.cosh, -20.0, 20.0),
    "cosh": (math.sinh, -20.0, 20.0),
    "tanh": (lambda a: 1 / math.cosh(a) ** 2, -20.0, 20.0),
    "exp": (math.exp, -50.0, 50.0),
    "log": (lambda a: 1 / a, 1e-6, 1e6),
    "sqrt": (lambda a: 0.5 / math.sqrt(a), 1e-6, 1e6),
}
POINTS = {
    name: [random.Random(name).uniform(low, high) for _ in range(500)] for name, (_, low, high) in FUNCTIONS.items()
}
ARITHMETIC = [operator.add, operator.sub, operator.mul, operator.truediv, operator.pow]
ORDER = [operator.lt, operator.le, operator.gt, operator.ge]


def parts(x: Dual) -> tuple[float, float]:
    return x.real, x.dual


def same(expected: float, actual: float) -> bool:
    """Equal to the last bit, nan and the sign of zero included."""
    if math.isnan(expected):
        return math.isnan(actual)
    return expected == actual and math.copysign(1, expected) == math.copysign(1, actual)


class TestFoundingReport:
    """What the report prints, digit for digit."""

    def test_parts(self) -> None:
        x = Dual(5, 18)
        assert (x.real, x.dual) == (5.0, 18.0)
        assert type(x.real) is type(x.dual) is float

    def test_division(self) -> None:
        assert parts(Dual(6, 2) / Dual(3, 1)) == (2.0, 0.0)

    def test_sine(self) -> None:
        expected = (0.9092974268256817, -0.4161468365471424)
        assert expected == parts(Dual(2, 1).sin()) == parts(df.sin(Dual(2, 1)))

    def test_derivative_of_an_expression(self) -> None:
        x = Dual(1.5, 1.0)
        expected = (0.15665054756073515, -1.9612372705533612)
        assert expected == parts(x.sin().log() + x * x * x.cos())
        assert expected == parts(df.log(df.sin(x)) + x**2 * df.cos(x))

    def test_errors(self) -> None:
        with pytest.raises(TypeError, match="'two'"):
            Dual("two", 1)  # type: ignore[arg-type]
        with pytest.raises(ZeroDivisionError):
            Dual(6, 2) / Dual(0, 0)
        with pytest.raises(AttributeError, match="non_existent_attribute"):
            Dual(2, 1).non_existent_attribute  # type: ignore[attr-defined]  # noqa: B018


class TestArithmetic:
    X, Y = Dual(3.0, 5.0), Dual(2.0, 7.0)

    def test_two_duals(self) -> None:
        assert Dual(5.0, 12.0) == self.X + self.Y
        assert Dual(1.0, -2.0) == self.X - self.Y
        assert Dual(6.0, 31.0) == self.X * self.Y
        assert Dual(1.5, -2.75) == self.X / self.Y
        assert Dual(9.0, 30.0 + 9.0 * math.log(3.0) * 7.0) == self.X**self.Y

    @pytest.mark.parametrize("two", [2, 2.0, Fraction(2), True + 1], ids=repr)
    def test_a_number_on_either_side(self, two: float) -> None:
        x = self.X
        assert [Dual(5.0, 5.0)] * 2 == [x + two, two + x]
        assert [Dual(1.0, 5.0), Dual(-1.0, -5.0)] == [x - two, two - x]
        assert [Dual(6.0, 10.0)] * 2 == [x * two, two * x]
        assert [Dual(1.5, 2.5), Dual(2 / 3, -(2 / 3) * 5 / 3)] == [x / two, two / x]
        assert [Dual(9.0, 30.0), Dual(8.0, 8.0 * math.log(2.0) * 5.0)] == [x**two, two**x]

    def test_one_operand(self) -> None:
        assert Dual(-3.0, -5.0) == -self.X
        assert +self.X is self.X
        assert (Dual(3.0, 5.0), Dual(3.0, 5.0)) == (abs(self.X), abs(Dual(-3.0, -5.0)))

    def test_abs_has_no_derivative_at_zero(self) -> None:
        for zero in (0.0, -0.0):
            assert repr(abs(Dual(zero, 1.0))) == "Dual(0.0, float('nan'))"

    def test_augmented_assignment_leaves_the_operand_alone(self) -> None:
        x = y = Dual(3.0, 5.0)
        x += 1
        assert (Dual(4.0, 5.0), Dual(3.0, 5.0)) == (x, y)

    @pytest.mark.parametrize("a", [inf, -inf])
    def test_a_number_times_an_infinite_value_keeps_the_derivative(self, a: float) -> None:
        assert Dual(a * 2.0, 6.0) == Dual(a, 3.0) * 2.0 == 2.0 * Dual(a, 3.0)

    @pytest.mark.parametrize("op", [operator.add, operator.sub, operator.mul, operator.truediv])
    def test_a_number_keeps_the_sign_of_a_zero_derivative(self, op: Any) -> None:
        assert same(-0.0, op(Dual(1.0, -0.0), 2.0).dual)

    @pytest.mark.parametrize("scale", [2.0**-700, 2.0**700])
    def test_division_squares_no_divisor(self, scale: float) -> None:
        assert Dual(1.5, -2.75) == Dual(3 * scale, 5 * scale) / Dual(2 * scale, 7 * scale)

    def test_overflow_is_infinite_as_for_floats(self) -> None:
        x = Dual(1e200, 1.0)
        assert (inf, 2e200) == parts(x * x)
        assert inf == (x / 1e-200).real

    @pytest.mark.parametrize("zero", [0, 0.0, -0.0, Dual(0, 1), Dual(-0.0, 0)], ids=repr)
    @pytest.mark.parametrize("x", [Dual(1, 1), Dual(0, 0), Dual(nan, 0)], ids=repr)
    def test_division_by_zero(self, x: Dual, zero: Any) -> None:
        with pytest.raises(ZeroDivisionError, match=r"^division by zero$"):
            x / zero
        with pytest.raises(ZeroDivisionError):
            1.0 / Dual(0.0, 1.0)

    @pytest.mark.parametrize("op", ARITHMETIC)
    @pytest.mark.parametrize("other", ["2", None, [1], 1j, Decimal(2), pytest.param(object(), id="object")], ids=repr)
    def test_no_number_is_no_operand(self, op: Any, other: object) -> None:
        for operands in ((self.X, other), (other, self.X)):
            with pytest.raises(TypeError):
                op(*operands)

    @pytest.mark.parametrize("name", ["add", "sub", "mul", "truediv", "pow"])
    def test_a_foreign_operand_gets_its_turn(self, name: str) -> None:
        foreign = type("Foreign", (), {f"__r{name}__": lambda self, other: (self, other)})()
        assert (foreign, self.X) == getattr(operator, name)(self.X, foreign)

    @pytest.mark.parametrize("op", ARITHMETIC)
    def test_an_int_too_large_for_a_float(self, op: Any) -> None:
        for operands in ((self.X, 10**400), (10**400, self.X)):
            with pytest.raises(OverflowError, match="int too large"):
                op(*operands)


class TestPower:
    @pytest.mark.parametrize(
        ("x", "exponent", "expected"),
        [
            (Dual(0.0, 1.0), 0, (1.0, 0.0)),
            (Dual(0.0, 3.0), 1, (0.0, 3.0)),
            (Dual(0.0, 1.0), 2, (0.0, 0.0)),
            (Dual(0.0, 1.0), 1.5, (0.0, 0.0)),
            (Dual(0.0, 1.0), 0.5, (0.0, inf)),
            (Dual(-2.0, 1.0), 3, (-8.0, 12.0)),
            (Dual(-2.0, 1.0), -2, (0.25, 0.25)),
            (Dual(-2.0, 1.0), 0, (1.0, 0.0)),
            (Dual(nan, 1.0), 0, (1.0, 0.0)),
            (Dual(inf, 1.0), 1, (inf, 1.0)),
            (Dual(1e-200, 1.0), 2, (0.0, 2e-200)),
            (Dual(4.0, 1.0), 0.5, (2.0, 0.25)),
            (Dual(-2.0, 1.0), Dual(3.0, 0.0), (-8.0, 12.0)),
            (Dual(-2.0, 1.0), Dual(3.0, 1.0), (-8.0, nan)),
            (-2.0, Dual(3.0, 1.0), (-8.0, nan)),
            (Dual(0.0, 1.0), Dual(2.0, 1.0), (0.0, 0.0)),
            (0.0, Dual(2.0, 1.0), (0.0, 0.0)),
            (0.0, Dual(0.0, 1.0), (1.0, -inf)),
            (Dual(1.0, 1.0), Dual(nan, 0.0), (1.0, nan)),
            (1.0, Dual(5.0, 1.0), (1.0, 0.0)),
        ],
        ids=repr,
    )
    def test_special_points(self, x: Any, exponent: Any, expected: tuple[float, float]) -> None:
        result = x**exponent
        assert same(expected[0], result.real)
        assert same(expected[1], result.dual)

    def test_values_are_those_of_floats(self) -> None:
        special = [-inf, -2.5, -2.0, -1.0, -0.0, 0.0, 0.5, 1.0, 2.0, 3.0, 1e200, inf, nan]
        for a in special:
            for c in special:
                try:
                    expected = a**c
                except (ZeroDivisionError, OverflowError) as error:
                    with pytest.raises(type(error)):
                        Dual(a, 1.0) ** c
                    continue
                if isinstance(expected, complex):
                    with pytest.raises(ValueError, match=r"^math domain error$"):
                        Dual(a, 1.0) ** c
                    continue
                assert same(expected, (Dual(a, 1.0) ** c).real), (a, c)
                assert same(expected, (a ** Dual(c, 1.0)).real), (a, c)

    def test_points_against_the_formula(self) -> None:
        points = random.Random("power")
        for _ in range(500):
            a, b = points.uniform(0.1, 10), points.uniform(-5, 5)
            c, d = points.uniform(-10, 10), points.uniform(-5, 5)
            result = Dual(a, b) ** Dual(c, d)
            first, second = c * a ** (c - 1) * b, a**c * math.log(a) * d
            assert a**c == result.real
            assert math.isclose(first + second, result.dual, rel_tol=4e-15, abs_tol=4e-15 * abs(first))

    def test_no_third_argument(self) -> None:
        with pytest.raises(TypeError, match=r"pow\(\)"):
            pow(Dual(2), 2, 3)  # type: ignore[misc]


@pytest.mark.parametrize("name", FUNCTIONS)
class TestFunctions:
    def test_values_are_those_of_math(self, name: str) -> None:
        for a in POINTS[name]:
            expected = getattr(math, name)(a)
            assert expected == getattr(df, name)(a)
            assert expected == getattr(df, name)(Dual(a, 1.0)).real
            assert expected == getattr(Dual(a, 1.0), name)().real

    def test_derivatives_are_analytic(self, name: str) -> None:
        slope = FUNCTIONS[name][0]
        for a in POINTS[name]:
            result = getattr(df, name)(Dual(a, 3.0))
            assert math.isclose(3.0 * slope(a), result.dual, rel_tol=1e-13)
            assert result == getattr(Dual(a, 3.0), name)()

    def test_a_constant_has_no_derivative(self, name: str) -> None:
        assert getattr(df, name)(Dual(0.5)).dual == 0.0

    @pytest.mark.parametrize("half", [0.5, Fraction(1, 2)], ids=repr)
    def test_a_number_gives_a_float(self, name: str, half: float) -> None:
        result = getattr(df, name)(half)
        assert type(result) is float
        assert getattr(math, name)(0.5) == result

    def test_an_int_gives_a_float(self, name: str) -> None:
        assert getattr(math, name)(1) == getattr(df, name)(1)
        assert type(getattr(df, name)(1)) is float

    @pytest.mark.parametrize("a", [0.0, -0.0, 1.0, -1.0, 2.0, -2.0, 1000.0, -1000.0, inf, -inf, nan])
    def test_special_values_and_errors_are_those_of_math(self, name: str, a: float) -> None:
        try:
            expected = getattr(math, name)(a)
        except (ValueError, OverflowError) as error:
            message = f"^math {'domain' if isinstance(error, ValueError) else 'range'} error$"
            for x in (a, Dual(a, 1.0), Dual(a)):
                with pytest.raises(type(error), match=message):
                    getattr(df, name)(x)
            return
        assert same(expected, getattr(df, name)(a))
        assert same(expected, getattr(df, name)(Dual(a, 1.0)).real)

    @pytest.mark.parametrize("argument", ["1", None, 1j, [1.0], Decimal(1)], ids=repr)
    def test_no_number_is_no_argument(self, name: str, argument: object) -> None:
        with pytest.raises(TypeError, match="neither a Dual nor a number"):
            getattr(df, name)(argument)

    def test_an_int_too_large_for_a_float(self, name: str) -> None:
        with pytest.raises(OverflowError, match="int too large"):
            getattr(df, name)(10**400)

    def test_the_method_is_for_duals_only(self, name: str) -> None:
        with pytest.raises(TypeError, match="Dual"):
            getattr(Dual, name)(1.0)


class TestDerivativesAtTheEdge:
    @pytest.mark.parametrize(
        ("name", "a", "expected"),
        [
            ("sqrt", 0.0, inf),
            ("sqrt", -0.0, inf),
            ("sqrt", inf, 0.0),
            ("asin", 1.0, inf),
            ("asin", -1.0, inf),
            ("acos", 1.0, -inf),
            ("acos", -1.0, -inf),
            ("log", inf, 0.0),
            ("log", 5e-324, inf),
            ("atan", inf, 0.0),
            ("atan", 1e200, 0.0),
            ("tanh", inf, 0.0),
            ("tanh", 1000.0, 0.0),
            ("exp", -inf, 0.0),
            ("exp", inf, inf),
            ("sinh", -inf, inf),
            ("cosh", -inf, -inf),
        ],
    )
    def test_is_a_limit(self, name: str, a: float, expected: float) -> None:
        assert expected == getattr(df, name)(Dual(a, 1.0)).dual

    @pytest.mark.parametrize(("name", "a"), [("sqrt", 0.0), ("asin", 1.0), ("acos", -1.0)])
    def test_is_nan_where_zero_meets_infinity(self, name: str, a: float) -> None:
        assert math.isnan(getattr(df, name)(Dual(a, 0.0)).dual)

    @pytest.mark.parametrize("name", FUNCTIONS)
    def test_is_nan_for_nan(self, name: str) -> None:
        result = getattr(df, name)(Dual(nan, 1.0))
        assert math.isnan(result.real)
        assert math.isnan(result.dual)

    def test_keeps_its_digits_where_the_textbook_formula_cancels(self) -> None:
        a = math.nextafter(1.0, 0.0)
        assert math.isclose(2.0**26, df.asin(Dual(a, 1.0)).dual, rel_tol=1e-15)
        assert math.isclose(4 * math.exp(-60.0), df.tanh(Dual(30.0, 1.0)).dual, rel_tol=1e-14)
        assert math.isclose(4 * math.exp(-700.0), df.tanh(Dual(350.0, 1.0)).dual, rel_tol=1e-12)


class TestComparison:
    def test_order_is_that_of_the_real_parts(self) -> None:
        for op in ORDER:
            for a, b in ((1.0, 2.0), (2.0, 1.0), (1.0, 1.0), (nan, 1.0), (-0.0, 0.0)):
                expected = op(a, b)
                assert expected == op(Dual(a, 9.0), Dual(b, -9.0))
                assert expected == op(Dual(a, 9.0), b)
                assert expected == op(a, Dual(b, 9.0))

    def test_equality_sees_both_parts(self) -> None:
        assert Dual(1.0, 2.0) == Dual(1.0, 2.0)
        assert not Dual(1.0, 2.0) != Dual(1.0, 2.0)  # noqa: SIM202  (`!=` is what is tested)
        assert Dual(1.0, 2.0) != Dual(1.0, 3.0)
        assert Dual(1.0, 2.0) != Dual(3.0, 2.0)
        assert Dual(nan, 1.0) != Dual(nan, 1.0)
        assert Dual(1.0, nan) != Dual(1.0, nan)

    @pytest.mark.parametrize("number", [2, 2.0, Fraction(2)], ids=repr)
    def test_a_constant_equals_its_number_and_hashes_like_it(self, number: float) -> None:
        assert Dual(2.0) == number
        assert number == Dual(2.0)
        assert hash(number) == hash(Dual(2.0)) == hash(Dual(2.0, -0.0))
        assert Dual(2.0, 1.0) != number
        assert number != Dual(2.0, 1.0)

    def test_ints_compare_exactly(self) -> None:
        big = 2**53 + 1
        assert Dual(2.0**53) != big
        assert Dual(2.0**53) < big
        assert Dual(1e308) < 10**400
        assert Dual(1e308) != 10**400

    @pytest.mark.parametrize("other", ["2", None, 2j, [2.0]], ids=repr)
    def test_no_number_is_unequal_and_has_no_order(self, other: Any) -> None:
        assert Dual(2.0) != other
        assert not Dual(2.0) == other  # noqa: SIM201  (`==` is what is tested)
        for op in ORDER:
            with pytest.raises(TypeError, match="not supported between"):
                op(Dual(2.0), other)

    def test_hash_sees_both_parts(self) -> None:
        assert hash(Dual(1.0, 2.0)) == hash(Dual(1.0, 2.0))
        assert len({hash(Dual(a, b)) for a in range(10) for b in range(10)}) == 100
        assert {Dual(1.0, 2.0): "found"}[Dual(1, 2)] == "found"

    @pytest.mark.parametrize("x", [Dual(nan), Dual(nan, 1.0), Dual(1.0, nan)], ids=repr)
    def test_hash_of_nan_stays_the_same(self, x: Dual) -> None:
        assert len({hash(x) for _ in range(100)}) == 1
        assert x in {x}

    def test_truth_is_inequality_to_zero(self) -> None:
        assert [bool(x) for x in (Dual(0), Dual(-0.0, -0.0), Dual(0, 1), Dual(1, 0), Dual(nan))] == [
            False,
            False,
            True,
            True,
            True,
        ]


class TestObject:
    ODD = (Dual(1.5, 1.0), Dual(-0.0, 5e-324), Dual(0.1, -1e308), Dual(inf, nan), Dual(-inf, -0.0))

    @pytest.mark.parametrize("x", ODD, ids=repr)
    def test_round_trips(self, x: Dual) -> None:
        copies = [eval(repr(x)), copy.copy(x), copy.deepcopy(x)]
        copies += [pickle.loads(pickle.dumps(x, p)) for p in range(pickle.HIGHEST_PROTOCOL + 1)]
        for y in copies:
            assert type(y) is Dual
            assert same(x.real, y.real)
            assert same(x.dual, y.dual)

    def test_repr(self) -> None:
        assert "Dual(1.5, 1.0)" == repr(Dual(1.5, 1)) == str(Dual(1.5, 1))

    @pytest.mark.parametrize(
        "convert", [float, int, complex, math.sin, operator.index, range, math.fsum, chr], ids=repr
    )
    @pytest.mark.parametrize("number", [Dual(1.5, 2.0), Dual(1.0), MultiDual(1.0, [2.0])], ids=repr)
    def test_never_becomes_a_plain_number_by_itself(self, convert: Any, number: Any) -> None:
        with pytest.raises(TypeError, match=r"derivative would be lost: use \.value"):
            convert([number] if convert is math.fsum else number)

    @pytest.mark.parametrize("attribute", ["real", "dual", "novel"])
    def test_is_immutable(self, attribute: str) -> None:
        x = Dual(1.0, 2.0)
        with pytest.raises(AttributeError, match=attribute):
            setattr(x, attribute, 3.0)
        with pytest.raises(AttributeError, match=attribute):
            delattr(x, attribute)
        x.__init__(3.0)  # type: ignore[call-arg]
        assert Dual(1.0, 2.0) == x

    def test_is_final(self) -> None:
        with pytest.raises(TypeError, match="not an acceptable base type"):
            type("Child", (Dual,), {})

    def test_construction(self) -> None:
        assert Dual(1.0) == Dual(1, 0) == Dual(real=1) == Dual(dual=0, real=Fraction(1))
        for part in ("1", None, 1j, [1], Decimal(1), Dual(1.0)):
            with pytest.raises(TypeError, match=r"^real is not a number"):
                Dual(part)  # type: ignore[arg-type]
            with pytest.raises(TypeError, match=r"^dual is not a number"):
                Dual(1.0, part)  # type: ignore[arg-type]
        with pytest.raises(OverflowError, match="int too large"):
            Dual(10**400)
        for arguments in ((), (1, 2, 3)):
            with pytest.raises(TypeError):
                Dual(*arguments)


class TestModule:
    def test_public_names_are_documented_and_introspectable(self) -> None:
        assert set(module.__all__) <= set(df.__all__)
        assert {"Dual", *FUNCTIONS} <= set(module.__all__)
        assert df.__doc__
        assert module.__doc__
        for name in set(module.__all__) - {"Dual", "MultiDual"}:
            function = getattr(df, name)
            assert function is getattr(module, name)
            assert ":raises TypeError:" in function.__doc__, name
            kinds = {each.kind for each in inspect.signature(function).parameters.values()}
            assert kinds == {inspect.Parameter.POSITIONAL_ONLY}, name
        for name in FUNCTIONS:
            assert list(inspect.signature(getattr(df, name)).parameters) == ["x"]
            assert getattr(Dual, name).__doc__
            assert list(inspect.signature(getattr(Dual, name)).parameters) == ["self"]
        parameters = inspect.signature(Dual).parameters
        assert (list(parameters), parameters["dual"].default) == (["real", "dual"], 0.0)
        assert (Dual.real.__doc__, Dual.dual.__doc__) > ("", "")

    def test_every_public_name_is_there(self) -> None:
        for name in df.__all__:
            assert getattr(df, name) is not None

    def test_version_is_the_distribution_s(self) -> None:
        assert version("dual_autodiff") == df.__version__

    @pytest.mark.parametrize("documented", [df, inspect.getmodule(Dual)])
    def test_examples_in_docstrings(self, documented: Any) -> None:
        failed, tried = doctest.testmod(documented, extraglobs={"Dual": Dual})
        assert tried > 0
        assert failed == 0
