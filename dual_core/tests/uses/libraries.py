"""Other libraries that meet dual numbers: SciPy's functions, sparse matrices, pandas, matplotlib."""

from __future__ import annotations

import io
import math
from typing import Any

import dual_autodiff as df
import mpmath
import numpy as np
import pandas
import scipy.linalg
from matplotlib.figure import Figure
from scipy import interpolate, ndimage, signal, sparse, special, stats
from scipy.spatial import distance
from scipy.spatial.transform import Rotation

from uses.record import refused, right, slopes, uses_of

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
def special_logsumexp() -> Any:
    """`gradient(scipy.special.logsumexp, x)`."""
    return df.gradient(special.logsumexp, POINTS)


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


@refused(".value")
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


@refused(".value")
def interp1d() -> Any:
    """`scipy.interpolate.interp1d` at a dual place."""
    return each(interpolate.interp1d([0.0, 1.0, 3.0], [0.0, 1.0, 9.0]))


@refused(".value")
def spline_of_duals() -> Any:
    """`CubicSpline` through dual ordinates."""
    return df.gradient(lambda y: interpolate.CubicSpline([0.0, 1.0, 2.0], y)(0.5), POINTS)


@refused(".value")
def scipy_solve() -> Any:
    """`scipy.linalg.solve` of an array of duals."""
    return df.gradient(lambda b: scipy.linalg.solve(np.eye(3), b)[0], POINTS)


@refused(".value")
def scipy_expm() -> Any:
    """`scipy.linalg.expm`."""
    return df.jacobian(lambda t: scipy.linalg.expm(t[0] * np.eye(2)), [0.3])


@refused(".value")
def convolution() -> Any:
    """`scipy.signal.fftconvolve`."""
    return df.jacobian(lambda x: signal.fftconvolve(x, [1.0, 2.0]), POINTS)


@refused(".value")
def filtered_image() -> Any:
    """`scipy.ndimage.gaussian_filter`."""
    return df.jacobian(lambda x: ndimage.gaussian_filter(x, 1.0), POINTS)


@refused(".value")
def pairwise_distances() -> Any:
    """`scipy.spatial.distance.cdist`."""
    return df.jacobian(lambda x: distance.cdist(x[:, None], np.zeros((1, 1))), POINTS)


@refused(".value")
def rotation_object() -> Any:
    """`scipy.spatial.transform.Rotation.from_rotvec`."""
    return df.jacobian(lambda x: Rotation.from_rotvec(x).as_matrix(), POINTS)


SPARSE = sparse.csr_array(np.array([[1.0, 0.0, 2.0], [0.0, 3.0, 0.0]]))


@refused(".value")
def sparse_product() -> Any:
    """A sparse array times the variable: `S @ x`."""
    return df.jacobian(lambda x: SPARSE @ x, POINTS)


@refused(".value")
def sparse_matrix_product() -> Any:
    """A sparse matrix times the variable: `M * x`."""
    return df.jacobian(lambda x: sparse.csr_matrix(SPARSE) * x, POINTS)


@refused(".value")
def sparse_from_duals() -> Any:
    """A sparse array made of dual numbers."""
    return df.gradient(lambda x: sparse.csr_array(np.diag(x)).sum(), POINTS)


@right([[1.0, 0.0, 2.0], [0.0, 3.0, 0.0]])
def sparse_by_coordinates() -> Any:
    """A sparse product by its coordinates, in NumPy."""
    s = SPARSE.tocoo()

    def product(x: Any) -> Any:
        return [sum(s.data[k] * x[s.col[k]] for k in range(s.nnz) if s.row[k] == i) for i in range(2)]

    return df.jacobian(product, POINTS)


@right((1.0, 2.0, 3.0))
def series_times_array() -> Any:
    """`pandas.Series * x`."""
    return df.gradient(lambda x: (pandas.Series([1.0, 2.0, 3.0]) * x).sum(), POINTS)


@right((1.0, 2.0, 3.0))
def array_times_series() -> Any:
    """`x * pandas.Series`."""
    return df.gradient(lambda x: (x * pandas.Series([1.0, 2.0, 3.0])).sum(), POINTS)


@right(lambda: 2 * np.array(POINTS))
def series_of_duals() -> Any:
    """`pandas.Series` of the elements."""
    return df.gradient(lambda x: (pandas.Series(list(x)) ** 2).sum(), POINTS)


@right(6.0)
def series_times_dual() -> Any:
    """A Series times a Dual."""
    return df.derivative(lambda a: (pandas.Series([1.0, 2.0, 3.0]) * a).sum(), 2.0)


@right((4.0, 2.0))
def frame_column() -> Any:
    """The parameters applied to columns of a DataFrame."""
    table = pandas.DataFrame({"a": [1.0, 3.0], "b": [0.5, 1.5]})
    return df.gradient(lambda p: (p[0] * table["a"] + p[1] * table["b"]).sum(), [1.0, 2.0])


@right((4.0, 2.0))
def frame_values() -> Any:
    """`frame.to_numpy() @ p`."""
    table = pandas.DataFrame({"a": [1.0, 3.0], "b": [0.5, 1.5]})
    return df.gradient(lambda p: (table.to_numpy() @ p).sum(), [1.0, 2.0])


@refused(".value")
def frame_of_floats() -> Any:
    """`pandas.Series(x, dtype=float)`."""
    return df.gradient(lambda x: pandas.Series(list(x), dtype=float).sum(), POINTS)


@right((1.0, 0.0, 2.0))
def series_of_derivatives() -> Any:
    """A Series of derivatives."""
    return pandas.Series(df.gradient(lambda x: x[0] + 2 * x[2], POINTS)).to_numpy()


@right(1)
def plotted_values() -> Any:
    """matplotlib: values and derivatives as two lines."""
    axes = Figure().subplots()
    x = np.linspace(0.0, 1.0, 5)
    a = df.sin(df.DualArray(x, 1.0))
    axes.plot(x, a.value)
    axes.plot(x, a.derivative)
    axes.figure.savefig(io.BytesIO())
    return len(axes.lines) == 2


@refused(".value")
def plotted_duals() -> Any:
    """matplotlib: `plot` of a DualArray."""
    axes = Figure().subplots()
    axes.plot(df.DualArray([1.0, 2.0], 1.0))
    return axes.figure.savefig(io.BytesIO())


@refused(".value")
def plotted_scalars() -> Any:
    """matplotlib: `plot` of a list of Duals."""
    axes = Figure().subplots()
    axes.plot([df.Dual(1.0, 1.0), df.Dual(2.0, 1.0)])
    return axes.figure.savefig(io.BytesIO())


@right(lambda: [1.0, 0.3, 0.09])
def polynomial_object_by_coefficients() -> Any:
    """`numpy.polynomial.Polynomial(c)(t)` by its coefficients."""
    return df.gradient(lambda c: np.polynomial.Polynomial(np.asarray(c))(0.3), [1.0, 2.0, 3.0])


@right(lambda: 2.0 + 6.0 * 0.3)
def polynomial_object_at_dual() -> Any:
    """`numpy.polynomial.Polynomial` at a dual place."""
    return df.derivative(np.polynomial.Polynomial([1.0, 2.0, 3.0]), 0.3)


@right(lambda: 2.0 + 3.0 * 4 * 0.3)
def chebyshev_at_dual() -> Any:
    """`numpy.polynomial.chebyshev.chebval` at a dual place."""
    return df.derivative(lambda x: np.polynomial.chebyshev.chebval(x, [1.0, 2.0, 3.0]), 0.3)


@right(lambda: 2.0 + 6.0 * 0.3)
def poly1d_at_dual() -> Any:
    """`numpy.poly1d` at a dual place."""
    return df.derivative(np.poly1d([3.0, 2.0, 1.0]), 0.3)


@right(lambda: slopes(lambda x: x**3 - 2 * x, POINTS).diagonal())
def jacobian_of_polyval() -> Any:
    """`numpy.polyval` at many dual places."""
    return each(lambda x: np.polyval([1.0, 0.0, -2.0, 0.0], x))


@right(lambda: [math.comb(2, k) * 0.3**k * 0.7 ** (2 - k) for k in range(3)])
def bernstein_polynomials() -> Any:
    """Bernstein's polynomials with `math.comb`."""
    return df.gradient(
        lambda c: sum(c[k] * math.comb(2, k) * 0.3**k * 0.7 ** (2 - k) for k in range(3)), [1.0, 2.0, 3.0]
    )


@refused(".value")
def polynomial_roots() -> Any:
    """`numpy.roots`."""
    return df.jacobian(lambda c: np.roots([1.0, c[0], c[1]]), [0.0, -1.0])


USES = uses_of(globals())
