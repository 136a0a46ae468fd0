"""A project after the choice: its releases, the verdict on each wheel, and the files that an installer is shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from attrs import frozen
from packaging.utils import NormalizedName
from packaging.version import Version

from dualvariant.repository.listed_file import ListedFile
from dualvariant.repository.page import File
from variantlib.verdict import Candidate, Outcome, Verdict
from variantlib.wheel_name import Dialect

__all__ = ["Project", "Release", "ShownFile"]


@frozen
class ShownFile:
    """A file on the page that an installer sees.

    Args:
        filename: the name under which the installer sees it: a chosen variant has its standard name.
        file: the file, as its source lists it.
    """

    filename: str
    file: File

    @property
    def is_renamed(self) -> bool:
        """Whether it is a chosen variant, which the installer sees under another name than its source lists."""
        return self.filename != self.file.filename


@frozen
class Release:
    """One release of a project: its verdicts, and what an installer is shown of it.

    Args:
        version: the release.
        verdicts: one for each wheel, in preference order.
        shown: the files on the page.
        problems: what is wrong with the index's metadata of its variants.
        unreadable: why each of its wheels that could not be read is excluded.
        files: what the sources list.
    """

    version: Version
    verdicts: Sequence[Verdict]
    shown: Sequence[ShownFile]
    problems: Sequence[str]
    unreadable: Sequence[str]
    files: Sequence[ListedFile]

    @property
    def has_variants(self) -> bool:
        """Whether any of its wheels is a variant."""
        return any(v.candidate.wheel.dialect is not Dialect.STANDARD for v in self.verdicts)

    @property
    def chosen(self) -> Candidate | None:
        """The wheel that is chosen for this host, if any fits."""
        for verdict in self.verdicts:
            if verdict.outcome is Outcome.CHOSEN:
                return verdict.candidate
        return None

    @property
    def installable(self) -> bool:
        """Whether an installer finds something to install: a wheel that fits, or an sdist."""
        return self.chosen is not None or any(not shown.filename.endswith(".whl") for shown in self.shown)


@frozen
class Project:
    """A project as the view shows it.

    Args:
        name: the project.
        releases: newest first.
        unversioned: files whose names have no version that can be parsed.
    """

    name: NormalizedName
    releases: Mapping[Version, Release]
    unversioned: Sequence[ShownFile]

    @property
    def shown(self) -> Sequence[ShownFile]:
        """The whole page: the files of each release, newest first, then those without a version."""
        return [*(file for release in self.releases.values() for file in release.shown), *self.unversioned]
