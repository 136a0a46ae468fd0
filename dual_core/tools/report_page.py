"""Measure the figures of docs/dual_autodiff/report.md, draw its plots, and write its tables.

``python dual_core/tools/report_page.py`` takes half a minute. It needs matplotlib, and the compiled dual_autodiff.
The page's prose is by hand: the tables go between its markers, and the plots beside it.
"""

from __future__ import annotations

import math
import platform
import re
import sys
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path
from time import process_time
from typing import Any

import dual_autodiff as df
import matplotlib as mpl
from dual_autodiff.scalars import plain
from matplotlib.axes import Axes
from matplotlib.figure import Figure

DOCS = Path(__file__).resolve().parents[2] / "docs" / "dual_autodiff"

#: The report's counts of operations, and how many times faster its compiled package was.
REPORT = {1_000: 2.47, 5_000: 1.42, 10_000: 3.31, 50_000: 2.54, 100_000: 1.46, 500_000: 2.38}
#: How often each is measured; the shortest time counts.
ROUNDS = 40
#: The report's function, at its place.
PLACE = 1.5
STEPS = [10.0**-k for k in range(3, 11)]


def chain(kind: Callable[..., Any], count: int) -> Callable[[], None]:
    """*count* operations: a multiplication and an addition in turn, as in the report."""

    def run() -> None:
        x, y, s = kind(0.5, 1.0), kind(0.75, 0.0), kind(1.0, 0.0)
        for _ in range(count // 2):
            s = s * x + y

    return run


def seconds(run: Callable[[], None]) -> float:
    """The processor time of one run."""
    start = process_time()
    run()
    return process_time() - start


def measured() -> dict[int, tuple[float, float]]:
    """The number of operations → seconds in plain Python and compiled, the shortest of runs in turn."""
    found = {}
    for count in REPORT:
        runs = [chain(plain.Dual, count), chain(df.Dual, count)]
        rounds = [[seconds(run) for run in runs] for _ in range(ROUNDS)]
        slow, fast = (min(column) for column in zip(*rounds, strict=True))
        found[count] = (slow, fast)
    return found


def value(x: float) -> float:
    """The report's function, of floats."""
    return math.log(math.sin(x)) + x**2 * math.cos(x)


def by_differences() -> list[float]:
    """Its central differences at the report's steps."""
    return [(value(PLACE + h) - value(PLACE - h)) / (2 * h) for h in STEPS]


def by_hand() -> float:
    """Its derivative by the formula."""
    return math.cos(PLACE) / math.sin(PLACE) + 2 * PLACE * math.cos(PLACE) - PLACE**2 * math.sin(PLACE)


def by_dual_numbers() -> float:
    """Its derivative by dual numbers."""
    return df.derivative(lambda x: df.log(df.sin(x)) + x**2 * df.cos(x), PLACE)


def speed_table(times: dict[int, tuple[float, float]]) -> str:
    """The report's table, with its own factor in the last column."""
    rows = ["| operations | plain Python (s) | compiled (s) | faster by | in the report |", "|--:|--:|--:|--:|--:|"]
    rows += [
        f"| {count:,} | {slow:.5f} | {fast:.5f} | {slow / fast:.1f}× | {REPORT[count]}× |"
        for count, (slow, fast) in times.items()
    ]
    factors = [slow / fast for slow, fast in times.values()]
    here, there = (
        f"{min(factors):.1f} to {max(factors):.1f}",
        f"{min(REPORT.values()):.1f} to {max(REPORT.values()):.1f}",
    )
    return "\n".join([*rows, "", f"The compiled one is {here} times faster here, and {there} times in the report."])


def steps_table() -> str:
    """The numerical derivatives, their errors, and the dual number's."""
    exact = by_hand()
    rows = ["| h | derivative | error |", "|--:|--:|--:|"]
    rows += [f"| {h:.0e} | {d!r} | {abs(d - exact):.1e} |" for h, d in zip(STEPS, by_differences(), strict=True)]
    return "\n".join([*rows, f"| dual number | {by_dual_numbers()!r} | {abs(by_dual_numbers() - exact):.1e} |"])


def draw(name: str, plot: Callable[[Axes], None]) -> None:
    """Write one plot, the same bytes for the same figures."""
    mpl.rcParams.update({"svg.hashsalt": name, "svg.fonttype": "none", "font.family": "sans-serif"})
    figure = Figure(figsize=(7, 3.5), layout="constrained")
    plot(figure.subplots())
    figure.savefig(DOCS / name, metadata={"Date": None, "Creator": None})
    text = (DOCS / name).read_text(encoding="utf-8")
    (DOCS / name).write_text(re.sub(r"[ \t]+$", "", text, flags=re.MULTILINE), encoding="utf-8")


def draw_speed(times: dict[int, tuple[float, float]]) -> None:
    """The report's plot of times over the number of operations."""

    def plot(axes: Axes) -> None:
        for label, column in (("plain Python", 0), ("compiled", 1)):
            axes.loglog(list(times), [pair[column] for pair in times.values()], "o-", label=label)
        axes.set_xlabel("operations")
        axes.set_ylabel("seconds")
        axes.legend()

    draw("report_speed.svg", plot)


def draw_steps() -> None:
    """The report's plot of numerical derivatives: how far they are from the exact one."""

    def plot(axes: Axes) -> None:
        exact = by_hand()
        axes.axhline(1e7 * (by_dual_numbers() - exact), color="C1", label="dual number")
        axes.semilogx(STEPS, [1e7 * (d - exact) for d in by_differences()], "o-", label="central difference")
        axes.set_xlabel("step h")
        axes.set_ylabel("f′(1.5) less the exact value, in 10⁻⁷")
        axes.legend()

    draw("report_steps.svg", plot)


def machine() -> str:
    """What measured, in words: no machine's name."""
    info = df.build_info()
    day = datetime.now(timezone.utc).date().isoformat()
    level = f", compiled for {info.level}" if info.level else ""
    system = f"{platform.system()}, {platform.machine()}"
    return (
        f"Measured on {day}: {system}, CPython {platform.python_version()}{level}, a virtual machine with shared cores."
    )


def put(text: str, marker: str, contents: str) -> str:
    """The page with other contents between the two comments of *marker*."""
    begin, end = f"<!-- {marker} -->", f"<!-- end of {marker} -->"
    head, _, rest = text.partition(begin)
    _, _, tail = rest.partition(end)
    return f"{head}{begin}\n\n{contents}\n\n{end}{tail}"


def main() -> None:
    """Measure, draw, and write the tables."""
    if df.build_info().backend != "compiled":
        sys.exit("report_page.py compares the compiled package with plain Python: install the compiled one")
    times = measured()
    draw_speed(times)
    draw_steps()
    page = DOCS / "report.md"
    text = page.read_text(encoding="utf-8")
    text = put(text, "speed", f"{machine()}\n\n{speed_table(times)}")
    page.write_text(put(text, "steps", steps_table()), encoding="utf-8")


if __name__ == "__main__":
    main()
