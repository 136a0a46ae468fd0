"""What ``install`` says to the user: before the installer starts what is known then, afterwards what it has done."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from packaging.utils import NormalizedName
from packaging.version import Version

from dualvariant.core.report import Reporter

if TYPE_CHECKING:
    from dualvariant.install.place import InstallPlace
    from dualvariant.selection.choice import Choice
    from dualvariant.selection.plan import Plan
    from dualvariant.selection.project import Project, Release
    from dualvariant.selection.view import View
    from dualvariant.target.installed import Installed

__all__ = [
    "announce_best",
    "announce_elsewhere",
    "announce_installed",
    "announce_unchanged",
    "announce_would_install",
    "describe_chosen",
    "warn_of_plan",
    "warn_of_problems",
]


def warn_of_plan(plan: Plan, reporter: Reporter) -> None:
    """Warn of what costs a request the newest release, or the best wheel of the release that it comes to."""
    if plan.taken is None:
        return
    if plan.taken is not plan.newest:
        from dualvariant.selection.nothing_fits import list_reasons

        reporter.warn(
            f"{plan.project.name} {plan.newest.version} cannot be installed here "
            f"(the newest release that can is {plan.taken.version}):\n{list_reasons(plan.newest)}"
        )
    if plan.taken is not next(iter(plan.project.releases.values())):
        _warn_of_release(plan.taken, reporter)


def warn_of_problems(project: Project, reporter: Reporter) -> None:
    """Warn of the variants of a project's newest release that cannot be used: its other wheels are chosen from."""
    for newest in list(project.releases.values())[:1]:
        for problem in newest.problems:
            reporter.warn(f"the variants of {project.name} {newest.version} are unusable ({problem})")
        _warn_of_release(newest, reporter)


def _warn_of_release(release: Release, reporter: Reporter) -> None:
    for why in release.unreadable:
        if why not in release.problems:
            reporter.warn(f"a variant is passed over: {why}")


def announce_best(plans: Iterable[Plan], reporter: Reporter) -> None:
    """Say which wheel is the best one of each release with variants, where nothing is known of what is installed."""
    for plan in plans:
        if plan.taken is not None and (what := describe_chosen(plan.taken)) is not None:
            reporter.note(f"the best wheel of {plan.project.name} {plan.taken.version} for this host: {what}")


def announce_would_install(names: Iterable[tuple[NormalizedName, Version]], view: View, reporter: Reporter) -> None:
    """Say which variants a dry run would have installed."""
    for name, version in names:
        project = view.project(name)
        # A page without variants need not be parsed for that.
        release = project.releases.get(version) if project is not None and project.plain is None else None
        if release is not None and (what := describe_chosen(release)) is not None:
            reporter.note(f"would install {name} {version}: {what}")


def announce_installed(changed: Iterable[Installed], plans: Iterable[Plan], reporter: Reporter) -> None:
    """Say what was installed: every variant, and of what was asked for also the standard wheels of such releases."""
    planned = {plan.project.name: plan.project for plan in plans}
    for installed in changed:
        project = planned.get(installed.name)
        release = None if project is None else project.find_release(installed.version)
        if installed.label is not None or (release is not None and release.has_variants):
            reporter.note(f"installed {installed.name} {installed.version}: {_describe_installed(installed)}")


def announce_elsewhere(
    unchanged: Iterable[Installed], plans: Iterable[Plan], place: InstallPlace, reporter: Reporter
) -> None:
    """Say which installed releases satisfy a requirement, so that no better wheel of them gets into another place."""
    planned = {plan.project.name: plan.taken for plan in plans}
    for installed in unchanged:
        if _find_better(planned.get(installed.name), installed) is not None:
            reporter.note(
                f"{installed.name} {installed.version} in {str(installed.location)!r} satisfies the requirement, so "
                f"nothing of it is installed into {place.description}; --ignore-installed installs it there"
            )


def announce_unchanged(
    unchanged: Iterable[Installed], plans: Iterable[Plan], choice: Choice, reporter: Reporter
) -> None:
    """Say what stays as it was, of what was asked for; warn of a variant that this host does not support."""
    from dualvariant.target.installed import describe_missing

    planned = {plan.project.name: plan.taken for plan in plans}
    for installed in unchanged:
        what = f"{installed.name} {installed.version} stays as it is, {_describe_installed(installed)}"
        lacking = (
            describe_missing(installed, choice.profile, choice.label_rules) if installed.label is not None else None
        )
        taken = planned.get(installed.name)
        better = _find_better(taken, installed)
        if taken is not None and _is_missed(installed, taken, choice.preferences(installed.name).wanted):
            reporter.warn(
                f"{what}, because it satisfies the requirement; the variant that --variant asks for is one of "
                f"{taken.version}, and '{installed.name}=={taken.version}' installs it"
            )
        if lacking is not None:
            reporter.warn(
                f"{what}, which this host does not support ({lacking}); --force-reinstall takes the best wheel instead"
            )
        elif better is not None and (installed.metadata / "RECORD").is_file():
            reporter.note(f"{what}; --force-reinstall exchanges it for {better}")
        elif better is not None:
            reporter.note(f"{what}, and not {better}: it has no RECORD, without which no installer can remove it")
        elif installed.label is not None:
            reporter.note(
                f"{installed.name} {installed.version} was installed before: {_describe_installed(installed)}"
            )


def describe_chosen(release: Release) -> str | None:
    """The wheel that is chosen of a release with variants, in words; None where there is nothing to say."""
    if not release.has_variants or release.chosen is None:
        return None
    chosen = release.chosen
    if chosen.description is None:
        return "the standard wheel"
    return _describe(chosen.wheel.label, chosen.description.properties, chosen.description.names)


def _find_better(taken: Release | None, installed: Installed) -> str | None:
    """The wheel in words that is chosen of the installed release, if that is installed as another one."""
    if taken is None or taken.chosen is None or not installed.is_of_version(taken.version):
        return None
    return None if installed.is_of(taken.chosen.wheel) else describe_chosen(taken)


def _is_missed(installed: Installed, taken: Release, wanted: Sequence[str]) -> bool:
    """Whether a variant is asked for, and another release that is installed takes its place."""
    if not wanted or installed.is_of_version(taken.version):
        return False
    return {installed.label, *installed.properties, *installed.names}.isdisjoint(wanted)


def _describe_installed(installed: Installed) -> str:
    if installed.label is None:
        return "the standard wheel"
    return _describe(installed.label, installed.properties, installed.names)


def _describe(label: str | None, properties: Sequence[str], names: Sequence[str]) -> str:
    called = f", called {', '.join(names)}" if names else ""
    return f"variant {label}{called} ({', '.join(properties) or 'no properties'})"
