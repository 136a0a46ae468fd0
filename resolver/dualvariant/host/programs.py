"""Providers that are programs: any executable file that prints one JSON document (docs/reference/formats.md).

They are found in two places: beside the command ``dualvariant``, by names that begin with ``dualvariant-provider-``,
and by their paths, ``provider_programs`` in the user's own ``variant.toml``. A file in the working directory cannot
name one.
"""

from __future__ import annotations

import os
import reprlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from dualvariant.core.dirs import config_dir
from dualvariant.host.discovery import PROGRAM, ProviderEntry
from dualvariant.settings.own_files import PROGRAMS_KEY, read_own_setting

__all__ = ["BESIDE", "find_programs", "make_program_entry"]

#: The beginning of the names of programs beside the command.
BESIDE = "dualvariant-provider-"


def find_programs(note: Callable[[str], None]) -> list[ProviderEntry]:
    """The programs that are asked.

    Args:
        note: gets a message for a setting that has no effect, and for a path that names no program.
    """
    found: dict[str, ProviderEntry] = {}
    for path in [*_find_beside(), *_read_setting(note)]:
        entry = make_program_entry(path)
        found.setdefault(entry.target, entry)
    return list(found.values())


def make_program_entry(path: Path) -> ProviderEntry:
    """A program as a provider; its fingerprint changes with the file."""
    name = path.name.removesuffix(".exe").removeprefix(BESIDE)
    try:
        found = path.stat()
        fingerprint = f"{found.st_size}-{found.st_mtime_ns}-{found.st_ino}"
    except OSError:
        fingerprint = None
    return ProviderEntry(name.replace("-", "_"), str(path.absolute()), path.name, "-", fingerprint, PROGRAM)


def _find_beside() -> Iterator[Path]:
    folder = os.path.dirname(sys.executable or "")  # noqa: PTH120  # as it is spelled
    try:
        names = sorted(name for name in os.listdir(folder) if name.startswith(BESIDE))  # noqa: PTH208
    except OSError:
        return
    yield from (path for name in names if _is_program(path := Path(folder, name)))


def _read_setting(note: Callable[[str], None]) -> Iterator[Path]:
    folder = config_dir()
    for place, value in read_own_setting(PROGRAMS_KEY, lambda message: None, ours_only=True):
        if folder is None or Path(place).parent != folder:
            note(f"{place}: {PROGRAMS_KEY} has no effect here, only in the user's own variant.toml")
            continue
        if not isinstance(value, list) or not all(isinstance(one, str) and "\0" not in one for one in value):
            note(f"{place}: {PROGRAMS_KEY} must be a list of paths, so it is not used: {reprlib.repr(value)}")
            continue
        for text in value:
            path = Path(text).expanduser() if text.startswith("~") else Path(text)
            if path.is_absolute() and _is_program(path):
                yield path
            else:
                note(f"{place}: {PROGRAMS_KEY} names no program (an absolute path of an executable file): {text!r}")


def _is_program(path: Path) -> bool:
    try:
        return path.is_file() and os.access(path, os.X_OK)
    except OSError:
        return False
