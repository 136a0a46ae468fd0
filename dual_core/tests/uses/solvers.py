"""Equations: own loops, and SciPy's root finders with derivatives from dual numbers."""

from __future__ import annotations

import math
from typing import Any

import dual_autodiff as df
import numpy as np
from scipy import optimize

from uses.record import refused_by_library, right, uses_of

#: The solution of cos x = x, to 30 digits by mpmath.
DOTTIE = 0.739085133215160641655312087674


def dottie(x: Any) -> Any:
    return df.cos(x) - x


def circle_and_line(x: Any) -> Any:
    """Where x² + y² = 4 and x = y: (√2, √2)."""
    return [x[0] ** 2 + x[1] ** 2 - 4.0, x[0] - x[1]]


def values(f: Any) -> Any:
    """f for a solver that wants floats."""
    return lambda x: np.array(f(x), dtype=float)


@right(DOTTIE)
def newton_loop() -> Any:
    """Newton's method, written as a loop."""
    x = 1.0
    for _ in range(8):
        value, slope = df.value_and_derivative(dottie, x)
        x -= value / slope
    return x


@right(DOTTIE)
def halley_loop() -> Any:
    """Halley's method, with `order=2`."""
    x = 1.0
    for _ in range(6):
        value, slope, curvature = dottie(x), df.derivative(dottie, x), df.derivative(dottie, x, order=2)
        x -= 2 * value * slope / (2 * slope**2 - value * curvature)
    return x


@right(lambda: [math.sqrt(2), math.sqrt(2)])
def newton_of_two() -> Any:
    """Newton's method for two equations."""
    x = np.array([1.0, 2.0])
    for _ in range(8):
        x = x - np.linalg.solve(df.jacobian(circle_and_line, x), circle_and_line(x))
    return x


@right(DOTTIE)
def root_scalar_newton() -> Any:
    """`scipy.optimize.root_scalar`, method newton."""
    return optimize.root_scalar(dottie, x0=1.0, fprime=lambda x: df.derivative(dottie, x), method="newton").root


@right(DOTTIE)
def root_scalar_fprime_true() -> Any:
    """`root_scalar(…, fprime=True)` with `value_and_derivative`."""
    return optimize.root_scalar(lambda x: df.value_and_derivative(dottie, x), x0=1.0, fprime=True).root


@right(DOTTIE)
def root_scalar_halley() -> Any:
    """`root_scalar`, method halley, with `derivative(f, x, order=2)`."""
    return optimize.root_scalar(
        dottie,
        x0=1.0,
        fprime=lambda x: df.derivative(dottie, x),
        fprime2=lambda x: df.derivative(dottie, x, order=2),
        method="halley",
    ).root


@right(DOTTIE, within=1e-8)
def newton_of_array() -> Any:
    """`scipy.optimize.newton` for many starting points."""
    return optimize.newton(dottie, np.ones(3), fprime=lambda x: df.derivative(dottie, x)).mean()


@right(lambda: math.pi / 2)
def brentq_of_derivative() -> Any:
    """The maximum of sine: `brentq` of a derivative."""
    return optimize.brentq(lambda x: df.derivative(df.sin, x), 1.0, 2.0)


@refused_by_library("SciPy", "must have different signs", "give it a rule with `primitive`")
def brentq_of_duals() -> Any:
    """`brentq` of a function that returns Duals: a derivative through the solver."""
    return df.derivative(lambda a: optimize.brentq(lambda x: x * x - a, 0.0, 2.0), 2.0)


@right(lambda: [math.sqrt(2), math.sqrt(2)])
def root_with_jacobian() -> Any:
    """`scipy.optimize.root(…, jac=…)`."""
    return optimize.root(values(circle_and_line), [1.0, 2.0], jac=lambda x: df.jacobian(circle_and_line, x)).x


@right(lambda: [math.sqrt(2), math.sqrt(2)])
def root_levenberg_marquardt() -> Any:
    """`root`, method lm."""
    jac = lambda x: df.jacobian(circle_and_line, x)  # noqa: E731
    return optimize.root(values(circle_and_line), [1.0, 2.0], jac=jac, method="lm").x


@right(lambda: [math.sqrt(2), math.sqrt(2)])
def fsolve_with_fprime() -> Any:
    """`fsolve(…, fprime=…)`."""
    return optimize.fsolve(circle_and_line, [1.0, 2.0], fprime=lambda x: df.jacobian(circle_and_line, x))


@right(lambda: 0.5 / math.sqrt(3.0))
def through_newton_loop() -> Any:
    """A derivative through Newton's own loop: √a by a."""

    def root(a: Any) -> Any:
        x = 1.0
        for _ in range(8):
            x = x - (x * x - a) / (2 * x)
        return x

    return df.derivative(root, 3.0)


@right(lambda: 0.5 / math.sqrt(3.0))
def implicit_function() -> Any:
    """The implicit function theorem: x(a) with x² = a."""
    x = optimize.brentq(lambda x: x * x - 3.0, 0.0, 3.0, xtol=1e-15)
    by_x, by_a = df.gradient(lambda x, a: x * x - a, x, 3.0)
    return -by_a / by_x


@right(lambda: [1 / (2 * math.sqrt(2)) / 2] * 2)
def implicit_system() -> Any:
    """The implicit function theorem for two equations: the solution by the radius squared."""

    def equations(x: Any, square: Any) -> Any:
        return [x[0] ** 2 + x[1] ** 2 - square, x[0] - x[1]]

    x = np.array([math.sqrt(2)] * 2)
    by_x = df.jacobian(lambda x: equations(x, 4.0), x)
    by_square = df.jacobian(lambda square: equations(x, square), 4.0)
    return np.linalg.solve(by_x, -by_square)


@refused_by_library("SciPy", "not a proper array of floats", "give it a rule with `primitive`")
def fsolve_of_duals() -> Any:
    """A derivative through `fsolve`."""
    return df.derivative(lambda a: optimize.fsolve(lambda x: x * x - a, [1.0])[0], 2.0)


USES = uses_of(globals())
