"""Loops that write into arrays, and conversions to arrays of floats."""

from __future__ import annotations

from typing import Any

import dual_autodiff as df
import numpy as np

from uses.record import refused, right, uses_of

PAIR = [1.0, 2.0]


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


USES = uses_of(globals())
