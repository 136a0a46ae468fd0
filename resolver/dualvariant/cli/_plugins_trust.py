"""``dualvariant plugins trust`` and ``distrust``: which distributions' providers may be asked."""

from __future__ import annotations

from dualvariant.cli._parser import Parser
from dualvariant.core.errors import UnknownNameError, did_you_mean
from dualvariant.core.report import TerminalReporter, print_message

__all__ = ["main"]


def main(arguments: list[str], *, trusted: bool) -> int:
    """Record it, with the version and the digest of what is installed."""
    parser = (
        Parser("plugins trust", "Allow the providers of a distribution, in the version that is installed.")
        if trusted
        else Parser("plugins distrust", "Never ask the providers of a distribution, whatever its version.")
    )
    parser.add_argument("name", metavar="NAME", help="the distribution, or one of its providers")
    options = parser.parse_args(arguments)

    from dualvariant.host.detect import find_all_providers
    from dualvariant.host.discovery import OWN_DISTRIBUTION
    from dualvariant.settings.trusted_plugins import (
        TrustRecord,
        TrustStore,
        normalize_distribution,
        read_trusted_plugins,
    )

    wanted = normalize_distribution(options.name)
    entries = find_all_providers()
    found = [entry for entry in entries if normalize_distribution(entry.distribution) == wanted]
    found = found or [entry for entry in entries if normalize_distribution(entry.name) == wanted]
    names = sorted({entry.distribution for entry in found})
    if len(names) != 1 or names[0] == OWN_DISTRIBUTION:
        installed = sorted({entry.distribution for entry in entries} - {OWN_DISTRIBUTION})
        what = "is built in" if names == [OWN_DISTRIBUTION] else f"means {len(names)} distributions with a provider"
        hint = did_you_mean(options.name, installed) or f"there are {', '.join(installed) or 'none'}"
        raise UnknownNameError(f"{options.name!r} {what}", hint)
    entry = found[0]
    TrustStore.read().save(entry.distribution, TrustRecord(trusted, entry.version, entry.fingerprint))
    print_message(
        f"{entry.distribution} {entry.version} is trusted; another version, or other files, will not be"
        if trusted
        else f"{entry.distribution} is distrusted: its providers are not asked"
    )
    if trusted and entry.fingerprint is None:
        TerminalReporter().note("its files have no digests (an editable install), so a change of them is not noticed")
    if not trusted and wanted in read_trusted_plugins(lambda message: None):
        TerminalReporter().note("trusted_plugins in variant.toml names it as well; 'distrust' is stronger")
    return 0
