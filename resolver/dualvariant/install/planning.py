"""What a run is going to install, as far as that can be known before the installer starts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from dualvariant.core.errors import DualvariantError
from dualvariant.core.report import Reporter
from dualvariant.install.setup import Setup

if TYPE_CHECKING:
    from packaging.utils import NormalizedName

    from dualvariant.install.other_ways import OtherWays
    from dualvariant.requirements.request import Request
    from dualvariant.selection.plan import Plan
    from dualvariant.selection.session import Selection
    from dualvariant.selection.view import View

__all__ = ["Planned", "plan_all"]


class Planned(NamedTuple):
    """What is going to be installed, as far as that is known before.

    Args:
        plans: what the requests come to.
        names: the projects that are asked for.
        exchanges: requirements for the installed variants that are exchanged.
        searched: where an installed distribution satisfies a requirement.
    """

    plans: Sequence[Plan]
    names: Sequence[NormalizedName]
    exchanges: Sequence[str]
    searched: Sequence[Path]


def plan_all(setup: Setup, selection: Selection, reporter: Reporter) -> Planned:
    """What the requests come to, and the installed variants that are exchanged for others.

    Args:
        setup: how the run is set up.
        selection: what is asked for.
        reporter: gets a message where a variant cannot be taken.

    Raises:
        DualvariantError: nothing that fits can be installed.
    """
    from dualvariant.install.other_ways import OtherWays

    searched = _find_searched(setup)
    asked, others_only = selection.requests, setup.all_settings.flag("only-deps")
    if others_only:  # what is named is not installed; a variant that is asked for of it says what it depends on
        asked = [request for request in asked if _find_wishes(selection.view, request)]
    plans = _plan(setup, selection, asked, OtherWays(searched, selection.direct), reporter)
    if others_only:
        return Planned([], [], [], searched)
    exchanges = _exchange(plans, setup, selection.view) if searched else []
    names = [request.project for request in asked if request.project is not None]
    return Planned(plans, names, exchanges, searched)


def _plan(
    setup: Setup, selection: Selection, requests: Sequence[Request], ways: OtherWays, reporter: Reporter
) -> list[Plan]:
    """What each request comes to; what the installer may meet without the sources is left to it.

    Raises:
        DualvariantError: nothing that fits can be installed.
    """
    from dualvariant.install.announcements import warn_of_plan

    plans: list[Plan] = []
    strict = setup.options.selection.host.strict
    limited = list(map(selection.add_limits, requests))
    for outcome in _plan_each(selection.view, limited, ways, strict=strict):
        for message in outcome.warnings:
            reporter.warn(message)
        if outcome.error is not None:
            raise outcome.error
        plan = outcome.plan
        if plan is None or plan.project.name in {known.project.name for known in plans}:
            continue
        plans.append(plan)
        warn_of_plan(plan, reporter)
    return plans


class _Outcome(NamedTuple):
    """What one request comes to: a plan, none where the engine has the last word, or an error."""

    plan: Plan | None
    error: DualvariantError | None
    warnings: Sequence[str]


def _plan_each(view: View, requests: Sequence[Request], ways: OtherWays, *, strict: bool) -> list[_Outcome]:
    """What each request comes to; the files of several projects are asked for at once."""
    from dualvariant.network.concurrency import map_parallel
    from dualvariant.network.transport import MAX_PARALLEL
    from dualvariant.selection.plan import or_refuse, plan_request

    failures = view.prefetch([request.project for request in requests])

    def plan(request: Request) -> _Outcome:
        warnings: list[str] = []

        def make_plan() -> Plan | None:
            if request.project in failures:
                raise failures[request.project]
            return plan_request(view, request, strict=strict, warn=warnings.append)

        try:
            return _Outcome(
                or_refuse(view, request, make_plan, may_be_met=ways.may_meet(request), strict=strict), None, warnings
            )
        except DualvariantError as error:
            return _Outcome(None, error, warnings)

    # Requests of one project come one after another: what is refused for one is refused for the next.
    projects: dict[NormalizedName | None, list[Request]] = {}
    for request in requests:
        projects.setdefault(request.project, []).append(request)
    planned = map_parallel(lambda group: [plan(request) for request in group], list(projects.values()), MAX_PARALLEL)
    outcomes = {name: iter(group) for name, group in zip(projects, planned, strict=True)}
    return [next(outcomes[request.project]) for request in requests]


def _find_searched(setup: Setup) -> list[Path]:
    """The folders in which an installed distribution satisfies a requirement; none if nothing installed counts."""
    reinstalls = setup.all_settings.flag("force-reinstall") or setup.all_settings.flag("ignore-installed")
    if setup.options.command != "install" or reinstalls or setup.place.target is not None:
        return []
    return list(dict.fromkeys([*setup.place.searched, *setup.place.interpreter.path]))


def _exchange(plans: Sequence[Plan], setup: Setup, view: View) -> list[str]:
    """Requirements for the installed variants that are to be exchanged.

    What is installed elsewhere never takes the place of the environment's copy: it satisfies the requirement, and
    stays.
    """
    projects = {plan.project.name for plan in plans}
    if not setup.place.is_own or not projects:
        return []
    from dualvariant.install.exchange import find_exchanges
    from dualvariant.target.installed import find_distributions
    from dualvariant.trial.failures import find_failure

    requirements = []
    for exchange in find_exchanges(plans, find_distributions(setup.place.searched, projects)):
        preferences = view.choice.preferences(exchange.installed.name)
        failed = find_failure(exchange.installed, view.choice.failures.values()) is not None
        if preferences.wanted or preferences.no_variant or failed:
            requirements.append(exchange.requirement)
    return requirements


def _find_wishes(view: View, request: Request) -> Sequence[str]:
    """The variants that are asked for of a request's project."""
    return view.choice.preferences(request.project).wanted if request.project is not None else ()
