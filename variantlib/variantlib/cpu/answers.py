"""The answer of a provider of CPUs for a set of features, whatever it comes from: this host, or a description."""

from __future__ import annotations

from variantlib.config import KeyConfig, ProviderConfig
from variantlib.cpu.tables import load_aarch64, load_x86_64

__all__ = ["make_aarch64_answer", "make_x86_64_answer"]


def make_x86_64_answer(features: frozenset[str]) -> ProviderConfig:
    """What the provider ``x86_64`` says of a CPU with these features; ``v1`` is always among the levels.

    Args:
        features: names of the table, which are those of Linux's ``/proc/cpuinfo``. Others are passed over.
    """
    table = load_x86_64()
    levels = table.supported(features | table.levels[-1].needs)
    configs = [KeyConfig(table.key, levels)]
    configs += [KeyConfig(feature.name, ["on"]) for feature in table.features if feature.name in features]
    return ProviderConfig(table.architecture, configs)


def make_aarch64_answer(features: frozenset[str]) -> ProviderConfig:
    """What the provider ``aarch64`` says of a CPU with these features.

    Args:
        features: names of the table, as ``FEAT_LSE``. Others are passed over.
    """
    table = load_aarch64()
    return ProviderConfig(table.architecture, [KeyConfig(table.key, table.supported(features))])
