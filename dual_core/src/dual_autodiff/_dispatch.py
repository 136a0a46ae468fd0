"""Where a scalar function hands on an argument that is no scalar: to arrays, if it is one, else a TypeError.

Arrays stand above scalars and need NumPy: they say here what serves them, and are imported when the first one is met.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Mapping
from typing import Any

__all__ = ["array_ufunc", "foreign", "serve"]

_ARRAYS = "dual_autodiff.array"
_serving: dict[str, Callable[..., Any]] = {}


def serve(of_arrays: Callable[..., Any], ufunc_of: Callable[..., Any]) -> None:
    """Have these serve: the package's functions of arrays by their names, and NumPy's functions of dual numbers."""
    _serving.update(of_arrays=of_arrays, ufunc_of=ufunc_of)


def _server(what: str) -> Callable[..., Any]:
    if not _serving:
        importlib.import_module(_ARRAYS)
    return _serving[what]


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
        return _server("of_arrays")(name, arguments)
    # Besides float and int, a Dual alone has a dual part.
    wrong = (x for x in arguments if not isinstance(x, (float, int)) and not hasattr(x, "dual"))
    raise TypeError(f"argument is neither a Dual nor a number: {next(wrong, arguments[0])!r}")


def array_ufunc(ufunc: Any, method: str, inputs: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
    """A NumPy function that has met a Dual: the package's function of the same meaning."""
    return _server("ufunc_of")(ufunc, method, inputs, kwargs)
