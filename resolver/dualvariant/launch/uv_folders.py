"""The folders and settings of uv: its command line may name others than the working directory and its files."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from dualvariant.launch.recognize import Recognized
from dualvariant.settings.uv_working_dir import FOLDER_VARIABLES, find_folder_variable

__all__ = ["VARIABLES", "enter_folder", "find_folder", "name_settings", "with_variable"]

#: The variable that says where uv looks for a project and its settings.
PROJECT_VARIABLE = "UV_PROJECT"
#: The variables that are changed while uv's files are looked for.
VARIABLES = (PROJECT_VARIABLE, *FOLDER_VARIABLES)


def find_folder(recognized: Recognized) -> Path:
    """The folder that uv goes to before it does anything; that of another tool is the working directory.

    A folder that is not there, uv reports.
    """
    here = Path.cwd()
    if recognized.name not in ("uv", "uvx"):
        return here
    variable = find_folder_variable(os.environ)
    folder = here / (recognized.value_of("--directory") or ("" if variable is None else os.environ[variable]))
    return folder if folder.is_dir() else here


@contextmanager
def enter_folder(recognized: Recognized) -> Iterator[None]:
    """Be in :func:`find_folder`, and let nothing else go there: uv finds files from there."""
    before, folder = Path.cwd(), find_folder(recognized)
    try:
        os.chdir(folder)
        with ExitStack() as stack:
            for name in FOLDER_VARIABLES:
                stack.enter_context(with_variable(name, None))
            yield
    finally:
        os.chdir(before)


@contextmanager
def name_settings(recognized: Recognized) -> Iterator[None]:
    """Have uv's variables name the settings that count for a command of uv, if its command line names them.

    :data:`PROJECT_VARIABLE` also names the folder in which uv looks for its settings, if it does not work there.
    """
    if recognized.name not in ("uv", "uvx"):
        yield
        return
    project = recognized.value_of("--project") or os.environ.get(PROJECT_VARIABLE) or ""
    works_in = find_folder(recognized)
    folder = works_in / project
    named = recognized.value_of("--config-file")
    with ExitStack() as stack:
        stack.enter_context(with_variable(PROJECT_VARIABLE, None if folder == works_in else str(folder)))
        if named is not None:
            stack.enter_context(with_variable("UV_CONFIG_FILE", named))
        if recognized.has_flag("--no-config"):
            stack.enter_context(with_variable("UV_NO_CONFIG", "1"))
        yield


@contextmanager
def with_variable(name: str, value: str | None) -> Iterator[None]:
    """Set an environment variable for a while; None removes it."""
    before = os.environ.get(name)
    _set(name, value)
    try:
        yield
    finally:
        _set(name, before)


def _set(name: str, value: str | None) -> None:
    if value is None:
        os.environ.pop(name, None)
    else:
        os.environ[name] = value
