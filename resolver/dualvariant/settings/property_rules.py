"""Rules about properties, from the command line and settings files: what is preferred, avoided and required.

For each of the three, the first place that has it counts, alone. A value in a file that cannot be used costs a note.
"""

from __future__ import annotations

import reprlib
from collections.abc import Callable, Collection, Iterable

from dualvariant.core.errors import UsageError
from dualvariant.settings.options import PropertyOptions
from dualvariant.settings.own_files import AVOID_KEY, PREFER_KEY, REQUIRE_KEY, read_own_setting
from variantlib.property_rules import PropertyPattern, PropertyRules

__all__ = ["read_property_rules"]


def read_property_rules(
    options: PropertyOptions, providers: Collection[str], note: Callable[[str], None]
) -> PropertyRules:
    """The rules that count.

    Args:
        options: what the command line says.
        providers: the names of the installed providers.
        note: gets a message for a value in a file that cannot be used, where the next file counts, and for a property
            that may be misspelt.

    Raises:
        UsageError: a value on the command line is no property.
    """

    def read(key: str, on_line: tuple[str, ...]) -> tuple[PropertyPattern, ...]:
        place, patterns = _read(key, on_line, note)
        if patterns:
            from variantlib.cpu.doubts import find_doubt  # few have rules, and it reads tables

            doubts = {pattern: find_doubt(pattern, providers) for pattern in patterns}
            for pattern, doubt in doubts.items():
                if doubt is not None:
                    note(f"{place}: '{pattern}' may be misspelt: {doubt}")
        return patterns

    return PropertyRules(
        read(PREFER_KEY, options.prefer), read(AVOID_KEY, options.avoid), read(REQUIRE_KEY, options.require)
    )


def _read(key: str, on_line: tuple[str, ...], note: Callable[[str], None]) -> tuple[str, tuple[PropertyPattern, ...]]:
    """The place that counts, in words, and what it says."""
    if on_line:
        option = f"--{key}-property"
        try:
            return option, _parse(part for value in on_line for part in value.split(","))
        except ValueError as error:
            raise UsageError(
                f"{option}: {error}", "'dualvariant explain NAME' shows the properties of each variant"
            ) from error
    for place, value in read_own_setting(key, _ignore):
        if isinstance(value, list) and all(isinstance(text, str) for text in value):
            try:
                return f"{place}: {key}", _parse(value)
            except ValueError as error:
                note(f"{place}: {key} is not used: {error}")
        else:
            form = f'as in {key} = ["x86_64 :: level :: v3"]'
            note(f"{place}: {key} must be a list of properties, so it is not used: {reprlib.repr(value)}; {form}")
    return "", ()


def _parse(texts: Iterable[str]) -> tuple[PropertyPattern, ...]:
    return tuple(PropertyPattern.from_str(text) for text in texts)


def _ignore(message: str) -> None:
    """What is wrong with a file is said when the order of the providers is read."""
