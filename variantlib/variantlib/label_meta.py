"""The label dialect's values: which properties a label stands for, and who says what a host supports.

In this dialect a project chooses its labels, and a document says what each of them means. The document also has the
order of the namespaces and, for each of them, the provider that knows what a host supports.

Source: PEP 825 (text of 13 August 2026); the draft of PEP 850 for ``providers``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from attrs import evolve, field, frozen

from variantlib.meta import VariantMeta
from variantlib.variant_names import NULL_LABEL

__all__ = [
    "LABEL",
    "NULL_LABEL",
    "BuiltinProvider",
    "FeatureValues",
    "LabelMetadata",
    "LabelProvider",
    "LabelVariant",
    "PluginProvider",
    "StaticProvider",
    "group_properties",
]

LABEL = re.compile(r"[0-9a-z_.]+")
LABEL_NAME = re.compile(r"[a-z0-9_]+")
LABEL_VALUE = re.compile(r"[a-z0-9_.]+")


@frozen(order=True, cache_hash=True)
class FeatureValues:
    """One feature of a variant, and the values of which a host must support at least one.

    Args:
        namespace: ``[a-z0-9_]+``.
        feature: ``[a-z0-9_]+``.
        values: one or more, each ``[a-z0-9_.]+``, sorted, none twice.
    """

    namespace: str
    feature: str
    values: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.namespace} :: {self.feature} :: {' or '.join(self.values)}"


class StaticProvider(NamedTuple):
    """A provider whose answer is in the document: what every host supports.

    Args:
        features: each feature with its values, most important feature first, best value first.
        optional: whether the user has to ask for it.
    """

    features: tuple[tuple[str, tuple[str, ...]], ...]
    optional: bool = False


class PluginProvider(NamedTuple):
    """A provider that is a package.

    Args:
        requires: the requirements that bring it.
        plugin_api: where it is in the package, or None.
        optional: whether the user has to ask for it.
    """

    requires: tuple[str, ...]
    plugin_api: str | None = None
    optional: bool = False


class BuiltinProvider(NamedTuple):
    """A provider that is a part of the installer.

    Args:
        name: what the installer calls it.
        optional: whether the user has to ask for it.
    """

    name: str
    optional: bool = False


LabelProvider = StaticProvider | PluginProvider | BuiltinProvider


@frozen
class LabelMetadata:
    """What a document says of the label variants of one release: that of an index, or that of one wheel.

    Args:
        namespaces: every namespace that a variant may use, most important first.
        providers: the provider of each namespace; empty where the document has none (PEP 825 alone).
        variants: the features of each label, sorted.
        version: the version of the document's schema; None if its address has none.
    """

    namespaces: tuple[str, ...]
    providers: Mapping[str, LabelProvider]
    variants: Mapping[str, tuple[FeatureValues, ...]]
    version: tuple[int, int, int] | None = field(default=None, eq=False)

    def variant(self, label: str, source: int = 0) -> LabelVariant | None:
        """The variant that a label names; None for a label that the document does not have.

        Args:
            label: the label.
            source: the position of the source that the document is from.
        """
        features = self.variants.get(label)
        if features is None:
            return None
        variant = object.__new__(LabelVariant)  # a release can have ten thousand: __init__ takes twice as long
        _set_label(variant, label)
        _set_data(variant, features)
        _set_metadata(variant, self)
        _set_source(variant, source)
        return variant

    @property
    def static_lists(self) -> Mapping[str, Mapping[str, tuple[str, ...]]]:
        """For each namespace whose provider is a list in the document, its features with their values."""
        return {
            name: dict(provider.features)
            for name, provider in self.providers.items()
            if isinstance(provider, StaticProvider)
        }

    def restrict(self, label: str) -> LabelMetadata:
        """The same document with one label only, as it belongs into a wheel."""
        return evolve(self, variants={label: self.variants[label]})


@frozen
class LabelVariant:
    """A variant of the label dialect: a label, what it stands for, and the document that says so.

    Args:
        label: the label.
        data: the features that the variant needs, sorted; none for the label ``null``.
        metadata: the document.
        source: the position of the source that the document is from. Variants of two sources are never compared by
            their properties.
    """

    label: str
    data: tuple[FeatureValues, ...]
    metadata: LabelMetadata = field(eq=False, repr=False)
    source: int = field(default=0, eq=False, repr=False)

    def __iter__(self) -> Iterator[VariantMeta]:
        for feature in self.data:
            for value in feature.values:
                yield VariantMeta(feature.namespace, feature.feature, value)

    @property
    def names(self) -> tuple[str, ...]:
        """What the project calls the variant: nothing else than its label."""
        return ()

    @property
    def properties(self) -> list[str]:
        """Every value of every feature as ``namespace :: feature :: value``, sorted."""
        return [meta.to_str() for meta in self]


_set_label, _set_data, _set_metadata, _set_source = (
    LabelVariant.__dict__[name].__set__ for name in ("label", "data", "metadata", "source")
)


def group_properties(properties: Iterable[VariantMeta]) -> tuple[FeatureValues, ...]:
    """The features of a variant with these properties.

    Raises:
        ValueError: a property has a character that the label dialect does not have: an upper-case letter.
    """
    grouped: dict[tuple[str, str], set[str]] = {}
    for meta in properties:
        if str(meta) != str(meta).lower():
            raise ValueError(f"a label variant has no upper-case letters in its properties (PEP 825): {str(meta)!r}")
        grouped.setdefault((meta.provider, meta.key), set()).add(meta.value)
    return tuple(FeatureValues(*feature, tuple(sorted(values))) for feature, values in sorted(grouped.items()))
