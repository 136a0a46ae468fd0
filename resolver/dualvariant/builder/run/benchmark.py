"""Does a variant pay? Run the project's benchmark in each finished wheel that this host can run, in turns.

Each wheel gets an environment of its own, and the standard wheel a second one: how far these two differ is the noise,
beyond which a variant has to be (:mod:`dualvariant.measure.comparison`). A first run of each is not counted: it
compiles Python's files and fills caches. The wheels do not change by it, so the same sources still give the same bytes.
"""

from __future__ import annotations

import json
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from dualvariant.builder.declaration.benchmark import Benchmark
from dualvariant.builder.run.result import BuildResult, read_log_end
from dualvariant.builder.verify.command import fill_placeholders
from dualvariant.builder.verify.cpus import find_missing_on_host, name_host
from dualvariant.builder.verify.environment import SmokeEnvironment
from dualvariant.core.platforms import get_platform
from dualvariant.core.processes import Children
from dualvariant.core.report import Reporter
from dualvariant.measure.comparison import Comparison, compare, plan_rounds
from dualvariant.measure.turns import run_in_turns
from variantlib.wheel_name import WheelName, parse_wheel_name

__all__ = ["Bench", "bench_wheels"]

#: The names of the standard wheel's two environments among the contenders, which no wheel can have.
_BASELINE, _CONTROL = "the standard wheel", "the standard wheel again"


class Bench(NamedTuple):
    """How wheels are compared.

    Args:
        benchmark: the command.
        source: the source tree, for ``{project}`` in the command.
        folder: an existing folder of ours.
        children: runs the processes.
        reporter: hears how it goes on.
        clock: seconds that only grow: the difference of two readings is what a run took.
    """

    benchmark: Benchmark
    source: Path
    folder: Path
    children: Children
    reporter: Reporter
    clock: Callable[[], float] = time.perf_counter


class _NoRunError(Exception):
    """A wheel cannot be measured; the message says why."""


def bench_wheels(results: Sequence[BuildResult], bench: Bench) -> list[BuildResult]:
    """Measure the accepted wheels that this host can run; those of one Python and platform are compared.

    A wheel that cannot be measured has the reason in its result. No wheel is rejected for its speed.
    """
    groups: dict[tuple[str, ...], list[BuildResult]] = {}
    for result in results:
        if result.name is not None and result.is_accepted:
            name = parse_wheel_name(result.name)
            groups.setdefault((result.job.platform, name.python, name.abi), []).append(result)
    found: dict[str, Mapping[str, Any]] = {}
    for number, group in enumerate(groups.values()):
        place = bench.folder.resolve() / f"bench-{number}"
        place.mkdir()
        found |= _Group(group, bench._replace(folder=place)).measure()
    return [result._replace(bench=found.get(result.name or "")) for result in results]


class _Group:
    """The wheels of one Python and platform."""

    def __init__(self, results: Sequence[BuildResult], bench: Bench) -> None:
        self.results, self.bench = results, bench
        self.log = results[0].log.with_name("benchmark.log")
        self.report = results[0].log.with_name(f"{results[0].job.platform}-benchmark.json")

    def measure(self) -> dict[str, Mapping[str, Any]]:
        """What is to be said of each wheel, by its file name."""
        variants = {str(result.name): result for result in self.results if result.job.variant is not None}
        standard = next((result for result in self.results if result.job.variant is None), None)
        if standard is None:
            return dict.fromkeys(variants, _refuse("there is no standard wheel in this run to compare it with"))
        found: dict[str, Mapping[str, Any]] = {}
        runs: dict[str, Callable[[], float]] = {}
        seconds = 0.0
        for number, (name, result) in enumerate({_BASELINE: standard, _CONTROL: standard, **variants}.items()):
            try:
                run = self._prepare(result, str(number))
                seconds += run()
            except _NoRunError as error:
                if result is standard:
                    return dict.fromkeys(variants, _refuse(f"the standard wheel cannot be measured: {error}"))
                found[name] = _refuse(str(error))
            else:
                runs[name] = run
        if len(runs) > 2:  # beside the standard wheel and its control
            rounds = plan_rounds(seconds, len(runs) - 1, self.bench.benchmark.seconds)
            words = f"benchmark: {rounds} rounds of {len(runs)} runs, about {rounds * seconds:.0f} s"
            self.bench.reporter.progress(words)
            found |= self._compare(runs, rounds)
        return found

    def _compare(self, runs: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, Mapping[str, Any]]:
        try:
            times = run_in_turns(runs, rounds, lambda number: self.bench.reporter.advance(number, rounds))
        except _NoRunError as error:
            return {name: _refuse(str(error)) for name in runs if name not in (_BASELINE, _CONTROL)}
        document = {"command": self.bench.benchmark.command, "seconds": times}
        self.report.write_text(json.dumps(document, indent=1) + "\n", "utf-8")
        compared = compare(times.pop(_BASELINE), times.pop(_CONTROL), times)
        return {name: _describe(comparison) for name, comparison in compared.items()}

    def _prepare(self, result: BuildResult, number: str) -> Callable[[], float]:
        """An environment with the wheel, where the command has run once already.

        What is returned runs the command once more, and says how many seconds it took.
        """
        assert result.file is not None and result.name is not None
        self._check_host(result)
        place = self.bench.folder / number
        place.mkdir()
        name: WheelName = parse_wheel_name(result.name)
        environment = SmokeEnvironment(result.file.resolve(), name, place, self.bench.children)
        problem = environment.install(sys.executable) or environment.require(self.bench.benchmark.requires)
        if problem is not None:
            raise _NoRunError(problem)
        command = fill_placeholders(self.bench.benchmark.command, self.bench.source, environment.wheel)
        work = place / "work"
        work.mkdir()
        run = partial(self._run, command, str(work), environment.environ)
        run()
        return run

    def _check_host(self, result: BuildResult) -> None:
        target = get_platform(result.job.platform)
        if target.machine != platform.machine() or not target.is_linux or sys.platform != "linux":
            raise _NoRunError(f"it is for {result.job.platform}, and only what this host runs can be measured")
        lacks = find_missing_on_host(result.job)
        if lacks is not None:
            raise _NoRunError(lacks)

    def _run(self, command: str, folder: str, environ: Mapping[str, str]) -> float:
        started = self.bench.clock()
        try:
            self.bench.children.run(["/bin/sh", "-c", command], folder, environ, self.log)
        except subprocess.CalledProcessError as error:
            if self.bench.children.stopped:
                raise
            reason = f"the benchmark failed (exit code {error.returncode})"
            self.bench.reporter.warn(f"{reason}\n{read_log_end(self.log)}\n  the whole log: {self.log}")
            raise _NoRunError(f"{reason}; the log has its output: {self.log}") from error
        return self.bench.clock() - started


def _refuse(reason: str) -> Mapping[str, Any]:
    """A wheel that is not measured, as ``build --json`` has it."""
    return {"verdict": "not measured", "reason": reason}


def _describe(comparison: Comparison) -> dict[str, Any]:
    """A comparison as ``build --json`` has it."""
    return {
        "verdict": comparison.verdict,
        "ratio": round(comparison.ratio, 4),
        "low": round(comparison.low, 4),
        "high": round(comparison.high, 4),
        "noise": round(comparison.noise, 4),
        "confidence": round(comparison.confidence, 4),
        "rounds": comparison.rounds,
        "cpu": name_host(platform.machine()),
    }
