"""The sources that the user has configured, and the files that they list together for a project.

Which of them are asked, and what it means when one fails, is :mod:`dualvariant.repository.inquiry`; which of their
files count is :mod:`dualvariant.repository.merge_rule`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from packaging.utils import NormalizedName

from dualvariant.core.errors import InvalidUrlError, UsageError
from dualvariant.core.once import Once
from dualvariant.network.client import Client
from dualvariant.network.concurrency import EarlyCalls
from dualvariant.network.pages import Page
from dualvariant.network.transport import KEPT_CONNECTIONS
from dualvariant.network.urls import Url, is_address, is_http, is_secure, local_path, redact_url
from dualvariant.repository.flat_index import FlatIndex
from dualvariant.repository.inquiry import Inquiry
from dualvariant.repository.joined_page import join_plain_pages
from dualvariant.repository.listed_file import METADATA_ENDINGS, ListedFile, find_malformed_value, parse_listed_file
from dualvariant.repository.merge_rule import PIP_RULE, MergeRule
from dualvariant.repository.page import File
from dualvariant.repository.pep708 import find_other_projects
from dualvariant.repository.plain_page import is_plain
from dualvariant.repository.source import FindLinks, Index, Listing, Source
from variantlib.wheel_name import Dialect

__all__ = ["PYPI", "NoSourcesError", "ProjectFiles", "SourceSettings", "Sources"]

PYPI = "https://pypi.org/simple"


class NoSourcesError(UsageError):
    """No index and no find-links location is left to read."""

    code = "no-sources"


class SourceSettings(NamedTuple):
    """Which sources to read, and how their files are merged.

    Args:
        index_url: the first index.
        extra_index_urls: further indexes.
        find_links: folders, pages or files, as paths or URLs.
        no_index: read no index at all.
        rule: how the sources are asked, and their files merged.
        strict: a source that fails is an error where the rule would pass over it.
        flat: those of the indexes that are a page, or folder, with files of any project.
        ignored_codes: for an index, the status codes that mean that it does not have a project.
        authenticate: what uv's ``authenticate`` says of an index: ``always`` or ``never``.
        lists: whether a file on a page counts as listed there, by the index's URL and the project; None if every one
            does.
    """

    index_url: str = PYPI
    extra_index_urls: tuple[str, ...] = ()
    find_links: tuple[str, ...] = ()
    no_index: bool = False
    rule: MergeRule = PIP_RULE
    strict: bool = False
    flat: frozenset[str] = frozenset()
    ignored_codes: Mapping[str, frozenset[int]] = MappingProxyType({})
    authenticate: Mapping[str, str] = MappingProxyType({})
    lists: Callable[[str, NormalizedName, File], bool] | None = None

    @property
    def indexes(self) -> tuple[str, ...]:
        """The URLs of the indexes to read."""
        return () if self.no_index else (self.index_url, *self.extra_index_urls)

    @property
    def identity(self) -> tuple[str, ...]:
        """What a digest of these settings is computed from: two with the same values list the same files."""
        return (self.rule.name, *self.indexes, "find-links", *self.find_links, "flat", *sorted(self.flat))


class ProjectFiles:
    """The files of a project on all sources. They are parsed and merged when they are asked for.

    Args:
        merge: makes the two values below.
        plain: the page of the project, of one source or of several joined, if nothing on it has to do with variants.
        first_counts: of files that do not differ the first one counts, not the last.
    """

    def __init__(
        self,
        merge: Callable[[], tuple[Sequence[ListedFile], Mapping[int, Mapping[str, File]]]],
        plain: Page | None = None,
        *,
        first_counts: bool = False,
    ) -> None:
        self._merged = Once(merge)
        self.plain = plain
        self.first_counts = first_counts

    @property
    def files(self) -> Sequence[ListedFile]:
        """Wheels and sdists, in the order in which the installer reads them. Several sources may have one file name.

        Raises:
            InvalidPageError: a page cannot be parsed.
        """
        return self._merged()[0]

    @property
    def index_metadata(self) -> Mapping[int, Mapping[str, File]]:
        """For the position of each source, its files that describe variants by file name.

        Raises:
            InvalidPageError: a page cannot be parsed.
        """
        return self._merged()[1]


class Sources:
    """Every configured source, read together. ``explain`` and ``install`` make their choice from the same one.

    Args:
        settings: which sources.
        client: reads URLs.
        warn: called with a message about each source, or file, that is passed over.

    Raises:
        InvalidUrlError: the URL of an index cannot be parsed.
    """

    def __init__(
        self, settings: SourceSettings, client: Client, warn: Callable[[str], None] = lambda message: None
    ) -> None:
        self.settings = settings
        self.client = client
        self._warn = warn
        self._warned: set[str] = set()
        #: Why there is nothing to read. It may not be needed: for what is installed, for files and links.
        self._problem: NoSourcesError | None = None
        self.sources: list[Source] = [FindLinks(location, client) for location in self._secure(settings.find_links)]
        self.sources += [
            FlatIndex(url, client) if url in settings.flat else Index(url, client, settings.lists)
            for url in self._secure(settings.indexes)
        ]
        if not self.sources and not settings.find_links and settings.no_index:
            self._problem = NoSourcesError(
                "no sources (--no-index without --find-links)", "--find-links names a folder or page with wheels"
            )
        elif not self.sources:
            self._problem = NoSourcesError(
                "no sources: none of them is secure", "--trusted-host names a host that may be used without https"
            )
        self._inquiry = Inquiry(
            self.sources, settings.rule.asking, self._warn_once, settings.strict, settings.ignored_codes
        )
        self._ask: Callable[[NormalizedName], Sequence[Listing | None]] = self._inquiry.ask

    def list_files(self, project: NormalizedName) -> ProjectFiles | None:
        """The files of a project, or None if no source has a page of it.

        Raises:
            SourceError: a source cannot be read.
            NoSourcesError: there is nothing to read.
        """
        if self._problem is not None:
            raise self._problem
        listings = self._ask(project)
        if not any(listings):
            return None
        first_counts = self.settings.rule.first_counts
        return ProjectFiles(
            lambda: self._merge(project, listings), self._find_plain(listings), first_counts=first_counts
        )

    def is_at_hand(self, project: NormalizedName) -> bool:
        """Whether an index has a page of the project for which no server is asked."""
        return any(isinstance(source, Index) and source.is_at_hand(project) for source in self.sources)

    def expect(self, projects: Sequence[NormalizedName]) -> None:
        """Ask for several projects now: their pages are on their way when :meth:`list_files` needs them."""
        if self._problem is None:
            self._ask = EarlyCalls(self._inquiry.ask, projects, KEPT_CONNECTIONS).result

    def _find_plain(self, listings: Sequence[Listing | None]) -> Page | None:
        """What an installer may see as it is: the only page, or the plain pages of all sources joined."""
        found = [listing for listing in listings if listing is not None]
        if len(found) == 1:
            page = found[0].page
            return page if page is not None and found[0].is_whole and is_plain(page) else None
        if not self.settings.rule.joins_pages:
            return None
        of_links = [listing if listing is not None and listing.page is None else None for listing in listings]
        files = [file for _, file in self.settings.rule.merge(of_links)]
        return join_plain_pages(files, [listing for listing in found if listing.page is not None])

    def _secure(self, urls: Sequence[str]) -> Iterator[str]:
        """The URLs that may be read, each once. As in pip, the others are passed over.

        Raises:
            InvalidUrlError: one of them is not a URL.
        """
        for url in dict.fromkeys(urls):
            if is_address(url):
                Url.parse(url)
            if self.settings.rule.any_host or is_secure(url, self.client.transport.trusted_hosts):
                yield url
            else:
                self._warn_once(
                    url,
                    f"{redact_url(url)} is passed over, as in pip (http, and its host is not trusted); "
                    "use https, or --trusted-host",
                )

    def _warn_once(self, key: str, message: str) -> None:
        if key not in self._warned:
            self._warned.add(key)
            self._warn(message)

    def _merge(
        self, project: NormalizedName, listings: Sequence[Listing | None]
    ) -> tuple[Sequence[ListedFile], Mapping[int, Mapping[str, File]]]:
        others = find_other_projects([listing.location if listing else None for listing in listings])
        files: list[ListedFile] = []
        last: dict[str, ListedFile] = {}
        index_metadata: dict[int, dict[str, File]] = {}
        for position, file in self.settings.rule.merge(listings):
            if "~" in file.filename and not _is_readable(file.url):
                continue
            if file.filename.endswith(METADATA_ENDINGS):
                if file.is_foreign_path or file.page_problem is not None or not _is_readable(file.url):
                    continue
                index_metadata.setdefault(position, {})[file.filename] = _with_lower_digests(file)
                continue
            listed = parse_listed_file(file, position, project)
            if listed is None or _only_ends_uv(listed):
                continue
            listed = _note_source(listed, listings[position], is_other=position in others)
            if listed.excluded is not None and listed.excluded == file.page_problem:
                self._warn_once(f"page {position}", f"{file.page_problem}: variants on such pages do not count")
            before = last.get(file.filename)
            if before is not None and before.source == position and _contradict(before.file, file):
                self._warn_once(
                    f"{position} {file.filename}",
                    f"{_describe_two(before.file, file)}; the {self._word_for_copy} one counts",
                )
            last[file.filename] = listed
            files.append(listed)
        return files, index_metadata

    @property
    def _word_for_copy(self) -> str:
        return "first" if self.settings.rule.first_counts else "last"


def _note_source(listed: ListedFile, listing: Listing | None, *, is_other: bool) -> ListedFile:
    """The file with what follows from its source.

    Args:
        listed: the file.
        listing: what its source lists.
        is_other: whether the source holds another project of the same name.
    """
    if listing is not None and listing.location.url is None:
        listed = listed._replace(from_find_links=True)
    if listed.wheel is None or listed.wheel.dialect is Dialect.STANDARD:
        return listed
    listed = listed._replace(file=_with_lower_digests(listed.file))
    if listed.file.page_problem is not None:
        return listed._replace(excluded=listed.file.page_problem)
    if is_other:
        why = "its index holds another project of this name, as the pages of the others say"
        return listed._replace(excluded=why)
    if listed.file.is_foreign_path:
        return listed._replace(excluded="the page of a web server names a path on this machine")
    malformed = find_malformed_value(listed.file)
    if malformed is not None:
        return listed._replace(excluded=f"its page lists a malformed {malformed}")
    return listed


def _with_lower_digests(file: File) -> File:
    """A file whose digests we compare ourselves."""
    return file._replace(hashes={name: digest.lower() for name, digest in file.hashes.items()})


def _only_ends_uv(listed: ListedFile) -> bool:
    """Whether a file is a wheel whose name nobody can read, with a value at which uv ends: uv reads that first."""
    file = listed.file
    has_one_name = file.egg is None and file.other_name is None
    is_unnamed = listed.wheel is None and has_one_name and file.filename.endswith(".whl")
    return is_unnamed and find_malformed_value(file) is not None


def _is_readable(url: str) -> bool:
    """Whether the URL is one that is read here."""
    if not is_http(url):
        return local_path(url) is not None
    try:
        return url.isprintable() and bool(Url.parse(url).server.host)
    except InvalidUrlError:
        return False


def _contradict(one: File, other: File) -> bool:
    return any(other.hashes.get(name, digest).lower() != digest.lower() for name, digest in one.hashes.items())


def _describe_two(one: File, other: File) -> str:
    return f"{one.filename} is listed twice with two hashes ({redact_url(one.url)}, {redact_url(other.url)})"
