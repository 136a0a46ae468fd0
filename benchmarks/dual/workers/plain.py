"""The founding report's way: dual numbers in plain Python, with ``__slots__`` and nothing clever."""

from __future__ import annotations

import math
from typing import Any

__all__ = ["Dual"]


class Dual:
    __slots__ = ["dual", "real"]

    def __init__(self, real: Any, dual: Any = 0.0) -> None:
        self.real = real
        self.dual = dual

    def __add__(self, other: Any) -> Dual:
        if isinstance(other, Dual):
            return Dual(self.real + other.real, self.dual + other.dual)
        return Dual(self.real + other, self.dual)

    __radd__ = __add__

    def __sub__(self, other: Any) -> Dual:
        if isinstance(other, Dual):
            return Dual(self.real - other.real, self.dual - other.dual)
        return Dual(self.real - other, self.dual)

    def __rsub__(self, other: Any) -> Dual:
        return Dual(other - self.real, -self.dual)

    def __neg__(self) -> Dual:
        return Dual(-self.real, -self.dual)

    def __mul__(self, other: Any) -> Dual:
        if isinstance(other, Dual):
            return Dual(self.real * other.real, self.real * other.dual + self.dual * other.real)
        return Dual(self.real * other, self.dual * other)

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Dual:
        if isinstance(other, Dual):
            if other.real == 0:
                raise ZeroDivisionError("division by zero")
            top = self.dual * other.real - self.real * other.dual
            return Dual(self.real / other.real, top / other.real**2)
        return Dual(self.real / other, self.dual / other)

    def __rtruediv__(self, other: Any) -> Dual:
        return Dual(other) / self

    def __pow__(self, power: float) -> Dual:
        return Dual(self.real**power, power * self.real ** (power - 1) * self.dual)

    def sin(self) -> Dual:
        return Dual(math.sin(self.real), self.dual * math.cos(self.real))

    def cos(self) -> Dual:
        return Dual(math.cos(self.real), -self.dual * math.sin(self.real))

    def tanh(self) -> Dual:
        value = math.tanh(self.real)
        return Dual(value, self.dual * (1 - value * value))

    def log(self) -> Dual:
        return Dual(math.log(self.real), self.dual / self.real)

    def exp(self) -> Dual:
        value = math.exp(self.real)
        return Dual(value, self.dual * value)
