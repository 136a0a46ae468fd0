"""``dualvariant profile show``: what a machine supports."""

from __future__ import annotations

import os

from dualvariant.cli._json import print_document
from dualvariant.cli._parser import Parser
from dualvariant.cli._profiles import (
    THIS_HOST,
    make_profile_document,
    make_profile_table,
    print_profile,
    read_named_profile,
)
from dualvariant.core.printable import printable_line

__all__ = ["main"]


def main(arguments: list[str]) -> int:
    """Run the action."""
    parser = Parser("profile show", "Show what a machine supports, or the names of the machines in the catalogue.")
    parser.add_argument(
        "profile", nargs="?", metavar="P", help="a file, 'host' or a machine (default: $DUALVARIANT_PROFILE, else host)"
    )
    parser.add_argument("--names", action="store_true", help="list the machines in the catalogue")
    parser.add_argument("--json", action="store_true", help="print the document that --profile takes")
    args = parser.parse_args(arguments)
    if args.names:
        from dualvariant.profiles.catalogue import list_machines

        names = list_machines()
        if args.json:
            print_document(names)
        else:
            print("\n".join(names))
        return 0
    from dualvariant.profiles.read import PROFILE_VARIABLE

    named = read_named_profile(os.environ.get(PROFILE_VARIABLE) or THIS_HOST if args.profile is None else args.profile)
    if args.json:
        print_profile(make_profile_document(named.profile, named.name))
        return 0
    print(printable_line(f"{named.name}  {named.profile.digest}"))
    if named.profile.providers:
        print(make_profile_table(named.profile))
    return 0
