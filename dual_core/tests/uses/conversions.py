"""Conversions to plain numbers, and the modules of the standard library that need them."""

from __future__ import annotations

import array
import ctypes
import decimal
import fractions
import math
import statistics
import struct
from typing import Any

import dual_autodiff as df
import numpy as np

from uses.record import refused, refused_by_library, right, uses_of


@refused(".value")
def to_float() -> Any:
    """`float(x)`."""
    return df.derivative(lambda x: float(x) ** 2, 3.0)


@refused(".value")
def to_int() -> Any:
    """`int(x)`."""
    return df.derivative(lambda x: int(x) * x, 3.5)


@refused(".value")
def to_complex() -> Any:
    """`complex(x)`."""
    return df.derivative(lambda x: complex(x).real, 3.5)


@refused(".value")
def count_of_range() -> Any:
    """`range(x)`."""
    return df.derivative(lambda x: sum(range(x)), 3.0)


@refused(".value")
def index_by_dual() -> Any:
    """A Dual as an index."""
    return df.derivative(lambda x: [1.0, 2.0, 3.0][x], 1.0)


@refused(".value")
def rounded() -> Any:
    """`round(x, 2)`."""
    return df.derivative(lambda x: round(x, 2), 1.234)


@refused_by_library("Python", "unsupported operand", "use `x**2 % 5`")
def power_modulo() -> Any:
    """`pow(x, 2, 5)`."""
    return df.derivative(lambda x: pow(x, 2, 5), 3.0)


@right((1.0, -2.0))
def remainder() -> Any:
    """`x % y`."""
    return df.gradient(lambda x: x[0] % x[1], [7.5, 3.0])


@right((0.0, 0.0))
def floor_division() -> Any:
    """`x // y` is constant in each piece."""
    return df.gradient(lambda x: x[0] // x[1], [7.5, 3.0])


@refused_by_library("Python", "unsupported operand", "there are no complex dual numbers")
def complex_constant() -> Any:
    """`1j * x`."""
    return df.derivative(lambda x: 1j * x * 1j * x, 3.0)


@refused(".value")
def math_sin() -> Any:
    """`math.sin(x)`."""
    return df.derivative(math.sin, 1.0)


@refused(".value")
def math_floor() -> Any:
    """`math.floor(x)`."""
    return df.derivative(lambda x: x - math.floor(x), 2.5)


@refused(".value")
def math_fsum() -> Any:
    """`math.fsum`."""
    return df.gradient(math.fsum, [1.0, 2.0])


@refused(".value")
def math_hypot() -> Any:
    """`math.hypot(x, y)`."""
    return df.gradient(lambda x: math.hypot(x[0], x[1]), [3.0, 4.0])


@refused(".value")
def math_isclose() -> Any:
    """`math.isclose` in a condition."""
    return df.derivative(lambda x: 1.0 if math.isclose(x, 0.0) else df.sin(x) / x, 1.0)


@refused(".value")
def math_of_element() -> Any:
    """`math.exp` of an element inside `gradient`."""
    return df.gradient(lambda x: math.exp(x[0]) * x[1], [1.0, 2.0])


@refused(".value")
def percent_float_format() -> Any:
    """`"%.2f" % x`."""
    return "%.2f" % df.Dual(1.5, 0.5)  # noqa: UP031


@refused_by_library("fractions", "should be", "use `x.value`")
def to_fraction() -> Any:
    """`Fraction(x)`."""
    return df.derivative(lambda x: fractions.Fraction(x), 2.0)


@refused_by_library("decimal", "not supported", "use `x.value`")
def to_decimal() -> Any:
    """`Decimal(x)`."""
    return df.derivative(lambda x: decimal.Decimal(x), 2.0)


@refused(".value")
def statistics_fmean() -> Any:
    """`statistics.fmean`."""
    return df.gradient(statistics.fmean, [1.0, 5.0, 2.0, 8.0])


@refused_by_library("statistics", "can't convert type", "use `np.mean`")
def statistics_mean() -> Any:
    """`statistics.mean`."""
    return df.gradient(lambda x: statistics.mean(list(x)), [1.0, 5.0, 2.0, 8.0])


@refused(".value")
def numpy_random_parameters() -> Any:
    """`numpy.random.Generator.normal` with a dual mean."""
    return df.derivative(lambda x: np.random.default_rng(1).normal(x, 1.0), 2.0)


@refused_by_library("struct", "not a float", "use `x.value`")
def packed_struct() -> Any:
    """`struct.pack("d", x)`."""
    return df.derivative(lambda x: struct.unpack("d", struct.pack("d", x))[0], 2.0)


@refused(".value")
def typed_array() -> Any:
    """`array.array("d", [x])`."""
    return df.derivative(lambda x: array.array("d", [x])[0], 2.0)


@refused(".value")
def c_double() -> Any:
    """`ctypes.c_double(x)`."""
    return df.derivative(lambda x: ctypes.c_double(x).value, 2.0)


@refused_by_library("Python", "bytes-like object", "use `x.value`")
def memory_view() -> Any:
    """`memoryview(x)` of the argument of `gradient`."""
    return df.gradient(lambda x: memoryview(x)[0], [2.0, 3.0])


USES = uses_of(globals())
