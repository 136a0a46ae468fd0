"""Reasons for verdicts on label variants, in the order of :mod:`variantlib.label_order`."""

from __future__ import annotations

from typing import NamedTuple

from variantlib.label_meta import FeatureValues, LabelVariant, StaticProvider
from variantlib.label_order import LabelRanking
from variantlib.label_support import Silence
from variantlib.verdict import list_some

__all__ = ["LabelUnsupported", "describe_better_label"]


class LabelUnsupported(NamedTuple):
    """The candidate needs a feature of which this host supports no value that it names."""

    needs: FeatureValues
    ranking: LabelRanking
    #: What the provider says is missing for it, if it was asked (:class:`variantlib.provider.ReasonProvider`).
    lacks: str | None = None

    def __str__(self) -> str:
        lacks = f" ({self.lacks})" if self.lacks else ""
        return f"needs '{self.needs}', {self._says()}{lacks}"

    @property
    def is_answered_by_profile(self) -> bool:
        """Whether a provider of the profile says what is supported, and not a list in the document, or nobody."""
        answer = self.ranking.answers.get(self.needs.namespace, Silence("it is unknown"))
        return not isinstance(answer, Silence) and not self._is_static

    @property
    def _is_static(self) -> bool:
        return isinstance(self.ranking.metadata.providers.get(self.needs.namespace), StaticProvider)

    def _says(self) -> str:
        namespace = self.needs.namespace
        answer = self.ranking.answers.get(namespace, Silence("it is not among the document's namespaces"))
        if isinstance(answer, Silence):
            return f"and no provider answers for {namespace!r}: {answer}"
        values = dict(answer).get(self.needs.feature)
        who = f"the release's own list for {namespace}" if self._is_static else f"provider {namespace}"
        if not values:
            return f"{who} does not offer the feature here"
        return f"{who} says {list_some(values)}"


def describe_better_label(ranking: LabelRanking, best: LabelVariant, this: LabelVariant) -> str | None:
    """Why one label variant of a release is better than another; None for two of one label.

    Args:
        ranking: the order of their document.
        best: the better one.
        this: the other one; the host supports both.
    """
    if best.label == this.label:
        return None
    ours, theirs = ranking.by_importance(this), ranking.by_importance(best)
    for better, worse in zip(theirs, ours, strict=False):
        if ranking.best_place(better) == ranking.best_place(worse):
            continue
        good, bad = (f"{f.namespace} :: {f.feature} :: {ranking.best_value(f)}" for f in (better, worse))
        if (better.namespace, better.feature) == (worse.namespace, worse.feature):
            return f"'{good}' is better here than {bad.rpartition(' ')[2]}"
        return f"'{good}' is more important in this release than '{bad}'"
    if len(theirs) != len(ours):
        return f"it has all of its features and {len(theirs) - len(ours)} more"
    return "they support the same, and its label comes first in the alphabet"
