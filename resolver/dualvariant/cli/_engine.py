"""What the commands that run an installer have in common: options of pip that are passed on, and how to be ended."""

from __future__ import annotations

import argparse
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from dualvariant.cli import _selection
from dualvariant.cli._parser import Parser
from dualvariant.core.report import TerminalReporter

__all__ = ["PassedOn", "add_options", "main"]


class PassedOn(argparse.Action):
    """An option of pip's that changes nothing about the choice: kept as it stands, for the engine."""

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
    parser.set_defaults(passed_on=[], json=False)
    parser.add_argument("requirements", nargs="*", metavar="REQ", help="as pip takes them")
    _selection.add_options(parser)
    group = parser.add_argument_group("passed on to pip; more of its options may stand after '--'")
    for names in flags:
        group.add_argument(*names, action=PassedOn, nargs=0, dest="passed_on")
    for names in valued:
        group.add_argument(*names, action=PassedOn, dest="passed_on", metavar="X")


def main(command: str, parser: Parser, arguments: list[str]) -> int:
    """Parse, run the session, return its exit code."""
    ours, theirs = arguments, []
    if "--" in arguments:
        position = arguments.index("--")
        ours, theirs = arguments[:position], arguments[position + 1 :]
    args = parser.parse_args(ours)
    known = [word for option, value in args.formats for word in (option, value)]
    known += ["--pre"] if args.pre else []

    from dualvariant.engines.options import EngineOptions
    from dualvariant.install.run import run

    if getattr(args, "folder", None) is not None:
        known += ["--dest" if command == "download" else "--wheel-dir", args.folder]
    options = EngineOptions.of([*known, *args.passed_on], theirs)
    with _terminated_as_interrupted():
        return run(command, args, options, TerminalReporter())


@contextmanager
def _terminated_as_interrupted() -> Iterator[None]:
    """SIGTERM ends us as Ctrl-C does, so that nothing is left behind."""

    def interrupt(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
