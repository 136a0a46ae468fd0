"""The view: what an installer is shown of a project, with one wheel for each release, the one chosen for this host.

It only chooses. :mod:`dualvariant.serve` gives the files URLs and hands them out.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from packaging.utils import NormalizedName
from packaging.version import Version

from dualvariant.core.errors import DualvariantError
from dualvariant.core.once import Once
from dualvariant.network.concurrency import map_parallel
from dualvariant.network.transport import KEPT_CONNECTIONS
from dualvariant.repository.listed_file import ListedFile
from dualvariant.repository.sources import ProjectFiles, Sources
from dualvariant.selection.choice import Choice
from dualvariant.selection.project import Project, Release, ShownFile
from variantlib.preferences import Preferences
from variantlib.wheel_name import Dialect, WheelName

if TYPE_CHECKING:
    from dualvariant.repository.variant_metadata import MetadataReader
    from dualvariant.trial.failures import WheelFailure

__all__ = ["View"]


class View:
    """Shows each project with one wheel for each release. Threads share it.

    Args:
        sources: where files come from.
        choice: what decides.
        make_reader: makes what reads variant metadata; called when there is some to read.
        announce: called with each project that may have variants, once, when it is first asked for.
        warn: gets a message for each wheel that is passed over when an installer asks for a page.
    """

    def __init__(
        self,
        sources: Sources,
        choice: Choice,
        make_reader: Callable[[], MetadataReader],
        *,
        announce: Callable[[Project], None] = lambda project: None,
        warn: Callable[[str], None] = lambda message: None,
    ) -> None:
        self.sources = sources
        self.choice = choice
        self.announce = announce
        self.warn = warn
        self._reader = Once(make_reader)
        self._projects: dict[NormalizedName, Project | None] = {}
        self._locks: dict[NormalizedName, threading.Lock] = {}
        self._guard = threading.Lock()

    @property
    def reader(self) -> MetadataReader:
        """Reads variant metadata."""
        return self._reader()

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
    def asked(self) -> Sequence[NormalizedName]:
        """The projects that were asked for so far, in that order; also those that no source has."""
        return list(self._projects)

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
        if preferences.rules.require and not any(map(_is_variant, listed.files)):
            # What a variant must have says nothing of a project without variants.
            preferences = preferences._replace(properties=preferences.properties._replace(require=()))
        return Project(
            name,
            lambda: self._read_releases(name, listed, preferences),
            plain,
            lambda: self.reader.prefetch(listed.files, listed.index_metadata, preferences.wanted),
        )

    def _read_releases(
        self, name: NormalizedName, listed: ProjectFiles, preferences: Preferences
    ) -> tuple[Mapping[Version, Release], Sequence[ShownFile]]:
        # Most projects have no variants, and nobody asks for their releases: what chooses is imported for the others.
        from dualvariant.selection.chooser import Chooser

        releases, unversioned = Chooser(name, self.choice, self.reader, listed, preferences).read_releases()
        if self.choice.hides_variant_releases:
            releases = {**releases, **_find_hidden(releases.values(), preferences)}
        return releases, unversioned

    def refuse(self, project: Project, wheel: ListedFile, why: str, variant: WheelName | None = None) -> Project:
        """The project after another choice for one release, without one of its wheels.

        Args:
            project: the project.
            wheel: the wheel that turned out to be unusable.
            why: the reason, for its verdict.
            variant: what the wheel really is, if its name says standard wheel and it is none; it is not shown then.
        """
        changed = project.with_release(_refuse(project, wheel, why, variant), plain=variant is None)
        with self._guard:
            self._projects[project.name] = changed
        return changed

    def find_variant_releases(self) -> Mapping[NormalizedName, Sequence[Version]]:
        """The releases that were shown so far and of which only variants fit, unless ``--variant`` asks for one."""
        return {
            name: versions
            for name, project in list(self._projects.items())
            if project is not None and project.plain is None
            if (versions := list(_find_hidden(project.releases.values(), self.choice.preferences(name))))
        }

    def hide_variant_releases(self) -> None:
        """Show none of these any more, in any project. The digest of the choice changes."""
        from dualvariant.selection.variant_releases import without_variants

        self.choice = self.choice._replace(hides_variant_releases=True)
        for name, versions in self.find_variant_releases().items():
            project = self._projects[name]
            assert project is not None
            for version in versions:
                project = project.with_release(without_variants(project.releases[version]), plain=True)
            with self._guard:
                self._projects[name] = project

    def has_another(self, project: Project, wheel: ListedFile) -> bool:
        """Whether something fits in the place of a wheel, of the same release."""
        return _refuse(project, wheel, "").chosen is not None

    def exclude_failed(self, project: Project, wheel: ListedFile, failure: WheelFailure) -> Project:
        """The project after another choice for one release, without a wheel that has failed on this CPU.

        The digest of the choice changes, so what is served from now on has other addresses.

        Args:
            project: the project.
            wheel: the wheel.
            failure: how it failed.
        """
        self.choice = self.choice._replace(failures={**self.choice.failures, failure.key[:2]: failure})
        return self.refuse(project, wheel, failure.why_not)


def _refuse(project: Project, wheel: ListedFile, why: str, variant: WheelName | None = None) -> Release:
    """The release of a wheel without it."""
    assert wheel.version is not None
    release = project.releases[wheel.version]
    refused = wheel._replace(wheel=variant or wheel.wheel, excluded=why)
    return release.with_files([refused if listed is wheel else listed for listed in release.files])


def _find_hidden(releases: Iterable[Release], preferences: Preferences) -> Mapping[Version, Release]:
    """The releases of which only variants fit, without these; none where the user asks for variants."""
    from dualvariant.selection.variant_releases import has_variants_only, without_variants

    if preferences.wanted or preferences.rules.require:
        return {}
    return {each.version: without_variants(each) for each in releases if each.has_variants and has_variants_only(each)}


def _is_variant(listed: ListedFile) -> bool:
    return listed.wheel is not None and listed.wheel.dialect is not Dialect.STANDARD
