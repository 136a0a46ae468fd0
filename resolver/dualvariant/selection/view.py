"""The view: what an installer is shown of a project, with one wheel for each release, the one chosen for this host.

It only chooses. :mod:`dualvariant.serve` gives the files URLs and hands them out.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence

from attrs import evolve
from packaging.utils import NormalizedName
from packaging.version import Version

from dualvariant.repository.listed_file import ListedFile
from dualvariant.repository.page import File
from dualvariant.repository.sources import ProjectFiles, Sources
from dualvariant.repository.variant_metadata import MetadataReader
from dualvariant.selection.admission import Admission
from dualvariant.selection.choice import Choice
from dualvariant.selection.project import Judgement, Project, Release, ShownFile
from variantlib.selection import Preferences, TagRanks, select
from variantlib.verdict import Candidate, Outcome, Verdict
from variantlib.wheel_name import Dialect, WheelName

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
            lambda: self._read_releases(name, listed),
            plain,
            lambda: self.reader.prefetch(listed.files, listed.index_metadata),
        )

    def _read_releases(
        self, name: NormalizedName, listed: ProjectFiles
    ) -> tuple[Mapping[Version, Release], Sequence[ShownFile]]:
        by_version: dict[Version, list[ListedFile]] = {}
        unversioned = []
        for file in listed.files:
            if file.version is None:
                unversioned.append(_as_is(file.file))
            else:
                by_version.setdefault(file.version, []).append(file)
        admission = Admission(self.choice, name, self._tags)
        preferences = self.choice.preferences(name)

        def judge(release: Release) -> Judgement:
            wheels = [file for file in release.files if file.wheel is not None]
            described = self.reader.describe(wheels, listed.index_metadata)
            candidates = admission.judge(described.candidates, release.files)
            return Judgement(self._select(name, candidates), described.problems, described.unreadable)

        def show(release: Release) -> Sequence[ShownFile]:
            return list(self._show(admission, release, preferences))

        versions = sorted(by_version, reverse=True)
        return {version: Release(version, by_version[version], judge, show) for version in versions}, unversioned

    def _select(self, name: NormalizedName, candidates: Sequence[Candidate]) -> Sequence[Verdict]:
        return select(candidates, self.choice.profile, self._tags, self.choice.preferences(name))

    def refuse(
        self, name: NormalizedName, version: Version, wheel: WheelName, why: str, variant: WheelName | None = None
    ) -> Project:
        """The project after another choice for one release, without one of its wheels.

        Args:
            name: a project that was asked for before.
            version: one of its releases.
            wheel: the wheel that turned out to be unusable.
            why: the reason, for its verdict.
            variant: what the wheel really is, if its name says standard wheel and it is none; it is not shown then.
        """
        with self._locks[name]:
            project = self._projects[name]
            assert project is not None
            release = project.releases[version]
            candidates = [
                evolve(verdict.candidate, wheel=variant or wheel, excluded=why)
                if verdict.candidate.wheel == wheel
                else verdict.candidate
                for verdict in release.verdicts
            ]
            files = [
                evolve(listed, wheel=variant, excluded=why) if variant is not None and listed.wheel == wheel else listed
                for listed in release.files
            ]
            judgement = Judgement(self._select(name, candidates), release.problems, release.unreadable)
            project = project.with_release(release.with_judgement(judgement, files))
            self._projects[name] = project
            return project

    def _show(self, admission: Admission, release: Release, preferences: Preferences) -> Iterator[ShownFile]:
        """The files of one release that an installer is shown.

        Without a chosen variant these are the standard wheels and sdists, as they are. With one, it takes the place of
        every other wheel that the interpreter could take: the installer would compare platform tags, and might prefer
        one of these.
        """
        # A release without variants is shown as it is, so it need not be judged.
        judged = release.has_variants or bool(preferences.wanted)
        chosen = release.chosen if judged else None
        if chosen is None and preferences.wanted:
            return
        variant = chosen.wheel if chosen is not None and chosen.wheel.dialect is not Dialect.STANDARD else None
        rejected = (
            {v.candidate.wheel.filename for v in release.verdicts if v.outcome is Outcome.REJECTED} if judged else ()
        )
        for listed in release.files:
            wheel, file = listed.wheel, admission.show(listed)
            if wheel is None:
                if admission.sources:
                    yield ShownFile(
                        file.filename,
                        file,
                        considered=admission.why_not_considered(listed) is None,
                        fits=admission.why_not(listed) is None,
                    )
            elif variant is not None and wheel == variant:
                yield ShownFile(wheel.standard_filename, file, considered=True, fits=True)
            elif wheel.dialect is Dialect.STANDARD:
                rank = self._tags.rank(Candidate(wheel))
                admitted = rank is not None and admission.why_not(listed) is None
                fits = admitted and wheel.filename not in rejected
                refused = rank is None or admitted  # for a reason that is not its hash
                considered = fits or (not refused and admission.why_not_considered(listed) is None)
                if variant is None or rank is None:
                    yield ShownFile(file.filename, file, considered=considered, fits=fits)


def _as_is(file: File) -> ShownFile:
    return ShownFile(file.filename, file)
