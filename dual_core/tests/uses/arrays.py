"""Arrays of dual numbers: indexing, assignment, comparisons, methods."""

from __future__ import annotations

import copy
from typing import Any

import dual_autodiff as df
import numpy as np

from uses.record import right, uses_of

X = np.array([0.5, 1.5, -2.0, 3.0])


@right((0.0, 2.0, 0.0, 0.0))
def element() -> Any:
    """`x[1]`."""
    return df.gradient(lambda x: 2.0 * x[1], X)


@right((0.0, 0.0, 0.0, 1.0))
def last_element() -> Any:
    """`x[-1]`."""
    return df.gradient(lambda x: x[-1], X)


@right((1.0, 1.0, 0.0, 1.0))
def masked() -> Any:
    """`x[x > 0].sum()`."""
    return df.gradient(lambda x: x[x > 0].sum(), X)


@right((2.0, 0.0, 1.0, 0.0))
def fancy_index() -> Any:
    """`x[[0, 2, 0]].sum()`."""
    return df.gradient(lambda x: x[[0, 2, 0]].sum(), X)


@right((0.0, 1.0, 1.0, 1.0))
def written_element() -> Any:
    """`y = x.copy()`, then `y[0] = 0.0`."""

    def f(x: Any) -> Any:
        y = x.copy()
        y[0] = 0.0
        return y.sum()

    return df.gradient(f, X)


@right((1.0, 1.0, 0.0, 1.0))
def written_mask() -> Any:
    """`y[y < 0] = 0.0`: a rectifier."""

    def f(x: Any) -> Any:
        y = x.copy()
        y[y < 0] = 0.0
        return y.sum()

    return df.gradient(f, X)


@right((3.0, 3.0, 3.0, 3.0))
def in_place_operators() -> Any:
    """`y *= 3`, `y += 1`."""

    def f(x: Any) -> Any:
        y = x.copy()
        y *= 3.0
        y += 1.0
        return y.sum()

    return df.gradient(f, X)


@right(X)
def argument_is_not_changed() -> Any:
    """A function that writes into its argument leaves the caller's array alone."""
    start = X.copy()

    def f(x: Any) -> Any:
        x *= 2.0
        return x.sum()

    df.gradient(f, start)
    return start


@right((0.0, 0.0, 2.0, 0.0))
def swapped_elements() -> Any:
    """`x[i], x[j] = x[j], x[i]`."""

    def f(x: Any) -> Any:
        y = x.copy()
        y[0], y[2] = y[2], y[0]
        return 2.0 * y[0]

    return df.gradient(f, X)


@right(lambda: 2 * X)
def iteration() -> Any:
    """`for t in x`."""

    def f(x: Any) -> Any:
        total = 0.0
        for t in x:
            total = total + t * t
        return total

    return df.gradient(f, X)


@right(lambda: np.array([1.0, 2.0, 3.0, 4.0]) / 4)
def enumeration() -> Any:
    """`for i in range(len(x))`."""
    return df.gradient(lambda x: sum((i + 1) * x[i] for i in range(len(x))) / len(x), X)


@right((4.0, 4.0, 4.0, 4.0))
def attributes() -> Any:
    """`x.shape`, `x.size`, `x.ndim` as constants."""
    return df.gradient(lambda x: x.sum() * x.size / x.ndim * (x.shape == (4,)), X)


@right(lambda: 2 * X)
def methods() -> Any:
    """`x.sum()`, `x.dot(x)`, `x.reshape`, `x.T`."""
    return df.gradient(lambda x: x.reshape(2, 2).T.ravel().dot(x.reshape(2, 2).T.ravel()), X)


@right((0.0, 0.0, 0.0, 1.0))
def argmax_index() -> Any:
    """`x[np.argmax(x)]`."""
    return df.gradient(lambda x: x[np.argmax(x)], X)


@right((2.0, 3.0, 1.0, 4.0))
def argsort_order() -> Any:
    """`x[np.argsort(x)]`, weighted."""
    return df.gradient(lambda x: x[np.argsort(x)] @ np.array([1.0, 2.0, 3.0, 4.0]), X)


@right((1.0, 1.0, 1.0, 1.0))
def finite_check() -> Any:
    """`np.all(np.isfinite(x))` and `np.isnan` in a condition."""
    return df.gradient(lambda x: x.sum() if np.all(np.isfinite(x)) and not np.any(np.isnan(x)) else 0.0 * x.sum(), X)


@right((1.0, 1.0, 1.0, 1.0))
def closeness_check() -> Any:
    """`np.allclose(x, x)` in a condition."""
    return df.gradient(lambda x: x.sum() if np.allclose(x, x) else -x.sum(), X)


@right(lambda: (1.0, 1.0, 1.0, 1.0))
def assertion_of_testing() -> Any:
    """`np.testing.assert_allclose` of values."""

    def f(x: Any) -> Any:
        np.testing.assert_allclose((x - x).value, 0.0)
        return x.sum()

    return df.gradient(f, X)


@right((0.0, 1.0, 0.0, 1.0))
def count_of_comparison() -> Any:
    """A comparison is a constant mask: `(x > 1) @ x`."""
    return df.gradient(lambda x: (x > 1.0).astype(float) @ x, X)


@right((2.0, 2.0))
def broadcast_scalar() -> Any:
    """A Dual and a NumPy array: `x[0] + np.ones(2)`."""
    return df.gradient(lambda x: (x[0] + x[1] + np.ones(2)).sum(), X[:2])


@right(lambda: (1.0, 0.0))
def bool_mask_of_scalars() -> Any:
    """A condition times a Dual."""
    return df.gradient(lambda x: (x[0] > 0) * x[0] + (x[1] > 0) * x[1], [1.0, -1.0])


@right(((1.0, 2.0), (1.0, 1.0)))
def deep_copy() -> Any:
    """`copy.deepcopy` of a DualArray."""
    a = copy.deepcopy(df.DualArray([1.0, 2.0], 1.0))
    return a.value, a.derivative


@right(1)
def printed() -> Any:
    """`repr` of a DualArray evaluates to the same."""
    a = df.DualArray([1.0, 2.0], [0.5, 1.0])
    b = eval(repr(a), {"DualArray": df.DualArray, "array": np.array})
    return np.array_equal(a.derivative, b.derivative)


@right(((1.0, 4.0), (2.0, 4.0)))
def operation_by_operation() -> Any:
    """A DualArray used directly."""
    y = df.DualArray([1.0, 2.0], 1.0) ** 2
    return y.value, y.derivative


@right(lambda: (3.0, 2.0))
def sum_of_dual_array() -> Any:
    """`A.sum()` is a Dual."""
    total = df.DualArray([1.0, 2.0], 1.0).sum()
    return total.value, total.derivative


USES = uses_of(globals())
