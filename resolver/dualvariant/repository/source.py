"""One source: an index with a page for each project, or a find-links location with files of any project."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Protocol
from urllib.parse import quote

from attrs import evolve
from packaging.utils import NormalizedName, canonicalize_name

from dualvariant.core.dirs import expand_home
from dualvariant.core.once import Once
from dualvariant.network.client import Client
from dualvariant.network.failures import InvalidPageError, UnreadableSourceFileError
from dualvariant.network.pages import Page
from dualvariant.network.urls import find_scheme, is_http, local_path, redact_path, redact_url
from dualvariant.repository.listed_file import METADATA_ENDINGS, SDIST_ENDINGS
from dualvariant.repository.page import HTML_TYPE, JSON_TYPE, File, ProjectPage
from dualvariant.repository.pep708 import PageLocation

__all__ = ["FindLinks", "Index", "Listing", "Source"]

_ACCEPT = f"{JSON_TYPE}, {HTML_TYPE};q=0.2, text/html;q=0.1"
_TYPES = (JSON_TYPE, HTML_TYPE, "text/html")
_FILES = (".whl", *METADATA_ENDINGS, *SDIST_ENDINGS)
_CHECK_INDEX = "check that the URL is that of a simple index (--index-url, --extra-index-url, --find-links)"


class Listing:
    """The files that a source lists for a project. A page is parsed when one of its files is asked for.

    Args:
        read: the content of the page.
        url: where the page is, or None for a find-links source, which has no page of the project.
        page: the page as the source answered, if it is one page.
        is_whole: whether every file on the page counts.
    """

    def __init__(
        self,
        read: Callable[[], ProjectPage],
        url: str | None = None,
        page: Page | None = None,
        *,
        is_whole: bool = True,
    ) -> None:
        self._content = Once(read)
        self._url = url
        self.page = page
        self.is_whole = is_whole

    @property
    def files(self) -> Sequence[File]:
        """The files; a find-links source may list some of other projects as well.

        Raises:
            InvalidPageError: the page cannot be parsed.
        """
        return self._content().files

    @property
    def location(self) -> PageLocation:
        """Where they are listed, and what is said there of other places.

        Raises:
            InvalidPageError: the page cannot be parsed.
        """
        if self._url is None:
            return PageLocation(None)
        return PageLocation(self._url, self._content().tracks, self._content().alternates)


class Source(Protocol):
    """Something that lists the files of projects."""

    @property
    def place(self) -> str:
        """Its address or path, as it is configured."""

    def list_files(self, project: NormalizedName) -> Listing | None:
        """The files of the project, or None if the source has no page for it.

        Raises:
            ForbiddenError: the server does not say whether it has one.
            SourceError: the source cannot be read.
        """


def _fetch_page(client: Client, url: str) -> Page | None:
    """A page that may list files, or None if there is none.

    Raises:
        InvalidPageError: the answer is something else.
        SourceError: it cannot be read.
    """
    page = client.fetch_page(url, _ACCEPT)
    if page is None or page.content_type in _TYPES:
        return page
    for known in _TYPES:
        if page.content_type.startswith(known):  # as in pip: ``text/html, text/html``
            return evolve(page, content_type=known, notes=None)
    kind = repr(page.content_type) if page.content_type else "something without a content type"
    raise InvalidPageError(f"{redact_url(url)} is not an index page (it is {kind})", _CHECK_INDEX)


def _parse_page(page: Page, url: str) -> ProjectPage:
    """The content of a page that was asked for under a URL.

    Raises:
        InvalidPageError: it cannot be parsed.
    """
    from dualvariant.repository.page_parser import parse_html_page, parse_json_page

    try:
        if page.content_type == JSON_TYPE:
            content = parse_json_page(page.body, page.url)
        else:
            content = parse_html_page(page.text, page.url)
    except ValueError as error:
        raise InvalidPageError(f"{redact_url(url)} cannot be used ({error})", _CHECK_INDEX) from error
    files = content.files
    if content.unknown_version is not None:
        said = f"is of version {content.unknown_version} of the simple API, and dualvariant reads version 1"
        files = [file._replace(page_problem=f"{redact_url(url)} {said}") for file in files]
    if is_http(page.url) and any(map(_is_path, files)):
        files = [file._replace(is_foreign_path=True) if _is_path(file) else file for file in files]
    return content._replace(files=files)


def _is_path(file: File) -> bool:
    return not is_http(file.url) and local_path(file.url) is not None


class Index:
    """A simple repository (PEP 503): one page for each project, over http or in a folder.

    Args:
        url: the index; project names are appended.
        client: reads URLs.
        lists: whether a file on a page counts, by the index's URL and the project; None if every one does. A file that
            describes variants counts in any case.
    """

    def __init__(
        self, url: str, client: Client, lists: Callable[[str, NormalizedName, File], bool] | None = None
    ) -> None:
        self.place = url
        self.url = url.rstrip("/")
        self.client = client
        self._lists = lists

    def list_files(self, project: NormalizedName) -> Listing | None:
        """The files on the project's page."""
        url, address = self._locate(project)
        page = _fetch_page(self.client, address)
        if page is None:
            return None
        lists = self._lists

        def read() -> ProjectPage:
            content = _parse_page(page, address)
            if lists is None:
                return content
            files = [
                file
                for file in content.files
                if file.filename.endswith(METADATA_ENDINGS) or lists(self.place, project, file)
            ]
            return content._replace(files=files)

        return Listing(read, url, page, is_whole=lists is None)

    def is_at_hand(self, project: NormalizedName) -> bool:
        """Whether the project's page is read without asking a server."""
        return self.client.is_at_hand(self._locate(project)[1], _ACCEPT)

    def _locate(self, project: NormalizedName) -> tuple[str, str]:
        """The URL of the project's page, and the one that is read: in a folder it is that of a file."""
        url = f"{self.url}/{quote(project)}/"
        return url, f"{url}index.html" if local_path(url) else url


class FindLinks:
    """A find-links source: a folder with files, a page with links to them, or one file. It is read once.

    Args:
        location: a path or a URL.
        client: reads URLs.
    """

    def __init__(self, location: str, client: Client) -> None:
        self.place = self.location = location
        self.client = client
        self._files = Once(lambda: _FilesByProject(self._read_files()))

    def list_files(self, project: NormalizedName) -> Listing | None:
        """The files that may be the project's, or None if there are none."""
        files = self._files().find(project)
        return Listing(lambda: ProjectPage(files)) if files else None

    def _read_files(self) -> Iterator[File]:
        path = local_path(self.location)
        if path is None and not find_scheme(self.location):
            path = expand_home(self.location)
        if path is None:
            yield from self._read_remote()
        elif path.is_dir():
            yield from self._read_folder(path)
        elif path.name.endswith(_FILES) and path.is_file():
            yield _make_file(path.name, path.absolute().as_uri(), self.location if find_scheme(self.location) else "")
        elif not path.exists():
            raise UnreadableSourceFileError(
                f"there is no such folder or file: {redact_path(str(path))!r}",
                "check the path, and that what holds it is mounted (--find-links)",
            )
        else:
            yield from self._read_links(path.absolute().as_uri())

    def _read_remote(self) -> Iterator[File]:
        from dualvariant.repository.page_parser import parse_filename

        name = parse_filename(self.location)
        if name.endswith(_FILES):  # as in pip, the URL of a file is that file
            yield _make_file(name, self.location.partition("#")[0], self.location)
        else:
            yield from self._read_links(self.location)

    def _read_folder(self, folder: Path) -> Iterator[File]:
        try:
            entries = sorted(folder.iterdir())
        except OSError as error:
            raise UnreadableSourceFileError(
                f"the folder cannot be read ({error.strerror}): {redact_path(str(folder))!r}",
                "check the permissions of the folder (--find-links)",
            ) from error
        for path in entries:
            if path.name.endswith(_FILES) and path.name.isprintable():
                yield File(path.name, path.absolute().as_uri())
            elif path.name.endswith((".html", ".htm")):  # as in pip, pages in a folder are read too
                yield from self._read_links(path.absolute().as_uri())

    def _read_links(self, url: str) -> Sequence[File]:
        page = _fetch_page(self.client, url)
        return [] if page is None else _parse_page(page, url).files


def _make_file(filename: str, url: str, link: str) -> File:
    """The one file that a find-links source is, with what its link says of it."""
    from dualvariant.repository.page_parser import has_pairs, parse_egg, parse_hash_fragment

    return File(filename, url, hashes=parse_hash_fragment(link), egg=parse_egg(link), has_pairs=has_pairs(link))


class _FilesByProject:
    """The files of a find-links source by what their names begin with; most projects have none of them."""

    def __init__(self, files: Iterator[File]) -> None:
        self._by_name: dict[str, list[tuple[int, File]]] = {}
        #: An sdist may have dashes in its project's name, so it is found by the beginning of its whole name.
        self._sdists: list[tuple[str, int, File]] = []
        for position, file in enumerate(files):
            if file.filename.endswith(SDIST_ENDINGS):
                self._sdists.append((canonicalize_name(file.filename), position, file))
            else:
                name = canonicalize_name(file.filename.partition("-")[0])
                self._by_name.setdefault(name, []).append((position, file))

    def find(self, project: NormalizedName) -> list[File]:
        """The files that may be the project's, in their order."""
        found = list(self._by_name.get(project, ()))
        found += [(position, file) for name, position, file in self._sdists if name.startswith(f"{project}-")]
        return [file for _, file in sorted(found, key=lambda pair: pair[0])]
