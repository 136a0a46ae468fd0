"""The label dialect's order: which label variants fit a host, and which of two is better.

The first difference decides: the more important namespace, in it the more important feature, of that the better value.
A variant with more features comes before one that has only the first of them, and the label decides where nothing else
does. The document gives the order of the namespaces; the provider of a namespace gives that of features and values.

Source: PEP 825 (13 August 2026), "Variant ordering". Who says what a host supports is in
:mod:`variantlib.label_support`.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from attrs import field, frozen

from variantlib.label_meta import FeatureValues, LabelMetadata, LabelVariant
from variantlib.label_support import Silence, Supported, find_supported
from variantlib.preferences import LabelRules
from variantlib.profile import HostProfile

__all__ = ["LabelKey", "LabelRanking", "LabelRankings"]

#: The places of a variant's features, ascending, and its label, as one text: smaller is better.
LabelKey = str


@frozen(slots=False)
class LabelRanking:
    """A document and a host turned into the order of the document's label variants."""

    metadata: LabelMetadata
    profile: HostProfile
    rules: LabelRules = field(factory=LabelRules)

    @cached_property
    def answers(self) -> Mapping[str, Supported | Silence]:
        """For each namespace what the host supports, or why nobody says so."""
        providers = self.metadata.providers
        return {
            namespace: find_supported(namespace, providers.get(namespace), self.profile, self.rules)
            for namespace in self.metadata.namespaces
        }

    @cached_property
    def places(self) -> Mapping[tuple[str, str], Mapping[str, int]]:
        """For each supported feature, the place of each of its values among all supported values of the namespaces."""
        found: dict[tuple[str, str], Mapping[str, int]] = {}
        at = 0
        for namespace, answer in self.answers.items():
            for feature, values in () if isinstance(answer, Silence) else answer:
                found[namespace, feature] = {value: at + number for number, value in enumerate(values)}
                at += len(values)
        return found

    @cached_property
    def _end(self) -> int:
        """Greater than every place: a list of places comes before its own beginning."""
        return sum(map(len, self.places.values()))

    @cached_property
    def _end_text(self) -> str:
        return _as_text(self._end)

    @cached_property
    def _known(self) -> dict[int, str]:
        """The best place of each supported feature, by its id; ten thousand labels share a few hundred of them."""
        return {}

    @cached_property
    def _kept(self) -> list[FeatureValues]:
        """Keeps these features, so that no other object gets the id of one."""
        return []

    def best_place(self, feature: FeatureValues) -> int | None:
        """The place of the best supported value of a feature; None if the host supports none of them."""
        places = self.places.get((feature.namespace, feature.feature), {})
        return min((places[value] for value in feature.values if value in places), default=None)

    def by_importance(self, variant: LabelVariant) -> list[FeatureValues]:
        """The features of a variant, most important first; what the host lacks comes last."""

        def place(feature: FeatureValues) -> int:
            found = self.best_place(feature)
            return self._end if found is None else found

        return sorted(variant.data, key=place)

    def best_value(self, feature: FeatureValues) -> str:
        """The value of a feature that decides: the best supported one, or the first."""
        places = self.places.get((feature.namespace, feature.feature), {})
        return min(feature.values, key=lambda value: places.get(value, self._end))

    def key(self, variant: LabelVariant) -> LabelKey | FeatureValues:
        """The sort key of a variant, smaller is better; or the first of its features that the host lacks."""
        try:
            places = "".join(sorted(map(self._known.__getitem__, map(id, variant.data))))
        except KeyError:
            for feature in variant.data:
                place = self.best_place(feature)
                if place is None:
                    return feature
                if id(feature) not in self._known:
                    self._kept.append(feature)
                    self._known[id(feature)] = _as_text(place)
            places = "".join(sorted(self._known[id(feature)] for feature in variant.data))
        return places + self._end_text + variant.label


class LabelRankings:
    """The order of the label variants of each document, for one host.

    Args:
        profile: the host.
        rules: what the user has said about the providers.
    """

    def __init__(self, profile: HostProfile, rules: LabelRules) -> None:
        self._profile = profile
        self._rules = rules
        #: By the document's id; a ranking keeps its document, so that no other one gets the id.
        self._found: dict[int, LabelRanking] = {}

    def find(self, metadata: LabelMetadata) -> LabelRanking:
        """The order of one document's variants."""
        try:
            return self._found[id(metadata)]
        except KeyError:
            ranking = self._found[id(metadata)] = LabelRanking(metadata, self._profile, self._rules)
            return ranking


def _as_text(place: int) -> str:
    """Two characters that sort as the numbers do: texts are compared faster than lists of numbers."""
    return chr(place >> 7) + chr(place & 127)
