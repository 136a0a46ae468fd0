"""The smoke test: a finished wheel must run on the CPU that its label names, and should not run on one below.

The wheel is installed into an environment of its own and imported: on an emulated CPU of exactly the level that the
label names, or on this host if it supports the label and there is no emulator for it; and on an emulated CPU of the
level below, which has to refuse it. What cannot be tested is reported with the reason, and is not a failure.
"""

from __future__ import annotations

import platform
import sys
from collections.abc import Collection
from pathlib import Path

from dualvariant.builder.declaration.job import Job
from dualvariant.builder.verify.command import fill_placeholders
from dualvariant.builder.verify.cpus import Cpu, choose_cpus, find_claimed_level, find_missing_on_host, name_host
from dualvariant.builder.verify.emulators import Emulator, find_emulator
from dualvariant.builder.verify.environment import SmokeEnvironment
from dualvariant.builder.verify.results import Run, SmokeResult
from dualvariant.core.platforms import get_platform
from dualvariant.core.processes import Children
from dualvariant.trial.outcomes import FAILED, NOT_RUN
from variantlib.wheel_name import WheelName

__all__ = ["smoke_test"]


def smoke_test(
    wheel: Path,
    name: WheelName,
    job: Job,
    source: Path,
    folder: Path,
    children: Children,
    chosen: Collection[str] = (),
) -> SmokeResult:
    """Test a finished wheel, by an import and by the package's own test, if it has one.

    Args:
        wheel: the wheel, labelled or not.
        name: its name, which may differ from the file's.
        job: what it was built for, with the package's own test.
        source: the source tree, for ``{project}`` in the test.
        folder: an empty folder of ours, for the environment and the logs.
        children: runs the processes.
        chosen: native files that the package chooses when it runs: nothing but the package imports them.
    """
    target = get_platform(job.platform)
    machine, here = target.machine, platform.machine()
    if not target.is_linux or sys.platform != "linux":
        return _skip_all(job, f"it is for {job.platform}, and this is {sys.platform}")
    emulator = find_emulator(machine, here)
    if machine != here and isinstance(emulator, str):
        return _skip_all(job, emulator)
    environment = SmokeEnvironment(wheel, name, folder, children, chosen)
    if machine == here:
        problem = environment.install(sys.executable)
    else:
        assert isinstance(emulator, Emulator)
        problem = environment.install_for_machine(emulator, machine)
    if problem is not None:
        return _skip_all(job, problem, environment.outcome)
    cpus = choose_cpus(job, machine, here, emulator)
    native = machine == here and find_missing_on_host(job) is None
    runs = [cpu if isinstance(cpu, Run) else environment.try_import(cpu) for cpu in cpus]
    if runs[0].outcome == NOT_RUN and isinstance(cpus[0], Cpu) and native:
        # A dependency does not run on so old a CPU; the host's newer one shows at least that the wheel works.
        runs[0] = environment.try_import(_this_host(job, runs[0].reason))
    if job.settings.test_command:
        cpu = _this_host(job) if native else cpus[0]
        if isinstance(cpu, Run):
            runs.append(cpu._replace(what="test-command"))
        else:
            runs.append(_run_test(environment, job, cpu, source))
    return SmokeResult(tuple(runs))


def _this_host(job: Job, why: str | None = None) -> Cpu:
    return Cpu("claimed", name_host(get_platform(job.platform).machine, why), None, None)


def _run_test(environment: SmokeEnvironment, job: Job, cpu: Cpu, source: Path) -> Run:
    """The package's own test."""
    problem = environment.require(job.settings.test_requires)
    if problem is not None:
        return Run("test-command", cpu.name, FAILED, problem)
    return environment.try_command(fill_placeholders(job.settings.test_command or "", source, environment.wheel), cpu)


def _skip_all(job: Job, reason: str, outcome: str = NOT_RUN) -> SmokeResult:
    cpu = find_claimed_level(job)[0]
    tests = [Run("test-command", cpu, NOT_RUN, reason)] if job.settings.test_command else []
    return SmokeResult((Run("claimed", cpu, outcome, reason), *tests))
