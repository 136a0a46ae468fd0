"""Statistics and machine learning."""

from __future__ import annotations

from typing import Any

import dual_autodiff as df
import numpy as np

from uses.record import right, slopes, uses_of

DRAWS = np.random.default_rng(3).normal(size=200)
FEATURES = np.array([[1.0, 0.5], [-0.3, 2.0], [0.7, -1.1], [0.2, 0.9]])


@right(lambda: slopes(softmax_loss, np.arange(6.0).reshape(2, 3) / 5), within=1e-8)
def softmax_regression() -> Any:
    """The cross-entropy of a softmax by its weights, a matrix."""
    return df.gradient(softmax_loss, np.arange(6.0).reshape(2, 3) / 5)


LABELS = np.array([0, 2, 1, 2])


def softmax_loss(w: Any) -> Any:
    scores = FEATURES @ w
    return np.sum(np.log(np.sum(np.exp(scores), axis=1)) - scores[np.arange(4), LABELS])


@right(lambda: FEATURES.T @ (1 / (1 + np.exp(-FEATURES @ [0.4, -0.2])) - [1, 0, 1, 1]))
def logistic_regression() -> Any:
    """The likelihood of a logistic regression by its weights."""
    targets = np.array([1.0, 0.0, 1.0, 1.0])

    def loss(w: Any) -> Any:
        scores = FEATURES @ w
        return np.sum(np.log1p(np.exp(scores)) - targets * scores)

    return df.gradient(loss, [0.4, -0.2])


@right(lambda: slopes(network_loss, np.linspace(-1, 1, 9)), within=1e-8)
def neural_network() -> Any:
    """A network with one hidden layer by all of its weights."""
    return df.gradient(network_loss, np.linspace(-1, 1, 9))


def network_loss(w: Any) -> Any:
    hidden = np.tanh(FEATURES @ np.reshape(w[:6], (2, 3)))
    return np.sum((hidden @ w[6:] - LABELS) ** 2)


@right(lambda: 2 * FEATURES.T @ (FEATURES @ [1.0, -1.0] - LABELS) + 0.2 * np.array([1.0, -1.0]))
def ridge_regression() -> Any:
    """The loss of a ridge regression by its coefficients."""

    def loss(w: Any) -> Any:
        residual = FEATURES @ w - LABELS
        return residual @ residual + 0.1 * (w @ w)

    return df.gradient(loss, [1.0, -1.0])


@right(lambda: (-sum(LABELS - 1.5) / 4, 4 / 2.0 - sum((LABELS - 1.5) ** 2) / 8))
def normal_likelihood() -> Any:
    """The likelihood of a normal sample by mean and deviation."""

    def loss(p: Any) -> Any:
        return 4 * np.log(p[1]) + np.sum((LABELS - p[0]) ** 2) / (2 * p[1] ** 2)

    return df.gradient(loss, [1.5, 2.0])


@right(lambda: slopes(gaussian_process, [0.3, 1.1]), within=1e-7)
def gaussian_process_likelihood() -> Any:
    """A Gaussian process: `solve` and `slogdet` of a matrix of kernels."""
    return df.gradient(gaussian_process, [0.3, 1.1])


def gaussian_process(p: Any) -> Any:
    gaps = (FEATURES[:, :1] - FEATURES[:, 0]) ** 2
    kernel = p[0] ** 2 * np.exp(-gaps / p[1] ** 2) + 0.1 * np.eye(4)
    return LABELS @ np.linalg.solve(kernel, LABELS) + np.linalg.slogdet(kernel)[1]


@right(lambda: slopes(cholesky_determinant, [2.0, 0.3, 1.5]), within=1e-8)
def own_cholesky() -> Any:
    """A Cholesky factor by loops over lists."""
    return df.gradient(cholesky_determinant, [2.0, 0.3, 1.5])


def cholesky_determinant(p: Any) -> Any:
    a = [[p[0], p[1]], [p[1], p[2]]]
    lower: Any = [[0.0, 0.0], [0.0, 0.0]]
    for i in range(2):
        for j in range(i + 1):
            rest = a[i][j] - sum(lower[i][k] * lower[j][k] for k in range(j))
            lower[i][j] = df.sqrt(rest) if i == j else rest / lower[j][j]
    return lower[0][0] * lower[1][1]


@right(lambda: np.mean(np.where(100 * np.exp(0.2 * DRAWS) > 100, np.exp(0.2 * DRAWS), 0.0)))
def monte_carlo() -> Any:
    """A Monte Carlo estimate with fixed draws: pathwise derivative."""
    return df.derivative(lambda s: np.mean(np.maximum(s * np.exp(0.2 * DRAWS) - 100.0, 0.0)), 100.0)


@right(lambda: -2 * np.diff([0, 3, -2, 1, 0]))
def smoothness() -> Any:
    """The sum of squared steps between neighbours."""
    return df.gradient(lambda x: np.sum((x[1:] - x[:-1]) ** 2), [1.0, 4.0, 2.0, 3.0])


@right(lambda: np.array([1.0, 1.0, 2.0]) / 4.1)
def kalman_update() -> Any:
    """A Kalman filter's estimate by the measurements."""

    def estimate(z: Any) -> Any:
        mean, variance = 0.0, 10.0
        for measurement, weight in zip(z, [1.0, 1.0, 2.0], strict=True):
            gain = variance / (variance + 1.0 / weight)
            mean = mean + gain * (measurement - mean)
            variance = (1 - gain) * variance
        return mean

    return df.gradient(estimate, [1.0, 2.0, 3.0])


@right(lambda: (2 * 0.6, 2 * 0.8))
def gram_schmidt() -> Any:
    """The part of a vector that is orthogonal to another one."""

    def rest(v: Any) -> Any:
        unit = np.array([0.8, -0.6])
        orthogonal = v - (v @ unit) * unit
        return 2 * np.linalg.norm(orthogonal)

    return df.gradient(rest, [3.0, 4.0])


USES = uses_of(globals())
