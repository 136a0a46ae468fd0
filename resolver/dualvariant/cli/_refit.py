"""What ``refit`` has noted of installed distributions, for the commands that show them."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from dualvariant.cli import _selection
from dualvariant.core.report import TerminalReporter
from dualvariant.refit.outcome import Outcome
from dualvariant.target.installed import Installed
from dualvariant.target.refit_note import InvalidNoteError, RefitNote, read_note

__all__ = ["add_findings", "find_better", "to_dict", "to_text"]


def to_dict(distribution: Installed) -> dict[str, Any]:
    """The member that a distribution has in JSON if ``refit`` has exchanged it."""
    note = _read(distribution)
    if note is None:
        return {}
    return {"refit": {"installed": note.installed.to_dict(), "exchanged_for": note.exchanged_for.to_dict()}}


def to_text(distribution: Installed) -> str:
    """What is said behind a distribution that ``refit`` has exchanged."""
    note = _read(distribution)
    return "" if note is None else f"  (exchanged by refit; installed was {note.installed.filename})"


def _read(distribution: Installed) -> RefitNote | None:
    """The note; None also if it cannot be used, which ``refit`` says."""
    try:
        return None if distribution.metadata == Path() else read_note(distribution.metadata)
    except InvalidNoteError:
        return None


def find_better(args: argparse.Namespace) -> Outcome:
    """What ``refit`` would do with the same options."""
    from dualvariant.refit.options import RefitOptions
    from dualvariant.refit.run import refit

    options = RefitOptions(
        _selection.read_options(args), python=args.python, engine=args.engine, dry_run=True, system=True
    )
    return refit(options, TerminalReporter())


def add_findings(shown: Iterable[dict[str, Any]], outcome: Outcome) -> list[dict[str, Any]]:
    """The documents of distributions, each with what ``refit`` would do; those that it is about are all there."""
    by_name = {document["name"]: document for document in shown}
    for finding in outcome.told:
        document = by_name.setdefault(
            finding.installed.name, {**finding.installed.to_dict(), "runs": True, "reason": None}
        )
        document["to_refit"] = {"action": str(finding.action), "reason": finding.reason, "wheel": finding.wheel}
    return [by_name[name] for name in sorted(by_name)]
