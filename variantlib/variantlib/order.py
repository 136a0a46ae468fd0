"""The founding order: of two variants that fit, which one is better.

Source: WheelNext engineering review, "Ordering / Prioritization logic". More properties first; then the more important
features, provider by provider; then the better values. It is the order in which ``itertools.combinations(features, r)``
for falling r, each followed by ``itertools.product(values)``, would list the variants, written as a sort key:
(-number of properties, ascending feature indices, value indices). Nothing is ever listed.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from attrs import field, frozen

from variantlib.meta import VariantDescription, VariantMeta
from variantlib.profile import HostProfile

__all__ = ["Key", "Ranking"]

Key = tuple[int, ...]


@frozen(slots=False)
class Ranking:
    """A profile turned into the founding order's key."""

    profile: HostProfile = field()

    @cached_property
    def places(self) -> Mapping[VariantMeta, tuple[int, int]]:
        """Each supported property's (feature index, value index), features numbered provider by provider."""
        features = [(provider.provider, config) for provider in self.profile.providers for config in provider.configs]
        return {
            VariantMeta(name, config.key, value): (feature, position)
            for feature, (name, config) in enumerate(features)
            for position, value in enumerate(config.values)
        }

    def by_importance(self, description: VariantDescription) -> list[VariantMeta]:
        """The variant's properties, most important feature first; what the host lacks stands last."""
        last = (len(self.places), 0)
        return sorted(description.data, key=lambda meta: self.places.get(meta, last))

    def key(self, description: VariantDescription) -> Key | VariantMeta:
        """The sort key of a variant, or the first of its properties that the host lacks."""
        places = self.places
        found = []
        for meta in description.data:
            place = places.get(meta)
            if place is None:
                return meta
            found.append(place)
        found.sort()
        return (-len(found), *[place[0] for place in found], *[place[1] for place in found])
