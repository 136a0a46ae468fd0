"""The view: what an installer is shown of a project, with one wheel for each release, the one chosen for this host.

It only chooses. :mod:`dualvariant.serve` gives the files URLs and hands them out.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

from attrs import evolve
from packaging.specifiers import SpecifierSet
from packaging.utils import NormalizedName
from packaging.version import Version

from dualvariant.repository.listed_file import ListedFile, find_sha256
from dualvariant.repository.page import File
from dualvariant.repository.sources import ProjectFiles, Sources
from dualvariant.repository.variant_metadata import MetadataReader
from dualvariant.selection.choice import Choice
from dualvariant.selection.project import Judgement, Project, Release, ShownFile
from variantlib.selection import Preferences, TagRanks, select
from variantlib.verdict import Candidate
from variantlib.wheel_name import Dialect

__all__ = ["View"]


class View:
    """Shows each project with one wheel for each release. Threads share it.

    Args:
        sources: where files come from.
        choice: what decides.
        reader: reads variant metadata.
        announce: called with each project that may have variants, once, when it is first asked for.
    """

    def __init__(
        self,
        sources: Sources,
        choice: Choice,
        reader: MetadataReader,
        *,
        announce: Callable[[Project], None] = lambda project: None,
    ) -> None:
        self.sources = sources
        self.choice = choice
        self.reader = reader
        self.announce = announce
        self._tags = TagRanks(choice.tags)
        self._projects: dict[NormalizedName, Project | None] = {}
        self._locks: dict[NormalizedName, threading.Lock] = {}
        self._guard = threading.Lock()

    def project(self, name: NormalizedName) -> Project | None:
        """The project, or None if no source has it. It is made once; other threads that ask for it wait.

        Raises:
            SourceError: a source cannot be read.
        """
        with self._guard:
            lock = self._locks.setdefault(name, threading.Lock())
        with lock:
            if name not in self._projects:
                project = self._make_project(name)
                self._projects[name] = project
                if project is not None and project.plain is None:
                    self.announce(project)
            return self._projects[name]

    @property
    def projects(self) -> Sequence[Project]:
        """Every project that was asked for so far, except those without variants."""
        return [project for project in self._projects.values() if project is not None and project.plain is None]

    def _make_project(self, name: NormalizedName) -> Project | None:
        listed = self.sources.list_files(name)
        if listed is None:
            return None
        preferences = self.choice.preferences(name)
        plain = None if preferences.wanted else listed.plain
        if plain is None and not listed.files:
            return None  # a find-links folder without a file of the project does not make it known
        return Project(
            name,
            lambda: self._read_releases(name, listed, preferences),
            plain,
            lambda: self.reader.prefetch(listed.files, listed.index_metadata),
        )

    def _read_releases(
        self, name: NormalizedName, listed: ProjectFiles, preferences: Preferences
    ) -> tuple[Mapping[Version, Release], Sequence[ShownFile]]:
        by_version: dict[Version, list[ListedFile]] = {}
        unversioned = []
        for file in listed.files:
            if file.version is None:
                unversioned.append(_as_is(file.file))
            else:
                by_version.setdefault(file.version, []).append(file)

        def judge(release: Release) -> Judgement:
            return self._judge(release, listed.index_metadata, preferences)

        def show(release: Release) -> Sequence[ShownFile]:
            return self._show(name, release, preferences)

        versions = sorted(by_version, reverse=True)
        return {version: Release(version, by_version[version], judge, show) for version in versions}, unversioned

    def _judge(
        self, release: Release, index_metadata: Mapping[int, Mapping[str, File]], preferences: Preferences
    ) -> Judgement:
        wheels = [file for file in release.files if file.wheel is not None]
        described = self.reader.describe(wheels, index_metadata)
        candidates = [
            self._exclude_if_unfit(candidate, file.file)
            for candidate, file in zip(described.candidates, wheels, strict=True)
        ]
        verdicts = select(candidates, self.choice.profile, self._tags, preferences)
        return Judgement(verdicts, described.problems, described.unreadable)

    def _exclude_if_unfit(self, candidate: Candidate, file: File) -> Candidate:
        """The candidate, excluded if it cannot be installed whatever its properties are."""
        if candidate.excluded is not None:
            return candidate
        why = self._why_other_python(file)
        if why is None and not self.choice.formats.wheels(candidate.wheel.name):
            why = "--no-binary asks for sources"
        if why is None and not self._has_listed_hash(candidate, file):
            why = "its sha256 is not among those that the requirement lists"
        return candidate if why is None else evolve(candidate, excluded=why)

    def _why_other_python(self, file: File) -> str | None:
        """Why the file is not for the target's Python (PEP 503), or None if it is."""
        if file.requires_python is None or _admits(file.requires_python, self.choice.python):
            return None
        return f"needs Python {file.requires_python}"

    def _has_listed_hash(self, candidate: Candidate, file: File) -> bool:
        """Whether the requirement's hashes admit the file. The installer checks files whose sha256 is unknown here."""
        listed = self.choice.hashes.get(candidate.wheel.name)
        if not listed:
            return True
        sha256 = find_sha256(file)
        return sha256 is None or sha256 in listed

    def _show(self, project: NormalizedName, release: Release, preferences: Preferences) -> list[ShownFile]:
        """The files of one release that an installer is shown.

        Without a chosen variant these are the standard wheels and sdists, as they are. With one, it takes the place of
        every other wheel that the interpreter could take: the installer would compare platform tags, and might prefer
        one of these.
        """
        # A release without variants is shown as it is, so it need not be judged.
        chosen = release.chosen if release.has_variants or preferences.wanted else None
        if chosen is None and preferences.wanted:
            return []
        variant = chosen.wheel if chosen is not None and chosen.wheel.dialect is not Dialect.STANDARD else None
        shown = []
        for listed in release.files:
            wheel = listed.wheel
            if wheel is None:
                if self.choice.formats.sources(project):
                    shown.append(_as_is(listed.file))
            elif variant is not None and wheel == variant:
                shown.append(ShownFile(wheel.standard_filename, listed.file))
            elif wheel.dialect is Dialect.STANDARD and (variant is None or self._tags.rank(Candidate(wheel)) is None):
                shown.append(_as_is(listed.file))
        return shown


def _as_is(file: File) -> ShownFile:
    return ShownFile(file.filename, file)


@lru_cache(maxsize=256)
def _admits(requires_python: str, python: str) -> bool:
    """Whether a ``Requires-Python`` admits a version. Many files of a page share one. An invalid one admits all."""
    try:
        return SpecifierSet(requires_python).contains(python, prereleases=True)
    except ValueError:  # InvalidSpecifier, or a number with more digits than Python reads
        return True
