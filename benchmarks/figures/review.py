"""The review's demo: what the enumeration of hashes costs, and what it costs to look at the wheels that are offered."""

from __future__ import annotations

import sys
from statistics import median

from figures.environments import Environments
from figures.figure import Figure, at_least, reported
from figures.worker import run_worker

__all__ = ["measure"]

ROUNDS = 5


def measure(environments: Environments, rounds: int) -> list[Figure]:
    """``9091cdc4`` is found as number 5,987 of an enumeration, or as one of three wheels."""
    runs = []
    for turn in range(ROUNDS):
        print(f"the review's case, round {turn + 1} of {ROUNDS}", file=sys.stderr)
        runs.append(run_worker(environments.ours, "enumerate_review.py"))
    ours = median(run["ours"] for run in runs)
    objects, strings = (median(run[kind] for run in runs) for kind in ("objects", "strings"))
    return [
        at_least("9091cdc4, less than the review's enumeration", objects / ours, 100, "{:.0f} ×", runs=runs),
        reported("… ours, the enumeration, ms", f"{ours * 1e3:.3f}, {objects * 1e3:.0f}"),
        reported("… less than the leanest, of bare strings", f"{strings / ours:.0f} × ({strings * 1e3:.0f} ms)"),
    ]
