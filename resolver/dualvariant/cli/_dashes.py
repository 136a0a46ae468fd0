"""The ``--`` on a command line: ours before it, another program's behind it."""

from __future__ import annotations

__all__ = ["split_at_dashes"]


def split_at_dashes(arguments: list[str]) -> tuple[list[str], list[str]]:
    """The arguments before the first ``--``, and those behind it."""
    if "--" not in arguments:
        return arguments, []
    position = arguments.index("--")
    return arguments[:position], arguments[position + 1 :]
