"""Read the settings in the tables of a declaration; every problem is collected with its path."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement

from dualvariant.builder.declaration.job import BuildSettings, select_machine_flags, select_native_flags
from dualvariant.builder.variables import CC, CXX, FLAG_KEYS
from dualvariant.core.errors import did_you_mean

__all__ = ["Diagnostics", "list_setting_keys", "read_command", "read_requirements", "read_settings"]

_SETTINGS = ("environment", "config-settings", "build-requires", "dependencies", "test-command", "test-requires")

#: Variables that dualvariant itself sets, and what to use in place of each.
_RESERVED = {variable: f"use the key {key!r}" for key, variable in FLAG_KEYS.items()} | {
    CC: f"the user who builds chooses the compiler, by the variable {CC} or by --compiler",
    CXX: f"the user who builds chooses the compiler, by the variable {CXX} or by --compiler",
    "PATH": "builds find programs by the PATH of the user who builds",
    "PYTHONPATH": "builds run in an environment of their own; 'build-requires' adds to it",
    "CMAKE_ARGS": "use the key 'config-settings'",
}


def list_setting_keys() -> tuple[str, ...]:
    """The keys of settings, in every table that has any."""
    return (*FLAG_KEYS, *_SETTINGS)


class Diagnostics:
    """Collects the problems of a declaration."""

    def __init__(self) -> None:
        #: One line each: the path of the value, and what is wrong with it.
        self.problems: list[str] = []

    def add_wrong_value(self, path: str, rule: str, value: Any) -> None:
        """Report that a value breaks a rule."""
        self.problems.append(f"{path}: {rule} (it is not): {value!r}")

    def check_keys(self, table: Mapping[str, Any], known: Sequence[str], path: str) -> None:
        """Report every key that is not known."""
        for name in table:
            if name not in known:
                hint = did_you_mean(name, known) or f"known: {', '.join(known)}"
                self.problems.append(f"{path}.{name}: unknown key, {hint}")

    def read_table(self, table: Mapping[str, Any], key: str, path: str) -> dict[str, Any]:
        """A table; an empty one if it is missing or wrong."""
        value = table.get(key, {})
        if isinstance(value, dict):
            return value
        self.add_wrong_value(f"{path}.{key}", "must be a table", value)
        return {}

    def read_strings(self, table: Mapping[str, Any], key: str, path: str) -> tuple[str, ...]:
        """A list of strings; none if it is missing or wrong."""
        value = table.get(key, [])
        if isinstance(value, list) and all(isinstance(text, str) for text in value):
            return tuple(value)
        self.add_wrong_value(f"{path}.{key}", "must be a list of strings", value)
        return ()


def read_settings(table: Mapping[str, Any], path: str, diagnostics: Diagnostics) -> BuildSettings:
    """The settings among the keys of a table."""
    return BuildSettings(
        _flags(table, path, diagnostics),
        _environment(table, path, diagnostics),
        _config_settings(table, path, diagnostics),
        read_requirements(table, "build-requires", path, diagnostics),
        read_requirements(table, "dependencies", path, diagnostics),
        read_command(table, "test-command", path, diagnostics),
        read_requirements(table, "test-requires", path, diagnostics),
    )


def _flags(table: Mapping[str, Any], path: str, diagnostics: Diagnostics) -> dict[str, tuple[str, ...]]:
    flags: dict[str, tuple[str, ...]] = {}
    for key, variable in FLAG_KEYS.items():
        source = "cflags" if key == "cxxflags" and key not in table else key
        if source not in table:
            continue
        value = table[source]
        if not isinstance(value, list) or not all(isinstance(flag, str) for flag in value):
            if source == key:
                diagnostics.add_wrong_value(f"{path}.{key}", "must be a list of strings", value)
            continue
        flags[variable] = tuple(value)
        if source == key:
            _refuse_instructions(value, f"{path}.{key}", diagnostics)
    return flags


def _refuse_instructions(flags: Sequence[str], path: str, diagnostics: Diagnostics) -> None:
    for flag in dict.fromkeys([*select_machine_flags(flags), *select_native_flags(flags)]):
        diagnostics.problems.append(
            f"{path}: {flag!r} chooses an instruction set for every wheel, the "
            "standard one too; declare a property in its place, as in 'x86_64 :: level :: v3'"
        )


def _environment(table: Mapping[str, Any], path: str, diagnostics: Diagnostics) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in diagnostics.read_table(table, "environment", path).items():
        where = f"{path}.environment.{name}"
        if not isinstance(value, str):
            diagnostics.add_wrong_value(where, "must be a string", value)
        elif name in _RESERVED:
            diagnostics.problems.append(f"{where}: dualvariant sets it; {_RESERVED[name]}")
        elif "\0" in value or "=" in name or not name:
            diagnostics.problems.append(f"{where}: not a variable of an environment: {name!r} = {value!r}")
        else:
            found[name] = value
            _refuse_instructions(_words(value), where, diagnostics)
    return found


def _words(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:
        return text.split()


def _config_settings(table: Mapping[str, Any], path: str, diagnostics: Diagnostics) -> dict[str, str | list[str]]:
    found: dict[str, str | list[str]] = {}
    for name, value in diagnostics.read_table(table, "config-settings", path).items():
        where = f"{path}.config-settings.{name}"
        if isinstance(value, str) or (isinstance(value, list) and all(isinstance(text, str) for text in value)):
            found[name] = value
            texts = [value] if isinstance(value, str) else value
            _refuse_instructions([word for text in texts for word in _words(text)], where, diagnostics)
        else:
            diagnostics.add_wrong_value(where, "must be a string or a list of strings", value)
    return found


def read_requirements(table: Mapping[str, Any], key: str, path: str, diagnostics: Diagnostics) -> tuple[str, ...]:
    """A list of requirements, as texts; what is none is reported."""
    found = diagnostics.read_strings(table, key, path)
    for position, text in enumerate(found):
        try:
            Requirement(text)
        except InvalidRequirement as error:
            diagnostics.problems.append(f"{path}.{key}[{position}]: not a requirement ({error}): {text!r}")
    return found


def read_command(table: Mapping[str, Any], key: str, path: str, diagnostics: Diagnostics) -> str | None:
    """A command for a shell, or a list of them that are joined by ``&&``; None if it is missing or wrong."""
    command = table.get(key)
    if command is None or (isinstance(command, str) and command.strip()):
        return command
    if isinstance(command, list) and command and all(isinstance(part, str) for part in command):
        return " && ".join(command)
    diagnostics.add_wrong_value(f"{path}.{key}", "must be a command, or a list of them", command)
    return None
