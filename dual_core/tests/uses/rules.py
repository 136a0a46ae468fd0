"""Rules of the user's own: ``primitive``, for functions that dual numbers cannot pass through."""

from __future__ import annotations

import math
from typing import Any

import dual_autodiff as df
import numpy as np
from scipy import optimize

from uses.record import right, uses_of


@df.primitive(lambda x: math.cos(x))
def sine(x: float) -> float:
    """The C library's sine, with its rule."""
    return math.sin(x)


@df.primitive(lambda x, y: y, lambda x, y: x)
def product(x: Any, y: Any) -> Any:
    """A function of two variables, with a rule for each."""
    return x * y


def cube_root_slope(x: Any) -> Any:
    """The rule of the next one."""
    return 2.0 * cube_root(x) / (6.0 * x)


@df.primitive(cube_root_slope)
def cube_root(x: Any) -> Any:
    """A rule that uses the function itself, so that it can be differentiated again."""
    return np.cbrt(x)


def root_slope(a: Any) -> Any:
    """The rule of the next one."""
    return 0.5 / root_of(a)


@df.primitive(root_slope)
def root_of(a: Any) -> Any:
    """A solver: x with x² = a, with the implicit function's derivative."""
    return optimize.brentq(lambda x: x * x - a, 0.0, 10.0, xtol=1e-15)


@right(lambda: math.cos(0.3))
def primitive_of_scalar() -> Any:
    """A function with a rule, of a Dual."""
    return df.derivative(sine, 0.3)


@right(lambda: math.sin(0.3))
def primitive_of_number() -> Any:
    """A function with a rule, of a plain number."""
    return sine(0.3)


@right((3.0, 2.0))
def primitive_of_two() -> Any:
    """A function of two variables with two rules."""
    return df.gradient(lambda x: product(x[0], x[1]), [2.0, 3.0])


@right(lambda: [1 / (3 * x ** (2 / 3)) for x in (1.0, 8.0, 27.0)])
def primitive_of_array() -> Any:
    """A function with a rule at many points: fused."""
    return df.derivative(cube_root, np.array([1.0, 8.0, 27.0]))


@right(lambda: [1 / (3 * x ** (2 / 3)) for x in (1.0, 8.0, 27.0)])
def primitive_in_gradient() -> Any:
    """A function with a rule inside `gradient`."""
    return df.gradient(lambda x: cube_root(x).sum(), [1.0, 8.0, 27.0])


@right(lambda: -2 / (9 * 8.0 ** (5 / 3)))
def primitive_nested() -> Any:
    """The second derivative through a rule."""
    return df.derivative(lambda x: df.derivative(cube_root, x), 8.0)


@right(lambda: 0.5 / math.sqrt(3.0))
def primitive_of_solver() -> Any:
    """A derivative through `brentq`, by a rule for the solver."""
    return df.derivative(root_of, 3.0)


@right(lambda: math.cos(0.3) * 2.0)
def primitive_in_composition() -> Any:
    """A function with a rule among others."""
    return df.derivative(lambda x: df.log(df.exp(2.0 * sine(x))), 0.3)


USES = uses_of(globals())
