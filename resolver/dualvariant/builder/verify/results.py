"""The results of testing a wheel: each run, and what they mean together."""

from __future__ import annotations

from typing import Any, NamedTuple

from dualvariant.trial.outcomes import ILLEGAL, NOT_RUN, RAN

__all__ = ["Run", "SmokeResult"]


class Run(NamedTuple):
    """One run of an import or a test.

    Args:
        what: ``claimed``, ``below`` or ``test-command``.
        cpu: the CPU: its level or version, and whether it is emulated.
        outcome: one of :mod:`dualvariant.trial.outcomes`.
        reason: why it was not run, or how it failed.
        seconds: how long it took.
        exact: whether the CPU has what the label asks for and no more: only there a run is a proof.
    """

    what: str
    cpu: str
    outcome: str
    reason: str | None = None
    seconds: float = 0.0
    exact: bool = False

    def to_dict(self) -> dict[str, Any]:
        """As ``build --json`` has it."""
        return {
            "what": self.what,
            "cpu": self.cpu,
            "outcome": self.outcome,
            "reason": self.reason,
            "seconds": round(self.seconds, 3),
            "exact": self.exact,
        }

    def __str__(self) -> str:
        why = f" ({self.reason})" if self.reason else ""
        match self.what, self.outcome:
            case "test-command", outcome:
                return f"test command: {'passed' if outcome == RAN else outcome}{why}"
            case "below", "ran":
                return f"imports on {self.cpu} as well: its label may ask for more than it needs"
            case "below", "refused" | "illegal instruction":
                return f"refused on {self.cpu}" + (" by an illegal instruction" if self.outcome == ILLEGAL else "")
            case _, outcome:
                return f"{outcome} on {self.cpu}{why}"


class SmokeResult(NamedTuple):
    """All runs of one wheel."""

    runs: tuple[Run, ...]

    @property
    def failed(self) -> bool:
        """Whether it does not run on the CPU of its label, or the package's own test fails."""
        return any(run.what != "below" and run.outcome not in (RAN, NOT_RUN) for run in self.runs)

    @property
    def is_proof(self) -> bool:
        """Whether it ran on a CPU that has what its label asks for and no more."""
        return any(run.what == "claimed" and run.exact and run.outcome == RAN for run in self.runs)

    @property
    def reason(self) -> str | None:
        """The run that failed; None if none did."""
        return next((str(run) for run in self.runs if run.what != "below" and run.outcome not in (RAN, NOT_RUN)), None)

    @property
    def summary(self) -> str:
        """All runs in one line."""
        return "; ".join(map(str, self.runs))

    def to_dict(self) -> dict[str, Any]:
        """As ``build --json`` has it."""
        return {
            "failed": self.failed,
            "proof": self.is_proof,
            "summary": self.summary,
            "runs": [run.to_dict() for run in self.runs],
        }
