"""Points at which accuracy is tested: half of them all over a function's domain, half crowding where kernels break.

Edges are the ends of the domain and of the kernels' intervals, the places where a kernel goes from one formula to
another, and, for the circular functions, multiples of π/2.
"""

import math
import random
from collections.abc import Callable, Iterator
from fractions import Fraction

__all__ = ["DOMAINS", "pairs", "points"]

_GREATEST = math.nextafter(math.inf, 0.0)
_LEAST = 5e-324
#: name → least and greatest point at which the function is finite and has a finite derivative, or one that is tested.
DOMAINS: dict[str, tuple[float, float]] = {
    **dict.fromkeys(("sin", "cos", "tan", "atan", "asinh", "cbrt"), (-_GREATEST, _GREATEST)),
    **dict.fromkeys(("asin", "acos", "atanh"), (math.nextafter(-1.0, 0.0), math.nextafter(1.0, 0.0))),
    **dict.fromkeys(("sinh", "cosh"), (-710.4, 710.4)),
    "tanh": (-370.0, 370.0),
    "acosh": (math.nextafter(1.0, 2.0), _GREATEST),
    "exp": (-745.0, 709.7),
    "exp2": (-1074.0, 1023.9),
    "expm1": (-745.0, 709.7),
    **dict.fromkeys(("log", "log2", "log10", "sqrt"), (_LEAST, _GREATEST)),
    "log1p": (math.nextafter(-1.0, 0.0), _GREATEST),
    **dict.fromkeys(("erf", "erfc"), (-27.2, 27.2)),
}
_EDGES = [0.0, 0.25, 0.35, 0.4375, 0.5, 0.6875, 1.0, math.sqrt(0.5), math.sqrt(2.0), math.log(2.0) / 2.0, 0.4403]
_EDGES += [1.0 / 0.6875, 1.0 / 0.4375, 0.602, 2.0, 22.0, 350.0, 708.0, 1021.0, 1e6, 1e150, 2.0**-1022, 2.0**-537]
#: π/2 to 160 bits: enough digits for the float nearest to a multiple.
_HALF_PI = sum(map(Fraction, (1.5707963267948966, 6.123233995736766e-17, -1.4973849048591833e-33)))


def points(name: str, count: int, seed: int = 0) -> list[float]:
    """*count* points of the function *name*, the same in each run."""
    source = random.Random(f"{name} {seed}")
    low, high = DOMAINS[name]
    draws = [_anywhere(source, low, high), _crowded(source, name, low, high)]
    found: list[float] = []
    while len(found) < count:
        found.append(next(draws[len(found) % 2]))
    return found


def _anywhere(source: random.Random, low: float, high: float) -> Iterator[float]:
    reach = max(abs(low), abs(high))
    ways: list[Callable[[], float]] = [
        lambda: source.uniform(max(low, -4.0), min(high, 4.0)),
        lambda: source.uniform(max(low, -1e3), min(high, 1e3)),
        lambda: math.exp(source.uniform(-20.0, math.log(min(reach, 1e8)))),
        lambda: math.ldexp(source.uniform(1.0, 2.0), source.randint(-1074, 1023)),
    ]
    while True:
        x = source.choice(ways)() * source.choice((1.0, -1.0))
        if low <= x <= high:
            yield x


def _crowded(source: random.Random, name: str, low: float, high: float) -> Iterator[float]:
    edges = [*(edge for edge in _EDGES if low <= edge <= high or low <= -edge <= high), low, high]
    circular = name in ("sin", "cos", "tan")
    while True:
        if circular and source.random() < 0.7:
            turns = source.randint(1, 8) if source.random() < 0.5 else round(2.0 ** source.uniform(0.0, 21.0))
            edge = float(turns * _HALF_PI)
        else:
            edge = source.choice(edges)
        x = (edge + _step(source, edge)) * source.choice((1.0, -1.0))
        if low <= x <= high:
            yield x


def _step(source: random.Random, edge: float) -> float:
    """From a unit of the last place to the size of the edge itself, on either side, or none."""
    steps: int = round(2.0 ** source.uniform(-1.0, 52.0))
    return math.ulp(edge) * steps * source.choice((1.0, -1.0))


def pairs(name: str, count: int, seed: int = 0) -> tuple[list[float], list[float]]:
    """*count* points of a function of two variables: moderate, at the ends of a float's range, next to each other."""
    source = random.Random(f"{name} {seed}")
    draw = _power if name == "pow" else _legs
    found = [draw(source) for _ in range(count)]
    return [x for x, _ in found], [y for _, y in found]


def _power(source: random.Random) -> tuple[float, float]:
    """Bases and exponents whose power is a float; half of them are at the ends of what is one."""
    kind = source.random()
    if kind < 0.2:
        return source.uniform(0.1, 3.0), source.uniform(-5.0, 5.0)
    if kind < 0.3:
        return 1.0 + source.uniform(-1e-3, 1e-3), source.uniform(-5e5, 5e5)
    if kind < 0.5:
        return source.uniform(0.01, 1e3), source.choice([0.5, 1.5, 2.5, -0.5, 1 / 3, 5.0, 7.0, 20.0, -2.0, -3.0])
    base = math.ldexp(source.uniform(1.0, 2.0), source.randint(-1070, 1022))
    size = source.choice([source.uniform(-744.0, 709.0), source.uniform(-744.0, -640.0), source.uniform(660.0, 709.0)])
    exponent = size / (math.log(base) or 1.0)
    if kind < 0.8:
        exponent = float(round(exponent)) or 20.0
        base = math.exp(min(max(size / exponent, -740.0), 709.0))
    return base, exponent


def _legs(source: random.Random) -> tuple[float, float]:
    """Two sizes; half of them are alike, or at the ends of a float's range."""
    kind = source.random()
    signs = source.choice((1.0, -1.0)), source.choice((1.0, -1.0))
    if kind < 0.3:
        x, y = source.uniform(0.0, 5.0), source.uniform(0.0, 5.0)
    elif kind < 0.6:
        x = math.ldexp(source.uniform(1.0, 2.0), source.randint(-1074, 1022))
        y = x * source.uniform(0.1, 2.0)
    else:
        x, y = (math.ldexp(source.uniform(1.0, 2.0), source.randint(-1074, 1022)) for _ in range(2))
    return x * signs[0], y * signs[1]
