"""What an installer can meet a request with, besides the files that the sources list.

Such a request is the installer's to judge, whatever the sources have. In doubt it is, too: nothing may fail here that
plain pip would install.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import frozen
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import InvalidWheelFilename, NormalizedName, canonicalize_name, parse_wheel_filename

from dualvariant.target.installed import list_names, read_distribution
from variantlib.errors import WheelNameError
from variantlib.versions import try_version
from variantlib.wheel_name import parse_wheel_name

if TYPE_CHECKING:
    from dualvariant.requirements.request import Request

__all__ = ["OtherWays", "find_direct_names"]

_EGG = re.compile(r"[#&]egg=([A-Za-z0-9._-]+)")


@frozen(slots=False)
class OtherWays:
    """Installed distributions, and links and files that are asked for.

    Args:
        folders: where an installed distribution satisfies a requirement; none if they do not count.
        direct: the projects of links and files, in requirements and constraints; None stands for one that only the
            installer can name.
    """

    folders: Sequence[Path]
    direct: frozenset[NormalizedName | None]

    def may_meet(self, request: Request) -> bool:
        """Whether the installer may meet a request without the files that the sources list."""
        if request.requirement is None or request.project is None:
            return True
        if None in self.direct or request.project in self.direct:
            return True
        return any(self._may_satisfy(request.requirement, entry) for entry in self._entries.get(request.project, ()))

    @cached_property
    def _entries(self) -> dict[NormalizedName, list[Path]]:
        """What is installed in the folders, by each name that it may have."""
        found: dict[NormalizedName, list[Path]] = {}
        for folder in self.folders:
            with suppress(OSError):
                for name in os.listdir(folder):  # noqa: PTH208  # a path for each of some thousand files takes longer
                    stem, _, kind = name.rpartition(".")
                    if kind in ("dist-info", "egg-info", "egg-link", "egg"):
                        for project in list_names(stem):
                            found.setdefault(project, []).append(folder / name)
        return found

    @staticmethod
    def _may_satisfy(requirement: Requirement, entry: Path) -> bool:
        """Whether what is installed is of an admitted version; the installer knows more of other kinds."""
        found = read_distribution(entry / "METADATA") if entry.suffix == ".dist-info" else None
        if found is None:
            return True
        version = try_version(found.version)
        if version is None:
            return True
        try:
            return found.name == canonicalize_name(requirement.name) and requirement.specifier.contains(
                version, prereleases=True
            )
        except ValueError:  # the specifier has a number with more digits than Python reads
            return True


def find_direct_names(places: Iterable[str]) -> frozenset[NormalizedName | None]:
    """The projects that links and paths are of; None for each that only the installer can name.

    Args:
        places: ``NAME @ URL``, a URL, or a path, with extras, fragment and marker behind it.
    """
    return frozenset(map(_find_name, places))


def _find_name(place: str) -> NormalizedName | None:
    if " @ " in place or "@" in place.partition(":")[0]:
        with suppress(InvalidRequirement):
            return canonicalize_name(Requirement(place).name)
    egg = _EGG.search(place)
    if egg is not None:
        return canonicalize_name(egg[1])
    filename = place.partition(";")[0].strip().partition("#")[0].partition("?")[0].rpartition("/")[2].partition("[")[0]
    if not filename.endswith(".whl"):
        return None
    with suppress(WheelNameError):
        return parse_wheel_name(filename).name
    with suppress(InvalidWheelFilename):
        return parse_wheel_filename(filename)[0]
    return None
