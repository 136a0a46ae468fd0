"""What the tables of the two CPU families share: levels that stand on each other, and the flags that build for them."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from attrs import frozen

__all__ = ["Flags", "Level", "forced_level", "load", "supported_levels", "variables"]


@frozen
class Flags:
    """What one compiler is told for one property.

    Args:
        compile: for ``CFLAGS`` and ``CXXFLAGS``.
        link: for ``LDFLAGS``; linkers for ELF only.
    """

    compile: tuple[str, ...]
    link: tuple[str, ...] = ()


@frozen
class Level:
    """One value of a key whose values include each other, such as ``v3`` or ``8.2a``.

    Args:
        value: the value.
        needs: the features that it adds to those of the level below.
        flags: what each compiler is told to build for it.
    """

    value: str
    needs: frozenset[str]
    flags: Mapping[str, Flags]

    @classmethod
    def parse(cls, entry: Mapping[str, Any]) -> Level:
        flags = {
            compiler: Flags(tuple(parts["compile"]), tuple(parts.get("link", ())))
            for compiler, parts in entry["flags"].items()
        }
        return cls(entry["value"], frozenset(entry["needs"]), flags)


def load(name: str) -> dict[str, Any]:
    """The table that lies beside this module as ``{name}.json``."""
    text = Path(__file__).with_name(f"{name}.json").read_text(encoding="utf-8")
    table: dict[str, Any] = json.loads(text)
    return table


def supported_levels(levels: Sequence[Level], found: frozenset[str]) -> list[str]:
    """The values whose needs, and those of every level below, are all found; best first.

    Args:
        levels: best first.
        found: names of features.
    """
    supported: list[str] = []
    for level in reversed(levels):
        if not level.needs <= found:
            break
        supported.insert(0, level.value)
    return supported


def forced_level(variable: str, levels: Sequence[Level]) -> str | None:
    """The level that an environment variable puts in the place of detection; None if it is unset or empty.

    Returns:
        A level's value, or ``none``.

    Raises:
        ValueError: the variable holds neither; the message lists what it may hold.
    """
    value = os.environ.get(variable, "")
    if not value:
        return None
    allowed = [*(level.value for level in levels), "none"]
    if value not in allowed:
        raise ValueError(f"{variable} must be one of {', '.join(allowed)}: {value!r}")
    return value


def variables(flags: Flags | None, compiler: str = "gcc") -> dict[str, list[str]] | None:
    """Flags by the environment variable that carries them to a build; None for None."""
    if flags is None:
        return None
    if compiler == "rustc":
        return {"RUSTFLAGS": list(flags.compile)}
    answer = {"CFLAGS": list(flags.compile), "CXXFLAGS": list(flags.compile)}
    if flags.link and sys.platform.startswith("linux"):
        answer["LDFLAGS"] = list(flags.link)
    return answer
