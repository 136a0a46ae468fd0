"""The label dialect's order: which label variants fit a host, and which of two is better.

The first difference decides: the more important namespace, in it the more important feature, of that the better value.
A variant with more features comes before one that has only the first of them, and the label decides where nothing else
does. The document gives the order of the namespaces; the provider of a namespace gives that of features and values.

Source: PEP 825 (13 August 2026), "Variant ordering"; the draft of PEP 850 for who is asked, and in which order: the
list in the document, the user's list, and what an installer answers for a package itself. No package is ever installed
to be asked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property

from attrs import field, frozen

from variantlib.label_meta import (
    LABEL_NAME,
    LABEL_VALUE,
    BuiltinProvider,
    FeatureValues,
    LabelMetadata,
    LabelProvider,
    LabelVariant,
    StaticProvider,
)
from variantlib.preferences import LabelRules
from variantlib.profile import HostProfile

__all__ = ["STAND_INS", "LabelKey", "LabelRanking", "LabelRankings", "LabelRules", "Silence", "find_supported"]

#: The packages for which a provider of a profile answers: namespace → name → the version that the answer is of.
STAND_INS: Mapping[str, Mapping[str, str]] = {
    "x86_64": {"x86-64-variant-provider": "0.2.1", "provider-variant-x86-64": "0.0.1.post2"},
    "aarch64": {"aarch64-variant-provider": "0.2.0", "provider-variant-aarch64": "0.0.1.post2"},
    "nvidia": {"nvidia-variant-provider": "0.0.1"},
}

#: The namespace that PEP 817 reserves for the versions of other packages: a part that tools may leave out, as this one.
ABI_DEPENDENCY = "abi_dependency"

#: A namespace's features with their values, most important and best first.
Supported = Sequence[tuple[str, Sequence[str]]]
#: The places of a variant's features, ascending, and its label, as one text: smaller is better.
LabelKey = str


@frozen
class Silence:
    """Why nothing of a namespace is supported."""

    why: str

    def __str__(self) -> str:
        return self.why


def find_supported(
    namespace: str, provider: LabelProvider | None, profile: HostProfile, rules: LabelRules
) -> Supported | Silence:
    """What a host supports of a namespace, or why nobody says so.

    Args:
        namespace: the namespace.
        provider: its provider by the document; None if the document has none.
        profile: the host.
        rules: what the user has said.
    """
    if isinstance(provider, BuiltinProvider):
        return Silence(f"the document leaves it to {provider.name!r}, which is not read by this version")
    if provider is not None and provider.optional and namespace not in rules.enabled:
        return Silence(f"its provider is optional, and '--enable-provider {namespace}' is not given")
    if isinstance(provider, StaticProvider):
        return provider.features
    if namespace == ABI_DEPENDENCY:
        return Silence(
            f"{namespace!r} is about other packages' versions, which no plugin and no profile can answer for"
        )
    if namespace not in rules.listed:
        why = _why_other_package(namespace, provider.requires if provider else None, rules)
        if why is not None:
            return Silence(why)
    for config in profile.providers:
        if config.provider == namespace:
            return [
                (one.key, [value for value in one.values if LABEL_VALUE.fullmatch(value)])
                for one in config.configs
                if LABEL_NAME.fullmatch(one.key)
            ]
    return Silence(f"no provider {namespace!r} reports anything for this host")


def _why_other_package(namespace: str, requires: Sequence[str] | None, rules: LabelRules) -> str | None:
    """Why the profile's provider does not answer for a document's provider; None if it does."""
    own = dict(STAND_INS.get(namespace, {}))
    named = rules.stand_ins.get(namespace)
    if requires is None:
        known = own or named or namespace in rules.plugins
        return None if known else "the document names no provider for it"
    if len(requires) != 1:
        return f"it is left to several packages ({', '.join(requires)}), and packages are never installed for that"
    from packaging.requirements import InvalidRequirement, Requirement
    from packaging.utils import canonicalize_name

    try:
        requirement = Requirement(requires[0])
    except InvalidRequirement:
        return f"the package that it is left to is not understood: {requires[0]!r}"
    package = canonicalize_name(requirement.name)
    if namespace in rules.plugins:
        distribution, version = rules.plugins[namespace]
        own[canonicalize_name(distribution)] = version
    if requirement.marker is not None or requirement.extras or requirement.url is not None:
        return f"the package that it is left to has a condition: {requires[0]!r}"
    if named is not None and package == canonicalize_name(named):
        return None
    if package not in own:
        return f"it is left to the package {package!r}, which is never installed, and nothing here answers in its place"
    if not requirement.specifier.contains(own[package], prereleases=True):
        return f"it is left to {requires[0]!r}, and the answer here is that of {package} {own[package]}"
    return None


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
