"""Verdicts for people and for programs."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from dualvariant.selection.explain import next_better, order_in_words

if TYPE_CHECKING:
    from dualvariant.selection.project import Release
    from dualvariant.selection.view import View
    from variantlib.profile import HostProfile

__all__ = ["document", "table"]


def document(view: View, releases: Iterable[tuple[str, Release]]) -> dict[str, Any]:
    """The JSON document of verdicts (``explain --json``, ``install --dry-run --json``).

    Args:
        view: what was chosen from.
        releases: project names with the release that is spoken of.
    """
    return {
        "profile": view.choice.profile.digest,
        "projects": [
            {
                "name": name,
                "version": str(release.version),
                "candidates": [verdict.to_dict() for verdict in release.verdicts],
            }
            for name, release in releases
        ],
    }


def table(name: str, release: Release, profile: HostProfile) -> Iterator[str]:
    """The lines of a table that fits the terminal: outcome and wheel, below them the properties and the reason.

    At the end stand the order of the variants, and what the next better one would take.
    """
    width = max(40, min(shutil.get_terminal_size((100, 24)).columns, 120))
    yield f"{name} {release.version}"
    if not release.verdicts:
        yield "  no wheels; an installer would build it from source"
    for verdict in release.verdicts:
        candidate = verdict.candidate
        yield f"  {verdict.outcome!s:<9} {candidate.wheel.filename}"
        lines = candidate.description.properties if candidate.description else []
        for line in [*lines, str(verdict.reason)]:
            yield from _wrapped(" " * 12, line, width)
    for title, text in (
        ("order", order_in_words(release.verdicts, profile)),
        ("better", next_better(release.verdicts, profile)),
    ):
        if text is not None:
            yield from _wrapped(f"  {title:<9} ", text, width)


def _wrapped(start: str, text: str, width: int) -> Sequence[str]:
    if len(text) + len(start) <= width:  # nearly all of them; wrapping ten thousand lines takes a while
        return [f"{start}{text}"]
    return textwrap.wrap(text, width, initial_indent=start, subsequent_indent=" " * 14)
