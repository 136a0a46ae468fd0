"""``dualvariant profile check``: whether files are valid profiles."""

from __future__ import annotations

from pathlib import Path

from dualvariant.cli._json import print_document
from dualvariant.cli._parser import Parser
from dualvariant.core.errors import BadDataError
from dualvariant.core.printable import printable_line

__all__ = ["main"]


def main(arguments: list[str]) -> int:
    """Run the action: 0 if every file is a valid profile, 5 if one is not."""
    parser = Parser("profile check", "Check files: every problem with its path in the document, and what is doubtful.")
    parser.add_argument("files", nargs="+", type=Path, metavar="F", help="files")
    parser.add_argument("--json", action="store_true", help="print JSON")
    args = parser.parse_args(arguments)

    from dualvariant.profiles.check import check_profile

    reports = [check_profile(path) for path in args.files]
    if args.json:
        print_document([report.to_dict() for report in reports])
    else:
        for report in reports:
            for line in report.describe():
                print(printable_line(line))
    return 0 if all(report.is_valid for report in reports) else BadDataError.exit_code
