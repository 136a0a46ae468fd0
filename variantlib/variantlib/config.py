"""What a provider answers: which values of which keys this host supports, best first."""

from __future__ import annotations

from typing import Any

from attrs import field, frozen

from variantlib._validate import check_list, copy_list, match_pattern, refuse_repeats
from variantlib.meta import NAME, VALUE

__all__ = ["KeyConfig", "ProviderConfig"]


def _check_value(where: str, value: str) -> None:
    if not VALUE.fullmatch(value):
        raise ValueError(f"{where} must match {VALUE.pattern} (got another text): {value!r}")


@frozen
class KeyConfig:
    """The values of one key that the host supports.

    Args:
        key: the key's name, ``[A-Za-z0-9_]+``.
        values: the supported values, best first, each ``[A-Za-z0-9_.]+`` and none twice.

    Raises:
        TypeError: a field has the wrong type.
        ValueError: a field has a bad value, or ``values`` is empty.
    """

    key: str = field(validator=match_pattern(NAME))
    values: list[str] = field(converter=copy_list, validator=check_list(str, check=_check_value), hash=False)

    def __attrs_post_init__(self) -> None:
        refuse_repeats("KeyConfig.values", self.values)


@frozen
class ProviderConfig:
    """One provider's whole answer about this host.

    Args:
        provider: the provider's name, ``[A-Za-z0-9_]+``.
        configs: one :class:`KeyConfig` for each key, most important first; no key twice.

    Raises:
        TypeError: a field has the wrong type.
        ValueError: a field has a bad value, or ``configs`` is empty.
    """

    provider: str = field(validator=match_pattern(NAME))
    configs: list[KeyConfig] = field(converter=copy_list, validator=check_list(KeyConfig), hash=False)

    def __attrs_post_init__(self) -> None:
        refuse_repeats("ProviderConfig.configs", [config.key for config in self.configs])

    def to_dict(self) -> dict[str, Any]:
        """The form that a profile and a provider's answer have in JSON."""
        return {
            "provider": self.provider,
            "configs": [{"key": config.key, "values": list(config.values)} for config in self.configs],
        }
