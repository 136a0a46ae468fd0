"""Which environment a tool has filled: the tool itself is asked, by the command that it has for that.

Each function gets a command line and the environment variables, and answers with an interpreter or the folder of an
environment; None if there is none.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from packaging.utils import canonicalize_name

from dualvariant.core.files import open_regular
from dualvariant.core.processes import capture
from dualvariant.launch.recognize import Recognized
from dualvariant.target.installed import list_infos, list_names

__all__ = ["find_environment", "find_program_of_uv", "find_python_of_script", "folder_of", "is_filled"]

#: A folder may have a name that Python does not print.
_SHOW = "import os, sys; os.write(1, os.fsencode(sys.prefix))"
#: What tools put into a new environment.
_SEEDS = frozenset(map(canonicalize_name, ("pip", "setuptools", "wheel")))


def find_environment(recognized: Recognized, environment: Mapping[str, str]) -> str | None:
    """The environment that a command has filled, or runs something in; an unknown tool's is ``$VIRTUAL_ENV``.

    Args:
        recognized: the command.
        environment: the environment variables that it ran with.
    """
    name = "" if recognized.tool is None else recognized.tool.environment
    if not name:
        return environment.get("VIRTUAL_ENV") or None
    return _FINDERS[name](recognized, environment)


def folder_of(place: Path) -> Path:
    """The folder of an environment, which is named by itself or by its interpreter."""
    return place.parent.parent if place.is_file() else place


def is_filled(found: str | None) -> bool:
    """Whether something of a project is in an environment: more than what a new one has.

    Args:
        found: what :func:`find_environment` found. What is no virtual environment counts as filled.
    """
    if found is None:
        return False
    folder = folder_of(Path(found).absolute())
    if not (folder / "pyvenv.cfg").is_file():
        return folder.is_dir()
    infos = [info for site in folder.glob("lib/*/site-packages") for info in list_infos(site)]
    return any(_SEEDS.isdisjoint(list_names(info.name.removesuffix(".dist-info"))) for info in infos)


def _find_of_uv(recognized: Recognized, environment: Mapping[str, str]) -> str | None:
    """uv's environment of the project, as ``uv run`` finds it; nothing is installed or changed for that."""
    if recognized.value_of("--script") is not None:
        return None  # it has an environment of its own in uv's cache
    words = [recognized.command[0], *recognized.command[1 : recognized.start], "run", "--no-sync", "--quiet"]
    for option in ("--directory", "--project", "--package", "--python", "-p"):
        value = recognized.value_of(option)
        words += [] if value is None else [option, value]
    words += ["--active"] if "--active" in recognized.command[: recognized.find_program()] else []
    return _ask([*words, "python", "-c", _SHOW], environment)


def _find_of_poetry(recognized: Recognized, environment: Mapping[str, str]) -> str | None:
    words = list(recognized.command[: recognized.start])
    for option in ("-C", "--directory", "-P", "--project"):
        value = recognized.value_of(option)
        words += [] if value is None else [option, value]
    return _ask([*words, "env", "info", "--path"], environment)


def _find_of_pdm(recognized: Recognized, environment: Mapping[str, str]) -> str | None:
    words = [*recognized.command[: recognized.start], "info", "--python"]
    for option in ("-p", "--project", "--venv"):
        value = recognized.value_of(option)
        words += [] if value is None else [option, value]
    return _ask(words, environment)


def _find_of_pip_sync(recognized: Recognized, environment: Mapping[str, str]) -> str | None:
    return (
        recognized.value_of("--python-executable")
        or recognized.python
        or find_python_of_script(recognized.command[0], environment)
    )


_FINDERS: Mapping[str, Callable[[Recognized, Mapping[str, str]], str | None]] = {
    "find_of_uv": _find_of_uv,
    "find_of_poetry": _find_of_poetry,
    "find_of_pdm": _find_of_pdm,
    "find_of_pip_sync": _find_of_pip_sync,
}


def find_program_of_uv(recognized: Recognized, environment: Mapping[str, str]) -> Path | None:
    """The uv that a command of uv runs: itself, or that of the module; None if it cannot be found.

    Args:
        recognized: the command.
        environment: the environment variables that it ran with.
    """
    if recognized.python is None:
        found = shutil.which(recognized.command[0], path=environment.get("PATH", os.defpath))
    else:
        found = _ask(
            [recognized.python, "-c", "import os, uv; os.write(1, os.fsencode(uv.find_uv_bin()))"], environment
        )
    return Path(found).absolute() if found is not None and Path(found).is_file() else None


def find_python_of_script(program: str, environment: Mapping[str, str]) -> str | None:
    """The interpreter that a script such as ``pip`` belongs to: the one beside it, else the one of its first line."""
    found = shutil.which(program, path=environment.get("PATH", os.defpath))
    if found is None:
        return None
    for name in ("python3", "python"):
        if Path(found).with_name(name).exists():
            return str(Path(found).with_name(name))
    try:
        with open_regular(found) as file:
            first = file.readline(512)
    except OSError:
        return None
    words = os.fsdecode(first.removeprefix(b"#!")).split() if first.startswith(b"#!") else []
    return words[0] if words and "python" in words[0] else None


def _ask(command: Sequence[str], environment: Mapping[str, str]) -> str | None:
    """The last line that a command prints; None if it fails."""
    try:
        done = capture(command, env=environment, errors="surrogateescape")
    except OSError:
        return None
    lines = done.stdout.strip().splitlines()
    return lines[-1].strip() if done.returncode == 0 and lines else None
