"""Arrays of plain numbers, as users hand them in."""

from __future__ import annotations

from numbers import Real
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from dual_autodiff.arrays.kinds import refuse_other_arrays
from dual_autodiff.dual import Dual

__all__ = ["Array", "numbers_of"]

Array: TypeAlias = npt.NDArray[np.float64]
_DOUBLE = np.dtype(np.float64)


def numbers_of(name: str, x: Any, copy: bool | None = None) -> Array:
    """*x* as a C-contiguous array of doubles.

    :raises TypeError: it is no array of real numbers
    :raises ValueError: it is ragged, or would have to be copied and *copy* is False
    :raises OverflowError: it has an int too large for a float
    """
    if type(x) is np.ndarray and not copy and _fits(x):
        return x
    if type(x) is not np.ndarray and (_is_dual(x) or (isinstance(x, (list, tuple)) and any(map(_is_dual, x)))):
        raise TypeError(f"{name} holds dual numbers, not numbers: use .value of a DualArray, or stack(...)")
    refuse_other_arrays(name, x)
    given = np.asarray(x)
    if given.dtype.kind == "O":
        for element in given.flat:
            if not isinstance(element, Real):
                raise TypeError(f"{name} is no array of real numbers: it holds {element!r}")
    elif given.dtype.kind not in "fiub":
        raise TypeError(f"{name} is no array of real numbers (its type is {given.dtype}): {x!r}")
    fits = _fits(given)
    if copy is False and not (fits and isinstance(x, np.ndarray)):
        raise ValueError(f"{name} cannot be used without a copy: it is no contiguous array of doubles")
    if fits and not copy:
        return given
    return np.array(given, dtype=np.float64, order="C")


def _is_dual(x: object) -> bool:
    return isinstance(x, Dual) or hasattr(type(x), "__dual_function__")


def _fits(x: Any) -> bool:
    flags = x.flags
    return x.dtype == _DOUBLE and flags.c_contiguous and flags.aligned  # type: ignore[no-any-return]
