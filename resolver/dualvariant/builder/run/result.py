"""How the build of one wheel ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from dualvariant.builder.declaration.job import Job
from dualvariant.builder.errors import BuildFailedError, NothingCompiledError, RejectedWheelsError
from dualvariant.builder.run.output import REJECTED

__all__ = ["LOGS", "BuildResult", "check_results", "read_log_end"]

#: The folder of the logs, beside the wheels.
LOGS = "logs"

_LAST_LINES = 12


class BuildResult(NamedTuple):
    """How one job ended.

    Args:
        job: the job.
        log: the file with the output of its build.
        seconds: what the project's own build took.
        name: the file name of the accepted wheel; None if there is no wheel.
        file: where the wheel is, under its name or with the ending of a pending or rejected one.
        error: why there is none.
        kept: whether the wheel is from an earlier run.
        after: seconds for the steps after the compiler (:mod:`dualvariant.builder.finish`).
        audit: what the audit found, as ``build --json`` has it, and the seconds it took.
        smoke: the result of testing the wheel.
        reach: what the compiler driver recorded, as ``build --json`` has it; None where there was none.
        twin: the label wheel beside an accepted hash wheel, if it was built for both dialects.
        needless: why no wheel is needed, as nothing in the project is compiled; None if one is.
        bench: how fast it is, compared with the standard wheel, as ``build --json`` has it; None if nothing compared
            them.
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
    reach: Mapping[str, Any] | None = None
    twin: Path | None = None
    needless: str | None = None
    bench: Mapping[str, Any] | None = None

    @property
    def is_built(self) -> bool:
        """Whether there is a wheel, accepted or not."""
        return self.file is not None

    @property
    def is_accepted(self) -> bool:
        """Whether there is a wheel, its label matches its code, and it ran wherever it was tested."""
        failed = (self.smoke or {}).get("failed")
        return self.is_built and self.error is None and not self.audit_errors and not failed and self.unproven is None

    @property
    def unproven(self) -> str | None:
        """Why a wheel with code beyond its label, which may be chosen at run time, is not believed; None if it is.

        A run on a processor that has no more than the label asks for is a proof. Without one, everything beyond the
        label has to come from flags that the project gives to some files, as the compiler driver recorded.
        """
        audit, smoke = self.audit or {}, self.smoke or {}
        beyond = audit.get("beyond") or {}
        if not beyond or smoke.get("proof"):
            return None
        holds = "; ".join(f"{path} holds {', '.join(features)}" for path, features in beyond.items())
        if self.job.settings.allow and self.smoke is not None:
            how = "a run on a processor of the label has to prove it ('--emulators fetch' gets one)"
            return f"the project declares its dispatch, and {how}: {holds}"
        if self.reach is None or (self.reach["objects"] and not self.reach["unknown"]):
            return None
        unknown = ", ".join(self.reach["unknown"]) or "its files"
        how = "it ran on no processor that has just what its label says ('--emulators fetch' gets one)"
        return f"nothing recorded says who compiled {unknown}, and {how}: {holds}"

    @property
    def audit_errors(self) -> Sequence[str]:
        """What the audit found wrong. Entries of a cache of 0.1.0 have the key ``lies``."""
        audit = self.audit or {}
        return audit.get("errors", audit.get("lies")) or ()

    @property
    def same_code(self) -> str | None:
        """What it means that a variant has the code of another wheel, by the driver's record; None if it has not."""
        if not (self.audit or {}).get("same_code") or self.reach is None:
            return None
        if self.reach["reached_every_object"]:
            return (
                f"the flags reached every object ({self.reach['objects']} compilations), and the compiler made "
                "the same code: this variant is pointless"
            )
        missed = ", ".join(self.reach["unknown"] or self.reach["overridden"]) or "its code"
        return (
            f"no recorded command shows that the flags reached {missed}: the project's build may use another compiler "
            "than the one in CC, or the standard wheel may hold code of this variant too"
        )

    def to_dict(self) -> dict[str, Any]:
        """As ``build --json`` prints it; ``refused`` is the name that 0.1.0 had for ``rejected``."""
        rejected = str(self.file) if self.is_built and not self.is_accepted else None
        return {
            **self.job.to_dict(),
            "wheel": str(self.file) if self.is_accepted else None,
            **({} if self.twin is None else {"label_wheel": str(self.twin)}),
            "rejected": rejected,
            "refused": rejected,
            "size": None if self.file is None else self.file.stat().st_size,
            "log": str(self.log),
            "seconds": round(self.seconds, 3),
            "after": round(self.after, 3),
            "kept": self.kept,
            "error": self.error,
            "audit": {name: value for name, value in (self.audit or {}).items() if name != "set"} or None,
            "smoke": self.smoke,
            "flags": self.reach,
            "unproven": self.unproven,
            "same_code": self.same_code,
            "needless": self.needless,
            "benchmark": self.bench,
        }


def check_results(results: Sequence[BuildResult]) -> None:
    """Raise if a wheel could not be built or was rejected.

    Raises:
        BuildFailedError: a wheel could not be built, or none was, because nothing in the project is compiled.
        RejectedWheelsError: all could be built, and one was rejected.
    """
    needless = next((result.needless for result in results if result.needless), None)
    if needless and all(result.needless for result in results):
        raise NothingCompiledError(needless, "build the standard wheel (--only standard)")
    failed = sum(not result.is_built and not result.needless for result in results)
    rejected = sum(result.is_built and not result.is_accepted for result in results)
    why = "their labels do not match their code, or they do not run"
    if failed:
        raise BuildFailedError(
            f"{failed} of {len(results)} wheels could not be built"
            + (f", and {rejected} were rejected ({why})" if rejected else ""),
            "the messages above have the reasons and the logs; files that end in .whl can be published",
        )
    if rejected:
        raise RejectedWheelsError(
            f"{rejected} of {len(results)} wheels were rejected ({why})",
            f"the messages above have the reasons; do not publish files that end in {REJECTED!r}",
        )


def read_log_end(log: Path) -> str:
    """The last lines of a log, indented."""
    try:
        lines = log.read_text("utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    return "\n".join(f"  | {line}" for line in lines[-_LAST_LINES:])
