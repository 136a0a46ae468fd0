"""What the user has said about variants: the wishes for a project, and the rules about providers of label variants."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from variantlib.property_rules import NO_RULES, PropertyRules

__all__ = ["LabelRules", "Preferences"]


class Preferences(NamedTuple):
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


class LabelRules(NamedTuple):
    """What the user has said about the providers of label variants.

    Args:
        enabled: the namespaces whose optional providers count.
        stand_ins: for a namespace, the package for which the profile's provider of that name answers.
        listed: the namespaces that a list of the user's own answers, whichever package a document names.
        plugins: for a namespace that an installed plugin answers, which the user trusts, its package and version.
    """

    enabled: frozenset[str] = frozenset()
    stand_ins: Mapping[str, str] = MappingProxyType({})
    listed: frozenset[str] = frozenset()
    plugins: Mapping[str, tuple[str, str]] = MappingProxyType({})
