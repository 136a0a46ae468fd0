"""The argument parser that every command uses, and the help that is read from it."""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from dualvariant.core.colour import Palette
from dualvariant.core.errors import UnknownOptionError, UsageError, did_you_mean

if TYPE_CHECKING:
    from dualvariant.help.model import CommandHelp, OptionHelp

__all__ = ["Parser", "read_parser"]

#: How an argument is written in a line of usage, by how often it may be given.
_USAGE = {None: "{}", "?": "[{}]", "*": "[{}…]", "+": "{}…"}


class Parser(argparse.ArgumentParser):
    """argparse with whole option names only, our wording, and a suggestion for options that it does not know.

    ``-h`` shows the options that most people need, ``--help`` shows all of them.

    Args:
        command: the command's name.
        summary: what it does, in one sentence.
        engine_options: whether options of the installer may follow ``--``.
    """

    def __init__(self, command: str, summary: str, *, engine_options: bool = False) -> None:
        super().__init__(prog=f"dualvariant {command}", description=summary, allow_abbrev=False, add_help=False)
        self.command = command
        self.summary = summary
        self.engine_options = engine_options
        self._rare = set[str]()
        self.register("type", Path, _to_path)
        self.add_argument("-h", action=_Help, full=False, help="show the most used options")
        self.add_argument("--help", action=_Help, full=True, help="show every option")

    def add_rare_group(self, title: str) -> Any:
        """A group of options that only ``--help`` shows."""
        self._rare.add(title)
        return self.add_argument_group(title)

    def parse_args(self, args: Any = None, namespace: Any = None) -> Any:
        if _reading:
            raise _ParserFoundError(self)
        parsed, unknown = self.parse_known_args(args, namespace)
        if unknown:
            raise self.unknown_error(unknown[0])
        return parsed

    def unknown_error(self, word: str) -> UnknownOptionError:
        """The error for a word that is none of the command's options, with what may have been meant."""
        name = word.split("=", 1)[0]
        near = did_you_mean(name, self._option_string_actions)
        hints = [near] if near else []
        if self.engine_options and name.startswith("-"):
            hints.append(f"options of the installer go behind '--': … -- {word}")
        kind = "option" if name.startswith("-") else "argument"
        return UnknownOptionError(f"unknown {kind}: {name!r}", " ".join(hints) or f"see '{self.prog} --help'")

    def error(self, message: str) -> NoReturn:
        raise UsageError(message, f"see '{self.prog} --help'")

    def describe(self) -> CommandHelp:
        """The help of the command."""
        from dualvariant.help.model import CommandHelp, GroupHelp

        arguments = [action for action in self._actions if not action.option_strings]
        groups = [
            GroupHelp(
                group.title or "options",
                tuple(self._describe(action) for action in group._group_actions if action.option_strings),
                group.title in self._rare,
            )
            for group in self._action_groups
        ]
        return CommandHelp(
            self.command,
            self.summary,
            (self.usage or " ".join(self._list_usage(arguments))).removeprefix(self.prog).strip(),
            tuple(self._describe(action) for action in arguments),
            tuple(group for group in groups if group.options),
        )

    def _list_usage(self, arguments: list[argparse.Action]) -> Iterator[str]:
        for action in arguments:
            yield _USAGE.get(action.nargs if isinstance(action.nargs, str) else None, "{}").format(action.metavar)
        for action in self._actions:
            if action.option_strings and action.required:
                yield self._describe(action).title.replace(", ", "|")
        yield "[options]"

    def _describe(self, action: argparse.Action) -> OptionHelp:
        from dualvariant.help.model import OptionHelp

        choices = tuple(map(str, action.choices or ()))
        value = "" if action.nargs == 0 else str(action.metavar or "|".join(choices) or action.dest.upper())
        if "|" in value and value.islower():
            choices = tuple(value.split("|"))  # checked by the command, which has a better message than argparse
        words = (action.help or "") % {"default": action.default, "prog": self.prog}
        repeats = isinstance(action.default, (list, tuple, dict)) or action.nargs in ("*", "+")
        return OptionHelp(tuple(action.option_strings), value, words, choices, repeats)


def _to_path(text: str) -> Path:
    """A path on the command line. An empty text is a variable that is not set, not the working directory."""
    if not text:
        raise argparse.ArgumentTypeError("the path is empty")
    return Path(text)


class _Help(argparse.Action):
    """Prints the help and ends the command."""

    def __init__(self, option_strings: list[str], dest: str, *, full: bool, help: str) -> None:
        super().__init__(option_strings, argparse.SUPPRESS, nargs=0, default=argparse.SUPPRESS, help=help)
        self.full = full

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> None:
        from dualvariant.help.text import format_help

        assert isinstance(parser, Parser)
        width = max(60, min(shutil.get_terminal_size((100, 24)).columns, 100))
        text = format_help(parser.describe(), width, Palette.of(sys.stdout), full=self.full)
        sys.stdout.write(text)
        sys.stdout.flush()  # argparse's own way to print hides that a disk is full
        parser.exit()


class _ParserFoundError(Exception):
    """Ends a command at the moment when it would parse its arguments."""

    def __init__(self, parser: Parser) -> None:
        super().__init__(parser.prog)
        self.parser = parser


#: Whether a command is called for its parser only.
_reading = False


def read_parser(main: Callable[[list[str]], int]) -> Parser:
    """The parser of a command, which is not run: every command parses its arguments before it does anything else.

    Args:
        main: the function of the command.
    """
    global _reading
    _reading = True
    try:
        main([])
    except _ParserFoundError as found:
        return found.parser
    finally:
        _reading = False
    raise AssertionError(f"{main.__module__} has no parser")
