"""The search for the target: the interpreter that wheels are installed for.

It runs before anything else is imported or started, so it imports little itself.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from dualvariant.core.errors import NoInterpreterError

__all__ = ["find_target"]

_BIN = "Scripts" if sys.platform == "win32" else "bin"
_EXE = "python.exe" if sys.platform == "win32" else "python"


def find_target(named: str | None) -> Path:
    """The executable of the target: ``--python``, else the active environment, else the first ``python3`` on PATH.

    The variable ``PIP_PYTHON``, which pip has for its own option of that name, counts as ``--python``.
    The environment that dualvariant itself lives in is the target only if it is named or active.

    Args:
        named: what ``--python`` says: an executable, its name, or the folder of an environment.

    Raises:
        NoInterpreterError: there is none.
    """
    option, named = "--python" if named is not None else "PIP_PYTHON", named or os.environ.get("PIP_PYTHON") or None
    if named is not None:
        for candidate in (Path(named) / _BIN / _EXE, Path(named)):
            if candidate.is_file():
                return candidate.absolute()
        found = None if os.sep in named else shutil.which(named)
        if found:
            return Path(found)
        raise NoInterpreterError(
            f"no interpreter there ({option}): {named!r}",
            "--python takes an executable, its name on PATH, or the folder of a virtual environment",
        )
    for variable in ("VIRTUAL_ENV", "CONDA_PREFIX"):
        folder = os.environ.get(variable)
        if folder:
            candidate = Path(folder) / _BIN / _EXE
            if candidate.is_file():
                return candidate
            raise NoInterpreterError(
                f"{variable} names an environment without an interpreter: {folder!r}",
                "--python names another one",
            )
    for candidate in _on_path():
        if candidate.parent.parent != Path(sys.prefix):
            return candidate
    raise NoInterpreterError(
        "no interpreter to install for (no active environment, no python3 on PATH)",
        "--python names one",
    )


def _on_path() -> Iterator[Path]:
    for folder in os.get_exec_path():
        found = shutil.which("python3", path=folder) or shutil.which("python", path=folder)
        if found:
            yield Path(found)
