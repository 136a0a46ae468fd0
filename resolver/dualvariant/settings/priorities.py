"""The order of providers, from the command line, the environment and settings files, the strongest first.

The founding documents name four places for ``provider_priority``: ``variant.toml``, ``pyproject.toml``, and the
configurations of pip and uv. A value that cannot be used costs a note, and the next place counts.
"""

from __future__ import annotations

import ast
import os
import reprlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from dualvariant.core.errors import UnknownNameError, did_you_mean
from dualvariant.settings.own_files import PRIORITY_KEY, note_unknown_keys, read_own_setting
from variantlib.profile import HostProfile

__all__ = ["apply_priority", "read_priority_places"]

VARIABLE = "DUALVARIANT_PROVIDER_PRIORITY"


def apply_priority(
    profile: HostProfile,
    known: Sequence[str],
    command_line: str | None,
    pip_section: Mapping[str, str],
    note: Callable[[str], None],
) -> HostProfile:
    """The profile with its providers in the user's order.

    Args:
        profile: what the host supports.
        known: every provider there is, also those that do not answer for this host.
        command_line: ``--provider-priority``, names with commas between them.
        pip_section: ``[variantlib]`` of pip's configuration.
        note: gets a message for what has no effect: a name that is no provider here, a setting that is misspelt, a
            file that cannot be read.

    Raises:
        UnknownNameError: the command line names no provider.
    """
    if command_line is not None:
        wanted = [name.strip() for name in command_line.split(",") if name.strip()]
        for name in wanted:
            if name not in known:
                there = f"there are {', '.join(known)}" if known else "there are none"
                raise UnknownNameError(
                    f"no provider of that name (--provider-priority): {name!r}",
                    did_you_mean(name, known) or there,
                )
        return profile.prioritized(wanted)
    for place, value in read_priority_places(pip_section, note):
        if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
            note(
                f"{place}: provider_priority must be a list of names, so it is not used: {reprlib.repr(value)}; "
                'as in provider_priority = ["x86_64", "fictional_hw"]'
            )
            continue
        for name in value:
            if name not in known:
                hint = did_you_mean(name, known)
                note(f"{place}: provider_priority names no provider here: {name!r}{f'; {hint}' if hint else ''}")
        return profile.prioritized(value)
    return profile


def read_priority_places(pip_section: Mapping[str, str], note: Callable[[str], None]) -> Iterator[tuple[str, Any]]:
    """Each place that sets ``provider_priority``, strongest first, with what it says."""
    variable = os.environ.get(VARIABLE)
    if variable:
        yield VARIABLE, _split_names(variable)
    yield from read_own_setting(PRIORITY_KEY, note)
    place = "[variantlib] in pip's configuration"
    note_unknown_keys(pip_section, place, note, (PRIORITY_KEY,))
    if PRIORITY_KEY in pip_section:
        yield place, _parse_list(pip_section[PRIORITY_KEY])


def _split_names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _parse_list(text: str) -> Any:
    """A list as the founding documents print it, ``["a", "b"]``; names with commas between them count too."""
    if not text.lstrip().startswith("["):
        return _split_names(text)
    try:
        return ast.literal_eval(text.strip())
    except (ValueError, SyntaxError):
        return text
