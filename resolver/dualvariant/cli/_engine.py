"""What the commands that run an installer have in common: options that are passed on, and how they run."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from dualvariant.cli import _selection
from dualvariant.cli._dashes import split_at_dashes
from dualvariant.cli._json import print_document
from dualvariant.cli._parser import Parser
from dualvariant.core.report import TerminalReporter

__all__ = ["add_options", "main"]


class _PassedOn(argparse.Action):
    """An option of pip's that changes nothing about the choice: kept as it is, for the engine."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Any,
        option_string: str | None = None,
    ) -> None:
        words = [option_string] if values in (None, []) else [option_string, values]
        namespace.passed_on = [*namespace.passed_on, *words]


def add_options(parser: Parser, flags: list[list[str]], valued: list[list[str]]) -> None:
    """Requirements, our selection options, and options that are passed on.

    Args:
        parser: the command's.
        flags: option names without a value, synonyms together.
        valued: option names with one.
    """
    parser.usage = f"{parser.prog} [REQ…] [-r FILE] [options] [-- OPTIONS OF PIP]"
    parser.set_defaults(passed_on=[], json=False, engine=None, folder=None)
    parser.add_argument("requirements", nargs="*", metavar="REQ", help="as pip takes them")
    _selection.add_options(parser)
    group = parser.add_argument_group("passed on to pip; more of its options may follow '--'")
    for names in flags:
        group.add_argument(*names, action=_PassedOn, nargs=0, dest="passed_on")
    for names in valued:
        group.add_argument(*names, action=_PassedOn, dest="passed_on", metavar="X")


def main(command: str, parser: Parser, arguments: list[str], folder_option: str | None = None) -> int:
    """Parse, run the installer, print what is asked for; returns the exit code.

    Args:
        command: the command of pip.
        parser: the command's.
        arguments: the command line.
        folder_option: pip's option for the folder that files are put in.
    """
    ours, theirs = split_at_dashes(arguments)
    args = parser.parse_args(ours)
    known = [word for option, value in args.formats for word in (option, value)]
    known += ["--pre"] if args.pre else []
    if folder_option is not None and args.folder is not None:
        known += [folder_option, args.folder]

    from dualvariant.install.run import run
    from dualvariant.settings.options import InstallOptions

    options = InstallOptions(
        command,
        _selection.read_options(args),
        args.python,
        args.engine,
        args.json,
        None if args.folder is None else Path(args.folder),
        (*known, *args.passed_on),
        tuple(theirs),
    )
    result = run(options, TerminalReporter())
    if result.verdicts is not None:
        print_document(result.verdicts)
    return result.code
