"""Selection: which wheel of a release this host gets, and why each of the others does not.

A pure function of (candidates, profile, tags, preferences). Its cost follows the number of wheels offered; how many
combinations the profile's values could make does not matter, and no hash is ever enumerated.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from operator import itemgetter
from typing import Any

from attrs import frozen

from variantlib.label_meta import LabelVariant
from variantlib.label_order import LabelKey, LabelRanking, LabelRules
from variantlib.label_verdict import LabelUnsupported
from variantlib.meta import VariantDescription, VariantMeta
from variantlib.order import Ranking
from variantlib.profile import HostProfile
from variantlib.property_rules import NO_RULES, PropertyRules
from variantlib.rule_verdict import BeatenByRule, Lacks
from variantlib.verdict import (
    Beaten,
    BeatenByKind,
    Candidate,
    Chosen,
    Excluded,
    Kind,
    LabelBeaten,
    NotAskedFor,
    Outcome,
    Reason,
    Unsupported,
    VariantsOff,
    Verdict,
    WrongTags,
)
from variantlib.wheel_name import Dialect

__all__ = ["Preferences", "TagRanks", "select"]


@frozen
class Preferences:
    """What the user asked for, beyond the host's own answer.

    Args:
        wanted: labels, hashes, names of variants or properties (``provider :: key :: value``), best first; the first
            that a release has decides, and nothing else of that release will do.
        no_variant: standard wheels only.
        force: a wanted variant is taken even if the host does not support it.
        properties: rules about properties, for where neither of the first two says which wheel is taken.
    """

    wanted: tuple[str, ...] = ()
    no_variant: bool = False
    force: bool = False
    properties: PropertyRules = NO_RULES

    @property
    def rules(self) -> PropertyRules:
        """The rules about properties that count: none, where the user names variants or turns them off."""
        return NO_RULES if self.wanted or self.no_variant else self.properties


class TagRanks:
    """How well a wheel's tags fit an interpreter: 0 is its best tag, None means it cannot use the wheel.

    Args:
        tags: the interpreter's tags as strings (``cp311-cp311-manylinux_2_17_x86_64``), best first.
    """

    def __init__(self, tags: Iterable[str]) -> None:
        self.tags = list(tags)
        self._ranks = {tag: position for position, tag in reversed(list(enumerate(self.tags)))}
        self._known: dict[str, int | None] = {}

    def rank(self, candidate: Candidate) -> int | None:
        """The position of the candidate's best tag, or None."""
        wheel = candidate.wheel
        tag_set = wheel.tag_set
        try:
            return self._known[tag_set]
        except KeyError:
            ranks = [self._ranks[tag] for tag in map(str, wheel.tags) if tag in self._ranks]
            rank = self._known[tag_set] = min(ranks, default=None)
            return rank


def matches(candidate: Candidate, wanted: str) -> bool:
    """Whether the candidate is what one entry of :attr:`Preferences.wanted` says: a label, hash, name or property."""
    if candidate.wheel.label == wanted:
        return True
    description = candidate.description
    if description is None:
        return False
    if "::" not in wanted:
        return wanted in description.names
    try:
        return VariantMeta.from_str(wanted) in description
    except ValueError:
        return False


def _first_that_exists(candidates: Sequence[Candidate], preferences: Preferences) -> str | None:
    """The first wanted entry that one of the candidates matches."""
    for wanted in preferences.wanted:
        if any(matches(candidate, wanted) for candidate in candidates):
            return wanted
    return None


def select(
    candidates: Sequence[Candidate],
    profile: HostProfile,
    tags: TagRanks,
    preferences: Preferences | None = None,
    rules: LabelRules | None = None,
) -> list[Verdict]:
    """A verdict for each wheel of one release, in preference order, the rejected ones last.

    Label variants that fit come first, in their order; then hash variants in theirs; then the label variant without
    properties (``null``), then standard wheels. Rules about properties come before all that.

    Args:
        candidates: the wheels of one release of one project, each with its variant's description.
        profile: what the host supports, providers in priority order.
        tags: what the target interpreter can install.
        preferences: what the user asked for; nothing, if left out.
        rules: what the user said about the providers of label variants; nothing, if left out.

    Returns:
        One :class:`Verdict` a candidate. At most one is chosen; none is, if nothing fits.
    """
    return _Judge(candidates, profile, tags, preferences or Preferences(), rules or LabelRules()).judge()


# Members of an enumeration are looked up slowly.
_STANDARD_DIALECT = Dialect.STANDARD

#: The key of a standard wheel. Keys of hash variants that the host supports are negative, and so come first.
_STANDARD = sys.maxsize
_NULL = _STANDARD - 1


class _Judge:
    """One call of :func:`select`."""

    def __init__(
        self,
        candidates: Sequence[Candidate],
        profile: HostProfile,
        tags: TagRanks,
        preferences: Preferences,
        rules: LabelRules,
    ) -> None:
        self.candidates = candidates
        self.tags = tags
        self.preferences = preferences
        self.wanted = _first_that_exists(candidates, preferences)
        self.ranking = Ranking(profile)
        self.rules = rules
        self.property_rules = preferences.rules
        self.label_rankings: dict[int, LabelRanking] = {}
        #: What the host lacks for each candidate that was forced.
        self.forced: dict[int, Reason] = {}

    def judge(self) -> list[Verdict]:
        labels: list[tuple[int, LabelKey, int, Candidate, LabelRanking]] = []
        others: list[tuple[int, int, Candidate]] = []
        rejected: list[Verdict] = []
        for candidate in self.candidates:
            judged = self._judge(candidate)
            if not isinstance(judged, tuple):
                rejected.append(Verdict(candidate, Outcome.REJECTED, judged))
            elif isinstance(judged[0], int):
                others.append((judged[0], judged[1], candidate))
            else:
                variant: Any = candidate.description
                ranking = self.label_rankings[id(variant.metadata)]
                labels.append((variant.source, judged[0], judged[1], candidate, ranking))
        if not labels and not others:
            return rejected
        if any(entry[3].wheel.build for entry in labels) or any(entry[2].wheel.build for entry in others):
            labels.sort(key=lambda entry: entry[3].wheel.build, reverse=True)
            others.sort(key=lambda entry: entry[2].wheel.build, reverse=True)
        # The last one counts most. Sorting by one number or text after the other is faster than by tuples of them.
        for position in (2, 1, 0):
            labels.sort(key=itemgetter(position))
        for position in (1, 0):
            others.sort(key=itemgetter(position))
        best_rank, best = labels[0][2:4] if labels else others[0][1:]
        beaten = Outcome.BEATEN
        verdicts = [
            Verdict(candidate, beaten, LabelBeaten(best, candidate, rank == best_rank, ranking))
            for _, _, rank, candidate, ranking in labels
        ]
        kind = best.kind
        verdicts += [
            Verdict(candidate, beaten, self._explain(best, kind, candidate, rank == best_rank))
            for _, rank, candidate in others
        ]
        if self.property_rules.changes_order:
            verdicts = self._apply_rules(verdicts)
            best = verdicts[0].candidate
        lacking = self.forced.get(id(best))
        verdicts[0] = Verdict(best, Outcome.CHOSEN, Chosen(best, len(verdicts), lacking))
        return verdicts + rejected

    def _apply_rules(self, verdicts: Sequence[Verdict]) -> list[Verdict]:
        """The verdicts on the wheels that fit, in the order of the user's rules; where these say nothing, as before."""
        rules = self.property_rules
        placed = [(rules.find_place(verdict.candidate.description or ()), verdict) for verdict in verdicts]
        placed.sort(key=itemgetter(0))
        first, best = placed[0][0], placed[0][1].candidate
        found = []
        for place, verdict in placed:
            candidate = verdict.candidate
            reason: Reason = BeatenByRule(best, candidate, rules)
            if place == first:  # a better wheel of one place was a better one before
                reason = self._compare(best, candidate, same_tag=self.tags.rank(best) == self.tags.rank(candidate))
            found.append(Verdict(candidate, Outcome.BEATEN, reason))
        return found

    def _compare(self, best: Candidate, candidate: Candidate, *, same_tag: bool) -> Reason:
        """Why one of two wheels that fit comes after the other."""
        if candidate.kind is Kind.LABEL and isinstance(candidate.description, LabelVariant):
            return LabelBeaten(best, candidate, same_tag, self._find_label_ranking(candidate.description))
        return self._explain(best, best.kind, candidate, same_tag)

    def _explain(self, best: Candidate, kind: Kind, candidate: Candidate, same_tag: bool) -> Reason:
        if kind is not candidate.kind:
            return BeatenByKind(best, candidate, same_tag, is_forced=id(best) in self.forced)
        if isinstance(candidate.description, LabelVariant):
            return LabelBeaten(best, candidate, same_tag, self._find_label_ranking(candidate.description))
        return Beaten(best, candidate, same_tag, self.ranking)

    def _find_label_ranking(self, variant: LabelVariant) -> LabelRanking:
        """The order of a variant's document; the candidates keep the documents alive, so an id means one of them."""
        try:
            return self.label_rankings[id(variant.metadata)]
        except KeyError:
            ranking = LabelRanking(variant.metadata, self.ranking.profile, self.rules)
            return self.label_rankings.setdefault(id(variant.metadata), ranking)

    def _judge(self, candidate: Candidate) -> tuple[int | LabelKey, int] | Reason:
        """A candidate's sort key and tag rank, or why it is out."""
        rank = self.tags.rank(candidate)
        if rank is None:
            return WrongTags(candidate)
        is_variant = candidate.wheel.dialect is not _STANDARD_DIALECT
        if is_variant and self.preferences.no_variant:
            return VariantsOff()
        if candidate.excluded is not None:
            return Excluded(candidate.excluded)
        wanted = self.wanted
        if self.preferences.wanted and (wanted is None or not matches(candidate, wanted)):
            return NotAskedFor(self.preferences.wanted if wanted is None else (wanted,))
        lacking = self.property_rules.find_lacking(candidate.description or ()) if self.property_rules.require else None
        if lacking is not None:
            return Lacks(lacking)
        if candidate.description is None:
            return Excluded("its properties are not known") if is_variant else (_STANDARD, rank)
        found = self._find_key(candidate.description)
        if isinstance(found, (int, str)):
            return found, rank
        if wanted is None or not self.preferences.force:
            return found
        self.forced[id(candidate)] = found
        # Behind everything that the host supports, more properties first, of as many the label first.
        is_label = isinstance(candidate.description, LabelVariant)
        return _NULL - 2 * len(candidate.description.data) - is_label, rank

    def _find_key(self, description: VariantDescription | LabelVariant) -> int | LabelKey | Reason:
        """A variant's sort key, or what the host lacks for it."""
        if isinstance(description, VariantDescription):
            key = self.ranking.key(description)
            return Unsupported(key, self.ranking.profile) if isinstance(key, VariantMeta) else key
        if not description.data:
            return _NULL
        ranking = self._find_label_ranking(description)
        place = ranking.key(description)
        return place if isinstance(place, str) else LabelUnsupported(place, ranking)
