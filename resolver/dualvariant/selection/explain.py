"""The explanation of a choice: the release of each request, its verdicts with their reasons, and the order in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from packaging.utils import NormalizedName

from dualvariant.core.errors import DualvariantError, NothingFitsError, UsageError
from dualvariant.core.report import Reporter
from dualvariant.host.reasons import add_reasons
from dualvariant.network.urls import redact_url
from dualvariant.requirements.direct import may_be_direct
from dualvariant.requirements.request import show_requirement
from dualvariant.selection.failures import NoAdmittedReleaseError, NoSuchProjectError
from dualvariant.selection.local_wheel import check_variant
from dualvariant.selection.plan import or_refuse, plan_request
from dualvariant.selection.settling import settle
from variantlib.cpu.doubts import is_unknown
from variantlib.label_meta import LabelVariant
from variantlib.label_verdict import LabelUnsupported
from variantlib.meta import VariantDescription
from variantlib.order import Ranking
from variantlib.profile import HostProfile
from variantlib.property_rules import PropertyRules
from variantlib.verdict import Excluded, Outcome, Unsupported, Verdict

if TYPE_CHECKING:
    from dualvariant.requirements.request import Request
    from dualvariant.selection.plan import Plan
    from dualvariant.selection.project import Release
    from dualvariant.selection.session import Selection

__all__ = ["Explained", "Explanation", "describe_next_better", "describe_order", "explain"]


class Explained(NamedTuple):
    """What a request comes to.

    Args:
        project: its project.
        release: the release that ``install`` takes; where it takes none, the newest one that the request admits.
        taken: whether an installer takes something.
    """

    project: NormalizedName
    release: Release
    taken: bool


class Explanation(NamedTuple):
    """What all requests come to.

    Args:
        requests: what each comes to.
        refusal: the error with which ``install`` ends before the installer starts; None if the installer gets them.
    """

    requests: Sequence[Explained]
    refusal: DualvariantError | None

    @property
    def exit_code(self) -> int:
        """0 if an installer takes something for each request, else the code with which ``install`` ends."""
        if self.refusal is not None:
            return self.refusal.exit_code
        return 0 if all(one.taken for one in self.requests) else NothingFitsError.exit_code


def explain(selection: Selection, reporter: Reporter, *, foreign_code: bool = True) -> Explanation:
    """The release that each request comes to, with a reason for every wheel.

    What is installed already does not count: an installer might leave it as it is.

    Args:
        selection: what is asked for.
        reporter: gets a message for each problem, and for what may lead ``install`` to something else.
        foreign_code: whether providers that are not built in may be asked for reasons.

    Raises:
        UsageError: a request is for something else than a project on an index.
        NoSuchProjectError: no source has the project.
        NoAdmittedReleaseError: the request admits none of its releases.
        SourceError: a source cannot be read.
        DualvariantError: there is nothing to show for one request, and ``install`` refuses another one.
    """
    requests = [selection.add_limits(request) for request in selection.requests]
    for request in requests:
        if request.project is None:
            raise UsageError(
                f"explain is about projects on an index: {show_requirement(request.text)!r}",
                "name the project; 'dualvariant audit' is about wheel files",
            )
    for path in selection.files.local_variants:
        check_variant(path, selection.view.choice)
    for place in selection.direct.get(None, ()):
        what = f"{redact_url(place)!r} is left to the installer"
        reporter.note(f"{what}: what it is, or requires, may lead to other releases")
    asked = [request.project for request in requests if request.project not in selection.direct]
    failures = selection.view.prefetch(asked)
    found: list[Explained] = []
    refusal = problem = None  # the first of each
    for request in requests:
        refusal = refusal or _find_refusal(selection, request, reporter, failures)
        try:
            found.append(_explain_request(selection, request, reporter, failures))
        except DualvariantError as error:
            if request.project in selection.direct:
                reporter.note(f"{request.project}: a requirement or constraint names a link or a file, which is taken")
            else:
                problem = problem or error
    if problem is not None:
        raise refusal or problem

    def add(verdicts: Sequence[Verdict]) -> Sequence[Verdict]:
        return add_reasons(verdicts, selection.view.choice.profile, foreign_code=foreign_code)

    explained = [one._replace(release=one.release.with_verdicts(add)) for one in found]
    return Explanation(explained, refusal)


def _find_refusal(
    selection: Selection,
    request: Request,
    reporter: Reporter,
    failures: Mapping[NormalizedName | None, DualvariantError],
) -> DualvariantError | None:
    """The error with which ``install`` refuses a request; None if the installer gets it.

    Args:
        selection: what is asked for.
        request: one of its requests.
        reporter: gets a message for each problem.
        failures: why the page of a project cannot be read, for each where that is so.
    """
    view, strict = selection.view, selection.view.sources.settings.strict

    def make_plan() -> Plan | None:
        if request.project in failures:
            raise failures[request.project]
        return plan_request(view, request, strict=strict, warn=reporter.note, note=reporter.note)

    try:
        may_be_met = may_be_direct(request.project, selection.direct)
        or_refuse(view, request, make_plan, may_be_met=may_be_met, strict=strict)
    except DualvariantError as error:
        return error
    return None


def _explain_request(
    selection: Selection,
    request: Request,
    reporter: Reporter,
    failures: Mapping[NormalizedName | None, DualvariantError],
) -> Explained:
    assert request.requirement is not None and request.project is not None
    if request.project in failures:
        raise failures[request.project]
    project = selection.view.project(request.project)
    if project is None:
        raise NoSuchProjectError.of(request.requirement.name)
    project, found = settle(
        selection.view,
        project,
        request.requirement.specifier,
        lambda wheel, why: reporter.note(f"{wheel.wheel.filename}: {why}"),
    )
    if not found.admitted:
        raise NoAdmittedReleaseError.of(request.text, project.releases)
    release = found.taken or found.newest
    for problem in release.problems:
        reporter.warn(problem)
    if request.project in selection.direct:
        return Explained(request.project, release.with_verdicts(_reject_for_link), taken=True)
    if found.newest is not release and not selection.view.choice.rules.take_lowest:
        reporter.note(f"{request.project}: nothing of {found.newest.version} can be installed here")
    return Explained(request.project, release, found.taken is not None)


def _reject_for_link(verdicts: Sequence[Verdict]) -> list[Verdict]:
    """The verdicts of a release, none of whose wheels is taken because something else is named."""
    why = Excluded("a requirement or constraint names a link or a file, which is taken instead")
    return [
        verdict if verdict.outcome is Outcome.REJECTED else verdict._replace(outcome=Outcome.REJECTED, why=why)
        for verdict in verdicts
    ]


def describe_order(verdicts: Sequence[Verdict], profile: HostProfile, rules: PropertyRules | None = None) -> str | None:
    """The order of a release's variants in words, the user's rules first; None if there are none to sort.

    Sources: WheelNext engineering review, "Ordering / Prioritization logic" (:mod:`variantlib.order`); PEP 825,
    "Variant ordering" (:mod:`variantlib.label_order`).
    """
    variants = [v.candidate.description for v in verdicts]
    parts = [_describe_label_order(variants), _describe_hash_order(variants, profile)]
    if any(isinstance(variant, LabelVariant) and not variant.data for variant in variants):
        parts.append("the variant without properties (null)")
    found = [part for part in parts if part is not None]
    if not found:
        return None
    others = "other " if rules is not None and rules.avoid else ""
    ending = f"then tags and build number; the standard wheel after all {others}variants"
    return "; ".join([*_describe_rules(rules or PropertyRules()), "; then ".join(found), ending])


def _describe_rules(rules: PropertyRules) -> Iterator[str]:
    """The user's rules in words."""
    if rules.require:
        yield f"only variants with {' and '.join(map(repr, map(str, rules.require)))} ('require')"
    if rules.prefer:
        yield f"first the variants with {', then '.join(map(repr, map(str, rules.prefer)))} ('prefer')"
    if rules.avoid:
        yield f"after the standard wheel the variants with {' or '.join(map(repr, map(str, rules.avoid)))} ('avoid')"


def _describe_label_order(variants: Sequence[VariantDescription | LabelVariant | None]) -> str | None:
    labelled = [variant for variant in variants if isinstance(variant, LabelVariant) and variant.data]
    if not labelled:
        return None
    used = {feature.namespace for variant in labelled for feature in variant.data}
    namespaces = dict.fromkeys(name for v in labelled for name in v.metadata.namespaces if name in used)
    return (
        f"label variants by their most important difference (namespaces {', '.join(namespaces)}, in this order, then "
        "features, then the better values), longer lists and then the labels deciding last"
    )


def _describe_hash_order(
    variants: Sequence[VariantDescription | LabelVariant | None], profile: HostProfile
) -> str | None:
    described = [variant for variant in variants if isinstance(variant, VariantDescription)]
    used = {(meta.provider, meta.key) for description in described for meta in description}
    features = [
        f"{provider.provider} :: {config.key}"
        for provider in profile.providers
        for config in provider.configs
        if (provider.provider, config.key) in used
    ]
    if not features:
        return None
    return f"more properties first; then the features {', '.join(features)}, in this order; then the better values"


def describe_next_better(verdicts: Sequence[Verdict], profile: HostProfile) -> str | None:
    """What the host lacks for the nearest variant that has as many properties as the chosen one, or more.

    The nearest lacks the fewest properties; of several, the one for which its provider names the least.
    """
    chosen = next((v.candidate.description for v in verdicts if v.outcome is Outcome.CHOSEN), None)
    least = len(chosen.data) if chosen is not None else 0
    supported = Ranking(profile).places
    found: list[tuple[int, int, int, str]] = []
    for position, verdict in enumerate(verdicts):
        description, reason = verdict.candidate.description, verdict.reason
        if description is None or not isinstance(reason, (Unsupported, LabelUnsupported)):
            continue
        if len(description.data) < least:
            continue
        if isinstance(description, VariantDescription) and any(map(is_unknown, description)):
            continue  # no host can have it, so it is no better
        if isinstance(description, VariantDescription):
            missing = [str(meta) for meta in description if meta not in supported]
        elif isinstance(reason, LabelUnsupported):
            missing = [str(feature) for feature in description.data if reason.ranking.best_place(feature) is None]
        else:
            continue
        words = reason.lacks or ""
        why = f" ({words})" if words else ""
        text = f"{verdict.candidate.wheel.label} needs {', '.join(map(repr, missing))}{why}"
        found.append((len(missing), words.count(","), position, text))
    return min(found)[3] if found else None
