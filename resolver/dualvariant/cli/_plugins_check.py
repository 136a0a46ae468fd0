"""``dualvariant plugins check``: run providers, and show every point of the contract."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dualvariant.cli._json import print_document
from dualvariant.cli._parser import Parser
from dualvariant.cli._table import describe_values
from dualvariant.core.printable import printable_line
from dualvariant.core.report import TerminalReporter

if TYPE_CHECKING:
    from dualvariant.authoring.check import ProviderCheck

__all__ = ["main"]

_MARKS = {"ok": "ok    ", "note": "note  ", "failed": "FAILED"}


def main(arguments: list[str]) -> int:
    """Check the providers: 0 if all keep the contract, 1 if one does not."""
    parser = Parser("plugins check", "Run a provider, and check every point of the contract.")
    parser.add_argument(
        "subject",
        nargs="?",
        metavar="NAME|PATH",
        help="an installed provider, a folder with a pyproject.toml, or a program; all installed ones",
    )
    parser.add_argument("--json", action="store_true", help="print a list of objects")
    options = parser.parse_args(arguments)

    from dualvariant.authoring.check import check_provider
    from dualvariant.authoring.subjects import find_subjects
    from dualvariant.host.discovery import find_misnamed_groups, installed_distributions

    checks = [check_provider(subject) for subject in find_subjects(options.subject)]
    if options.json:
        print_document([check.to_dict() for check in checks])
    else:
        print("\n\n".join("\n".join(map(printable_line, _describe(check))) for check in checks))
    for problem in find_misnamed_groups(installed_distributions()):
        TerminalReporter().warn(problem)
    return 0 if all(check.passed for check in checks) else 1


def _describe(check: ProviderCheck) -> list[str]:
    entry = check.subject.entry
    lines = [f"{entry.name}: {entry}"]
    lines += [f"  {line}" for line in describe_values(check.values or {})]
    width = max(len(point.name) for point in check.points)
    lines += [f"  {_MARKS[p.state]}  {p.name:<{width}}  {p.words}" for p in check.points]
    for title, text in (("traceback", check.traceback), ("output", check.output)):
        if text:
            lines += [f"  {title}:", *(f"    {line}" for line in text.splitlines()[:60])]
    return lines
