"""Looking through an environment in which nothing is to be exchanged: ``refit`` beside the lists of outdated packages.

All of them read the page of each installed project. The pages are recorded ones (:mod:`figures.recorded`), and the
packages are those of ``fastapi[all]``.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from figures.environments import Environments
from figures.figure import Figure, at_most, reported, spread
from figures.recorded import RecordedIndex, serve_recorded
from figures.turns import everyday, ratio

__all__ = ["measure"]

REQUIREMENT = "fastapi[all]"
#: The promise, beside ``pip list --outdated``.
LIMIT = 0.5
#: Seconds to the index where pages have to be asked for again.
AWAY = 0.03


def measure(environments: Environments, rounds: int) -> list[Figure]:
    """Runs of each command in turn, with kept pages that are fresh, and with pages that are stale."""
    folder = environments.scratch / "refit"
    environment = {
        **everyday(environments),
        "DUALVARIANT_CACHE_DIR": str(folder / "cache"),
        "PIP_CACHE_DIR": str(folder / "pip-cache"),
        "UV_CACHE_DIR": str(folder / "uv-cache"),
    }
    figures: list[Figure] = []
    pages = environments.scratch.parent / "recorded-pages"
    with serve_recorded(pages, record=True) as index:
        commands = _make_commands(environments, folder / "environment", index, environment)
        for state in ("warm", "stale"):
            taken: defaultdict[str, list[float]] = defaultdict(list)
            for turn in range(-1, rounds):
                print(f"refit, {state}, round {turn} of {rounds}", file=sys.stderr)
                for who, words in commands.items():
                    index.stale, index.delay = state == "stale", AWAY if state == "stale" else 0.0
                    seconds = _run(words, environment)
                    if turn >= 0:
                        taken[who].append(seconds)
            figures += _compare(state, taken["refit"], taken["pip"], taken["uv"])
    return figures


def _make_commands(
    environments: Environments, target: Path, index: RecordedIndex, environment: dict[str, str]
) -> dict[str, Sequence[str]]:
    """Fill an environment from the real index, and name the commands that look through it."""
    uv, python = str(environments.uv / "bin" / "uv"), str(target / "bin" / "python")
    filling = {**environment, **{name: os.environ[name] for name in os.environ if name.startswith(("PIP_", "UV_"))}}
    for words in (
        [uv, "venv", "-q", "--clear", "--seed", str(target)],
        [uv, "pip", "install", "-q", "--python", python, REQUIREMENT],
    ):
        subprocess.run(words, env=filling, check=True)
    trusted = ["--trusted-host", "127.0.0.1"]
    ours = str(environments.ours / "bin" / "dualvariant")
    return {
        "refit": [ours, "refit", "--dry-run", "--python", python, "--index-url", index.url, *trusted],
        "pip": [python, "-m", "pip", "list", "--outdated", "--index-url", index.url, *trusted],
        "uv": [uv, "pip", "list", "--outdated", "--python", python, "--default-index", index.url],
    }


def _run(words: Sequence[str], environment: dict[str, str]) -> float:
    start = time.perf_counter()
    done = subprocess.run(words, env=environment, capture_output=True, text=True)
    took = time.perf_counter() - start
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(words)} failed:\n{done.stdout}{done.stderr}")
    return took


def _compare(state: str, ours: Sequence[float], pip: Sequence[float], uv: Sequence[float]) -> list[Figure]:
    what = f"refit with nothing to exchange, {state}"
    return [
        at_most(f"{what}, of pip list --outdated", ratio(ours, pip), LIMIT, ours=ours, theirs=pip),
        reported(f"{what}, of uv pip list --outdated", f"{ratio(ours, uv):.2f} ×"),
        reported("… refit, pip, uv, ms", f"{spread(ours)}, {spread(pip)}, {spread(uv)}", uv=uv),
    ]
