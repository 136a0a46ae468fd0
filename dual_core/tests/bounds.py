"""The accuracy that is promised, in units of the last place, and where: what the README's tables say."""

import os
from typing import NamedTuple

__all__ = ["ARRAYS", "ARRAYS_OF_TWO", "COUNT", "LIBRARY", "Bound"]

#: Points for each function; a night's run has a million.
COUNT = int(os.environ.get("DUAL_AUTODIFF_POINTS", "40000"))


class Bound(NamedTuple):
    """The largest error of the value and of each derivative, for arguments of at least *low* and at most *high*."""

    value: float
    slopes: tuple[float, ...]
    low: float = float("-inf")
    high: float = float("inf")


def _symmetric(value: float, slope: float, limit: float) -> Bound:
    return Bound(value, (slope,), -limit, limit)


_NORMAL = 2.0**-1022
#: Scalars, and arrays outside the intervals below: the C library's values; derivatives are a few operations more.
LIBRARY = Bound(4.0, (5.0, 5.0))
#: The kernels of arrays.
ARRAYS: dict[str, Bound] = {
    "exp": _symmetric(1.1, 1.1, 708.0),
    "exp2": _symmetric(1.0, 2.1, 1021.0),
    "expm1": _symmetric(1.5, 1.1, 708.0),
    "log": Bound(0.8, (0.6,), _NORMAL),
    "log2": Bound(0.8, (1.1,), _NORMAL),
    "log10": Bound(0.8, (2.1,), _NORMAL),
    "log1p": Bound(0.8, (1.6,)),
    "sin": _symmetric(0.8, 0.8, 1e6),
    "cos": _symmetric(0.8, 0.8, 1e6),
    "tan": _symmetric(2.5, 4.0, 1e6),
    "asin": Bound(1.0, (2.1,)),
    "acos": Bound(1.0, (2.1,)),
    "atan": _symmetric(1.0, 1.1, 1e150),
    "sinh": _symmetric(2.5, 1.6, 708.0),
    "cosh": _symmetric(1.6, 2.5, 708.0),
    "tanh": _symmetric(2.5, 3.3, 350.0),
    "asinh": _symmetric(1.6, 2.1, 1e150),
    "acosh": Bound(1.6, (2.6,), 1.0, 1e150),
    "atanh": Bound(1.6, (2.1,)),
    "sqrt": Bound(0.5, (1.6,)),
    "cbrt": Bound(0.9, (2.5,)),
}
ARRAYS_OF_TWO: dict[str, Bound] = {
    "pow": Bound(1.3, (2.7, 3.5)),
    "hypot": Bound(1.3, (2.5, 2.5)),
    "atan2": LIBRARY,
}
