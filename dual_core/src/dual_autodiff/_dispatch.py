"""Where a scalar function hands on an argument that is no scalar: to arrays, if it is one, else a TypeError."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

__all__ = ["array_ufunc", "foreign"]


def foreign(name: str, *arguments: Any) -> Any:
    """The function *name* of arguments of which one at least is neither Dual nor number.

    :raises TypeError: it is no array either
    """
    for argument in arguments:
        function = getattr(type(argument), "__dual_function__", None)
        if function is not None:
            return function(argument, name, arguments)
    numpy = sys.modules.get("numpy")  # an array is there only if somebody has imported it
    if numpy is not None and any(isinstance(argument, numpy.ndarray) for argument in arguments):
        from dual_autodiff._elementwise import of_arrays

        return of_arrays(name, arguments)
    from dual_autodiff.dual import Dual

    known = (float, int, Dual)
    wrong = next((argument for argument in arguments if not isinstance(argument, known)), arguments[0])
    raise TypeError(f"argument is neither a Dual nor a number: {wrong!r}")


def array_ufunc(ufunc: Any, method: str, inputs: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
    """A NumPy function that has met a Dual: the package's function of the same meaning."""
    from dual_autodiff._elementwise import ufunc_of

    return ufunc_of(ufunc, method, inputs, kwargs)
