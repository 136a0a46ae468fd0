"""``dualvariant build`` on dual_autodiff: against the bare builds that it makes, in sequence, and again."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from typing import Any

from figures.environments import Environments, python_of
from figures.figure import Figure, at_least, at_most, reported, spread
from figures.turns import everyday, ratio

__all__ = ["measure"]

#: Eight wheels: a standard wheel and seven variants.
MATRIX = ("--matrix", "x86_64 :: level = v2,v3,v4,-", "--matrix", "x86_64 :: aes = on,-")
WHEELS = 8

#: Two hundred combinations.
MANY = (
    "--matrix",
    f"a :: b = {','.join(map(str, range(20)))}",
    "--matrix",
    f"c :: d = {','.join(map(str, range(10)))}",
)
COUNT = 201

ROUNDS = 3

_SOURCES = ("pyproject.toml", "setup.py", "MANIFEST.in", "README.md", "LICENSE", "src")


def measure(environments: Environments, rounds: int) -> list[Figure]:
    """All figures of building."""
    folder = environments.scratch / "building"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    tool = _tool(environments, folder)
    source = folder / "dual_core"
    source.mkdir()
    for name in _SOURCES:
        origin = Path(__file__).resolve().parents[2] / "dual_core" / name
        if origin.is_dir():
            shutil.copytree(origin, source / name, ignore=shutil.ignore_patterns("*.egg-info", "__pycache__"))
        elif origin.exists():
            shutil.copy(origin, source)
    bench = _Bench(tool, source, folder, everyday(environments))
    rounds = min(rounds, ROUNDS)
    return [*bench.overhead(rounds), *bench.parallel(rounds), *bench.again(rounds), *bench.planned(rounds)]


def _tool(environments: Environments, folder: Path) -> Path:
    """An environment with our wheel and what ``build`` needs on top."""
    (wheel,) = (environments.scratch / "wheel").glob("dualvariant-*.whl")
    made = folder / "environment"
    subprocess.run([sys.executable, "-m", "venv", str(made)], check=True)
    install = [python_of(made), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", f"{wheel}[build]"]
    subprocess.run(install, check=True)
    return made


class _Bench:
    def __init__(self, tool: Path, source: Path, folder: Path, environment: dict[str, str]) -> None:
        self.tool, self.source, self.folder, self.environment = tool, source, folder, environment
        self.out = folder / "out"

    def run(self, *words: str) -> tuple[float, Any]:
        """One call of ``build``: its wall-clock seconds and its JSON. A label that is not true is no failure here."""
        command = [python_of(self.tool), "-m", "dualvariant", "build", str(self.source), *words, "--json"]
        started = time.perf_counter()
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True)
        took = time.perf_counter() - started
        if done.returncode not in (0, 1) or not done.stdout:
            raise SystemExit(f"{' '.join(command)} failed:\n{done.stderr}")
        return took, json.loads(done.stdout)

    def built(self, *words: str, fresh: bool = True) -> tuple[float, Any]:
        """All eight wheels."""
        if fresh:
            shutil.rmtree(self.out, ignore_errors=True)
        took, outcomes = self.run("-o", str(self.out), "--no-smoke", *MATRIX, *words)
        if sum(outcome["wheel"] is not None for outcome in outcomes) != WHEELS:
            raise SystemExit(f"not all wheels were built: {outcomes}")
        return took, outcomes

    def bare(self) -> float:
        """As many calls of ``python -m build``, one after the other, each with a variant's flags."""
        total = 0.0
        for number in range(WHEELS):
            out = self.folder / "bare"
            shutil.rmtree(out, ignore_errors=True)
            environment = {**self.environment, "CFLAGS": f"-O3 -march=x86-64-v{1 + number % 4}"}
            started = time.perf_counter()
            command = [python_of(self.tool), "-m", "build", str(self.source), "-o", str(out)]
            subprocess.run(command, env=environment, check=True, capture_output=True)
            total += time.perf_counter() - started
        return total

    def overhead(self, rounds: int) -> list[Figure]:
        ours, theirs, after = [], [], []
        for _ in range(rounds):
            took, outcomes = self.built("-j", "1")
            extra = sum(outcome["after"] for outcome in outcomes)
            ours.append(took - extra)
            after.append(extra)
            theirs.append(self.bare())
        name = f"build of {WHEELS} wheels one by one, of as many 'python -m build' (repair and provenance apart)"
        return [
            at_most(name, ratio(ours, theirs), 1.1, ours=ours, theirs=theirs),
            reported(
                "… ours, bare, repair and provenance, s",
                ", ".join(spread(s, 1, "{:.1f}") for s in (ours, theirs, after)),
            ),
        ]

    def parallel(self, rounds: int) -> list[Figure]:
        one, two = [], []
        for _ in range(rounds):
            one.append(self.built("-j", "1")[0])
            two.append(self.built("-j", "2")[0])
        name = f"{WHEELS} wheels of dual_autodiff on two cores, faster than in sequence"
        return [
            at_least(name, ratio(one, two), 1.7, "{:.2f} ×", one=one, two=two),
            reported("… in sequence, on two cores, s", ", ".join(spread(s, 1, "{:.1f}") for s in (one, two))),
        ]

    def again(self, rounds: int) -> list[Figure]:
        self.built("-j", "2")
        samples = []
        for _ in range(max(rounds, 5)):
            took, outcomes = self.built(fresh=False)
            if not all(outcome["kept"] for outcome in outcomes):
                raise SystemExit("something was built again")
            samples.append(took)
        return [
            at_most(
                f"build again, nothing changed, {WHEELS} wheels, s", median(samples), 2.0, "{:.2f}", samples=samples
            )
        ]

    def planned(self, rounds: int) -> list[Figure]:
        samples = []
        for _ in range(max(rounds, 5)):
            took, listed = self.run("--list", *MANY)
            if len(listed) != COUNT:
                raise SystemExit(f"{len(listed)} wheels are planned, not {COUNT}")
            samples.append(took)
        return [
            at_most(
                "a matrix of 200 variants, read, checked and listed, s", median(samples), 0.5, "{:.2f}", samples=samples
            )
        ]
