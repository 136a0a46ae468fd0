"""What follows when the wheels of a run are finished, by whichever builder: audit, trials, names, twins, benchmark."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from attrs import evolve

from dualvariant.builder.declaration.benchmark import Benchmark
from dualvariant.builder.run.acceptance import Remember, audit_wheels, rename_wheels, try_wheels
from dualvariant.builder.run.benchmark import Bench, bench_wheels
from dualvariant.builder.run.result import BuildResult
from dualvariant.builder.run.source import Source, unpack_sdist
from dualvariant.builder.run.twins import write_twins
from dualvariant.core.processes import Children
from dualvariant.core.report import Reporter

__all__ = ["Verification", "forget", "without_test"]


def forget(result: BuildResult, more: object) -> None:
    """Keep nothing of what was found for the next run."""


class Verification(NamedTuple):
    """How the wheels of a run are verified.

    Args:
        output: the folder of the wheels.
        source: what they were built from: commands may name it.
        children: runs the processes.
        reporter: hears of what is rejected.
        runs: whether wheels are run: imported, tested and measured.
        benchmark: what they are compared by; None if nothing compares them.
        workers: how many are tried at a time.
    """

    output: Path
    source: Source
    children: Children
    reporter: Reporter
    runs: bool = True
    benchmark: Benchmark | None = None
    workers: int = 1

    def verify(self, results: Sequence[BuildResult], scratch: Path, remember: Remember = forget) -> list[BuildResult]:
        """Audit and test the wheels, give each the name of an accepted or a rejected one, and measure the good ones.

        Args:
            results: the wheels.
            scratch: an existing folder of ours.
            remember: keeps what was found.
        """
        found = audit_wheels(results, self.output, remember)
        if not self.runs:
            return self._name(found)
        tree = self._find_tree(found, scratch)
        found = try_wheels(found, scratch, tree, self.workers, self.children, self.reporter, remember)
        found = self._name(found)
        if self.benchmark is None:
            return found
        return bench_wheels(found, Bench(self.benchmark, tree, scratch, self.children, self.reporter))

    def _name(self, results: Sequence[BuildResult]) -> list[BuildResult]:
        return write_twins(rename_wheels(results, self.reporter), self.output, self.reporter)

    def _find_tree(self, results: Sequence[BuildResult], scratch: Path) -> Path:
        """The source tree for ``{project}`` in commands; an sdist is unpacked if there is a command to run."""
        needed = self.benchmark or any(result.job.settings.test_command for result in results)
        if self.source.path.is_dir() or not needed:
            return self.source.path.resolve()
        return unpack_sdist(self.source.path, scratch.resolve() / "tested-source")


def without_test(result: BuildResult) -> BuildResult:
    """The same result for a job whose own test has run already."""
    settings = evolve(result.job.settings, test_command=None)
    return result._replace(job=result.job.with_settings(settings))
