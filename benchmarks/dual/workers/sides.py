"""Each side of the comparisons: a class that makes a call out of a case's name and its size.

A case of scalars is a loop of n rounds. A case of arrays, like ``f:both`` or ``f:slope``, is one call on n points that
returns value and derivative, or the derivative alone.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable
from importlib.metadata import version
from typing import Any

__all__ = ["ARRAYS", "SCALARS", "Call"]

Call = Callable[[], object]

#: Loop bodies, written with methods since every peer has those.
SCALARS = {
    "add+mul": "s = s * x + y",
    "f": "z = x.sin().log() + x**2 * x.cos()",
    "mix": "z = x.tanh() * (-x).exp() + x**3 / (1.0 + x)",
}
#: Expressions of x, and the range of the points.
ARRAYS = {
    "f": "log(sin(x)) + x**2 * cos(x)",
    "mix": "tanh(x) * exp(-x) + x**3 / (1.0 + x)",
    "gauss": "exp(-0.5 * ((x - 1.5) / 0.7) ** 2)",
    "logistic": "1.0 / (1.0 + exp(-x))",
    "fma": "x * x + x",
    "add": "x + x",
    "poly5": "((((0.1 * x - 0.3) * x + 0.7) * x - 1.1) * x + 1.3) * x - 1.7",
}
FUNCTIONS = ("sin", "cos", "tanh", "log", "exp")


def _points(n: int) -> Any:
    import numpy as np

    return np.random.default_rng(1).uniform(0.1, 3.0, n)


def _function(expression: str, functions: dict[str, Any]) -> Any:
    return eval(f"lambda x: {expression}", functions)


class _Scalars:
    """Scalars of one package: *make* gives the variable at 0.5."""

    def __init__(self, make: Callable[[float], Any], *distributions: str) -> None:
        self.make = make
        self.versions = {name: version(name) for name in distributions}

    def call(self, case: str, n: int) -> Call:
        source = f"def run(x, y, s):\n    for _ in range({n}):\n        {SCALARS[case]}\n"
        names: dict[str, Any] = {}
        exec(source, names)
        x, y, s = self.make(0.5), self.make(0.75), self.make(1.0)
        return lambda: names["run"](x, y, s)


def scalars_ours() -> _Scalars:
    from dual_autodiff import Dual

    return _Scalars(lambda a: Dual(a, 1.0))


def scalars_report() -> _Scalars:
    from plain import Dual

    return _Scalars(lambda a: Dual(a, 1.0))


def scalars_fastdual() -> _Scalars:
    import fastdual

    seed = fastdual.Dual(0.5)  # all are functions of one variable
    return _Scalars(lambda a: seed + (a - 0.5), "fastdual")


def scalars_num_dual() -> _Scalars:
    from num_dual import Dual64

    return _Scalars(lambda a: Dual64(a, 1.0), "num-dual")


def scalars_hyperjet() -> _Scalars:
    import hyperjet

    return _Scalars(lambda a: hyperjet.variables([a], order=1)[0], "hyperjet")


class arrays_ours:
    """``value_and_derivative(f, X)`` and ``derivative(f, X)``; the case ``eager`` is the expression on arrays."""

    def __init__(self) -> None:
        import dual_autodiff

        self.module, self.versions = dual_autodiff, {"numpy": version("numpy")}

    def call(self, case: str, n: int) -> Call:
        import numpy as np

        name, kind = case.split(":")
        module, x = self.module, _points(n)
        f = _function(ARRAYS[name], {each: getattr(module, each) for each in FUNCTIONS})
        if kind == "eager":
            variable = module.DualArray(x, np.ones(n))
            return lambda: f(variable)
        if kind == "two threads":
            return lambda: module.derivative(f, x, threads=2)
        run = module.derivative if kind == "slope" else module.value_and_derivative
        return lambda: run(f, x)


class arrays_numpy:
    """Two arrays, the rules written out, operation by operation."""

    def __init__(self) -> None:
        self.versions = {"numpy": version("numpy")}

    def call(self, case: str, n: int) -> Call:
        import numpy as np
        import two_arrays

        if case == "add:eager":  # nothing but the arithmetic
            x, d = _points(n), np.ones(n)
            return lambda: (x + x, d + d)
        f = _function(ARRAYS[case.split(":")[0]], {each: getattr(two_arrays, each) for each in FUNCTIONS})
        variable = two_arrays.TwoArrays(_points(n), np.ones(n))
        return lambda: f(variable)


class arrays_jax:
    """Jitted ``jax.jvp``, float64."""

    def __init__(self) -> None:
        import jax

        jax.config.update("jax_enable_x64", True)
        self.versions = {name: version(name) for name in ("jax", "jaxlib")}

    def call(self, case: str, n: int) -> Call:
        import jax
        import jax.numpy as jnp

        name, kind = case.split(":")
        f = _function(ARRAYS[name], {each: getattr(jnp, each) for each in FUNCTIONS})
        if kind == "slope":
            run = jax.jit(lambda x: jax.jvp(f, (x,), (jnp.ones_like(x),))[1])
        else:
            run = jax.jit(lambda x: jax.jvp(f, (x,), (jnp.ones_like(x),)))
        x = jnp.asarray(_points(n))
        return lambda: jax.block_until_ready(run(x))


class arrays_autograd:
    """``autograd.make_jvp``, which traces the function in each call."""

    def __init__(self) -> None:
        self.versions = {"autograd": version("autograd")}

    def call(self, case: str, n: int) -> Call:
        import autograd
        import autograd.numpy as anp
        import numpy as np

        f = _function(ARRAYS[case.split(":")[0]], {each: getattr(anp, each) for each in FUNCTIONS})
        x, direction = _points(n), np.ones(n)
        forward = autograd.make_jvp(f)
        return lambda: forward(x)(direction)


class arrays_torch:
    """``torch.compile`` of ``torch.func.jvp``."""

    def __init__(self) -> None:
        import torch

        torch.set_num_threads(1)
        self.versions = {"torch": version("torch")}

    def call(self, case: str, n: int) -> Call:
        import torch

        name, kind = case.split(":")
        f = _function(ARRAYS[name], {each: getattr(torch, each) for each in FUNCTIONS})

        def both(x: Any) -> Any:
            found = torch.func.jvp(f, (x,), (torch.ones_like(x),))
            return found[1] if kind == "slope" else found

        run = torch.compile(both)
        x = torch.from_numpy(_points(n))
        return lambda: run(x)


class arrays_hand:
    """A C loop written by hand of our own kernels, one pass over value and derivative; DUAL_HAND names the library."""

    def __init__(self) -> None:
        self.versions: dict[str, str] = {}
        self.library = ctypes.CDLL(os.environ["DUAL_HAND"])

    def call(self, case: str, n: int) -> Call:
        import numpy as np

        name, _ = case.split(":")
        run = getattr(self.library, f"hand_{name}")
        run.argtypes, run.restype = [ctypes.c_void_p] * 3 + [ctypes.c_size_t], None
        x, value, slope = _points(n), np.empty(n), np.empty(n)
        arguments = x.ctypes.data, value.ctypes.data, slope.ctypes.data, n
        return lambda: run(*arguments) or (x, value, slope)
