"""How the environment of a project is synced with its lock before something runs in it.

``uv run`` does so by itself, with its own options, unless one of them says that it should not. Poetry's and PDM's
``run`` do not, so what somebody has installed there stays as it is: only an environment in which nothing of the project
is gets what the tool's own command installs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from dualvariant.core.files import read_regular
from dualvariant.launch.environments import find_environment, is_filled
from dualvariant.launch.project_folders import find_places
from dualvariant.launch.recognize import Recognized
from dualvariant.launch.table import TOOLS, find_joined
from dualvariant.launch.uv_folders import find_folder
from dualvariant.settings.uv_files import read_flag

__all__ = ["NO_SYNC", "find_options", "find_sync", "runs_without_project"]

#: The option of ``uv run`` with which it does not sync, and the variable with its meaning.
NO_SYNC = "--no-sync"
_NO_SYNC_VARIABLE = "UV_NO_SYNC"
#: Options of ``uv run`` with which it makes no environment of a project.
_NO_PROJECT = frozenset({"--no-project", "--isolated", "--script", "-s", "--gui-script"})
#: Variables with the meaning of such options.
_NO_PROJECT_VARIABLES = ("UV_NO_PROJECT", "UV_ISOLATED")
#: Options of ``uv run`` for a second environment on top of the project's.
_OVERLAYS = ("-w", "--with", "--with-editable", "--with-requirements")

_LARGEST_SCRIPT = 4 << 20


class _Sync(NamedTuple):
    """How a tool syncs.

    Args:
        words: the command; it asks nothing, and removes nothing.
        lock: the file name of the lock; without one, the command would make one.
        kept: the options of ``run`` that count for the command too, beside those that say where the project is.
        others: the options of ``run`` with which the environment is not that of the project.
    """

    words: Sequence[str]
    lock: str
    kept: Sequence[str] = ()
    others: frozenset[str] = frozenset()


_SYNCS: Mapping[str, _Sync] = {
    "poetry": _Sync(("install", "--quiet", "--no-interaction"), "poetry.lock"),
    "pdm": _Sync(
        ("sync", "--quiet"),
        "pdm.lock",
        ("--venv",),
        frozenset({"-g", "--global", "-s", "--site-packages"}),
    ),
}


def find_options(recognized: Recognized) -> frozenset[str]:
    """The options of a command that runs something, without those of what it runs; short ones are taken apart."""
    words = recognized.command[recognized.end : recognized.find_program()]
    return frozenset(option for word in words for option in recognized.split(word))


def runs_without_project(recognized: Recognized, environment: Mapping[str, str]) -> bool:
    """Whether a ``uv run`` makes no environment of a project.

    Args:
        recognized: the command.
        environment: the environment variables that it runs with.

    Raises:
        InvalidSettingError: a variable has a value that uv refuses, too.
    """
    position = recognized.find_program()
    if _NO_PROJECT & find_options(recognized) or any(read_flag(environment, name) for name in _NO_PROJECT_VARIABLES):
        return True
    return _has_own_environment(recognized.command[position], find_folder(recognized))


def find_sync(recognized: Recognized, folder: Path, environment: Mapping[str, str]) -> list[str] | None:
    """The command that syncs the environment which a command runs something in; None if there is nothing to sync with.

    None also where uv is not to sync, and for an environment of Poetry or PDM in which something of the project is: it
    may have been made without some of the groups, and no file says which.

    Args:
        recognized: the command; it runs something.
        folder: the working directory.
        environment: the environment variables that it runs with.

    Raises:
        InvalidSettingError: a variable has a value that uv refuses, too.
    """
    command = recognized.command
    options = command[recognized.end : recognized.find_program()]
    if recognized.name == "uv":
        if NO_SYNC in find_options(recognized) or read_flag(environment, _NO_SYNC_VARIABLE):
            return None
        return [*command[: recognized.end], *_without_overlays(recognized, options), "python", "-c", ""]
    sync, tool = _SYNCS[str(recognized.name)], TOOLS[str(recognized.name)]
    if any(not sync.others.isdisjoint(recognized.split(word)) for word in options):
        return None
    names = [name for name in (*tool.places, *sync.kept) if name.startswith("-")]
    kept = [word for name in names if (value := recognized.value_of(name)) is not None for word in (name, value)]
    project = next(iter(find_places(recognized, folder, environment)), folder)
    if not _has_lock(project, sync.lock) or is_filled(find_environment(recognized, environment)):
        return None
    return [*_without(recognized, command[: recognized.end - 1], names), *sync.words, *kept]


def _without(recognized: Recognized, words: Sequence[str], names: Sequence[str]) -> list[str]:
    """Words of a command line without some of its options and their values."""
    kept, skip = [], False
    for word in words:
        options = recognized.split(word, *names)
        if skip:
            skip = False
        elif options[-1] in names:
            skip = not find_joined(word, options)
            kept += ["-" + "".join(option[1:] for option in options[:-1])] if options[:-1] else []
        elif not word.startswith(tuple(f"{name}=" for name in names if name.startswith("--"))):
            kept.append(word)
    return kept


def _has_lock(folder: Path, name: str) -> bool:
    """Whether there is a lock beside the project file of a folder, or of the first one above it that has one."""
    folder = folder.absolute()
    project = next((each for each in (folder, *folder.parents) if (each / "pyproject.toml").is_file()), folder)
    return (project / name).is_file()


def _has_own_environment(program: str, folder: Path) -> bool:
    """Whether what ``uv run`` runs may name its dependencies itself (inline script metadata, PEP 723)."""
    if program == "-" or program.startswith(("http://", "https://")):
        return True
    if not program.endswith((".py", ".pyw")):
        return False
    try:
        return b"# /// script" in read_regular(folder / program, _LARGEST_SCRIPT)
    except OSError:
        return False


def _without_overlays(recognized: Recognized, options: Sequence[str]) -> list[str]:
    """uv's options without those for a second environment on top of the project's, and without ``-m``."""
    kept = []
    for word in _without(recognized, options, _OVERLAYS):
        if word in ("--", "-m", "--module"):
            continue
        kept.append(word.replace("m", "", 1) if "-m" in recognized.split(word) else word)
    return kept
