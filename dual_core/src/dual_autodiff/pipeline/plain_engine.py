"""The engine of arrays on NumPy: the same programs as the compiled one's, a whole array at a time."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from dual_autodiff.operations import BLOCK

__all__ = ["Buffer", "Program", "Quick"]

Quick: Any = None  # small arrays have no way of their own here


def Buffer(count: int) -> Any:
    """Memory for doubles."""
    return np.empty(count).data if count else bytearray()


class Program:
    """Operations in order; operands are numbered inputs, outputs, constants, registers."""

    def __init__(
        self,
        code: Sequence[tuple[str, tuple[int, ...], tuple[int, ...]]],
        inputs: int,
        outputs: int,
        constants: int,
        registers: int,
        derived: Sequence[tuple[str, tuple[Any, ...]]] = (),
    ) -> None:
        self.code, self.derived = code, derived
        self.inputs, self.outputs, self.constants, self.registers = inputs, outputs, constants, registers

    def run(
        self,
        inputs: Sequence[Any],
        outputs: Sequence[Any],
        constants: Sequence[float],
        points: int,
        first: int,
        last: int,
        flagged: bytearray,
    ) -> None:
        """Run over the points *first* to *last*; what is met anywhere counts as met in all blocks."""
        met = 0

        def meet(kind: str, flag: int) -> None:
            nonlocal met
            met |= 2 if kind == "underflow" else 1

        places: list[Any] = [np.asarray(plane)[first:last] for plane in (*inputs, *outputs)]
        places += [np.float64(constant) for constant in self._all_constants(constants)]
        places += [None] * self.registers
        fixed = self.inputs + self.outputs
        with np.errstate(all="call", call=meet):
            for operation, to, sources in self.code:
                result = _OPERATIONS[operation](*(places[source] for source in sources))
                for target, part in zip(to, result if type(result) is tuple else (result,), strict=True):
                    if target < fixed:
                        places[target][...] = part
                    else:
                        places[target] = part
        if met:
            for block in range(first // BLOCK, -(-last // BLOCK)):
                flagged[block] = met

    def _all_constants(self, given: Sequence[float]) -> list[float]:
        known = list(given)
        for operation, arguments in self.derived:
            known.append(arguments[0] if operation == "literal" else _FOLD[operation](*[known[j] for j in arguments]))
        return known


def _divided(x: float, y: float) -> float:
    if y == 0.0:
        return math.nan if x == 0.0 or x != x else math.copysign(math.inf, x) * math.copysign(1.0, y)
    return x / y


_FOLD: dict[str, Any] = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "div": _divided,
    "neg": operator.neg,
}


def _pointwise(function: Callable[..., float]) -> Callable[..., Any]:
    looped = np.frompyfunc(function, function.__code__.co_argcount if hasattr(function, "__code__") else 1, 1)
    return lambda *planes: np.asarray(looped(*planes), dtype=float)


def _mask(condition: Any) -> Any:
    return np.where(condition, 1.0, 0.0)


def _sign(a: Any) -> Any:
    return np.where(a > 0.0, 1.0, np.where(a < 0.0, -1.0, np.nan))


def _tanh(a: Any) -> tuple[Any, Any]:
    wide = np.cosh(a)
    return np.tanh(a), 1.0 / wide / wide


def _horner(x: Any, value: Any, slope: Any, *added: Any) -> tuple[Any, Any]:
    for term in added:
        value, slope = x * value + term, x * slope + value
    return value, slope


def _polynomial(x: Any, highest: Any, *coefficients: Any) -> tuple[Any, Any]:
    value, slope = x * highest + coefficients[0], highest
    return _horner(x, value, slope, *coefficients[1:])


def _square_exp(a: Any) -> Any:
    """``exp(-a²)`` with a² in two parts, since half a unit's error in it would be hundreds in the result."""
    x = np.where(np.abs(a) <= 28.0, a, np.where(a != a, a, 28.0))
    square = x * x
    high = x * 134217729.0 - (x * 134217729.0 - x)
    low = x - high
    value = np.exp(-square) * (1.0 - (((high * high - square) + 2.0 * high * low) + low * low))
    return np.where(np.abs(a) > 28.0, 0.0, value)


def _atanh_slope(a: Any) -> Any:
    product = (1.0 - a) * (1.0 + a)
    return 1.0 / np.where(product < 0.0, np.nan, product)


def _cbrt(a: Any) -> Any:
    """A step more than NumPy's, as for scalars: 23 digits of a root have an exact square."""
    root = np.cbrt(a)
    head = root * 1073741825.0
    head = head - (head - root)
    quotient = a / (head * head)
    nearer = head + head * ((quotient - head) / (head + head + quotient))
    return np.where((root != 0.0) & np.isfinite(root), nearer, root)


def _cbrt_slope(a: Any, root: Any) -> Any:
    return np.where((root != 0.0) & np.isfinite(root), root / a / 3.0, 1.0 / (root * root))


def _scale_of(h: Any) -> Any:
    """What two legs are multiplied by so that their hypotenuse *h* is finite and has all its digits."""
    return np.where(np.isinf(h), 0.25, np.where(h < 1e-290, 2.0**600, 1.0))


def _leg(a: Any, other: Any, h: Any) -> Any:
    scale = _scale_of(h)
    slope = np.where(scale == 1.0, a / h, a * scale / np.hypot(a * scale, other * scale))
    return np.where(np.isinf(a), np.where(np.isinf(other), np.nan, np.copysign(1.0, a)), slope)


def _turn(y: Any, x: Any, d: Any, b: Any) -> Any:
    """``x/(x² + y²)·d - y/(x² + y²)·b``, of which a term is left out for None, without squares that are no floats."""

    def turned(p: Any, q: Any) -> Any:
        return p * d if b is None else -q * b if d is None else p * d - q * b

    flat = np.where((x != x) | (y != y), np.nan, 0.0)
    h = np.hypot(x, y)
    scale = _scale_of(h)
    p, q = x * scale, y * scale
    wide = np.hypot(p, q)
    moderate = (h >= 1e-150) & (h <= 1e150)
    slope = np.where(moderate, turned(x, y) / (x * x + y * y), turned(p / wide, q / wide) / wide * scale)
    return np.where(np.isinf(x) | np.isinf(y), turned(np.copysign(flat, x), np.copysign(flat, y)), slope)


def _pow(a: Any, c: Any) -> Any:
    """NumPy's has the square root for an exponent of 1/2, which is another function at -0.0 and at minus infinity."""
    return np.where((c == 0.5) & ((a == 0.0) | (a == -np.inf)), np.abs(a), np.power(a, c))


def _atan_rule(b: Any, x: Any) -> Any:
    square = x * x
    return np.where(square < np.inf, b / (1.0 + square), b / x / x)


def _pow_by_base(a: Any, c: Any, value: Any) -> Any:
    size, slope = np.abs(value), value / a
    inside = (size >= 1e-280) & (size < np.inf) & (np.abs(slope) >= 1e-290) & (np.abs(slope) < np.inf)
    slope = np.where(inside, c * slope, _pow_by_base_at_the_ends(a, c))
    return np.where(c == 0.0, 0.0, np.where(c == 2.0, 2.0 * a, np.where(c == 3.0, 3.0 * (a * a), slope)))


def _pow_by_base_at_the_ends(a: Any, c: Any) -> Any:
    """``c·aᶜ⁻¹`` where ``aᶜ`` is out of range; where ``aᶜ⁻¹`` is too, by its square root."""
    exponent = c - 1.0
    power = np.power(a, exponent)
    root = np.power(np.abs(a), 0.5 * exponent)
    lost = np.where(np.abs(c) > 1.0, (c - exponent) - 1.0, c - (exponent + 1.0))
    lost = np.where(lost == 0.0, 0.0, lost * np.log(np.abs(a)))
    exact = np.where((np.abs(lost) < 0.01) & (np.abs(c) < 1e300), c + c * lost, c)
    inside = (np.abs(power) >= 1e-290) & (np.abs(power) < np.inf)
    slope = np.where(inside, exact * power, exact * root * np.copysign(root, power))
    return np.where((a == 0.0) | ~np.isfinite(a) | (power != power), c * power, slope)


def _pow_by_exponent(a: Any, c: Any, value: Any) -> Any:
    logarithm = np.log(np.where(a < 0.0, np.nan, a))
    plain = np.where(value == 0.0, 0.0, value * logarithm)
    root = np.power(np.abs(a), 0.5 * c)
    kept = ((value >= 1e-280) & (value < np.inf)) | (a == 0.0) | ~np.isfinite(a)
    return np.where(a < 0.0, np.nan, np.where(kept, plain, root * logarithm * root))


_OPERATIONS: dict[str, Callable[..., Any]] = {
    "copy": lambda a: a,
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "div": np.divide,
    "div_positive": lambda a, b: a / np.where(b < 0.0, np.nan, b),
    "neg": np.negative,
    "abs": np.abs,
    "sign": _sign,
    "sqrt": np.sqrt,
    "mul_add": lambda a, b, c, d: a * b + c * d,
    "mul_sub": lambda a, b, c, d: a * b - c * d,
    "mul_plus": lambda a, b, c: a * b + c,
    "add_add": lambda a, b, c: a + b + c,
    "mul_mul": lambda a, b, c: a * b * c,
    **{f"horner{steps}": _horner for steps in range(1, 6)},
    **{f"polynomial{steps}": _polynomial for steps in range(2, 7)},
    "neg_mul_div": lambda a, b, c: -a * b / c,
    "sub_mul_div": lambda a, b, c, d: (a - b * c) / d,
    "less": lambda a, b: _mask(a < b),
    "less_equal": lambda a, b: _mask(a <= b),
    "equal": lambda a, b: _mask(a == b),
    "not_equal": lambda a, b: _mask(a != b),
    "both": lambda a, b: _mask((a != 0.0) & (b != 0.0)),
    "either": lambda a, b: _mask((a != 0.0) | (b != 0.0)),
    "negate": lambda a: _mask(a == 0.0),
    "select": lambda a, b, c: np.where(a != 0.0, b, c),
    "first_max": lambda a, b: _mask((a >= b) | (a != a)),
    "first_min": lambda a, b: _mask((a <= b) | (a != a)),
    "exp": np.exp,
    "log": np.log,
    "sincos": lambda a: (np.sin(a), np.cos(a)),
    "tanh": _tanh,
    "asin": np.arcsin,
    "acos": np.arccos,
    "atan": np.arctan,
    "sinhcosh": lambda a: (np.sinh(a), np.cosh(a)),
    "asinh": np.arcsinh,
    "acosh": np.arccosh,
    "atanh": np.arctanh,
    "exp2": np.exp2,
    "expm1": np.expm1,
    "log2": np.log2,
    "log10": np.log10,
    "log1p": np.log1p,
    "cbrt": _cbrt,
    "asin_slope": lambda a: 1.0 / np.sqrt((1.0 - a) * (1.0 + a)),
    "atanh_slope": _atanh_slope,
    "asinh_slope": lambda a: 1.0 / np.hypot(1.0, a),
    "acosh_slope": lambda a: 1.0 / (np.sqrt(a - 1.0) * np.sqrt(a + 1.0)),
    "cbrt_slope": _cbrt_slope,
    "erf": _pointwise(math.erf),
    "erfc": _pointwise(math.erfc),
    "hypot": np.hypot,
    "atan2": np.arctan2,
    "pow": _pow,
    "square_exp": _square_exp,
    "leg": _leg,
    "turn_both": _turn,
    "turn_first": lambda y, x, d: _turn(y, x, d, None),
    "turn_second": lambda y, x, b: _turn(y, x, None, b),
    "atan_rule": _atan_rule,
    "pow_by_base": _pow_by_base,
    "pow_by_exponent": _pow_by_exponent,
}
