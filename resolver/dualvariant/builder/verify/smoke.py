"""Does a finished wheel run on the processor that its label names, and not on one below?

The wheel is installed into an environment of its own and imported: on an emulated processor of exactly the level that
the label promises, or natively if the host supports the label and there is no emulator for it; and on an emulated one
of the level below, which has to refuse it. What cannot be tried is told of, with the reason, and is no failure.
"""

from __future__ import annotations

import platform
import sys
from pathlib import Path

from attrs import evolve

from dualvariant.builder.declaration.job import Job
from dualvariant.builder.verify.cpus import Cpu, claim, host_lacks, processors
from dualvariant.builder.verify.emulators import Emulator, find_emulator
from dualvariant.builder.verify.environment import Stage
from dualvariant.builder.verify.results import FAILED, NOT_RUN, Run, SmokeResult
from dualvariant.builder.verify.test_command import filled
from dualvariant.core.processes import Children
from variantlib.wheel_name import WheelName

__all__ = ["smoke_test"]


def smoke_test(
    wheel: Path, name: WheelName, job: Job, python: str, source: Path, folder: Path, children: Children
) -> SmokeResult:
    """Try a finished wheel, by an import and by the package's own test, if it has one.

    Args:
        wheel: the wheel, labelled or not.
        name: what it is called, whatever the file is.
        job: what it was built for; it has the test, which is run where the label is claimed to run.
        python: the interpreter to install it for, where it is for this machine's architecture.
        source: the source tree, for ``{project}`` in the test.
        folder: an empty folder of ours, for the environment and the logs.
        children: runs the processes.
    """
    system, _, machine = job.platform.partition("_")
    here = platform.machine()
    if system != "linux" or sys.platform != "linux":
        return _all_not_run(job, f"it is for {job.platform}, and this is {sys.platform}")
    emulator = find_emulator(machine, here)
    if machine != here and isinstance(emulator, str):
        return _all_not_run(job, emulator)
    stage = Stage(wheel, name, folder, children)
    if machine == here:
        problem = stage.install(python)
    else:
        assert isinstance(emulator, Emulator)
        problem = stage.install_abroad(emulator, machine)
    if problem is not None:
        return _all_not_run(job, problem, stage.outcome)
    cpus = processors(job, machine, here, emulator)
    native = machine == here and host_lacks(job) is None
    runs = [cpu if isinstance(cpu, Run) else stage.try_import(cpu) for cpu in cpus]
    if runs[0].outcome == NOT_RUN and isinstance(cpus[0], Cpu) and native:
        # What it needs does not run on so old a processor; then a newer one has to do.
        runs[0] = stage.try_import(_host(job, f"this host, because {runs[0].reason}"))
    if job.settings.test_command:
        where = _host(job) if native else cpus[0]
        if isinstance(where, Run):
            runs.append(evolve(where, what="test-command"))
        else:
            runs.append(_tested(stage, job, where, source))
    return SmokeResult(tuple(runs))


def _host(job: Job, how: str = "this host") -> Cpu:
    return Cpu("claimed", f"{claim(job)[0]} ({how})", None, None)


def _tested(stage: Stage, job: Job, cpu: Cpu, source: Path) -> Run:
    """The package's own test."""
    problem = stage.require(job.settings.test_requires)
    if problem is not None:
        return Run("test-command", cpu.name, FAILED, problem)
    return stage.try_command(filled(job.settings.test_command or "", source, stage.wheel), cpu)


def _all_not_run(job: Job, reason: str, outcome: str = NOT_RUN) -> SmokeResult:
    cpu = claim(job)[0]
    tested = [Run("test-command", cpu, NOT_RUN, reason)] if job.settings.test_command else []
    return SmokeResult((Run("claimed", cpu, outcome, reason), *tested))
