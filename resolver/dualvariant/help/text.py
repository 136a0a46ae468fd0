"""A command's help as text for a terminal: a short form with the options that most people need, and a long one."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from dualvariant.core.colour import Palette
from dualvariant.help.model import CommandHelp, OptionHelp

__all__ = ["format_help"]

#: The column in which the words of an option begin.
_COLUMN = 26


def format_help(command: CommandHelp, width: int, palette: Palette, *, full: bool) -> str:
    """The help, with a line end behind each line.

    Args:
        command: the command.
        width: the width of the terminal, in columns.
        palette: how headlines are emphasized.
        full: whether options that are rarely needed are shown too.
    """
    shown = [group for group in command.groups if (full or not group.is_rare) and group.options]
    lines = [f"{palette.bold('usage:')} dualvariant {command.name} {command.usage}".rstrip(), ""]
    lines += textwrap.wrap(command.summary, width)
    if command.arguments:
        lines += ["", palette.bold("arguments:"), *_list_options(command.arguments, width)]
    for group in shown:
        lines += ["", palette.bold(f"{group.title}:"), *_list_options(group.options, width)]
    hidden = sum(len(group.options) for group in command.groups) - sum(len(group.options) for group in shown)
    if hidden:
        lines += ["", f"{hidden} more options: dualvariant {command.name} --help"]
    return "\n".join([*lines, ""])


def _list_options(options: Sequence[OptionHelp], width: int) -> Iterator[str]:
    for option in options:
        title = f"  {option.title}"
        words = textwrap.wrap(option.words, max(20, width - _COLUMN))
        if len(title) + 2 > _COLUMN:
            yield title
        elif words:
            yield f"{title:<{_COLUMN}}{words.pop(0)}"
        for line in words:
            yield f"{'':<{_COLUMN}}{line}"
