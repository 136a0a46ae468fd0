"""One figure: what was measured, what was promised, and whether the promise holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any

__all__ = ["Figure", "at_least", "at_most", "reported", "spread"]


@dataclass(frozen=True)
class Figure:
    """A measured number beside its target.

    Args:
        name: what is measured, against what.
        value: the number as it is printed.
        target: the promise, or an empty string where none was made.
        met: whether it holds; None where none was made.
        samples: everything the number was made from, for ``results.json``.
    """

    name: str
    value: str
    target: str = ""
    met: bool | None = None
    samples: dict[str, Any] = field(default_factory=dict)

    @property
    def verdict(self) -> str:
        """The promise kept, broken, or none made."""
        return {True: "met", False: "MISSED", None: ""}[self.met]


def at_most(name: str, value: float, limit: float, form: str = "{:.2f} ×", **samples: Any) -> Figure:
    """A figure that must not be above a limit."""
    return Figure(name, form.format(value), "≤ " + form.format(limit), value <= limit, {"value": value, **samples})


def at_least(name: str, value: float, limit: float, form: str = "{:.1f} ×", **samples: Any) -> Figure:
    """A figure that must not be below a limit."""
    return Figure(name, form.format(value), "≥ " + form.format(limit), value >= limit, {"value": value, **samples})


def reported(name: str, value: str, **samples: Any) -> Figure:
    """A number that stands beside a promise and is none itself."""
    return Figure(name, value, samples=samples)


def spread(samples: Sequence[float], unit: float = 1e3, form: str = "{:.0f}") -> str:
    """Median and range, e.g. ``93 (90–121)``; milliseconds of seconds, unless told otherwise."""
    low, middle, high = (form.format(value * unit) for value in (min(samples), median(samples), max(samples)))
    return f"{middle} ({low}–{high})"
