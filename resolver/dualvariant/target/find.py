"""Which interpreter wheels are installed for. (Imported before the engine is started, so it imports little itself.)"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from dualvariant.core.errors import UsageError

__all__ = ["find_target"]

_BIN = "Scripts" if sys.platform == "win32" else "bin"
_EXE = "python.exe" if sys.platform == "win32" else "python"


def find_target(named: str | None) -> Path:
    """The target's executable: ``--python``, else the active environment, else the first ``python3`` on PATH.

    The environment that dualvariant itself lives in is the target only if it is named or active.

    Args:
        named: what ``--python`` says: an executable, its name, or the folder of an environment.

    Raises:
        UsageError: there is none.
    """
    if named is not None:
        for candidate in (Path(named) / _BIN / _EXE, Path(named)):
            if candidate.is_file():
                return candidate.absolute()
        found = None if os.sep in named else shutil.which(named)
        if found:
            return Path(found)
        raise UsageError(f"no interpreter there (--python): {named!r}")
    for variable in ("VIRTUAL_ENV", "CONDA_PREFIX"):
        folder = os.environ.get(variable)
        if folder:
            candidate = Path(folder) / _BIN / _EXE
            if candidate.is_file():
                return candidate
            raise UsageError(
                f"{variable} names an environment without an interpreter: {folder!r}",
                "--python names another one",
            )
    for candidate in _on_path():
        if candidate.parent.parent != Path(sys.prefix):
            return candidate
    raise UsageError(
        "no interpreter to install for (no active environment, no python3 on PATH)",
        "--python names one",
    )


def _on_path() -> Iterator[Path]:
    for folder in os.get_exec_path():
        found = shutil.which("python3", path=folder) or shutil.which("python", path=folder)
        if found:
            yield Path(found)
