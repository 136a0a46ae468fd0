"""The functions that differentiate: their arguments, their results, and mistakes."""

from __future__ import annotations

from typing import Any

import dual_autodiff as df
import numpy as np

from uses.record import refused, right, slopes, uses_of

X = np.array([0.5, 1.5, -2.0, 3.0])


@right(lambda: np.cos(X))
def elementwise_derivative() -> Any:
    """`derivative(f, X)` of many points."""
    return df.derivative(np.sin, X)


@right(lambda: [np.sin(X), np.cos(X)])
def values_and_derivatives() -> Any:
    """`value_and_derivative(f, X)`."""
    return df.value_and_derivative(df.sin, X)


@right(lambda: np.where(X > 0, 2 * X, -1.0))
def branches_by_where() -> Any:
    """`where` for branches at many points."""
    return df.derivative(lambda x: df.where(x > 0, x * x, -x), X)


@refused("where")
def branch_at_many_points() -> Any:
    """An `if` on an array."""
    return df.derivative(lambda x: x * x if x > 0 else -x, X)


@refused("where")
def branch_in_gradient() -> Any:
    """An `if` on an array inside `gradient`."""
    return df.gradient(lambda x: x.sum() if x > 0 else -x.sum(), X)


@refused("jacobian")
def reduction_at_many_points() -> Any:
    """`derivative(f, X)` of a function that sums over the points."""
    return df.derivative(lambda x: x / np.sum(x), X)


@right(lambda: np.ones((2, 3)) * np.array([[1.0], [1.0]]))
def matrix_argument() -> Any:
    """`gradient` by a matrix."""
    return df.gradient(lambda w: w.sum(), np.zeros((2, 3)))


@right(lambda: (2.0, 3.0, 3.0))
def number_and_array() -> Any:
    """`gradient` by a number and an array."""
    by_a, by_x = df.gradient(lambda a, x: a**2 + 3.0 * x.sum(), 1.0, np.zeros(2))
    return [by_a, *by_x]


@right(lambda: slopes(lambda x: np.outer(x, x), X).shape)
def shape_of_jacobian() -> Any:
    """The shape of a Jacobian: that of the result, then that of x."""
    return df.jacobian(lambda x: x[:, np.newaxis] * x, X).shape


@right(lambda: (15.5, 7.0))
def jvp() -> Any:
    """`jvp(f, x, v)`."""
    value, product = df.jvp(lambda x: x @ x, X, np.array([1.0, 0.0, 0.0, 1.0]))
    return float(value), float(product)


@right((0.0, 0.0, 0.0, 0.0))
def constant_function() -> Any:
    """A constant function."""
    return df.gradient(lambda x: 3.0, X)


@right(lambda: (0.0, 0.0))
def integers() -> Any:
    """Integers as the argument: exact, in floats."""
    return df.gradient(lambda x: (x[0] - 3) ** 2 * x[1], [3, 4])


@right((1.0, 1.0))
def single_precision() -> Any:
    """A float32 argument: computed in double precision."""
    return df.gradient(lambda x: x.sum(), np.array([1.0, 2.0], dtype=np.float32))


@right((0.0, 0.0))
def empty_sum() -> Any:
    """A sum over an empty slice."""
    return df.gradient(lambda x: x[:0].sum(), [1.0, 2.0])


@right(lambda: np.zeros(0))
def empty_argument() -> Any:
    """An argument without elements."""
    return df.gradient(lambda x: x.sum(), np.zeros(0))


@refused("complex")
def complex_array() -> Any:
    """A complex array as the argument."""
    return df.gradient(lambda x: x.sum(), np.array([1.0 + 1.0j]))


@refused("number")
def array_of_texts() -> Any:
    """An array of texts as the argument."""
    return df.gradient(lambda x: x.sum(), np.array(["a", "b"]))


@refused("shape")
def wrong_direction() -> Any:
    """`jvp` with a direction of another shape."""
    return df.jvp(lambda x: x.sum(), [1.0, 2.0], [1.0, 2.0, 3.0])


@refused("any")
def truth_of_array() -> Any:
    """`x in [1.0, 2.0]` and other questions to a whole array."""
    return df.gradient(lambda x: 1.0 if x in [[1.0, 2.0]] else 2.0, [1.0, 2.0])


USES = uses_of(globals())
