"""``dualvariant profile intersect``: what all of several machines support."""

from __future__ import annotations

from dualvariant.cli._parser import Parser
from dualvariant.cli._profiles import make_profile_document, print_profile, read_named_profile
from dualvariant.core.report import TerminalReporter

__all__ = ["main"]


def main(arguments: list[str]) -> int:
    """Run the action: print the profile of an environment that runs on every machine."""
    parser = Parser("profile intersect", "Print what all of several machines support, as the document of a profile.")
    parser.add_argument("profiles", nargs="+", metavar="P", help="files, 'host' or machines")
    parser.add_argument("--name", metavar="N", help="what the result is called")
    args = parser.parse_args(arguments)

    from dualvariant.profiles.algebra import intersect

    found = [read_named_profile(word) for word in args.profiles]
    common = intersect([named.profile for named in found])
    names = " + ".join(dict.fromkeys(named.name for named in found))
    if not common.providers:
        TerminalReporter().note("the machines have nothing in common: each of them gets standard wheels")
    print_profile(make_profile_document(common, args.name or names))
    return 0
