"""The view: what an installer sees of a project when every release shows it one wheel, the one chosen for this host.

It knows no server and no installer. Whoever carries it (a loopback server for one user, another server for a team) asks
it for a project's page and for the resources that the page links to.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

from attrs import evolve, field, frozen
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import NormalizedName
from packaging.version import Version

from dualvariant.core.files import sha256_of
from dualvariant.network.client import Client, local_path
from dualvariant.repository.page import File
from dualvariant.repository.sources import Offer, Sources
from dualvariant.repository.variant_metadata import MetadataReader
from dualvariant.requirements.format_control import Formats
from variantlib.profile import HostProfile
from variantlib.select import Preferences, TagRanks, select
from variantlib.verdict import Candidate, Outcome, Verdict
from variantlib.wheel_name import Dialect

__all__ = ["Choice", "Project", "Release", "Resource", "View"]


@frozen
class Choice:
    """Everything that a choice depends on, besides what the sources offer.

    Args:
        profile: what the host supports.
        tags: the wheel tags of the target interpreter, best first.
        python: the target interpreter's version.
        named: preferences for single projects.
        others: preferences for every other project.
        hashes: the sha256 of the files that may be installed, for projects whose requirement lists some.
        formats: whether wheels and sources may be installed.
    """

    profile: HostProfile
    tags: tuple[str, ...]
    python: str
    named: Mapping[NormalizedName, Preferences] = field(factory=dict)
    others: Preferences = field(factory=Preferences)
    hashes: Mapping[NormalizedName, frozenset[str]] = field(factory=dict)
    formats: Formats = field(factory=Formats)

    def preferences(self, project: NormalizedName) -> Preferences:
        """What the user asked for of this project."""
        return self.named.get(project, self.others)

    def digest(self, sources: Sequence[str]) -> str:
        """16 hexadecimal digits that change with anything here, or with where the files come from.

        They stand in every address of the view, so that no cache of an installer ever answers for another choice.
        """
        parts = [
            self.profile.to_dict(),
            [self.python, *self.tags],
            sorted((name, _as_list(wish)) for name, wish in self.named.items()),
            _as_list(self.others),
            sorted((name, sorted(listed)) for name, listed in self.hashes.items()),
            [sorted(self.formats.no_binary), sorted(self.formats.only_binary)],
            list(sources),
        ]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]


def _as_list(wish: Preferences) -> list[object]:
    return [list(wish.wanted), wish.no_variant, wish.force]


@frozen
class Release:
    """One release of a project: its verdicts, and what an installer is shown of it.

    Args:
        version: the release.
        verdicts: one for each wheel, in preference order.
        shown: the files that stand on the page.
        problems: what is wrong with the index's metadata of its variants.
        unreadable: whether one of its wheels could not be read.
        offers: where the files come from.
    """

    version: Version
    verdicts: Sequence[Verdict]
    shown: Sequence[File]
    problems: Sequence[str]
    unreadable: bool
    offers: Sequence[Offer]

    @property
    def has_variants(self) -> bool:
        """Whether any of its wheels is a variant."""
        return any(v.candidate.wheel.dialect is not Dialect.STANDARD for v in self.verdicts)

    @property
    def chosen(self) -> Candidate | None:
        """The wheel that this host gets, if any fits."""
        for verdict in self.verdicts:
            if verdict.outcome is Outcome.CHOSEN:
                return verdict.candidate
        return None

    @property
    def installable(self) -> bool:
        """Whether an installer finds something here: a wheel that fits, or sources."""
        return self.chosen is not None or any(not file.filename.endswith(".whl") for file in self.shown)


@frozen
class Project:
    """A project as the view shows it, newest release first; ``loose`` are files that name no readable version."""

    name: NormalizedName
    releases: Mapping[Version, Release]
    loose: Sequence[File]


@frozen
class Resource:
    """Where a file of the view really is.

    Args:
        shown: the name under which the installer sees it.
        file: the file, as its own source lists it.
        redirect: whether the installer can fetch it there itself: it is on http and needs no credentials.
    """

    shown: str
    file: File
    redirect: bool


@lru_cache(maxsize=256)
def _admits(requires_python: str, python: str) -> bool:
    """Whether a ``Requires-Python`` admits a version; an unreadable one admits all. A page's files share few."""
    try:
        return SpecifierSet(requires_python).contains(python, prereleases=True)
    except InvalidSpecifier:
        return True


class View:
    """Shows each project with one wheel a release.

    Args:
        sources: where files come from.
        choice: what decides.
        reader: reads variant metadata.
        base: the address under which the carrier serves the view; page links start there.
        announce: told of each project once, when its page is first made.
    """

    def __init__(
        self,
        sources: Sources,
        choice: Choice,
        reader: MetadataReader,
        *,
        base: str = "",
        announce: Callable[[Project], None] = lambda project: None,
    ) -> None:
        self.sources = sources
        self.choice = choice
        self.reader = reader
        self.base = base
        self.announce = announce
        self.digest = choice.digest([*sources.settings.indexes, "find-links", *sources.settings.find_links])
        self._tags = TagRanks(choice.tags)
        self._projects: dict[NormalizedName, Project | None] = {}
        self._resources: dict[tuple[str, str], Resource] = {}
        self._locks: dict[NormalizedName, threading.Lock] = {}
        self._guard = threading.Lock()

    @property
    def client(self) -> Client:
        """Reads what cannot be redirected to."""
        return self.sources.client

    def project(self, name: NormalizedName) -> Project | None:
        """The project, or None if no source knows it. Made once; whoever asks meanwhile waits.

        Raises:
            SourceError: a source cannot be read.
        """
        with self._guard:
            lock = self._locks.setdefault(name, threading.Lock())
        with lock:
            if name not in self._projects:
                project = self._made(name)
                self._projects[name] = project
                if project is not None:
                    self.announce(project)
            return self._projects[name]

    @property
    def projects(self) -> Sequence[Project]:
        """Every project that was asked for so far."""
        return [project for project in self._projects.values() if project is not None]

    @property
    def resources(self) -> Sequence[Resource]:
        """Every file that has an address of ours."""
        return list(self._resources.values())

    def page(self, name: NormalizedName) -> Sequence[File] | None:
        """What the installer sees of a project."""
        project = self.project(name)
        if project is None:
            return None
        shown = [file for release in project.releases.values() for file in release.shown]
        return [*shown, *project.loose]

    def resource(self, token: str, filename: str) -> Resource | None:
        """The file behind one of our own addresses, or None if we never gave it out."""
        return self._resources.get((token, filename))

    def _made(self, name: NormalizedName) -> Project | None:
        listed = self.sources.listed(name)
        if listed is None or not listed[0]:
            return None  # a find-links folder without a file of the project knows it no better than nobody does
        offers, metadata = listed
        by_version: dict[Version, list[Offer]] = {}
        loose = []
        for offer in offers:
            if offer.version is None:
                loose.append(self._passed(offer.file))
            else:
                by_version.setdefault(offer.version, []).append(offer)
        self.reader.prepare(offers, metadata)
        versions = sorted(by_version, reverse=True)
        described = [self._release(v, name, by_version[v], metadata) for v in versions]
        return Project(name, dict(zip(versions, described, strict=True)), loose)

    def _release(
        self,
        version: Version,
        name: NormalizedName,
        offers: list[Offer],
        metadata: Mapping[int, Mapping[str, File]],
    ) -> Release:
        wheels = [offer for offer in offers if offer.wheel is not None]
        described = self.reader.describe(wheels, metadata)
        candidates = [
            self._admitted(candidate, offer) for candidate, offer in zip(described.candidates, wheels, strict=True)
        ]
        preferences = self.choice.preferences(name)
        verdicts = select(candidates, self.choice.profile, self._tags, preferences)
        release = Release(version, verdicts, (), described.problems, described.unreadable, offers)
        return evolve(release, shown=self._shown(name, release, preferences))

    def _admitted(self, candidate: Candidate, offer: Offer) -> Candidate:
        """The candidate, excluded if it is out of the question whatever variant it is."""
        if candidate.excluded is not None:
            return candidate
        why = self._needs_another_python(offer.file)
        if why is None and not self.choice.formats.wheels(candidate.wheel.name):
            why = "--no-binary asks for sources"
        if why is None and not self._has_listed_hash(candidate, offer.file):
            why = "its sha256 is not among those that the requirement lists"
        return candidate if why is None else evolve(candidate, excluded=why)

    def _needs_another_python(self, file: File) -> str | None:
        """Why the file is not for the target's Python (PEP 503), if it says so."""
        if file.requires_python is None:
            return None
        fits = _admits(file.requires_python, self.choice.python)
        return None if fits else f"needs Python {file.requires_python}"

    def _has_listed_hash(self, candidate: Candidate, file: File) -> bool:
        """Whether the requirement's hashes admit the file; one whose sha256 cannot be told is left to the installer."""
        listed = self.choice.hashes.get(candidate.wheel.name)
        if not listed:
            return True
        path = local_path(file.url)
        sha256 = file.hashes.get("sha256") or (sha256_of(path) if path is not None else None)
        return sha256 is None or sha256 in listed

    def _shown(self, project: NormalizedName, release: Release, preferences: Preferences) -> list[File]:
        """What stands on the page of one release.

        Without a chosen variant the standard wheels and sources pass as they are. With one, every other wheel that the
        interpreter could take is left out: the installer would compare platform tags, and might prefer it.
        """
        chosen = release.chosen
        if chosen is None and preferences.wanted:
            return []
        variant = chosen is not None and chosen.wheel.dialect is not Dialect.STANDARD
        shown = []
        for offer in release.offers:
            wheel = offer.wheel
            if wheel is None and not self.choice.formats.sources(project):
                continue
            if wheel is None:
                shown.append(self._passed(offer.file))
            elif variant and chosen is not None and wheel == chosen.wheel:
                shown.append(self._renamed(offer.file, wheel.standard_filename))
            elif wheel.dialect is Dialect.STANDARD and not (variant and self._tags.rank(Candidate(wheel)) is not None):
                shown.append(self._passed(offer.file))
        return shown

    def _passed(self, file: File) -> File:
        """A file that is shown as it is, under its own address, so that the installer's caches work as ever."""
        if self.client.is_ours_alone(file.url):
            return self._renamed(file, file.filename)
        return file

    def _renamed(self, file: File, filename: str) -> File:
        """A file under an address of ours. The address carries the file's sha256: a wheel that was uploaded again has
        another one."""
        path = local_path(file.url)
        hashes = dict(file.hashes)
        if "sha256" not in hashes and path is not None:
            hashes["sha256"] = sha256_of(path)
        token = hashes.get("sha256") or hashlib.sha256(file.url.encode()).hexdigest()
        file = evolve(file, hashes=hashes)
        redirect = path is None and not self.client.is_ours_alone(file.url)
        self._resources[token, filename] = Resource(filename, file, redirect)
        return evolve(file, filename=filename, url=f"{self.base}/{self.digest}/files/{token}/{filename}")
