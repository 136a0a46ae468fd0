"""Arrays of other kinds, and arrays that are changed while they are used."""

from __future__ import annotations

from typing import Any

import dual_autodiff as df
import numpy as np

from uses.record import refused, right, uses_of

X = np.array([0.5, 1.5, -2.0, 3.0])
MASKED = np.ma.array([1.0, -2.0, 0.5, 3.0], mask=[False, True, False, False])
MATRIX = np.array([[1.0, 2.0], [3.0, 4.0]]).view(np.matrix)
POINTS = np.array([0.5, 1.5, 2.5])
_OTHER = "whose own rules dual numbers do not follow: use numpy.asarray(x)"


@refused(_OTHER)
def times_a_masked_array() -> Any:
    """`x * numpy.ma.array(…)`: the masked elements would count."""
    return df.gradient(lambda x: (x * MASKED).sum(), X)


@right((1.0, 0.0, 0.5, 3.0))
def filled() -> Any:
    """`x * masked.filled(0.0)`."""
    return df.gradient(lambda x: (x * MASKED.filled(0.0)).sum(), X)


@refused(_OTHER)
def gradient_at_a_masked_array() -> Any:
    """`gradient(f, numpy.ma.array(…))`."""
    return df.gradient(lambda x: (x * x).sum(), MASKED)


@refused(_OTHER)
def masked_points() -> Any:
    """A masked array in a pointwise function."""
    return df.derivative(lambda x: x * MASKED, X)


@refused(_OTHER)
def times_a_matrix() -> Any:
    """`x * numpy.matrix(…)`: NumPy multiplies matrices there."""
    return df.gradient(lambda x: (x.reshape(2, 2) * MATRIX)[0, 1], X)


@right((0.0, 1.0, 0.0, 2.0))
def times_the_array_of_a_matrix() -> Any:
    """`numpy.asarray(matrix) @ x`."""
    return df.gradient(lambda x: (np.asarray(MATRIX) @ x.reshape(2, 2))[0, 1], X)


@right((3.5, 0.0, 1.5, 0.0))
def fields_of_records() -> Any:
    """A field of a structured array, `x[::2] * records["mass"]`."""
    records = np.array([(1, 3.5), (2, 1.5)], dtype=[("place", "i4"), ("mass", "f8")])
    return df.gradient(lambda x: (x[::2] * records["mass"]).sum(), X)


@right((6.0, 6.0, 6.0))
def counter_in_memory() -> Any:
    """A pointwise function that writes into an array of its own between two uses of it."""

    def f(x: Any) -> Any:
        weight, total = np.zeros(3), 0.0
        for _ in range(3):
            weight += 1.0
            total = total + x * weight
        return total

    return df.derivative(f, POINTS)


@right((1.0, 1.0, 1.0))
def overwritten_afterwards() -> Any:
    """An array that a pointwise function overwrites after its use."""

    def f(x: Any) -> Any:
        weight = np.ones(3)
        result = x * weight
        weight[:] = 0.0
        return result

    return df.derivative(f, POINTS)


@right((1.0, 1.0, 0.0))
def sum_of_masks() -> Any:
    """`((x > 0) + (x < 2)) * (x < 2) * x`: a sum of masks is a mask."""
    return df.derivative(lambda x: ((x > 0) + (x < 2)) * (x < 2) * x, POINTS)


@refused("use & | ~")
def difference_of_masks() -> Any:
    """`(x > 0) - (x < 2)`, which NumPy refuses too."""
    return df.derivative(lambda x: ((x > 0) - (x < 2)) * x, POINTS)


@right((2.0 * (0.5 - 1.0) - 2.0 * (1.5 - 0.5), 2.0 * (1.5 - 0.5) + 2.0 * (1.5 + 2.0), -2.0 * (1.5 + 2.0) - 10.0, 10.0))
def differences_with_a_start() -> Any:
    """`numpy.diff(x, prepend=1.0)`."""
    return df.gradient(lambda x: (np.diff(x, prepend=1.0) ** 2).sum(), X)


@refused("takes no out")
def memory_of_plain_numbers() -> Any:
    """`numpy.cumsum(x, out=y)`."""
    return df.gradient(lambda x: np.cumsum(x, out=np.zeros(4)).sum(), X)


@right(150.0, within=1e-12)
def determinant_that_overflows() -> Any:
    """`numpy.linalg.slogdet` of a matrix of 300 rows whose determinant is no float."""
    return df.derivative(lambda x: np.linalg.slogdet(x * (100.0 * np.eye(300)))[1], 2.0)


@right((0.0, 1.0))
def zero_to_a_power() -> Any:
    """`0.0 ** x[0] + x[1]`."""
    return df.gradient(lambda x: 0.0 ** x[0] + x[1], [0.7, 1.0])


USES = uses_of(globals())
