"""A dual number never becomes a plain number by itself: every conversion, of every kind of dual number, anywhere."""

from __future__ import annotations

import array
import cmath
import ctypes
import decimal
import math
import operator
import statistics
from collections.abc import Callable, Iterator
from typing import Any

import dual_autodiff as df
import pytest
from refusals import raised_by_us

np = pytest.importorskip("numpy", reason="NumPy is not installed")

Program = Callable[[Any], Any]
#: Everything that is dual.
DUAL = (df.Dual, df.MultiDual, df.NestedDual, df.DualArray)


def written(into: Any, write: Callable[[Any, Any], Any]) -> Program:
    """A conversion that writes the number into an array of floats."""

    def run(x: Any) -> Any:
        target = into.copy()
        write(target, x)
        return target

    return run


def first(x: Any) -> Any:
    """The number itself, or the first one of an array."""
    return x.ravel()[0] if np.ndim(x) else x


#: What asks for a plain number, in Python, in its standard library and in NumPy.
CONVERSIONS: dict[str, Program] = {
    "float": float,
    "int": int,
    "complex": complex,
    "round": round,
    "index": operator.index,
    "range": range,
    "a list's index": lambda x: [0.0, 1.0, 2.0][x],
    "bytes": lambda x: bytes(memoryview(x)),
    "%f": lambda x: "%f" % x,  # noqa: UP031
    "%d": lambda x: "%d" % x,  # noqa: UP031
    "math.sin": math.sin,
    "math.floor": math.floor,
    "math.ceil": math.ceil,
    "math.trunc": math.trunc,
    "math.fsum": lambda x: math.fsum([x, x]),
    "math.isnan": math.isnan,
    "math.dist": lambda x: math.dist([x], [0.0]),
    "math.ldexp": lambda x: math.ldexp(x, 2),
    "math.gcd": lambda x: math.gcd(x, 2),
    "cmath.exp": cmath.exp,
    "statistics.fmean": lambda x: statistics.fmean([first(x), 1.0]),
    "decimal": decimal.Decimal,
    "array.array": lambda x: array.array("d", [x]),
    "ctypes": ctypes.c_double,
    "np.float64": np.float64,
    "np.float32": lambda x: np.float32(first(x)),
    "np.int64": lambda x: np.int64(first(x)),
    "np.complex128": lambda x: np.complex128(first(x)),
    "np.array of floats": lambda x: np.array([x], dtype=float),
    "np.asarray of floats": lambda x: np.asarray(x, dtype=float),
    "np.asarray of complex": lambda x: np.asarray(x, dtype=complex),
    "np.asarray of integers": lambda x: np.asarray(x, dtype=int),
    "np.ascontiguousarray of floats": lambda x: np.ascontiguousarray(x, dtype=float),
    "np.full of floats": lambda x: np.full(2, first(x), dtype=float),
    "np.fromiter": lambda x: np.fromiter([first(x)], float),
    "np.frombuffer": np.frombuffer,
    "np.asarray, then astype": lambda x: np.asarray(x).astype(float),
    "assignment": written(np.zeros(2), lambda a, x: operator.setitem(a, 0, first(x))),
    "slice assignment": written(np.zeros(2), lambda a, x: operator.setitem(a, slice(0, 1), x)),
    "mask assignment": written(np.zeros(2), lambda a, x: operator.setitem(a, a == 0.0, first(x))),
    "fill": written(np.zeros(2), lambda a, x: a.fill(first(x))),
    "in-place sum": written(np.zeros(1), operator.iadd),
    "in-place product": written(np.ones(1), operator.imul),
    "out=": written(np.zeros(1), lambda a, x: np.add(x, 1.0, out=a)),
    "np.copyto": written(np.zeros(1), lambda a, x: np.copyto(a, x)),
    "np.put": written(np.zeros(1), lambda a, x: np.put(a, 0, x)),
    "np.putmask": written(np.zeros(1), lambda a, x: np.putmask(a, a == 0.0, x)),
    "np.fill_diagonal": written(np.zeros((2, 2)), lambda a, x: np.fill_diagonal(a, x)),
    "np.add.at": written(np.zeros(1), lambda a, x: np.add.at(a, [0], x)),
    "np.real": np.real,
    "np.real_if_close": np.real_if_close,
    "np.conj": np.conj,
    "np.nan_to_num": np.nan_to_num,
    "np.abs": np.abs,
    "np.atleast_1d": np.atleast_1d,
    "np.copy": np.copy,
    "np.array": lambda x: np.array([x]),
    "np.asarray": np.asarray,
    "np.arange": lambda x: np.arange(0.0, first(x)),
    "np.linspace": lambda x: np.linspace(0.0, first(x), 3),
    "np.fft.fft": lambda x: np.fft.fft(np.ravel(x)),
    "np.histogram": lambda x: np.histogram(np.ravel(x)),
    "np.linalg.eigvals": lambda x: np.linalg.eigvals(np.reshape(x, (1, 1))),
    "np.random": lambda x: np.random.default_rng(1).normal(first(x), 1.0),
    "np.nextafter": lambda x: np.nextafter(x, 9.0),
    "np.polyfit": lambda x: np.polyfit([0.0, 1.0], [first(x), 1.0], 1),
    "tolist": lambda x: np.asarray(x).tolist(),
    "item": lambda x: np.asarray(x).item(),
}

#: Where dual numbers come from: each calls the function with one, or with an array of one.
KINDS: dict[str, Callable[[Program], Any]] = {
    "Dual": lambda f: f(df.Dual(1.5, 1.0)),
    "DualArray": lambda f: f(df.DualArray([1.5], 1.0)),
    "DualArray without dimensions": lambda f: f(df.DualArray(1.5, 1.0)),
    "in derivative": lambda f: df.derivative(f, 1.5),
    "element in gradient": lambda f: df.gradient(lambda x: f(x[0]), [1.5, 2.0]),
    "array in gradient": lambda f: df.gradient(f, [1.5]),
    "element in jacobian": lambda f: df.jacobian(lambda x: f(x[0]), [1.5, 2.0]),
    "in jvp": lambda f: df.jvp(lambda x: f(x[0]), [1.5, 2.0], [1.0, 0.0]),
    "in derivative in derivative": lambda f: df.derivative(lambda x: df.derivative(f, x), 1.5),
    "in gradient in derivative": lambda f: df.derivative(lambda x: df.gradient(lambda y: f(y[0] * x), [1.5])[0], 1.0),
    "outer one in derivative": lambda f: df.derivative(lambda x: df.derivative(lambda y: f(x), 2.0), 1.5),
}


class Escaped(Exception):
    """The function came back with a result."""

    def __init__(self, result: Any) -> None:
        super().__init__(result)
        self.result = result


def leaves(tree: Any) -> Iterator[Any]:
    """What a result holds."""
    if isinstance(tree, (list, tuple)) or (isinstance(tree, np.ndarray) and tree.dtype == object):
        for branch in tree if isinstance(tree, (list, tuple)) else tree.ravel():
            yield from leaves(branch)
    else:
        yield tree


def is_ours(error: BaseException) -> bool:
    """The error, or the one that a library has wrapped, is ours and says the way out."""
    causes = [error, error.__cause__, error.__context__]
    return any(raised_by_us(cause) and ".value" in str(cause) for cause in causes if cause is not None)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("conversion", CONVERSIONS)
def test_conversion(conversion: str, kind: str) -> None:
    def f(x: Any) -> Any:
        raise Escaped(CONVERSIONS[conversion](x))

    with pytest.raises(Exception) as caught:
        KINDS[kind](f)
    error = caught.value
    if isinstance(error, Escaped):
        assert any(isinstance(leaf, DUAL) for leaf in leaves(error.result)), repr(error.result)
    elif not is_ours(error):
        # Python and libraries that look at types: they never see a number.
        assert isinstance(error, (TypeError, ValueError)), repr(error)
        words = [
            "same_kind",
            "unsupported",
            "not supported",
            "bytes-like",
            "must be",
            "cannot be interpreted",
            "required",
        ]
        assert any(word in str(error) for word in words), repr(error)


def test_a_universal_function_of_the_same_name_from_elsewhere_is_another_one() -> None:
    class Foreign:
        """As another library makes one, which calls a user's function of that name."""

        __name__, nin, nout = "sin", 1, 1

    for x in (df.Dual(1.0, 1.0), df.DualArray([1.0], 1.0)):
        with pytest.raises(TypeError, match="neither NumPy's nor SciPy's"):
            x.__array_ufunc__(Foreign(), "__call__", x)
