"""Kinds of NumPy's arrays: which ones take part in operations with dual numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["INSTEAD_OF_SPARSE", "refuse_other_arrays", "refuse_sparse"]

#: What to do where SciPy's sparse arrays, whose elements are of NumPy's own types, meet dual numbers.
INSTEAD_OF_SPARSE = "use S.toarray() in place of a sparse S, or sum over its coordinates in NumPy"


def refuse_sparse(module: Any) -> None:
    """Refuse what a module of SciPy's sparse arrays asks for.

    :param module: the name of the module, or what was put in its place
    :raises TypeError: it is one of SciPy's sparse arrays
    """
    if str(module).startswith("scipy.sparse"):
        raise TypeError(f"scipy.sparse takes no dual numbers: {INSTEAD_OF_SPARSE}")


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
