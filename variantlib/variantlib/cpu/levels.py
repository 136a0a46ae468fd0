"""What properties promise about a CPU, by the tables: the level, and the instruction sets that code may use.

A provider detects what a host has. These functions say what ``x86_64 :: level :: v3`` or ``x86_64 :: avx2 :: on`` mean
for machine code, without a host, and whether or not the provider is installed.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from variantlib.cpu.tables import load_table, load_x86_64
from variantlib.meta import VariantMeta

__all__ = [
    "find_allowed_arm_features",
    "find_allowed_features",
    "find_arm_version",
    "find_level",
    "find_promised_level",
    "is_instruction_set",
    "list_levels",
]


def list_levels(architecture: str = "x86_64") -> list[str]:
    """The levels of an architecture, lowest first: ``v1`` to ``v4``, ``8a`` to ``8.4a``."""
    return load_table(architecture).values[::-1]


def find_promised_level(properties: Iterable[VariantMeta], architecture: str = "x86_64") -> str:
    """The level that properties ask a CPU for; the lowest level if they ask for none, or for one that is unknown."""
    table = load_table(architecture)
    for meta in properties:
        if (meta.provider, meta.key) == (architecture, table.key) and table.level(meta.value) is not None:
            return meta.value
    return table.values[-1]


def is_instruction_set(key: str) -> bool:
    """Whether machine code can use the feature behind an ``x86_64`` key; an unknown key counts as one that it can.

    ``cppc`` and the like describe the CPU to the operating system, and no compiler has a flag for them.
    """
    return all(feature.flags for feature in load_x86_64().features if feature.name == key)


@cache
def _load_implied() -> dict[str, frozenset[str]]:
    return {feature.name: feature.implies for feature in load_x86_64().features}


@cache
def _load_baseline() -> frozenset[str]:
    return load_x86_64().levels[-1].needs


def find_allowed_features(properties: Iterable[VariantMeta]) -> frozenset[str]:
    """The x86-64 instruction sets above ``v1`` that code with these properties may use, implied ones included.

    Properties of other providers allow nothing.
    """
    found: set[str] = set()
    waiting: list[str] = []
    table = load_x86_64()
    for meta in properties:
        if meta.provider != table.architecture:
            continue
        if meta.key != table.key:
            waiting += [meta.key] if meta.value == "on" else []
        elif table.level(meta.value) is not None:
            waiting += table.of_level(meta.value)
    while waiting:
        feature = waiting.pop()
        if feature not in found:
            found.add(feature)
            waiting += _load_implied().get(feature, ())
    return frozenset(found) - _load_baseline()


def find_allowed_arm_features(properties: Iterable[VariantMeta]) -> frozenset[str]:
    """The features of the Arm architecture that code with these properties may use, as ``FEAT_LSE``."""
    table = load_table("aarch64")
    values = [meta.value for meta in properties if (meta.provider, meta.key) == (table.architecture, table.key)]
    return frozenset().union(*(table.of_level(value) for value in values if table.level(value) is not None))


def find_arm_version(features: Iterable[str]) -> tuple[str, tuple[str, ...]]:
    """The lowest version of the Arm architecture that covers these features, and those that no version has."""
    left, table = set(features), load_table("aarch64")
    found = table.values[-1]
    for level in reversed(table.levels):
        if left & level.needs:
            found = level.value
        left -= level.needs
    return found, tuple(sorted(left))


def find_level(features: Iterable[str]) -> tuple[str, tuple[str, ...]]:
    """The lowest x86-64 level that covers these instruction sets, and those of them that no level has."""
    left = set(features)
    found = load_x86_64().levels[-1].value
    for level in reversed(load_x86_64().levels):
        if left & level.needs:
            found = level.value
        left -= level.needs
    return found, tuple(sorted(left))
