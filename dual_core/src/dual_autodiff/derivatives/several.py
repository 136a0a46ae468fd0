"""Derivatives of functions of many variables, by all directions at once or chunk by chunk."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from numbers import Real
from typing import TYPE_CHECKING, Any, overload

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Array = npt.NDArray[np.float64]

__all__ = ["gradient", "hessian", "hvp", "jacobian", "jvp", "value_and_gradient"]

Argnums = int | tuple[int, ...] | None


@overload
def gradient(f: Callable[..., Any], x: float | Real, /, *, argnums: None = None) -> float: ...
@overload
def gradient(f: Callable[..., Any], x: npt.ArrayLike, /, *, argnums: None = None) -> Array: ...
@overload
def gradient(f: Callable[..., Any], *x: Any, argnums: Argnums = None) -> Any: ...
def gradient(f: Callable[..., Any], *x: Any, argnums: Argnums = None) -> Any:
    """The partial derivatives of a function whose value is one number.

    *f* is called with as many arguments as are given here: a number becomes a :class:`MultiDual`, an array a
    :class:`DualArray` whose elements are MultiDuals. Each carries up to 32 partial derivatives; with more variables *f*
    is called again for the next ones, so *f* must return the same each time. It may index, branch and loop, and build
    arrays with ``numpy.array([...])`` and the like.

    >>> import dual_autodiff as df
    >>> df.gradient(lambda x: x[0] ** 2 * x[1], [3.0, 5.0])
    array([30.,  9.])
    >>> df.gradient(lambda x, a: a * x[0] * x[1], [3.0, 5.0], 2.0, argnums=0)
    array([10.,  6.])

    :param f: a function of as many arguments as are given here
    :param x: numbers or arrays of numbers; those that *argnums* leaves out may be anything
    :param argnums: the argument to differentiate by, or a tuple of several; None for all
    :returns: the derivatives by each element of the argument, in its shape, a float for a number; a tuple of them for
        several arguments
    :raises TypeError: *f* returns several values or none, or an argument to differentiate by is no array of numbers
    :raises ValueError: *argnums* names no argument
    """
    return _directions().value_and_gradient(f, x, argnums)[1]


def value_and_gradient(f: Callable[..., Any], *x: Any, argnums: Argnums = None) -> tuple[Any, Any]:
    """``f(x)`` and its :func:`gradient`, together: what ``scipy.optimize.minimize(…, jac=True)`` asks for.

    >>> import dual_autodiff as df
    >>> value, slopes = df.value_and_gradient(lambda x: x[0] ** 2 * x[1], [3.0, 5.0])
    >>> value, slopes.tolist()
    (45.0, [30.0, 9.0])

    Parameters and errors are those of :func:`gradient`; the value is a float.
    """
    value, slopes = _directions().value_and_gradient(f, x, argnums)
    return value, slopes


def jacobian(f: Callable[..., Any], *x: Any, argnums: Argnums = None) -> Any:
    """The derivatives of every element of ``f(x)`` by every element of *x*.

    >>> import dual_autodiff as df
    >>> df.jacobian(lambda x: [x[0] * x[1], x[0] + x[1]], [3.0, 5.0])
    array([[5., 3.],
           [1., 1.]])

    :param f: a function as for :func:`gradient`; its value is a number, an array or a sequence of numbers
    :param x: numbers or arrays of numbers; those that *argnums* leaves out may be anything
    :param argnums: the argument to differentiate by, or a tuple of several; None for all
    :returns: an array of the shape of ``f(x)`` followed by that of *x*; a tuple of them for several arguments
    :raises TypeError: the value is no array of numbers
    """
    return _directions().jacobian(f, x, argnums)


def jvp(f: Callable[..., Any], x: Any, v: Any, *args: Any) -> tuple[Any, Any]:
    """``f(x)`` and the product of its Jacobian with *v*, in one pass.

    >>> import dual_autodiff as df
    >>> value, product = df.jvp(lambda x: x[0] * x[1], [3.0, 5.0], [1.0, 0.0])
    >>> float(value), float(product)
    (15.0, 5.0)

    In several arguments at once, the product is the sum of those by each argument.

    :param f: a function of one array, and of *args*
    :param x: a number or an array of numbers
    :param v: a direction of *x*'s shape, or several, stacked along one axis before those of *x*
    :param args: what *f* is called with besides: constants
    :returns: the value, and the product; with several directions their axis comes first
    :raises ValueError: *v* has another shape
    """
    value, product = _directions().jvp(f, x, v, args)
    return value, product


@overload
def hessian(f: Callable[..., Any], x: float | Real, /, *, argnums: int = 0) -> float: ...
@overload
def hessian(f: Callable[..., Any], x: npt.ArrayLike, /, *, argnums: int = 0) -> Array: ...
@overload
def hessian(f: Callable[..., Any], *x: Any, argnums: int = 0) -> Any: ...
def hessian(f: Callable[..., Any], *x: Any, argnums: int = 0) -> Any:
    """The second derivatives of a function whose value is one number.

    >>> import dual_autodiff as df
    >>> df.hessian(lambda x: x[0] ** 2 * x[1], [3.0, 5.0])
    array([[10.,  6.],
           [ 6.,  0.]])

    :param f: a function as for :func:`gradient`
    :param x: numbers or arrays of numbers
    :param argnums: the argument to differentiate by
    :returns: an array of the argument's shape twice; a float for a number
    """
    return _directions().hessian(f, x, argnums)


def hvp(f: Callable[..., Any], x: Any, v: Any, *args: Any) -> Any:
    """The product of the :func:`hessian` of *f* with the vector *v*, without the hessian itself.

    >>> import dual_autodiff as df
    >>> df.hvp(lambda x: x[0] ** 2 * x[1], [3.0, 5.0], [1.0, 0.0])
    array([10.,  6.])

    :param f: a function of one array, and of *args*, whose value is one number
    :param x: an array of numbers
    :param v: a vector of *x*'s shape
    :param args: what *f* is called with besides: constants
    :returns: an array of *x*'s shape
    :raises ValueError: *v* has another shape
    """
    return _directions().hvp(f, x, v, args)


@cache
def _directions() -> Any:
    """What evaluates them; it imports NumPy."""
    from dual_autodiff.derivatives import directions

    return directions
