"""Differential equations: Jacobians for SciPy's stiff solvers, and sensitivities through own time steps."""

from __future__ import annotations

import math
from typing import Any

import dual_autodiff as df
import numpy as np
from scipy.integrate import cumulative_trapezoid, odeint, quad, simpson, solve_bvp, solve_ivp, trapezoid

from uses.record import refused, right, uses_of


def reaction(t: float, y: Any) -> Any:
    """A → B → C with rates 2 and 1: B(t) = 2 (exp(-t) - exp(-2t))."""
    return [-2.0 * y[0], 2.0 * y[0] - y[1]]


#: A and B at time 1, from A = 1 and B = 0.
AFTER_ONE = (math.exp(-2), 2 * (math.exp(-1) - math.exp(-2)))


def jacobian_of_reaction(t: float, y: Any) -> Any:
    return df.jacobian(lambda z: reaction(t, z), y)


def solved(method: str) -> Any:
    tight = {"rtol": 1e-10, "atol": 1e-12}
    return solve_ivp(reaction, (0.0, 1.0), [1.0, 0.0], method=method, jac=jacobian_of_reaction, **tight).y[:, -1]


@right(AFTER_ONE, within=1e-7)
def bdf() -> Any:
    """`solve_ivp`, method BDF, with `jac`."""
    return solved("BDF")


@right(AFTER_ONE, within=1e-7)
def radau() -> Any:
    """`solve_ivp`, method Radau, with `jac`."""
    return solved("Radau")


@right(AFTER_ONE, within=1e-6)
def lsoda() -> Any:
    """`solve_ivp`, method LSODA, with `jac`."""
    return solved("LSODA")


@right(AFTER_ONE, within=1e-6)
def odeint_with_dfun() -> Any:
    """`odeint(…, Dfun=…)`."""
    return odeint(reaction, [1.0, 0.0], [0.0, 1.0], Dfun=jacobian_of_reaction, tfirst=True)[-1]


def runge_kutta(f: Any, y: Any, end: float, steps: int) -> Any:
    """The classical method of order 4, on whatever numbers y holds."""
    h = end / steps
    for _ in range(steps):
        k1 = f(y)
        k2 = f(y + h / 2 * k1)
        k3 = f(y + h / 2 * k2)
        k4 = f(y + h * k3)
        y = y + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
    return y


@right(lambda: -math.exp(-0.7), within=1e-7)
def sensitivity_to_rate() -> Any:
    """exp(-k) by k, through Runge–Kutta steps of a scalar equation."""
    return df.derivative(lambda k: runge_kutta(lambda y: -k * y, 1.0, 1.0, 60), 0.7)


@right(lambda: [[math.cos(1), math.sin(1)], [-math.sin(1), math.cos(1)]], within=1e-7)
def sensitivity_to_start() -> Any:
    """An oscillator's state by its start, through Runge–Kutta steps of a vector."""
    matrix = np.array([[0.0, 1.0], [-1.0, 0.0]])
    return df.jacobian(lambda y: runge_kutta(lambda z: matrix @ z, y, 1.0, 60), [1.0, 0.5])


@right(lambda: [[math.cos(1), math.sin(1)], [-math.sin(1), math.cos(1)]], within=1e-7)
def right_side_from_array() -> Any:
    """The same with a right side that is `np.array([…])`."""
    return df.jacobian(lambda y: runge_kutta(lambda z: np.array([z[1], -z[0]]), y, 1.0, 60), [1.0, 0.5])


@right(lambda: -2 * math.sin(2.0), within=1e-5)
def symplectic_steps() -> Any:
    """An oscillator's position by its frequency, through leapfrog steps."""

    def position(w: Any) -> Any:
        q, p, h = 1.0, 0.0, 2.0 / 4000
        for _ in range(4000):
            p = p - h / 2 * w * w * q
            q = q + h * p
            p = p - h / 2 * w * w * q
        return q

    return df.derivative(position, 1.0)


@right(-(0.93**9))
def explicit_euler() -> Any:
    """Euler's method: (1 - h k)^n by k."""

    def end(k: Any) -> Any:
        y = 1.0
        for _ in range(10):
            y = y + 0.1 * (-k * y)
        return y

    return df.derivative(end, 0.7)


#: One step of the heat equation with fixed ends, as a matrix.
STEP = np.eye(6) + 0.2 * (np.eye(6, k=1) - 2 * np.eye(6) + np.eye(6, k=-1))


@right(lambda: np.linalg.matrix_power(STEP, 5))
def heat_equation() -> Any:
    """Explicit steps of the heat equation with slices of padded arrays."""

    def after(u: Any) -> Any:
        for _ in range(5):
            padded = np.concatenate([[0.0], u, [0.0]])
            u = u + 0.2 * (padded[2:] - 2 * u + padded[:-2])
        return u

    return df.jacobian(after, np.sin(np.arange(6.0)))


@right(lambda: STEP[1:-1])
def heat_equation_in_place() -> Any:
    """A step of the heat equation that writes into a slice."""

    def after(u: Any) -> Any:
        new = u.copy()
        new[1:-1] += 0.2 * (u[2:] - 2 * u[1:-1] + u[:-2])
        return new[1:-1]

    return df.jacobian(after, np.sin(np.arange(6.0)))


@right(lambda: (-2.0, 2.0, -1.0), within=1e-9)
def linearized_equation() -> Any:
    """The Jacobian at a stationary point, for its stability."""
    jacobian = jacobian_of_reaction(0.0, [0.0, 0.0])
    return jacobian[0, 0], jacobian[1, 0], jacobian[1, 1]


@right(lambda: 2 * (math.exp(-1) - math.exp(-2)), within=1e-7)
def variational_equation() -> Any:
    """`solve_ivp` of the variational equation: B at time 1 by A at time 0."""

    def augmented(t: float, z: Any) -> Any:
        y, by_start = z[:2], z[2:]
        return np.concatenate([reaction(t, y), jacobian_of_reaction(t, y) @ by_start])

    return solve_ivp(augmented, (0.0, 1.0), [0.5, 0.0, 1.0, 0.0], rtol=1e-10, atol=1e-12).y[3, -1]


@right(lambda: [math.sin(0.5) / math.sin(1.0)], within=1e-5)
def boundary_value_problem() -> Any:
    """`solve_bvp` with `fun_jac`: y″ = -y, y(0) = 0, y(1) = 1."""

    def right_side(x: Any, y: Any) -> Any:
        return np.vstack([y[1], -y[0]])

    def jacobian(x: Any, y: Any) -> Any:
        pointwise = [df.jacobian(lambda z: [z[1], -z[0]], column) for column in y.T]
        return np.stack(pointwise, axis=-1)

    grid = np.linspace(0.0, 1.0, 5)
    ends = lambda a, b: np.array([a[0], b[0] - 1.0])  # noqa: E731
    return solve_bvp(right_side, ends, grid, np.ones((2, 5)), fun_jac=jacobian, tol=1e-8).sol(0.5)[:1]


@right(lambda: 3 * math.exp(-2.0) - 1, within=1e-4)
def integral_by_parameter() -> Any:
    """∫₀² exp(-a t) dt by a, with `scipy.integrate.trapezoid`."""
    t = np.linspace(0.0, 2.0, 401)
    return df.derivative(lambda a: trapezoid(np.exp(-a * t), t), 1.0)


@refused(".value")
def quad_of_duals() -> Any:
    """`scipy.integrate.quad` of a function of a Dual."""
    return df.derivative(lambda a: quad(lambda t: df.exp(-a * t), 0.0, 1.0)[0], 1.0)


@right(lambda: 2 / math.e - 1, within=1e-8)
def quad_of_derivative() -> Any:
    """`quad` of the derivative of the integrand."""
    return quad(lambda t: df.derivative(lambda a: df.exp(-a * t), 1.0), 0.0, 1.0)[0]


@right(lambda: 0.25 * 0.5, within=1e-12)
def simpson_rule() -> Any:
    """`scipy.integrate.simpson` of a quadratic, by its coefficient."""
    t = np.linspace(0.0, 1.0, 5)
    return df.derivative(lambda a: simpson(a * t**3, x=t), 2.0) / 2


@right(lambda: 0.5, within=1e-12)
def running_integral() -> Any:
    """`scipy.integrate.cumulative_trapezoid`."""
    t = np.linspace(0.0, 1.0, 5)
    return df.derivative(lambda a: cumulative_trapezoid(a * t, t)[-1], 2.0)


@refused(".value")
def solve_ivp_of_duals() -> Any:
    """`solve_ivp` with a dual initial state."""

    def end(k: Any) -> Any:
        return solve_ivp(lambda t, y: -y, (0.0, 1.0), [k]).y[0, -1]

    return df.derivative(end, 1.0)


@refused(".value")
def solve_ivp_of_dual_rate() -> Any:
    """`solve_ivp` with a dual rate in the right side."""

    def end(k: Any) -> Any:
        return solve_ivp(lambda t, y: -k * y, (0.0, 1.0), [1.0]).y[0, -1]

    return df.derivative(end, 1.0)


@refused(".value")
def odeint_of_duals() -> Any:
    """`odeint` with a dual rate."""
    return df.derivative(lambda k: odeint(lambda y, t: -k * y, 1.0, [0.0, 1.0])[-1, 0], 1.0)


USES = uses_of(globals())
