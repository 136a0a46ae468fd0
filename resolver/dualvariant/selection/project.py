"""A project after the choice: its releases, the verdict on each wheel, and the files that an installer is shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from packaging.utils import NormalizedName
from packaging.version import Version

from dualvariant.core.once import Once
from dualvariant.network.pages import Page
from dualvariant.repository.listed_file import ListedFile
from dualvariant.repository.page import File
from variantlib.versions import try_version
from variantlib.wheel_name import Dialect

if TYPE_CHECKING:
    from variantlib.verdict import Candidate, Verdict

__all__ = ["ConsideredFile", "Judgement", "Project", "Release", "ShownFile"]


class ShownFile(NamedTuple):
    """A file on the page that an installer sees.

    Args:
        filename: the name under which the installer sees it: a chosen variant has its standard name.
        file: the file, as its source lists it.
        hides_digests: whether the installer sees it without its digests.
    """

    filename: str
    file: File
    hides_digests: bool = False

    @property
    def digests(self) -> Mapping[str, str]:
        """Those of its digests that the installer sees."""
        return {} if self.hides_digests else self.file.hashes

    @property
    def is_renamed(self) -> bool:
        """Whether it is a chosen variant, which the installer sees under another name than its source lists."""
        return self.filename != self.file.filename


class ConsideredFile(NamedTuple):
    """A shown file that an installer considers here: it fits, apart from the hashes that a requirement lists.

    Args:
        shown: the file.
        fits: whether the installer can install it, as far as that is known. pip takes a file with another hash where no
            file has a listed one, and ends when it has read it.
        claimed: whether it does not fit by what its page says only: an installer compares the digest of what it reads.
    """

    shown: ShownFile
    fits: bool
    claimed: bool = False


class Judgement(NamedTuple):
    """What is known of a release after its metadata was read.

    Args:
        verdicts: one for each wheel name, in preference order.
        copies: for each wheel name, the copy that its verdict is about.
        problems: what is wrong with the index's metadata of its variants.
        unreadable: why each of its wheels that could not be read is excluded.
    """

    verdicts: Sequence[Verdict]
    copies: Mapping[str, ListedFile]
    problems: Sequence[str] = ()
    unreadable: Sequence[str] = ()


class Release:
    """One release of a project: its verdicts, and what an installer is shown of it. It is judged when it is asked for.

    Args:
        version: the release.
        files: what the sources list.
        judge: reads the metadata of its variants, and chooses.
        show: the files of a release that an installer is shown.
        consider: those of them that it considers here.
    """

    def __init__(
        self,
        version: Version,
        files: Sequence[ListedFile],
        judge: Callable[[Release], Judgement],
        show: Callable[[Release], Sequence[ShownFile]],
        consider: Callable[[Release], Sequence[ConsideredFile]],
    ) -> None:
        self.version = version
        self.files = files
        self._judge = judge
        self._show = show
        self._consider = consider
        self._judgement = Once(lambda: judge(self))
        self._shown = Once(lambda: show(self))
        self._considered = Once(lambda: consider(self))

    @property
    def verdicts(self) -> Sequence[Verdict]:
        """One for each wheel name, in preference order."""
        return self._judgement().verdicts

    @property
    def problems(self) -> Sequence[str]:
        """What is wrong with the index's metadata of its variants."""
        return self._judgement().problems

    @property
    def unreadable(self) -> Sequence[str]:
        """Why each of its wheels that could not be read is excluded."""
        return self._judgement().unreadable

    @property
    def shown(self) -> Sequence[ShownFile]:
        """The files on the page that an installer sees."""
        return self._shown()

    @property
    def considered(self) -> Sequence[ConsideredFile]:
        """Those of the shown files that an installer considers here."""
        return self._considered()

    @property
    def has_variants(self) -> bool:
        """Whether any of its wheels is a variant. It need not be judged for that."""
        return any(file.wheel is not None and file.wheel.dialect is not Dialect.STANDARD for file in self.files)

    @property
    def is_yanked(self) -> bool:
        """Whether each of its files is yanked (PEP 592)."""
        return all(listed.file.yanked is not None for listed in self.files)

    @property
    def chosen(self) -> Candidate | None:
        """The wheel that is chosen for this host, if any fits."""
        from variantlib.verdict import Outcome

        for verdict in self.verdicts:
            if verdict.outcome is Outcome.CHOSEN:
                return verdict.candidate
        return None

    def find_copy(self, candidate: Candidate) -> ListedFile:
        """The listed file that a candidate is: of several copies with one name, the one that an installer takes."""
        return self._judgement().copies[candidate.wheel.filename]

    def with_files(self, files: Sequence[ListedFile]) -> Release:
        """The release after something else was found out about its files."""
        return Release(self.version, files, self._judge, self._show, self._consider)

    def with_verdicts(self, change: Callable[[Sequence[Verdict]], Sequence[Verdict]]) -> Release:
        """The same release with other verdicts, or other words for them.

        Args:
            change: makes them from those that there are, when somebody asks for them.
        """

        def judge(release: Release) -> Judgement:
            return self._judgement()._replace(verdicts=change(self.verdicts))

        return Release(self.version, self.files, judge, self._show, self._consider)


class Project:
    """A project as the view shows it. Its page is parsed when a release is asked for.

    Args:
        name: the project.
        read: the releases, newest first, and the files whose names have no version that can be parsed.
        plain: the page as its sources answered, if nothing on it has to do with variants.
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
        self._parsed = Once(read)
        self._prefetch = prefetch

    def find_release(self, version: str) -> Release | None:
        """The release of a version that is installed, or that another program names; None if there is none."""
        parsed = try_version(version)
        return None if parsed is None else self.releases.get(parsed)

    def with_release(self, release: Release, *, plain: bool) -> Project:
        """The project with a release in the place of the one with the same version.

        Args:
            release: the release.
            plain: whether the installer may still see the page as its sources answered.
        """
        releases, unversioned = {**self.releases, release.version: release}, self.unversioned
        return Project(self.name, lambda: (releases, unversioned), self.plain if plain else None, self._prefetch)

    @property
    def releases(self) -> Mapping[Version, Release]:
        """The releases, newest first.

        Raises:
            InvalidPageError: a page cannot be parsed.
        """
        return self._parsed()[0]

    @property
    def unversioned(self) -> Sequence[ShownFile]:
        """Files whose names have no version that can be parsed.

        Raises:
            InvalidPageError: a page cannot be parsed.
        """
        return self._parsed()[1]

    def prefetch(self) -> None:
        """Read the metadata of all its variants at once."""
        self._prefetch()

    @property
    def shown(self) -> Sequence[ShownFile]:
        """The whole page: the files of each release, newest first, then those without a version.

        Raises:
            InvalidPageError: a page cannot be parsed.
        """
        releases = self.releases.values()
        self._prefetch()
        return [*(file for release in releases for file in release.shown), *self.unversioned]
