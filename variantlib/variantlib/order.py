"""The founding order: of two variants that fit, which one is better.

Source: WheelNext engineering review, "Ordering / Prioritization logic". More properties first; then the more important
features, provider by provider; then the better values. It is the order in which ``itertools.combinations(features, r)``
for falling r, each followed by ``itertools.product(values)``, would list the variants: as a sort key (-number of
properties, ascending feature indices, value indices). Nothing is ever listed.

Here the key is one number, the sum of what each property weighs (:attr:`Ranking.weights`): one addition a property, and
nothing has to be sorted to make it.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from attrs import field, frozen

from variantlib.meta import VariantDescription, VariantMeta
from variantlib.profile import HostProfile

__all__ = ["Ranking"]


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

    @cached_property
    def weights(self) -> Mapping[VariantMeta, int]:
        """What each supported property adds to the key of a variant that has it.

        A key is a number of three parts, the highest first, each with room for all that can be below it:

        - minus the number of properties: every property weighs -1 here;
        - minus a bit for each feature, the first feature's the highest: of two sets of equally many features, the one
          with the greater bits has the smaller indices;
        - the value indices, each a digit of its own, the first feature's the highest: they only ever decide between
          variants with the same features.
        """
        configs = [config for provider in self.profile.providers for config in provider.configs]
        digits = [1]  # from the last feature to the first: what one step of its value index counts
        for config in reversed(configs):
            digits.append(digits[-1] * len(config.values))
        values = digits.pop()
        features = values << len(configs)
        digits.reverse()
        return {
            meta: -features - (values << (len(configs) - 1 - feature)) + position * digits[feature]
            for meta, (feature, position) in self.places.items()
        }

    @cached_property
    def _known(self) -> dict[int, int]:
        """The weights that were looked up, by the ids of the properties, which the variants of an index share."""
        return {}

    @cached_property
    def _kept(self) -> list[VariantMeta]:
        """Keeps these properties, so that no other object gets the id of one."""
        return []

    def by_importance(self, description: VariantDescription) -> list[VariantMeta]:
        """The variant's properties, most important feature first; what the host lacks comes last."""
        last = (len(self.places), 0)
        return sorted(description.data, key=lambda meta: self.places.get(meta, last))

    def key(self, description: VariantDescription) -> int | VariantMeta:
        """The sort key of a variant, a negative number, or the first of its properties that the host lacks."""
        known = self._known
        try:
            return sum(map(known.__getitem__, map(id, description.data)))
        except KeyError:
            for meta in description.data:
                weight = self.weights.get(meta)
                if weight is None:
                    return meta
                if id(meta) not in known:
                    self._kept.append(meta)
                    known[id(meta)] = weight
            return sum(known[id(meta)] for meta in description.data)
