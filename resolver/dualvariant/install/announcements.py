"""What ``install`` says to the user about the wheels that are chosen."""

from __future__ import annotations

from collections.abc import Iterable, Set
from typing import TYPE_CHECKING

from packaging.utils import NormalizedName

from dualvariant.core.report import Reporter

if TYPE_CHECKING:
    from dualvariant.install.exchange import Exchange
    from dualvariant.install.place import InstallPlace
    from dualvariant.selection.plan import Plan
    from dualvariant.selection.project import Project, Release

__all__ = [
    "announce_chosen",
    "announce_dependencies",
    "announce_elsewhere",
    "announce_kept",
    "announce_plan",
    "warn_of_problems",
]


def announce_plan(plan: Plan, reporter: Reporter) -> None:
    """Say which wheel a request comes to, and why it is not of the newest release."""
    from dualvariant.selection.plan import list_reasons

    if plan.taken is None:
        return
    if plan.taken is not plan.newest:
        reporter.warn(
            f"{plan.project.name} {plan.newest.version} has no wheel for this host, "
            f"so {plan.taken.version} is taken:\n{list_reasons(plan.newest)}"
        )
    announce_chosen(plan.project.name, plan.taken, reporter)


def announce_chosen(name: str, release: Release, reporter: Reporter) -> None:
    """Say which wheel of a release is chosen, if it has variants."""
    chosen = release.chosen
    if chosen is not None and release.has_variants:
        what = "the standard wheel"
        if chosen.description is not None:
            what = f"variant {chosen.wheel.label} ({', '.join(chosen.description.properties)})"
        reporter.note(f"{name} {release.version}: {what}")


def announce_kept(exchange: Exchange, reporter: Reporter) -> None:
    """Say that an installed variant stays although another one is better."""
    installed = exchange.installed
    what = f"variant {installed.label}" if installed.label else "the standard wheel"
    reporter.note(
        f"{installed.name} {installed.version} is installed and stays as it is, {what}; --force-reinstall exchanges it"
    )


def announce_elsewhere(exchange: Exchange, place: InstallPlace, reporter: Reporter) -> None:
    """Say that an installed release satisfies the requirement, so that nothing of it gets into another place."""
    installed = exchange.installed
    reporter.note(
        f"{installed.name} {installed.version} in {str(installed.location)!r} satisfies the requirement, so nothing of "
        f"it is installed into {place.description}; --ignore-installed installs it there"
    )


def announce_dependencies(
    projects: Iterable[Project], requested: Set[NormalizedName | None], served: Set[str], reporter: Reporter
) -> None:
    """Say which variants came in as dependencies.

    Args:
        projects: every project that the engine asked for.
        requested: the projects that were announced before.
        served: the file names that the engine got.
        reporter: gets a message for each variant.
    """
    for project in projects:
        if project.name in requested:
            continue
        for release in project.releases.values():
            chosen = release.chosen if release.has_variants else None
            if chosen is not None and chosen.description is not None and chosen.wheel.standard_filename in served:
                announce_chosen(project.name, release, reporter)


def warn_of_problems(project: Project, reporter: Reporter) -> None:
    """Warn that the newest release of a dependency has variants without usable metadata: its standard wheel is used."""
    for newest in list(project.releases.values())[:1]:
        for problem in newest.problems:
            reporter.warn(f"the variants of {project.name} {newest.version} are unusable ({problem})")
