"""The search for the target: the interpreter that wheels are installed for.

It runs before anything else is imported or started, so it imports little itself.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from dualvariant.core.errors import NoInterpreterError

__all__ = ["PYTHON_OF_UV", "UvTarget", "find_target"]

#: Where uv's settings name an interpreter.
PYTHON_OF_UV = "UV_PYTHON or 'python' in uv's files"

_BIN = "Scripts" if sys.platform == "win32" else "bin"
_EXE = "python.exe" if sys.platform == "win32" else "python"


class UvTarget(NamedTuple):
    """What uv's own rules say about the target, if uv was asked for.

    Args:
        named: the path of an interpreter or environment that a setting names; None if none does.
        active: the variables that name the active environment, the first that is set counting.
        environment: the environment that counts if none is active.
    """

    named: str | None = None
    active: Sequence[str] = ("VIRTUAL_ENV", "CONDA_PREFIX")
    environment: Path | None = None


_NOTHING = UvTarget()


def find_target(named: str | None, warn: Callable[[str], None], of_uv: UvTarget = _NOTHING) -> Path:
    """The executable of the target: ``--python``, else the active environment, else the first ``python3`` on PATH.

    The variable ``PIP_PYTHON``, which pip has for its own option of that name, counts as ``--python``.
    The environment that dualvariant itself lives in is the target only if it is named or active. An active environment
    that does not exist any more is passed over with a warning: pip, which its activation had put on PATH, is then
    another interpreter's too.

    Args:
        named: what ``--python`` says: an executable, its name, or the folder of an environment.
        warn: gets a message about an active environment that is not there.
        of_uv: what counts besides, if uv was asked for.

    Raises:
        NoInterpreterError: there is none.
    """
    places = (("--python", named), ("PIP_PYTHON", os.environ.get("PIP_PYTHON")), (PYTHON_OF_UV, of_uv.named))
    for option, value in places:
        if value:
            return _find_named(value, option)
    gone: list[str] = []
    for variable in of_uv.active:
        folder = os.environ.get(variable)
        if folder:
            candidate = Path(folder) / _BIN / _EXE
            if candidate.is_file():
                _warn_of_missing(gone, candidate, warn)
                return candidate
            if os.path.lexists(candidate):
                raise NoInterpreterError(
                    f"the environment that {variable} names has a broken interpreter: {str(candidate)!r}",
                    "make the environment again, or name another one by --python",
                )
            gone.append(f"{variable} names an environment that is not there ({folder!r})")
    if of_uv.environment is not None:
        candidate = _find_named(str(of_uv.environment), "the environment that uv finds")
        _warn_of_missing(gone, candidate, warn)
        return candidate
    for candidate in _on_path():
        if candidate.parent.parent != Path(sys.prefix):
            _warn_of_missing(gone, candidate, warn)
            return candidate
    raise NoInterpreterError(
        "no interpreter to install for (no active environment, no python3 on PATH)",
        "--python names one",
    )


def _find_named(named: str, option: str) -> Path:
    for candidate in (Path(named) / _BIN / _EXE, Path(named)):
        if candidate.is_file():
            return candidate.absolute()
    found = None if os.sep in named else shutil.which(named)
    if found:
        return Path(found)
    raise NoInterpreterError(
        f"there is no Python interpreter ({option}): {named!r}",
        "--python takes an executable, its name on PATH, or the folder of a virtual environment",
    )


def _warn_of_missing(gone: Sequence[str], target: Path, warn: Callable[[str], None]) -> None:
    for reason in gone:
        warn(f"{reason}; the target is {target}, and --python names another one")


def _on_path() -> Iterator[Path]:
    for folder in os.get_exec_path():
        found = shutil.which("python3", path=folder) or shutil.which("python", path=folder)
        if found:
            yield Path(found)
