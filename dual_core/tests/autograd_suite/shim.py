"""A stand-in for HIPS autograd, as far as its tests of first derivatives use it: the derivatives are dual_autodiff's.

``install`` puts it into ``sys.modules`` under autograd's names. ``autograd.numpy`` is NumPy itself, so what the tests
check is NumPy's own functions of dual numbers. Reverse mode is answered with forward mode where a test cannot tell.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

import dual_autodiff as df
import numpy as np
from checks import Unserved, check_grads, combo_check, equivalent, is_close

__all__ = ["install"]


def with_argument(
    operator: Callable[[Callable[[Any], Any], Any], Any],
) -> Callable[..., Callable[..., Any]]:
    """``operator(f, x)`` of a function of one argument → ``operator(f, argnum)(arguments)``, as autograd writes it."""

    def of(f: Callable[..., Any], argnum: int = 0) -> Callable[..., Any]:
        if not isinstance(argnum, int):
            raise Unserved("derivatives by several arguments at once are tuples in autograd")

        def at(*arguments: Any, **named: Any) -> Any:
            def of_one(x: Any) -> Any:
                return f(*arguments[:argnum], x, *arguments[argnum + 1 :], **named)

            return operator(of_one, arguments[argnum])

        return at

    return of


def _gradient(f: Callable[[Any], Any], x: Any) -> Any:
    if isinstance(x, (dict, list, tuple)):
        raise Unserved("a derivative by a container")
    return df.gradient(f, x)


def _value_and_gradient(f: Callable[[Any], Any], x: Any) -> Any:
    return f(x), _gradient(f, x)


def _elementwise(f: Callable[[Any], Any], x: Any) -> Any:
    return df.jvp(f, x, np.ones(np.shape(x)))[1]


def _hessian(f: Callable[[Any], Any], x: Any) -> Any:
    return df.jacobian(lambda y: df.gradient(f, y), x)


def _make_jvp(f: Callable[[Any], Any], x: Any) -> Any:
    return lambda v: df.jvp(f, x, v)


def _make_vjp(f: Callable[[Any], Any], x: Any) -> Any:
    """For a number and for an array: the product with the whole Jacobian."""
    return lambda g: np.tensordot(g, df.jacobian(f, x), np.ndim(g)), f(x)


def _hessian_vector_product(f: Callable[[Any], Any]) -> Any:
    return lambda x, v: df.jvp(lambda y: df.gradient(f, y), x, v)[1]


def _unserved(what: str) -> Callable[..., Any]:
    def refuse(*_: Any, **__: Any) -> Any:
        raise Unserved(what)

    return refuse


def _make_diagonal(d: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """autograd's own function, as its documentation describes it, written with NumPy's."""
    if (offset, axis1, axis2) != (0, -1, -2):
        raise Unserved("make_diagonal of other axes")
    return np.eye(np.shape(d)[-1]) * np.expand_dims(d, -1)


def _numpy() -> ModuleType:
    """NumPy's names, and the two that autograd adds."""
    module = ModuleType("autograd.numpy")
    module.__dict__.update({name: getattr(np, name) for name in dir(np) if not name.startswith("__")})
    module.__dict__["__version__"] = np.__version__
    module.__dict__["make_diagonal"] = _make_diagonal
    if not hasattr(np, "row_stack"):
        module.__dict__["row_stack"] = np.vstack
    return module


def _module(name: str, contents: dict[str, Any]) -> ModuleType:
    module = ModuleType(name)
    module.__path__ = []  # a package, so that its parts can be imported
    module.__dict__.update(contents)
    sys.modules[name] = module
    return module


def unary_to_nary(operator: Callable[..., Any]) -> Callable[..., Any]:
    """autograd's decorator: an operator of functions of one argument becomes one of functions of several."""
    return with_argument(operator)


def install() -> None:
    """Put the stand-in into ``sys.modules``."""
    operators = {
        "grad": with_argument(_gradient),
        "deriv": with_argument(_gradient),
        "jacobian": with_argument(df.jacobian),
        "value_and_grad": with_argument(_value_and_gradient),
        "elementwise_grad": with_argument(_elementwise),
        "hessian": with_argument(_hessian),
        "make_jvp": with_argument(_make_jvp),
        "make_vjp": with_argument(_make_vjp),
        "hessian_tensor_product": _hessian_vector_product,
        "make_hvp": lambda f: lambda x: (lambda v: _hessian_vector_product(f)(x, v), f(x)),
    }
    rest = ["holomorphic_grad", "checkpoint", "grad_and_aux", "make_ggnvp", "tensor_jacobian_product"]
    operators |= {name: _unserved(name) for name in rest}
    operators["tuple"] = tuple
    _module("autograd", operators)
    sys.modules["autograd.numpy"] = numpy = _numpy()
    sys.modules["autograd"].__dict__["numpy"] = numpy
    sys.modules["autograd.numpy.random"] = np.random
    util = {"check_grads": check_grads, "combo_check": combo_check, "check_equivalent": equivalent}
    _module("autograd.test_util", {**util, "scalar_close": is_close})
    _module("autograd.core", {"make_vjp": _make_vjp})
    _module("autograd.wrap_util", {"unary_to_nary": unary_to_nary})
    _module("autograd.tracer", {"isbox": lambda x: isinstance(x, (df.Dual, df.DualArray))})
