"""Formulas from science, engineering and finance, and numerical algorithms."""

from __future__ import annotations

import itertools
import math
from typing import Any

import dual_autodiff as df
import mpmath  # type: ignore[import-untyped]  # it comes without types
import numpy as np
from scipy.stats import norm

from uses.record import right, slopes, uses_of


@right(lambda: [[-math.sin(0.4) - math.sin(1.0), -math.sin(1.0)], [math.cos(0.4) + math.cos(1.0), math.cos(1.0)]])
def robot_arm() -> Any:
    """The Jacobian of an arm with two joints."""

    def tip(q: Any) -> Any:
        return [df.cos(q[0]) + df.cos(q[0] + q[1]), df.sin(q[0]) + df.sin(q[0] + q[1])]

    return df.jacobian(tip, [0.4, 0.6])


@right(lambda: (norm.cdf(0.35), 100 * norm.pdf(0.35)))
def option_price() -> Any:
    """Delta and vega of the Black–Scholes price, at spot 100, rate 0.05, one year, volatility 0.2."""

    def price(v: Any) -> Any:
        spot, volatility = v
        d1 = (df.log(spot / 100.0) + 0.05 + volatility**2 / 2) / volatility
        d2 = d1 - volatility

        def below(d: Any) -> Any:
            return 0.5 * df.erfc(-d / math.sqrt(2.0))

        return spot * below(d1) - 100.0 * math.exp(-0.05) * below(d2)

    return df.gradient(price, [100.0, 0.2])


@right(lambda: -sum(t * 5.0 / 1.04 ** (t + 1) for t in range(1, 11)) - 10 * 100.0 / 1.04**11)
def bond_duration() -> Any:
    """The price of a bond by its yield."""
    return df.derivative(lambda y: sum(5.0 / (1 + y) ** t for t in range(1, 11)) + 100.0 / (1 + y) ** 10, 0.04)


@right(lambda: (3.0 / 5.0, -2.0 * 3.0 / 25.0))
def enzyme_rate() -> Any:
    """Michaelis–Menten: the rate by its two constants."""
    return df.gradient(lambda p: p[0] * 3.0 / (p[1] + 3.0), [2.0, 2.0])


@right(lambda: 1 / (1 - 0.3 * mpmath.cos(mpmath.findroot(lambda e: e - 0.3 * mpmath.sin(e) - 1, 1))))
def kepler_equation() -> Any:
    """Kepler's equation by Newton's method: the eccentric anomaly by the mean one."""

    def anomaly(mean: Any) -> Any:
        e = mean
        for _ in range(8):
            e = e - (e - 0.3 * df.sin(e) - mean) / (1 - 0.3 * df.cos(e))
        return e

    return df.derivative(anomaly, 1.0)


@right(lambda: math.hypot(2 * 0.1, 1 * 0.3))
def error_propagation() -> Any:
    """The uncertainty of a product by the uncertainties of its factors."""
    return np.linalg.norm(df.gradient(lambda x: x[0] * x[1], [1.0, 2.0]) * [0.1, 0.3])


@right(lambda: (0.0, -9.81 * math.sin(0.5)))
def equations_of_motion() -> Any:
    """Hamilton's equations of a pendulum at rest."""

    def hamiltonian(q: Any, p: Any) -> Any:
        return p * p / 2 - 9.81 * df.cos(q)

    by_q, by_p = df.gradient(hamiltonian, 0.5, 0.0)
    return by_p, -by_q


@right(lambda: -8.314 * 300 / (0.025 - 4e-5) ** 2 + 2 * 0.364 / 0.025**3)
def van_der_waals() -> Any:
    """The pressure of a real gas by its volume."""
    return df.derivative(lambda v: 8.314 * 300 / (v - 4e-5) - 0.364 / v**2, 0.025)


@right(lambda: slopes(lambda p: math.acos(math.sin(p[0]) * 0.6 + math.cos(p[0]) * 0.8 * math.cos(p[1])), [0.3, 0.5]))
def great_circle() -> Any:
    """A distance on the sphere by latitude and longitude."""

    def distance(p: Any) -> Any:
        return df.acos(df.sin(p[0]) * 0.6 + df.cos(p[0]) * 0.8 * df.cos(p[1]))

    return df.gradient(distance, [0.3, 0.5])


@right(lambda: [[800 / 2.0, 0.0, -800 * 0.5 / 4.0], [0.0, 800 / 2.0, 800 * 0.3 / 4.0]])
def camera_projection() -> Any:
    """The image of a point by its position."""
    return df.jacobian(lambda p: 800.0 * p[:2] / p[2], [0.5, -0.3, 2.0])


@right(lambda: 4 * (-12 / 1.2**13 + 6 / 1.2**7))
def lennard_jones() -> Any:
    """The force between two atoms."""

    def potential(r: Any) -> Any:
        return 4 * (r**-12 - r**-6)

    return df.derivative(potential, 1.2)


@right(lambda: [[0.0, 1.0], [-1.0, 0.0]] @ np.array([[math.cos(0.5), math.sin(0.5)], [-math.sin(0.5), math.cos(0.5)]]))
def matrix_exponential() -> Any:
    """exp(t A) by its power series, by t."""
    a = np.array([[0.0, 1.0], [-1.0, 0.0]])

    def series(t: Any) -> Any:
        term = total = t * np.zeros((2, 2)) + np.eye(2)
        for k in range(1, 25):
            term = term @ a * (t / k)
            total = total + term
        return total

    return df.jacobian(series, 0.5)


@right(lambda: [0.5 + 1.0 / (2 * math.sqrt(5.0))])
def power_iteration() -> Any:
    """The largest eigenvalue of [[a, 1], [1, 1]] by power iteration, at a = 2."""

    def largest(a: Any) -> Any:
        v, w = 1.0, 0.7
        for _ in range(60):
            v, w = a * v + w, v + w
            size = df.sqrt(v * v + w * w)
            v, w = v / size, w / size
        return (a * v * v + 2 * v * w + w * w) / (v * v + w * w)

    return [df.derivative(largest, 2.0)]


@right(lambda: float(mpmath.diff(lambda x: mpmath.agm(1, x), 2)))
def arithmetic_geometric_mean() -> Any:
    """The arithmetic–geometric mean by one argument."""

    def mean(b: Any) -> Any:
        a = 1.0
        for _ in range(6):
            a, b = (a + b) / 2, df.sqrt(a * b)
        return a

    return df.derivative(mean, 2.0)


@right(lambda: float(mpmath.diff(mpmath.tan, 0.7)))
def continued_fraction() -> Any:
    """A continued fraction: Lambert's tangent."""

    def tangent(x: Any) -> Any:
        tail = 25.0
        for k in range(23, 0, -2):
            tail = k - x * x / tail
        return x / tail

    return df.derivative(tangent, 0.7)


@right(lambda: float(mpmath.diff(mpmath.gamma, 4.5)), within=1e-7)
def stirling_series() -> Any:
    """Γ by Stirling's series and recurrence."""

    def gamma(x: Any) -> Any:
        shift, product = x, 1.0
        while shift < 12:
            product = product * shift
            shift = shift + 1
        series = 1 / (12 * shift) - 1 / (360 * shift**3) + 1 / (1260 * shift**5)
        return df.exp((shift - 0.5) * df.log(shift) - shift + math.log(2 * math.pi) / 2 + series) / product

    return df.derivative(gamma, 4.5)


@right(lambda: float(mpmath.diff(lambda a: mpmath.quad(lambda t: mpmath.sin(a * t * t), [0, 1]), 1.5)))
def gauss_legendre() -> Any:
    """A Gauss–Legendre integral by a parameter."""
    nodes, weights = np.polynomial.legendre.leggauss(20)
    t = (nodes + 1) / 2
    return df.derivative(lambda a: np.sum(weights * np.sin(a * t * t)) / 2, 1.5)


@right(lambda: (0.25 * 3.0, 0.5 * 3.0, 0.25 * 3.0))
def bezier_curve() -> Any:
    """De Casteljau's algorithm by its control points."""

    def point(p: Any) -> Any:
        rows = list(p)
        while len(rows) > 1:
            rows = [(a + b) / 2 for a, b in itertools.pairwise(rows)]
        return 3.0 * rows[0]

    return df.gradient(point, [0.0, 1.0, 5.0])


@right(lambda: math.cos(0.6) / 1.5 / math.sqrt(1 - (math.sin(0.6) / 1.5) ** 2))
def refraction() -> Any:
    """Snell's law: the angle in glass by the angle in air."""
    return df.derivative(lambda a: df.asin(df.sin(a) / 1.5), 0.6)


USES = uses_of(globals())
