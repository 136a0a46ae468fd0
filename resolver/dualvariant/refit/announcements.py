"""What a refit says to the user: a line for each distribution that changes or is left alone, and the end."""

from __future__ import annotations

from dualvariant.core.report import Reporter
from dualvariant.refit.outcome import Finding, Outcome

__all__ = ["announce", "describe"]


def announce(outcome: Outcome, reporter: Reporter) -> None:
    """Say what was done, what would be done, and what was left alone."""
    for finding in outcome.told:
        reporter.note(describe(finding))
    if not any(finding.changes for finding in outcome.told):
        reporter.note(f"nothing is exchanged in {outcome.prefix}")


def describe(finding: Finding) -> str:
    """One finding in words."""
    what = f"{finding.installed.name} {finding.installed.version}"
    if not finding.changes:
        return f"{what} is left alone: {finding.reason}"
    verb = "exchanged" if finding.done else "would exchange"
    return f"{verb} {what}: {finding.chosen} ({finding.reason})"
