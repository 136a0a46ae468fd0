"""``dualvariant refit``: exchange what is installed, by whatever installed it, for the best variants."""

from __future__ import annotations

import argparse

from dualvariant.cli import _selection
from dualvariant.cli._json import print_document
from dualvariant.cli._parser import Parser
from dualvariant.core.errors import ConflictingOptionsError
from dualvariant.core.report import TerminalReporter
from dualvariant.settings.engine import ENGINES

__all__ = ["main"]


def main(arguments: list[str]) -> int:
    """Run the command; returns the exit code of the outcome."""
    parser = Parser(
        "refit", "Exchange what is installed for the best variants of the same versions, whatever installed it."
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="the projects to exchange (default: all)")
    _selection.add_choice_options(parser)
    parser.add_argument("--engine", choices=ENGINES, help="the installer that fetches and unpacks (default: pip)")
    parser.add_argument("--system", action="store_true", help="also outside of a virtual environment")
    parser.add_argument("--undo", action="store_true", help="bring back the wheels that were there first")
    parser.add_argument(
        "--verify",
        action="store_true",
        help="import what was exchanged; what does not run gives way to the next best wheel",
    )
    parser.add_argument("--dry-run", action="store_true", help="only show what would be done")
    parser.add_argument("--json", action="store_true", help="print JSON")
    args: argparse.Namespace = parser.parse_args(arguments)

    selection = _selection.read_options(args)
    if args.undo and (selection.variants or selection.no_variant):
        raise ConflictingOptionsError(
            "--undo brings back the wheels that were there first, and --variant or --no-variant names others",
            "leave one of them out",
        )

    from dualvariant.refit.announcements import announce
    from dualvariant.refit.options import RefitOptions
    from dualvariant.refit.run import refit

    options = RefitOptions(
        selection,
        tuple(args.names),
        args.python,
        args.engine,
        args.dry_run,
        args.undo,
        args.system,
        args.verify,
    )
    reporter = TerminalReporter()
    outcome = refit(options, reporter)
    announce(outcome, reporter)
    if args.json:
        print_document(outcome.to_dict())
    return outcome.code
