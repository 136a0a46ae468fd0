"""How one wheel's build ended."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from attrs import frozen

from dualvariant.builder.declaration.job import Job

__all__ = ["LOGS", "Outcome", "end_of"]

#: The folder of the logs, beside the wheels.
LOGS = "logs"

_LAST_LINES = 12


@frozen
class Outcome:
    """How one job ended.

    Args:
        job: the job.
        log: what its build printed.
        seconds: what the project's own build took.
        name: the file name that the wheel has, or would have; None if there is no wheel.
        file: where the wheel is: under its name once it is proven, under another if it is not what it says.
        error: why there is none.
        kept: whether it was there already.
        after: seconds for strip, repair, provenance and label.
        audit: what the audit found, as ``dualvariant audit --json`` says it, and the seconds it took.
        smoke: what came of trying the wheel.
    """

    job: Job
    log: Path
    seconds: float
    name: str | None = None
    file: Path | None = None
    error: str | None = None
    kept: bool = False
    after: float = 0.0
    audit: Mapping[str, Any] | None = None
    smoke: Mapping[str, Any] | None = None

    @property
    def built(self) -> bool:
        """There is a wheel, whatever it is worth."""
        return self.file is not None

    @property
    def good(self) -> bool:
        """There is a wheel, its label is true, and it ran wherever it was tried."""
        lies = (self.audit or {}).get("lies") or []
        return self.built and not lies and not (self.smoke or {}).get("failed")


def end_of(log: Path) -> str:
    """The last lines of a log, indented."""
    try:
        lines = log.read_text("utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    return "\n".join(f"  | {line}" for line in lines[-_LAST_LINES:])
