"""Masks: what comparisons of arrays give."""

from __future__ import annotations

from typing import Any, NoReturn

import numpy as np

__all__ = ["mask_of"]


class Mask(np.ndarray[Any, Any]):
    """NumPy's array of bools, which tells what to do where it meets an ``if``."""

    def __bool__(self) -> bool:
        if self.size != 1:
            _refuse(self.shape)
        return bool(self.item())

    def __array_wrap__(self, array: Any, context: Any = None, return_scalar: bool = False) -> Any:
        """What becomes of a mask is a mask only if it is one of bools."""
        if return_scalar or not array.ndim:
            return array[()]
        return array.view(Mask) if array.dtype == bool else array


def _refuse(shape: tuple[int, ...]) -> NoReturn:
    raise ValueError(
        f"the truth of a comparison of shape {shape} is ambiguous, since it differs from element to element: use "
        f"where(condition, x, y) to choose for each one, or any() or all() of the comparison"
    )


def mask_of(comparison: Any) -> Any:
    """A comparison's result, as a mask where it is an array."""
    return comparison.view(Mask) if isinstance(comparison, np.ndarray) else comparison
