"""NumPy by name: each expression of an array or a matrix, differentiated."""

from __future__ import annotations

from typing import Any

import dual_autodiff as df
import numpy as np

from uses.record import expressions, refused, uses_of

VECTOR = [0.7, -1.2, 2.3, 0.4]
POSITIVE = [0.7, 1.2, 2.3, 0.4]
MATRIX = [[2.0, 0.5, -0.3], [0.1, 3.0, 0.7], [0.4, -0.6, 4.0]]
WIDE = [[0.7, -1.2, 2.3], [0.4, 1.9, -0.8]]

NAMES = {"np": np, "A": np.array([[1.0, 2.0, 0.5, -1.0], [0.3, -0.4, 1.1, 2.0]]), "v": np.array([1.0, -2.0, 0.5, 3.0])}
NAMES["B"] = np.arange(24.0).reshape(2, 3, 4) / 10 - 1.0

#: Expressions with one value.
SCALARS: dict[str, Any] = {
    "np.sum(x)": VECTOR,
    "np.mean(x)": VECTOR,
    "np.prod(x)": VECTOR,
    "np.var(x)": VECTOR,
    "np.std(x, ddof=1)": VECTOR,
    "np.max(x)": VECTOR,
    "np.min(x)": VECTOR,
    "np.ptp(x)": VECTOR,
    "np.median(x)": VECTOR,
    "np.average(x, weights=np.abs(v))": VECTOR,
    "np.dot(x, v)": VECTOR,
    "np.vdot(x, v)": VECTOR,
    "np.inner(x, x)": VECTOR,
    "v @ x": VECTOR,
    "np.linalg.norm(x)": VECTOR,
    "np.linalg.norm(x, 1)": VECTOR,
    "np.linalg.norm(x, np.inf)": VECTOR,
    "np.linalg.norm(x)**2": WIDE,
    "np.linalg.det(x)": MATRIX,
    "np.linalg.slogdet(x)[1]": MATRIX,
    "np.trace(x)": MATRIX,
    "np.trapezoid(x, dx=0.1) if hasattr(np, 'trapezoid') else np.trapz(x, dx=0.1)": VECTOR,
    "np.einsum('i,i->', x, v)": VECTOR,
    "np.einsum('ij,ij', x, x)": WIDE,
    "np.nansum(x)": VECTOR,
    "np.sum(np.where(x > 0.0, x**2, -x))": VECTOR,
    "np.sum(x, where=np.array([True, False, True, True]))": VECTOR,
    "np.add.reduce(x)": VECTOR,
    "np.multiply.reduce(x)": VECTOR,
    "np.maximum.reduce(x)": VECTOR,
    "np.polyval(x, 0.5)": VECTOR,
    "np.interp(0.3, [0.0, 0.5, 1.0, 2.0], x)": VECTOR,
    "np.sum(np.diff(x)**2)": VECTOR,
    "np.log(np.sum(np.exp(x)))": VECTOR,
    "np.logaddexp(x[0], x[1])": VECTOR,
    "np.linalg.matrix_power(x, 3)[0, 1]": MATRIX,
}

#: Expressions with several values.
ARRAYS: dict[str, Any] = {
    "np.cumsum(x)": VECTOR,
    "np.cumprod(x)": VECTOR,
    "np.sum(x, axis=1)": WIDE,
    "np.mean(x, axis=0, keepdims=True)": WIDE,
    "np.max(x, axis=0)": WIDE,
    "np.min(x, axis=1, keepdims=True)": WIDE,
    "np.prod(x, axis=1)": WIDE,
    "np.var(x, axis=0)": WIDE,
    "np.clip(x, -1.0, 1.0)": VECTOR,
    "np.flip(x)": VECTOR,
    "x[::-1]": VECTOR,
    "np.roll(x, 1)": VECTOR,
    "np.outer(x, v)": VECTOR,
    "np.kron(x, np.ones(2))": VECTOR,
    "np.cross(x[:3], v[:3])": VECTOR,
    "np.einsum('ij,j->i', A, x)": VECTOR,
    "np.einsum('i,j->ij', x, x)": VECTOR,
    "np.tensordot(A, x, 1)": VECTOR,
    "A @ x": VECTOR,
    "x @ A.T": VECTOR,
    "B @ x": VECTOR,
    "np.matmul(B, x[:, None])": VECTOR,
    "np.vstack([x, 2.0 * x])": VECTOR,
    "np.hstack([x, v])": VECTOR,
    "np.dstack([x, x**2])": VECTOR,
    "np.column_stack([x, v])": VECTOR,
    "np.concatenate([x, v, x])": VECTOR,
    "np.tile(x, 2)": VECTOR,
    "np.repeat(x, 2)": VECTOR,
    "np.split(x, 2)[1]": VECTOR,
    "np.pad(x, 1)": VECTOR,
    "np.squeeze(x[None, :])": VECTOR,
    "np.expand_dims(x, 1)": VECTOR,
    "x[:, np.newaxis] * v": VECTOR,
    "np.swapaxes(x, 0, 1)": WIDE,
    "np.moveaxis(x, 0, 1)": WIDE,
    "np.transpose(x)": WIDE,
    "np.ravel(x)": WIDE,
    "np.reshape(x, (3, 2))": WIDE,
    "np.broadcast_to(x, (2, 4))": VECTOR,
    "np.atleast_2d(x)": VECTOR,
    "np.diag(x)": VECTOR,
    "np.diag(x)**2": MATRIX,
    "np.diagonal(x)": MATRIX,
    "np.tril(x)": MATRIX,
    "np.triu(x, 1)": MATRIX,
    "np.linalg.solve(x, np.array([1.0, 2.0, 3.0]))": MATRIX,
    "np.linalg.inv(x)": MATRIX,
    "np.linalg.norm(x, axis=1)": WIDE,
    "np.select([x > 1.0, x > 0.0], [x, x**2], -x)": VECTOR,
    "np.piecewise(x, [x < 0.0, x >= 0.0], [lambda t: -t, lambda t: t**2])": VECTOR,
    "np.where(x > 0.0, x, 0.0)": VECTOR,
    "np.maximum(x, 0.0)": VECTOR,
    "np.fmin(x, v)": VECTOR,
    "np.sign(x) * x": VECTOR,
    "np.floor(x) + x": VECTOR,
    "np.mod(x, 0.9)": VECTOR,
    "np.heaviside(x, 0.5) * x": VECTOR,
    "np.copysign(x, v)": VECTOR,
    "np.rint(x) * x": VECTOR,
    "np.sort(x)": VECTOR,
    "np.take(x, [0, 0, 3])": VECTOR,
    "x[[2, 0]]": VECTOR,
    "x[x > 0.0]": VECTOR,
    "np.delete(x, 1)": VECTOR,
    "np.insert(x, 1, 5.0)": VECTOR,
    "np.diff(x, n=2)": VECTOR,
    "np.gradient(x)": VECTOR,
    "np.convolve(x, [1.0, -2.0, 1.0])": VECTOR,
    "np.interp(x, [-2.0, 0.0, 3.0], [1.0, 0.5, 2.0])": VECTOR,
    "np.linspace(x[0], x[1], 4)": VECTOR,
    "np.meshgrid(x, v)[0]": VECTOR,
    "np.ones_like(x) * x + np.zeros_like(x)": VECTOR,
    "np.arctan2(x, v)": VECTOR,
    "np.hypot(x, v)": VECTOR,
    "np.power(x, 2.5)": POSITIVE,
    "np.power(2.0, x)": VECTOR,
    "np.float_power(x, 3)": POSITIVE,
    "np.square(x)": VECTOR,
    "np.reciprocal(x)": VECTOR,
    "np.arcsin(x / 3)": VECTOR,
    "np.arccosh(x + 2)": POSITIVE,
    "np.deg2rad(x)": VECTOR,
    "np.degrees(x)": VECTOR,
    "np.sinc(x)": VECTOR,
    "np.log1p(np.expm1(x))": POSITIVE,
    "np.log2(x) + np.log10(x)": POSITIVE,
    "np.exp2(x)": VECTOR,
    "np.cbrt(x)": POSITIVE,
    "np.real(x)": VECTOR,
    "np.imag(x)": VECTOR,
    "np.conj(x)": VECTOR,
    "np.nan_to_num(x)": VECTOR,
    "np.apply_along_axis(np.sum, 1, x)": WIDE,
}

USES = [*expressions(df.gradient, SCALARS, NAMES), *expressions(df.jacobian, ARRAYS, NAMES)]


@refused(".value")
def fourier_transform() -> Any:
    """`np.fft.fft(x)`."""
    return df.jacobian(lambda x: np.abs(np.fft.fft(x)), VECTOR)


@refused(".value")
def complex_type() -> Any:
    """`x.astype(complex)`."""
    return df.jacobian(lambda x: np.abs(x.astype(complex)), VECTOR)


@refused(".value")
def singular_values() -> Any:
    """`np.linalg.svd(x)`."""
    return df.jacobian(lambda x: np.linalg.svd(x)[1], WIDE)


@refused(".value")
def eigenvalues() -> Any:
    """`np.linalg.eigvalsh(x)`."""
    return df.jacobian(lambda x: np.linalg.eigvalsh(x), MATRIX)


@refused(".value")
def histogram() -> Any:
    """`np.histogram(x)`."""
    return df.jacobian(lambda x: np.histogram(x)[0], VECTOR)


@refused(".value")
def least_squares_line() -> Any:
    """`np.polyfit(t, x, 1)`."""
    return df.jacobian(lambda x: np.polyfit([0.0, 1.0, 2.0, 3.0], x, 1), VECTOR)


@refused(".value")
def percentile() -> Any:
    """`np.percentile(x, 30)`."""
    return df.gradient(lambda x: np.percentile(x, 30), VECTOR)


@refused(".value")
def correlation() -> Any:
    """`np.corrcoef(x, v)`."""
    return df.jacobian(lambda x: np.corrcoef(x, np.arange(4.0))[0], VECTOR)


@refused(".value")
def saved_to_file() -> Any:
    """`np.save` of dual numbers."""
    import io

    return df.gradient(lambda x: np.save(io.BytesIO(), x), VECTOR)


@refused(".value")
def bits_of_number() -> Any:
    """`np.frexp(x)`."""
    return df.jacobian(lambda x: np.frexp(x)[0], VECTOR)


@refused(".value")
def next_float() -> Any:
    """`np.nextafter(x, 9.0)`."""
    return df.jacobian(lambda x: np.nextafter(x, 9.0), VECTOR)


USES += uses_of(globals())
