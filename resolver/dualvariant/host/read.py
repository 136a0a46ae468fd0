"""The host that wheels are chosen for: this one, by its providers, or another one, by a profile file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from attrs import field, frozen

from dualvariant.core.errors import BadDataError, ProviderFailedError, UnreadableFileError
from dualvariant.core.files import read_named
from dualvariant.core.report import Reporter
from dualvariant.settings.options import ProfileOptions
from variantlib.errors import ProfileError
from variantlib.profile import HostProfile

__all__ = ["Host", "read_host"]


#: The most bytes of a profile that are read; that of a real host has 2,000.
LARGEST_PROFILE = 4 << 20


@frozen
class Host:
    """The host to choose for.

    Args:
        profile: what it offers.
        providers: the name of every provider there is, also of those that have nothing to say here
            or failed.
        kept_since: when the oldest of the providers' kept answers was given, in seconds since the epoch; None if none
            was kept.
        packages: for each namespace that a trusted plugin of PEP 850 answers, its distribution and that one's version.
    """

    profile: HostProfile
    providers: Sequence[str]
    kept_since: float | None = None
    packages: Mapping[str, tuple[str, str]] = field(factory=dict)


def read_host(options: ProfileOptions, reporter: Reporter) -> Host:
    """The host of ``--profile``, else this one.

    Raises:
        UnreadableFileError: the file cannot be read.
        BadDataError: the file is no profile.
        ProviderFailedError: a provider failed, and ``--strict`` was given.
    """
    if options.profile is not None:
        try:
            profile = HostProfile.from_json(read_named(options.profile, LARGEST_PROFILE))
            return Host(profile, profile.names)
        except OSError as error:
            raise UnreadableFileError(
                f"the profile cannot be read ({error.strerror}): {str(options.profile)!r}",
                "'dualvariant host --json' prints the profile of this host",
            ) from error
        except ProfileError as error:
            raise BadDataError(
                f"not a profile ({error}): {str(options.profile)!r}",
                "'dualvariant host --json' prints the profile of this host",
            ) from error
    from dualvariant.host.detect import detect

    detection = detect(refresh=options.refresh, foreign_code=options.foreign_code)
    detection.report(reporter)
    if detection.failures and options.strict:
        raise ProviderFailedError(
            "a provider failed, and --strict was given", "'dualvariant plugins list' shows which one, and why"
        )
    return Host(detection.profile, detection.names, detection.kept_since, detection.packages)
