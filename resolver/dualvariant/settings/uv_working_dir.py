"""The folder in which uv works: its variable ``UV_WORKING_DIR`` may name another one than the working directory."""

from __future__ import annotations

import os

from dualvariant.settings.failures import InvalidSettingError

__all__ = ["FOLDER_VARIABLE", "enter_uv_folder"]

#: The variable by which uv goes to another folder before it does anything.
FOLDER_VARIABLE = "UV_WORKING_DIR"


def enter_uv_folder(engine: str | None) -> None:
    """Go to the folder that :data:`FOLDER_VARIABLE` names, if uv was asked for: all paths are then relative to it.

    This changes the working directory of the process for good. The variable is removed, as uv, which starts in that
    folder, would go on from there.

    Args:
        engine: the installer that was asked for.

    Raises:
        InvalidSettingError: it names no folder that can be entered.
    """
    folder = os.environ.get(FOLDER_VARIABLE)
    if engine != "uv" or folder is None:
        return
    try:
        os.chdir(folder)
    except OSError as error:
        raise InvalidSettingError(
            f"{FOLDER_VARIABLE} names no folder that can be entered ({error.strerror}): {folder!r}",
            "correct the variable or remove it; uv refuses this value too",
        ) from error
    del os.environ[FOLDER_VARIABLE]
