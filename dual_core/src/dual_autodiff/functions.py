"""Derivatives of functions: of one variable at one point or at many, of many variables at one point."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from numbers import Real
from typing import TYPE_CHECKING, Any, overload

from dual_autodiff.dual import Dual

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Array = npt.NDArray[np.float64]

__all__ = ["derivative", "gradient", "jacobian", "jvp", "value_and_derivative"]


@overload
def derivative(f: Callable[[Any], Any], x: float | Real, *, threads: int = 1) -> float: ...
@overload
def derivative(f: Callable[[Any], Any], x: npt.ArrayLike, *, threads: int = 1) -> Array: ...
def derivative(f: Callable[[Any], Any], x: Any, *, threads: int = 1) -> Any:
    """``f′(x)``, exact to rounding.

    With a number, *f* is called with a :class:`Dual` and may branch and loop. With an array, *f* is called once with a
    stand-in that records what *f* does, and the record is run over all points block by block in cache, values and
    derivatives together. So *f* must be pointwise: a reduction, indexing or a condition on a value is refused, and
    ``where`` serves for branches. Arrays that *f* uses must broadcast to the shape of *x*.

    >>> import dual_autodiff as df
    >>> df.derivative(lambda x: df.log(df.sin(x)) + x**2 * df.cos(x), 1.5)
    -1.9612372705533612

    :param f: a function of one variable
    :param x: a number, or an array of numbers of any shape
    :param threads: how many threads share the points of an array, 1 or more
    :returns: a float, or a float64 array of *x*'s shape
    :raises NotPointwiseError: *f* does something with an array that is no operation on single points
    :raises TypeError: *x* is neither number nor array of numbers
    :raises ValueError: *threads* is no number of threads
    """
    return _evaluate(f, x, threads, with_value=False)[-1]


@overload
def value_and_derivative(f: Callable[[Any], Any], x: float | Real, *, threads: int = 1) -> tuple[float, float]: ...
@overload
def value_and_derivative(f: Callable[[Any], Any], x: npt.ArrayLike, *, threads: int = 1) -> tuple[Array, Array]: ...
def value_and_derivative(f: Callable[[Any], Any], x: Any, *, threads: int = 1) -> Any:
    """``f(x)`` and ``f′(x)`` in one pass; parameters and errors are those of :func:`derivative`.

    >>> import dual_autodiff as df
    >>> df.value_and_derivative(lambda x: x**3, 2.0)
    (8.0, 12.0)
    """
    return tuple(_evaluate(f, x, threads, with_value=True))


def _evaluate(f: Callable[[Any], Any], x: Any, threads: int, with_value: bool) -> list[Any]:
    if not isinstance(threads, int) or threads < 1:
        raise ValueError(f"threads is no number of threads (an int, 1 or more): {threads!r}")
    if isinstance(x, (float, int, Real)):
        result = f(Dual(float(x), 1.0))
        if not isinstance(result, Dual):
            result = Dual(result)
        return [result.real, result.dual] if with_value else [result.dual]
    if isinstance(x, Dual):
        raise TypeError(f"x is a Dual, whose derivative is another one: use x.real: {x!r}")
    return _at_many_points()(f, x, threads, with_value)


@cache
def _at_many_points() -> Callable[..., list[Any]]:
    """What evaluates arrays; it imports NumPy."""
    from dual_autodiff._pointwise import evaluate

    return evaluate


def gradient(f: Callable[..., Any], *x: Any) -> Any:
    """The partial derivatives of a function whose value is one number.

    Each argument is a number or an array; *f* gets it as a :class:`DualArray` that carries all directions at once, and
    may index it, branch and loop.

    >>> import dual_autodiff as df
    >>> df.gradient(lambda x: x[0] ** 2 * x[1], [3.0, 5.0])
    array([30.,  9.])

    :param f: a function of as many arguments as are given here
    :param x: numbers or arrays of numbers
    :returns: the derivatives by each element of the argument, in its shape; a tuple of them for several arguments
    :raises ValueError: the value of *f* is no single number
    """
    from dual_autodiff._directions import gradient as of_arrays

    return of_arrays(f, x)


def jacobian(f: Callable[[Any], Any], x: Any) -> Any:
    """The derivatives of every element of ``f(x)`` by every element of *x*.

    >>> import dual_autodiff as df
    >>> df.jacobian(lambda x: [x[0] * x[1], x[0] + x[1]], [3.0, 5.0])
    array([[5., 3.],
           [1., 1.]])

    :param f: a function of one array; its value is an array or a sequence of numbers
    :param x: a number or an array of numbers
    :returns: an array of the shape of ``f(x)`` followed by that of *x*
    """
    from dual_autodiff._directions import jacobian as of_arrays

    return of_arrays(f, x)


def jvp(f: Callable[[Any], Any], x: Any, v: Any) -> Any:
    """``f(x)`` and the product of its Jacobian with *v*, in one pass.

    >>> import dual_autodiff as df
    >>> value, product = df.jvp(lambda x: x[0] * x[1], [3.0, 5.0], [1.0, 0.0])
    >>> float(value), float(product)
    (15.0, 5.0)

    :param f: a function of one array
    :param x: a number or an array of numbers
    :param v: a direction of *x*'s shape, or several, stacked along one axis before those of *x*
    :returns: the value, and the product; with several directions their axis comes first
    :raises ValueError: *v* has another shape
    """
    from dual_autodiff._directions import jvp as of_arrays

    return of_arrays(f, x, v)
