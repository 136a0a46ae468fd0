"""The verdicts of a release as a table for a terminal."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from dualvariant.core.colour import Palette
from dualvariant.selection.explain import describe_next_better, describe_order
from variantlib.verdict import Outcome, WrongTags

if TYPE_CHECKING:
    from dualvariant.selection.explain import Explained
    from variantlib.profile import HostProfile
    from variantlib.property_rules import PropertyRules
    from variantlib.verdict import Verdict

__all__ = ["emphasize", "make_verdict_table"]


#: How many wheels of each outcome are shown unless all are asked for.
_SHOWN = 5


def make_verdict_table(
    explained: Explained, profile: HostProfile, rules: PropertyRules | None = None, *, everything: bool = False
) -> Iterator[str]:
    """The lines of a table that fits the terminal: outcome and wheel, below them the properties and the reason.

    What matters most comes last, where a terminal shows it: rejected wheels, then the wheels that another one beats,
    the best last, then the order of the variants and what the host lacks for the next better one, then the choice.

    Args:
        explained: the project and its release.
        profile: the host.
        rules: what the user prefers, avoids and requires.
        everything: show the wheels for other Pythons and systems too, and any number of others; else they are counted.
    """
    width = max(40, min(shutil.get_terminal_size((100, 24)).columns, 120))
    release = explained.release
    yield f"{explained.project} {release.version}"
    if not release.verdicts:
        refuses, builds = "an installer would not take its sources", "an installer would build it from source"
        yield f"  no wheels; {builds if explained.taken else refuses}"
    groups: dict[Outcome, list[Verdict]] = {outcome: [] for outcome in Outcome}
    for verdict in release.verdicts:
        groups[verdict.outcome].append(verdict)
    elsewhere = [v for v in groups[Outcome.REJECTED] if isinstance(v.reason, WrongTags)]
    rejected = [v for v in groups[Outcome.REJECTED] if not isinstance(v.reason, WrongTags)]
    beaten = groups[Outcome.BEATEN]
    if everything:
        shown = [*elsewhere, *rejected, *reversed(beaten)]
    else:
        shown = [*rejected[:_SHOWN], *reversed(beaten[:_SHOWN])]
    for verdict in shown:
        yield from _describe(verdict, width)
    hidden = [] if everything else _count_hidden(len(elsewhere), len(rejected), len(beaten))
    for title, text in (
        ("not shown", f"{', '.join(hidden)} (--all shows them)" if hidden else None),
        ("order", describe_order(release.verdicts, profile, rules)),
        ("better", describe_next_better(release.verdicts, profile)),
    ):
        if text is not None:
            yield from _wrapped(f"  {title:<9} ", text, width)
    for verdict in groups[Outcome.CHOSEN]:
        yield from _describe(verdict, width)


def _count_hidden(elsewhere: int, rejected: int, beaten: int) -> list[str]:
    counts = (
        (elsewhere, "{} for other Pythons or systems"),
        (rejected - _SHOWN, "{} more that this host cannot use"),
        (beaten - _SHOWN, "{} more that are beaten"),
    )
    return [words.format(f"{count} wheel{'' if count == 1 else 's'}") for count, words in counts if count > 0]


def _describe(verdict: Verdict, width: int) -> Iterator[str]:
    candidate = verdict.candidate
    yield f"  {verdict.outcome!s:<9} {candidate.wheel.filename}"
    lines = candidate.description.properties if candidate.description else []
    names = candidate.description.names if candidate.description else ()
    called = [f"called {', '.join(names)}"] if names else []
    for line in [*called, *lines, str(verdict.reason)]:
        yield from _wrapped(" " * 12, line, width)


def emphasize(line: str, palette: Palette) -> str:
    """A printable line of the table with its outcome in colour."""
    if not palette.is_on:
        return line
    for outcome, paint in (("chosen", palette.good), ("rejected", palette.dim), ("beaten", palette.dim)):
        if line.startswith(f"  {outcome} "):
            return f"  {paint(outcome)}{line[2 + len(outcome) :]}"
    return line if line.startswith(" ") else palette.bold(line)


def _wrapped(start: str, text: str, width: int) -> Sequence[str]:
    if len(text) + len(start) <= width:  # nearly all of them; wrapping ten thousand lines takes a while
        return [f"{start}{text}"]
    return textwrap.wrap(text, width, initial_indent=start, subsequent_indent=" " * 14)
