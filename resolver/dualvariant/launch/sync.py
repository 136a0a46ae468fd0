"""How the environment of a project is synced with its lock before something runs in it.

``uv run`` does so by itself, with its own options. Poetry's and PDM's ``run`` do not, so what somebody has installed
there stays as it is: only an environment in which nothing of the project is gets what the tool's own command installs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from attrs import frozen

from dualvariant.core.files import read_regular
from dualvariant.launch.environments import find_environment, is_filled
from dualvariant.launch.recognize import Recognized
from dualvariant.launch.table import split_options
from dualvariant.launch.uv_folders import find_folder
from dualvariant.settings.uv_files import read_flag

__all__ = ["find_sync", "runs_without_project"]

#: Options of ``uv run`` with which it makes no environment of a project.
_NO_PROJECT = frozenset({"--no-sync", "--no-project", "--isolated", "--script", "-s", "--gui-script"})
#: Variables with the meaning of such options.
_NO_PROJECT_VARIABLES = ("UV_NO_SYNC", "UV_NO_PROJECT", "UV_ISOLATED")
#: Options of ``uv run`` for a second environment on top of the project's.
_OVERLAYS = ("-w", "--with", "--with-editable", "--with-requirements")

_LARGEST_SCRIPT = 4 << 20


@frozen
class _Sync:
    """How a tool syncs.

    Args:
        words: the command; it asks nothing, and removes nothing.
        lock: the file name of the lock; without one, the command would make one.
        places: the options of ``run`` that say where the project is, and count for the command too.
        others: the options of ``run`` with which the environment is not that of the project.
    """

    words: Sequence[str]
    lock: str
    places: Sequence[str]
    others: frozenset[str] = frozenset()


_SYNCS: Mapping[str, _Sync] = {
    "poetry": _Sync(
        ("install", "--quiet", "--no-interaction"), "poetry.lock", ("-C", "--directory", "-P", "--project")
    ),
    "pdm": _Sync(
        ("sync", "--quiet"),
        "pdm.lock",
        ("-p", "--project", "--venv"),
        frozenset({"-g", "--global", "-s", "--site-packages"}),
    ),
}


def runs_without_project(recognized: Recognized, environment: Mapping[str, str]) -> bool:
    """Whether a ``uv run`` makes no environment of a project.

    Args:
        recognized: the command.
        environment: the environment variables that it runs with.

    Raises:
        InvalidSettingError: a variable has a value that uv refuses, too.
    """
    position = recognized.find_program()
    options = {option for word in recognized.command[recognized.end : position] for option in _split(recognized, word)}
    if _NO_PROJECT & options or any(read_flag(environment, name) for name in _NO_PROJECT_VARIABLES):
        return True
    return _has_own_environment(recognized.command[position], find_folder(recognized))


def find_sync(recognized: Recognized, folder: Path, environment: Mapping[str, str]) -> list[str] | None:
    """The command that syncs the environment which a command runs something in; None if there is nothing to sync with.

    None also for an environment of Poetry or PDM in which something of the project is: it may have been made without
    some of the groups, and no file says which.

    Args:
        recognized: the command; it runs something.
        folder: the working directory.
        environment: the environment variables that it runs with.
    """
    command = recognized.command
    options = command[recognized.end : recognized.find_program()]
    if recognized.name == "uv":
        return [*command[: recognized.end], *_without_overlays(recognized, options), "python", "-c", ""]
    sync = _SYNCS[str(recognized.name)]
    if sync.others & {*options}:
        return None
    places = [name for name in sync.places if recognized.value_of(name) is not None]
    kept = [word for name in places for word in (name, str(recognized.value_of(name)))]
    project = next((str(recognized.value_of(name)) for name in places if name != "--venv"), "")
    if not _has_lock(folder / project, sync.lock) or is_filled(find_environment(recognized, environment)):
        return None
    return [*_without(command[: recognized.end - 1], places), *sync.words, *kept]


def _without(words: Sequence[str], options: Sequence[str]) -> list[str]:
    """Words of a command line without some of its options and their values."""
    kept, skip = [], False
    for word in words:
        if skip:
            skip = False
        elif word in options:
            skip = True
        elif not word.startswith(tuple(f"{name}=" for name in options if name.startswith("--"))):
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
    for word in _without(options, _OVERLAYS):
        if word in ("--", "-m", "--module"):
            continue
        kept.append(word.replace("m", "", 1) if "-m" in _split(recognized, word) else word)
    return kept


def _split(recognized: Recognized, word: str) -> list[str]:
    return split_options(word, frozenset() if recognized.tool is None else recognized.tool.run_valued)
