"""The words for a request that nothing meets: which wheels there are, and what keeps each of them out."""

from __future__ import annotations

from collections.abc import Sequence

from dualvariant.core.errors import DualvariantError, NothingFitsError
from dualvariant.selection.choice import Choice
from dualvariant.selection.failures import DoesNotFitError, UnusableWheelError, VariantNotFoundError
from dualvariant.selection.project import Project, Release
from variantlib.label_verdict import LabelUnsupported
from variantlib.preferences import Preferences
from variantlib.rule_verdict import Lacks
from variantlib.selection import matches
from variantlib.verdict import Outcome, Unsupported, Verdict, WrongTags

__all__ = ["list_reasons", "nothing_fits"]


def list_reasons(release: Release) -> str:
    """Every wheel of a release with its reason, a line each."""
    return "\n".join(f"  {verdict.candidate.wheel.filename}: {verdict.reason}" for verdict in release.verdicts)


def nothing_fits(project: Project, releases: Sequence[Release], choice: Choice) -> DualvariantError:
    """The error for a project none of whose admitted releases has a wheel that fits.

    Args:
        project: the project.
        releases: those that the request admits, newest first.
        choice: what the user asked for.
    """
    newest = releases[0]
    preferences = choice.preferences(project.name)
    if preferences.wanted:
        return _wanted_variant_missing(project, releases, preferences)
    message = f"no wheel of {project.name} {newest.version} can be installed here:\n{list_reasons(newest)}"
    if newest.unreadable and not preferences.no_variant:
        return UnusableWheelError(message, "--no-variant takes the standard wheel, if there is one")
    reasons = [verdict.reason for verdict in newest.verdicts]
    if any(isinstance(reason, Lacks) for reason in reasons):
        next_step = "--no-variant takes the standard wheel, --variant another one"
    elif any(isinstance(reason, (Unsupported, LabelUnsupported)) for reason in reasons):
        next_step = "'dualvariant host' shows what this host offers"
    elif reasons and all(isinstance(reason, WrongTags) for reason in reasons):
        next_step = "--python names the interpreter to install for"
    elif project.name in choice.hashes:
        next_step = "these may be other files than those whose hashes are listed: list theirs only if you trust them"
    else:
        next_step = "ask for another release, or leave out what keeps its wheels out"
    return NothingFitsError(message, next_step)


def _wanted_variant_missing(
    project: Project, releases: Sequence[Release], preferences: Preferences
) -> DualvariantError:
    wish = ", ".join(preferences.wanted)
    for release in releases:
        named = [v for v in release.verdicts if _is_wanted(v, preferences)]
        if named:
            unsupported = any(isinstance(v.reason, (Unsupported, LabelUnsupported)) for v in named)
            lines = "\n".join(f"  {v.candidate.wheel.filename}: {v.reason}" for v in named)
            return DoesNotFitError(
                f"variant {wish!r} of {project.name} {release.version} does not fit:\n{lines}",
                "--force installs it anyway"
                if unsupported
                else "'dualvariant explain' shows every wheel with its reason",
            )
    newest = next((release for release in releases if release.has_variants), releases[0])
    there = "\n".join(_list_variants(newest)) or "  none"
    return VariantNotFoundError(
        f"{project.name} has no variant {wish!r}; {newest.version} has:\n{there}", "--variant takes one of these"
    )


def _is_wanted(verdict: Verdict, preferences: Preferences) -> bool:
    return verdict.outcome is Outcome.REJECTED and any(
        matches(verdict.candidate, wanted) for wanted in preferences.wanted
    )


def _list_variants(release: Release) -> list[str]:
    """The variants of a release: label and properties, a line each, every label once."""
    lines = {}
    for verdict in release.verdicts:
        wheel, description = verdict.candidate.wheel, verdict.candidate.description
        if wheel.label is not None:
            properties = str(verdict.reason) if description is None else ", ".join(description.properties)
            called = f" (called {', '.join(description.names)})" if description and description.names else ""
            lines[wheel.label] = f"  {wheel.label}{called}  {properties}"
    return list(lines.values())
