"""A project after the choice: its releases, the verdict on each wheel, and the files that an installer is shown."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property

from attrs import frozen
from packaging.utils import NormalizedName
from packaging.version import Version

from dualvariant.network.pages import Page
from dualvariant.repository.listed_file import ListedFile
from dualvariant.repository.page import File
from variantlib.verdict import Candidate, Outcome, Verdict
from variantlib.wheel_name import Dialect

__all__ = ["Judgement", "Project", "Release", "ShownFile"]


@frozen
class ShownFile:
    """A file on the page that an installer sees.

    Args:
        filename: the name under which the installer sees it: a chosen variant has its standard name.
        file: the file, as its source lists it.
        considered: whether an installer considers it here: it fits, apart from the hashes that a requirement lists. pip
            takes a file with another hash where no file has a listed one, and ends when it has read it.
        fits: whether an installer can install it, as far as that is known.
    """

    filename: str
    file: File
    considered: bool = False
    fits: bool = False

    @property
    def is_renamed(self) -> bool:
        """Whether it is a chosen variant, which the installer sees under another name than its source lists."""
        return self.filename != self.file.filename


@frozen
class Judgement:
    """What is known of a release after its metadata was read.

    Args:
        verdicts: one for each wheel, in preference order.
        problems: what is wrong with the index's metadata of its variants.
        unreadable: whether one of its wheels could not be read.
    """

    verdicts: Sequence[Verdict]
    problems: Sequence[str] = ()
    unreadable: bool = False


class Release:
    """One release of a project: its verdicts, and what an installer is shown of it. It is judged when it is asked for.

    Args:
        version: the release.
        files: what the sources list.
        judge: reads the metadata of its variants, and chooses.
        show: the files of a release that an installer is shown.
    """

    def __init__(
        self,
        version: Version,
        files: Sequence[ListedFile],
        judge: Callable[[Release], Judgement],
        show: Callable[[Release], Sequence[ShownFile]],
    ) -> None:
        self.version = version
        self.files = files
        self._judge = judge
        self._show = show
        self._lock = threading.RLock()  # several threads may ask for a release; one judges it

    @cached_property
    def _judged(self) -> Judgement:
        return self._judge(self)

    @cached_property
    def _shown(self) -> Sequence[ShownFile]:
        return self._show(self)

    @property
    def _judgement(self) -> Judgement:
        with self._lock:
            return self._judged

    @property
    def verdicts(self) -> Sequence[Verdict]:
        """One for each wheel, in preference order."""
        return self._judgement.verdicts

    @property
    def problems(self) -> Sequence[str]:
        """What is wrong with the index's metadata of its variants."""
        return self._judgement.problems

    @property
    def unreadable(self) -> bool:
        """Whether one of its wheels could not be read."""
        return self._judgement.unreadable

    @property
    def shown(self) -> Sequence[ShownFile]:
        """The files on the page that an installer sees."""
        with self._lock:
            return self._shown

    @property
    def has_variants(self) -> bool:
        """Whether any of its wheels is a variant. It need not be judged for that."""
        return any(file.wheel is not None and file.wheel.dialect is not Dialect.STANDARD for file in self.files)

    @property
    def chosen(self) -> Candidate | None:
        """The wheel that is chosen for this host, if any fits."""
        for verdict in self.verdicts:
            if verdict.outcome is Outcome.CHOSEN:
                return verdict.candidate
        return None

    @property
    def installable(self) -> bool:
        """Whether an installer finds something to install: a wheel that fits, or an sdist for this Python."""
        return any(shown.fits for shown in self.shown)

    def with_verdicts(self, verdicts: Sequence[Verdict]) -> Release:
        """The same release with other words for its verdicts."""
        return self.with_judgement(Judgement(verdicts, self.problems, self.unreadable), self.files)

    def with_judgement(self, judgement: Judgement, files: Sequence[ListedFile]) -> Release:
        """The same release after another judgement of its files."""
        return Release(self.version, files, lambda release: judgement, self._show)


class Project:
    """A project as the view shows it. Its page is parsed when a release is asked for.

    Args:
        name: the project.
        read: the releases, newest first, and the files whose names have no version that can be parsed.
        plain: the page as its only source answered, if nothing on it has to do with variants.
        prefetch: called before the whole page is shown, to read the metadata of all its variants at once.
    """

    def __init__(
        self,
        name: NormalizedName,
        read: Callable[[], tuple[Mapping[Version, Release], Sequence[ShownFile]]],
        plain: Page | None = None,
        prefetch: Callable[[], None] = lambda: None,
    ) -> None:
        self.name = name
        self.plain = plain
        self._read = read
        self._prefetch = prefetch
        self._lock = threading.Lock()

    @cached_property
    def _parsed(self) -> tuple[Mapping[Version, Release], Sequence[ShownFile]]:
        return self._read()

    @property
    def releases(self) -> Mapping[Version, Release]:
        """The releases, newest first.

        Raises:
            InvalidPageError: a page cannot be parsed.
        """
        with self._lock:
            return self._parsed[0]

    @property
    def unversioned(self) -> Sequence[ShownFile]:
        """Files whose names have no version that can be parsed.

        Raises:
            InvalidPageError: a page cannot be parsed.
        """
        with self._lock:
            return self._parsed[1]

    def with_release(self, release: Release) -> Project:
        """The same project with another release for that version; its page is no longer plain."""
        releases = {**self.releases, release.version: release}
        return Project(self.name, lambda: (releases, self.unversioned), None, self._prefetch)

    @property
    def shown(self) -> Sequence[ShownFile]:
        """The whole page: the files of each release, newest first, then those without a version.

        Raises:
            InvalidPageError: a page cannot be parsed.
        """
        releases = self.releases.values()
        self._prefetch()
        return [*(file for release in releases for file in release.shown), *self.unversioned]
