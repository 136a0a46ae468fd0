"""Real sets of packages, none of which has a variant: what it costs to have dualvariant in front of pip or uv.

Each command is a dry run that resolves the whole set, against the same recorded pages (:mod:`figures.recorded`) and in
turn with the installer alone. Both must come to the same versions.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from figures.environments import PIPS, Environments
from figures.figure import Figure, at_most, reported, spread
from figures.recorded import RecordedIndex, Traffic, serve_recorded
from figures.turns import everyday, ratio

__all__ = ["SETS", "measure"]

SETS: Mapping[str, Sequence[str]] = {
    "fastapi[all]": ("fastapi[all]",),
    "transformers datasets": ("transformers", "datasets"),
    "boto3 awscli": ("boto3", "awscli"),
    "jupyterlab": ("jupyterlab",),
    "development": (
        "pytest",
        "hypothesis",
        "mypy",
        "ruff",
        "black",
        "tox",
        "nox",
        "sphinx",
        "pre-commit",
    ),
    "science": ("numpy", "scipy", "pandas", "matplotlib", "scikit-learn", "sympy", "xarray"),
}

#: How much longer than the installer alone, and how many requests and bytes of its own, each may take.
WITH_PIP, WITH_UV, TRAFFIC = 1.15, 1.6, 1.05

#: The variable that makes this part ask the real index instead of the recorded pages.
LIVE = "BENCH_LIVE"

_CACHES = ("cache", "pip-cache", "uv-cache")
_FOUND = re.compile(r"Would install (?P<pip>.*)|^ \+ (?P<uv>\S+)", re.MULTILINE)


@dataclass(frozen=True)
class _Side:
    """One command; ``cold`` if it runs with empty caches."""

    words: Sequence[str]
    cold: bool
    caches: Path


@dataclass(frozen=True)
class _Run:
    """One run: its time, what the index was asked for, and the versions that it came to."""

    seconds: float
    traffic: Traffic
    versions: frozenset[str]


def measure(environments: Environments, rounds: int) -> list[Figure]:
    """Dry runs of each set, warm and cold with pip, warm with uv."""
    figures: list[Figure] = []
    chosen = os.environ.get("BENCH_SETS", "").split(",") if os.environ.get("BENCH_SETS") else list(SETS)
    with ExitStack() as stack:
        index = None
        if LIVE not in os.environ:
            folder = environments.scratch.parent / "recorded-pages"
            index = stack.enter_context(serve_recorded(folder, record=True))
        for name in chosen:
            figures += _measure_set(name, environments, rounds, index)
    return figures


def _measure_set(name: str, environments: Environments, rounds: int, index: RecordedIndex | None) -> list[Figure]:
    sides = {
        f"{who}, {state}": _Side(words, state == "cold", environments.scratch / "sets" / who.replace(" ", "-"))
        for who, words in _commands(environments, SETS[name], index).items()
        for state in ("warm", "cold")
        if not (who.endswith("uv") and state == "cold")
    }
    runs: defaultdict[str, list[_Run]] = defaultdict(list)
    for turn in range(-1, rounds):
        print(f"{name}, round {turn} of {rounds}", file=sys.stderr)
        for label, side in sides.items():
            run = _run(side, environments, index)
            if turn >= 0:
                runs[label].append(run)
    _check_versions(name, runs)
    seconds = {label: [run.seconds for run in made] for label, made in runs.items()}
    figures = []
    for engine, state, limit in (("pip", "warm", WITH_PIP), ("pip", "cold", WITH_PIP), ("uv", "warm", WITH_UV)):
        theirs, ours = f"{engine}, {state}", f"dualvariant {engine}, {state}"
        figures.append(
            at_most(
                f"{name}: dualvariant install --dry-run, of {engine}'s own ({state})",
                ratio(seconds[ours], seconds[theirs]),
                limit,
                ours=seconds[ours],
                theirs=seconds[theirs],
            )
        )
        figures.append(reported("… ours, theirs, ms", f"{spread(seconds[ours])}, {spread(seconds[theirs])}"))
        if index is not None:
            figures += _traffic(runs[ours][-1].traffic, runs[theirs][-1].traffic, f"{name}, {engine}, {state}")
    return figures


def _traffic(ours: Traffic, theirs: Traffic, what: str) -> list[Figure]:
    """Requests and bytes. Only pip asks for everything again, so only its warm figures have a target."""
    values = {
        "requests": (ours.requests, theirs.requests),
        "bytes": (ours.sent, theirs.sent),
    }
    figures = []
    for unit, (mine, other) in values.items():
        name = f"{what}: {unit} ({mine:,} of {other:,})"
        if what.endswith("pip, warm"):
            figures.append(at_most(name, mine / other if other else float(mine > 0), TRAFFIC))
        else:
            figures.append(reported(name, f"{mine / other:.2f} ×" if other else str(mine)))
    return figures


def _commands(
    environments: Environments, requirements: Sequence[str], index: RecordedIndex | None
) -> dict[str, Sequence[str]]:
    target = environments.pips[PIPS[0]]
    # pip caches nothing from http, other than from hosts that are trusted; so this is as with https.
    source = [] if index is None else ["--index-url", index.url]
    trusted = [] if index is None else ["--trusted-host", "127.0.0.1"]
    ours = [str(environments.ours / "bin" / "dualvariant"), "install", "--dry-run", "--python", str(target)]
    pip = [str(target / "bin" / "python"), "-m", "pip", "install", "--dry-run"]
    uv = [str(environments.uv / "bin" / "uv"), "pip", "install", "--dry-run", "--python", str(target)]
    return {
        "pip": [*pip, *source, *trusted, *requirements],
        "dualvariant pip": [*ours, "--engine", "pip", *source, *trusted, *requirements],
        "uv": [*uv, *source, *requirements],
        "dualvariant uv": [*ours, "--engine", "uv", *source, *requirements],
    }


def _run(side: _Side, environments: Environments, index: RecordedIndex | None) -> _Run:
    """One run. Each side has caches of its own; both begin empty, and those of a cold run are removed before it."""
    caches = side.caches / ("cold" if side.cold else "warm")
    if side.cold:
        shutil.rmtree(caches, ignore_errors=True)
    variables = ("DUALVARIANT_CACHE_DIR", "PIP_CACHE_DIR", "UV_CACHE_DIR")
    environment = everyday(environments) | {
        variable: str(caches / cache) for variable, cache in zip(variables, _CACHES, strict=True)
    }
    if index is not None:
        index.reset()
    start = time.perf_counter()
    done = subprocess.run(side.words, env=environment, capture_output=True, text=True)
    took = time.perf_counter() - start
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(side.words)} failed:\n{done.stdout}{done.stderr}")
    found = {
        word for match in _FOUND.finditer(done.stdout + done.stderr) for word in (match["pip"] or match["uv"]).split()
    }
    return _Run(took, Traffic() if index is None else index.reset(), frozenset(found))


def _check_versions(name: str, runs: Mapping[str, Sequence[_Run]]) -> None:
    """Both sides of each comparison must have resolved the set to the same versions."""
    for engine in ("pip", "uv"):
        found = {run.versions for label, made in runs.items() if f"{engine}," in label for run in made}
        if len(found) != 1 or not next(iter(found)):
            different = frozenset.union(*found) - frozenset.intersection(*found)
            raise SystemExit(f"{name}: {engine} came to different versions: {sorted(different)}")
