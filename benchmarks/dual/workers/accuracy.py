"""The largest error of the array kernels in units of the last place, against 200-bit arithmetic; prints JSON."""

from __future__ import annotations

import json
import math
import sys
from typing import Any

import dual_autodiff as df
import mpmath
import numpy as np

mpmath.mp.prec = 200
mp = mpmath

#: name → value, derivative, ranges of points
CASES: dict[str, tuple[Any, Any, list[tuple[float, float]]]] = {
    "exp": (mp.exp, mp.exp, [(-1.0, 1.0), (-700.0, 709.0)]),
    "log": (mp.log, lambda a: 1 / a, [(0.5, 2.0), (0.9, 1.1), (0.0, 1e6)]),
    "sin": (mp.sin, mp.cos, [(-4.0, 4.0), (-1e3, 1e3), (-1e6, 1e6)]),
    "cos": (mp.cos, lambda a: -mp.sin(a), [(-4.0, 4.0), (-1e3, 1e3), (-1e6, 1e6)]),
    "tanh": (mp.tanh, lambda a: mp.sech(a) ** 2, [(-1.0, 1.0), (-20.0, 20.0), (-1e-3, 1e-3)]),
}


def ulps(expected: Any, actual: float) -> float:
    return float(abs(mp.mpf(actual) - expected) / mp.mpf(math.ulp(float(expected))))


def main() -> None:
    points = int(sys.argv[1])
    worst: dict[str, list[float]] = {}
    source = np.random.default_rng(7)
    for name, (value, slope, ranges) in CASES.items():
        errors = [0.0, 0.0]
        for low, high in ranges:
            x = source.uniform(low, high, points)
            result = getattr(df, name)(df.DualArray(x, np.ones(points)))
            values, slopes = result.value, result.derivative
            for a, v, d in zip(x.tolist(), values.tolist(), slopes.tolist(), strict=True):
                exact = mp.mpf(a)
                errors[0] = max(errors[0], ulps(value(exact), v))
                errors[1] = max(errors[1], ulps(slope(exact), d))
        worst[name] = errors
    json.dump(worst, sys.stdout)


if __name__ == "__main__":
    main()
