"""Which release a requirement comes to: the one that pip's finder takes of the page that it is shown.

Source: ``CandidateEvaluator`` and ``resolvelib.factory`` of pip 26.3; a test compares the two.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from packaging.specifiers import Specifier, SpecifierSet
from packaging.utils import BuildTag, NormalizedName
from packaging.version import Version

from dualvariant.repository.listed_file import ListedFile, parse_listed_file
from dualvariant.requirements.allowed_hashes import AllowedHashes
from dualvariant.requirements.prereleases import Prereleases, filter_versions
from dualvariant.requirements.release_rules import has_arbitrary_equality
from dualvariant.selection.choice import Choice
from dualvariant.selection.project import ConsideredFile, Project, Release, ShownFile
from variantlib.selection import TagRanks
from variantlib.verdict import Candidate, Excluded, Outcome, Verdict
from variantlib.versions import try_version
from variantlib.wheel_name import parse_wheel_name

__all__ = ["Found", "find_release"]


class Found(NamedTuple):
    """What a requirement comes to.

    Args:
        admitted: the releases that it admits, newest first, whether or not something in them fits. The verdicts on
            wheels of newer releases than the one that is taken, or of all of them, say that none is taken.
        taken: the release that an installer takes; None if it finds nothing.
        refused: the file that it takes instead, and refuses when it has read it, because its hash is not listed.
    """

    admitted: Sequence[Release]
    taken: Release | None
    refused: ConsideredFile | None = None

    @property
    def newest(self) -> Release:
        """The newest admitted release, but not an older one than what is taken."""
        return self.admitted[0] if self.taken is None else max(self.admitted[0], self.taken, key=lambda r: r.version)


def find_release(project: Project, specifier: SpecifierSet, choice: Choice) -> Found:
    """The releases that a requirement admits, and the one that an installer takes.

    Pre-releases count if they are asked for, if the specifier names one or if there is nothing else (PEP 440); yanked
    releases only if they are pinned (PEP 592). A file with a listed hash comes before one whose hash is not known.
    """
    if choice.rules.as_uv:
        specifier = _compare_versions(specifier, project.releases)
    pinned = any(spec.operator in ("==", "===") and not spec.version.endswith(".*") for spec in specifier)
    every, prereleases = project.releases, choice.rules.prereleases(project.name, specifier)
    offered = {version for version, release in every.items() if pinned or not release.is_yanked}
    # In pip, a yanked final release keeps pre-releases out although it is not taken itself.
    known = offered if choice.rules.as_uv else every
    admitted = sorted(offered.intersection(filter_versions(specifier, known, prereleases)), reverse=True)
    taken, refused = _find_taken(project, specifier, choice, pinned=pinned)
    if taken is not None and taken.version not in admitted:
        admitted = sorted([*admitted, taken.version], reverse=True)
    why_not = _WhyNot(
        specifier if choice.rules.compares_text(specifier) else None, pinned, choice.hashes.get(project.name), refused
    )
    releases = [every[version] for version in admitted]
    newer = [release for release in releases if taken is None or release.version > taken.version]
    return Found([*map(why_not.reject_all, newer), *releases[len(newer) :]], taken, refused)


class _WhyNot(NamedTuple):
    """Why an installer passes over the wheels of a release that it does not take, where nothing is wrong with them.

    Args:
        text: what is asked for, if that is compared with the text of a version.
        pinned: whether one version is asked for.
        hashes: those that are listed, or None.
        refused: what the installer takes, and refuses when it has read it.
    """

    text: SpecifierSet | None
    pinned: bool
    hashes: AllowedHashes | None
    refused: ConsideredFile | None

    def reject_all(self, release: Release) -> Release:
        """The release without a wheel that is chosen."""

        def reject(verdicts: Sequence[Verdict]) -> list[Verdict]:
            return [self._reject(verdict, release.find_copy(verdict.candidate)) for verdict in verdicts]

        return release.with_verdicts(reject)

    def _reject(self, verdict: Verdict, wheel: ListedFile) -> Verdict:
        why = None if verdict.outcome is Outcome.REJECTED else self._find(wheel)
        return verdict if why is None else verdict._replace(outcome=Outcome.REJECTED, why=Excluded(why))

    def _find(self, wheel: ListedFile) -> str | None:
        if self.refused is not None:
            return f"the installer takes {self.refused.shown.filename}, whose hash is not listed"
        if wheel.file.yanked is not None and not self.pinned:
            return "yanked, and only a requirement that pins its version takes it"
        if self.text is not None and not self.text.contains(str(wheel.version), prereleases=True):
            return "its version is not written as '===' asks for it"
        return None if self.hashes is None else "the installer prefers files whose hash is listed"


def _find_taken(
    project: Project, specifier: SpecifierSet, choice: Choice, *, pinned: bool
) -> tuple[Release | None, ConsideredFile | None]:
    """The release that an installer takes, or the file that it refuses."""
    if project.name in choice.hashes or choice.rules.prefer_binary or choice.rules.compares_text(specifier):
        files = _list_considered(project, specifier, choice, pinned=pinned)
        best = _find_best(files, project.name, choice, pinned=pinned)
        if best is None:
            return None, None
        release, file = best
        return (release, None) if file.fits else (None, file)
    return _find_first(project, specifier, choice, pinned=pinned), None


def _find_first(project: Project, specifier: SpecifierSet, choice: Choice, *, pinned: bool) -> Release | None:
    """The release that an installer takes, where it compares nothing but versions: the newest, or the lowest."""
    # Most often the first release is taken, and no other one need be judged.
    admitted = sorted(specifier.filter(project.releases, prereleases=True), reverse=not choice.rules.take_lowest)
    prereleases = choice.rules.prereleases(project.name, specifier)
    final = [project.releases[version] for version in admitted if not version.is_prerelease]
    every = [project.releases[version] for version in admitted]
    groups = {Prereleases.ALL: [every], Prereleases.NONE: [final], Prereleases.LAST: [final, every]}
    for group in groups[prereleases]:
        considered = False
        for release in group:
            considered = considered or bool(release.considered)
            if any(file.shown.file.yanked is None for file in release.considered):
                return release
        if considered and pinned:  # all of them are yanked
            return next(release for release in group if release.considered)
        if considered and not choice.rules.as_uv:
            return None
    return None


def _list_considered(
    project: Project, specifier: SpecifierSet, choice: Choice, *, pinned: bool
) -> list[tuple[Release, ConsideredFile]]:
    """The files of which an installer takes the best: pip's are of all releases, and uv's of the one that it takes."""
    if not choice.rules.as_uv:
        return _filter(project, specifier, choice)
    release = _find_first(project, specifier, choice, pinned=pinned)
    return [] if release is None else [(release, file) for file in release.considered]


def _find_best(
    admitted: list[tuple[Release, ConsideredFile]], project: NormalizedName, choice: Choice, *, pinned: bool
) -> tuple[Release, ConsideredFile] | None:
    """The file that an installer takes of these, whether or not it fits."""
    hashes = choice.hashes.get(project, AllowedHashes())
    files = [(release, file) for release, file in admitted if hashes.lists(file.shown.digests)]
    if files:
        files += [(release, file) for release, file in admitted if not file.shown.digests]
    else:
        files = admitted  # pip takes the best of these, and compares the hash of what it has read

    def prefer(pair: tuple[Release, ConsideredFile]) -> tuple[bool, bool, bool, Version]:
        release, shown = pair[0], pair[1].shown
        listed = hashes.lists(shown.digests)
        wheel = choice.rules.prefer_binary and shown.filename.endswith(".whl")
        return listed, shown.file.yanked is None, wheel, release.version

    if not (pinned and all(file.shown.file.yanked is not None for _, file in files)):
        files = [(release, file) for release, file in files if file.shown.file.yanked is None]
    if not files:
        return None
    best = max(map(prefer, files))
    return _find_best_tag([pair for pair in files if prefer(pair) == best], choice)


def _find_best_tag(files: Sequence[tuple[Release, ConsideredFile]], choice: Choice) -> tuple[Release, ConsideredFile]:
    """Of the files of one version, the one that an installer takes."""
    if all(file.fits for _, file in files):
        return files[0]  # whichever it is
    ranks = TagRanks(choice.tags)

    def prefer(pair: tuple[Release, ConsideredFile]) -> tuple[int, BuildTag]:
        filename = pair[1].shown.filename
        if not filename.endswith(".whl"):
            return -len(choice.tags), ()
        wheel = parse_wheel_name(filename)
        return -(ranks.rank(Candidate(wheel)) or 0), wheel.build

    return max(reversed(files), key=prefer)  # of two that do not differ, the last one


def _compare_versions(specifier: SpecifierSet, versions: Iterable[Version]) -> SpecifierSet:
    """The specifier with ``===`` as uv reads it: it compares versions, of which the local part counts.

    Args:
        specifier: what is asked for.
        versions: those that there are.
    """
    if not has_arbitrary_equality(specifier):
        return specifier
    written = {version: str(version) for version in versions}

    def read(spec: Specifier) -> str:
        version = try_version(spec.version) if spec.operator == "===" else None
        return str(spec) if version is None else f"==={written.get(version, spec.version)}"

    return SpecifierSet(",".join(map(read, specifier)))


def _filter(project: Project, specifier: SpecifierSet, choice: Choice) -> list[tuple[Release, ConsideredFile]]:
    """The files that pip considers of the versions that a requirement admits."""
    compares_text = choice.rules.compares_text(specifier)
    pairs: dict[str, list[tuple[Release, ConsideredFile]]] = {}
    for release in project.releases.values():
        for file in release.considered:
            version = _find_version(file.shown, project.name) if compares_text else release.version
            pairs.setdefault(str(version), []).append((release, file))
    admitted = filter_versions(specifier, pairs, choice.rules.prereleases(project.name, specifier))
    return [pair for version in admitted for pair in pairs[version]]


def _find_version(shown: ShownFile, project: NormalizedName) -> Version | None:
    listed = parse_listed_file(shown.file._replace(filename=shown.filename), 0, project)
    return None if listed is None else listed.version
