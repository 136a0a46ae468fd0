"""Why the best wheel of a release is better than another one that fits: the words, found when they are asked for.

Selection has a verdict for each of ten thousand wheels, and somebody reads the reasons of a few of them.
"""

from __future__ import annotations

from typing import NamedTuple

from attrs import frozen

from variantlib.label_meta import LabelVariant
from variantlib.label_order import LabelRankings
from variantlib.label_verdict import describe_better_label
from variantlib.meta import VariantDescription, VariantMeta
from variantlib.order import Ranking
from variantlib.tag_ranks import TagRanks
from variantlib.verdict import Candidate, Kind, ReasonFinder

__all__ = ["Beaten", "Comparison"]

_SUPPORTS_ALL = "this host supports all that it needs"


class Beaten(NamedTuple):
    """The candidate fits, and another one is better.

    Args:
        by: the better one.
        why: what decides between them.
    """

    by: Candidate
    why: str

    def __str__(self) -> str:
        return f"beaten by {self.by.wheel.label or self.by.wheel.filename}: {self.why}"


@frozen(eq=False)
class Comparison(ReasonFinder):
    """The best wheel of a release, and by what it was compared with the others.

    Args:
        best: the best wheel.
        is_forced: whether the host lacks something for it, and for every other variant that can be taken.
        tags: the order of the wheels' tags.
        ranking: the order of hash variants.
        label_rankings: the orders of label variants.
    """

    best: Candidate
    is_forced: bool
    tags: TagRanks
    ranking: Ranking
    label_rankings: LabelRankings

    def find(self, candidate: Candidate) -> Beaten:
        """Why a candidate that fits, or was forced, is not the best one."""
        return Beaten(self.best, self._compare_properties(candidate) or self._compare_files(candidate))

    def _compare_properties(self, candidate: Candidate) -> str | None:
        """What decides between the properties of the two; None if that is nothing."""
        best, this = self.best.description, candidate.description
        if best is None or this is None or candidate.kind is Kind.NULL:
            return self._compare_with_plain(candidate.kind)
        if self.is_forced:
            if len(best.data) != len(this.data):
                return f"it has more properties, {len(best.data)} against {len(this.data)}"
        elif not self._fits(this):
            return _SUPPORTS_ALL
        if self.best.kind is not candidate.kind:
            return "label variants come before hash variants"
        if self.is_forced:
            return None
        if isinstance(best, LabelVariant) and isinstance(this, LabelVariant):
            if best.source != this.source:
                return "it is from a source that comes first, and variants of two sources are not compared"
            return describe_better_label(self.label_rankings.find(this.metadata), best, this)
        assert isinstance(best, VariantDescription) and isinstance(this, VariantDescription)
        return self._compare_hash_variants(best, this)

    def _compare_with_plain(self, kind: Kind) -> str | None:
        """Why the best one comes before a wheel without properties."""
        if self.best.kind is kind:
            return None
        if kind is Kind.NULL:
            return "variants with properties that fit come before the one without"
        return "a variant that fits comes before the standard wheel"

    def _fits(self, description: VariantDescription | LabelVariant) -> bool:
        if isinstance(description, LabelVariant):
            return isinstance(self.label_rankings.find(description.metadata).key(description), str)
        return not isinstance(self.ranking.key(description), VariantMeta)

    def _compare_hash_variants(self, best: VariantDescription, this: VariantDescription) -> str | None:
        best_metas = self.ranking.by_importance(best)
        these = self.ranking.by_importance(this)
        if len(best_metas) != len(these):
            return f"it has more fitting properties, {len(best_metas)} against {len(these)}"
        pairs = list(zip(best_metas, these, strict=True))
        # All features are compared before any value is.
        for theirs, ours in pairs:
            features = [f"'{meta.provider} :: {meta.key}'" for meta in (theirs, ours)]
            if features[0] != features[1]:
                return f"{features[0]} is more important here than {features[1]}"
        for theirs, ours in pairs:
            if theirs != ours:
                return f"'{theirs}' is better here than {ours.value}"
        return None

    def _compare_files(self, candidate: Candidate) -> str:
        if self.tags.rank(self.best) != self.tags.rank(candidate):
            return "its tags fit this interpreter better"
        if self.best.wheel.build != candidate.wheel.build:
            return "it has a higher build number"
        return "it is listed first, and they do not differ otherwise"
