"""The order of providers, from the command line, the environment and settings files, the strongest first.

The founding documents name three places for ``provider_priority``: ``variant.toml``, ``pyproject.toml`` and pip's own
configuration.
"""

from __future__ import annotations

import ast
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from dualvariant.core.dirs import config_dir
from dualvariant.core.errors import UnknownNameError, did_you_mean
from dualvariant.settings.failures import InvalidSettingsFileError
from variantlib.profile import HostProfile

__all__ = ["apply_priority"]

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
        note: gets a message for a name in a shared file that is no provider here.

    Raises:
        UnknownNameError: the command line names no provider.
        InvalidSettingsFileError: a settings file cannot be used.
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
    for place, value in _read_places(pip_section):
        if value is None:
            continue
        if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
            raise InvalidSettingsFileError(
                f"provider_priority must be a list of names ({place}): {value!r}",
                'as in provider_priority = ["x86_64", "fictional_hw"]',
            )
        unknown = [name for name in value if name not in known]
        if unknown:
            note(f"{place}: provider_priority names no provider here: {', '.join(unknown)}")
        return profile.prioritized(value)
    return profile


def _read_places(pip_section: Mapping[str, str]) -> Iterator[tuple[str, Any]]:
    """Each place that may set ``provider_priority``, strongest first, with what it says."""
    variable = os.environ.get(VARIABLE)
    yield VARIABLE, _split_names(variable) if variable else None
    yield from _read_table(Path("variant.toml"), ("variantlib",))
    yield from _read_table(Path("pyproject.toml"), ("tool", "variantlib"))
    folder = config_dir()
    if folder is not None:
        yield from _read_table(folder / "variant.toml", ("variantlib",))
    text = pip_section.get("provider_priority")
    yield "[variantlib] in pip's configuration", None if text is None else _parse_list(text)


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


def _read_table(path: Path, keys: Sequence[str]) -> Iterator[tuple[str, Any]]:
    try:
        if not path.exists():
            return  # most often; the parser need not be imported
        from dualvariant.core.toml import read_toml

        table: Any = read_toml(path)
    except OSError:
        return
    for key in keys:
        table = table.get(key, {}) if isinstance(table, dict) else {}
    yield str(path), table.get("provider_priority") if isinstance(table, dict) else None
