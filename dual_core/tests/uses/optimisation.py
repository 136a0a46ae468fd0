"""Optimisation: own loops, and SciPy's minimizers with derivatives from dual numbers."""

from __future__ import annotations

import math
from typing import Any

import dual_autodiff as df
import numpy as np
from scipy import optimize

from uses.record import refused, right, uses_of


@right((1.0, 1.0), within=1e-5)
def minimize_bfgs() -> Any:
    """`scipy.optimize.minimize(…, jac=…)`."""
    return optimize.minimize(valley, [-1.0, 2.0], jac=lambda x: df.gradient(valley, x), method="BFGS").x


def valley(x: Any) -> Any:
    """Rosenbrock's function of any number of variables; 0 where all are 1."""
    return sum(100.0 * (x[i + 1] - x[i] ** 2) ** 2 + (1.0 - x[i]) ** 2 for i in range(len(x) - 1))


@right((1.0, 1.0, 1.0), within=1e-5)
def minimize_jac_true() -> Any:
    """`minimize(…, jac=True)` with `value_and_gradient`."""
    return optimize.minimize(lambda x: df.value_and_gradient(valley, x), [-1.0, 2.0, 0.5], jac=True).x


@right((1.0, 1.0), within=1e-4)
def minimize_newton_cg() -> Any:
    """`minimize`, method Newton-CG, with `hvp`."""
    return optimize.minimize(
        valley,
        [-1.0, 2.0],
        jac=lambda x: df.gradient(valley, x),
        hessp=lambda x, p: df.hvp(valley, x, p),
        method="Newton-CG",
    ).x


@right((1.0, 1.0), within=1e-6)
def minimize_trust_exact() -> Any:
    """`minimize`, method trust-exact, with `hessian`."""
    return optimize.minimize(
        valley,
        [-1.0, 2.0],
        jac=lambda x: df.gradient(valley, x),
        hess=lambda x: df.hessian(valley, x),
        method="trust-exact",
    ).x


@right((1.0, 1.0), within=1e-6)
def newton_on_gradient() -> Any:
    """Newton's method for a minimum: `hessian` and `gradient`."""
    x = np.array([1.2, 1.2])
    for _ in range(12):
        x = x - np.linalg.solve(df.hessian(valley, x), df.gradient(valley, x))
    return x


@right((0.5, 0.5), within=1e-6)
def minimize_slsqp() -> Any:
    """`minimize`, method SLSQP, with a constraint's gradient."""
    constraint = {"type": "eq", "fun": lambda x: x[0] + x[1] - 1.0}
    constraint["jac"] = lambda x: df.gradient(lambda y: y[0] + y[1] - 1.0, x)
    objective = lambda x: x[0] ** 2 + x[1] ** 2  # noqa: E731
    start = [2.0, 0.0]
    return optimize.minimize(
        objective, start, jac=lambda x: df.gradient(objective, x), constraints=[constraint], method="SLSQP"
    ).x


@right((1.0, 0.0), within=1e-6)
def minimize_bounds() -> Any:
    """`minimize` with bounds, method L-BFGS-B."""

    def f(x: Any) -> Any:
        return (x[0] - 3.0) ** 2 + (x[1] + 1.0) ** 2

    return optimize.minimize(f, [0.5, 0.5], jac=lambda x: df.gradient(f, x), bounds=[(0, 1), (0, 1)]).x


@right(lambda: [math.sqrt(0.5)] * 2, within=1e-5)
def trust_constr() -> Any:
    """`NonlinearConstraint(…, jac=…)`, method trust-constr."""
    circle = optimize.NonlinearConstraint(
        lambda x: x[0] ** 2 + x[1] ** 2,
        -np.inf,
        1.0,
        jac=lambda x: df.jacobian(lambda y: [y[0] ** 2 + y[1] ** 2], x),
        hess=lambda x, v: v[0] * df.hessian(lambda y: y[0] ** 2 + y[1] ** 2, x),
    )
    return optimize.minimize(
        lambda x: -x[0] - x[1],
        [0.1, 0.2],
        jac=lambda x: df.gradient(lambda y: -y[0] - y[1], x),
        hess=lambda x: np.zeros((2, 2)),
        constraints=[circle],
        method="trust-constr",
        options={"gtol": 1e-10, "xtol": 1e-12},
    ).x


TIMES = np.linspace(0.0, 2.0, 9)


DATA = 2.5 * np.exp(-1.3 * TIMES)


def decay(p: Any) -> Any:
    return p[0] * np.exp(-p[1] * TIMES) - DATA


@right((2.5, 1.3), within=1e-8)
def least_squares() -> Any:
    """`scipy.optimize.least_squares(…, jac=…)`."""
    return optimize.least_squares(decay, [1.0, 1.0], jac=lambda p: df.jacobian(decay, p), xtol=1e-14).x


@right((2.5, 1.3), within=1e-8)
def curve_fit() -> Any:
    """`scipy.optimize.curve_fit(…, jac=…)`."""

    def model(t: Any, a: Any, b: Any) -> Any:
        return a * np.exp(-b * t)

    def jac(t: Any, a: float, b: float) -> Any:
        return df.jacobian(lambda p: model(t, p[0], p[1]), [a, b])

    return optimize.curve_fit(model, TIMES, DATA, p0=[1.0, 1.0], jac=jac)[0]


@right((2.5, 1.3), within=1e-8)
def gauss_newton() -> Any:
    """The Gauss–Newton method, by `np.linalg.lstsq` of the Jacobian."""
    p = np.array([2.0, 1.0])
    for _ in range(12):
        p = p - np.linalg.lstsq(df.jacobian(decay, p), decay(p), rcond=None)[0]
    return p


@right((1.0, 1.0), within=1e-5)
def gradient_descent() -> Any:
    """Gradient descent with momentum."""
    x, velocity = np.array([2.0, -1.0]), np.zeros(2)

    def bowl(x: Any) -> Any:
        return (x[0] - 1.0) ** 2 + 3.0 * (x[1] - 1.0) ** 2

    for _ in range(300):
        velocity = 0.8 * velocity - 0.05 * df.gradient(bowl, x)
        x = x + velocity
    return x


@right(lambda: optimize.rosen_der(np.array([0.3, 0.7, 1.2])))
def scipy_rosen() -> Any:
    """`gradient(scipy.optimize.rosen, x)`."""
    return df.gradient(optimize.rosen, [0.3, 0.7, 1.2])


@right(lambda: optimize.rosen_hess(np.array([0.3, 0.7, 1.2])))
def hessian_of_rosen() -> Any:
    """`hessian` of a Python loop, against `rosen_hess`."""
    return df.hessian(valley, [0.3, 0.7, 1.2])


@right(lambda: optimize.rosen_hess_prod(np.array([0.3, 0.7, 1.2]), np.array([1.0, -2.0, 0.5])))
def hessian_vector_product() -> Any:
    """`hvp`, against `rosen_hess_prod`."""
    return df.hvp(valley, [0.3, 0.7, 1.2], [1.0, -2.0, 0.5])


@right(0.0, within=1e-5)
def checked_gradient() -> Any:
    """`scipy.optimize.check_grad`."""
    return optimize.check_grad(valley, lambda x: df.gradient(valley, x), np.array([0.3, 0.7]))


@refused(".value")
def minimize_of_duals() -> Any:
    """A derivative through `minimize`."""

    def f(a: Any) -> Any:
        return optimize.minimize(lambda x: (x[0] - a) ** 2, [0.0]).x[0]

    return df.derivative(f, 1.0)


USES = uses_of(globals())
