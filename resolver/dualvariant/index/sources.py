"""The sources that a user has configured, and what all of them together offer of a project.

They are merged as pip merges them: every file of every source is a candidate; of two with one name the first source's
counts, find-links before indexes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Protocol
from urllib.parse import quote, urlsplit

from attrs import field, frozen
from packaging.utils import (
    InvalidSdistFilename,
    NormalizedName,
    canonicalize_name,
    parse_sdist_filename,
)
from packaging.version import InvalidVersion, Version

from dualvariant.errors import UsageError
from dualvariant.index.fetch import Client, SourceError, local_path
from dualvariant.index.page import JSON_TYPE, File, parse_html, parse_json
from variantlib.errors import WheelNameError
from variantlib.wheel_name import WheelName, parse_wheel_name

__all__ = ["Offer", "Settings", "Source", "Sources"]

PYPI = "https://pypi.org/simple"
SDIST_ENDINGS = (".tar.gz", ".zip", ".tar.bz2", ".tar.xz", ".tgz", ".tar")
_ACCEPT = f"{JSON_TYPE}, text/html;q=0.1"


@frozen
class Settings:
    """Where to look, in pip's words."""

    index_url: str = PYPI
    extra_index_urls: tuple[str, ...] = ()
    find_links: tuple[str, ...] = ()
    no_index: bool = False

    @property
    def indexes(self) -> tuple[str, ...]:
        """The addresses of every index that counts."""
        return () if self.no_index else (self.index_url, *self.extra_index_urls)


@frozen
class Offer:
    """One file of a project, and who offers it.

    Args:
        file: the file as its page lists it.
        source: the position of its source.
        wheel: what its name says, if it is a wheel whose name can be read.
        version: the release that it belongs to, or None if the name does not tell.
    """

    file: File
    source: int
    wheel: WheelName | None = None
    version: Version | None = field(default=None)


class Source(Protocol):
    """Somewhere that files of a project are listed."""

    def files(self, project: NormalizedName) -> Iterable[File] | None:
        """The files it has of the project (perhaps others as well), or None if it has no page for it."""


class Index:
    """A simple repository (PEP 503): one page a project, over http or in a folder."""

    def __init__(self, url: str, client: Client) -> None:
        self.url = url.rstrip("/")
        self.client = client

    def files(self, project: NormalizedName) -> Iterable[File] | None:
        url = f"{self.url}/{quote(project)}/"
        page = self.client.page(f"{url}index.html" if local_path(url) else url, _ACCEPT)
        if page is None:
            return None
        if page.content_type.endswith("json"):
            try:
                return parse_json(page.text, page.url)
            except ValueError as error:
                raise SourceError(f"{url} is unusable ({error})") from error
        return parse_html(page.text, page.url)


class Links:
    """A find-links source: a folder with files, or a page with links to them."""

    def __init__(self, location: str, client: Client) -> None:
        self.location = location
        self.client = client
        self._files: list[File] | None = None

    def files(self, project: NormalizedName) -> Iterable[File] | None:
        if self._files is None:
            self._files = list(self._listed())
        return self._files

    def _listed(self) -> Iterator[File]:
        folder = local_path(self.location) if "://" in self.location or ":" in self.location[1:] else None
        if folder is None and not urlsplit(self.location).scheme:
            folder = Path(self.location).expanduser()
        if folder is not None and folder.is_dir():
            for path in sorted(folder.iterdir()):
                if path.name.endswith((".whl", "~variants.json", *SDIST_ENDINGS)):
                    yield File(path.name, path.absolute().as_uri())
            return
        url = folder.absolute().as_uri() if folder is not None else self.location
        page = self.client.page(url, "text/html")
        if page is not None:
            yield from parse_html(page.text, page.url)


def offer_of(file: File, source: int, project: NormalizedName) -> Offer | None:
    """The file as an offer of this project, or None if it is another's or nothing that can be installed."""
    name = file.filename
    if name.endswith(".whl"):
        try:
            wheel = parse_wheel_name(name)
        except WheelNameError:
            # Whether an odd name is a wheel at all is the installer's business; only its project is ours.
            mine = canonicalize_name(name.split("-")[0]) == project
            return Offer(file, source) if mine else None
        return Offer(file, source, wheel, wheel.version) if wheel.name == project else None
    if name.endswith(SDIST_ENDINGS):
        return Offer(file, source, version=_sdist_version(name, project)) if _is_sdist_of(name, project) else None
    return None


def _is_sdist_of(name: str, project: NormalizedName) -> bool:
    # Old sdists have dashes in the project's name, so the name alone does not tell where the version begins.
    return canonicalize_name(name).startswith(f"{project}-")


def _sdist_version(name: str, project: NormalizedName) -> Version | None:
    try:
        found, version = parse_sdist_filename(name)
        if found == project:
            return version
    except InvalidSdistFilename:
        pass
    for ending in SDIST_ENDINGS:
        if name.endswith(ending):
            try:
                return Version(name.removesuffix(ending)[len(project) + 1 :])
            except InvalidVersion:
                return None
    return None


class Sources:
    """Every configured source, asked together."""

    def __init__(self, settings: Settings, client: Client) -> None:
        self.settings = settings
        self.client = client
        self.sources: list[Source] = [Links(location, client) for location in settings.find_links]
        self.sources += [Index(url, client) for url in settings.indexes]
        if not self.sources:
            raise UsageError("no sources (--no-index without --find-links)", "--find-links names a folder")

    def listed(self, project: NormalizedName) -> tuple[list[Offer], dict[int, dict[str, File]]] | None:
        """What there is of a project, or None if no source knows it.

        Returns:
            The offers, each file name once; and for each source its ``~variants.json`` files by name.

        Raises:
            SourceError: a source cannot be read. pip would go on with the others; which wheel is best could then not be
                told, so we say so.
        """
        offers: dict[str, Offer] = {}
        metadata: dict[int, dict[str, File]] = {}
        known = False
        for position, files in enumerate(self._ask(project)):
            known = known or files is not None
            for file in files or ():
                if file.filename.endswith("~variants.json"):
                    metadata.setdefault(position, {}).setdefault(file.filename, file)
                elif file.filename not in offers:
                    offer = offer_of(file, position, project)
                    if offer is not None:
                        offers[file.filename] = offer
        return (list(offers.values()), metadata) if known else None

    def _ask(self, project: NormalizedName) -> Sequence[Iterable[File] | None]:
        if len(self.sources) == 1 or all(local_path(url) for url in self.settings.indexes):
            return [source.files(project) for source in self.sources]
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(max_workers=8) as pool:
            return list(pool.map(lambda source: source.files(project), self.sources))
