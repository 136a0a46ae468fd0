"""The arguments that a function of many variables gets: chunks of unit directions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from dual_autodiff.arrays.few import FEW, of_elements
from dual_autodiff.arrays.parts import from_parts, is_dual_array
from dual_autodiff.dual import tagged, variables
from dual_autodiff.scalars.levels import make

__all__ = ["chunks", "few", "variable"]

#: The most directions at once, and so the most partial derivatives of a MultiDual.
_MOST = 32
#: The fewest at once, where there are more, and how many numbers the derivatives of an array may be beyond that: what
#: a cache holds.
_FEWEST, _IN_CACHE = 8, 32_768


def chunks(total: int, size: int) -> list[tuple[int, int]]:
    """Ranges of as equal a length as can be, of directions of *size* numbers to be computed together."""
    count = max(1, -(-total // max(_FEWEST, min(_MOST, _IN_CACHE // max(size, 1)))))
    ends = [total * (j + 1) // count for j in range(count)]
    return list(zip([0, *ends[:-1]], ends, strict=True))


def few(numbers: list[float], first: int, count: int, tag: int) -> Any:
    """A one-dimensional argument that is kept as its elements."""
    return of_elements(variables(numbers, first, count, tag), count, tag)


def variable(x: Any, first: int, count: int, tag: int) -> Any:
    """The argument *x*, an array or a number: its elements from *first* on are the *count* variables of *tag*."""
    if isinstance(x, float):
        return tagged(x, [1.0 if first == -j else 0.0 for j in range(count)], tag)
    if not (isinstance(x, np.ndarray) or is_dual_array(x)):
        return make(tag, x, [1.0 if first == -j else 0.0 for j in range(count)], False)
    if isinstance(x, np.ndarray) and 0 < x.size <= FEW:
        return few(x.reshape(-1).tolist(), first, count, tag).reshape(x.shape)
    return from_parts(x.copy(), _units(x.shape, first, count), count, tag)


def _units(shape: Sequence[int], first: int, count: int) -> Any:
    size = int(np.prod(shape, dtype=int))
    slopes = np.zeros((count, size))
    for j in range(count):
        if 0 <= first + j < size:
            slopes[j, first + j] = 1.0
    return slopes.reshape((count, *shape))
