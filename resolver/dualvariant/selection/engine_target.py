"""The search for the target where uv was asked for: uv's own settings count beside ``--python`` and what is active.

Source: uv's documentation, "Using Python environments", "Settings" (``pip``) and "Environment variables". Without an
active environment, ``uv pip install`` installs into ``.venv`` of the working directory or of a folder above it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path

from dualvariant.target.find import PYTHON_OF_UV, UvTarget, find_target

__all__ = ["find_engine_target"]

#: Names of conda's own environment, which is no project's: for uv it comes after ``.venv``.
_CONDA_BASE = ("base", "root")


def find_engine_target(named: str | None, warn: Callable[[str], None], engine: str | None) -> Path:
    """The executable of the target, as :func:`~dualvariant.target.find.find_target` finds it for an installer.

    Args:
        named: what ``--python`` says.
        warn: gets a message about what is passed over.
        engine: the installer that was asked for.

    Raises:
        NoInterpreterError: there is none.
        InvalidSettingError: a variable of uv has a value that uv refuses.
        InvalidSettingsFileError: a file of uv's cannot be used.
    """
    return find_target(named, warn, _read(warn) if named is None and engine == "uv" else UvTarget())


def _read(warn: Callable[[str], None]) -> UvTarget:
    """What uv's settings and the working directory say; of ``python``, only uv knows where it finds a version."""
    from dualvariant.settings.uv_files import read_flag

    of_files = _read_files()
    named = os.environ.get("UV_PYTHON") or str(of_files.get("python", "")) or None
    if named is not None and os.sep not in named and not Path(named).exists():
        warn(
            f"{PYTHON_OF_UV} names no path, and does not count ({named!r}); "
            "--python names the interpreter to install for"
        )
        named = None
    if read_flag(os.environ, "UV_SYSTEM_PYTHON") or of_files.get("system") is True:
        return UvTarget(named, active=())
    environment = _find_environment()
    if environment is not None and os.environ.get("CONDA_DEFAULT_ENV") in _CONDA_BASE:
        return UvTarget(named, ("VIRTUAL_ENV",), environment)
    return UvTarget(named, environment=environment)


def _read_files() -> Mapping[str, object]:
    """The table ``pip`` of uv's files. What is wrong with them is said when all their settings are read."""
    from dualvariant.settings.uv_files import read_uv_files

    try:
        folder = Path.cwd()
    except FileNotFoundError:
        return {}
    table = read_uv_files(folder, os.environ, lambda message: None, lambda document: True).get("pip")
    return table if isinstance(table, dict) else {}


def _find_environment() -> Path | None:
    """The nearest environment of the working directory or a folder above it: such a folder itself, or its ``.venv``."""
    try:
        here = Path.cwd()
        for folder in (here, *here.parents):
            for each in (folder, folder / ".venv"):
                if (each / "pyvenv.cfg").is_file():
                    return each
    except OSError:  # the working directory is gone, or one above it is closed to us
        pass
    return None
