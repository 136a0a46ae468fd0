"""What is done with wheels once all of them are built: labels are audited, wheels tried, and names given by that."""

from __future__ import annotations

import hashlib
import json
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

from attrs import evolve

from dualvariant.builder.run.outcome import Outcome, end_of
from dualvariant.builder.run.output import settle
from dualvariant.core.errors import DualvariantError
from dualvariant.core.files import sha256_of
from dualvariant.core.processes import Children
from dualvariant.core.report import Reporter
from variantlib.errors import VariantError
from variantlib.wheel_name import parse_wheel_name

__all__ = ["audited", "named", "tried"]

#: Keeps what was found, for the next run.
Remember = Callable[[Outcome, dict[str, Any]], None]


def audited(outcomes: Sequence[Outcome], folder: Path, remember: Remember) -> list[Outcome]:
    """Compare every label with the machine code, and the wheels with each other.

    Nothing is read again where every wheel was seen in this very company.

    Args:
        outcomes: the wheels.
        folder: where wheels lie that were made before, and will be published with these.
        remember: keeps what was found.
    """
    ours = [(outcome.name, outcome.file) for outcome in outcomes if outcome.name and outcome.file]
    files = {file for _, file in ours}
    others = [(path.name, path) for path in sorted(folder.glob("*.whl")) if path not in files]
    together = sorted((name, sha256_of(file)) for name, file in [*ours, *others])
    key = hashlib.sha256(json.dumps(together).encode()).hexdigest()
    if all((outcome.audit or {}).get("set") == key for outcome in outcomes if outcome.built):
        return list(outcomes)
    from dualvariant.audit.release import compare_audits
    from dualvariant.audit.wheel import audit_wheel

    audits, seconds = [], []
    for name, file in ours:
        started = time.monotonic()
        audits.append(audit_wheel(file, parse_wheel_name(name)))
        seconds.append(round(time.monotonic() - started, 3))
    for _, file in others:
        with suppress(DualvariantError, VariantError):  # whatever it is, it is none of ours
            audits.append(audit_wheel(file))
    results = zip(compare_audits(audits)[: len(ours)], seconds, strict=True)
    found: list[Outcome] = []
    for outcome in outcomes:
        if outcome.built:
            audit, took = next(results)
            outcome = evolve(outcome, audit={"set": key, **audit.in_brief(), "seconds": took})
            remember(outcome, {"audit": outcome.audit})
        found.append(outcome)
    return found


def tried(
    outcomes: Sequence[Outcome],
    folder: Path,
    source: Path,
    workers: int,
    children: Children,
    reporter: Reporter,
    remember: Remember,
) -> list[Outcome]:
    """Try every wheel that was not tried as it is.

    Args:
        outcomes: the wheels.
        folder: an existing folder of ours.
        source: what they were built from: test commands may name files of it.
        workers: how many are tried at a time.
        children: runs the processes.
        reporter: is told of those that do not run.
        remember: keeps what came of it.
    """
    from dualvariant.builder.verify.smoke import smoke_test

    def one(outcome: Outcome) -> Outcome:
        if outcome.name is None or outcome.file is None or outcome.smoke is not None:
            return outcome
        place = folder.resolve() / f"smoke-{outcome.job.name}"
        place.mkdir()
        name = parse_wheel_name(outcome.name)
        result = smoke_test(outcome.file.resolve(), name, outcome.job, sys.executable, source, place, children)
        log = outcome.log.with_name(f"{outcome.job.name}-smoke.log")
        said = [path.read_text("utf-8", "replace") for path in sorted(place.rglob("*.log"))]
        log.write_text("\n".join(said), "utf-8")
        if result.failed:
            reporter.warn(f"{outcome.name}: {result.summary}\n{end_of(log)}\n  the whole log: {log}")
        return evolve(outcome, smoke=result.to_dict())

    with ThreadPoolExecutor(max_workers=workers) as pool:
        try:
            found = list(pool.map(one, outcomes))
        except BaseException:
            children.stop()
            raise
    for before, outcome in zip(outcomes, found, strict=True):
        if outcome is not before:
            remember(outcome, {"smoke": outcome.smoke, "command": outcome.job.test_key})
    return found


def named(outcomes: Sequence[Outcome], reporter: Reporter) -> list[Outcome]:
    """Give each wheel its name if it is good, and set it aside if not."""
    return [_named(outcome, reporter) for outcome in outcomes]


def _named(outcome: Outcome, reporter: Reporter) -> Outcome:
    if outcome.name is None or outcome.file is None:
        return outcome
    try:
        file = settle(outcome.file, outcome.name, good=outcome.good)
    except OSError as error:
        return evolve(outcome, file=None, error=f"the wheel cannot be renamed ({error.strerror})")
    if not outcome.good:
        for lie in (outcome.audit or {}).get("lies", ()):
            reporter.warn(f"{outcome.name}: its label is not true: {lie}")
        if outcome.kept and outcome.smoke and outcome.smoke["failed"]:
            reporter.warn(f"{outcome.name}: {outcome.smoke['summary']}")
        reporter.warn(f"{outcome.name}: set aside, where no index and no installer takes it: {file}")
    return evolve(outcome, file=file)
