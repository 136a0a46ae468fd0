"""Kinds of NumPy's arrays: which ones take part in operations with dual numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["refuse_other_arrays"]


def refuse_other_arrays(what: str, x: Any) -> None:
    """Refuse an array with rules of its own: masks, units, a product of matrices in place of that of elements.

    Dual numbers would follow NumPy's rules and not these, so that results were wrong without an error.

    :raises TypeError: *x* is an array of a class that brings such rules
    """
    if isinstance(x, np.ndarray) and _has_own_rules(type(x)):
        raise TypeError(
            f"{what} is a {type(x).__module__}.{type(x).__qualname__}, whose own rules dual numbers do not follow: use "
            f"numpy.asarray(x) for its numbers alone" + _OF_MASKS * isinstance(x, np.ma.MaskedArray)
        )


_OF_MASKS = ", with the masked ones among them, or x.filled(…), or choose with numpy.where(~x.mask, …)"


def _has_own_rules(kind: type) -> bool:
    """Whether a class of arrays changes what operators or functions mean; a file in memory, for one, does not."""
    return kind is not np.ndarray and any(
        getattr(kind, name) is not getattr(np.ndarray, name)
        for name in ("__array_ufunc__", "__array_function__", "__add__", "__mul__")
    )
