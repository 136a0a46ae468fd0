"""Gradients of functions of many variables: the functions, and each side's way."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import version
from typing import Any

__all__ = ["gradients_autograd", "gradients_differences", "gradients_duals", "gradients_jax", "gradients_ours"]


def _rosen(x: Any, sum_of: Callable[[Any], Any]) -> Any:
    return sum_of(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)


def _loop(x: Any, sum_of: Callable[[Any], Any]) -> Any:
    total = 0.0
    for i in range(len(x) - 1):
        total = total + 100.0 * (x[i + 1] - x[i] ** 2) ** 2 + (1.0 - x[i]) ** 2
    return total


def _pair(x: Any, sum_of: Callable[[Any], Any]) -> Any:
    return x[0] ** 2 * x[1]


FUNCTIONS = {"rosen": _rosen, "loop": _loop, "pair": _pair}


def _points(n: int) -> Any:
    import numpy as np

    return np.linspace(0.1, 1.0, n)


class gradients_ours:
    """``gradient(f, x)``."""

    def __init__(self) -> None:
        import dual_autodiff

        self.module, self.versions = dual_autodiff, {"numpy": version("numpy")}

    def call(self, case: str, n: int) -> Callable[[], object]:
        import numpy as np

        f, x = FUNCTIONS[case], _points(n)
        given = x.tolist() if case == "pair" else x
        return lambda: self.module.gradient(lambda v: f(v, np.sum), given)


class gradients_duals:
    """The same by a Dual for each direction, one after the other, in R²."""

    def __init__(self) -> None:
        from dual_autodiff import Dual

        self.dual, self.versions = Dual, {"numpy": version("numpy")}

    def call(self, case: str, n: int) -> Callable[[], object]:
        f, (a, b), dual = FUNCTIONS[case], _points(2).tolist(), self.dual
        return lambda: (f([dual(a, 1.0), dual(b)], sum).dual, f([dual(a), dual(b, 1.0)], sum).dual)


class gradients_differences:
    """Two-point differences on NumPy: n + 1 values of the function."""

    def __init__(self) -> None:
        self.versions = {"numpy": version("numpy")}

    def call(self, case: str, n: int) -> Callable[[], object]:
        import numpy as np

        f, x, step = FUNCTIONS[case], _points(n), 2.0**-26

        def differences() -> Any:
            at, slopes = f(x, np.sum), np.empty(n)
            for i in range(n):
                moved = x.copy()
                moved[i] += step
                slopes[i] = (f(moved, np.sum) - at) / step
            return slopes

        return differences


class gradients_jax:
    """Jitted ``jax.grad``, float64: reverse mode."""

    def __init__(self) -> None:
        import jax

        jax.config.update("jax_enable_x64", True)
        self.versions = {name: version(name) for name in ("jax", "jaxlib")}

    def call(self, case: str, n: int) -> Callable[[], object]:
        import jax
        import jax.numpy as jnp

        f = FUNCTIONS[case]
        run, x = jax.jit(jax.grad(lambda v: f(v, jnp.sum))), jnp.asarray(_points(n))
        return lambda: jax.block_until_ready(run(x))


class gradients_autograd:
    """``autograd.grad``: reverse mode, which traces the function in each call."""

    def __init__(self) -> None:
        self.versions = {"autograd": version("autograd")}

    def call(self, case: str, n: int) -> Callable[[], object]:
        import autograd
        import autograd.numpy as anp

        f = FUNCTIONS[case]
        run, x = autograd.grad(lambda v: f(v, anp.sum)), _points(n)
        return lambda: run(x)
