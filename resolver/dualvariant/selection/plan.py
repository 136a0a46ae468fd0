"""The plan: which release each request comes to, found out before the engine starts."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen
from packaging.specifiers import SpecifierSet

from dualvariant.core.errors import DualvariantError, NothingFitsError
from dualvariant.network.urls import local_path
from dualvariant.requirements.request import Request
from dualvariant.selection.failures import (
    DoesNotFitError,
    NoAdmittedReleaseError,
    NoSuchProjectError,
    UnusableVariantsError,
    UnusableWheelError,
    VariantNotFoundError,
)
from dualvariant.selection.project import Project, Release
from dualvariant.selection.view import View
from variantlib.dialects import find_dialect
from variantlib.errors import WheelFileError
from variantlib.selection import Preferences, matches
from variantlib.verdict import Outcome, Unsupported, Verdict

__all__ = ["Plan", "find_admitted", "list_reasons", "plan_request", "raise_if_missing"]


@frozen
class Plan:
    """What a request comes to.

    Args:
        project: the project as the view shows it.
        newest: the newest release that the requirement admits.
        taken: the newest one of them in which something can be installed; None if there is none.
    """

    project: Project
    newest: Release
    taken: Release | None


def find_admitted(project: Project, specifier: SpecifierSet, *, pre: bool = False) -> list[Release]:
    """The releases that a requirement admits, newest first, as pip sees it.

    Pre-releases count if they are asked for, if the specifier names one or if there is nothing else (PEP 440); yanked
    releases only if they are pinned (PEP 592).
    """
    pinned = any(spec.operator in ("==", "===") and "*" not in spec.version for spec in specifier)
    offered = [
        version
        for version, release in project.releases.items()
        if pinned or any(listed.file.yanked is None for listed in release.files)
    ]
    allowed = specifier.filter(offered, prereleases=True if pre else None)
    return [project.releases[version] for version in sorted(allowed, reverse=True)]


def plan_request(view: View, request: Request, *, pre: bool = False) -> Plan | None:
    """Find the release that a request comes to.

    Returns:
        None where the engine has the last word: the project, or a release that is admitted, does not exist.

    Raises:
        UnusableVariantsError: the metadata of the newest release is unusable.
        UnusableWheelError: the chosen wheel, or each that might fit, is unusable.
        NothingFitsError: there are releases, and none of their wheels fits this host and these wishes; of its
            subclasses, :class:`VariantNotFoundError` and :class:`DoesNotFitError`.
    """
    if request.requirement is None or request.project is None:
        return None
    project = view.project(request.project)
    releases = find_admitted(project, request.requirement.specifier, pre=pre) if project else []
    if project is None or not releases:
        return None
    preferences = view.choice.preferences(request.project)
    newest = releases[0]
    if newest.problems and not preferences.no_variant:
        raise UnusableVariantsError(
            f"the variants of {project.name} {newest.version} are unusable ({newest.problems[0]})",
            "--no-variant takes the standard wheel",
        )
    taken = next((release for release in releases if release.installable), None)
    if taken is None and (preferences.wanted or any(r.has_variants for r in releases)):
        raise _nothing_fits(project, releases, preferences)
    if taken is not None:
        _check_chosen(view, project, taken)
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
    if not project.unversioned and not any(spec.operator == "===" for spec in request.requirement.specifier):
        raise NoAdmittedReleaseError.of(request.text, project.releases)


def _check_chosen(view: View, project: Project, release: Release) -> None:
    """Check that the chosen wheel is what the index says, where that is cheap: local files and PEP 658 metadata."""
    chosen = release.chosen
    if chosen is None or find_dialect(chosen.wheel) is None:
        return
    file = next(listed.file for listed in release.files if listed.wheel == chosen.wheel)
    if local_path(file.url) is None and file.metadata is None:
        return
    try:
        if view.reader.read_wheel(file, chosen.wheel) != chosen.description:
            raise WheelFileError(chosen.wheel.filename, "its METADATA has other properties than the index says")
    except (WheelFileError, DualvariantError, OSError) as error:
        raise UnusableWheelError(
            f"the best wheel of {project.name} {release.version} is unusable: {error}",
            "--no-variant takes the standard wheel",
        ) from error


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
    return NothingFitsError(message, "'dualvariant host' shows what this host offers")


def _wanted_variant_missing(
    project: Project, releases: Sequence[Release], preferences: Preferences
) -> DualvariantError:
    wish = ", ".join(preferences.wanted)
    for release in releases:
        named = [v for v in release.verdicts if _is_wanted(v, preferences)]
        if named:
            unsupported = any(isinstance(v.reason, Unsupported) for v in named)
            lines = "\n".join(f"  {v.candidate.wheel.filename}: {v.reason}" for v in named)
            return DoesNotFitError(
                f"variant {wish!r} of {project.name} {release.version} does not fit:\n{lines}",
                "--force takes it nevertheless"
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
            properties = ", ".join(description.properties) if description else str(verdict.reason)
            lines[wheel.label] = f"  {wheel.label}  {properties}"
    return list(lines.values())
