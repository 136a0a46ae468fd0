"""The options of a command of pip on our command line, by the table of options, recognised as pip recognises them."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

from dualvariant.cli._parser import Parser
from dualvariant.core.errors import RefusedOptionError, UsageError
from dualvariant.settings.installer_options import (
    OptionParser,
    OptionSyntaxError,
    describe_pip_option,
    list_pip_options,
)

__all__ = ["PipParser", "add_pip_options"]


class PipParser(Parser):
    """A command that has pip's options too. Those may be abbreviated, as for pip; ours may not.

    Args:
        command: the command's name.
        summary: what it does, in one sentence.
        engine_options: whether options of the installer may follow ``--``.
    """

    def __init__(self, command: str, summary: str, *, engine_options: bool = False) -> None:
        super().__init__(command, summary, engine_options=engine_options)
        #: The command of pip whose options it has; one that only shows a choice has those of ``install``.
        self.pip_command = command if command in ("download", "wheel") else "install"

    def parse_args(self, args: Any = None, namespace: Any = None) -> Any:
        return super().parse_args(self._normalize(args), namespace)

    def _normalize(self, words: Sequence[str]) -> list[str]:
        """The words with every option as ``--name=value`` by its full name, and the requirements behind them.

        argparse alone would read them otherwise than pip does: requirements between options, values that begin with a
        dash, abbreviations.
        """
        known = self._option_string_actions
        pips = {name for option in list_pip_options(self.pip_command) for name in option.names}
        options: list[str] = []
        requirements: list[str] = []

        def found(name: str, value: str | None, given: str) -> None:
            short_help = given == "-h"  # to pip, both names of --help are one
            options.append(given if short_help else name if value is None else f"{name}={value}")

        parser = OptionParser(
            [option for option in list_pip_options(self.pip_command) if option.name in known],
            found,
            requirements.append,
            whole=[(name, action.nargs != 0) for name, action in known.items() if name not in pips],
        )
        try:
            parser.read(words)
        except OptionSyntaxError as error:
            if error.option and "ambiguous" not in str(error):
                raise self.unknown_error(error.option) from None
            raise UsageError(str(error), f"see '{self.prog} --help'") from None
        return [*options, *filter(str.strip, requirements)]


class _PassedOn(argparse.Action):
    """An option of pip's for the engine: kept as it is, in the order of the command line."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Any,
        option_string: str | None = None,
    ) -> None:
        words = [option_string] if values in (None, []) else [option_string, values]
        namespace.passed_on = [*namespace.passed_on, *words]


class _Refused(argparse.Action):
    """An option of pip's that cannot be combined with the choice of variants."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Any,
        option_string: str | None = None,
    ) -> None:
        option = next(
            option
            for option in list_pip_options(parser.pip_command if isinstance(parser, PipParser) else "")
            if option_string in option.names
        )
        raise RefusedOptionError(f"{option_string!r} is refused ({option.reason})", option.next_step)


def add_pip_options(parser: PipParser) -> None:
    """Add the options of pip's command that the parser does not have yet.

    Those that change nothing about the choice, and those that the engine gets as well, are kept as they are in
    ``passed_on``.
    """
    group = parser.add_rare_group("passed on to pip; options of other versions of pip, and of uv, may follow '--'")
    have = parser._option_string_actions
    for option in list_pip_options(parser.pip_command):
        names = [name for name in option.names if name not in have]
        if option.name not in names:
            continue
        nargs: dict[str, Any] = {"metavar": "X"} if option.takes_value else {"nargs": 0}
        refused = option.line == "refused"
        words = describe_pip_option(option.name)
        words = f"refused here ({option.reason})" if refused else words
        group.add_argument(
            *names,
            action=_Refused if refused else _PassedOn,
            dest="passed_on",
            help=words.replace("%", "%%"),
            **nargs,
        )
