"""``refit`` of an environment in which nothing is to be exchanged, in turn with what asks an index as much.

``pip list --outdated`` and ``uv pip list --outdated`` read the same pages of the same recorded index
(:mod:`figures.recorded`): that of every installed project.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from figures.environments import PIPS, UV, Environments, python_of, undisturbed
from figures.figure import Figure, at_most, reported, spread
from figures.recorded import serve_recorded
from figures.turns import Command, everyday, in_turn, ratio

__all__ = ["measure"]

#: What is installed, with all that it needs: 60 distributions, none of which has a variant.
INSTALLED = "fastapi[all]"

#: How much of the time of ``pip list --outdated`` a refit may take.
LIMIT = 0.5

#: What the caches hold: nothing, or everything.
STATES = ("cold", "warm")


def measure(environments: Environments, rounds: int) -> list[Figure]:
    """``refit``, ``pip list --outdated`` and ``uv pip list --outdated`` of one environment."""
    with serve_recorded(environments.scratch.parent / "recorded-pages", record=True) as index:
        target, count = _fill(environments, index.url)
        table = {}
        for state in STATES:
            for who, words in _commands(environments, target, index.url).items():
                caches = environments.scratch / "refit" / who.replace(" ", "-") / state
                name = f"{who}, {state}"
                table[name] = Command([*_with_caches(caches), *words], [caches] if state == "cold" else [])
        seconds, processor = in_turn("refit", table, rounds, everyday(environments))
    figures = []
    for state in STATES:
        ours, pip, uv = (seconds[f"{who}, {state}"] for who in ("refit", "pip", "uv"))
        name = f"refit of {count} distributions, nothing to exchange, of pip {PIPS[0]} list --outdated ({state} caches)"
        figures.append(at_most(name, ratio(ours, pip), LIMIT, ours=ours, theirs=pip))
        figures.append(reported(f"… of uv {UV} pip list --outdated", f"{ratio(ours, uv):.2f} ×", theirs=uv))
        figures.append(reported("… ours, pip, uv, ms", ", ".join(map(spread, (ours, pip, uv)))))
        used = ratio(processor[f"refit, {state}"], processor[f"pip, {state}"])
        figures.append(reported("… processor time, of pip", f"{used:.2f} ×"))
    return figures


def _commands(environments: Environments, target: Path, url: str) -> Mapping[str, Sequence[str]]:
    ours, uv = environments.ours / "bin" / "dualvariant", environments.uv / "bin" / "uv"
    source = ["--index-url", url]
    return {
        "pip": [python_of(target), "-m", "pip", "list", "--outdated", *source],
        "refit": [str(ours), "refit", "--python", str(target), *source],
        "uv": [str(uv), "pip", "list", "--outdated", "--python", str(target), *source],
    }


def _with_caches(folder: Path) -> list[str]:
    """The beginning of a command that keeps its caches in a folder, which is made: pip keeps nothing of http."""
    names = ("PIP_CACHE_DIR", "UV_CACHE_DIR", "DUALVARIANT_CACHE_DIR")
    variables = [f"{name}={folder / name.lower()}" for name in names]
    return ["sh", "-c", 'mkdir -p "$1" && shift && exec env "$@"', "sh", str(folder), *variables]


def _fill(environments: Environments, url: str) -> tuple[Path, int]:
    """An environment with the versions of the recorded pages, from the real index, and how many there are, with pip."""
    target = environments.scratch / "refit-target"
    shutil.rmtree(target, ignore_errors=True)
    subprocess.run([sys.executable, "-m", "venv", str(target)], check=True)
    pip = [python_of(environments.pips[PIPS[0]]), "-m", "pip", "--python", str(target), "install", "--quiet"]
    resolve = [*pip, "--dry-run", "--report", "-", "--index-url", url, INSTALLED, f"pip=={PIPS[0]}"]
    done = subprocess.run(resolve, check=True, stdout=subprocess.PIPE, text=True, env=undisturbed())
    found = [item["metadata"] for item in json.loads(done.stdout)["install"]]
    pinned = [f"{each['name']}=={each['version']}" for each in found]
    subprocess.run([*pip, "--no-deps", *pinned], check=True)
    listed = subprocess.run([*pip[:5], "list", "--format", "json"], check=True, stdout=subprocess.PIPE, text=True)
    return target, len(json.loads(listed.stdout))
