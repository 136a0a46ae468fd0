"""What a NumPy user writes without a package: a value array and a derivative array, and the rules of the report."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["TwoArrays", "cos", "exp", "log", "sin", "tanh"]


class TwoArrays:
    """A value array and a derivative array."""

    __slots__ = ["dual", "real"]
    __array_ufunc__ = None

    def __init__(self, real: Any, dual: Any) -> None:
        self.real = real
        self.dual = dual

    def __add__(self, other: Any) -> TwoArrays:
        if isinstance(other, TwoArrays):
            return TwoArrays(self.real + other.real, self.dual + other.dual)
        return TwoArrays(self.real + other, self.dual)

    __radd__ = __add__

    def __sub__(self, other: Any) -> TwoArrays:
        return TwoArrays(self.real - other, self.dual)

    def __neg__(self) -> TwoArrays:
        return TwoArrays(-self.real, -self.dual)

    def __mul__(self, other: Any) -> TwoArrays:
        if isinstance(other, TwoArrays):
            return TwoArrays(self.real * other.real, self.real * other.dual + self.dual * other.real)
        return TwoArrays(self.real * other, self.dual * other)

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> TwoArrays:
        if isinstance(other, TwoArrays):
            value = self.real / other.real
            return TwoArrays(value, (self.dual - value * other.dual) / other.real)
        return TwoArrays(self.real / other, self.dual / other)

    def __rtruediv__(self, other: float) -> TwoArrays:
        value = other / self.real
        return TwoArrays(value, -value * self.dual / self.real)

    def __pow__(self, power: float) -> TwoArrays:
        return TwoArrays(self.real**power, power * self.real ** (power - 1) * self.dual)


def sin(x: TwoArrays) -> TwoArrays:
    return TwoArrays(np.sin(x.real), x.dual * np.cos(x.real))


def cos(x: TwoArrays) -> TwoArrays:
    return TwoArrays(np.cos(x.real), -x.dual * np.sin(x.real))


def tanh(x: TwoArrays) -> TwoArrays:
    value = np.tanh(x.real)
    return TwoArrays(value, x.dual * (1 - value * value))


def log(x: TwoArrays) -> TwoArrays:
    return TwoArrays(np.log(x.real), x.dual / x.real)


def exp(x: TwoArrays) -> TwoArrays:
    value = np.exp(x.real)
    return TwoArrays(value, x.dual * value)
