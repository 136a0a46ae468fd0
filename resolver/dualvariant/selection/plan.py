"""The plan: which release each request comes to, found out before the engine starts."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from dualvariant.core.errors import BadDataError, DualvariantError
from dualvariant.network.failures import InvalidPageError
from dualvariant.repository.plain_page import may_have_variants_in_disguise
from dualvariant.repository.replaced_name import find_replaced_name
from dualvariant.requirements.release_rules import has_arbitrary_equality
from dualvariant.requirements.request import Request
from dualvariant.selection.failures import (
    NoAdmittedReleaseError,
    NoSuchProjectError,
    UnusableVariantsError,
    UnusableWheelError,
)
from dualvariant.selection.project import Project, Release
from dualvariant.selection.view import View
from variantlib.preferences import Preferences

if TYPE_CHECKING:
    from dualvariant.selection.choice import Choice
    from dualvariant.selection.finder import Found
    from variantlib.verdict import Candidate

__all__ = ["Plan", "or_refuse", "plan_request"]


class Plan(NamedTuple):
    """What a request comes to.

    Args:
        project: the project as the view shows it.
        newest: the newest release with variants that the requirement admits, if it is newer than the one that is taken
            and the user does not ask for the lowest; else that one.
        taken: the release that an installer takes; None if there is none.
    """

    project: Project
    newest: Release
    taken: Release | None


def plan_request(
    view: View,
    request: Request,
    *,
    strict: bool = False,
    warn: Callable[[str], None] = lambda message: None,
    note: Callable[[str], None] = lambda message: None,
) -> Plan | None:
    """Find the release that a request comes to.

    Variants that turn out to be unusable cost themselves: the next best wheel is taken, and a warning says so.

    Args:
        view: what there is.
        request: what is asked for.
        strict: an unusable variant is an error.
        warn: gets a message for each unusable variant.
        note: gets one for each standard wheel that is passed over after a look into it.

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
    # What follows is for projects with variants, and for requirements that need not admit any release.
    from dualvariant.selection.settling import settle

    must = strict or bool(preferences.wanted)

    def refused(chosen: Candidate, why: str) -> None:
        if must and chosen.description is not None:
            raise UnusableWheelError(
                f"the best wheel of {chosen.wheel.name} {chosen.wheel.version} is unusable: {why}",
                "--no-variant takes the standard wheel",
            )
        is_variant = chosen.description is not None or find_replaced_name(chosen.wheel.filename) is not None
        (warn if is_variant else note)(f"{chosen.wheel.filename} is passed over: {why}")

    try:
        project, found = settle(view, project, request.requirement.specifier, refused)
    except InvalidPageError:
        if project.plain is None:
            raise
        return None  # the engine gets the page as it is, and may read it
    return _make_plan(project, found, view.choice, must=must) if found.admitted else None


def _make_plan(project: Project, found: Found, choice: Choice, *, must: bool) -> Plan:
    newest, taken = found.newest, found.taken
    preferences = choice.preferences(project.name)
    if found.refused is not None and found.refused.claimed and not must:
        return Plan(project, newest, None)  # the page may be wrong: the installer compares the file itself
    if newest.problems and not preferences.no_variant and (must or taken is None):
        raise UnusableVariantsError(
            f"the variants of {project.name} {newest.version} are unusable ({newest.problems[0]})",
            "--no-variant takes the standard wheel",
        )
    variants = project.releases.values() if preferences.rules.require else found.admitted
    if taken is None and (preferences.wanted or any(release.has_variants for release in variants)):
        from dualvariant.selection.nothing_fits import nothing_fits

        raise nothing_fits(project, found.admitted, choice)
    if taken is not None and choice.rules.take_lowest:
        newest = taken
    elif taken is not None:
        newer = (release for release in found.admitted if release.version > taken.version and release.has_variants)
        newest = next(newer, taken)
    return Plan(project, newest, taken)


def or_refuse(
    view: View, request: Request, make_plan: Callable[[], Plan | None], *, may_be_met: bool, strict: bool
) -> Plan | None:
    """The plan of a request, or the error with which ``install`` ends before the engine starts.

    Args:
        view: what there is.
        request: what is asked for.
        make_plan: makes the plan.
        may_be_met: something besides the files of the sources may meet it; unless a variant is asked for, it is the
            engine's then.
        strict: what cannot be used is an error in any case.

    Raises:
        NoSuchProjectError: no source has the project.
        NoAdmittedReleaseError: the request admits none of its releases.
        DualvariantError: nothing that fits can be installed.
    """
    wanted = request.project is not None and bool(view.choice.preferences(request.project).wanted)
    needed = wanted or not may_be_met
    try:
        plan = make_plan()
        if plan is None and needed:
            _raise_if_missing(view, request)
        return plan
    except DualvariantError as error:
        if needed or (strict and isinstance(error, BadDataError)):
            raise
        return None


def _raise_if_missing(view: View, request: Request) -> None:
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
    if not unversioned and not has_arbitrary_equality(request.requirement.specifier):
        raise NoAdmittedReleaseError.of(request.text, project.releases)


def _is_for_installer(project: Project, request: Request, preferences: Preferences) -> bool:
    """Whether there is nothing to choose, and every release is admitted; then a page need not be parsed for that."""
    if project.plain is None or preferences.wanted or preferences.no_variant:
        return False
    anything = request.requirement is not None and not request.requirement.specifier
    return anything and not may_have_variants_in_disguise(project.plain)
