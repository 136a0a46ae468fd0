"""NumPy's universal functions and operators where they meet dual numbers: each by name, every other one refused."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from dual_autodiff import dual
from dual_autodiff.arrays import reductions
from dual_autodiff.arrays.elementwise import apply, is_operand
from dual_autodiff.arrays.linear import is_dual, product
from dual_autodiff.arrays.parts import Parts, as_array, base_value, from_parts
from dual_autodiff.derivatives.primitives import name_of_ufunc, of_ufunc
from dual_autodiff.operations import OF_UFUNC, OPERATORS
from dual_autodiff.scalars.levels import is_scalar

__all__ = ["rounded", "ufunc_of"]

_CALLED = {operator_.name: getattr(operator, operator_.python) for operator_ in OPERATORS}
_CALLED |= {"pow": operator.pow, "neg": operator.neg, "less": operator.lt, "less_equal": operator.le}
_CALLED |= {"greater": operator.gt, "greater_equal": operator.ge, "equal": operator.eq, "not_equal": operator.ne}
_REDUCED: dict[str, Any] = {"add": np.sum, "multiply": np.prod, "maximum": np.max, "minimum": np.min}
_OF_THE_VALUES = {"isnan", "isinf", "isfinite", "signbit", "logical_and", "logical_or", "logical_xor", "logical_not"}
_FLAT = {"sign", "floor", "ceil", "trunc", "rint"}
_FLAT_OF_TWO = {"heaviside"}


def rounded(ufunc: Any, x: Any) -> Any:
    """A function that is constant piece by piece: its derivative is 0."""
    if is_scalar(x):
        return 0.0 * x + float(ufunc(base_value(x)))
    made = reductions.from_zero(x)
    level = rounded(ufunc, x._value) if isinstance(x._value, Parts) else ufunc(x._value)
    return from_parts(level, made._derivative, x._directions, x._tag)


def _logaddexp(x: Any, y: Any) -> Any:
    second = base_value(y) > base_value(x)
    greater, less = np.where(second, y, x), np.where(second, x, y)
    return greater + np.log1p(np.exp(less - greater))


_OTHERS: dict[str, Callable[..., Any]] = {
    "square": lambda x: x * x,
    "reciprocal": lambda x: 1.0 / x,
    "positive": lambda x: +x,
    "conjugate": lambda x: x,
    "deg2rad": lambda x: x * (np.pi / 180.0),
    "radians": lambda x: x * (np.pi / 180.0),
    "rad2deg": lambda x: x * (180.0 / np.pi),
    "degrees": lambda x: x * (180.0 / np.pi),
    "logaddexp": _logaddexp,
    "copysign": lambda x, y: x * (np.copysign(1.0, base_value(x)) * np.copysign(1.0, base_value(y))),
    "fmax": lambda x, y: np.where(np.isnan(base_value(x)), y, np.where(np.isnan(base_value(y)), x, np.maximum(x, y))),
    "fmin": lambda x, y: np.where(np.isnan(base_value(x)), y, np.where(np.isnan(base_value(y)), x, np.minimum(x, y))),
}


def ufunc_of(ufunc: Any, method: str, inputs: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
    """NumPy's *ufunc* of operands of which one is dual.

    :raises TypeError: it has no rule here, or an operand is no number
    """
    name = name_of_ufunc(ufunc)
    if not any(isinstance(x, Parts) for x in inputs) and any(
        isinstance(x, np.ndarray) and x.dtype.kind == "O" and x.ndim for x in inputs
    ):
        # An array of objects goes on as one: each of its numbers knows its own rules.
        return getattr(ufunc, method)(*map(_as_object, inputs), **kwargs)
    if method == "reduce" and name in _REDUCED and np.ndim(inputs[0]):
        given = {key: value for key, value in kwargs.items() if value is not None or key == "axis"}
        return _REDUCED[name](inputs[0], **({"axis": 0} | given))
    if method == "accumulate" and name == "add":
        return np.cumsum(inputs[0], **({"axis": 0} | dict(kwargs)))
    if method == "outer" and not kwargs:
        x, y = map(as_array, inputs)
        return ufunc(x.reshape(x.shape + (1,) * y.ndim), y)
    if method != "__call__":
        raise TypeError(_refusal(f"{ufunc.__name__}.{method}"))
    out = kwargs.get("out")
    if set(kwargs) - {"out"} or (out is not None and not isinstance(out[0], Parts)):
        raise TypeError(_wrong_keywords(ufunc.__name__, kwargs))
    inputs = tuple(bool(x) if isinstance(x, np.bool_) else x for x in inputs)  # which is no numbers.Real
    wrong = next((x for x in inputs if not is_operand(x)), None)
    if wrong is not None:
        raise TypeError(f"numpy.{ufunc.__name__}: argument is neither dual numbers nor numbers: {wrong!r}")
    return _result(ufunc, name, inputs) if out is None else _into(out[0], ufunc, name, inputs)


def _result(ufunc: Any, name: str, inputs: tuple[Any, ...]) -> Any:
    rule = of_ufunc(ufunc)
    return _called(ufunc, name, inputs) if rule is None else rule(*map(_plain_number, inputs))


def _into(out: Any, ufunc: Any, name: str, inputs: tuple[Any, ...]) -> Any:
    """The result in the memory of *out*, which is dual, while the operands may all be plain."""
    if any(map(is_dual, inputs)):
        result = _result(ufunc, name, inputs)
    elif ufunc.nout > 1:
        raise TypeError(_wrong_keywords(ufunc.__name__, {"out": out}))
    else:
        result = ufunc(*inputs)
    if isinstance(result, Parts):
        return out._store(result)
    out[...] = result
    return out


def _refusal(what: str) -> str:
    return f"numpy.{what} has no rule for dual numbers: use .value to go on without derivatives"


def _refusal_of_others(name: str) -> str:
    return (
        f"the universal function {name!r} is neither NumPy's nor SciPy's and has no rule for dual numbers: give it one "
        f"with dual_autodiff.primitive(…, ufunc={name}), or use .value to go on without derivatives"
    )


def _wrong_keywords(name: str, kwargs: Mapping[str, Any]) -> str:
    if set(kwargs) == {"out"}:
        return (
            f"numpy.{name}: the result is dual and does not go into an array of plain numbers, because its derivatives "
            f"would be lost: write x = x + y in place of x += y, make the array with numpy.zeros_like of a dual one, "
            f"or use .value"
        )
    return f"numpy.{name} of dual numbers takes no {', '.join(kwargs)}, except an out that is dual"


def _as_object(x: Any) -> Any:
    if not is_scalar(x):
        return x
    wrapped = np.empty((), dtype=object)
    wrapped[()] = x
    return wrapped


def _plain_number(x: Any) -> Any:
    if not isinstance(x, (np.ndarray, np.generic)) or x.ndim:
        return x
    number = x.item()
    return float(number) if isinstance(number, np.floating) else number  # a longdouble's own item is a longdouble


def _called(ufunc: Any, name: str, inputs: tuple[Any, ...]) -> Any:
    if name == "matmul":
        return product(*inputs)
    numbers = tuple(map(_plain_number, inputs))
    if name in _OF_THE_VALUES:
        return ufunc(*map(base_value, inputs))
    if name in _FLAT:
        return rounded(ufunc, numbers[0] if is_scalar(numbers[0]) else as_array(numbers[0]))
    if name in _FLAT_OF_TWO and not is_dual(numbers[1]) and not np.ndim(numbers[1]):
        return rounded(lambda x: ufunc(x, numbers[1]), numbers[0] if is_scalar(numbers[0]) else as_array(numbers[0]))
    if name in _OTHERS:
        return _OTHERS[name](*numbers)
    ours = OF_UFUNC.get(name) or {"remainder": "mod", "mod": "mod", "floor_divide": "floordiv"}.get(name)
    if ours is None:
        raise TypeError(_refusal(ufunc.__name__) if name else _refusal_of_others(ufunc.__name__))
    if all(is_scalar(x) for x in numbers):  # 0-d arrays count as numbers here
        return _CALLED[ours](*numbers) if ours in _CALLED else getattr(dual, ours)(*numbers)
    return apply(ours, inputs)
