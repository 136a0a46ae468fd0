"""Why there is no wheel to choose: nothing that fits, or data that cannot be used."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from dualvariant.core.errors import BadDataError, NothingFitsError, UsageError

if TYPE_CHECKING:
    from packaging.version import Version

    from dualvariant.selection.project import Release

__all__ = [
    "DamagedWheelError",
    "DoesNotFitError",
    "NoAdmittedReleaseError",
    "NoSuchProjectError",
    "UnusableVariantsError",
    "UnusableWheelError",
    "VariantNotFoundError",
]


class NoSuchProjectError(NothingFitsError):
    """No source has the project."""

    code = "no-such-project"

    @classmethod
    def of(cls, name: str) -> NoSuchProjectError:
        """The error about the project of a requirement."""
        return cls(
            f"no source has the project: {name!r}", "check the name; --index-url and --find-links name other sources"
        )


class NoAdmittedReleaseError(NothingFitsError):
    """The project exists, and the requirement admits none of its releases."""

    code = "no-admitted-release"

    @classmethod
    def of(cls, requirement: str, releases: Mapping[Version, Release]) -> NoAdmittedReleaseError:
        """The error about a requirement, with the releases that there are."""
        there = ", ".join(f"{each} (yanked)" if releases[each].is_yanked else str(each) for each in releases)
        hint = "--pre admits pre-releases; another specifier admits other releases"
        if "(yanked)" in there:
            hint += ", and '==' with its version a yanked one"
        return cls(f"no release is admitted by {requirement!r} (there are: {there or 'none'})", hint)


class VariantNotFoundError(NothingFitsError):
    """No release that the requirement admits has the variant that is asked for."""

    code = "variant-not-found"


class DoesNotFitError(NothingFitsError):
    """The variant that is asked for, or the wheel that is named, exists and does not fit this host."""

    code = "does-not-fit"


class DamagedWheelError(UsageError):
    """A wheel that is named by its path is damaged; the exit code is that of pip, which would print a traceback."""

    code = "damaged-wheel"


class UnusableVariantsError(BadDataError):
    """The index metadata of a release's variants is damaged or contradicts the page."""

    code = "unusable-variants"


class UnusableWheelError(BadDataError):
    """A variant wheel is damaged, or its METADATA contradicts its name or the index."""

    code = "unusable-wheel"
