"""Arrays made of dual numbers: lists, loops that write, stacks, matrices."""

from __future__ import annotations

import math
from typing import Any

import dual_autodiff as df
import numpy as np

from uses.record import refused, right, uses_of

PAIR = [1.0, 2.0]
#: The Jacobian of (x0², x0·x1) at (1, 2).
OF_PAIR = [[2.0, 0.0], [2.0, 1.0]]


@right(OF_PAIR)
def list_of_results() -> Any:
    """`jacobian` of a function that returns a list."""
    return df.jacobian(lambda x: [x[0] ** 2, x[0] * x[1]], PAIR)


@right(OF_PAIR)
def tuple_of_results() -> Any:
    """`jacobian` of a function that returns a tuple."""
    return df.jacobian(lambda x: (x[0] ** 2, x[0] * x[1]), PAIR)


@right(OF_PAIR)
def array_of_results() -> Any:
    """`np.array([x[0]**2, x[0] * x[1]])`."""
    return df.jacobian(lambda x: np.array([x[0] ** 2, x[0] * x[1]]), PAIR)


@right(OF_PAIR)
def asarray_of_results() -> Any:
    """`np.asarray([…])` of the results."""
    return df.jacobian(lambda x: np.asarray([x[0] ** 2, x[0] * x[1]]), PAIR)


@right(OF_PAIR)
def r_of_results() -> Any:
    """`np.r_[a, b]`."""
    return df.jacobian(lambda x: np.r_[x[0] ** 2, x[0] * x[1]], PAIR)


@right([[[1.0, 0.0], [0.0, 1.0]], [[2.0, 0.0], [2.0, 1.0]]])
def c_of_columns() -> Any:
    """`np.c_[x, y]` of a variable and an array of results."""

    def f(x: Any) -> Any:
        return np.c_[x, np.array([x[0] ** 2, x[0] * x[1]])].T

    return df.jacobian(f, PAIR)


@right([[[1.0, 0.0], [0.0, 1.0]], [[2.0, 0.0], [2.0, 1.0]]])
def nested_lists() -> Any:
    """A matrix as a list of lists."""
    return df.jacobian(lambda x: [[x[0], x[1]], [x[0] ** 2, x[0] * x[1]]], PAIR)


@right([[1.0, 0.0], [0.0, 0.0], [0.0, 1.0]])
def constants_between() -> Any:
    """Constants among the results."""
    return df.jacobian(lambda x: np.array([x[0], 7.0, x[1]]), PAIR)


@right(OF_PAIR)
def stack_of_scalars() -> Any:
    """`np.stack([a, b])`."""
    return df.jacobian(lambda x: np.stack([x[0] ** 2, x[0] * x[1]]), PAIR)


@right(OF_PAIR)
def hstack_of_scalars() -> Any:
    """`np.hstack([a, b])`."""
    return df.jacobian(lambda x: np.hstack([x[0] ** 2, x[0] * x[1]]), PAIR)


@right([[[2.0, 0.0], [0.0, 4.0]], [[1.0, 0.0], [0.0, 1.0]]])
def vstack_of_arrays() -> Any:
    """`np.vstack([x**2, x])`."""
    return df.jacobian(lambda x: np.vstack([x**2, x]), PAIR)


@right([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
def appended() -> Any:
    """`np.append(x, x.sum())`."""
    return df.jacobian(lambda x: np.append(x, x.sum()), PAIR)


@right([[0.0, 1.0], [1.0, 0.0]])
def appended_in_loop() -> Any:
    """A list that grows in a loop, then `np.array`."""

    def f(x: Any) -> Any:
        rows = []
        for t in x[::-1]:
            rows.append(t)
        return np.array(rows)

    return df.jacobian(f, PAIR)


@right(lambda: np.array([[-math.sin(0.3), -math.cos(0.3)], [math.cos(0.3), -math.sin(0.3)]]) @ [1.0, 2.0])
def rotation_matrix() -> Any:
    """A rotation matrix from `np.array`, times a vector."""

    def f(angle: Any) -> Any:
        c, s = np.cos(angle), np.sin(angle)
        return np.array([[c, -s], [s, c]]) @ np.array([1.0, 2.0])

    return df.jacobian(f, 0.3)


@right(lambda: (-2 * math.sin(0.6), -2 * math.cos(0.6)))
def product_of_rotations() -> Any:
    """The product of two rotation matrices."""

    def rotation(angle: Any) -> Any:
        return np.array([[df.cos(angle), -df.sin(angle)], [df.sin(angle), df.cos(angle)]])

    return df.jacobian(lambda t: (rotation(t) @ rotation(t))[0], 0.3)


@right(lambda: (1.0 * 5, 2.0 * 3, 3.0 * 1))
def diagonal_matrix() -> Any:
    """`np.diag(x)` in a quadratic form."""
    v = np.sqrt([5.0, 6.0, 3.0])
    return df.gradient(lambda x: v @ np.diag(x) @ v, [1.0, 2.0, 3.0])


@right((3.0, 0.0))
def filled() -> Any:
    """`np.full(3, x[0])`."""
    return df.gradient(lambda x: np.full(3, x[0]).sum(), PAIR)


@right((2.0, 2.0))
def full_like() -> Any:
    """`np.full_like(x, x.sum())`."""
    return df.gradient(lambda x: np.full_like(x, x.sum()).sum(), PAIR)


@right((2.0, 4.0, 6.0))
def object_array_that_is_written() -> Any:
    """`y = np.zeros(3, dtype=object)`, then `y[i] = x[i]**2`."""

    def f(x: Any) -> Any:
        y = np.zeros(3, dtype=object)
        for i in range(3):
            y[i] = x[i] ** 2
        return y.sum()

    return df.gradient(f, [1.0, 2.0, 3.0])


@right((2.0, 4.0, 6.0))
def zeros_like_that_is_written() -> Any:
    """`y = np.zeros_like(x)`, then `y[i] = x[i]**2`."""

    def f(x: Any) -> Any:
        y = np.zeros_like(x)
        for i in range(3):
            y[i] = x[i] ** 2
        return y.sum()

    return df.gradient(f, [1.0, 2.0, 3.0])


@refused(".value")
def zeros_that_are_written() -> Any:
    """`y = np.zeros(3)`, then `y[i] = x[i]**2`."""

    def f(x: Any) -> Any:
        y = np.zeros(3)
        for i in range(3):
            y[i] = x[i] ** 2
        return y.sum()

    return df.gradient(f, [1.0, 2.0, 3.0])


@refused(".value")
def zeros_that_get_slices() -> Any:
    """`y = np.zeros(4)`, then `y[1:3] = x`."""

    def f(x: Any) -> Any:
        y = np.zeros(4)
        y[1:3] = x
        return y.sum()

    return df.gradient(f, PAIR)


@refused(".value")
def zeros_that_are_added_to() -> Any:
    """`total = np.zeros(2)`, then `total += x`."""

    def f(x: Any) -> Any:
        total = np.zeros(2)
        total += x
        return total.sum()

    return df.gradient(f, PAIR)


@refused(".value")
def empty_that_is_written() -> Any:
    """`y = np.empty((2, 2))`, then `y[0, 1] = x[0]`."""

    def f(x: Any) -> Any:
        y = np.empty((2, 2))
        y[0, 1] = x[0]
        return y[0, 1] * 2

    return df.gradient(f, PAIR)


@right((1.0, 1.0))
def sum_that_starts_at_zeros() -> Any:
    """`total = np.zeros(2)`, then `total = total + x`."""

    def f(x: Any) -> Any:
        total = np.zeros(2)
        total = total + x
        return total.sum()

    return df.gradient(f, PAIR)


@right((2.0, 1.0))
def sum_of_list() -> Any:
    """`np.sum([…])` of a list."""
    return df.gradient(lambda x: np.sum([x[0] ** 2, x[1]]), PAIR)


@right((0.5, 0.5))
def mean_of_list() -> Any:
    """`np.mean([…])` of a list."""
    return df.gradient(lambda x: np.mean([x[0], x[1]]), PAIR)


@right((0.0, 1.0))
def max_of_list() -> Any:
    """`np.max([…])` of a list."""
    return df.gradient(lambda x: np.max([x[0], x[1]]), PAIR)


@right((2.0, 1.0))
def prod_of_list() -> Any:
    """`np.prod([…])` of a list."""
    return df.gradient(lambda x: np.prod([x[0], x[1]]), PAIR)


@right((1.0, 2.0))
def dot_of_list() -> Any:
    """`np.dot([1.0, 2.0], [x[0], x[1]])`."""
    return df.gradient(lambda x: np.dot([1.0, 2.0], [x[0], x[1]]), PAIR)


@right(lambda: np.cos([1.0, 2.0]))
def sine_of_array_of_duals() -> Any:
    """`np.sin(np.array([…]))`, of an array that NumPy made."""
    return df.gradient(lambda x: np.sum(np.sin(np.array([x[0], x[1]]))), PAIR)


@right(lambda: np.cos([1.0, 2.0]))
def our_sine_of_array_of_duals() -> Any:
    """`df.sin(np.array([…]))`."""
    return df.gradient(lambda x: np.sum(df.sin(np.array([x[0], x[1]]))), PAIR)


@right((0.6, 0.8))
def norm_of_list() -> Any:
    """`np.linalg.norm` of an array of results."""
    return df.gradient(lambda x: np.linalg.norm(np.array([x[0], x[1]])), [3.0, 4.0])


@refused(".value")
def determinant_of_list() -> Any:
    """`np.linalg.det` of a list of lists."""
    return df.gradient(lambda x: np.linalg.det([[x[0], x[1]], [x[2], x[3]]]), [1.0, 2.0, 3.0, 4.0])


@refused(".value")
def asarray_of_floats() -> Any:
    """`np.asarray(x, float)`."""
    return df.gradient(lambda x: np.asarray(x, float)[0] ** 2, PAIR)


@refused(".value")
def array_of_floats() -> Any:
    """`np.array([…], dtype=float)`."""
    return df.gradient(lambda x: np.array([x[0] ** 2, x[1]], dtype=float).sum(), PAIR)


@refused(".value")
def astype_float() -> Any:
    """`np.array([…]).astype(float)`."""
    return df.gradient(lambda x: np.array([x[0] ** 2, x[1]]).astype(float).sum(), PAIR)


@refused(".value")
def fromiter() -> Any:
    """`np.fromiter(x, float)`."""
    return df.gradient(lambda x: np.fromiter((t * t for t in x), float).sum(), PAIR)


@refused(".value")
def ascontiguousarray_of_floats() -> Any:
    """`np.ascontiguousarray(x, dtype=np.float64)`, as extension modules begin."""
    return df.gradient(lambda x: np.ascontiguousarray(x, dtype=np.float64).sum(), PAIR)


@refused(".value")
def numpy_scalar_type() -> Any:
    """`np.float64(x[0])`."""
    return df.gradient(lambda x: np.float64(x[0]) * x[1], PAIR)


@refused(".value")
def integer_cast() -> Any:
    """`x[0].astype(int)` of an array of duals."""
    return df.gradient(lambda x: np.array([x[0], x[1]]).astype(int).sum(), PAIR)


@right(((2.0, 0.0), (0.0, 4.0)))
def asarray_keeps_derivatives() -> Any:
    """`np.asarray(x)**2` inside `jacobian`."""
    return df.jacobian(lambda x: np.asarray(x) ** 2, PAIR)


@right((2.0, 0.0))
def asarray_of_argument() -> Any:
    """`np.asarray(x)[0]**2` inside `gradient`."""
    return df.gradient(lambda x: np.asarray(x)[0] ** 2, PAIR)


@right((2.0, 4.0))
def atleast_1d_of_argument() -> Any:
    """`np.atleast_1d(x)`, as library code begins."""
    return df.gradient(lambda x: (np.atleast_1d(x) ** 2).sum(), PAIR)


@right((2.0, 4.0))
def vectorized() -> Any:
    """`np.vectorize(f)(x)`."""
    return df.gradient(lambda x: np.sum(np.vectorize(lambda t: t * t, otypes=[object])(x)), PAIR)


@right(OF_PAIR)
def block_matrix_column() -> Any:
    """`np.concatenate` of pieces of one element."""
    return df.jacobian(lambda x: np.concatenate([x[:1] ** 2, x[:1] * x[1:]]), PAIR)


@right(lambda: [[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.0, 0.0]])
def padded() -> Any:
    """`np.concatenate([[0.0], x, [0.0]])`."""
    return df.jacobian(lambda x: np.concatenate([[0.0], x, [0.0]]), PAIR)


USES = uses_of(globals())
