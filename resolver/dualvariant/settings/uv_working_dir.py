"""The folder in which uv works: its variables may name another one than the working directory."""

from __future__ import annotations

import os
from collections.abc import Mapping

from dualvariant.settings.failures import InvalidSettingError

__all__ = ["FOLDER_VARIABLES", "enter_uv_folder", "find_folder_variable"]

#: The variables by which uv goes to another folder before it does anything: the first that is set, even to nothing.
FOLDER_VARIABLES = ("UV_WORKING_DIR", "UV_WORKING_DIRECTORY")


def find_folder_variable(environment: Mapping[str, str]) -> str | None:
    """The name of the variable that says where uv works; None if none does."""
    return next((name for name in FOLDER_VARIABLES if name in environment), None)


def enter_uv_folder(engine: str | None) -> None:
    """Go to the folder that one of :data:`FOLDER_VARIABLES` names, if uv was asked for: paths are relative to it.

    This changes the working directory of the process for good. The variables are removed, as uv, which starts in that
    folder, would go on from there.

    Args:
        engine: the installer that was asked for.

    Raises:
        InvalidSettingError: it names no folder that can be entered.
    """
    variable = find_folder_variable(os.environ)
    if engine != "uv" or variable is None:
        return
    folder = os.environ[variable]
    try:
        os.chdir(folder)
    except OSError as error:
        raise InvalidSettingError(
            f"{variable} names no folder that can be entered ({error.strerror}): {folder!r}",
            "correct the variable or remove it; uv refuses this value too",
        ) from error
    for name in FOLDER_VARIABLES:
        os.environ.pop(name, None)
