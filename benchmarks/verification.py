"""What ``install --verify`` adds to the import that it makes: both in turn, for one installed distribution.

usage: python benchmarks/verification.py PYTHON DIST-INFO [ROUNDS]

PYTHON is the interpreter of the environment, DIST-INFO the ``.dist-info`` folder of the distribution. The import alone
is a fresh process that imports the same names and nothing else; the other side is ``try_distribution``, which finds the
names, starts the process and reads its end. The two take turns after a warm-up; the ratios of the pairs are reported.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from dualvariant.trial.distribution import try_distribution
from dualvariant.trial.modules import list_installed_modules


def main() -> int:
    """Measure and print a line of Markdown."""
    if len(sys.argv) not in (3, 4):
        print((__doc__ or "").splitlines()[2], file=sys.stderr)
        return 2
    python, metadata = Path(sys.argv[1]), Path(sys.argv[2])
    rounds = int(sys.argv[3]) if len(sys.argv) == 4 else 30
    names = list_installed_modules(metadata)
    code = "\n".join(f"import {name}" for name in (*names.packages, *names.modules))
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}

    def import_alone() -> float:
        started = time.perf_counter()
        subprocess.run([str(python), "-c", code], check=True, env=environment, cwd=folder)
        return time.perf_counter() - started

    def verify() -> float:
        started = time.perf_counter()
        assert try_distribution(python, metadata, Path(folder)).ran
        return time.perf_counter() - started

    with tempfile.TemporaryDirectory() as folder:
        import_alone(), verify()
        pairs = [(import_alone(), verify()) for _ in range(rounds)]
    ratios = statistics.quantiles([ours / alone for alone, ours in pairs], n=4)
    alone, ours = (statistics.median(column) * 1000 for column in zip(*pairs, strict=True))
    name = metadata.name.removesuffix(".dist-info")
    print(
        f"| {name} | {alone:.0f} ms | {ours:.0f} ms | {ratios[1]:.2f} ({ratios[0]:.2f} to {ratios[2]:.2f}) | {rounds} |"
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
