"""A wheel of 200 MB over http: what we add to pip's time, and what we need of memory."""

from __future__ import annotations

import random
import shutil
import subprocess
import sys
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from statistics import median

from figures.environments import PIPS, Environments, python_of, undisturbed
from figures.figure import Figure, at_most, reported, spread
from figures.serving import served
from figures.tiny import write_wheel
from figures.turns import Command, everyday, in_turn, ratio
from figures.worker import run_worker

__all__ = ["measure"]

LARGE, SMALL = "large_project", "small_project"
SIZE = 200_000_000

ROUNDS = 11
MEMORY_ROUNDS = 3


def measure(environments: Environments, rounds: int) -> list[Figure]:
    """pip fetches the file from the index itself; only where the index has a login, it comes through us."""
    index = _index(environments)
    target = environments.pips[PIPS[0]]
    # What pip keeps of a download would otherwise answer the second run.
    environment = {**everyday(environments), "PIP_NO_CACHE_DIR": "1"}
    with served(index) as address:
        urls = {"http": f"{address}/simple", "login": f"{address}/simple".replace("//", "//user:secret@")}
        table = {}
        for kind, url in urls.items():
            options = ["install", "--no-deps", "--index-url", url, LARGE]
            ours = [str(environments.ours / "bin" / "dualvariant"), *options, "--python", str(target)]
            table[f"pip, {kind}"] = Command([str(target / "bin" / "pip"), *options], _filled(target, LARGE))
            table[f"dualvariant, {kind}"] = Command(ours, _filled(target, LARGE))
        seconds, _ = in_turn("a wheel of 200 MB", table, min(ROUNDS, rounds), environment, warm_up=1)
        memory = _memory(environments, urls, environment)
    figures = []
    names = {"http": "A wheel of 200 MB over http", "login": "… from an index with a login, through us"}
    for kind, name in names.items():
        ours_took, pip_took = seconds[f"dualvariant, {kind}"], seconds[f"pip, {kind}"]
        value = ratio(ours_took, pip_took)
        samples = {"ours": ours_took, "theirs": pip_took}
        if kind == "http":
            figures.append(at_most(f"{name}, of pip {PIPS[0]} install", value, 1.02, "{:.3f} ×", **samples))
        else:
            figures.append(reported(f"{name}, of pip {PIPS[0]} install", f"{value:.3f} ×", **samples))
        figures.append(reported("… ours, pip, ms", ", ".join(map(spread, (ours_took, pip_took)))))
        large, small = memory[LARGE, kind], memory[SMALL, kind]
        value = median(large) / median(small)
        figures.append(at_most("… our peak memory, of that with a tiny wheel", value, 1.1, large=large, small=small))
        figures.append(reported("… large, tiny, MB", f"{median(large) / 1e6:.1f}, {median(small) / 1e6:.1f}"))
    return figures


def _memory(
    environments: Environments, urls: Mapping[str, str], environment: Mapping[str, str]
) -> dict[tuple[str, str], list[float]]:
    target = environments.pips[PIPS[0]]
    peaks: defaultdict[tuple[str, str], list[float]] = defaultdict(list)
    for turn in range(MEMORY_ROUNDS):
        print(f"memory, round {turn + 1} of {MEMORY_ROUNDS}", file=sys.stderr)
        for kind, url in urls.items():
            for project in (LARGE, SMALL):
                for folder in _filled(target, project):
                    shutil.rmtree(folder, ignore_errors=True)
                words = ["install", "--quiet", "--index-url", url, project, "--python", target]
                result = run_worker(environments.ours, "peak.py", *words, environment=environment)
                if result["code"] != 0:
                    raise SystemExit(f"the install of {project} failed")
                peaks[project, kind].append(result["peak"])
    return peaks


def _filled(environment: Path, project: str) -> list[Path]:
    site = next((environment / "lib").glob("python*/site-packages"))
    return [site / project, site / f"{project}-1.0.dist-info"]


def _index(environments: Environments) -> Path:
    """A static index of two projects, each with a standard wheel and a variant of the same content."""
    index = environments.scratch / "large-index"
    shutil.rmtree(index, ignore_errors=True)
    index.mkdir()
    ours = [python_of(environments.ours), "-m", "dualvariant"]
    ballast = random.Random(20250220).randbytes(SIZE)  # nothing on the way can make it smaller
    for wheel in (write_wheel(index, LARGE, ballast), write_wheel(index, SMALL)):
        tag = [*ours, "tag", str(wheel), "-p", "x86_64 :: level :: v1", "-o", str(index)]
        subprocess.run(tag, check=True, stdout=subprocess.DEVNULL, env=undisturbed())
    subprocess.run([*ours, "index", str(index)], check=True, stdout=subprocess.DEVNULL, env=undisturbed())
    return index
