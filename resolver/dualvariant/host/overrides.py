"""``DUALVARIANT_HOST_<NAME>``: a variable for every provider, in the place of what it detects.

The value is ``key:value,value`` with ``;`` between the keys, the most important key and the best value first, or
``none``. NAME is the provider's name in capital letters. A provider whose entry point has that name is not run at all,
so a provider that hangs can be helped as well; where none is installed, the variable makes an answer by itself.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from dualvariant.core.errors import UsageError
from variantlib.config import KeyConfig, ProviderConfig
from variantlib.meta import NAME

__all__ = ["PREFIX", "Override", "find_built_in_overrides", "read_overrides"]

PREFIX = "DUALVARIANT_HOST_"

#: The variables that the built-in providers read themselves.
_BUILT_IN = {"DUALVARIANT_X86_64": "x86_64", "DUALVARIANT_AARCH64": "aarch64"}

_FORM = "key:value,value with ';' between keys, best first, or 'none'"


class Override(NamedTuple):
    """One variable.

    Args:
        variable: its name.
        text: its value.
        keys: values by key; empty for ``none``.
    """

    variable: str
    text: str
    keys: Mapping[str, list[str]]

    def matches(self, name: str) -> bool:
        """Whether it is about the provider, or the entry point, of a name."""
        return name.upper() == self.variable[len(PREFIX) :].upper()

    def make_config(self, provider: str) -> ProviderConfig | None:
        """The answer that it gives for a provider; None for ``none``."""
        return ProviderConfig(provider, [KeyConfig(k, v) for k, v in self.keys.items()]) if self.keys else None

    def describe(self, provider: str) -> str:
        """The override in words."""
        what = f"'{self.text}', whatever this machine has" if self.keys else "nothing"
        return f"{self.variable} is set: provider '{provider}' says {what}"


def find_built_in_overrides(environment: Mapping[str, str] = os.environ) -> Iterator[str]:
    """That a variable of a built-in provider takes the place of detection, in words."""
    for variable, provider in _BUILT_IN.items():
        text = environment.get(variable)
        if text:
            yield f"{variable} is set: provider '{provider}' says '{text}', whatever this machine has"


def read_overrides(environment: Mapping[str, str] = os.environ) -> list[Override]:
    """The variables that are set, and not empty.

    Raises:
        UsageError: one has another form.
    """
    return [
        _parse(variable, text)
        for variable in sorted(name for name in environment if name.startswith(PREFIX))
        if (text := environment[variable]).strip()
    ]


def _parse(variable: str, text: str) -> Override:
    name = variable[len(PREFIX) :]
    keys: dict[str, list[str]] = {}
    try:
        if not NAME.fullmatch(name):
            raise ValueError(f"{name!r} is no provider's name (letters, digits and _)")
        for part in text.split(";") if text.strip() != "none" else ():
            if not part.strip():
                continue
            key, colon, values = (piece.strip() for piece in part.partition(":"))
            if not colon:
                raise ValueError(f"{part.strip()!r} has no ':'")
            if key in keys:
                raise ValueError(f"the key {key!r} is there twice")
            KeyConfig(key, [value.strip() for value in values.split(",")])
            keys[key] = [value.strip() for value in values.split(",")]
    except ValueError as error:
        raise UsageError(
            f"{variable} cannot be used ({error}): {text!r}", f"its form is {_FORM}; or unset the variable"
        ) from error
    return Override(variable, text.strip(), keys)
