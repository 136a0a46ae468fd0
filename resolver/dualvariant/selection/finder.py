"""Which release a requirement comes to: the one that pip's finder takes of the page that it is shown.

Source: ``CandidateEvaluator`` and ``resolvelib.factory`` of pip 26.3; a test compares the two.
"""

from __future__ import annotations

from collections.abc import Sequence

from attrs import evolve, frozen
from packaging.specifiers import SpecifierSet
from packaging.utils import BuildTag, NormalizedName
from packaging.version import Version

from dualvariant.repository.listed_file import parse_listed_file
from dualvariant.requirements.allowed_hashes import AllowedHashes
from dualvariant.selection.choice import Choice
from dualvariant.selection.project import Project, Release, ShownFile
from variantlib.selection import TagRanks
from variantlib.verdict import Candidate
from variantlib.wheel_name import parse_wheel_name

__all__ = ["Found", "find_release"]


@frozen
class Found:
    """What a requirement comes to.

    Args:
        admitted: the releases that it admits, newest first, whether or not something in them fits.
        taken: the release that an installer takes; None if it finds nothing.
    """

    admitted: Sequence[Release]
    taken: Release | None

    @property
    def newest(self) -> Release:
        """The newest admitted release, but not an older one than what is taken."""
        return self.admitted[0] if self.taken is None else max(self.admitted[0], self.taken, key=lambda r: r.version)


def find_release(project: Project, specifier: SpecifierSet, choice: Choice) -> Found:
    """The releases that a requirement admits, and the one that an installer takes.

    Pre-releases count if they are asked for, if the specifier names one or if there is nothing else (PEP 440); yanked
    releases only if they are pinned (PEP 592). A file with a listed hash comes before one whose hash is not known.
    """
    pinned = any(spec.operator in ("==", "===") and not spec.version.endswith(".*") for spec in specifier)
    offered = [
        version
        for version, release in project.releases.items()
        if pinned or any(listed.file.yanked is None for listed in release.files)
    ]
    prereleases = choice.rules.prereleases(project.name)
    admitted = sorted(specifier.filter(offered, prereleases=prereleases), reverse=True)
    taken = _find_taken(project, specifier, choice, pinned=pinned)
    if taken is not None and taken.version not in admitted:
        admitted = sorted([*admitted, taken.version], reverse=True)
    return Found([project.releases[version] for version in admitted], taken)


def _find_taken(project: Project, specifier: SpecifierSet, choice: Choice, *, pinned: bool) -> Release | None:
    newest = _find_newest(project, specifier, choice)
    if newest:
        release, shown = _find_best_tag(newest, choice)
        return release if shown.fits else None
    admitted = _filter(project, specifier, choice)
    hashes = choice.hashes.get(project.name, AllowedHashes())
    files = [(release, shown) for release, shown in admitted if hashes.lists(shown.file.hashes)]
    if files:
        files += [(release, shown) for release, shown in admitted if not shown.file.hashes]
    else:
        files = admitted  # pip takes the best of these, and compares the hash of what it has read

    def prefer(pair: tuple[Release, ShownFile]) -> tuple[bool, bool, bool, Version]:
        release, shown = pair
        listed = hashes.lists(shown.file.hashes)
        wheel = choice.rules.prefer_binary and shown.filename.endswith(".whl")
        return listed, shown.file.yanked is None, wheel, release.version

    if not (pinned and all(shown.file.yanked is not None for _, shown in files)):
        files = [(release, shown) for release, shown in files if shown.file.yanked is None]
    if not files:
        return None
    best = max(map(prefer, files))
    release, shown = _find_best_tag([pair for pair in files if prefer(pair) == best], choice)
    return release if shown.fits else None


def _find_newest(project: Project, specifier: SpecifierSet, choice: Choice) -> list[tuple[Release, ShownFile]]:
    """The files of the newest release, where nothing but the version decides; no older release is judged for that.

    Returns:
        None of them where more has to be known.
    """
    if project.name in choice.hashes or choice.rules.prefer_binary or any(s.operator == "===" for s in specifier):
        return []
    prereleases = choice.rules.prereleases(project.name)
    if prereleases is None:
        prereleases = bool(specifier.prereleases)
    for version, release in project.releases.items():
        if not specifier.contains(version, prereleases=True) or (version.is_prerelease and not prereleases):
            continue
        pairs = [(release, shown) for shown in release.shown if shown.considered and shown.file.yanked is None]
        if pairs:
            return pairs
    return []


def _find_best_tag(files: Sequence[tuple[Release, ShownFile]], choice: Choice) -> tuple[Release, ShownFile]:
    """Of the files of one version, the one that an installer takes."""
    if all(shown.fits for _, shown in files):
        return files[0]  # whichever it is
    ranks = TagRanks(choice.tags)

    def prefer(pair: tuple[Release, ShownFile]) -> tuple[int, BuildTag]:
        if not pair[1].filename.endswith(".whl"):
            return -len(choice.tags), ()
        wheel = parse_wheel_name(pair[1].filename)
        return -(ranks.rank(Candidate(wheel)) or 0), wheel.build

    return max(reversed(files), key=prefer)  # of two that do not differ, the last one


def _filter(project: Project, specifier: SpecifierSet, choice: Choice) -> list[tuple[Release, ShownFile]]:
    """The files that an installer may take of the versions that a requirement admits."""
    # '===' compares text, and the files of a release may write its version in several ways.
    as_written = any(spec.operator == "===" for spec in specifier)
    pairs: dict[str, list[tuple[Release, ShownFile]]] = {}
    for release in project.releases.values():
        for shown in release.shown:
            if shown.considered:
                version = _find_version(shown, project.name) if as_written else release.version
                pairs.setdefault(str(version), []).append((release, shown))
    admitted = specifier.filter(pairs, prereleases=choice.rules.prereleases(project.name))
    return [pair for version in admitted for pair in pairs[version]]


def _find_version(shown: ShownFile, project: NormalizedName) -> Version | None:
    listed = parse_listed_file(evolve(shown.file, filename=shown.filename), 0, project)
    return None if listed is None else listed.version
