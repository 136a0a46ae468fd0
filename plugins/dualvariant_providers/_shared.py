"""What both CPU providers need: the environment variable in place of detection, and flags by variable."""

from __future__ import annotations

import os
import sys

from variantlib.cpu.tables import CpuTable, Flags

__all__ = ["by_variable", "read_override"]


def read_override(variable: str, table: CpuTable) -> str | None:
    """The level that an environment variable sets in place of detection; None if it is unset or empty.

    Returns:
        A level's value, or ``none``.

    Raises:
        ValueError: the variable holds neither; the message lists what it may hold.
    """
    value = os.environ.get(variable, "")
    if not value:
        return None
    allowed = [*table.values, "none"]
    if value not in allowed:
        raise ValueError(f"{variable} must be one of {', '.join(allowed)}: {value!r}")
    return value


def by_variable(flags: Flags | None, compiler: str = "gcc") -> dict[str, list[str]] | None:
    """Flags by the environment variable that carries them to a build; None for None."""
    if flags is None:
        return None
    if compiler == "rustc":
        return {"RUSTFLAGS": list(flags.compile)}
    answer = {"CFLAGS": list(flags.compile), "CXXFLAGS": list(flags.compile)}
    if flags.link and sys.platform.startswith("linux"):
        answer["LDFLAGS"] = list(flags.link)
    return answer
