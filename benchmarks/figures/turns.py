"""Whole commands, run in turn: of two that are compared, both ran in every round, under the same weather."""

from __future__ import annotations

import resource
import shutil
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from figures.environments import Environments, undisturbed

__all__ = ["Command", "Samples", "difference", "everyday", "in_turn", "processor_seconds", "ratio"]

#: Command → seconds, one of each round.
Samples = dict[str, list[float]]


@dataclass(frozen=True)
class Command:
    """A command line, and the folders that it fills: they are emptied before each run."""

    words: Sequence[str]
    fills: Sequence[Path] = ()


def everyday(environments: Environments) -> dict[str, str]:
    """The environment of every command: caches and state of our own, which stay from run to run, and uv at hand."""
    scratch = environments.scratch
    found = undisturbed(
        DUALVARIANT_CACHE_DIR=str(scratch / "cache"),
        PIP_CACHE_DIR=str(scratch / "pip-cache"),
        UV_CACHE_DIR=str(scratch / "uv-cache"),
        UV_NO_CONFIG="1",
        XDG_STATE_HOME=str(scratch / "state"),
    )
    return {**found, "PATH": f"{environments.uv / 'bin'}:{found['PATH']}"}


def in_turn(
    what: str, table: Mapping[str, Command], rounds: int, environment: Mapping[str, str], *, warm_up: int = 2
) -> tuple[Samples, Samples]:
    """Wall-clock and processor seconds of each command with its children, one run of each in every round."""
    seconds: defaultdict[str, list[float]] = defaultdict(list)
    processor: defaultdict[str, list[float]] = defaultdict(list)
    for turn in range(-warm_up, rounds):
        if turn % 5 == 0:
            print(f"{what}, round {turn} of {rounds}", file=sys.stderr)
        for name, command in table.items():
            for folder in command.fills:
                shutil.rmtree(folder, ignore_errors=True)
            used, start = processor_seconds(), time.perf_counter()
            done = subprocess.run(command.words, env=environment, capture_output=True, text=True)
            took = time.perf_counter() - start
            if done.returncode != 0:
                raise SystemExit(f"{' '.join(command.words)} failed:\n{done.stdout}{done.stderr}")
            if not all(folder.exists() for folder in command.fills):
                raise SystemExit(f"{' '.join(command.words)} installed nothing:\n{done.stdout}{done.stderr}")
            if turn >= 0:
                seconds[name].append(took)
                processor[name].append(processor_seconds() - used)
    return seconds, processor


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """The median over the rounds of ours by theirs."""
    return median(our / their for our, their in zip(ours, theirs, strict=True))


def difference(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """The median over the rounds of what ours takes longer."""
    return median(our - their for our, their in zip(ours, theirs, strict=True))


def processor_seconds() -> float:
    """What all children that have ended used so far."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
