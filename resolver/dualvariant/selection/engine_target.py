"""The search for the target where uv was asked for: uv's own settings count beside ``--python`` and what is active.

Source: uv's documentation, "Using Python environments", "Settings" (``pip``) and "Environment variables". Without an
active environment, ``uv pip install`` installs into ``.venv`` of the working directory or of a folder above it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path

from dualvariant.core.errors import NoInterpreterError
from dualvariant.core.files import read_regular
from dualvariant.target.find import PYTHON_OF_UV, UvTarget, find_target

__all__ = ["find_engine_target"]

#: Names of conda's own environment, which is no project's: for uv it comes after ``.venv``.
_CONDA_BASE = ("base", "root")
#: The most bytes of a ``pyvenv.cfg`` that are read.
_LARGEST = 1 << 16
#: A version as uv is asked for one.
_VERSION = re.compile(r"(?:c?python)?[@-]?(\d(?:\.\d+){0,2})", re.IGNORECASE)
#: The line of ``pyvenv.cfg``, as ``venv``, uv and virtualenv write it.
_VERSION_OF_ENVIRONMENT = re.compile(r"^version(?:_info)? *= *(\d+\.\d+\.\d+)", re.MULTILINE)


def find_engine_target(named: str | None, warn: Callable[[str], None], engine: str | None) -> Path:
    """The executable of the target, as :func:`~dualvariant.target.find.find_target` finds it for an installer.

    Args:
        named: what ``--python`` says.
        warn: gets a message about what is passed over.
        engine: the installer that was asked for.

    Raises:
        NoInterpreterError: there is none, or it has another version than uv's settings ask for.
        InvalidSettingError: a variable of uv has a value that uv refuses.
        InvalidSettingsFileError: a file of uv's cannot be used.
    """
    if named is not None or engine != "uv":
        return find_target(named, warn)
    of_files = _read_files()
    of_uv = _read(of_files)
    request = os.environ.get("UV_PYTHON") or str(of_files.get("python", ""))
    if not request:
        return find_target(None, warn, of_uv)
    if os.sep in request or Path(request).exists():
        return find_target(None, warn, of_uv._replace(named=request))
    target = find_target(None, warn, of_uv)
    _compare(request, target, warn)
    return target


def _read(of_files: Mapping[str, object]) -> UvTarget:
    """Which environments count by uv's settings and the working directory.

    Args:
        of_files: the table ``pip`` of uv's files.
    """
    from dualvariant.settings.uv_files import read_flag

    if read_flag(os.environ, "UV_SYSTEM_PYTHON") or of_files.get("system") is True:
        return UvTarget(active=())
    environment = _find_environment()
    if environment is not None and os.environ.get("CONDA_DEFAULT_ENV") in _CONDA_BASE:
        return UvTarget(active=("VIRTUAL_ENV",), environment=environment)
    return UvTarget(environment=environment)


def _compare(request: str, python: Path, warn: Callable[[str], None]) -> None:
    """uv installs only into an environment with the Python that is asked for; only it knows where it finds another.

    Args:
        request: a version, or anything else that uv takes.
        python: the target.
        warn: gets a message where they cannot be compared.

    Raises:
        NoInterpreterError: the target has another version.
    """
    wanted, found = _VERSION.fullmatch(request), _read_version(python.parent.parent / "pyvenv.cfg")
    if wanted is None or found is None:
        warn(
            f"{PYTHON_OF_UV} names no path, and does not count ({request!r}); "
            "--python names the interpreter to install for"
        )
    elif not f"{found}.".startswith(f"{wanted[1]}."):
        raise NoInterpreterError(
            f"{PYTHON_OF_UV} asks for {request!r}, and the environment has Python {found}: {str(python)!r}",
            "--python names the interpreter to install for",
        )


def _read_version(configuration: Path) -> str | None:
    """The version of Python that an environment has; None if its configuration does not say."""
    try:
        text = read_regular(configuration, _LARGEST).decode("utf-8", "replace")
    except OSError:
        return None
    found = _VERSION_OF_ENVIRONMENT.search(text)
    return None if found is None else found[1]


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
