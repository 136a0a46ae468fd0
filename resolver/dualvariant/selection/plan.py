"""The plan: which release each request comes to, found out before the engine starts."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from attrs import frozen
from packaging.specifiers import SpecifierSet

from dualvariant.core.errors import DualvariantError, NothingFitsError
from dualvariant.network.failures import InvalidPageError
from dualvariant.repository.page import File
from dualvariant.repository.plain_page import may_have_variants_in_disguise
from dualvariant.repository.replaced_name import describe_replaced, find_replaced_name
from dualvariant.requirements.request import Request
from dualvariant.selection.failures import (
    DoesNotFitError,
    NoAdmittedReleaseError,
    NoSuchProjectError,
    UnusableVariantsError,
    UnusableWheelError,
    VariantNotFoundError,
)
from dualvariant.selection.finder import Found, find_release
from dualvariant.selection.inspection import find_flaw
from dualvariant.selection.project import Project, Release
from dualvariant.selection.view import View
from variantlib.dialects import hashes
from variantlib.errors import WheelFileError
from variantlib.label_verdict import LabelUnsupported
from variantlib.rule_verdict import Lacks
from variantlib.selection import Preferences, matches
from variantlib.verdict import Candidate, Outcome, Unsupported, Verdict
from variantlib.wheel_name import WheelName

__all__ = ["Plan", "list_reasons", "plan_request", "raise_if_missing", "settle"]


@frozen
class Plan:
    """What a request comes to.

    Args:
        project: the project as the view shows it.
        newest: the newest release with variants that the requirement admits, if it is newer than the one that is taken;
            else that one.
        taken: the release that an installer takes; None if there is none.
    """

    project: Project
    newest: Release
    taken: Release | None


def plan_request(
    view: View, request: Request, *, strict: bool = False, warn: Callable[[str], None] = lambda message: None
) -> Plan | None:
    """Find the release that a request comes to.

    Variants that turn out to be unusable cost themselves: the next best wheel is taken, and a warning says so.

    Args:
        view: what there is.
        request: what is asked for.
        strict: an unusable variant is an error.
        warn: gets a message for each unusable variant.

    Returns:
        None where the engine has the last word: the project, or a release that is admitted, does not exist, or there
        is nothing to choose.

    Raises:
        UnusableVariantsError: the metadata of the newest release is unusable, and so the request cannot be met.
        UnusableWheelError: the chosen wheel, or each that might fit, is unusable.
        NothingFitsError: there are releases, and none of their wheels fits this host and these wishes; of its
            subclasses, :class:`VariantNotFoundError` and :class:`DoesNotFitError`.
    """
    if request.requirement is None or request.project is None:
        return None
    project = view.project(request.project)
    preferences = view.choice.preferences(request.project)
    if project is None or _is_for_installer(project, request, preferences):
        return None
    must = strict or bool(preferences.wanted)

    def refused(chosen: Candidate, why: str) -> None:
        if must and chosen.description is not None:
            raise UnusableWheelError(
                f"the best wheel of {chosen.wheel.name} {chosen.wheel.version} is unusable: {why}",
                "--no-variant takes the standard wheel",
            )
        if chosen.description is not None or find_replaced_name(chosen.wheel.filename) is not None:
            warn(f"{chosen.wheel.filename} is passed over: {why}")

    try:
        project, found = settle(view, project, request.requirement.specifier, refused)
    except InvalidPageError:
        if project.plain is None:
            raise
        return None  # the engine gets the page as it is, and may read it
    return _make_plan(project, found, preferences, must=must) if found.admitted else None


def _make_plan(project: Project, found: Found, preferences: Preferences, *, must: bool) -> Plan:
    newest, taken = found.newest, found.taken
    if found.refused is not None and found.refused.claimed and not must:
        return Plan(project, newest, None)  # the page may be wrong: the installer compares the file itself
    if newest.problems and not preferences.no_variant and (must or taken is None):
        raise UnusableVariantsError(
            f"the variants of {project.name} {newest.version} are unusable ({newest.problems[0]})",
            "--no-variant takes the standard wheel",
        )
    variants = project.releases.values() if preferences.rules.require else found.admitted
    if taken is None and (preferences.wanted or any(release.has_variants for release in variants)):
        raise _nothing_fits(project, found.admitted, preferences)
    if taken is not None:
        newer = (release for release in found.admitted if release.version > taken.version and release.has_variants)
        newest = next(newer, taken)
    return Plan(project, newest, taken)


def raise_if_missing(view: View, request: Request) -> None:
    """End a request without a plan, unless the installer may know more: of versions that we cannot read.

    Raises:
        NoSuchProjectError: no source has the project.
        NoAdmittedReleaseError: the request admits none of its releases.
    """
    if request.requirement is None or request.project is None:
        return
    project = view.project(request.project)
    if project is None:
        raise NoSuchProjectError.of(request.requirement.name)
    if _is_for_installer(project, request, view.choice.preferences(request.project)):
        return
    try:
        unversioned = project.unversioned
    except InvalidPageError:
        return  # the installer gets the page as it is, and may read it
    if not unversioned and not any(spec.operator == "===" for spec in request.requirement.specifier):
        raise NoAdmittedReleaseError.of(request.text, project.releases)


def _is_for_installer(project: Project, request: Request, preferences: Preferences) -> bool:
    """Whether there is nothing to choose, and every release is admitted; then a page need not be parsed for that."""
    if project.plain is None or preferences.wanted or preferences.no_variant:
        return False
    anything = request.requirement is not None and not request.requirement.specifier
    return anything and not may_have_variants_in_disguise(project.plain)


def settle(
    view: View,
    project: Project,
    specifier: SpecifierSet,
    refused: Callable[[Candidate, str], None] = lambda chosen, why: None,
) -> tuple[Project, Found]:
    """The release that is taken, after a look into its chosen wheel; one with a flaw costs itself only.

    Args:
        view: what there is.
        project: the project as the view shows it.
        specifier: the versions that the requirement admits.
        refused: gets each chosen wheel that has a flaw, and which.

    Returns:
        The project as the view shows it now, and what the requirement comes to.
    """
    found = find_release(project, specifier, view.choice)
    while found.taken is not None and (chosen := found.taken.chosen) is not None:
        listed = found.taken.find_copy(chosen)
        replaced = _find_replaced_variant(view, project, listed.file, chosen)
        why = find_flaw(view, listed.file, chosen) if replaced is None else describe_replaced(replaced)
        if why is None:
            break
        refused(chosen, why)
        project = view.refuse(project, listed, why, replaced)
        found = find_release(project, specifier, view.choice)
    return project, found


def _find_replaced_variant(view: View, project: Project, file: File, chosen: Candidate) -> WheelName | None:
    """What a chosen standard wheel really is, if it is a variant whose '~' a store has replaced; its METADATA says so.

    Only a wheel whose name can come about so, of a release that exists, is looked into.
    """
    replaced = find_replaced_name(file.filename) if chosen.description is None else None
    if replaced is None or replaced.version not in project.releases:
        return None
    try:
        declared = hashes.parse_headers(view.reader.read_metadata(file, replaced))
    except (WheelFileError, DualvariantError, OSError):
        return None
    return replaced if declared.hashes == (replaced.label,) else None


def list_reasons(release: Release) -> str:
    """Every wheel of a release with its reason, a line each."""
    return "\n".join(f"  {verdict.candidate.wheel.filename}: {verdict.reason}" for verdict in release.verdicts)


def _nothing_fits(project: Project, releases: Sequence[Release], preferences: Preferences) -> DualvariantError:
    newest = releases[0]
    if preferences.wanted:
        return _wanted_variant_missing(project, releases, preferences)
    message = f"no wheel of {project.name} {newest.version} fits this host:\n{list_reasons(newest)}"
    if newest.unreadable:
        return UnusableWheelError(message, "--no-variant takes the standard wheel, if there is one")
    required = any(isinstance(verdict.reason, Lacks) for verdict in newest.verdicts)
    if required:
        return NothingFitsError(message, "--no-variant takes the standard wheel, --variant another one")
    return NothingFitsError(message, "'dualvariant host' shows what this host offers")


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
