"""SciPy's functions: special functions, statistics, interpolation, linear algebra, signals."""

from __future__ import annotations

import math
import warnings
from typing import Any

import dual_autodiff as df
import mpmath  # type: ignore[import-untyped]  # it comes without types
import numpy as np
import scipy.linalg
from dual_autodiff.special import logsumexp
from scipy import interpolate, ndimage, signal, special, stats
from scipy.spatial import distance
from scipy.spatial.transform import Rotation

from uses.record import refused, right, uses_of

POINTS = [0.3, 1.2, 2.5]


def by_mpmath(f: Any) -> Any:
    """The derivatives of mpmath's function at the points."""
    return lambda: [float(mpmath.diff(f, x)) for x in POINTS]


def each(f: Any) -> Any:
    """The derivative of f at each point, by one call with an array inside ``jacobian``."""
    return np.diag(df.jacobian(f, POINTS))


@right(by_mpmath(mpmath.erf))
def special_erf() -> Any:
    """`scipy.special.erf(x)`."""
    return each(special.erf)


@right(by_mpmath(mpmath.erfc))
def special_erfc() -> Any:
    """`scipy.special.erfc(x)`."""
    return each(special.erfc)


@right(by_mpmath(lambda x: 1 / (1 + mpmath.exp(-x))))
def special_expit() -> Any:
    """`scipy.special.expit(x)`."""
    return each(special.expit)


@right(by_mpmath(mpmath.loggamma))
def special_gammaln() -> Any:
    """`scipy.special.gammaln(x)`."""
    return each(special.gammaln)


@right(by_mpmath(mpmath.digamma))
def special_digamma() -> Any:
    """`scipy.special.digamma(x)`."""
    return each(special.digamma)


@right(by_mpmath(mpmath.ncdf))
def special_ndtr() -> Any:
    """`scipy.special.ndtr(x)`."""
    return each(special.ndtr)


@right(lambda: float(mpmath.diff(mpmath.loggamma, 3.7)))
def gammaln_of_scalar() -> Any:
    """`scipy.special.gammaln` of a Dual."""
    return df.derivative(special.gammaln, 3.7)


@right(lambda: float(mpmath.diff(mpmath.erf, 0.4, 2)))
def erf_twice() -> Any:
    """The second derivative of `scipy.special.erf`."""
    return df.derivative(special.erf, 0.4, order=2)


@right(lambda: special.softmax(POINTS))
def own_logsumexp() -> Any:
    """`dual_autodiff.special.logsumexp(x)`."""
    return df.gradient(logsumexp, POINTS)


@refused("use dual_autodiff.special.logsumexp")
def special_logsumexp() -> Any:
    """`gradient(scipy.special.logsumexp, x)`."""
    return df.gradient(special.logsumexp, POINTS)


@refused("use dual_autodiff.special.logsumexp")
def special_logsumexp_by_hand() -> Any:
    """`scipy.special.logsumexp` of a DualArray outside of a derivative."""
    return special.logsumexp(df.DualArray(POINTS, 1.0))


@right(lambda: [0.7 * 0.4 - 1.3 * 2.1, 0.7 + 0.4 - 1.3 - 2.1])
def determinant_of_numbers_by_hand() -> Any:
    """`numpy.linalg.det(numpy.stack(numbers).reshape(2, 2))` of Duals in a list, outside of a derivative."""
    numbers: list[Any] = [df.Dual(a, 1.0) for a in (0.7, 1.3, 2.1, 0.4)]
    found: Any = np.linalg.det(np.stack(numbers).reshape(2, 2))
    return [found.value, found.derivative]


@refused(".value")
def bessel_function() -> Any:
    """`scipy.special.jv(2, x)`."""
    return each(lambda x: special.jv(2, x))


@refused(".value")
def lambert_w() -> Any:
    """`scipy.special.lambertw(x)`."""
    return each(special.lambertw)


@right(lambda: [-0.3 * stats.norm.pdf(0.3)])
def normal_density_by_hand() -> Any:
    """A normal density, written out."""
    return [df.derivative(lambda x: np.exp(-(x**2) / 2) / math.sqrt(2 * math.pi), 0.3)]


@refused("write it with functions of NumPy")
def stats_norm_pdf() -> Any:
    """`scipy.stats.norm.pdf(x)`."""
    return df.jacobian(stats.norm.pdf, POINTS)


@refused(".value")
def stats_norm_logpdf() -> Any:
    """`scipy.stats.norm.logpdf(x, mean, deviation)`."""
    return df.gradient(lambda p: stats.norm.logpdf(0.3, p[0], p[1]), [0.0, 1.0])


@refused(".value")
def cubic_spline() -> Any:
    """`scipy.interpolate.CubicSpline` at a dual place."""
    spline = interpolate.CubicSpline([0.0, 1.0, 2.0, 3.0], [0.0, 1.0, 4.0, 9.0])
    return each(spline)


@refused("write it with functions of NumPy")
def interp1d() -> Any:
    """`scipy.interpolate.interp1d` at a dual place."""
    return each(interpolate.interp1d([0.0, 1.0, 3.0], [0.0, 1.0, 9.0]))


@refused(".value")
def spline_of_duals() -> Any:
    """`CubicSpline` through dual ordinates."""
    return df.gradient(lambda y: interpolate.CubicSpline([0.0, 1.0, 2.0], y)(0.5), POINTS)


@refused("use numpy.linalg.solve of one array")
def scipy_solve() -> Any:
    """`scipy.linalg.solve` of an array of duals."""
    return df.gradient(lambda b: scipy.linalg.solve(np.eye(3), b)[0], POINTS)


@refused(".value")
def scipy_expm() -> Any:
    """`scipy.linalg.expm`."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # SciPy 1.18 warns of objects before it asks for floats
        return df.jacobian(lambda t: scipy.linalg.expm(t[0] * np.eye(2)), [0.3])


@refused(".value")
def convolution() -> Any:
    """`scipy.signal.fftconvolve`."""
    return df.jacobian(lambda x: signal.fftconvolve(x, [1.0, 2.0]), POINTS)


@refused("give it a rule with dual_autodiff.primitive")
def filtered_image() -> Any:
    """`scipy.ndimage.gaussian_filter`."""
    return df.jacobian(lambda x: ndimage.gaussian_filter(x, 1.0), POINTS)


@refused("write it with functions of NumPy")
def pairwise_distances() -> Any:
    """`scipy.spatial.distance.cdist`."""
    return df.jacobian(lambda x: distance.cdist(x[:, None], np.zeros((1, 1))), POINTS)


@refused(".value")
def rotation_object() -> Any:
    """`scipy.spatial.transform.Rotation.from_rotvec`."""
    return df.jacobian(lambda x: Rotation.from_rotvec(x).as_matrix(), POINTS)


USES = uses_of(globals())
