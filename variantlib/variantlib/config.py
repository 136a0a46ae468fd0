"""What a provider answers: which values of which keys this host supports, best first."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from attrs import field, frozen

from variantlib._validate import check_list, copy_list, refuse_repeats
from variantlib.meta import NAME, VALUE

__all__ = ["KeyConfig", "ProviderConfig"]

#: What no name, and no value, has in it.
NAME_CHARACTER = re.compile(r"[^A-Za-z0-9_]+")
VALUE_CHARACTER = re.compile(r"[^A-Za-z0-9_.]+")


def _check_value(where: str, value: str) -> None:
    if not VALUE.fullmatch(value):
        raise ValueError(
            f"{where} must match {VALUE.pattern}: {_shorten(value)} is not a value (letters, digits, _ and .)"
            f"{_guess(VALUE_CHARACTER, value)}"
        )


def _check_name(kind: str) -> Callable[[Any, Any, Any], None]:
    """A validator for the name of a provider or a key."""

    def validate(instance: object, attribute: Any, value: Any) -> None:
        where = f"{type(instance).__name__}.{attribute.name}"
        if not isinstance(value, str):
            raise TypeError(f"{where} must be a str (got {type(value).__name__}): {value!r}")
        if not NAME.fullmatch(value):
            raise ValueError(
                f"{where} must match {NAME.pattern}: {_shorten(value)} is not {kind} (letters, digits and _)"
                f"{_guess(NAME_CHARACTER, value)}"
            )

    return validate


def _shorten(value: str) -> str:
    return repr(value if len(value) <= 60 else f"{value[:59]}…")


def _guess(allowed: re.Pattern[str], value: str) -> str:
    """What may be meant, where nothing but a few characters is wrong."""
    meant = "_".join(piece for piece in allowed.split(value) if piece)
    return f": did you mean {meant!r}?" if meant and len(value) <= 60 else ""


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

    key: str = field(validator=_check_name("a key"))
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

    provider: str = field(validator=_check_name("a provider name"))
    configs: list[KeyConfig] = field(converter=copy_list, validator=check_list(KeyConfig), hash=False)

    def __attrs_post_init__(self) -> None:
        refuse_repeats("ProviderConfig.configs", [config.key for config in self.configs])

    def to_dict(self) -> dict[str, Any]:
        """The form that a profile and a provider's answer have in JSON."""
        return {
            "provider": self.provider,
            "configs": [{"key": config.key, "values": list(config.values)} for config in self.configs],
        }
