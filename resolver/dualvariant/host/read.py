"""The host that wheels are chosen for: this one, by its providers, or another one, by a profile file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from dualvariant.core.errors import ProviderFailedError
from dualvariant.core.report import Reporter
from dualvariant.profiles.read import read_profile
from dualvariant.settings.options import ProfileOptions
from variantlib.profile import HostProfile

__all__ = ["Host", "read_host"]


class Host(NamedTuple):
    """The host to choose for.

    Args:
        profile: what it offers.
        providers: the name of every provider there is, also of those that have nothing to say here
            or failed.
        kept_since: when the oldest of the providers' kept answers was given, in seconds since the epoch; None if none
            was kept.
        packages: for each namespace that a trusted plugin of PEP 850 answers, its distribution and that one's version.
        name: what the profile is called, if the user names one; None for this host.
    """

    profile: HostProfile
    providers: Sequence[str]
    kept_since: float | None = None
    packages: Mapping[str, tuple[str, str]] = MappingProxyType({})
    name: str | None = None


def read_host(options: ProfileOptions, reporter: Reporter) -> Host:
    """The host of ``--profile``, else this one.

    Raises:
        UnreadableFileError: the file cannot be read.
        BadDataError: the file is no profile.
        UnknownNameError: there is neither a file nor a machine of that name.
        ProviderFailedError: a provider failed, and ``--strict`` was given.
    """
    if options.profile is not None:
        from dualvariant.host.compare import describe_other_machine

        named = read_profile(options.profile)
        other = describe_other_machine(named.name, named.profile)
        if other is not None:
            reporter.note(other)
        return Host(named.profile, named.profile.names, name=named.name)
    from dualvariant.host.detect import detect

    detection = detect(refresh=options.refresh, foreign_code=options.foreign_code)
    detection.report(reporter)
    if detection.failures and options.strict:
        raise ProviderFailedError(
            "a provider failed, and --strict was given", "'dualvariant plugins list' shows which one, and why"
        )
    return Host(detection.profile, detection.names, detection.kept_since, detection.packages)
