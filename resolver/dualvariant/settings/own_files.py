"""Settings of dualvariant's own in files of others: ``variant.toml``, ``pyproject.toml`` and ``uv.toml``.

The founding documents name these places, beside pip's configuration. Nobody asked dualvariant to read a file that
happens to be in the working directory, so whatever is wrong with one costs a note, and pip or uv get on with their work
as without us. A setting that is misspelt, or outside its table, is named in a note as well.
"""

from __future__ import annotations

import os
import reprlib
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, NamedTuple

from dualvariant.core.dirs import config_dir, expand_home
from dualvariant.core.errors import DualvariantError, did_you_mean

__all__ = [
    "AVOID_KEY",
    "ENABLED_KEY",
    "KEYS",
    "PREFER_KEY",
    "PRIORITY_KEY",
    "PROGRAMS_KEY",
    "REQUIRE_KEY",
    "STAND_IN_KEY",
    "TRUSTED_KEY",
    "VERIFY_KEY",
    "note_unknown_keys",
    "read_own_setting",
]

#: The settings, by their names in files.
PRIORITY_KEY = "provider_priority"
ENABLED_KEY = "enabled_providers"
STAND_IN_KEY = "stand_in"
TRUSTED_KEY = "trusted_plugins"
PROGRAMS_KEY = "provider_programs"
VERIFY_KEY = "verify"
PREFER_KEY, AVOID_KEY, REQUIRE_KEY = "prefer", "avoid", "require"
KEYS = (
    PRIORITY_KEY,
    ENABLED_KEY,
    STAND_IN_KEY,
    TRUSTED_KEY,
    PROGRAMS_KEY,
    VERIFY_KEY,
    PREFER_KEY,
    AVOID_KEY,
    REQUIRE_KEY,
)
#: A setting that :mod:`dualvariant.settings.engine` reads, from our files and the project's.
_ENGINE_KEY = "engine"

#: The table of the settings; in a ``pyproject.toml`` below ``tool``.
TABLE = "variantlib"

#: How near a table's name has to be to ours to count as a misspelling: other tools have names like ``variants``.
_NEAR = 0.85

Note = Callable[[str], None]


class _SettingsFile(NamedTuple):
    """A file that may have settings of ours.

    Args:
        path: where it may be.
        table: the names that lead to the table of our settings.
        others: names in that table that other parts of dualvariant read.
        owner: whose file it is: ours, the project's or uv's.
    """

    path: Path
    owner: Literal["us", "project", "uv"]
    table: tuple[str, ...] = (TABLE,)
    others: tuple[str, ...] = ()

    @property
    def header(self) -> str:
        return f"[{'.'.join(self.table)}]"


def read_own_setting(key: str, note: Note, *, ours_only: bool = False) -> Iterator[tuple[str, Any]]:
    """Each file that has a setting, strongest first, with its value.

    Args:
        key: one of the ``KEYS``.
        note: gets a message about each file that cannot be used, and about each setting that has no effect.
        ours_only: no file of others is read, such as a long ``pyproject.toml``: for settings that every command needs.
    """
    for file in _files():
        if ours_only and file.owner != "us":
            continue
        table = _read_table(file, note)
        if key in table:
            yield str(file.path), table[key]


def note_unknown_keys(names: Collection[str], place: str, note: Note, known: Collection[str] = KEYS) -> None:
    """Name each setting that does not exist, with the one that may be meant.

    Args:
        names: as they are written.
        place: where they are written.
        note: gets the messages.
        known: the settings that exist there.
    """
    for name in names:
        if name not in known:
            hint = did_you_mean(name, known) or f"there is {', '.join(known)}"
            note(f"{place}: no setting is called {name!r}; {hint}")


def _files() -> Iterator[_SettingsFile]:
    yield _SettingsFile(Path("variant.toml"), "us", others=(_ENGINE_KEY,))
    yield _SettingsFile(Path("pyproject.toml"), "project", ("tool", TABLE), others=("build", _ENGINE_KEY))
    yield _SettingsFile(Path("uv.toml"), "uv")
    folder = config_dir()
    if folder is not None:
        yield _SettingsFile(folder / "variant.toml", "us", others=(_ENGINE_KEY,))
    of_uv = expand_home(os.environ.get("XDG_CONFIG_HOME") or "~/.config") / "uv" / "uv.toml"
    if of_uv.is_absolute():
        yield _SettingsFile(of_uv, "uv")


def _read_table(file: _SettingsFile, note: Note) -> Mapping[str, Any]:
    """The table of our settings; empty, with a note where that needs one, if there is none that can be used."""
    document = _read_document(file, note)
    found: Any = document
    for name in file.table:
        found = found.get(name) if isinstance(found, dict) else None
    _note_misplaced(document, file, note)
    if found is None:
        return {}
    if not isinstance(found, dict):
        note(f"{file.path}: {file.header} must be a table, so it is not used: {reprlib.repr(found)}")
        return {}
    note_unknown_keys(found, f"{file.path}: {file.header}", note, (*KEYS, *file.others))
    if file.owner == "uv":
        note(f"{file.path}: {file.header} is used here, but uv itself refuses a uv.toml with such a table")
    return found


def _read_document(file: _SettingsFile, note: Note) -> dict[str, Any]:
    try:
        if not os.path.lexists(file.path):
            return {}  # most often; the parser need not be imported
        from dualvariant.core.files import read_regular
        from dualvariant.core.toml import LARGEST

        content = read_regular(file.path, LARGEST)
        if file.owner == "uv" and TABLE.encode() not in content:
            return {}  # whatever else is in it is uv's business
        return _decode(content, str(file.path))
    except OSError as error:
        note(f"{file.path} cannot be read ({error.strerror}): no setting of dualvariant is taken from it")
    except DualvariantError as error:
        note(f"{error}: no setting of dualvariant is taken from it")
    return {}


@lru_cache(maxsize=8)
def _decode(content: bytes, name: str) -> dict[str, Any]:
    # Each setting is read by itself, and all of them in the same files, one of which may be a long pyproject.toml.
    from dualvariant.core.toml import decode_toml

    return decode_toml(content, name)


def _note_misplaced(document: Mapping[str, Any], file: _SettingsFile, note: Note) -> None:
    """Name what looks like a setting of ours and is not where settings are read."""
    notes = [
        f"{file.path}: {'.'.join((*place, name))!r} has no effect; did you mean {file.header}{ending}?"
        for place, table in _tables_near_the_top(document)
        for name in table
        for ending in _find_meaning((*place, name), file)
    ]
    if file.owner == "us" and document and TABLE not in document and not notes:
        there = ", ".join(map(repr, list(document)[:3]))
        notes = [f"{file.path} has no table {file.header}, so nothing in it is used: {there}"]
    for text in notes:
        note(text)


def _tables_near_the_top(document: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], Mapping[str, Any]]]:
    """The tables in which people write our settings by mistake, with the names that lead to them."""
    yield (), document
    tools = document.get("tool")
    if isinstance(tools, dict):
        yield ("tool",), tools


def _find_meaning(names: tuple[str, ...], file: _SettingsFile) -> Iterator[str]:
    """What is missing behind the table's header if the names mean something of ours in a wrong place or spelling."""
    key = names[-1].lower().replace("-", "_")
    if key in KEYS:
        yield f" {key}"
    elif names != file.table:
        is_misspelt = names[:-1] == file.table[:-1] and did_you_mean(names[-1], (TABLE, "dualvariant"), _NEAR)
        if names[-1] == TABLE or is_misspelt:
            yield ""
