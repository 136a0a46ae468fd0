"""Completions of shells: scripts that know every command, option and choice, and start no Python at a Tab."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from dualvariant.help.bash import format_bash
from dualvariant.help.fish import format_fish
from dualvariant.help.model import CommandHelp
from dualvariant.help.zsh import format_zsh

__all__ = ["SHELLS"]

#: Shell → what makes its script of the commands and their summaries, and of the help of each.
SHELLS: Mapping[str, Callable[[Mapping[str, str], Sequence[CommandHelp]], str]] = {
    "bash": format_bash,
    "zsh": format_zsh,
    "fish": format_fish,
}
