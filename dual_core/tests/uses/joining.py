"""Arrays made of dual numbers: lists, stacks, matrices."""

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


@refused("give it one array, which numpy.stack and reshape make")
def determinant_of_list() -> Any:
    """`np.linalg.det` of a list of lists."""
    return df.gradient(lambda x: np.linalg.det([[x[0], x[1]], [x[2], x[3]]]), [1.0, 2.0, 3.0, 4.0])


@right((4.0, -3.0, -2.0, 1.0))
def determinant_of_stack() -> Any:
    """`np.linalg.det` of `np.stack` of the elements, reshaped."""
    return df.gradient(lambda x: np.linalg.det(np.stack([x[0], x[1], x[2], x[3]]).reshape(2, 2)), [1.0, 2.0, 3.0, 4.0])


@right(OF_PAIR)
def block_matrix_column() -> Any:
    """`np.concatenate` of pieces of one element."""
    return df.jacobian(lambda x: np.concatenate([x[:1] ** 2, x[:1] * x[1:]]), PAIR)


@right(lambda: [[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.0, 0.0]])
def padded() -> Any:
    """`np.concatenate([[0.0], x, [0.0]])`."""
    return df.jacobian(lambda x: np.concatenate([[0.0], x, [0.0]]), PAIR)


USES = uses_of(globals())
