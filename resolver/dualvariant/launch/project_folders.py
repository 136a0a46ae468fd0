"""The folder of the project that a tool works on: its command line and its variables may name another one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from dualvariant.core.processes import capture
from dualvariant.launch.recognize import Recognized

__all__ = ["find_places"]

_LOCATION = re.compile(r"^\[Location\] - (.+)$", re.MULTILINE)


def find_places(recognized: Recognized, folder: Path, environment: Mapping[str, str]) -> list[Path]:
    """The folders that a command line and the variables name; those of the command line come first.

    Args:
        recognized: the command.
        folder: the one that they are relative to.
        environment: the environment variables that it runs with.
    """
    if recognized.tool is None:
        return []
    if recognized.name == "hatch":
        return _find_of_hatch(recognized, environment)
    values = [
        recognized.value_of(name) if name.startswith("-") else environment.get(name) for name in recognized.tool.places
    ]
    places = [folder / value for value in values if value]
    return [place.parent if place.is_file() else place for place in places]


def _find_of_hatch(recognized: Recognized, environment: Mapping[str, str]) -> list[Path]:
    """hatch gives its projects names, so it is asked where the one is that was named; behind its command, none is."""
    before = recognized._replace(command=recognized.command[: recognized.end])
    project = before.value_of("-p", "--project") or environment.get("HATCH_PROJECT")
    if not project:
        return []
    config = before.value_of("--config")
    settings = [] if config is None else ["--config", config]
    command = [*recognized.command[: recognized.start], *settings, "--project", project, "status"]
    try:
        done = capture(command, env=environment, errors="surrogateescape")
    except OSError:
        return []
    return [Path(location.strip()) for location in _LOCATION.findall(done.stdout + done.stderr)]
