"""Which of the installed providers are asked: ours, those that the user trusts, and no other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from dualvariant.host.discovery import NEED_TRUST, OWN_DISTRIBUTION, ProviderEntry

__all__ = ["Untrusted", "describe_untrusted", "split_by_trust"]


class Untrusted(NamedTuple):
    """A provider that is not asked.

    Args:
        entry: the provider.
        reason: why, in a few words: ``not trusted``, ``distrusted``, ``changed``, ``foreign code is off``.
        was: the version that the user trusted, if another one is installed now.
    """

    entry: ProviderEntry
    reason: str
    was: str | None = None


def split_by_trust(
    entries: Sequence[ProviderEntry], *, foreign_code: bool, note: Callable[[str], None]
) -> tuple[list[ProviderEntry], list[Untrusted]]:
    """The providers that are asked, and those that are not.

    Args:
        entries: every provider that was found.
        foreign_code: whether providers that are not built in may be asked at all.
        note: gets a message for a setting that has no effect.

    Raises:
        BadDataError: the user's record of trusted plugins is damaged.
    """
    foreign = [entry for entry in entries if entry.distribution != OWN_DISTRIBUTION]
    if not foreign:
        return list(entries), []
    if not foreign_code:
        return [e for e in entries if e not in foreign], [Untrusted(e, "foreign code is off") for e in foreign]
    from dualvariant.settings.trusted_plugins import TrustStore

    store = TrustStore.read()
    named = _read_named(foreign, note)
    refused = [one for entry in foreign if (one := _judge(entry, store.find(entry.distribution), named)) is not None]
    out = {one.entry for one in refused}
    return [entry for entry in entries if entry not in out], refused


def _read_named(foreign: Sequence[ProviderEntry], note: Callable[[str], None]) -> frozenset[str]:
    """The distributions that the settings name; they are read only if there is a plugin that needs it."""
    if not any(entry.contract in NEED_TRUST for entry in foreign):
        return frozenset()
    from dualvariant.settings.trusted_plugins import read_trusted_plugins

    return read_trusted_plugins(note)


def _judge(entry: ProviderEntry, record: object, named: frozenset[str]) -> Untrusted | None:
    from dualvariant.settings.trusted_plugins import TrustRecord, normalize_distribution

    record = record if isinstance(record, TrustRecord) else None
    if record is not None and not record.trusted:
        return Untrusted(entry, "distrusted")
    if entry.contract not in NEED_TRUST or normalize_distribution(entry.distribution) in named:
        return None
    if record is None:
        return Untrusted(entry, "not trusted")
    if (record.version, record.digest) != (entry.version, entry.fingerprint):
        return Untrusted(entry, "changed", record.version)
    return None


def describe_untrusted(one: Untrusted) -> str:
    """That a provider is not asked, and what changes that."""
    from dualvariant.settings.trusted_plugins import how_to_trust

    entry = one.entry
    if one.reason == "foreign code is off":
        return f"not asked, {entry}: --no-foreign-code, or DUALVARIANT_NO_FOREIGN_CODE, allows built-in providers only"
    if one.reason == "distrusted":
        return f"not asked, {entry}: it is distrusted; 'dualvariant plugins trust {entry.distribution}' changes that"
    if one.reason == "changed":
        return (
            f"a plugin of PEP 850 is installed and not asked, {entry}: it is not the {one.was} that you trusted, or "
            f"its files have changed; 'dualvariant plugins trust {entry.distribution}' allows this one"
        )
    return f"a plugin of PEP 850 is installed and not asked, {entry}: {how_to_trust(entry.distribution)}"
