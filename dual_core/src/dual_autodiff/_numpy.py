"""NumPy's functions and its operators where they meet dual numbers."""

from __future__ import annotations

import operator
from collections.abc import Mapping
from typing import Any

import numpy as np

from dual_autodiff import dual
from dual_autodiff._elementwise import apply, kind, of_arrays
from dual_autodiff._operations import OF_UFUNC
from dual_autodiff._parts import Parts
from dual_autodiff._products import concatenate, product, stack

__all__ = ["FUNCTIONS", "ufunc_of"]

FUNCTIONS: dict[str, Any] = {
    "sum": lambda x, axis=None, keepdims=False: x.sum(axis, keepdims),
    "mean": lambda x, axis=None, keepdims=False: x.mean(axis, keepdims),
    "amin": lambda x: x.min(),
    "amax": lambda x: x.max(),
    "min": lambda x: x.min(),
    "max": lambda x: x.max(),
    "dot": lambda x, y: product(x, y) if np.ndim(x) and np.ndim(y) else x * y,
    "where": lambda condition, x, y: of_arrays("where", (np.asarray(condition), x, y)),
    "reshape": lambda x, shape: x.reshape(shape),
    "ravel": lambda x: x.ravel(),
    "transpose": lambda x, axes=None: x.transpose() if axes is None else x.transpose(axes),
    "shape": lambda x: x.shape,
    "ndim": lambda x: x.ndim,
    "size": lambda x: x.size,
    "copy": lambda x: x.copy(),
    "concatenate": concatenate,
    "stack": stack,
}


def ufunc_of(ufunc: Any, method: str, inputs: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
    """NumPy's *ufunc* of operands of which one is dual."""
    name = OF_UFUNC.get(ufunc.__name__)
    if ufunc.__name__ == "matmul" and method == "__call__" and not kwargs:
        return product(*inputs)
    if ufunc.__name__ == "square":
        name, inputs = "pow", (*inputs, 2)
    if ufunc.__name__ == "reciprocal":
        name, inputs = "div", (1.0, *inputs)
    if ufunc.__name__ == "positive":
        return +inputs[0]
    if method == "reduce" and ufunc.__name__ == "add":
        return inputs[0].sum(**{key: value for key, value in kwargs.items() if value is not None})
    if method != "__call__" or name is None:
        what = ufunc.__name__ + ("" if method == "__call__" else f".{method}")
        raise TypeError(f"numpy.{what} is not supported for dual numbers: use .value to go on without derivatives")
    out = kwargs.get("out")
    if set(kwargs) - {"out"} or (out is not None and not isinstance(out[0], Parts)):
        raise TypeError(
            f"numpy.{ufunc.__name__} of dual numbers takes no {', '.join(kwargs)}, except an out that is dual"
        )
    if all(not isinstance(x, Parts) and np.ndim(x) == 0 for x in inputs):  # 0-d arrays count as numbers here
        return _of_scalars(name, tuple(x.item() if isinstance(x, (np.ndarray, np.generic)) else x for x in inputs))
    result = apply(name, inputs)
    if result is NotImplemented:
        wrong = next(x for x in inputs if kind(x) is None)
        raise TypeError(f"argument is neither dual numbers nor numbers: {wrong!r}")
    return result if out is None else out[0]._store(result)


def _of_scalars(name: str, inputs: tuple[Any, ...]) -> Any:
    operators = {"add": "add", "sub": "sub", "mul": "mul", "div": "truediv", "pow": "pow", "neg": "neg"}
    operators |= {
        "less": "lt",
        "less_equal": "le",
        "greater": "gt",
        "greater_equal": "ge",
        "equal": "eq",
        "not_equal": "ne",
    }
    numbers = tuple(x.item() if isinstance(x, np.generic) else x for x in inputs)
    if name in operators:
        return getattr(operator, operators[name])(*numbers)
    return getattr(dual, name)(*numbers)
