"""The steps after all wheels of a build are finished: audit the labels, test the wheels, give them their names."""

from __future__ import annotations

import hashlib
import json
import platform
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

from dualvariant.builder.declaration.job import Job
from dualvariant.builder.run.output import rename_wheel
from dualvariant.builder.run.result import BuildResult, read_log_end
from dualvariant.builder.verify.emulators import find_emulator
from dualvariant.core.errors import DualvariantError
from dualvariant.core.files import sha256_of
from dualvariant.core.platforms import get_platform
from dualvariant.core.processes import Children
from dualvariant.core.report import Reporter
from variantlib.errors import VariantError
from variantlib.wheel_name import parse_wheel_name

__all__ = ["audit_wheels", "make_trial_key", "rename_wheels", "try_wheels"]

#: Keeps what was found, for the next run.
Remember = Callable[[BuildResult, dict[str, Any]], None]


def audit_wheels(results: Sequence[BuildResult], folder: Path, remember: Remember) -> list[BuildResult]:
    """Compare every label with the machine code, and the wheels with each other.

    Nothing is read again if every wheel was audited before, together with the same others.

    Args:
        results: the wheels.
        folder: the output folder; wheels in it from earlier runs will be published with these.
        remember: keeps what was found.
    """
    ours = [(result.name, result.file) for result in results if result.name and result.file]
    files = {file for _, file in ours}
    others = [(path.name, path) for path in sorted(folder.glob("*.whl")) if path not in files]
    together = sorted((name, sha256_of(file)) for name, file in [*ours, *others])
    key = hashlib.sha256(json.dumps(together).encode()).hexdigest()
    if all((result.audit or {}).get("set") == key for result in results if result.is_built):
        return list(results)
    from dualvariant.audit.release import compare_audits
    from dualvariant.audit.wheel import audit_wheel

    audits, seconds = [], []
    for name, file in ours:
        started = time.monotonic()
        audits.append(audit_wheel(file, parse_wheel_name(name)))
        seconds.append(round(time.monotonic() - started, 3))
    for _, file in others:
        with suppress(DualvariantError, VariantError):  # a wheel that this run did not make is not this run's problem
            audits.append(audit_wheel(file))
    found = zip(compare_audits(audits)[: len(ours)], seconds, strict=True)
    audited: list[BuildResult] = []
    for result in results:
        if result.is_built:
            audit, took = next(found)
            result = result._replace(audit={"set": key, **audit.in_brief(), "seconds": took})
            remember(result, {"audit": result.audit})
        audited.append(result)
    return audited


def try_wheels(
    results: Sequence[BuildResult],
    folder: Path,
    source: Path,
    workers: int,
    children: Children,
    reporter: Reporter,
    remember: Remember,
) -> list[BuildResult]:
    """Run the smoke test of every wheel that has no result of one.

    Args:
        results: the wheels.
        folder: an existing folder of ours.
        source: the source tree, which test commands may name.
        workers: how many are tested at a time.
        children: runs the processes.
        reporter: hears of those that fail.
        remember: keeps the results.
    """
    from dualvariant.builder.verify.smoke import smoke_test

    def try_wheel(number: int, result: BuildResult) -> BuildResult:
        if result.name is None or result.file is None or result.smoke is not None:
            return result
        place = folder.resolve() / f"smoke-{number}"
        place.mkdir()
        name = parse_wheel_name(result.name)
        chosen = (result.audit or {}).get("beyond") or {}
        outcome = smoke_test(result.file.resolve(), name, result.job, source, place, children, chosen)
        log = result.log.with_name(f"{result.job.name}-{name.python}-smoke.log")
        output = [path.read_text("utf-8", "replace") for path in sorted(place.rglob("*.log"))]
        log.write_text("\n".join(output), "utf-8")
        if outcome.failed and not children.stopped:
            reporter.warn(f"{result.name}: {outcome.summary}\n{read_log_end(log)}\n  the whole log: {log}")
        return result._replace(smoke=outcome.to_dict())

    with ThreadPoolExecutor(max_workers=workers) as pool:
        try:
            found = list(pool.map(try_wheel, range(len(results)), results))
        except BaseException:
            children.stop()
            raise
    for before, result in zip(results, found, strict=True):
        if result is not before:
            remember(result, {"smoke": result.smoke, "trial": make_trial_key(result.job)})
    return found


def make_trial_key(job: Job) -> list[str | None]:
    """What the result of a trial depends on beside the wheel: the test, and the emulator that there is."""
    machine = get_platform(job.platform).machine
    emulator = find_emulator(machine, platform.machine())
    found = "none" if isinstance(emulator, str) else f"{emulator.program} {emulator.root or ''}"
    return [*job.test_key, found]


def rename_wheels(results: Sequence[BuildResult], reporter: Reporter) -> list[BuildResult]:
    """Give each accepted wheel its name, and each other one the name of a rejected wheel."""
    return [_rename(result, reporter) for result in results]


def _rename(result: BuildResult, reporter: Reporter) -> BuildResult:
    if result.name is None or result.file is None:
        return result
    try:
        file = rename_wheel(result.file, result.name, accepted=result.is_accepted)
    except OSError as error:
        return result._replace(file=None, error=f"the wheel cannot be renamed ({error.strerror})")
    if not result.is_accepted:
        reporter.warn(f"{result.name}: rejected; indexes and installers will not see it as {file}")
    return result._replace(file=file)
