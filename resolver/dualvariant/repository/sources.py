"""The sources that the user has configured, and the files that they list together for a project.

pip passes over a source that fails. It would then be unknown which wheel is the best, and a variant could be missing
without notice. So a source that fails is an error, with two exceptions: a source without the project (404, 410), and
one that does not say whether it has the project (403, which large indexes answer for every unknown name) while another
source has it. The latter is named in a warning once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from attrs import evolve, frozen
from packaging.utils import NormalizedName

from dualvariant.core.errors import UsageError
from dualvariant.network.client import Client
from dualvariant.network.concurrency import map_parallel
from dualvariant.network.failures import ForbiddenError
from dualvariant.network.transport import MAX_PARALLEL
from dualvariant.network.urls import Url, is_secure, redact_url
from dualvariant.repository.listed_file import ListedFile, parse_listed_file
from dualvariant.repository.merge_rule import PIP_RULE, MergeRule
from dualvariant.repository.page import File
from dualvariant.repository.pep708 import find_other_projects
from dualvariant.repository.source import FindLinks, Index, Listing, Source
from variantlib.wheel_name import Dialect

__all__ = ["PYPI", "InvalidUrlError", "NoSourcesError", "ProjectFiles", "SourceSettings", "Sources"]

PYPI = "https://pypi.org/simple"


class NoSourcesError(UsageError):
    """No index and no find-links location is left to read."""

    code = "no-sources"


class InvalidUrlError(UsageError):
    """A source's URL cannot be parsed."""

    code = "invalid-url"


@frozen
class SourceSettings:
    """Which sources to read, and how their files are merged.

    Args:
        index_url: the first index.
        extra_index_urls: further indexes.
        find_links: folders, pages or files, as paths or URLs.
        no_index: read no index at all.
        rule: how the files of the sources are merged.
    """

    index_url: str = PYPI
    extra_index_urls: tuple[str, ...] = ()
    find_links: tuple[str, ...] = ()
    no_index: bool = False
    rule: MergeRule = PIP_RULE

    @property
    def indexes(self) -> tuple[str, ...]:
        """The URLs of the indexes to read."""
        return () if self.no_index else (self.index_url, *self.extra_index_urls)

    @property
    def identity(self) -> tuple[str, ...]:
        """What a digest of these settings is computed from: two with the same values list the same files."""
        return (self.rule.name, *self.indexes, "find-links", *self.find_links)


@frozen
class ProjectFiles:
    """The files of a project on all sources.

    Args:
        files: wheels and sdists, each file name once.
        index_metadata: for the position of each source, its ``~variants.json`` files by file name.
    """

    files: Sequence[ListedFile]
    index_metadata: Mapping[int, Mapping[str, File]]


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
        self.sources += [Index(url, client) for url in self._secure(settings.indexes)]
        if not self.sources and not settings.find_links and settings.no_index:
            self._problem = NoSourcesError(
                "no sources (--no-index without --find-links)", "--find-links names a folder or page with wheels"
            )
        elif not self.sources:
            self._problem = NoSourcesError(
                "no sources: none of them is secure", "--trusted-host names a host that may be used without https"
            )

    def list_files(self, project: NormalizedName) -> ProjectFiles | None:
        """The files of a project, or None if no source has a page of it.

        Raises:
            SourceError: a source cannot be read.
            NoSourcesError: there is nothing to read.
        """
        if self._problem is not None:
            raise self._problem
        answers = map_parallel(lambda source: _list_or_refuse(source, project), self.sources, MAX_PARALLEL)
        refusals = [answer for answer in answers if isinstance(answer, ForbiddenError)]
        listings = [answer if isinstance(answer, Listing) else None for answer in answers]
        merged = self._merge(project, listings)
        if refusals and not merged.files:
            raise refusals[0]
        for refusal in refusals:
            host = Url.parse(refusal.url).server.host_and_port
            self._warn_once(
                host, f"{refusal}; so it counts as an index without the project, as in pip (said once for its host)"
            )
        return merged if any(listings) else None

    def _secure(self, urls: Sequence[str]) -> Iterator[str]:
        """The URLs that may be read, each once. As in pip, the others are passed over."""
        for url in dict.fromkeys(urls):
            try:
                secure = is_secure(url, self.client.transport.trusted_hosts)
            except ValueError:
                raise InvalidUrlError(
                    f"not a URL: {redact_url(url)}",
                    "check --index-url, --extra-index-url, --find-links and their files",
                ) from None
            if secure:
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

    def _merge(self, project: NormalizedName, listings: Sequence[Listing | None]) -> ProjectFiles:
        others = find_other_projects([listing.location if listing else None for listing in listings])
        files: dict[str, ListedFile] = {}
        index_metadata: dict[int, dict[str, File]] = {}
        for position, file in self.settings.rule.merge(listings):
            if file.filename.endswith("~variants.json"):
                index_metadata.setdefault(position, {})[file.filename] = file
                continue
            listed = parse_listed_file(file, position, project)
            if listed is None:
                continue
            if position in others and listed.wheel is not None and listed.wheel.dialect is not Dialect.STANDARD:
                why = "its index holds another project of this name, as the pages of the others say"
                listed = evolve(listed, excluded=why)
            before = files.get(file.filename)
            if before is not None and before.source == position and _contradict(before.file, file):
                self._warn_once(
                    f"{position} {file.filename}", f"{_describe_two(before.file, file)}; the last one counts"
                )
            files[file.filename] = listed
        return ProjectFiles(list(files.values()), index_metadata)


def _list_or_refuse(source: Source, project: NormalizedName) -> Listing | ForbiddenError | None:
    try:
        return source.list_files(project)
    except ForbiddenError as error:
        return error


def _contradict(one: File, other: File) -> bool:
    return any(other.hashes.get(name, digest) != digest for name, digest in one.hashes.items())


def _describe_two(one: File, other: File) -> str:
    return f"{one.filename} is listed twice with two hashes ({redact_url(one.url)}, {redact_url(other.url)})"
