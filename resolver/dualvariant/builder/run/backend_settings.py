"""The config-settings of ``dualvariant.backend``: which variant a front end asks for, and in which dialect."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from dualvariant.core.errors import UsageError, did_you_mean

__all__ = ["DIALECT_SETTING", "SETTING", "Wish", "split_settings"]

#: The config-setting that names a variant, and the one that names its dialect.
SETTING, DIALECT_SETTING = "variant", "variant-dialect"

_DIALECTS = ("hash", "label")


class Wish(NamedTuple):
    """The variant that a front end asks for.

    Args:
        names: properties, or the name of a configuration; nothing for the standard wheel.
        dialect: ``hash`` or ``label``; None for that of the declaration.
    """

    names: tuple[str, ...] = ()
    dialect: str | None = None


def split_settings(settings: Mapping[str, Any] | None) -> tuple[Wish, dict[str, Any] | None]:
    """The variant that the settings name, and the settings for the real backend.

    Raises:
        UsageError: a setting is empty, or has a value that it cannot have, or its name is misspelled.
    """
    if not settings or not {SETTING, DIALECT_SETTING} & settings.keys():
        near = [name for name in settings or () if did_you_mean(name, [SETTING, DIALECT_SETTING])]
        if near:
            hint = did_you_mean(near[0], [SETTING, DIALECT_SETTING])
            raise UsageError(f"unknown config-setting: {near[0]!r}", hint or f"{SETTING!r} names a variant")
        return Wish(), dict(settings) if settings is not None else None
    rest = {name: value for name, value in settings.items() if name not in (SETTING, DIALECT_SETTING)}
    value = settings.get(SETTING, "")
    texts = [value] if isinstance(value, str) else list(value)
    names = tuple(part.strip() for text in texts for part in str(text).split(",") if part.strip())
    if not names:
        raise UsageError(
            f"the config-setting {SETTING!r} is empty"
            if SETTING in settings
            else f"{DIALECT_SETTING!r} names no variant",
            f'as in -C {SETTING}="x86_64 :: level :: v3"',
        )
    dialect = settings.get(DIALECT_SETTING)
    if dialect is not None and dialect not in _DIALECTS:
        raise UsageError(
            f"the config-setting {DIALECT_SETTING!r} must be one of {', '.join(_DIALECTS)} (it is not): {dialect!r}",
            "a build makes one wheel; 'dualvariant convert' makes that of the other dialect",
        )
    return Wish(names, dialect), rest
