"""Reads which properties the variants of a release need: from the index, else from the wheels themselves."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import BinaryIO, NamedTuple

from packaging.version import Version

from dualvariant.network.client import Client
from dualvariant.network.failures import DamagedError, NotFoundError, SourceError
from dualvariant.network.remote_wheel import open_remote
from dualvariant.network.urls import local_path
from dualvariant.repository.content_cache import ContentCache
from dualvariant.repository.installable import check_installable
from dualvariant.repository.label_metadata import LabelReader
from dualvariant.repository.label_wheel import read_document, read_end
from dualvariant.repository.listed_file import ListedFile
from dualvariant.repository.page import File
from dualvariant.repository.small_files import WRITE_INDEX_AGAIN, SmallFiles
from dualvariant.repository.wheel_record import read_wheel_record
from variantlib.dialects import hashes
from variantlib.errors import IndexMetadataError, WheelFileError
from variantlib.label_meta import LabelMetadata, LabelVariant
from variantlib.meta import VariantDescription
from variantlib.verdict import Candidate
from variantlib.wheel_archive import WheelArchive
from variantlib.wheel_name import Dialect, WheelName

__all__ = ["MetadataReader", "ReleaseCandidates"]


class ReleaseCandidates(NamedTuple):
    """The wheels of one release as candidates, in the order of their files.

    Args:
        candidates: one for each wheel.
        problems: what is wrong with the index's metadata of the release; the variants that it is about are excluded.
        unreadable: why each wheel that had to be read itself could not be read; it alone is excluded.
    """

    candidates: Sequence[Candidate]
    problems: Sequence[str] = ()
    unreadable: Sequence[str] = ()


class _IndexMetadata(NamedTuple):
    """One source's metadata of one release: the properties of each hash, or why they are not known."""

    descriptions: Mapping[str, VariantDescription] = MappingProxyType({})
    problem: str | None = None


_NOTHING = _IndexMetadata()
#: A source's position and a version.
_Release = tuple[int, Version | None]


class _WheelMetadata(NamedTuple):
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
        self._files = SmallFiles(client, cache)
        self._labels = LabelReader(self._files)
        self._index_metadata: dict[str, _IndexMetadata] = {}
        self._wheel_metadata: dict[str, _WheelMetadata] = {}

    def prefetch(
        self, files: Sequence[ListedFile], index_metadata: Mapping[int, Mapping[str, File]], wanted: Sequence[str] = ()
    ) -> None:
        """Read what :meth:`describe` will need of these files, of any number of releases, several at once."""
        self._labels.prefetch(files, index_metadata, wanted)
        wheels = _list_hash_wheels(files)
        tables = _find_index_files(wheels, index_metadata)
        unread = list({file.url: file for file in tables.values() if file.url not in self._index_metadata}.values())
        for file, table in zip(unread, self._files.map(self._read_index_file, unread), strict=True):
            self._index_metadata[file.url] = table
        missing = [
            listed
            for listed in wheels
            if listed.file.url not in self._wheel_metadata
            and (table := self._find_table(listed, tables)).problem is None
            and listed.wheel is not None
            and listed.wheel.label not in table.descriptions
        ]
        for listed, read in zip(missing, self._files.map(self._read_wheel_or_reason, missing), strict=True):
            self._wheel_metadata[listed.file.url] = read

    def describe(
        self, wheels: Sequence[ListedFile], index_metadata: Mapping[int, Mapping[str, File]], wanted: Sequence[str] = ()
    ) -> ReleaseCandidates:
        """Candidates from the wheels of one release.

        One source's files of metadata count for that source's wheels only. A wheel that is not in them is read itself:
        uploads are not atomic, and the file may be older than the wheel. A broken wheel excludes only itself. A server
        that fails is a problem of the release, because the best wheel may be the one that cannot be read.

        Args:
            wheels: the wheels.
            index_metadata: for the position of each source, its files of metadata by file name.
            wanted: the labels that the user asks for.
        """
        self.prefetch(wheels, index_metadata, wanted)
        tables = _find_index_files(_list_hash_wheels(wheels), index_metadata)
        labelled = self._labels.describe(
            [listed for listed in wheels if _is_label_wheel(listed) and listed.excluded is None], index_metadata, wanted
        )
        problems = dict.fromkeys(labelled.problems)
        candidates = []
        unreadable = list(labelled.unreadable)
        for listed in wheels:
            assert listed.wheel is not None
            if listed.excluded is not None or listed.wheel.dialect is Dialect.STANDARD:
                candidates.append(Candidate(listed.wheel, excluded=listed.excluded))
            elif listed.wheel.dialect is Dialect.LABEL:
                candidates.append(_make_candidate(listed.wheel, labelled.variants[listed.file.url]))
            else:
                found = self._describe_hash_wheel(listed, self._find_table(listed, tables), problems, unreadable)
                candidates.append(_make_candidate(listed.wheel, found))
        problems.update(dict.fromkeys(_find_shared_names(candidates, wheels, wanted)))
        return ReleaseCandidates(candidates, list(problems), unreadable)

    def _describe_hash_wheel(
        self, listed: ListedFile, table: _IndexMetadata, problems: dict[str, None], unreadable: list[str]
    ) -> VariantDescription | str | None:
        """The properties of a hash wheel, or why it is excluded; what went wrong is added to the last two."""
        assert listed.wheel is not None
        if table.problem is not None:
            problems[table.problem] = None
            return table.problem
        description = table.descriptions.get(listed.wheel.label or "")
        if description is not None:
            return description
        read = self._wheel_metadata[listed.file.url]
        if read.excluded is None:
            return read.description
        unreadable.append(_with_name(listed.file.filename, read.excluded))
        if read.temporary:
            problems[read.excluded] = None
        return read.excluded

    def _find_table(self, listed: ListedFile, tables: Mapping[_Release, File]) -> _IndexMetadata:
        file = tables.get((listed.source, listed.version))
        return _NOTHING if file is None else self._index_metadata[file.url]

    def _read_index_file(self, file: File) -> _IndexMetadata:
        try:
            return _IndexMetadata(hashes.parse_index(self._files.read(file)))
        except (IndexMetadataError, SourceError) as error:
            return _IndexMetadata(problem=f"{file.filename}: {error}")

    def _read_wheel_or_reason(self, listed: ListedFile) -> _WheelMetadata:
        assert listed.wheel is not None
        try:
            return _WheelMetadata(self.read_wheel(listed.file, listed.wheel))
        except (WheelFileError, NotFoundError, DamagedError) as error:
            return _WheelMetadata(excluded=str(error))
        except (SourceError, OSError) as error:
            return _WheelMetadata(excluded=str(error), temporary=True)

    def has_read(self, file: File) -> bool:
        """Whether the METADATA of a hash wheel was read, because nothing else says which properties it has."""
        return file.url in self._wheel_metadata

    def read_wheel(self, file: File, wheel: WheelName) -> VariantDescription | None:
        """The properties by the wheel's own METADATA, which must agree with its name. None for a standard wheel.

        It is read from ``.metadata`` beside the wheel, else from the wheel's end, else from the whole wheel.

        Raises:
            WheelFileError: the wheel is broken, or disagrees with its name.
            SourceError, OSError: it cannot be read.
        """
        return hashes.parse_metadata(self.read_metadata(file, wheel), wheel)

    def read_label_document(self, file: File, wheel: WheelName) -> LabelMetadata:
        """The document that is in a label wheel.

        Raises:
            WheelFileError: the wheel is broken, or its document does not fit its name.
            SourceError, OSError: it cannot be read.
        """
        return read_document(self._files, file, wheel)

    def read_label_end(self, file: File, wheel: WheelName) -> tuple[bytes | None, LabelMetadata | None]:
        """METADATA and the document of a label wheel on a server, as far as they can be read from its end."""
        return read_end(self._files, file, wheel)

    def read_record(self, file: File, wheel: WheelName) -> bytes:
        """The RECORD of a wheel.

        Raises:
            WheelFileError: the wheel is broken.
            SourceError, OSError: it cannot be read.
        """
        return read_wheel_record(self._files, file, wheel)

    def read_metadata(self, file: File, wheel: WheelName) -> bytes:
        """The wheel's METADATA, from the cheapest place that has it.

        Raises:
            WheelFileError: the wheel is broken.
            SourceError, OSError: it cannot be read.
        """
        path = local_path(file.url)
        if path is not None:
            return _read_archive(path, wheel)
        sha256 = file.hashes.get("sha256")
        cached = self.cache.read(sha256)
        if cached is not None and _is_listed(file, cached):
            return cached
        metadata = self._read_metadata_file(file)
        if metadata is None:
            with open_remote(self.client, file.url) as remote:
                metadata = _read_archive(remote, wheel)  # type: ignore[arg-type]
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
        if not _is_listed(file, metadata):
            raise DamagedError(
                f"{file.filename}.metadata is not the file that the page lists (its sha256 is another)",
                WRITE_INDEX_AGAIN,
            )
        return metadata


def _read_archive(wheel: Path | BinaryIO, name: WheelName) -> bytes:
    """The METADATA of a wheel. A variant must also be one that installers unpack."""
    with WheelArchive(wheel, name) as archive:
        if name.dialect is not Dialect.STANDARD:
            check_installable(archive)
        return archive.read_metadata()


def _is_listed(file: File, metadata: bytes) -> bool:
    """Whether METADATA is the one that the page of the file lists, as far as it lists one by its sha256 (PEP 658)."""
    expected = None if file.metadata is None else file.metadata.get("sha256")
    return expected is None or hashlib.sha256(metadata).hexdigest() == expected


def _with_name(filename: str, message: str) -> str:
    return message if filename in message else f"{filename}: {message}"


def _list_hash_wheels(files: Sequence[ListedFile]) -> list[ListedFile]:
    """The hash wheels among files whose properties are to be read."""
    return [
        file
        for file in files
        if file.wheel is not None and file.wheel.dialect is Dialect.HASH and file.excluded is None
    ]


def _make_candidate(wheel: WheelName, found: VariantDescription | LabelVariant | str | None) -> Candidate:
    """A wheel with its properties, or with the reason for which it is excluded."""
    return Candidate(wheel, excluded=found) if isinstance(found, str) else Candidate(wheel, found)


def _find_shared_names(
    candidates: Sequence[Candidate], wheels: Sequence[ListedFile], wanted: Sequence[str]
) -> Iterator[str]:
    """Two variants of one source that have one name, which is wanted; ``~variants.json`` has one variant of each."""
    called: dict[tuple[int, str], Candidate] = {}
    for candidate, listed in zip(candidates, wheels, strict=True):
        description = candidate.description
        for name in description.names if description is not None else ():
            other = called.setdefault((listed.source, name), candidate)
            if name in wanted and other.description != description:
                yield f"{other.wheel.filename} and {candidate.wheel.filename} are different variants called {name!r}"


def _is_label_wheel(listed: ListedFile) -> bool:
    return listed.wheel is not None and listed.wheel.dialect is Dialect.LABEL


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
