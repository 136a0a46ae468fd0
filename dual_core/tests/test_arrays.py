"""Arrays as a NumPy user expects them: broadcasting, views, in-place operators, interop, and what is refused."""

import copy
import operator
import pickle
from typing import Any

import pytest

pytest.importorskip("numpy", reason="NumPy is not installed")

import dual_autodiff as df
import numpy as np
from dual_autodiff import Dual, DualArray

rng = np.random.default_rng(3)


def make(*shape: int, low: float = 0.5, high: float = 2.0) -> DualArray:
    return DualArray(rng.uniform(low, high, shape), rng.uniform(-1, 1, shape))


def same(expected: Any, actual: Any) -> bool:
    """The same values and derivatives, bit for bit."""
    return bool(
        expected.shape == actual.shape
        and expected.value.tobytes() == actual.value.tobytes()
        and expected.derivative.tobytes() == actual.derivative.tobytes()
    )


def rule(op: Any, a: Any, b: Any, c: Any, d: Any) -> tuple[Any, Any]:
    """An operator by NumPy's own arithmetic."""
    if op is operator.add:
        return a + c, b + d
    if op is operator.sub:
        return a - c, b - d
    if op is operator.mul:
        return a * c, c * b + a * d
    return a / c, (b - a / c * d) / c


class TestMaking:
    def test_parts(self) -> None:
        x = DualArray([[1, 2], [3, 4]], [[1, 0], [0, 1]])
        assert (x.shape, x.ndim, x.size, len(x)) == ((2, 2), 2, 4, 2)
        assert x.value.dtype == x.derivative.dtype == np.float64
        assert x.value.flags.c_contiguous and x.derivative.flags.c_contiguous
        assert x.T.shape == (2, 2)
        assert x.T.value[0, 1] == 3.0

    def test_the_derivative_is_broadcast(self) -> None:
        x = DualArray([1.0, 2.0, 3.0], 1.0)
        assert x.derivative.tolist() == [1.0, 1.0, 1.0]

    def test_a_copy_is_made_unless_asked_otherwise(self) -> None:
        value, slope = np.ones(3), np.zeros(3)
        x, y = DualArray(value, slope), DualArray(value, slope, copy=False)
        value[0] = slope[0] = 5.0
        assert (x.value[0], x.derivative[0]) == (1.0, 0.0)
        assert (y.value[0], y.derivative[0]) == (5.0, 5.0)

    @pytest.mark.parametrize(
        "bad",
        [
            "abc",
            None,
            [1, "a"],
            [1j],
            [[1, 2], [3]],
            pytest.param(object(), id="object"),
            pytest.param([object()], id="[object]"),
        ],
        ids=repr,
    )
    def test_what_is_no_array_of_numbers(self, bad: Any) -> None:
        with pytest.raises((TypeError, ValueError)):
            DualArray(bad)
        with pytest.raises((TypeError, ValueError)):
            DualArray([1.0, 2.0], bad)

    def test_shapes_that_do_not_fit(self) -> None:
        with pytest.raises(ValueError, match="shape"):
            DualArray([1.0, 2.0], [1.0, 2.0, 3.0])

    def test_an_int_too_large_for_a_float(self) -> None:
        with pytest.raises(OverflowError):
            DualArray([10**400])

    @pytest.mark.parametrize("how", [copy.copy, copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x)), DualArray.copy])
    def test_copies_are_independent(self, how: Any) -> None:
        x = make(3, 2)
        y = how(x)
        assert same(x, y)
        y.value[0, 0] = 99.0
        assert x.value[0, 0] != 99.0

    def test_empty(self) -> None:
        x = DualArray([], [])
        assert df.sin(x).shape == (x + 1).shape == (0,)
        assert df.derivative(df.sin, np.empty((0, 3))).shape == (0, 3)


class Subclass(DualArray):
    """Of a user's own."""


def test_a_subclass_changes_nothing_for_others() -> None:
    mixed = operator.mul(Dual(1.0, 1.0), np.ones(2))
    for result in (DualArray([1.0], 1.0) + 1.0, mixed, Subclass([1.0], 1.0) * 2.0):
        assert type(result) is DualArray


class TestOperators:
    @pytest.mark.parametrize("op", [operator.add, operator.sub, operator.mul, operator.truediv])
    @pytest.mark.parametrize(
        "shapes",
        [((5,), (5,)), ((4, 1), (3,)), ((2, 3, 4), (3, 1)), ((), (3,)), ((600,), (1,)), ((1,), (0,))],
        ids=repr,
    )
    def test_two_arrays_broadcast(self, op: Any, shapes: Any) -> None:
        x, y = make(*shapes[0]), make(*shapes[1])
        expected = rule(op, x.value, x.derivative, y.value, y.derivative)
        found = op(x, y)
        np.testing.assert_array_equal(found.value, expected[0])
        np.testing.assert_allclose(found.derivative, expected[1], rtol=1e-14, atol=1e-15)

    @pytest.mark.parametrize("op", [operator.add, operator.sub, operator.mul, operator.truediv, operator.pow])
    def test_numbers_duals_and_numpy_arrays_on_either_side(self, op: Any) -> None:
        x, plain = make(4), rng.uniform(0.5, 2, 4)
        for other in (
            2,
            2.0,
            np.float64(2.0),
            np.float32(2.0),
            np.int64(2),
            Dual(2.0, 0.5),
            plain,
            plain.astype(np.float32),
        ):
            for a, b in ((x, other), (other, x)):
                found = op(a, b)
                assert type(found) is DualArray
                for i in range(4):
                    one, two = (each[i] if isinstance(each, (DualArray, np.ndarray)) else each for each in (a, b))
                    one, two = (
                        float(each) if isinstance(each, (np.floating, np.integer)) else each for each in (one, two)
                    )
                    expected = op(one, two)
                    np.testing.assert_allclose(found.value[i], expected.real, rtol=1e-14)
                    np.testing.assert_allclose(found.derivative[i], expected.dual, rtol=1e-13, atol=1e-15)

    def test_a_dual_and_a_numpy_array(self) -> None:
        dual: Any = Dual(2.0, 1.0)  # NumPy's own operators have no type for what is not theirs
        for found in (dual * np.arange(3.0), np.arange(3.0) * dual):
            assert type(found) is DualArray
            assert (found.value.tolist(), found.derivative.tolist()) == ([0.0, 2.0, 4.0], [0.0, 1.0, 2.0])
        assert np.float64(2) * Dual(3.0, 1.0) == Dual(6.0, 2.0)
        assert np.sin(Dual(2.0, 1.0)) == df.sin(Dual(2.0, 1.0))

    def test_one_operand(self) -> None:
        x = make(5, low=-2)
        assert same(DualArray(-x.value, -x.derivative), -x)
        np.testing.assert_array_equal(abs(x).value, np.abs(x.value))
        np.testing.assert_array_equal(abs(x).derivative, np.sign(x.value) * x.derivative)
        assert same(x, +x)

    @pytest.mark.parametrize("op", [operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne])
    def test_comparisons_are_of_values(self, op: Any) -> None:
        x, y = make(6), make(6)
        np.testing.assert_array_equal(op(x, y), op(x.value, y.value))
        np.testing.assert_array_equal(op(x, 1.0), op(x.value, 1.0))
        np.testing.assert_array_equal(op(1.0, x), op(1.0, x.value))

    def test_shapes_that_do_not_fit(self) -> None:
        with pytest.raises(ValueError, match=r"shape|broadcast"):
            make(3) + make(4)
        with pytest.raises(ValueError, match=r"shape|broadcast"):
            make(3) * np.ones(4)

    @pytest.mark.parametrize("other", ["a", None, 1j, [1, "b"], {}], ids=repr)
    def test_no_number_is_no_operand(self, other: Any) -> None:
        for op in (operator.add, operator.mul, operator.truediv, operator.pow):
            for operands in ((make(3), other), (other, make(3))):
                with pytest.raises(TypeError):
                    op(*operands)

    def test_arrays_of_objects_are_refused(self) -> None:
        with pytest.raises(TypeError):
            make(2) + np.array([1, "a"], dtype=object)
        with pytest.raises(TypeError):
            df.sin(np.array([object()]))

    def test_an_int_too_large_for_a_float(self) -> None:
        with pytest.raises(OverflowError):
            make(2) * 10**400

    def test_division_by_zero_is_numpys(self) -> None:
        x = DualArray([1.0, 0.0, -1.0], [1.0, 1.0, 1.0])
        with pytest.warns(RuntimeWarning, match="divide by zero"):
            found = x / DualArray([0.0, 1.0, 2.0], [0.0, 0.0, 0.0])
        assert found.value.tolist() == [np.inf, 0.0, -0.5]
        with np.errstate(divide="raise"), pytest.raises(FloatingPointError, match="divide"):
            x / 0.0

    def test_is_unhashable_and_has_no_truth(self) -> None:
        with pytest.raises(TypeError, match="unhashable"):
            hash(make(2))
        with pytest.raises(ValueError, match="ambiguous"):
            bool(make(2))


class TestInPlace:
    @pytest.mark.parametrize("op", [operator.iadd, operator.isub, operator.imul, operator.itruediv])
    def test_writes_into_the_same_memory(self, op: Any) -> None:
        x, y = make(300), make(300)
        plain = {operator.iadd: operator.add, operator.isub: operator.sub, operator.imul: operator.mul}
        expected = plain.get(op, operator.truediv)(x, y)
        view, kept = x[10:20], x
        x = op(x, y)
        assert x is kept
        assert same(expected, x)
        assert same(expected[10:20], view)

    @pytest.mark.parametrize("op", [operator.iadd, operator.isub, operator.imul, operator.itruediv])
    def test_an_array_with_itself_and_with_a_part_of_itself(self, op: Any) -> None:
        plain = {operator.iadd: operator.add, operator.isub: operator.sub, operator.imul: operator.mul}
        normal = plain.get(op, operator.truediv)
        x = make(600)
        expected = normal(x, x)
        op(x, x)
        assert same(expected, x)
        y = make(600)
        expected = normal(y[1:], y[:-1].copy())
        target = y[1:]
        op(target, y[:-1])
        assert same(expected, target)

    def test_read_only_memory(self) -> None:
        value = np.ones(3)
        value.flags.writeable = False
        x = DualArray(value, np.zeros(3), copy=False)
        with pytest.raises(ValueError, match="read-only"):
            x += 1.0
        with pytest.raises(ValueError, match="read-only"):
            x[0] = 2.0
        assert (x + 1.0).value.tolist() == [2.0, 2.0, 2.0]

    def test_a_result_that_does_not_fit(self) -> None:
        x = make(3)
        before = x.copy()
        with pytest.raises(ValueError, match=r"shape|broadcast"):
            x += make(2, 3)
        assert same(before, x)


class TestIndexing:
    def test_an_element_is_a_dual(self) -> None:
        x = make(4)
        assert type(x[2]) is Dual
        assert x[-1] == Dual(x.value[-1], x.derivative[-1])
        with pytest.raises(IndexError):
            x[4]

    @pytest.mark.parametrize(
        "index",
        [slice(1, 3), slice(None, None, -1), 0, (slice(None), 1), [0, 2], None, ..., (..., 0), (1, slice(2, 0, -1))],
        ids=repr,
    )
    def test_as_numpy_indexes(self, index: Any) -> None:
        x = make(3, 4)
        found = x[index]
        np.testing.assert_array_equal(x.value[index], found.value)
        np.testing.assert_array_equal(x.derivative[index], found.derivative)

    def test_masks(self) -> None:
        x = make(5, low=-1)
        np.testing.assert_array_equal(x[x > 0].value, x.value[x.value > 0])
        x[x < 0] = 0.0
        assert (x.value >= 0).all()

    def test_slices_are_views(self) -> None:
        x = make(6)
        x[1:3][0] = Dual(7.0, 8.0)
        assert x[1] == Dual(7.0, 8.0)

    def test_assignment(self) -> None:
        x = make(4)
        x[0] = 3
        x[1:3] = DualArray([1.0, 2.0], [3.0, 4.0])
        assert (x[0], x[1], x[2]) == (Dual(3.0), Dual(1.0, 3.0), Dual(2.0, 4.0))
        with pytest.raises(ValueError, match=r"shape|broadcast"):
            x[:2] = make(3)
        for bad in ("a", None):
            with pytest.raises(TypeError):
                x[0] = bad

    def test_iteration(self) -> None:
        x = make(3)
        assert list(x) == [x[0], x[1], x[2]]
        assert [each.shape for each in make(2, 3)] == [(3,), (3,)]

    def test_shapes(self) -> None:
        x = make(2, 6)
        for found, expected in ((x.reshape(3, 4), (3, 4)), (x.reshape(-1), (12,)), (x.ravel(), (12,)), (x.T, (6, 2))):
            assert found.shape == expected
            np.testing.assert_array_equal(x.value.reshape(-1)[:1], found.value.reshape(-1)[:1])
        with pytest.raises(ValueError, match="reshape"):
            x.reshape(5)


class TestReductions:
    def test_sum_and_mean(self) -> None:
        x: Any = make(3, 700)
        assert type(x.sum()) is type(x.mean()) is Dual
        np.testing.assert_allclose([x.sum().real, x.sum().dual], [x.value.sum(), x.derivative.sum()], rtol=1e-13)
        np.testing.assert_allclose([x.mean().real, x.mean().dual], [x.value.mean(), x.derivative.mean()], rtol=1e-13)
        for axis in (0, 1, -1):
            np.testing.assert_allclose(x.sum(axis=axis).value, x.value.sum(axis=axis), rtol=1e-13)
            np.testing.assert_allclose(
                x.mean(axis=axis).derivative, x.derivative.mean(axis=axis), rtol=1e-12, atol=1e-15
            )
        np.testing.assert_allclose(np.sum(x).real, x.value.sum(), rtol=1e-13)

    def test_dot(self) -> None:
        x: Any = make(50)
        y: Any = make(50)
        for found in (x.dot(y), x @ y, np.dot(x, y)):
            np.testing.assert_allclose(found.real, x.value @ y.value, rtol=1e-13)
            np.testing.assert_allclose(
                found.dual, x.value @ y.derivative + x.derivative @ y.value, rtol=1e-12, atol=1e-14
            )
        with pytest.raises(ValueError, match=r"shape|mismatch|dimension"):
            x @ make(49)


class TestNumPy:
    @pytest.mark.parametrize(
        "name",
        ["sin", "cos", "tan", "exp", "log", "sqrt", "tanh", "sinh", "cosh", "arctan", "exp2", "expm1", "log1p", "cbrt"],
    )
    def test_functions(self, name: str) -> None:
        x = make(40)
        found = getattr(np, name)(x)
        assert type(found) is DualArray
        np.testing.assert_allclose(found.value, getattr(np, name)(x.value), rtol=1e-14)

    def test_functions_of_two_arguments(self) -> None:
        x, y = make(40), make(40)
        for name in ("add", "subtract", "multiply", "divide", "power", "hypot", "arctan2", "maximum", "minimum"):
            for a, b in ((x, y), (x, y.value), (x.value, y)):
                found = getattr(np, name)(a, b)
                assert type(found) is DualArray
                plain = [each.value if isinstance(each, DualArray) else each for each in (a, b)]
                np.testing.assert_allclose(found.value, getattr(np, name)(*plain), rtol=1e-14)

    def test_as_numpys_array_it_holds_a_dual_for_each_element(self) -> None:
        x = make(2, 3)
        found = np.asarray(x)
        assert (found.shape, found.dtype) == ((2, 3), np.dtype(object))
        assert found[1, 2] == x[1, 2]
        for dtype in (float, np.float32, int, complex):
            with pytest.raises(TypeError, match=r"derivatives would be lost: use \.value"):
                np.asarray(x, dtype=dtype)

    def test_what_we_do_not_know_is_refused(self) -> None:
        x: Any = make(3)
        with pytest.raises(TypeError):
            np.nextafter(x, 1.0)
        with pytest.raises(TypeError):
            np.add.reduce(x, initial=3)

    def test_repr_tells_both_parts(self) -> None:
        text = repr(DualArray([1.0, 2.0], [3.0, 4.0]))
        assert text.startswith("DualArray(")
        assert "1." in text and "4." in text

    def test_strided_and_foreign_memory(self) -> None:
        big = np.arange(24.0).reshape(4, 6) + 1
        for source in (
            big[::2, ::3],
            big.T,
            big[::-1],
            np.asfortranarray(big),
            big.astype(">f8"),
            big.astype(np.int32),
        ):
            found = df.log(DualArray(source, np.ones(source.shape)))
            np.testing.assert_allclose(found.value, np.log(source.astype(float)), rtol=1e-15)
            np.testing.assert_allclose(found.derivative, 1 / source.astype(float), rtol=1e-15)
            np.testing.assert_allclose(df.derivative(df.log, source), 1 / source.astype(float), rtol=1e-15)
