"""One source: an index with a page for each project, or a find-links place with files of any project."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol
from urllib.parse import quote, urlsplit

from attrs import frozen
from packaging.utils import NormalizedName

from dualvariant.core.dirs import expand_home
from dualvariant.network.client import Client, SourceError
from dualvariant.network.urls import local_path, shown
from dualvariant.repository.listed_file import SDIST_ENDINGS
from dualvariant.repository.page import JSON_TYPE, File, ProjectPage, filename_of, html_page, json_page
from dualvariant.repository.pep708 import Place

__all__ = ["Index", "Links", "Listing", "Source"]

_HTML_TYPE = "application/vnd.pypi.simple.v1+html"
_ACCEPT = f"{JSON_TYPE}, {_HTML_TYPE};q=0.2, text/html;q=0.1"
_FILES = (".whl", "~variants.json", *SDIST_ENDINGS)


@frozen
class Listing:
    """What a source has of a project.

    Args:
        files: perhaps other projects' as well.
        place: where they are listed.
    """

    files: Sequence[File]
    place: Place


class Source(Protocol):
    """Somewhere that files of a project are listed."""

    def listing(self, project: NormalizedName) -> Listing | None:
        """What it has of the project, or None if it has no page for it.

        Raises:
            RefusedError: we may not see whether it has one.
            SourceError: it cannot be told.
        """


def read_page(client: Client, url: str) -> ProjectPage | None:
    """A page that lists files, or None if there is none.

    Raises:
        SourceError: there is something else.
    """
    page = client.page(url, _ACCEPT)
    if page is None:
        return None
    if page.content_type not in (JSON_TYPE, _HTML_TYPE, "text/html"):
        kind = repr(page.content_type) if page.content_type else "something without a content type"
        raise SourceError(f"{shown(url)} is no index page (it is {kind})")
    try:
        return json_page(page.text, page.url) if page.content_type == JSON_TYPE else html_page(page.text, page.url)
    except ValueError as error:
        raise SourceError(f"{shown(url)} is unusable ({error})") from error


class Index:
    """A simple repository (PEP 503): one page a project, over http or in a folder."""

    def __init__(self, url: str, client: Client) -> None:
        self.url = url.rstrip("/")
        self.client = client

    def listing(self, project: NormalizedName) -> Listing | None:
        url = f"{self.url}/{quote(project)}/"
        page = read_page(self.client, f"{url}index.html" if local_path(url) else url)
        return None if page is None else Listing(page.files, Place(url, page.tracks, page.alternates))


class Links:
    """A find-links source: a folder with files, a page with links to them, or one file."""

    def __init__(self, location: str, client: Client) -> None:
        self.location = location
        self.client = client
        self._listing: Listing | None = None
        self._lock = threading.Lock()

    def listing(self, project: NormalizedName) -> Listing | None:
        with self._lock:
            if self._listing is None:
                self._listing = Listing(list(self._listed()), Place(None))
            return self._listing

    def _listed(self) -> Iterator[File]:
        place = local_path(self.location)
        if place is None and not urlsplit(self.location).scheme:
            place = expand_home(self.location)
        if place is None:
            yield from self._remote()
        elif place.is_dir():
            yield from self._in_folder(place)
        elif place.name.endswith(_FILES) and place.is_file():
            yield File(place.name, place.absolute().as_uri())
        else:
            yield from self._on_page(place.absolute().as_uri())

    def _remote(self) -> Iterator[File]:
        name = filename_of(self.location)
        if name.endswith(_FILES):  # pip takes the address of a file for the file
            address, _, fragment = self.location.partition("#")
            hash_name, _, digest = fragment.partition("=")
            yield File(name, address, hashes={hash_name: digest} if digest else {})
        else:
            yield from self._on_page(self.location)

    def _in_folder(self, folder: Path) -> Iterator[File]:
        try:
            entries = sorted(folder.iterdir())
        except OSError as error:
            raise SourceError(f"the folder cannot be read ({error.strerror}): {str(folder)!r}") from error
        for path in entries:
            if path.name.endswith(_FILES) and path.name.isprintable():
                yield File(path.name, path.absolute().as_uri())
            elif path.name.endswith((".html", ".htm")):  # pip reads the pages in a folder too
                yield from self._on_page(path.absolute().as_uri())

    def _on_page(self, url: str) -> Sequence[File]:
        page = read_page(self.client, url)
        return [] if page is None else page.files
