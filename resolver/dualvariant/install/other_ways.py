"""What an installer can meet a request with, besides the files that the sources list.

Such a request is the installer's to judge, whatever the sources have. In doubt it is, too: nothing may fail here that
plain pip would install.
"""

from __future__ import annotations

import os
from collections.abc import Container, Sequence
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import frozen
from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name

from dualvariant.requirements.direct import may_be_direct
from dualvariant.requirements.release_rules import has_arbitrary_equality
from dualvariant.target.installed import list_names, read_distribution
from variantlib.versions import try_version

if TYPE_CHECKING:
    from dualvariant.requirements.request import Request

__all__ = ["OtherWays"]


@frozen(slots=False)
class OtherWays:
    """Installed distributions, and links and files that are asked for.

    Args:
        folders: where an installed distribution satisfies a requirement; none if they do not count.
        direct: the projects of links and files (:func:`dualvariant.requirements.direct.find_direct`).
    """

    folders: Sequence[Path]
    direct: Container[NormalizedName | None]

    def may_meet(self, request: Request) -> bool:
        """Whether the installer may meet a request without the files that the sources list."""
        if request.requirement is None or request.project is None:
            return True
        if may_be_direct(request.project, self.direct):
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
        if version is None or has_arbitrary_equality(requirement.specifier):
            return True  # pip compares the text, uv the version
        try:
            return found.name == canonicalize_name(requirement.name) and requirement.specifier.contains(
                version, prereleases=True
            )
        except ValueError:  # the specifier has a number with more digits than Python reads
            return True
