"""A package's own test, written as cibuildwheel has it: placeholders, a shell, a folder that is not the project's.

Source: cibuildwheel's documentation of ``test-command``: ``{project}`` and ``{package}`` are absolute paths of the
project and of the package in it, which are one for us; ``{wheel}`` is the wheel's path; ``{python}`` and ``{pip}`` are
the words that call them; ``#{…}`` stands for a brace that is meant.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from pathlib import Path

__all__ = ["filled", "simple_commands"]

_PLACEHOLDER = re.compile(r"(#?)\{(\w+)\}")
_OPERATORS = frozenset("();<>|&")


def filled(command: str, project: Path, wheel: Path) -> str:
    """The command with paths in the place of its placeholders; other braces stay as they are."""
    paths: Mapping[str, str] = {
        "project": str(project),
        "package": str(project),
        "wheel": str(wheel),
        "python": "python",
        "pip": "pip",
    }

    def value(match: re.Match[str]) -> str:
        meant, name = match.groups()
        if name not in paths:
            return match[0]
        return match[0][1:] if meant else paths[name]

    return _PLACEHOLDER.sub(value, command)


def simple_commands(command: str) -> list[list[str]] | None:
    """The words of each command, where they are joined by ``&&`` at most; None where it takes a shell to run it."""
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
