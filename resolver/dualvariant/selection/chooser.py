"""Chooses one wheel for each release of a project, and says which files of the release an installer is shown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from packaging.utils import NormalizedName
from packaging.version import Version

from dualvariant.repository.listed_file import ListedFile, find_sha256
from dualvariant.repository.page import File
from dualvariant.repository.sources import ProjectFiles
from dualvariant.repository.variant_metadata import MetadataReader
from dualvariant.selection.admission import Admission
from dualvariant.selection.choice import Choice
from dualvariant.selection.project import ConsideredFile, Judgement, Release, ShownFile
from variantlib.preferences import Preferences
from variantlib.selection import TagRanks, select
from variantlib.verdict import Candidate, Outcome
from variantlib.wheel_name import Dialect

__all__ = ["Chooser"]


class Chooser:
    """Chooses for one project.

    Args:
        name: the project.
        choice: what decides.
        reader: reads variant metadata.
        listed: the project's files.
        preferences: what the user asked for of this project.
    """

    def __init__(
        self,
        name: NormalizedName,
        choice: Choice,
        reader: MetadataReader,
        listed: ProjectFiles,
        preferences: Preferences,
    ) -> None:
        self.choice = choice
        self.reader = reader
        self.listed = listed
        self.preferences = preferences
        self._tags = TagRanks(choice.tags)
        self._admission = Admission(choice, name, self._tags)
        self._has_hashes = name in choice.hashes

    def read_releases(self) -> tuple[Mapping[Version, Release], Sequence[ShownFile]]:
        """The releases, newest first, and the files whose names have no version that can be parsed.

        Raises:
            InvalidPageError: a page cannot be parsed.
        """
        by_version: dict[Version, list[ListedFile]] = {}
        unversioned = []
        for file in self.listed.files:
            if file.version is None:
                unversioned.append(_as_is(self._admission.show(file)))
            else:
                by_version.setdefault(file.version, []).append(self._without_failed(file))
        return {
            version: Release(version, by_version[version], self._judge, self._list_shown, self._list_considered)
            for version in sorted(by_version, reverse=True)
        }, unversioned

    def _list_shown(self, release: Release) -> Sequence[ShownFile]:
        return [shown for shown, _ in self._show(release)]

    def _list_considered(self, release: Release) -> Sequence[ConsideredFile]:
        return list(self._consider(release))

    def _without_failed(self, listed: ListedFile) -> ListedFile:
        """The file; one that has failed on this CPU is excluded."""
        if not self.choice.failures or listed.excluded is not None:
            return listed
        failure = self.choice.find_failure(listed.file.filename, lambda: find_sha256(listed.file))
        return listed if failure is None else listed._replace(excluded=failure.why_not)

    def _judge(self, release: Release) -> Judgement:
        files, preferences = self.listed, self.preferences
        wheels = [file for file in release.files if file.wheel is not None]
        described = self.reader.describe(wheels, files.index_metadata, preferences.wanted)
        judged = list(zip(self._admission.judge(described.candidates, release.files), wheels, strict=True))
        if files.first_counts:
            judged = list(self._without_later_copies(judged))[::-1]
        # Of several copies of a file name, the last one here that passes every filter counts, in its own place.
        counted: dict[str, tuple[Candidate, ListedFile]] = {}
        for candidate, listed in judged:
            before = counted.get(candidate.wheel.filename)
            if before is None or candidate.excluded is None or before[0].excluded is not None:
                counted.pop(candidate.wheel.filename, None)
                counted[candidate.wheel.filename] = (candidate, listed)
        candidates = self._in_order(counted, first_counts=files.first_counts)
        return Judgement(
            select(candidates, self.choice.profile, self._tags, preferences, self.choice.label_rules),
            {name: listed for name, (_, listed) in counted.items()},
            described.problems,
            described.unreadable,
        )

    def _without_later_copies(
        self, judged: Sequence[tuple[Candidate, ListedFile]]
    ) -> Iterator[tuple[Candidate, ListedFile]]:
        """The candidates for uv, which takes the first of the find-links copies of a wheel.

        Then it looks at the Python that this one needs (``flat_index.rs`` of uv 0.13.9). Where hashes are listed, a
        copy with one of them comes first; which that is, is uv's to say.
        """
        known: set[str] = set()
        for candidate, listed in judged:
            name = candidate.wheel.filename
            if listed.from_find_links and candidate.wheel.dialect is Dialect.STANDARD and not self._has_hashes:
                if name in known:
                    continue
                known.add(name)
            yield candidate, listed

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

    def _show(self, release: Release) -> Iterator[tuple[ShownFile, ListedFile]]:
        """The files of one release that an installer is shown.

        Without a chosen variant these are the standard wheels and sdists, as they are. With one, it takes the place of
        every other wheel that the interpreter could take: the installer would compare platform tags, and might prefer
        one of these.
        """
        admission, preferences = self._admission, self.preferences
        # What is asked for, or required, is taken or nothing is.
        wanted = bool(preferences.wanted or preferences.rules.require)
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

    def _consider(self, release: Release) -> Iterator[ConsideredFile]:
        """The shown files that an installer considers here."""
        admission = self._admission
        fitting = {v.candidate.wheel.filename for v in release.verdicts if v.outcome is not Outcome.REJECTED}
        for shown, listed in self._show(release):
            if listed.wheel is None:
                if admission.why_not_considered(listed) is None:
                    fits = admission.why_not(listed) is None
                    yield ConsideredFile(shown, fits=fits, claimed=not fits and not admission.reads(listed.file))
            elif self._tags.rank(Candidate(listed.wheel)) is None or listed.excluded is not None:
                continue
            elif admission.why_not(listed) is None:
                # A yanked file is beaten by the others of its version, but '===' may ask for the way that it writes it.
                if listed.wheel.filename in fitting or listed.file.yanked is not None:
                    yield ConsideredFile(shown, fits=True)
            elif admission.why_not_considered(listed) is None:
                yield ConsideredFile(shown, fits=False, claimed=not admission.reads(listed.file))


def _as_is(file: File) -> ShownFile:
    return ShownFile(file.filename, file)
