"""From a command line to the tool, its command, and what that command gets."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import takewhile
from pathlib import PurePath
from typing import NamedTuple

from dualvariant.launch.table import TOOLS, Tool, Way, find_joined, split_options

__all__ = ["Recognized", "recognize"]

#: ``python``, ``python3``, ``python3.12``, ``pypy3``.
_PYTHON = re.compile(r"(?:python|pypy)[\d.]*t?")
#: ``pip``, ``pip3``, ``pip3.12``.
_PIP = re.compile(r"pip[\d.]*")
#: CPython's options that take a value, which is the next word if nothing follows them in their own.
_PYTHON_VALUED = "XW"
_PYTHON_LONG_VALUED = "--check-hash-based-pycs"


class Recognized(NamedTuple):
    """A command line, understood.

    Args:
        command: the whole of it.
        name: the name of the tool; None for one that is unknown.
        tool: the tool.
        way: what it gets.
        start: the position of the first word behind the tool's name.
        end: the position of the first word behind its command.
        python: the word that named an interpreter, in ``python -m pip``.
    """

    command: Sequence[str]
    name: str | None
    tool: Tool | None
    way: Way
    start: int = 1
    end: int = 1
    python: str | None = None

    @property
    def is_for_user(self) -> bool:
        """Whether uv makes a tool of the user's: the settings of a project do not count then."""
        if self.name != "uv" or self.tool is None:
            return self.name == "uvx"
        return _find_command(self.command, self.start, self.tool)[0].startswith("tool ")

    def value_of(self, *names: str) -> str | None:
        """The value that an option has on the command line, by any of its names; None if it is not there.

        What a command runs is not looked at.
        """
        words = self.command[self.start : self.find_program()]
        for position, word in enumerate(words):
            if word == "--":
                return None
            long, equals, value = word.partition("=")
            if word.startswith("--") and equals and long in names:
                return value
            options = self.split(word, *names)
            if options[-1] in names:
                return find_joined(word, options) or (words[position + 1] if position + 1 < len(words) else None)
        return None

    def has_flag(self, name: str) -> bool:
        """Whether a long option without a value is on the command line; what a command runs is not looked at."""
        return name in takewhile(lambda word: word != "--", self.command[self.start : self.find_program()])

    def split(self, word: str, *names: str) -> list[str]:
        """The options of one word of the tool.

        Args:
            word: the word.
            names: options that take a value, beside those in the table.
        """
        known = frozenset() if self.tool is None else self.tool.valued | self.tool.run_valued
        return split_options(word, known.union(names))

    def find_program(self) -> int:
        """For a command that runs something: the position of the word that it runs; else the end of the line."""
        if self.tool is None or self.way is not Way.RUN:
            return len(self.command)
        return _skip_options(self.command, self.end, self.tool.run_valued)


def recognize(command: Sequence[str]) -> Recognized:
    """Find out what a command line is.

    Args:
        command: the program and its arguments, at least one word.
    """
    name, start, python = _find_name(command)
    tool = TOOLS.get(name)
    if tool is None:
        return Recognized(command, None, None, Way.REFIT)
    words, way, end = _find_command(command, start, tool)
    if way is Way.REFIT and tool.installs_nothing(words, command[end:]):
        way = Way.AS_IT_IS
    return Recognized(command, name, tool, way, start, end, python)


def _find_command(command: Sequence[str], start: int, tool: Tool) -> tuple[str, Way, int]:
    """The tool's command, if it is in the table (else the empty text), what it gets, and the position behind it."""
    position = start
    words: list[str] = []
    while True:
        position = _skip_options(command, position, tool.valued)
        if position >= len(command) or len(words) == 2:
            break
        words.append(command[position])
        position += 1
        way = tool.commands.get(" ".join(words))
        if way is not None:
            return " ".join(words), way, position
    return "", tool.otherwise, start


def _find_name(command: Sequence[str]) -> tuple[str, int, str | None]:
    """The tool's name, the position behind it, and the interpreter that runs it as a module."""
    name = PurePath(command[0]).name.lower().removesuffix(".exe")
    if _PIP.fullmatch(name):
        return "pip", 1, None
    if not _PYTHON.fullmatch(name):
        return name, 1, None
    module, start = _find_module(command)
    if module is None:
        return name, 1, None
    if module == "piptools" and start < len(command):
        return f"pip-{command[start]}", start + 1, command[0]
    return next((tool for tool, entry in TOOLS.items() if module in entry.modules), name), start, command[0]


def _find_module(command: Sequence[str]) -> tuple[str | None, int]:
    """What ``python -m`` runs, and the position behind it; None if Python runs something else.

    Short options may share a word, with the value of the last one: ``-Im pip``, ``-mpip``, ``-Xdev``.
    """
    position = 1
    while position < len(command):
        word = command[position]
        position += 1
        if not word.startswith("-") or word in ("-", "--"):
            return None, 1
        if word.startswith("--"):
            position += word == _PYTHON_LONG_VALUED
            continue
        for index, letter in enumerate(word[1:], start=2):
            if letter == "c":
                return None, 1
            if letter == "m":
                value = word[index:] or next(iter(command[position:]), None)
                return value, position + (not word[index:])
            if letter in _PYTHON_VALUED:
                position += not word[index:]
                break
    return None, 1


def _skip_options(command: Sequence[str], position: int, valued: frozenset[str]) -> int:
    """The position of the next word that is neither an option nor the value of one."""
    while position < len(command):
        word = command[position]
        if word == "--":
            return position + 1
        if not word.startswith("-") or word == "-":
            return position
        options = split_options(word, valued)
        position += 2 if options[-1] in valued and not find_joined(word, options) else 1
    return len(command)
