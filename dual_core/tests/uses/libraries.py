"""Other libraries that get dual numbers: sparse matrices, pandas, matplotlib, polynomials."""

from __future__ import annotations

import io
import math
from typing import Any

import dual_autodiff as df
import numpy as np
import pandas
from matplotlib.figure import Figure
from scipy import sparse

from uses.record import refused, right, slopes, uses_of

POINTS = [0.3, 1.2, 2.5]


def each(f: Any) -> Any:
    """The derivative of f at each point, by one call with an array inside ``jacobian``."""
    return np.diag(df.jacobian(f, POINTS))


SPARSE = sparse.csr_array(np.array([[1.0, 0.0, 2.0], [0.0, 3.0, 0.0]]))


@refused("use S.toarray()")
def sparse_product() -> Any:
    """A sparse array times the variable: `S @ x`."""
    return df.jacobian(lambda x: SPARSE @ x, POINTS)


@refused("use S.toarray()")
def sparse_matrix_product() -> Any:
    """A sparse matrix times the variable: `M * x`."""
    return df.jacobian(lambda x: sparse.csr_matrix(SPARSE) * x, POINTS)


@refused("use S.toarray()")
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
    figure = Figure()
    axes = figure.subplots()
    x = np.linspace(0.0, 1.0, 5)
    a = df.sin(df.DualArray(x, 1.0))
    axes.plot(x, a.value)
    axes.plot(x, a.derivative)
    figure.savefig(io.BytesIO())
    return len(axes.lines) == 2


@refused(".value")
def plotted_duals() -> Any:
    """matplotlib: `plot` of a DualArray."""
    figure = Figure()
    axes = figure.subplots()
    x: Any = df.DualArray([1.0, 2.0], 1.0)
    axes.plot(x)
    return figure.savefig(io.BytesIO())


@refused(".value")
def plotted_scalars() -> Any:
    """matplotlib: `plot` of a list of Duals."""
    figure = Figure()
    axes = figure.subplots()
    axes.plot([df.Dual(1.0, 1.0), df.Dual(2.0, 1.0)])  # type: ignore[arg-type]
    return figure.savefig(io.BytesIO())


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
