"""What the commands that run an installer have in common: options that are passed on, and how they run."""

from __future__ import annotations

from pathlib import Path

from dualvariant.cli import _selection
from dualvariant.cli._dashes import split_at_dashes
from dualvariant.cli._json import print_document
from dualvariant.cli._pip_options import PipParser, add_pip_options
from dualvariant.core.report import TerminalReporter

__all__ = ["add_options", "main"]


def add_options(parser: PipParser) -> None:
    """Requirements, our selection options, and all options of pip's command; what the command has already stays."""
    parser.usage = f"{parser.prog} [REQ…] [-r FILE] [options] [-- OPTIONS OF PIP]"
    parser.set_defaults(passed_on=[], json=False, engine=None, folder=None, verify=None, retry_failed=False)
    parser.add_argument("requirements", nargs="*", metavar="REQ", help="as pip takes them")
    _selection.add_options(parser)
    add_pip_options(parser)


def main(command: str, parser: PipParser, arguments: list[str], folder_option: str | None = None) -> int:
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
    # On its command line, an installer that does not know one of these says so.
    known += [f"--{key}" for key in ("prefer-binary", "ignore-requires-python") if key in args.network]
    if "uploaded-prior-to" in args.network:
        known += ["--uploaded-prior-to", args.network["uploaded-prior-to"]]
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
        True if args.retry_failed and args.verify is None else args.verify,
    )
    result = run(options, TerminalReporter())
    if result.verdicts is not None:
        print_document(result.verdicts)
    return result.code
