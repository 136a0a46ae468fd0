"""The sources that a user has configured, and what all of them together offer of a project.

They are merged as pip merges them: every file of every source is a candidate. Of two with one name the last one counts:
files in find-links folders, then find-links pages, then the indexes in their order (measured with pip 21.3 to 26.3).

pip passes over a source that fails. Which wheel is best could then not be told any more, and a variant could silently
be missing; so a source that fails ends the matter. There are two exceptions: a source without the project (404, 410),
and one that does not say whether it has it (403, which large indexes answer for every name they don't know) as long as
another source has the project; that one is named once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from attrs import evolve, frozen
from packaging.utils import NormalizedName

from dualvariant.core.errors import UsageError
from dualvariant.network.client import Client, RefusedError
from dualvariant.network.concurrency import all_of
from dualvariant.network.transport import PARALLEL
from dualvariant.network.urls import is_secure, local_path, shown
from dualvariant.repository.listed_file import SDIST_ENDINGS, Offer, offer_of
from dualvariant.repository.page import File
from dualvariant.repository.pep708 import strangers
from dualvariant.repository.source import Index, Links, Listing, Source
from variantlib.wheel_name import Dialect

__all__ = ["PYPI", "SDIST_ENDINGS", "Offer", "Settings", "Source", "Sources", "offer_of"]

PYPI = "https://pypi.org/simple"


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


class Sources:
    """Every configured source, asked together.

    Args:
        settings: where to look.
        client: reads addresses.
        warn: told of what is passed over.
    """

    def __init__(self, settings: Settings, client: Client, warn: Callable[[str], None] = lambda message: None) -> None:
        self.settings = settings
        self.client = client
        self._warn = warn
        self._warned: set[str] = set()
        self.sources: list[Source] = [Links(location, client) for location in self._secure(settings.find_links)]
        self.sources += [Index(url, client) for url in self._secure(settings.indexes)]
        if not self.sources and not settings.find_links and settings.no_index:
            raise UsageError("no sources (--no-index without --find-links)", "--find-links names a folder")
        if not self.sources:
            raise UsageError(
                "no sources: none of them is secure", "--trusted-host names a host that is trusted all the same"
            )

    def _secure(self, urls: Sequence[str]) -> Iterator[str]:
        """The addresses that may be asked, each once; pip too passes over the others."""
        for url in dict.fromkeys(urls):
            if is_secure(url, self.client.transport.trusted_hosts):
                yield url
            else:
                self._once(
                    url,
                    f"{shown(url)} is passed over, as pip does (http, and its host is not trusted); "
                    "https, or --trusted-host, makes it count",
                )

    def _once(self, key: str, message: str) -> None:
        if key not in self._warned:
            self._warned.add(key)
            self._warn(message)

    def listed(self, project: NormalizedName) -> tuple[list[Offer], dict[int, dict[str, File]]] | None:
        """What there is of a project, or None if no source knows it.

        Returns:
            The offers, each file name once; and for each source its ``~variants.json`` files by name.

        Raises:
            SourceError: a source cannot be read.
        """
        answers = all_of(lambda source: self._ask(source, project), self.sources, PARALLEL)
        refusals = [answer for answer in answers if isinstance(answer, RefusedError)]
        listings = [answer if isinstance(answer, Listing) else None for answer in answers]
        offers, metadata = self._merged(project, listings)
        if refusals and not offers:
            raise refusals[0]
        for refusal in refusals:
            host = str(refusal).partition("://")[2].partition("/")[0]
            self._once(host, f"{refusal}; it is taken to have no such project, as in pip (said once for its host)")
        return (offers, metadata) if any(listings) else None

    def _ask(self, source: Source, project: NormalizedName) -> Listing | RefusedError | None:
        try:
            return source.listing(project)
        except RefusedError as error:
            return error

    def _merged(
        self, project: NormalizedName, listings: Sequence[Listing | None]
    ) -> tuple[list[Offer], dict[int, dict[str, File]]]:
        foreign = strangers([listing.place if listing else None for listing in listings])
        offers: dict[str, Offer] = {}
        metadata: dict[int, dict[str, File]] = {}
        for position, file in _in_order(listings):
            if file.filename.endswith("~variants.json"):
                metadata.setdefault(position, {})[file.filename] = file
                continue
            offer = offer_of(file, position, project)
            if offer is None:
                continue
            if position in foreign and offer.wheel is not None and offer.wheel.dialect is not Dialect.STANDARD:
                offer = evolve(offer, foreign="its index holds another project of this name, by the others' pages")
            before = offers.get(file.filename)
            if before is not None and before.source == position and _contradict(before.file, file):
                self._once(f"{position} {file.filename}", f"{_listed_twice(before.file, file)}; the last one counts")
            offers[file.filename] = offer
        return list(offers.values()), metadata


def _in_order(listings: Sequence[Listing | None]) -> Iterator[tuple[int, File]]:
    """Every file with its source's position, what counts most at the end.

    pip has the files of find-links folders first, by descending address, whichever folder they lie in.
    """
    listed = [(position, file) for position, listing in enumerate(listings) if listing for file in listing.files]
    loose = {
        position
        for position, listing in enumerate(listings)
        if listing is not None and listing.place.url is None and all(local_path(file.url) for file in listing.files)
    }
    first = [(position, file) for position, file in listed if position in loose]
    yield from sorted(first, key=lambda pair: pair[1].url, reverse=True)
    yield from ((position, file) for position, file in listed if position not in loose)


def _contradict(one: File, other: File) -> bool:
    return any(other.hashes.get(name, digest) != digest for name, digest in one.hashes.items())


def _listed_twice(one: File, other: File) -> str:
    return f"{one.filename} is listed twice with two hashes ({shown(one.url)}, {shown(other.url)})"
