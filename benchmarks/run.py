"""Measure every figure that this project claims, each as a ratio against a named peer, and write ``results.md``.

One command: ``python benchmarks/run.py``. It makes its own environments under ``build/bench``, takes the peers from
PyPI, builds our wheel, and runs ours and theirs in turn. It exits 1 if a target is missed.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from dual.measure import measure as measure_dual
from figures import audit, building, commands, explained, index_scale, labels, large, ranking, refit, review, sets
from figures.environments import make_environments
from figures.figure import Figure
from figures.report import write_report

ROOT = Path(__file__).resolve().parent.parent
SCRATCH = ROOT / "build" / "bench"
RESULTS = Path(__file__).resolve().parent

PARTS = {
    "ranking": ranking.measure,
    "labels": labels.measure,
    "review": review.measure,
    "commands": commands.measure,
    "large": large.measure,
    "sets": sets.measure,
    "refit": refit.measure,
    "explain": explained.measure,
    "index": index_scale.measure,
    "dual": measure_dual,
    "audit": audit.measure,
    "build": building.measure,
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=PARTS, metavar="PART", help="one part, written to results-PART.md")
    parser.add_argument("--rounds", type=int, default=21, metavar="N", help="runs of each command (default: 21)")
    parser.add_argument("--keep", action="store_true", help="use the environments of the run before")
    options = parser.parse_args()

    environments = make_environments(ROOT, SCRATCH, keep=options.keep)
    figures: list[Figure] = []
    for name, measure in PARTS.items():
        if options.only in (None, name):
            figures += measure(environments, options.rounds)
    _say(figures)
    name = "results" if options.only is None else f"results-{options.only}"
    write_report(RESULTS, environments, figures, options.rounds, name)
    return 0 if all(figure.met is not False for figure in figures) else 1


def _say(figures: Sequence[Figure]) -> None:
    for figure in figures:
        print(f"{figure.verdict:<6} {figure.name}: {figure.value} (target {figure.target or 'none'})")


if __name__ == "__main__":
    sys.exit(main())
