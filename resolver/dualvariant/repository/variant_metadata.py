"""Reads which properties the hash wheels of a release need: from the index, else from the wheels themselves."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from attrs import field, frozen
from packaging.version import Version

from dualvariant.network.client import Client
from dualvariant.network.concurrency import map_parallel
from dualvariant.network.failures import DamagedError, NotFoundError, SourceError
from dualvariant.network.remote_wheel import open_remote
from dualvariant.network.transport import MAX_PARALLEL
from dualvariant.network.urls import local_path
from dualvariant.repository.content_cache import ContentCache
from dualvariant.repository.listed_file import ListedFile
from dualvariant.repository.page import File
from variantlib.dialects import hashes
from variantlib.errors import IndexMetadataError, WheelFileError
from variantlib.meta import VariantDescription
from variantlib.verdict import Candidate
from variantlib.wheel_archive import read_metadata
from variantlib.wheel_name import Dialect, WheelName

__all__ = ["MetadataReader", "ReleaseCandidates"]

#: For the owner of an index whose files do not match its pages.
_WRITE_INDEX_AGAIN = "--no-variant takes the standard wheel; 'dualvariant index DIR' writes a static index again"

S = TypeVar("S")
T = TypeVar("T")


@frozen
class ReleaseCandidates:
    """The wheels of one release as candidates, in the order of their files.

    Args:
        candidates: one for each wheel.
        problems: what is wrong with the index's metadata of the release; its hash wheels are excluded.
        unreadable: why each wheel that had to be read itself could not be read; it alone is excluded.
    """

    candidates: Sequence[Candidate]
    problems: Sequence[str] = ()
    unreadable: Sequence[str] = ()


@frozen
class _IndexMetadata:
    """One source's metadata of one release: the properties of each hash, or why they are not known."""

    descriptions: Mapping[str, VariantDescription] = field(factory=dict)
    problem: str | None = None


_NOTHING = _IndexMetadata()
#: A source's position and a version.
_Release = tuple[int, Version | None]


@frozen
class _WheelMetadata:
    """What a wheel itself says, or why it is excluded; ``temporary`` if it may be readable at another time."""

    description: VariantDescription | None = None
    excluded: str | None = None
    temporary: bool = False


class MetadataReader:
    """Reads variant metadata from the cheapest reliable place, and caches what it reads over the network.

    Args:
        client: reads URLs.
        cache: what was read before.
    """

    def __init__(self, client: Client, cache: ContentCache) -> None:
        self.client = client
        self.cache = cache
        self._index_metadata: dict[str, _IndexMetadata] = {}
        self._wheel_metadata: dict[str, _WheelMetadata] = {}

    def prefetch(self, files: Sequence[ListedFile], index_metadata: Mapping[int, Mapping[str, File]]) -> None:
        """Read what :meth:`describe` will need of these files, of any number of releases, several at once."""
        wheels = [file for file in files if _is_hash_wheel(file) and file.excluded is None]
        tables = _find_index_files(wheels, index_metadata)
        unread = list({file.url: file for file in tables.values() if file.url not in self._index_metadata}.values())
        for file, table in zip(unread, self._map(self._read_index_file, unread), strict=True):
            self._index_metadata[file.url] = table
        missing = [
            listed
            for listed in wheels
            if listed.file.url not in self._wheel_metadata
            and (table := self._find_table(listed, tables)).problem is None
            and listed.wheel is not None
            and listed.wheel.label not in table.descriptions
        ]
        for listed, read in zip(missing, self._map(self._read_wheel_or_reason, missing), strict=True):
            self._wheel_metadata[listed.file.url] = read

    def _map(self, work: Callable[[S], T], items: Sequence[S]) -> list[T]:
        def report(done: int) -> None:
            self.client.on_wait(f"{done} of {len(items)} metadata files are read")

        return map_parallel(work, items, MAX_PARALLEL, report)

    def describe(
        self, wheels: Sequence[ListedFile], index_metadata: Mapping[int, Mapping[str, File]]
    ) -> ReleaseCandidates:
        """Candidates from the wheels of one release.

        One source's ``~variants.json`` counts for that source's wheels only. A wheel that is not in it is read itself:
        uploads are not atomic, and the file may be older than the wheel. A broken wheel excludes only itself. A server
        that fails is a problem of the release, because the best wheel may be the one that cannot be read.
        """
        self.prefetch(wheels, index_metadata)
        tables = _find_index_files([listed for listed in wheels if _is_hash_wheel(listed)], index_metadata)
        problems: dict[str, None] = {}
        candidates = []
        unreadable: list[str] = []
        for listed in wheels:
            assert listed.wheel is not None
            if listed.excluded is not None or not _is_hash_wheel(listed):
                candidates.append(Candidate(listed.wheel, excluded=listed.excluded))
                continue
            table = self._find_table(listed, tables)
            if table.problem is not None:
                problems[table.problem] = None
                candidates.append(Candidate(listed.wheel, excluded=table.problem))
            elif (description := table.descriptions.get(listed.wheel.label or "")) is not None:
                candidates.append(Candidate(listed.wheel, description))
            else:
                read = self._wheel_metadata[listed.file.url]
                if read.excluded is not None:
                    unreadable.append(_with_name(listed.file.filename, read.excluded))
                if read.temporary and read.excluded is not None:
                    problems[read.excluded] = None
                candidates.append(Candidate(listed.wheel, read.description, excluded=read.excluded))
        return ReleaseCandidates(candidates, list(problems), unreadable)

    def _find_table(self, listed: ListedFile, tables: Mapping[_Release, File]) -> _IndexMetadata:
        file = tables.get((listed.source, listed.version))
        return _NOTHING if file is None else self._index_metadata[file.url]

    def _read_index_file(self, file: File) -> _IndexMetadata:
        try:
            return _IndexMetadata(hashes.parse_index(self._read_small(file)))
        except (IndexMetadataError, SourceError) as error:
            return _IndexMetadata(problem=f"{file.filename}: {error}")

    def _read_small(self, file: File) -> bytes:
        sha256 = file.hashes.get("sha256")
        cache_key = sha256 if local_path(file.url) is None else None
        cached = self.cache.read(cache_key)
        if cached is not None:
            return cached
        content = self.client.read(file.url)
        if sha256 is not None and hashlib.sha256(content).hexdigest() != sha256:
            raise DamagedError("it is not the file that the page lists (its sha256 is another)", _WRITE_INDEX_AGAIN)
        self.cache.write(cache_key, content)
        return content

    def _read_wheel_or_reason(self, listed: ListedFile) -> _WheelMetadata:
        assert listed.wheel is not None
        try:
            return _WheelMetadata(self.read_wheel(listed.file, listed.wheel))
        except (WheelFileError, NotFoundError, DamagedError) as error:
            return _WheelMetadata(excluded=str(error))
        except (SourceError, OSError) as error:
            return _WheelMetadata(excluded=str(error), temporary=True)

    def read_wheel(self, file: File, wheel: WheelName) -> VariantDescription | None:
        """The properties by the wheel's own METADATA, which must agree with its name. None for a standard wheel.

        It is read from ``.metadata`` beside the wheel, else from the wheel's end, else from the whole wheel.

        Raises:
            WheelFileError: the wheel is broken, or disagrees with its name.
            SourceError, OSError: it cannot be read.
        """
        return hashes.parse_metadata(self.read_metadata(file, wheel), wheel)

    def read_metadata(self, file: File, wheel: WheelName) -> bytes:
        """The wheel's METADATA, from the cheapest place that has it.

        Raises:
            WheelFileError: the wheel is broken.
            SourceError, OSError: it cannot be read.
        """
        path = local_path(file.url)
        if path is not None:
            return read_metadata(path, wheel)
        sha256 = file.hashes.get("sha256")
        cached = self.cache.read(sha256)
        if cached is not None:
            return cached
        metadata = self._read_metadata_file(file)
        if metadata is None:
            with open_remote(self.client, file.url) as remote:
                metadata = read_metadata(remote, wheel)  # type: ignore[arg-type]
        # Bytes that came in ranges cannot be checked against the wheel's sha256. A server that sends those of another
        # wheel gains nothing by it: a variant's label is the hash of its properties.
        self.cache.write(sha256, metadata)
        return metadata

    def _read_metadata_file(self, file: File) -> bytes | None:
        """The wheel's METADATA from the file beside it (PEP 658), or None if there is none."""
        if file.metadata is None:
            return None
        try:
            metadata = self.client.read(f"{file.url}.metadata")
        except NotFoundError:
            return None
        expected = file.metadata.get("sha256")
        if expected is not None and hashlib.sha256(metadata).hexdigest() != expected:
            raise DamagedError(
                f"{file.filename}.metadata is not the file that the page lists (its sha256 is another)",
                _WRITE_INDEX_AGAIN,
            )
        return metadata


def _with_name(filename: str, message: str) -> str:
    return message if filename in message else f"{filename}: {message}"


def _is_hash_wheel(listed: ListedFile) -> bool:
    return listed.wheel is not None and listed.wheel.dialect is Dialect.HASH


def _find_index_files(
    wheels: Sequence[ListedFile], index_metadata: Mapping[int, Mapping[str, File]]
) -> dict[_Release, File]:
    """For each release on each source, the ``~variants.json`` that describes its hash wheels, if there is one."""
    files: dict[_Release, File | None] = {}
    for listed in wheels:
        release = (listed.source, listed.version)
        if release not in files and listed.wheel is not None:
            of_source = index_metadata.get(listed.source)
            files[release] = of_source.get(hashes.make_index_filename(listed.wheel)) if of_source else None
    return {release: file for release, file in files.items() if file is not None}
