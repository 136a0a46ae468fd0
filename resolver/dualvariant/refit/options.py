"""The options of one refit, as values."""

from __future__ import annotations

from typing import NamedTuple

from dualvariant.settings.options import SelectionOptions

__all__ = ["RefitOptions"]


class RefitOptions(NamedTuple):
    """One call of ``refit``.

    Args:
        selection: what decides which wheels are chosen; its requirements do not count.
        names: the projects that may be exchanged; all that are installed if empty.
        python: what ``--python`` says.
        engine: the name of the installer that fetches and unpacks; None if the settings decide.
        dry_run: only find out what would be done.
        undo: exchange back what was exchanged before.
        verify: what was exchanged is imported; what does not run gives way to the next best wheel.
        system: an interpreter outside of a virtual environment may be changed.
    """

    selection: SelectionOptions = SelectionOptions()
    names: tuple[str, ...] = ()
    python: str | None = None
    engine: str | None = None
    dry_run: bool = False
    undo: bool = False
    system: bool = False
    verify: bool = False
