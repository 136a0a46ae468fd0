"""Rules about properties, from the command line and settings files: what is preferred, avoided and required.

For each of the three, the first place that has it counts, alone. A value in a file that cannot be used costs a note.
"""

from __future__ import annotations

import reprlib
from collections.abc import Callable, Iterable

from dualvariant.core.errors import UsageError
from dualvariant.settings.options import PropertyOptions
from dualvariant.settings.own_files import AVOID_KEY, PREFER_KEY, REQUIRE_KEY, read_own_setting
from variantlib.property_rules import PropertyPattern, PropertyRules

__all__ = ["read_property_rules"]

_Patterns = tuple[PropertyPattern, ...]


def read_property_rules(options: PropertyOptions, note: Callable[[str], None]) -> PropertyRules:
    """The rules that count.

    Args:
        options: what the command line says.
        note: gets a message for a value in a file that cannot be used; the next file counts then.

    Raises:
        UsageError: a value on the command line is no property.
    """
    return PropertyRules(
        _read(PREFER_KEY, options.prefer, note),
        _read(AVOID_KEY, options.avoid, note),
        _read(REQUIRE_KEY, options.require, note),
    )


def _read(key: str, on_line: tuple[str, ...], note: Callable[[str], None]) -> _Patterns:
    if on_line:
        try:
            return _parse(part for value in on_line for part in value.split(","))
        except ValueError as error:
            raise UsageError(
                f"--{key}-property: {error}", "'dualvariant explain NAME' shows the properties of each variant"
            ) from error
    for place, value in read_own_setting(key, _ignore):
        if isinstance(value, list) and all(isinstance(text, str) for text in value):
            try:
                return _parse(value)
            except ValueError as error:
                note(f"{place}: {key} is not used: {error}")
        else:
            form = f'as in {key} = ["x86_64 :: level :: v3"]'
            note(f"{place}: {key} must be a list of properties, so it is not used: {reprlib.repr(value)}; {form}")
    return ()


def _parse(texts: Iterable[str]) -> _Patterns:
    return tuple(PropertyPattern.from_str(text) for text in texts)


def _ignore(message: str) -> None:
    """What is wrong with a file is said when the order of the providers is read."""
