"""Derivatives inside derivatives, and of higher order."""

from __future__ import annotations

import math
from typing import Any

import dual_autodiff as df
import numpy as np

from uses.record import refused, right, uses_of


@right(1.0)
def confusion_of_sum() -> Any:
    """d/dx x·(d/dy (x + y)) — perturbation confusion would give 2."""
    return df.derivative(lambda x: x * df.derivative(lambda y: x + y, 1.0), 1.0)


@right(6.0)
def confusion_of_product() -> Any:
    """d/dx x·(d/dy (x·y) at 2) at 3."""
    return df.derivative(lambda x: x * df.derivative(lambda y: x * y, 2.0), 3.0)


@right(lambda: -math.sin(1.2))
def second_derivative() -> Any:
    """`derivative` of `derivative`."""
    return df.derivative(lambda x: df.derivative(df.sin, x), 1.2)


@right(lambda: -math.sin(1.2))
def order_two() -> Any:
    """`derivative(f, x, order=2)`."""
    return df.derivative(df.sin, 1.2, order=2)


@right(lambda: [-math.sin(0.3 * k) for k in range(1, 5)])
def order_two_of_array() -> Any:
    """`derivative(f, X, order=2)` at many points."""
    return df.derivative(df.sin, 0.3 * np.arange(1, 5), order=2)


@right(lambda: -math.cos(1.2))
def three_deep() -> Any:
    """Three derivatives deep."""
    return df.derivative(lambda x: df.derivative(lambda y: df.derivative(df.sin, y), x), 1.2)


@right(lambda: 24 * 1.5)
def fourth_power_by_levels() -> Any:
    """The third derivative of x⁴ by three levels."""
    d = df.derivative
    return d(lambda x: d(lambda y: d(lambda z: z**4, y), x), 1.5)


@right(lambda: math.exp(0.6) * (1 + 0.6))
def mixed_partial() -> Any:
    """∂²/∂x∂y of exp(x·y)."""
    return df.derivative(lambda x: df.derivative(lambda y: df.exp(x * y), 2.0), 0.3)


@right(lambda: [[2.0, 1.0], [1.0, -math.sin(2.0)]])
def hessian() -> Any:
    """`hessian(f, x)`."""
    return df.hessian(lambda x: x[0] ** 2 + x[0] * x[1] + df.sin(x[1]), [1.0, 2.0])


@right(lambda: [[2.0, 1.0], [1.0, -math.sin(2.0)]])
def jacobian_of_gradient() -> Any:
    """`jacobian` of `gradient`."""
    return df.jacobian(lambda x: df.gradient(lambda y: y[0] ** 2 + y[0] * y[1] + df.sin(y[1]), x), [1.0, 2.0])


@right(lambda: (2.0 * 3 + 1.0 * 1, 1.0 * 3 - math.sin(2.0)))
def hessian_times_vector() -> Any:
    """`hvp(f, x, v)`."""
    return df.hvp(lambda x: x[0] ** 2 + x[0] * x[1] + df.sin(x[1]), [1.0, 2.0], [3.0, 1.0])


@right((8.0, 32.0))
def gradient_of_gradient_norm() -> Any:
    """`gradient` of a squared norm of `gradient`."""

    def slope_squared(x: Any) -> Any:
        g = df.gradient(lambda y: y[0] ** 2 + 2 * y[1] ** 2, x)
        return g[0] ** 2 + g[1] ** 2

    return df.gradient(slope_squared, [1.0, 1.0])


@right((4.0, 2.0))
def derivative_in_gradient() -> Any:
    """`derivative` inside `gradient`, of both variables."""
    return df.gradient(lambda x: df.derivative(lambda t: x[0] * x[1] * t**2, 1.0), [1.0, 2.0])


@right(lambda: [[6.0, 0.0], [0.0, 1.0]])
def derivative_in_jacobian() -> Any:
    """`derivative` inside `jacobian`."""

    def f(x: Any) -> Any:
        return [df.derivative(lambda t: t**3 * x[0], 1.0) * x[0], df.derivative(lambda t: t * x[1], 5.0)]

    return df.jacobian(f, [1.0, 2.0])


@right(lambda: 2 * (1.5 + 2.0) * 1.0)
def gradient_in_derivative() -> Any:
    """`gradient` inside `derivative`."""
    return df.derivative(lambda t: df.gradient(lambda x: x[0] * x[1] * t * t, [1.5, 2.0]).sum(), 1.0)


@right(lambda: 2 * 3.0)
def jacobian_in_derivative() -> Any:
    """`jacobian` inside `derivative`."""
    return df.derivative(lambda t: df.jacobian(lambda x: [x[0] * t * t, x[1]], [1.0, 2.0])[0, 0], 3.0)


@right(lambda: (3 * 4.0, 0.0))
def jvp_in_gradient() -> Any:
    """`jvp` inside `gradient`."""
    return df.gradient(lambda x: df.jvp(lambda t: t * x[0] ** 3, 1.0, 1.0)[1], [2.0, 5.0])


@right(lambda: 2 * sum(0.5 * k for k in range(4)) * 1.0)
def fused_array_in_derivative() -> Any:
    """`derivative` of an array inside `derivative`."""
    points = 0.5 * np.arange(4)
    return df.derivative(lambda a: df.derivative(lambda x: a * x * x, points).sum(), 3.0)


@right(lambda: sum(2 * 0.5 * k for k in range(4)))
def fused_array_in_gradient() -> Any:
    """`derivative` of an array inside `gradient`."""
    points = 0.5 * np.arange(4)
    return df.gradient(lambda a: df.derivative(lambda x: a[0] * x * x, points).sum(), [3.0])[0]


@right(lambda: [6 * (0.5 + k) for k in range(3)])
def derivative_of_elementwise_derivative() -> Any:
    """The second derivative at many points, by two levels."""
    return df.derivative(lambda x: df.derivative(lambda y: y**3, x), 0.5 + np.arange(3))


@right(lambda: -math.sin(0.5) / (1 + math.cos(0.5) ** 2) ** 1.5)
def curvature() -> Any:
    """The curvature of a graph, at many points."""

    def at(x: Any) -> Any:
        slope = df.derivative(df.sin, x)
        return df.derivative(df.sin, x, order=2) / (1 + slope**2) ** 1.5

    return at(0.5)


@right(lambda: 4 * math.exp(0.05) * (1 + 0.05))
def laplacian() -> Any:
    """A Laplacian: the trace of `hessian`."""
    return np.trace(df.hessian(lambda x: np.exp(x @ x), [0.1, 0.2]))


@right(lambda: [math.sin(1.0), math.cos(1.0), -math.sin(1.0) / 2, -math.cos(1.0) / 6])
def taylor_coefficients() -> Any:
    """Taylor coefficients by nested derivatives."""

    def coefficients(f: Any, x: float, count: int) -> Any:
        found = []
        for k in range(count):
            found.append(f(x) / math.factorial(k))
            f = (lambda g: lambda t: df.derivative(g, t))(f)
        return found

    return coefficients(df.sin, 1.0, 4)


@right(lambda: -9.81 * math.sin(0.3))
def euler_lagrange() -> Any:
    """The equation of motion from a Lagrangian, by nested derivatives."""

    def lagrangian(q: Any, v: Any) -> Any:
        return v * v / 2 + 9.81 * df.cos(q)

    by_q = df.derivative(lambda q: lagrangian(q, 0.2), 0.3)
    by_v_v = df.derivative(lambda v: df.derivative(lambda u: lagrangian(0.3, u), v), 0.2)
    by_v_q = df.derivative(lambda q: df.derivative(lambda u: lagrangian(q, u), 0.2), 0.3)
    return (by_q - by_v_q * 0.2) / by_v_v


@right(lambda: [-2.0, 0.5])
def christoffel_symbols() -> Any:
    """Christoffel symbols of the polar metric: `jacobian` of a metric."""

    def metric(x: Any) -> Any:
        return np.array([[1.0, 0.0 * x[1]], [0.0 * x[1], x[0] ** 2]])

    by_coordinate = df.jacobian(metric, [2.0, 0.3])
    inverse = np.linalg.inv(np.diag([1.0, 4.0]))
    return [-0.5 * inverse[0, 0] * by_coordinate[1, 1, 0], 0.5 * inverse[1, 1] * by_coordinate[1, 1, 0]]


@right(lambda: 2.0 * 3.0)
def inner_closure() -> Any:
    """An inner derivative of a closure that ignores its own variable."""
    return df.derivative(lambda x: x**2 + df.derivative(lambda y: x * 5.0, 1.0), 3.0)


@right(1.0)
def argument_passed_through() -> Any:
    """The outer variable returned by the inner function has no inner derivative."""
    return df.derivative(lambda x: x + df.derivative(lambda y: x, 2.0), 1.0)


@right(lambda: 0.5 / math.sqrt(2.0))
def newton_with_inner_derivative() -> Any:
    """Newton's method with its own derivative, differentiated."""

    def root(a: Any) -> Any:
        def f(x: Any) -> Any:
            return x * x - a

        x = 1.0
        for _ in range(7):
            x = x - f(x) / df.derivative(f, x)
        return x

    return df.derivative(root, 2.0)


@right((5.0, 7.0))
def argument_numbers() -> Any:
    """`argnums`: the derivative by the second argument."""
    return df.gradient(lambda a, x: a * (5.0 * x[0] + 7.0 * x[1]), 1.0, np.array([2.0, 3.0]), argnums=1)


@right((5.0, 0.0, 12.0))
def several_argument_numbers() -> Any:
    """`argnums=(0, 2)`."""
    first, second = df.gradient(lambda a, b, c: a * b[0] + c[1] ** 2 * 2, [1.0], [5.0], [2.0, 3.0], argnums=(0, 2))
    return _padded(first, second)


def _padded(*rows: Any) -> Any:
    return np.concatenate([np.ravel(row) for row in rows])


@right((9.0, 6.0, 0.0))
def value_and_gradient() -> Any:
    """`value_and_gradient(f, x)`."""
    value, gradient = df.value_and_gradient(lambda x: x[0] ** 2, [3.0, 1.0])
    return _padded(value, gradient)


@refused("argument")
def dual_from_elsewhere() -> Any:
    """A function that returns a Dual it did not get."""
    return df.gradient(lambda x: df.Dual(1.0, 1.0), [1.0, 2.0])


USES = uses_of(globals())
