"""The verdicts of a release as a table for a terminal."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from dualvariant.selection.explain import describe_next_better, describe_order

if TYPE_CHECKING:
    from dualvariant.selection.project import Release
    from variantlib.profile import HostProfile
    from variantlib.property_rules import PropertyRules

__all__ = ["make_verdict_table"]


def make_verdict_table(
    name: str, release: Release, profile: HostProfile, rules: PropertyRules | None = None
) -> Iterator[str]:
    """The lines of a table that fits the terminal: outcome and wheel, below them the properties and the reason.

    The last lines give the order of the variants, and what the host lacks for the next better one.
    """
    width = max(40, min(shutil.get_terminal_size((100, 24)).columns, 120))
    yield f"{name} {release.version}"
    if not release.verdicts:
        yield "  no wheels; an installer would build it from source"
    for verdict in release.verdicts:
        candidate = verdict.candidate
        yield f"  {verdict.outcome!s:<9} {candidate.wheel.filename}"
        lines = candidate.description.properties if candidate.description else []
        names = candidate.description.names if candidate.description else ()
        called = [f"called {', '.join(names)}"] if names else []
        for line in [*called, *lines, str(verdict.reason)]:
            yield from _wrapped(" " * 12, line, width)
    for title, text in (
        ("order", describe_order(release.verdicts, profile, rules)),
        ("better", describe_next_better(release.verdicts, profile)),
    ):
        if text is not None:
            yield from _wrapped(f"  {title:<9} ", text, width)


def _wrapped(start: str, text: str, width: int) -> Sequence[str]:
    if len(text) + len(start) <= width:  # nearly all of them; wrapping ten thousand lines takes a while
        return [f"{start}{text}"]
    return textwrap.wrap(text, width, initial_indent=start, subsequent_indent=" " * 14)
