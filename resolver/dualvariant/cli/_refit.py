"""What ``refit`` has noted of installed distributions, for the commands that show them."""

from __future__ import annotations

from typing import Any

from dualvariant.target.installed import Installed
from dualvariant.target.refit_note import InvalidNoteError, RefitNote, read_note

__all__ = ["to_dict", "to_text"]


def to_dict(distribution: Installed) -> dict[str, Any]:
    """The member that a distribution has in JSON if ``refit`` has exchanged it."""
    note = _read(distribution)
    if note is None:
        return {}
    return {"refit": {"installed": note.installed.to_dict(), "exchanged_for": note.exchanged_for.to_dict()}}


def to_text(distribution: Installed) -> str:
    """What is said behind a distribution that ``refit`` has exchanged."""
    note = _read(distribution)
    return "" if note is None else f"  (exchanged by refit for {note.installed.filename})"


def _read(distribution: Installed) -> RefitNote | None:
    """The note; None also if it cannot be used, which ``refit`` says."""
    try:
        return None if distribution.info is None else read_note(distribution.info)
    except InvalidNoteError:
        return None
