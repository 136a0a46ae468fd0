"""Which pre-releases of a project count (:pep:`440`, "Handling of pre-releases")."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from typing import TypeVar

from packaging.specifiers import SpecifierSet
from packaging.version import Version

__all__ = ["Prereleases", "filter_versions"]

_VersionT = TypeVar("_VersionT", bound="Version | str")


class Prereleases(Enum):
    """Which pre-releases of a project count. The value is what :mod:`packaging` calls ``prereleases``."""

    ALL = True
    NONE = False
    #: Where the specifier admits no final release.
    LAST = None


def filter_versions(
    specifier: SpecifierSet, versions: Iterable[_VersionT], prereleases: Prereleases
) -> list[_VersionT]:
    """The versions that a specifier admits, in the order given."""
    if prereleases is not Prereleases.LAST or not specifier.prereleases:
        return list(specifier.filter(versions, prereleases=prereleases.value))
    versions = list(versions)  # to packaging, a specifier that names a pre-release admits all of them
    return list(specifier.filter(versions, prereleases=False)) or list(specifier.filter(versions, prereleases=True))
