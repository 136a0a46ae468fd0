"""A package's own test command, in the syntax of cibuildwheel's ``test-command``.

Source: cibuildwheel's documentation of ``test-command``: ``{project}`` and ``{package}`` are absolute paths of the
project and of the package in it, which are the same here; ``{wheel}`` is the wheel's path; ``{python}`` and ``{pip}``
are the words that call them; ``#{…}`` is a literal brace.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from pathlib import Path

__all__ = ["fill_placeholders", "split_commands"]

_PLACEHOLDER = re.compile(r"(#?)\{(\w+)\}")
_OPERATORS = frozenset("();<>|&")


def fill_placeholders(command: str, project: Path, wheel: Path) -> str:
    """The command with its placeholders replaced by paths; other braces are left as they are."""
    paths: Mapping[str, str] = {
        "project": str(project),
        "package": str(project),
        "wheel": str(wheel),
        "python": "python",
        "pip": "pip",
    }

    def replace(match: re.Match[str]) -> str:
        escaped, name = match.groups()
        if name not in paths:
            return match[0]
        return match[0][1:] if escaped else paths[name]

    return _PLACEHOLDER.sub(replace, command)


def split_commands(command: str) -> list[list[str]] | None:
    """The words of each command, where they are joined by ``&&`` at most; None if only a shell can run it."""
    lexer = shlex.shlex(command, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    lexer.commenters = ""
    commands: list[list[str]] = [[]]
    try:
        for word in lexer:
            if word == "&&":
                commands.append([])
            elif word and set(word) <= _OPERATORS:
                return None
            else:
                commands[-1].append(word)
    except ValueError:
        return None
    return commands if all(commands) else None
