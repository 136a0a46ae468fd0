"""Reading the tables of a declaration: every problem is kept with its path, and none ends the reading."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement

from dualvariant.builder.declaration.job import Settings, machine_flags, native_flags
from dualvariant.core.errors import did_you_mean

__all__ = ["Problems", "read_settings", "setting_keys"]

#: The environment variables that carry flags, by the key that declares them.
VARIABLES = {"cflags": "CFLAGS", "cxxflags": "CXXFLAGS", "ldflags": "LDFLAGS", "rustflags": "RUSTFLAGS"}

_SETTINGS = ("environment", "config-settings", "build-requires", "dependencies", "test-command", "test-requires")

#: Variables that the tool itself fills, and the key that is there for each.
_TAKEN = {variable: f"the key {key!r} is there for that" for key, variable in VARIABLES.items()} | {
    "CC": "the compiler is the builder's choice: the variable CC of the build, or --compiler",
    "CXX": "the compiler is the builder's choice: the variable CXX of the build, or --compiler",
    "PATH": "builds find their programs by the PATH of the one who builds",
    "PYTHONPATH": "builds run in an environment of their own; 'build-requires' adds to it",
    "CMAKE_ARGS": "the key 'config-settings' is there for that",
}


def setting_keys() -> tuple[str, ...]:
    """The keys that may stand wherever a build is told something."""
    return (*VARIABLES, *_SETTINGS)


class Problems:
    """What is wrong with a declaration, found one after the other."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems

    def add(self, path: str, rule: str, value: Any) -> None:
        """A value breaks a rule."""
        self.problems.append(f"{path}: {rule} (it is not): {value!r}")

    def unknown(self, table: Mapping[str, Any], known: Sequence[str], path: str) -> None:
        """Name every key that means nothing."""
        for name in table:
            if name not in known:
                hint = did_you_mean(name, known) or f"known: {', '.join(known)}"
                self.problems.append(f"{path}.{name}: unknown key, {hint}")

    def table(self, table: Mapping[str, Any], key: str, path: str) -> dict[str, Any]:
        """A table; an empty one if it is missing or wrong."""
        value = table.get(key, {})
        if isinstance(value, dict):
            return value
        self.add(f"{path}.{key}", "must be a table", value)
        return {}

    def strings(self, table: Mapping[str, Any], key: str, path: str) -> tuple[str, ...]:
        """A list of strings; none if it is missing or wrong."""
        value = table.get(key, [])
        if isinstance(value, list) and all(isinstance(text, str) for text in value):
            return tuple(value)
        self.add(f"{path}.{key}", "must be a list of strings", value)
        return ()


def read_settings(table: Mapping[str, Any], path: str, reader: Problems) -> Settings:
    """The settings among the keys of a table."""
    return Settings(
        _flags(table, path, reader),
        _environment(table, path, reader),
        _config_settings(table, path, reader),
        _requirements(table, "build-requires", path, reader),
        _requirements(table, "dependencies", path, reader),
        _command(table, path, reader),
        _requirements(table, "test-requires", path, reader),
    )


def _flags(table: Mapping[str, Any], path: str, reader: Problems) -> dict[str, tuple[str, ...]]:
    flags: dict[str, tuple[str, ...]] = {}
    for key, variable in VARIABLES.items():
        source = "cflags" if key == "cxxflags" and key not in table else key
        if source not in table:
            continue
        value = table[source]
        if not isinstance(value, list) or not all(isinstance(flag, str) for flag in value):
            if source == key:
                reader.add(f"{path}.{key}", "must be a list of strings", value)
            continue
        flags[variable] = tuple(value)
        if source == key:
            _refuse_instructions(value, f"{path}.{key}", reader)
    return flags


def _refuse_instructions(flags: Sequence[str], path: str, reader: Problems) -> None:
    for flag in dict.fromkeys([*machine_flags(flags), *native_flags(flags)]):
        reader.problems.append(
            f"{path}: {flag!r} chooses an instruction set for every wheel, the "
            "standard one too; a property says that, as in 'x86_64 :: level :: v3'"
        )


def _environment(table: Mapping[str, Any], path: str, reader: Problems) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in reader.table(table, "environment", path).items():
        where = f"{path}.environment.{name}"
        if not isinstance(value, str):
            reader.add(where, "must be a string", value)
        elif name in _TAKEN:
            reader.problems.append(f"{where}: it is set by dualvariant; {_TAKEN[name]}")
        elif "\0" in value or "=" in name or not name:
            reader.problems.append(f"{where}: no variable of an environment: {name!r} = {value!r}")
        else:
            found[name] = value
            _refuse_instructions(_words(value), where, reader)
    return found


def _words(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:
        return text.split()


def _config_settings(table: Mapping[str, Any], path: str, reader: Problems) -> dict[str, str | list[str]]:
    found: dict[str, str | list[str]] = {}
    for name, value in reader.table(table, "config-settings", path).items():
        where = f"{path}.config-settings.{name}"
        if isinstance(value, str) or (isinstance(value, list) and all(isinstance(text, str) for text in value)):
            found[name] = value
            texts = [value] if isinstance(value, str) else value
            _refuse_instructions([word for text in texts for word in _words(text)], where, reader)
        else:
            reader.add(where, "must be a string or a list of strings", value)
    return found


def _requirements(table: Mapping[str, Any], key: str, path: str, reader: Problems) -> tuple[str, ...]:
    found = reader.strings(table, key, path)
    for position, text in enumerate(found):
        try:
            Requirement(text)
        except InvalidRequirement as error:
            reader.problems.append(f"{path}.{key}[{position}]: no requirement ({error}): {text!r}")
    return found


def _command(table: Mapping[str, Any], path: str, reader: Problems) -> str | None:
    command = table.get("test-command")
    if command is None or (isinstance(command, str) and command.strip()):
        return command
    if isinstance(command, list) and command and all(isinstance(part, str) for part in command):
        return " && ".join(command)
    reader.add(f"{path}.test-command", "must be a command, or a list of them", command)
    return None
