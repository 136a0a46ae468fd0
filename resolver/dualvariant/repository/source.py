"""One source: an index with a page for each project, or a find-links location with files of any project."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol
from urllib.parse import quote, urlsplit

from attrs import frozen
from packaging.utils import NormalizedName

from dualvariant.core.dirs import expand_home
from dualvariant.network.client import Client
from dualvariant.network.failures import InvalidPageError, UnreadableSourceFileError
from dualvariant.network.urls import local_path, redact_url
from dualvariant.repository.listed_file import SDIST_ENDINGS
from dualvariant.repository.page import HTML_TYPE, JSON_TYPE, File, ProjectPage
from dualvariant.repository.page_parser import parse_filename, parse_html_page, parse_json_page
from dualvariant.repository.pep708 import PageLocation

__all__ = ["FindLinks", "Index", "Listing", "Source", "read_page"]

_ACCEPT = f"{JSON_TYPE}, {HTML_TYPE};q=0.2, text/html;q=0.1"
_FILES = (".whl", "~variants.json", *SDIST_ENDINGS)
_CHECK_INDEX = "check that the URL is that of a simple index (--index-url, --extra-index-url, --find-links)"


@frozen
class Listing:
    """The files that a source lists for a project.

    Args:
        files: the files; a find-links source lists those of other projects as well.
        location: where they are listed.
    """

    files: Sequence[File]
    location: PageLocation


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


def read_page(client: Client, url: str) -> ProjectPage | None:
    """A page that lists files, or None if there is none.

    Raises:
        InvalidPageError: the answer is something else.
        SourceError: it cannot be read.
    """
    page = client.fetch_page(url, _ACCEPT)
    if page is None:
        return None
    if page.content_type not in (JSON_TYPE, HTML_TYPE, "text/html"):
        kind = repr(page.content_type) if page.content_type else "something without a content type"
        raise InvalidPageError(f"{redact_url(url)} is not an index page (it is {kind})", _CHECK_INDEX)
    parse = parse_json_page if page.content_type == JSON_TYPE else parse_html_page
    try:
        return parse(page.text, page.url)
    except ValueError as error:
        raise InvalidPageError(f"{redact_url(url)} cannot be used ({error})", _CHECK_INDEX) from error


class Index:
    """A simple repository (PEP 503): one page for each project, over http or in a folder.

    Args:
        url: the index; project names are appended.
        client: reads URLs.
    """

    def __init__(self, url: str, client: Client) -> None:
        self.place = url
        self.url = url.rstrip("/")
        self.client = client

    def list_files(self, project: NormalizedName) -> Listing | None:
        """The files on the project's page."""
        url = f"{self.url}/{quote(project)}/"
        page = read_page(self.client, f"{url}index.html" if local_path(url) else url)
        return None if page is None else Listing(page.files, PageLocation(url, page.tracks, page.alternates))


class FindLinks:
    """A find-links source: a folder with files, a page with links to them, or one file. It is read once.

    Args:
        location: a path or a URL.
        client: reads URLs.
    """

    def __init__(self, location: str, client: Client) -> None:
        self.place = self.location = location
        self.client = client
        self._listing: Listing | None = None
        self._lock = threading.Lock()

    def list_files(self, project: NormalizedName) -> Listing | None:
        """Every file there is, of this project and of others."""
        with self._lock:
            if self._listing is None:
                self._listing = Listing(list(self._read_files()), PageLocation(None))
            return self._listing

    def _read_files(self) -> Iterator[File]:
        path = local_path(self.location)
        if path is None and not urlsplit(self.location).scheme:
            path = expand_home(self.location)
        if path is None:
            yield from self._read_remote()
        elif path.is_dir():
            yield from self._read_folder(path)
        elif path.name.endswith(_FILES) and path.is_file():
            yield File(path.name, path.absolute().as_uri())
        elif not path.exists():
            raise UnreadableSourceFileError(
                f"there is no such folder or file: {str(path)!r}",
                "check the path, and that what holds it is mounted (--find-links)",
            )
        else:
            yield from self._read_links(path.absolute().as_uri())

    def _read_remote(self) -> Iterator[File]:
        name = parse_filename(self.location)
        if name.endswith(_FILES):  # as in pip, the URL of a file is that file
            url, _, fragment = self.location.partition("#")
            hash_name, _, digest = fragment.partition("=")
            yield File(name, url, hashes={hash_name: digest} if digest else {})
        else:
            yield from self._read_links(self.location)

    def _read_folder(self, folder: Path) -> Iterator[File]:
        try:
            entries = sorted(folder.iterdir())
        except OSError as error:
            raise UnreadableSourceFileError(
                f"the folder cannot be read ({error.strerror}): {str(folder)!r}",
                "check the permissions of the folder (--find-links)",
            ) from error
        for path in entries:
            if path.name.endswith(_FILES) and path.name.isprintable():
                yield File(path.name, path.absolute().as_uri())
            elif path.name.endswith((".html", ".htm")):  # as in pip, pages in a folder are read too
                yield from self._read_links(path.absolute().as_uri())

    def _read_links(self, url: str) -> Sequence[File]:
        page = read_page(self.client, url)
        return [] if page is None else page.files
