"""The bar chart of what variants gain, from the committed results of the benchmarks."""

from __future__ import annotations

import json
from pathlib import Path
from statistics import median
from typing import Any

from tools.figures.svg import Picture

__all__ = ["draw_gains", "read_gains"]

RESULTS = Path(__file__).resolve().parents[2] / "benchmarks" / "results-dual.json"
#: The figure of the benchmarks that has the times of each level.
FIGURE = "… derivative(f, X) of each level, ns"
NAMES = {"v1": "standard wheel", "v3": "variant for v3 (AVX2)", "v4": "variant for v4 (AVX-512)"}


def read_gains() -> tuple[dict[str, float], dict[str, str]]:
    """How many times as fast as the standard wheel each level is, by medians; and the machine and date of the run."""
    document: dict[str, Any] = json.loads(RESULTS.read_text(encoding="utf-8"))
    (figure,) = (figure for figure in document["figures"] if figure["name"] == FIGURE)
    times = {level: median(samples) for level, samples in figure["samples"]["samples"].items()}
    return {level: times["v1"] / time for level, time in times.items()}, document["about"]


def draw_gains() -> str:
    """The chart."""
    gains, about = read_gains()
    values = ", ".join(f"{NAMES[level]} {gain:.1f} times" for level, gain in gains.items())
    where = f"{about['processor']}, Python {about['Python']}, {about['date']}"
    picture = Picture(
        226,
        "Speed of the same code from three wheels",
        "A bar chart. Derivatives of a function at 100,000 places with dual_autodiff, as many times as fast as from "
        f"the standard wheel: {values}. Measured on {where}.",
    )
    picture.text(20, 34, "100,000 derivatives with dual_autodiff, one thread", kind="strong")
    picture.text(20, 56, "times as fast as the standard wheel (longer is better)", kind="soft")
    most = max(gains.values())
    for number, (level, gain) in enumerate(gains.items()):
        y = 74 + 40 * number
        picture.text(20, y + 19, NAMES[level], kind="soft")
        width = 250 * gain / most
        picture.bar(208, y, width, {"v1": "plain", "v3": "more", "v4": "most"}[level])
        picture.text(216 + width, y + 19, f"{gain:.1f} ×", kind="strong")
    picture.text(20, 208, f"{where}: benchmarks/results-dual.md", kind="soft")
    return picture.to_svg()
