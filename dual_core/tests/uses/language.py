"""Python's own constructs and built-in functions."""

from __future__ import annotations

import bisect
import functools
import heapq
import itertools
import math
import operator
from collections import Counter
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import dual_autodiff as df

from uses.record import right, uses_of


@right(lambda: 12 * 1.5**3 - 2)
def polynomial() -> Any:
    """A polynomial."""
    return df.derivative(lambda x: 3 * x**4 - 2 * x + 7, 1.5)


@right(lambda: 7 * 1.1**6)
def loop() -> Any:
    """A `for` loop that multiplies."""

    def f(x: Any) -> Any:
        product = 1.0
        for _ in range(7):
            product *= x
        return product

    return df.derivative(f, 1.1)


@right(lambda: 0.5 / math.sqrt(2.0))
def heron() -> Any:
    """A `while` loop that ends by a comparison: Heron's square root."""

    def root(a: Any) -> Any:
        x = a
        while abs(x * x - a) > 1e-14:
            x = (x + a / x) / 2
        return (x + a / x) / 2

    return df.derivative(root, 2.0)


@right((6.0, -1.0))
def branch() -> Any:
    """`if` and `else` on a value."""

    def f(x: Any) -> Any:
        return x * x if x > 0 else -x

    return df.derivative(f, 3.0), df.derivative(f, -3.0)


@right(lambda: 10 * 1.01**9)
def recursion() -> Any:
    """Recursion: a power by squaring."""

    def power(x: Any, n: int) -> Any:
        if n == 0:
            return 1
        half = power(x, n // 2)
        return half * half * (x if n % 2 else 1)

    return df.derivative(lambda x: power(x, 10), 1.01)


@right((24.0, 12.0, 8.0, 6.0))
def reduce_product() -> Any:
    """`functools.reduce` of products."""
    return df.gradient(lambda x: functools.reduce(operator.mul, x), [1.0, 2.0, 3.0, 4.0])


@right((24.0, 12.0, 8.0, 6.0))
def math_prod() -> Any:
    """`math.prod` of the elements."""
    return df.gradient(lambda x: math.prod(x), [1.0, 2.0, 3.0, 4.0])


@right((2.0, 4.0, 6.0))
def sum_of_generator() -> Any:
    """`sum` of a generator."""
    return df.gradient(lambda x: sum(t * t for t in x), [1.0, 2.0, 3.0])


@right((0.0, 1.0))
def max_of_two() -> Any:
    """`max(x[0], x[1])`."""
    return df.gradient(lambda x: max(x[0], x[1]), [1.0, 2.0])


@right((0.0, 1.0, 0.0))
def min_of_list() -> Any:
    """`min` of a list with a key."""
    return df.gradient(lambda x: min(list(x), key=abs), [-3.0, 2.0, 5.0])


@right((3.0, 1.0, 2.0))
def sort() -> Any:
    """`sorted`: each element keeps its derivative."""
    return df.gradient(lambda x: sum((i + 1) * t for i, t in enumerate(sorted(x))), [9.0, -1.0, 4.0])


@right((-1.0, 1.0))
def absolute() -> Any:
    """`abs` on both sides of 0."""
    return df.derivative(abs, -2.0), df.derivative(abs, 2.0)


@right(lambda: ((0.1, 0.4, 0.6), (1.0, 3.0, 6.0)))
def accumulate() -> Any:
    """`itertools.accumulate`: running sums."""
    jacobian = df.jacobian(lambda x: list(itertools.accumulate(x)), [0.1, 0.3, 0.2])
    return (0.1, 0.4, 0.6), jacobian @ [1.0, 2.0, 3.0]


@right((5.0, 4.0, -9.0))
def pairwise() -> Any:
    """`zip` and pairs: twice an area, by the shoelace formula."""

    def area(x: Any) -> Any:
        corners = [(x[0], 0.0), (x[1], 9.0), (x[2], 4.0)]
        following = [*corners[1:], corners[0]]
        return sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(corners, following, strict=True))

    return df.gradient(area, [0.0, 4.0, 6.0])


@right(lambda: 2 * 1.5 * math.exp(1.5**2))
def composition() -> Any:
    """Functions composed of functions, with `functools.partial`."""

    def power(x: Any, n: Any) -> Any:
        return x**n

    square = functools.partial(power, n=2)
    return df.derivative(lambda x: df.exp(square(x)), 1.5)


@right(lambda: (2 * 2.0, 2.0**2))
def several_arguments() -> Any:
    """A function of two numbers."""
    return df.gradient(lambda x, y: x * x * y, 2.0, 1.0)


@dataclass(frozen=True)
class Spring:
    """A spring with any kind of numbers."""

    stiffness: Any
    length: Any

    def energy(self, x: Any) -> Any:
        return self.stiffness * (x - self.length) ** 2 / 2


@right(lambda: (0.5 * 0.25, -3.0 * 0.5))
def fields_of_dataclass() -> Any:
    """A dataclass that holds what is differentiated."""
    stiffness = df.derivative(lambda k: Spring(k, 1.0).energy(1.5), 3.0)
    length = df.derivative(lambda a: replace(Spring(3.0, 0.0), length=a).energy(1.5), 1.0)
    return stiffness, length


class Point(NamedTuple):
    """A point in the plane."""

    x: Any
    y: Any


@right((0.6, 0.8))
def named_tuple() -> Any:
    """A named tuple of the variables."""

    def distance(p: Point) -> Any:
        return df.sqrt(p.x**2 + p.y**2)

    return df.gradient(lambda v: distance(Point(*v)), [3.0, 4.0])


@right(lambda: (math.exp(-2.0), -0.5 * math.exp(-2.0)))
def dictionary_of_parameters() -> Any:
    """Parameters in a dictionary."""

    def model(p: dict[str, Any]) -> Any:
        return p["scale"] * df.exp(-p["rate"])

    return df.gradient(lambda v: model(dict(zip(["scale", "rate"], v, strict=True))), [0.5, 2.0])


@right((3.0, 2.0))
def star_unpacking() -> Any:
    """`first, *rest = x`."""

    def f(x: Any) -> Any:
        first, *rest = x
        return first * sum(rest)

    return df.gradient(f, [2.0, 3.0])


@right(2.0)
def structural_match() -> Any:
    """`match` on a value."""

    def f(x: Any) -> Any:
        match x:
            case t if t < 0:
                return -t
            case t:
                return 2 * t

    return df.derivative(f, 1.0)


@right((0.0, 0.0, 1.0))
def heap() -> Any:
    """`heapq.nlargest`."""
    return df.gradient(lambda x: heapq.nlargest(1, list(x))[0], [1.0, 2.0, 3.0])


@right(2.0)
def bisect_in_table() -> Any:
    """`bisect` finds the interval, the slope of the piece is differentiated."""
    knots, slopes = [0.0, 1.0, 2.0], [1.0, 2.0, 5.0]
    return df.derivative(lambda x: slopes[bisect.bisect(knots, x) - 1] * x, 1.5)


@right(2)
def hash_of_equal_duals() -> Any:
    """Duals as keys: both parts count."""
    return len({df.Dual(1.0, 0.0), df.Dual(1.0, 1.0), df.Dual(1.0)})


@right(1)
def counted_duals() -> Any:
    """`collections.Counter` of Duals."""
    return Counter([df.Dual(2.0, 1.0)])[df.Dual(2.0, 1.0)]


@right(lambda: 3 * 4.0)
def cached_function() -> Any:
    """`functools.lru_cache`: the cache tells derivatives apart."""

    @functools.lru_cache
    def cube(x: Any) -> Any:
        return x * x * x

    cube(2.0)
    return df.derivative(cube, 2.0)


@right(lambda: sum(1 / k * 0.5 ** (k - 1) * k for k in range(1, 40)))
def generator_with_state() -> Any:
    """A generator that keeps a running power: a series."""

    def terms(x: Any) -> Any:
        power = x
        for k in itertools.count(1):
            yield power / k
            power = power * x

    return df.derivative(lambda x: sum(itertools.islice(terms(x), 39)), 0.5)


@right(lambda: (2.5, 1.0))
def parts_by_name() -> Any:
    """`value` and `derivative` of a Dual."""
    x = df.Dual(2.5, 1.0)
    return x.value, x.derivative


USES = uses_of(globals())
