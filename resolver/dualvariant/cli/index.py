"""``dualvariant index``: the static index of a folder of wheels."""

from __future__ import annotations

from pathlib import Path

from dualvariant.cli._parser import Parser
from dualvariant.core.errors import BadDataError
from dualvariant.core.report import TerminalReporter

__all__ = ["main"]


class IncompleteIndexError(BadDataError):
    """Files had to be left out of the index."""

    code = "incomplete-index"


def main(arguments: list[str]) -> int:
    """Write the index; exit 5 if something had to be left out of it."""
    parser = Parser("index", "Write the static index of the wheels and sdists in a folder.")
    parser.add_argument(
        "directory",
        metavar="DIR",
        type=Path,
        help="the folder; the wheels stay where they are, the pages are written to DIR/simple",
    )
    parser.add_argument(
        "--check-all",
        action="store_true",
        help="read every file again, even if it has not changed since the last run",
    )
    options = parser.parse_args(arguments)

    from dualvariant.static_index import write_index

    summary = write_index(options.directory, TerminalReporter(), reread=options.check_all)
    counts = [
        _count(summary.projects, "project"),
        _count(summary.wheels, "wheel"),
        f"{_count(summary.variants, 'variant')} among them",
    ]
    if summary.sdists:
        counts.append(_count(summary.sdists, "sdist"))
    print(f"{', '.join(counts)}: {options.directory / 'simple'}")
    if summary.problems:
        raise IncompleteIndexError(
            f"{_count(summary.problems, 'problem')} in {str(options.directory)!r}; the other files are indexed",
            "the warnings name the files: remove or rebuild them, and run the command again",
        )
    return 0


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
