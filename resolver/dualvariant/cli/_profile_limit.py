"""``dualvariant profile limit``: a profile without what is better than a given value."""

from __future__ import annotations

from dualvariant.cli._parser import Parser
from dualvariant.cli._profiles import make_profile_document, print_profile, read_named_profile
from dualvariant.core.errors import UsageError
from variantlib.meta import NAME, VariantMeta

__all__ = ["main"]


def main(arguments: list[str]) -> int:
    """Run the action."""
    parser = Parser("profile limit", "Print a profile without what is above a limit; nothing is ever added.")
    parser.add_argument("profile", metavar="P", help="a file, 'host' or a machine")
    parser.add_argument(
        "--at-most",
        action="append",
        default=[],
        metavar="'PROVIDER :: KEY :: VALUE'",
        help="drop better values; with a level of a CPU, also what CPUs of that level need not have",
    )
    parser.add_argument(
        "--without", action="append", default=[], metavar="'PROVIDER [:: KEY]'", help="drop a provider, or a key"
    )
    parser.add_argument("--name", metavar="N", help="what the result is called")
    args = parser.parse_args(arguments)
    if not args.at_most and not args.without:
        raise UsageError("nothing to limit (neither --at-most nor --without)", "see 'dualvariant profile limit --help'")

    from dualvariant.profiles.algebra import limit, remove

    named = read_named_profile(args.profile)
    profile = named.profile
    for text in args.at_most:
        try:
            highest = VariantMeta.from_str(text)
        except ValueError as error:
            raise UsageError(f"--at-most: {error}", "as in --at-most 'x86_64 :: level :: v3'") from error
        profile = limit(profile, highest)
    for parts in dict.fromkeys(map(_parse_without, args.without)):
        profile = remove(profile, *parts)
    print_profile(make_profile_document(profile, args.name or named.name))
    return 0


def _parse_without(text: str) -> tuple[str, ...]:
    """A provider, or a provider and one of its keys."""
    parts = tuple(part.strip() for part in text.split("::"))
    if len(parts) > 2 or not all(NAME.fullmatch(part) for part in parts):
        raise UsageError(f"--without takes PROVIDER or PROVIDER :: KEY: {text!r}", "as in --without nvidia")
    return parts
