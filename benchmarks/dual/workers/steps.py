"""The error of a derivative at 1.5 in 200-bit arithmetic: central differences, and the dual number; prints JSON."""

from __future__ import annotations

import json
import math
import sys

import dual_autodiff as df
import mpmath

mpmath.mp.prec = 200


def f(x: float) -> float:
    return math.log(math.sin(x)) + x**2 * math.cos(x)


def main() -> None:
    a, mp = mpmath.mpf("1.5"), mpmath
    exact = mp.cos(a) / mp.sin(a) + 2 * a * mp.cos(a) - a**2 * mp.sin(a)
    errors = {}
    for power in range(3, 11):
        h = 10.0**-power
        errors[f"{h:.0e}"] = float(abs((f(1.5 + h) - f(1.5 - h)) / (2 * h) - exact))
    found = df.derivative(lambda x: df.log(df.sin(x)) + x**2 * df.cos(x), 1.5)
    json.dump({**errors, "dual": float(abs(found - exact))}, sys.stdout)


if __name__ == "__main__":
    main()
