"""How the import of a distribution can end."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["CRASHED", "FAILED", "ILLEGAL", "NOT_RUN", "RAN", "REFUSED", "Trial"]

#: ``refused`` is an ImportError by the ELF note, ``failed`` any other exception, ``crashed`` the end by a signal.
RAN, REFUSED, ILLEGAL, CRASHED, FAILED, NOT_RUN = (
    "ran",
    "refused",
    "illegal instruction",
    "crashed",
    "failed",
    "not run",
)


class Trial(NamedTuple):
    """One import of a distribution.

    Args:
        outcome: one of the outcomes of this module.
        reason: how it failed, or why it was not run; None where the outcome says it all.
        seconds: how long it took.
    """

    outcome: str
    reason: str | None = None
    seconds: float = 0.0

    @property
    def ran(self) -> bool:
        """Whether everything was imported."""
        return self.outcome == RAN

    @property
    def is_fault_of_code(self) -> bool:
        """Whether its machine code is known not to run on this CPU, so that another wheel is the remedy.

        An ordinary exception is none: a missing library or setting would stop every other wheel of the release too.
        """
        return self.outcome in (ILLEGAL, REFUSED, CRASHED)

    def __str__(self) -> str:
        return f"{self.outcome} ({self.reason})" if self.reason else self.outcome
