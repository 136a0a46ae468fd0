"""Profiles as values: what several have in common, what is left below a limit, and where two differ.

What a wheel needs is a set of properties, and it fits a profile that has all of them. So what fits the intersection of
profiles fits each of them, and what fits a limited profile fits the whole one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from attrs import frozen

from dualvariant.core.errors import UnknownNameError, did_you_mean
from variantlib.config import KeyConfig, ProviderConfig
from variantlib.cpu.levels import find_allowed_features
from variantlib.cpu.tables import load_table
from variantlib.meta import VariantMeta
from variantlib.profile import HostProfile

__all__ = ["Difference", "diff", "intersect", "limit", "list_properties", "remove"]

#: The providers whose values include each other, by the tables.
_ARCHITECTURES = ("x86_64", "aarch64")


def list_properties(profile: HostProfile) -> list[VariantMeta]:
    """Every property that the profile supports, in its order of priority."""
    return [
        VariantMeta(provider.provider, config.key, value)
        for provider in profile.providers
        for config in provider.configs
        for value in config.values
    ]


def intersect(profiles: Sequence[HostProfile]) -> HostProfile:
    """What all profiles support.

    An order on which they agree stays. Where they do not, the ranks of providers, keys and values in all profiles are
    added up, and names decide between equal sums; so the order of the profiles plays no part.

    Args:
        profiles: at least one.

    Raises:
        ValueError: there is none.
    """
    if not profiles:
        raise ValueError("the intersection of no profiles is not defined")
    kept = set[VariantMeta](list_properties(profiles[0])).intersection(*map(list_properties, profiles[1:]))
    names = _merge([profile.names for profile in profiles], {meta.provider for meta in kept})
    return HostProfile(_intersect_provider(name, profiles, kept) for name in names)


def _intersect_provider(name: str, profiles: Sequence[HostProfile], kept: set[VariantMeta]) -> ProviderConfig:
    answers = [next(answer for answer in profile.providers if answer.provider == name) for profile in profiles]
    orders = [[config.key for config in answer.configs] for answer in answers]
    configs = []
    for key in _merge(orders, {meta.key for meta in kept if meta.provider == name}):
        values = [next(config.values for config in answer.configs if config.key == key) for answer in answers]
        common = {meta.value for meta in kept if (meta.provider, meta.key) == (name, key)}
        configs.append(KeyConfig(key, _merge(values, common)))
    return ProviderConfig(name, configs)


def _merge(orders: Sequence[Sequence[str]], kept: set[str]) -> list[str]:
    """Some items, all of which are in each order, by the sum of their ranks among themselves, then by name."""
    sums = dict.fromkeys(kept, 0)
    for order in orders:
        for rank, item in enumerate(item for item in order if item in kept):
            sums[item] += rank
    return sorted(kept, key=lambda item: (sums[item], item))


def limit(profile: HostProfile, highest: VariantMeta) -> HostProfile:
    """The profile without the values of one key that are better than a given one.

    The levels of ``x86_64`` and ``aarch64`` include each other by the tables; with a level, what no CPU of that level
    need have goes as well: a profile that is limited to ``v3`` has no ``avx512f``.

    Args:
        profile: what is limited.
        highest: the best value that may stay.

    Raises:
        UnknownNameError: the profile does not have the provider, the key, or (if it is of no table) the value.
    """
    answer = _find_provider(profile, highest.provider)
    config = next((config for config in answer.configs if config.key == highest.key), None)
    if config is None:
        raise _unknown("key", highest.key, [config.key for config in answer.configs])
    table = load_table(highest.provider) if highest.provider in _ARCHITECTURES else None
    if table is None or highest.key != table.key:
        if highest.value not in config.values:
            raise _unknown("value", highest.value, config.values)
        dropped = {(highest.key, value) for value in config.values[: config.values.index(highest.value)]}
        return _keep(profile, lambda meta: meta.provider != highest.provider or (meta.key, meta.value) not in dropped)
    if table.level(highest.value) is None:
        raise _unknown("value", highest.value, table.values)
    below = {level.value for level in table.including(highest.value)}
    promised = find_allowed_features([highest]) | table.of_level(highest.value)

    def stays(meta: VariantMeta) -> bool:
        if meta.provider != highest.provider:
            return True
        return meta.value in below if meta.key == highest.key else meta.key in promised

    return _keep(profile, stays)


def remove(profile: HostProfile, provider: str, key: str | None = None) -> HostProfile:
    """The profile without a provider, or without one of its keys.

    Raises:
        UnknownNameError: it does not have it.
    """
    answer = _find_provider(profile, provider)
    if key is not None and key not in [config.key for config in answer.configs]:
        raise _unknown("key", key, [config.key for config in answer.configs])
    return _keep(profile, lambda meta: meta.provider != provider or (key is not None and meta.key != key))


def _find_provider(profile: HostProfile, name: str) -> ProviderConfig:
    for answer in profile.providers:
        if answer.provider == name:
            return answer
    raise _unknown("provider", name, profile.names)


def _unknown(kind: str, name: str, known: Sequence[str]) -> UnknownNameError:
    has = f"it has {', '.join(known)}" if known else "it has none"
    return UnknownNameError(f"the profile has no {kind} {name!r}", did_you_mean(name, known) or has)


def _keep(profile: HostProfile, stays: Callable[[VariantMeta], bool]) -> HostProfile:
    """The profile with only the properties that stay, in the same order."""
    providers = []
    for answer in profile.providers:
        configs = []
        for config in answer.configs:
            values = [v for v in config.values if stays(VariantMeta(answer.provider, config.key, v))]
            configs += [KeyConfig(config.key, values)] if values else []
        providers += [ProviderConfig(answer.provider, configs)] if configs else []
    return HostProfile(providers)


@frozen
class Difference:
    """Where two profiles differ.

    Args:
        removed: what only the first one supports.
        added: what only the second one supports.
        reordered: of what both have, the order in both, where it is not the same: what it is the order of, the first
            order, the second one.
    """

    removed: tuple[VariantMeta, ...]
    added: tuple[VariantMeta, ...]
    reordered: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.removed or self.added or self.reordered)


def diff(first: HostProfile, second: HostProfile) -> Difference:
    """Where two profiles differ; a difference that is empty means that they choose alike."""
    ours, theirs = list_properties(first), list_properties(second)
    return Difference(
        tuple(meta for meta in ours if meta not in set(theirs)),
        tuple(meta for meta in theirs if meta not in set(ours)),
        tuple(_find_reordered(first, second)),
    )


def _find_reordered(first: HostProfile, second: HostProfile) -> Iterable[tuple[str, tuple[str, ...], tuple[str, ...]]]:
    yield from _compare("providers", first.names, second.names)
    theirs = {answer.provider: answer for answer in second.providers}
    for answer in first.providers:
        if answer.provider not in theirs:
            continue
        other = {config.key: config.values for config in theirs[answer.provider].configs}
        yield from _compare(answer.provider, [config.key for config in answer.configs], list(other))
        for config in answer.configs:
            if config.key in other:
                yield from _compare(f"{answer.provider} :: {config.key}", config.values, other[config.key])


def _compare(
    what: str, first: Sequence[str], second: Sequence[str]
) -> Iterable[tuple[str, tuple[str, ...], tuple[str, ...]]]:
    ours, theirs = tuple(x for x in first if x in second), tuple(x for x in second if x in first)
    if ours != theirs:
        yield what, ours, theirs
