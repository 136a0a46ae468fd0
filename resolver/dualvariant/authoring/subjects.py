"""What ``plugins check`` looks at: an installed provider, a source tree, or a program."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from dualvariant.core.errors import BadDataError, UnknownNameError, UnreadableFileError, did_you_mean
from dualvariant.core.toml import LARGEST, decode_toml
from dualvariant.host.detect import find_all_providers
from dualvariant.host.discovery import CONTRACTS, ProviderEntry, find_meant_group
from dualvariant.settings.trusted_plugins import normalize_distribution

__all__ = ["Subject", "find_subjects"]


class Subject(NamedTuple):
    """One provider to check.

    Args:
        entry: the provider.
        search_path: folders to import it from, in front of those that are installed.
        is_installed: whether the provider is installed, and so is asked by every command.
    """

    entry: ProviderEntry
    search_path: tuple[str, ...] = ()
    is_installed: bool = True


def find_subjects(text: str | None) -> list[Subject]:
    """The providers that a word of the command line means.

    Args:
        text: the name of a provider, an entry point or a distribution, a folder with a ``pyproject.toml``, or the path
            of a program; None for every installed provider.

    Raises:
        UnknownNameError: nothing has that name.
        UnreadableFileError: the path has nothing that can be checked.
        BadDataError: the ``pyproject.toml`` names no provider.
    """
    if text is not None and (os.sep in text or text in (".", "..") or Path(text).is_dir()):
        return _find_in_folder(Path(text))
    entries = find_all_providers()
    if text is None:
        return [Subject(entry) for entry in entries]
    wanted = normalize_distribution(text)
    found = [
        entry
        for entry in entries
        if wanted in (normalize_distribution(entry.name), normalize_distribution(entry.distribution))
    ]
    if not found:
        names = [entry.name for entry in entries]
        raise UnknownNameError(
            f"no provider, and no distribution with one, is called {text!r}",
            did_you_mean(text, names) or f"there are {', '.join(names) or 'none'}; a folder is named by its path",
        )
    return [Subject(entry) for entry in found]


def _find_in_folder(path: Path) -> list[Subject]:
    if path.is_file():
        from dualvariant.host.programs import make_program_entry

        return [Subject(make_program_entry(path), is_installed=False)]
    file = path / "pyproject.toml"
    try:
        project: Any = decode_toml(_read(file), str(file)).get("project", {})
    except OSError as error:
        raise UnreadableFileError(
            f"there is no provider to check ({error.strerror}): {str(file)!r}",
            "name a folder with a pyproject.toml, a program, or an installed provider",
        ) from error
    groups = project.get("entry-points", {}) if isinstance(project, dict) else {}
    found = list(_read_groups(groups, project, path)) if isinstance(groups, dict) else []
    if not found:
        near = [f"{group!r}: did you mean {meant!r}?" for group in groups if (meant := find_meant_group(group))]
        hint = f'[project.entry-points."{next(iter(CONTRACTS))}"] names the class, as in fpga = "fpga_provider:Fpga"'
        what = f"it has a group {near[0]}" if near else "it has no such entry point"
        raise BadDataError(f"no provider is named in {str(file)!r} ({what})", hint)
    return found


def _read_groups(groups: dict[str, Any], project: dict[str, Any], folder: Path) -> Iterator[Subject]:
    search_path = tuple(str(place.resolve()) for place in (folder / "src", folder) if place.is_dir())
    for group, contract in CONTRACTS.items():
        entries = groups.get(group, {})
        for name, target in entries.items() if isinstance(entries, dict) else ():
            entry = ProviderEntry(
                str(name),
                re.sub(r"\s|\[.*", "", str(target)),
                str(project.get("name", folder.resolve().name)),
                str(project.get("version", "unknown")),
                None,
                contract,
            )
            yield Subject(entry, search_path, is_installed=False)


def _read(file: Path) -> bytes:
    from dualvariant.core.files import read_regular

    return read_regular(file, LARGEST)
