"""The view: what an installer is shown of a project, with one wheel for each release, the one chosen for this host.

It only chooses. :mod:`dualvariant.serve` gives the files URLs and hands them out.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from attrs import evolve
from packaging.utils import NormalizedName
from packaging.version import Version

from dualvariant.core.errors import DualvariantError
from dualvariant.network.concurrency import map_parallel
from dualvariant.network.transport import KEPT_CONNECTIONS
from dualvariant.repository.listed_file import ListedFile
from dualvariant.repository.page import File
from dualvariant.repository.sources import ProjectFiles, Sources
from dualvariant.repository.variant_metadata import MetadataReader
from dualvariant.selection.admission import Admission
from dualvariant.selection.choice import Choice
from dualvariant.selection.project import ConsideredFile, Judgement, Project, Release, ShownFile
from variantlib.selection import TagRanks, select
from variantlib.verdict import Candidate, Outcome
from variantlib.wheel_name import Dialect, WheelName

__all__ = ["View"]


class View:
    """Shows each project with one wheel for each release. Threads share it.

    Args:
        sources: where files come from.
        choice: what decides.
        reader: reads variant metadata.
        announce: called with each project that may have variants, once, when it is first asked for.
        warn: gets a message for each wheel that is passed over when an installer asks for a page.
    """

    def __init__(
        self,
        sources: Sources,
        choice: Choice,
        reader: MetadataReader,
        *,
        announce: Callable[[Project], None] = lambda project: None,
        warn: Callable[[str], None] = lambda message: None,
    ) -> None:
        self.sources = sources
        self.choice = choice
        self.reader = reader
        self.announce = announce
        self.warn = warn
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

    def prefetch(self, names: Iterable[NormalizedName | None]) -> Mapping[NormalizedName | None, DualvariantError]:
        """Make several projects at once: their pages are on their way together.

        Args:
            names: the projects; None is passed over.

        Returns:
            Why a project cannot be made, for each where that is so.
        """
        failures: dict[NormalizedName | None, DualvariantError] = {}

        def make(name: NormalizedName) -> None:
            try:
                self.project(name)
            except DualvariantError as error:
                failures[name] = error

        map_parallel(make, [name for name in dict.fromkeys(names) if name is not None], KEPT_CONNECTIONS)
        return failures

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
            lambda: self.reader.prefetch(listed.files, listed.index_metadata, preferences.wanted),
        )

    def _read_releases(
        self, name: NormalizedName, listed: ProjectFiles
    ) -> tuple[Mapping[Version, Release], Sequence[ShownFile]]:
        admission = Admission(self.choice, name, self._tags)
        by_version: dict[Version, list[ListedFile]] = {}
        unversioned = []
        for file in listed.files:
            if file.version is None:
                unversioned.append(_as_is(admission.show(file)))
            else:
                by_version.setdefault(file.version, []).append(file)

        def judge(release: Release) -> Judgement:
            return self._judge(release, admission, listed)

        def show(release: Release) -> Sequence[ShownFile]:
            return [shown for shown, _ in self._show(release, admission)]

        def consider(release: Release) -> Sequence[ConsideredFile]:
            return list(self._consider(release, admission))

        return {
            version: Release(version, by_version[version], judge, show, consider)
            for version in sorted(by_version, reverse=True)
        }, unversioned

    def refuse(self, project: Project, wheel: ListedFile, why: str, variant: WheelName | None = None) -> Project:
        """The project after another choice for one release, without one of its wheels.

        Args:
            project: the project.
            wheel: the wheel that turned out to be unusable.
            why: the reason, for its verdict.
            variant: what the wheel really is, if its name says standard wheel and it is none; it is not shown then.
        """
        assert wheel.version is not None
        release = project.releases[wheel.version]
        refused = evolve(wheel, wheel=variant or wheel.wheel, excluded=why)
        files = [refused if listed is wheel else listed for listed in release.files]
        changed = project.with_release(release.with_files(files), plain=variant is None)
        with self._guard:
            self._projects[project.name] = changed
        return changed

    def _judge(self, release: Release, admission: Admission, files: ProjectFiles) -> Judgement:
        wheels = [file for file in release.files if file.wheel is not None]
        preferences = self.choice.preferences(admission.project)
        described = self.reader.describe(wheels, files.index_metadata, preferences.wanted)
        judged = list(zip(admission.judge(described.candidates, release.files), wheels, strict=True))
        if files.first_counts:
            judged.reverse()
        # Of several copies of a file name, the last one here that passes every filter counts.
        counted: dict[str, tuple[Candidate, ListedFile]] = {}
        for candidate, listed in judged:
            before = counted.get(candidate.wheel.filename)
            if before is None or candidate.excluded is None or before[0].excluded is not None:
                counted[candidate.wheel.filename] = (candidate, listed)
        candidates = self._in_order(counted, first_counts=files.first_counts)
        return Judgement(
            select(candidates, self.choice.profile, self._tags, preferences, self.choice.label_rules),
            {name: listed for name, (_, listed) in counted.items()},
            described.problems,
            described.unreadable,
        )

    def _in_order(self, counted: Mapping[str, tuple[Candidate, ListedFile]], *, first_counts: bool) -> list[Candidate]:
        """The candidates as they are listed; of standard wheels that do not differ, the one that counts comes first."""
        candidates = [candidate for candidate, _ in counted.values()]
        if first_counts:
            return candidates[::-1]
        fitting = [
            position
            for position, candidate in enumerate(candidates)
            if candidate.wheel.dialect is Dialect.STANDARD and self._tags.rank(candidate) is not None
        ]
        standard = [candidates[position] for position in fitting]
        for position, candidate in zip(fitting, reversed(standard), strict=True):
            candidates[position] = candidate
        return candidates

    def _show(self, release: Release, admission: Admission) -> Iterator[tuple[ShownFile, ListedFile]]:
        """The files of one release that an installer is shown.

        Without a chosen variant these are the standard wheels and sdists, as they are. With one, it takes the place of
        every other wheel that the interpreter could take: the installer would compare platform tags, and might prefer
        one of these.
        """
        wanted = self.choice.preferences(admission.project).wanted
        # A release without variants is shown as it is, so it need not be judged.
        chosen = release.chosen if release.has_variants or wanted else None
        if chosen is None and wanted:
            return
        variant = None
        if chosen is not None and chosen.wheel.dialect is not Dialect.STANDARD:
            variant = release.find_copy(chosen)
        for listed in release.files:
            wheel = listed.wheel
            if wheel is None:
                if admission.sources:
                    yield _as_is(admission.show(listed)), listed
            elif listed is variant:
                hides = admission.hides_digests(release.files)
                yield ShownFile(wheel.standard_filename, admission.show(listed), hides_digests=hides), listed
            elif wheel.dialect is Dialect.STANDARD and (variant is None or self._tags.rank(Candidate(wheel)) is None):
                yield _as_is(admission.show(listed)), listed

    def _consider(self, release: Release, admission: Admission) -> Iterator[ConsideredFile]:
        """The shown files that an installer considers here."""
        fitting = {v.candidate.wheel.filename for v in release.verdicts if v.outcome is not Outcome.REJECTED}
        for shown, listed in self._show(release, admission):
            if listed.wheel is None:
                if admission.why_not_considered(listed) is None:
                    fits = admission.why_not(listed) is None
                    yield ConsideredFile(shown, fits=fits, claimed=not fits and not admission.reads(listed.file))
            elif self._tags.rank(Candidate(listed.wheel)) is None or listed.excluded is not None:
                continue
            elif admission.why_not(listed) is None:
                if listed.wheel.filename in fitting:
                    yield ConsideredFile(shown, fits=True)
            elif admission.why_not_considered(listed) is None:
                yield ConsideredFile(shown, fits=False, claimed=not admission.reads(listed.file))


def _as_is(file: File) -> ShownFile:
    return ShownFile(file.filename, file)
