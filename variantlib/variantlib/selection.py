"""Selection: which wheel of a release this host gets, and why each of the others does not.

A pure function of (candidates, profile, tags, preferences). Its cost follows the number of wheels offered; how many
combinations the profile's values could make does not matter, and no hash is ever enumerated.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from operator import itemgetter

from variantlib.beaten import Comparison
from variantlib.label_meta import LabelVariant
from variantlib.label_order import LabelKey, LabelRankings
from variantlib.label_verdict import LabelUnsupported
from variantlib.meta import VariantDescription, VariantMeta
from variantlib.order import Ranking
from variantlib.preferences import LabelRules, Preferences
from variantlib.profile import HostProfile
from variantlib.rule_verdict import BeatenByRule, Lacks
from variantlib.tag_ranks import TagRanks
from variantlib.verdict import (
    Candidate,
    Chosen,
    Excluded,
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
    properties (``null``), then standard wheels.

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
        self.rules = preferences.rules
        self.has_wishes = bool(preferences.wanted or preferences.no_variant or self.rules.require)
        self.label_rankings = LabelRankings(profile, rules)
        #: The label variants that fit: position of the source, key, rank of the tags, candidate.
        self.labels: list[tuple[int, LabelKey, int, Candidate]] = []
        #: All others that can be taken: key, rank of the tags, candidate.
        self.others: list[tuple[int, int, Candidate]] = []
        #: What the host lacks for each candidate that was forced.
        self.forced: dict[int, Reason] = {}

    def judge(self) -> list[Verdict]:
        labels, others = self.labels, self.others
        rejected = []
        for candidate in self.candidates:
            reason = self._judge(candidate)
            if reason is not None:
                rejected.append(Verdict(candidate, Outcome.REJECTED, reason))
        if not labels and not others:
            return rejected
        if any(entry[-1].wheel.build for entries in (labels, others) for entry in entries):
            labels.sort(key=lambda entry: entry[-1].wheel.build, reverse=True)
            others.sort(key=lambda entry: entry[-1].wheel.build, reverse=True)
        # The last one counts most. Sorting by one number or text after the other is faster than by tuples of them.
        for position in (2, 1, 0):
            labels.sort(key=itemgetter(position))
        for position in (1, 0):
            others.sort(key=itemgetter(position))
        return [*self._compare(list(map(itemgetter(-1), (*labels, *others)))), *rejected]

    def _compare(self, fitting: list[Candidate]) -> list[Verdict]:
        """The verdicts on the wheels that can be taken, which are best first but for the user's rules."""
        rules, beaten, behind = self.rules, Outcome.BEATEN, len(fitting)
        if rules.changes_order:
            places = {id(candidate): rules.find_place(candidate.description or ()) for candidate in fitting}
            fitting.sort(key=lambda candidate: places[id(candidate)])
            # A better wheel of one place was a better one before.
            behind = sum(place == places[id(fitting[0])] for place in places.values())
        best = fitting[0]
        lacking = self.forced.get(id(best))
        comparison = Comparison(best, lacking is not None, self.tags, self.ranking, self.label_rankings)
        return [
            Verdict(best, Outcome.CHOSEN, Chosen(best, len(fitting), lacking)),
            *[Verdict(candidate, beaten, comparison) for candidate in fitting[1:behind]],
            *[Verdict(candidate, beaten, BeatenByRule(best, candidate, rules)) for candidate in fitting[behind:]],
        ]

    def _judge(self, candidate: Candidate) -> Reason | None:
        """Why a candidate is out; None if it can be taken, and then it is among ``labels`` or ``others``."""
        rank = self.tags.rank(candidate)
        if rank is None:
            return WrongTags(candidate)
        description = candidate.description
        if self.has_wishes or candidate.excluded is not None:
            out = self._find_other_flaw(candidate)
            if out is not None:
                return out
        lacking: Reason
        if isinstance(description, VariantDescription):
            weight = self.ranking.key(description)
            if isinstance(weight, int):
                self.others.append((weight, rank, candidate))
                return None
            lacking = Unsupported(weight, self.ranking.profile)
        elif description is None or not description.data:
            return self._take_plain(candidate, rank)
        else:
            ranking = self.label_rankings.find(description.metadata)
            key = ranking.key(description)
            if isinstance(key, str):
                self.labels.append((description.source, key, rank, candidate))
                return None
            lacking = LabelUnsupported(key, ranking)
        if self.wanted is None or not self.preferences.force:
            return lacking
        self.forced[id(candidate)] = lacking
        # Behind everything that the host supports, more properties first, of as many the label first.
        is_label = isinstance(description, LabelVariant)
        self.others.append((_NULL - 2 * len(description.data) - is_label, rank, candidate))
        return None

    def _find_other_flaw(self, candidate: Candidate) -> Reason | None:
        """Why a candidate is out apart from its tags and properties: it is excluded, or not what the user asks for."""
        asked, wanted = self.preferences.wanted, self.wanted
        if self.preferences.no_variant and candidate.wheel.dialect is not Dialect.STANDARD:
            return VariantsOff()
        if candidate.excluded is not None:
            return Excluded(candidate.excluded)
        if asked and (wanted is None or not matches(candidate, wanted)):
            return NotAskedFor(asked if wanted is None else (wanted,))
        required = self.rules.find_lacking(candidate.description or ()) if self.rules.require else None
        return None if required is None else Lacks(required)

    def _take_plain(self, candidate: Candidate, rank: int) -> Reason | None:
        """A standard wheel, and the label variant without properties, for which nothing has to be supported."""
        if candidate.description is not None:
            self.others.append((_NULL, rank, candidate))
            return None
        if candidate.wheel.dialect is not Dialect.STANDARD:
            return Excluded("its properties are not known")
        self.others.append((_STANDARD, rank, candidate))
        return None
