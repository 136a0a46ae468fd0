"""``dualvariant profile diff``: where two profiles differ."""

from __future__ import annotations

from dualvariant.cli._json import print_document
from dualvariant.cli._parser import Parser
from dualvariant.cli._profiles import read_named_profile

__all__ = ["main"]


def main(arguments: list[str]) -> int:
    """Run the action: 0 if the two choose alike, 1 if they differ."""
    parser = Parser("profile diff", "Show where two profiles differ; exit code 1 if they do.")
    parser.add_argument("first", metavar="A", help="a file, 'host' or a machine")
    parser.add_argument("second", metavar="B", help="the same")
    parser.add_argument("--json", action="store_true", help="print JSON")
    args = parser.parse_args(arguments)

    from dualvariant.profiles.algebra import diff

    found = diff(read_named_profile(args.first).profile, read_named_profile(args.second).profile)
    if args.json:
        document = {
            "removed": [str(meta) for meta in found.removed],
            "added": [str(meta) for meta in found.added],
            "reordered": [
                {"what": what, "first": list(first), "second": list(second)} for what, first, second in found.reordered
            ],
        }
        print_document(document)
        return 1 if found else 0
    for sign, properties in (("-", found.removed), ("+", found.added)):
        for meta in properties:
            print(f"{sign} {meta}")
    for what, first, second in found.reordered:
        print(f"~ order of {what}: {', '.join(first)}; in the second: {', '.join(second)}")
    return 1 if found else 0
