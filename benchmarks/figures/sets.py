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
from figures.turns import difference, everyday, processor_seconds, ratio

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
#: The variable that names the sets to measure, with commas between them.
ONLY = "BENCH_SETS"

_CACHES = ("cache", "pip-cache", "uv-cache")
_FOUND = re.compile(r"Would install (?P<pip>.*)|^ \+ (?P<uv>\S+)", re.MULTILINE)

#: What the caches hold: nothing; everything; everything, but the pages have to be asked for again. There, the
#: index is :data:`AWAY` seconds away.
STATES = ("cold", "warm", "stale")
AWAY = 0.03

#: The states in which each command is compared with the installer alone.
_STATES_OF = {"pip": ("cold", "warm"), "uv": ("warm", "stale"), "passing uv": ("stale",)}
#: A server in Python that does nothing but pass pages on, in the place of ours.
_PASSING = Path(__file__).resolve().parent.parent / "workers" / "passing_view.py"
#: Its port: uv caches by the address of its index.
_PORT = "38271"


@dataclass(frozen=True)
class _Side:
    """One command in one state, with a folder for its caches."""

    words: Sequence[str]
    state: str
    caches: Path


@dataclass(frozen=True)
class _Run:
    """One run: its time, what the index was asked for, and the versions that it came to."""

    seconds: float
    processor: float
    traffic: Traffic
    versions: frozenset[str]


def measure(environments: Environments, rounds: int) -> list[Figure]:
    """Dry runs of each set with pip and with uv."""
    figures: list[Figure] = []
    with ExitStack() as stack:
        index = None
        if LIVE not in os.environ:
            folder = environments.scratch.parent / "recorded-pages"
            index = stack.enter_context(serve_recorded(folder, record=True))
        for name in os.environ.get(ONLY, ",".join(SETS)).split(","):
            figures += _measure_set(name, environments, rounds, index)
    return figures


def _measure_set(name: str, environments: Environments, rounds: int, index: RecordedIndex | None) -> list[Figure]:
    sides = {
        f"{who}, {state}": _Side(words, state, environments.scratch / "sets" / who.replace(" ", "-") / state)
        for who, words in _commands(environments, SETS[name], index).items()
        for state in _STATES_OF[who.removeprefix("dualvariant ")]
        if index is not None or state != "stale"
    }
    for side in sides.values():
        shutil.rmtree(side.caches, ignore_errors=True)
    runs: defaultdict[str, list[_Run]] = defaultdict(list)
    for turn in range(-1, rounds):
        print(f"{name}, round {turn} of {rounds}", file=sys.stderr)
        for label, side in sides.items():
            run = _run(side, environments, index)
            if turn >= 0:
                runs[label].append(run)
    _check_versions(name, runs)
    figures = []
    for label in (label for label in runs if label.startswith(("pip", "uv"))):
        figures += _compare(name, label, runs[f"dualvariant {label}"], runs[label], live=index is None)
        if f"passing {label}" in runs:
            passing, other = ([run.seconds for run in runs[side]] for side in (f"passing {label}", label))
            least = f"{ratio(passing, other):.2f} ×"
            figures.append(reported(f"… a server in Python that only passes pages on, of {label}", least))
    return figures


def _compare(name: str, label: str, ours: Sequence[_Run], theirs: Sequence[_Run], *, live: bool) -> list[Figure]:
    """Our runs against the installer's own."""
    mine, other = [run.seconds for run in ours], [run.seconds for run in theirs]
    what = f"{name}: dualvariant install --dry-run, of {label}"
    if label == "uv, warm" and not live:  # uv asks for nothing; starting Python takes longer than all it does
        more = difference(mine, other) * 1e3
        figures = [reported(f"{name}: dualvariant install --dry-run, more than {label}, ms", f"{more:.0f}")]
    else:
        limit = WITH_PIP if label.startswith("pip") else WITH_UV
        figures = [at_most(what, ratio(mine, other), limit, ours=mine, theirs=other)]
    figures.append(reported("… ours, theirs, ms", f"{spread(mine)}, {spread(other)}", ours=mine, theirs=other))
    processor = ratio([run.processor for run in ours], [run.processor for run in theirs])
    figures.append(reported("… processor time", f"{processor:.2f} ×"))
    return figures if live else [*figures, *_traffic(ours[-1].traffic, theirs[-1].traffic, f"{name}, {label}")]


def _traffic(ours: Traffic, theirs: Traffic, what: str) -> list[Figure]:
    """Requests and bytes: one of ours more than none would be too many."""
    figures = []
    for unit, mine, other in (("requests", ours.requests, theirs.requests), ("bytes", ours.sent, theirs.sent)):
        name = f"{what}: {unit} ({mine:,} of {other:,})"
        if ", pip, " in what:
            figures.append(at_most(name, mine / other if other else 1.0 + mine, TRAFFIC))
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
    commands: dict[str, Sequence[str]] = {
        "pip": [*pip, *source, *trusted, *requirements],
        "dualvariant pip": [*ours, "--engine", "pip", *source, *trusted, *requirements],
        "uv": [*uv, *source, *requirements],
        "dualvariant uv": [*ours, "--engine", "uv", *source, *requirements],
    }
    if index is not None:
        python = str(environments.ours / "bin" / "python")
        commands["passing uv"] = [python, "-I", "-S", str(_PASSING), index.url, _PORT, *uv, *requirements]
    return commands


def _run(side: _Side, environments: Environments, index: RecordedIndex | None) -> _Run:
    """One run. Each side has caches of its own; those of a cold run are removed before it."""
    if side.state == "cold":
        shutil.rmtree(side.caches, ignore_errors=True)
    variables = ("DUALVARIANT_CACHE_DIR", "PIP_CACHE_DIR", "UV_CACHE_DIR")
    environment = everyday(environments) | {
        variable: str(side.caches / cache) for variable, cache in zip(variables, _CACHES, strict=True)
    }
    if index is not None:
        index.stale, index.delay = side.state == "stale", AWAY if side.state == "stale" else 0.0
        index.reset()
    used, start = processor_seconds(), time.perf_counter()
    done = subprocess.run(side.words, env=environment, capture_output=True, text=True)
    took = time.perf_counter() - start
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(side.words)} failed:\n{done.stdout}{done.stderr}")
    words = [match["pip"] or match["uv"] for match in _FOUND.finditer(done.stdout + done.stderr)]
    traffic = Traffic() if index is None else index.reset()
    return _Run(took, processor_seconds() - used, traffic, frozenset(" ".join(words).split()))


def _check_versions(name: str, runs: Mapping[str, Sequence[_Run]]) -> None:
    """Both sides of each comparison must have resolved the set to the same versions."""
    for engine in ("pip", "uv"):
        found = {run.versions for label, made in runs.items() if f"{engine}," in label for run in made}
        if len(found) != 1 or not next(iter(found)):
            different = frozenset.union(*found) - frozenset.intersection(*found)
            raise SystemExit(f"{name}: {engine} came to different versions: {sorted(different)}")
