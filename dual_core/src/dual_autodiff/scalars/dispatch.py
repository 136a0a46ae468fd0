"""Where scalars hand on what they do not know themselves: to arrays, to other levels of derivatives, else a TypeError.

Arrays stand above scalars and need NumPy: they say here what serves them, and are imported when the first one is met.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Mapping
from typing import Any, NoReturn

__all__ = [
    "array_function",
    "array_ufunc",
    "derivatives",
    "foreign",
    "formatted",
    "operator_of",
    "refuse",
    "serve",
    "serve_levels",
]

_ARRAYS = "dual_autodiff.arrays.array"
_LEVELS = "dual_autodiff.scalars.levels"
_serving: dict[str, Callable[..., Any]] = {}


def serve(of_arrays: Callable[..., Any], ufunc_of: Callable[..., Any], function_of: Callable[..., Any]) -> None:
    """Have these serve: the package's functions of arrays by their names, and NumPy's functions of dual numbers."""
    _serving.update(of_arrays=of_arrays, ufunc_of=ufunc_of, function_of=function_of)


def serve_levels(apply: Callable[..., Any], is_scalar: Callable[..., bool]) -> None:
    """Have these serve: operations on numbers of different derivatives, and what is such a number."""
    _serving.update(apply=apply, is_scalar=is_scalar)


def _server(what: str, module: str = _ARRAYS) -> Callable[..., Any]:
    if what not in _serving:
        importlib.import_module(module)
    return _serving[what]


def foreign(name: str, *arguments: Any) -> Any:
    """The function *name* of arguments that do not all belong to one derivative, or are no scalars.

    :raises TypeError: one is neither a dual number nor a number nor an array
    """
    for argument in arguments:
        function = getattr(type(argument), "__dual_function__", None)
        if function is not None:
            return function(argument, name, arguments)
    numpy = sys.modules.get("numpy")  # an array is there only if somebody has imported it
    if numpy is not None and any(isinstance(argument, numpy.ndarray) for argument in arguments):
        return _server("of_arrays")(name, arguments)
    is_scalar = _server("is_scalar", _LEVELS)
    for argument in arguments:
        if not is_scalar(argument):
            raise TypeError(f"argument is neither a Dual nor a number: {argument!r}")
    return _server("apply", _LEVELS)(name, arguments)


def operator_of(name: str, left: Any, right: Any) -> Any:
    """The operator *name* of two numbers that belong to different derivatives; NotImplemented for anything else."""
    is_scalar = _server("is_scalar", _LEVELS)
    if is_scalar(left) and is_scalar(right):
        return _server("apply", _LEVELS)(name, (left, right))
    return NotImplemented


def array_ufunc(ufunc: Any, method: str, inputs: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
    """A NumPy function that has met a dual number: the package's function of the same meaning."""
    return _server("ufunc_of")(ufunc, method, inputs, kwargs)


def array_function(function: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
    """Another NumPy function that has met a dual number."""
    return _server("function_of")(function, args, kwargs)


def derivatives(partials: list[Any]) -> Any:
    """Partial derivatives as an array."""
    return importlib.import_module("numpy").array(partials)


def formatted(x: Any, spec: str) -> str:
    """A scalar with both parts in the format *spec*."""
    if not spec:
        return repr(x)
    parts = x.derivative
    text = format(parts, spec) if not hasattr(parts, "__len__") else f"[{', '.join(format(p, spec) for p in parts)}]"
    return f"{type(x).__name__}({format(x.value, spec)}, {text})"


def refuse(x: Any, to: str) -> NoReturn:
    """Tell that a dual number does not become the plain number *to* by itself.

    :raises TypeError: always
    """
    raise TypeError(
        f"{to}(): a {type(x).__name__} does not become a plain number by itself, because its derivative would be lost: "
        f"use .value for the value alone, or a function of dual_autodiff or NumPy in place of math's"
    )
