"""Split a command line at ``--``: what follows is for another program."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["split_at_dashes"]


def split_at_dashes(arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    """The arguments before the first ``--``, and those after it; none if there is no ``--``."""
    if "--" not in arguments:
        return list(arguments), []
    position = list(arguments).index("--")
    return list(arguments[:position]), list(arguments[position + 1 :])
