"""Which properties the hash wheels of a release need: from the index, else from the wheels themselves."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from attrs import field, frozen
from packaging.version import Version

from dualvariant.network.client import Client, DamagedError, GoneError, SourceError
from dualvariant.network.concurrency import all_of
from dualvariant.network.remote_wheel import open_remote
from dualvariant.network.transport import PARALLEL
from dualvariant.network.urls import local_path
from dualvariant.repository.content_cache import Remembered
from dualvariant.repository.listed_file import Offer
from dualvariant.repository.page import File
from variantlib.dialects import hashes
from variantlib.errors import IndexMetadataError, WheelFileError
from variantlib.meta import VariantDescription
from variantlib.verdict import Candidate
from variantlib.wheel_archive import read_metadata
from variantlib.wheel_name import Dialect, WheelName

__all__ = ["Described", "MetadataReader"]

S = TypeVar("S")
T = TypeVar("T")


@frozen
class Described:
    """The wheels of one release as candidates, in the order of their offers.

    Args:
        candidates: one for each wheel.
        problems: what is wrong with the index's metadata of the release; its hash wheels are excluded.
        unreadable: whether a wheel that had to be asked itself could not be read; it alone is excluded.
    """

    candidates: Sequence[Candidate]
    problems: Sequence[str] = ()
    unreadable: bool = False


@frozen
class _Table:
    """An index's metadata of one release, from one source: which hash means what, or why that cannot be told."""

    descriptions: Mapping[str, VariantDescription] = field(factory=dict)
    problem: str | None = None


_NOTHING = _Table()
#: A source's position and a version.
_Release = tuple[int, Version | None]


@frozen
class _Asked:
    """What a wheel itself says, or why it is excluded; and whether others may be missing for the same reason."""

    description: VariantDescription | None = None
    excluded: str | None = None
    passing: bool = False


class MetadataReader:
    """Reads variant metadata, the cheapest truthful place first, and remembers what it read over the network.

    Args:
        client: reads addresses.
        remembered: what was read before.
    """

    def __init__(self, client: Client, remembered: Remembered) -> None:
        self.client = client
        self.remembered = remembered
        self._tables: dict[str, _Table] = {}
        self._asked: dict[str, _Asked] = {}

    def prepare(self, offers: Sequence[Offer], metadata: Mapping[int, Mapping[str, File]]) -> None:
        """Read what :meth:`describe` will need of these wheels, of any number of releases, several files at once."""
        wanted = [offer for offer in offers if _is_hash(offer) and offer.foreign is None]
        files = _index_files(wanted, metadata)
        unread = list({file.url: file for file in files.values() if file.url not in self._tables}.values())
        for file, table in zip(unread, self._several(self._table, unread), strict=True):
            self._tables[file.url] = table
        silent = [
            offer
            for offer in wanted
            if offer.file.url not in self._asked
            and (table := self._table_for(offer, files)).problem is None
            and offer.wheel is not None
            and offer.wheel.label not in table.descriptions
        ]
        for offer, asked in zip(silent, self._several(self._ask, silent), strict=True):
            self._asked[offer.file.url] = asked

    def _several(self, work: Callable[[S], T], items: Sequence[S]) -> list[T]:
        def progress(done: int) -> None:
            self.client.waiting(f"{done} of {len(items)} metadata files are read")

        return all_of(work, items, PARALLEL, progress)

    def describe(self, offers: Sequence[Offer], metadata: Mapping[int, Mapping[str, File]]) -> Described:
        """Candidates from the wheels of one release.

        One source's ``~variants.json`` speaks for that source's wheels only. A wheel that it does not mention is asked
        itself: uploads are not atomic, and the file may be older than the wheel. A wheel that is broken costs itself
        alone; a server that fails is a problem of the release, for the best wheel may be the one that it did not show.
        """
        self.prepare(offers, metadata)
        files = _index_files([offer for offer in offers if _is_hash(offer)], metadata)
        problems: dict[str, None] = {}
        candidates = []
        unreadable = False
        current = any(offer.file.yanked is None for offer in offers)
        for offer in offers:
            assert offer.wheel is not None
            if offer.foreign is not None:
                candidates.append(Candidate(offer.wheel, excluded=offer.foreign))
                continue
            if offer.wheel.dialect is not Dialect.STANDARD and offer.file.yanked is not None and current:
                # PEP 592: an installer would pass over it, and so over the whole release.
                candidates.append(Candidate(offer.wheel, excluded=f"yanked ({offer.file.yanked or 'no reason given'})"))
                continue
            if not _is_hash(offer):
                candidates.append(Candidate(offer.wheel))
                continue
            table = self._table_for(offer, files)
            if table.problem is not None:
                problems[table.problem] = None
                candidates.append(Candidate(offer.wheel, excluded=table.problem))
            elif (description := table.descriptions.get(offer.wheel.label or "")) is not None:
                candidates.append(Candidate(offer.wheel, description))
            else:
                asked = self._asked[offer.file.url]
                unreadable = unreadable or asked.excluded is not None
                if asked.passing and asked.excluded is not None:
                    problems[asked.excluded] = None
                candidates.append(Candidate(offer.wheel, asked.description, excluded=asked.excluded))
        return Described(candidates, list(problems), unreadable)

    def _table_for(self, offer: Offer, files: Mapping[_Release, File]) -> _Table:
        file = files.get((offer.source, offer.version))
        return _NOTHING if file is None else self._tables[file.url]

    def _table(self, file: File) -> _Table:
        try:
            return _Table(hashes.parse_index(self._small_file(file)))
        except (IndexMetadataError, SourceError) as error:
            return _Table(problem=f"{file.filename}: {error}")

    def _small_file(self, file: File) -> bytes:
        sha256 = file.hashes.get("sha256")
        known = self.remembered.get(sha256) if local_path(file.url) is None else None
        if known is not None:
            return known
        content = self.client.read(file.url)
        if sha256 is not None and hashlib.sha256(content).hexdigest() != sha256:
            raise DamagedError("it is not the file that the page lists (its sha256 is another)")
        self.remembered.keep(sha256 if local_path(file.url) is None else None, content)
        return content

    def _ask(self, offer: Offer) -> _Asked:
        assert offer.wheel is not None
        try:
            return _Asked(self.read_wheel(offer.file, offer.wheel))
        except (WheelFileError, GoneError, DamagedError) as error:
            return _Asked(excluded=str(error))
        except (SourceError, OSError) as error:
            return _Asked(excluded=str(error), passing=True)

    def read_wheel(self, file: File, wheel: WheelName) -> VariantDescription | None:
        """What the wheel itself says, checked against its name: ``.metadata``, the wheel's end, the whole wheel.

        Raises:
            WheelFileError: the wheel is broken, or disagrees with its name.
            SourceError, OSError: it cannot be read.
        """
        return hashes.parse_metadata(self.wheel_metadata(file, wheel), wheel)

    def wheel_metadata(self, file: File, wheel: WheelName) -> bytes:
        """The wheel's METADATA, from the cheapest place that has it."""
        path = local_path(file.url)
        if path is not None:
            return read_metadata(path, wheel)
        sha256 = file.hashes.get("sha256")
        known = self.remembered.get(sha256)
        if known is not None:
            return known
        metadata = self._beside(file)
        if metadata is None:
            with open_remote(self.client, file.url) as remote:
                metadata = read_metadata(remote, wheel)  # type: ignore[arg-type]
        # Bytes that came in ranges cannot be checked against the wheel's sha256. Whoever exchanges a wheel behind its
        # hash gains nothing here: a variant's label is the hash of its properties.
        self.remembered.keep(sha256, metadata)
        return metadata

    def _beside(self, file: File) -> bytes | None:
        """The wheel's METADATA from the file beside it (PEP 658), or None if there is none after all."""
        if file.metadata is None:
            return None
        try:
            metadata = self.client.read(f"{file.url}.metadata")
        except GoneError:
            return None
        expected = file.metadata.get("sha256")
        if expected is not None and hashlib.sha256(metadata).hexdigest() != expected:
            raise DamagedError(f"{file.filename}.metadata is not the file that the page lists (its sha256 is another)")
        return metadata


def _is_hash(offer: Offer) -> bool:
    return offer.wheel is not None and offer.wheel.dialect is Dialect.HASH


def _index_files(offers: Sequence[Offer], metadata: Mapping[int, Mapping[str, File]]) -> dict[_Release, File]:
    """For each release on each source, the file that speaks for its hash wheels, if there is one."""
    files: dict[_Release, File | None] = {}
    for offer in offers:
        release = (offer.source, offer.version)
        if release not in files and offer.wheel is not None:
            listed = metadata.get(offer.source)
            files[release] = listed.get(hashes.make_index_filename(offer.wheel)) if listed else None
    return {release: file for release, file in files.items() if file is not None}
