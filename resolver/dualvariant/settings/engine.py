"""Which installer was asked for, and the settings that count with it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from dualvariant.core.dirs import config_dir
from dualvariant.core.errors import BadDataError, DualvariantError, RefusedOptionError
from dualvariant.settings.failures import InvalidSettingError
from dualvariant.settings.pip_config import PipConfig, read_pip_config

__all__ = [
    "ENGINES",
    "ENGINE_VARIABLE",
    "find_unused_uv_sources",
    "read_engine",
    "read_engine_places",
    "read_installer_config",
]

#: What ``--engine`` takes.
ENGINES = ("pip", "uv")
#: The variable that asks for an installer.
ENGINE_VARIABLE = "DUALVARIANT_ENGINE"

#: The files of the working directory that may ask for an installer, and the table in each.
_IN_WORKING_DIRECTORY: Mapping[Path, tuple[str, ...]] = {
    Path("variant.toml"): ("variantlib",),
    Path("pyproject.toml"): ("tool", "variantlib"),
}

_FOR_OTHER_PYTHONS = ("python-platform", "python-version")


def read_engine(command_line: str | None, note: Callable[[str], None]) -> str | None:
    """The installer that was asked for: by ``--engine``, the variable, or ``engine`` in a settings file; None if none.

    Args:
        command_line: the value of ``--engine``.
        note: gets a message where a file in the working directory asks for uv: uv's own files there then count too.

    Raises:
        InvalidSettingError: a setting names no installer.
    """
    if command_line is not None:
        return command_line
    for place, value in read_engine_places():
        if value in ENGINES:
            if value == "uv" and place in map(str, _IN_WORKING_DIRECTORY):
                note(f"uv installs, and uv's settings count, as {place} asks for ('engine'); --engine pip uses pip")
            return str(value)
        if value is not None:
            raise InvalidSettingError(
                f"engine must be one of {', '.join(ENGINES)} ({place}): {value!r}", "correct it, or give --engine"
            )
    return None


def read_installer_config(
    engine: str | None,
    prefix: Path,
    command: str,
    note: Callable[[str], None],
    accepts: Callable[[Mapping[str, Any]], bool],
    *,
    isolated: bool = False,
    of_project: bool = True,
) -> PipConfig:
    """The settings of the installer that does the work; ``explain`` and ``install`` read the same ones.

    Args:
        engine: the installer that was asked for.
        prefix: ``sys.prefix`` of the target.
        command: the command of pip.
        note: gets a message for each file of uv that is passed over.
        accepts: whether uv accepts a document of the form of ``uv.toml``.
        isolated: pip's variables and the user's own settings do not count (pip's ``--isolated``).
        of_project: uv's settings of a project count.

    Raises:
        InvalidSettingsFileError: a file cannot be used.
        RefusedOptionError: a setting asks for the wheels of another interpreter than the target's.
        InvalidSettingError: a variable of uv has a value that uv refuses.
    """
    if engine != "uv" or command != "install":
        return read_pip_config(prefix, command, isolated=isolated)
    from dualvariant.settings.uv_config import read_uv_config

    config = read_uv_config(note=note, accepts=accepts, of_project=of_project)
    for key in _FOR_OTHER_PYTHONS:
        value = config.value(key)
        if value is not None:
            raise RefusedOptionError(
                f"uv's setting {key} cannot be combined with the choice of variants: {value!r}",
                "--python names the interpreter to install for",
            )
    try:
        variantlib = read_pip_config(prefix, command, isolated=isolated).variantlib
    except DualvariantError:
        variantlib = {}  # pip's settings do not count, and so neither do their mistakes
    values = config.as_pip_values()
    controls = [(key, word) for key in ("no-binary", "only-binary") for word in values.get(key, "").split()]
    return PipConfig(values, variantlib, config, tuple(controls))


def find_unused_uv_sources() -> list[str]:
    """What of uv's settings names sources, which do not count where uv was not asked for: variables and files."""
    from dualvariant.settings.uv_config import INDEX_VARIABLES, read_uv_config

    found = [name for name in INDEX_VARIABLES if os.environ.get(name)]
    try:
        config = read_uv_config()
    except (BadDataError, InvalidSettingError):
        return found
    return [*found, "uv's configuration files"] if config.indexes or config.find_links or config.no_index else found


def read_engine_places() -> Iterator[tuple[str, Any]]:
    """Each place that may ask for an installer, strongest first, with what it says; None if it says nothing."""
    yield ENGINE_VARIABLE, os.environ.get(ENGINE_VARIABLE) or None
    places = list(_IN_WORKING_DIRECTORY.items())
    folder = config_dir()
    if folder is not None:
        places.append((folder / "variant.toml", ("variantlib",)))
    for path, keys in places:
        if not path.is_file():
            continue  # most often; the parser need not be imported
        from dualvariant.core.toml import InvalidTomlError, read_toml

        try:
            table: Any = read_toml(path)
        except (OSError, InvalidTomlError):
            continue  # what reads the order of providers from the file reports it
        for key in keys:
            table = table.get(key) if isinstance(table, dict) else None
        yield str(path), table.get("engine") if isinstance(table, dict) else None
