"""A package's benchmark: one command, by which all wheels of a build are compared."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from dualvariant.builder.declaration.settings import Diagnostics, read_command, read_requirements

__all__ = ["KEYS", "SECONDS", "Benchmark", "read_benchmark"]

#: Its keys in the declaration. They are there only once: commands that differ could not be compared.
KEYS = ("benchmark", "benchmark-requires")

#: How long a comparison may take if nobody says otherwise.
SECONDS = 60.0


class Benchmark(NamedTuple):
    """A benchmark.

    Args:
        command: run by a shell in an environment that has the wheel; how long it takes is what is measured.
        requires: what the command needs in that environment.
        seconds: how long the comparison may take, if the least number of rounds allows it.
    """

    command: str
    requires: tuple[str, ...] = ()
    seconds: float = SECONDS


def read_benchmark(table: Mapping[str, Any], path: str, diagnostics: Diagnostics) -> Benchmark | None:
    """The benchmark in a declaration; None if there is none."""
    command_key, requires_key = KEYS
    command = read_command(table, command_key, path, diagnostics)
    requires = read_requirements(table, requires_key, path, diagnostics)
    if command is None and requires and command_key not in table:
        diagnostics.problems.append(f"{path}.{requires_key}: there is no '{command_key}' that has these requirements")
    return None if command is None else Benchmark(command, requires)
