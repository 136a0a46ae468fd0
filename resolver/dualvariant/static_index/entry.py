"""Reads one wheel or sdist for a static index: every byte is checked, and the file is described or refused."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.message import Message
from pathlib import Path
from typing import BinaryIO, NamedTuple
from urllib.parse import quote

from packaging.utils import (
    InvalidSdistFilename,
    NormalizedName,
    canonicalize_name,
    is_normalized_name,
    parse_sdist_filename,
)
from packaging.version import Version

from dualvariant.core.files import open_regular, read_regular
from dualvariant.core.sdist_reader import read_root_file
from dualvariant.repository.page import File
from dualvariant.static_index.fingerprint import Fingerprint
from dualvariant.static_index.read_cache import FileRecord
from variantlib.dialects import hashes, labels
from variantlib.errors import VariantError, WheelFileError
from variantlib.label_meta import LabelMetadata, LabelVariant
from variantlib.meta import VariantDescription
from variantlib.versions import try_version
from variantlib.wheel_archive import LARGEST_METADATA, WheelArchive, parse_headers, read_metadata
from variantlib.wheel_name import Dialect, WheelName, parse_wheel_name

__all__ = ["SUFFIXES", "Entry", "make_link", "read_entry", "restore_entry"]

#: The endings of the names of wheels and sdists.
SUFFIXES = (".whl", ".tar.gz", ".zip")

#: The most bytes that a wheel may unpack to.
LARGEST_CONTENT = 12 << 30


class Entry(NamedTuple):
    """A file that can be listed.

    Args:
        project: the project that it belongs to.
        version: the release that it belongs to.
        file: the file as a page lists it.
        name: the parsed file name of a wheel; None for an sdist.
        metadata: a wheel's METADATA; None for an sdist.
        description: the properties of a hash wheel.
        label_metadata: the document in a label wheel.
    """

    project: NormalizedName
    version: Version
    file: File
    name: WheelName | None = None
    metadata: bytes | None = None
    description: VariantDescription | None = None
    label_metadata: LabelMetadata | None = None

    @property
    def variant(self) -> VariantDescription | LabelVariant | None:
        """The variant that the wheel is; None for a standard wheel and an sdist."""
        if self.label_metadata is None or self.name is None:
            return self.description
        return self.label_metadata.variant(self.name.label or "")

    @property
    def identity(self) -> object:
        """What distinguishes the files of a project for an installer."""
        if self.name is None:
            return self.version, self.file.filename.endswith(".zip")
        return self.version, self.name.build, self.name.tags, self.name.dialect, self.name.label

    def make_record(self, fingerprint: Fingerprint) -> FileRecord:
        """What the read cache keeps of it.

        Args:
            fingerprint: that of the file before it was read.
        """
        return FileRecord(
            fingerprint,
            self.project,
            "sdist" if self.name is None else self.name.dialect.value,
            self.file.hashes["sha256"],
            self.file.size or 0,
            self.file.requires_python,
            None if self.file.metadata is None else self.file.metadata["sha256"],
        )


def restore_entry(directory: Path, filename: str, record: FileRecord) -> Entry | None:
    """The entry of a file that was read before; None if the file has to be read again.

    A wheel's METADATA is read from the ``.metadata`` file beside it, else from the wheel again.
    """
    file = File(
        filename,
        make_link(filename),
        hashes={"sha256": record.sha256},
        requires_python=record.requires_python,
        metadata=None if record.metadata is None else {"sha256": record.metadata},
        size=record.size,
    )
    try:
        if record.metadata is None:
            return Entry(*_parse_sdist_name(filename), file)
        name = parse_wheel_name(filename)
        if record.kind != name.dialect.value:
            return None
        metadata = b""
        with suppress(OSError):
            metadata = read_regular(directory / f"{filename}.metadata", LARGEST_METADATA)
        if hashlib.sha256(metadata).hexdigest() != record.metadata:
            metadata = read_metadata(directory / filename, name)
        if hashlib.sha256(metadata).hexdigest() != record.metadata:
            return None
        description = hashes.parse_metadata(metadata, name)
        document = None
        if name.dialect is Dialect.LABEL:
            with WheelArchive(directory / filename, name) as archive:
                document = labels.parse_wheel_document(labels.read_wheel_document(archive), name)
    except (OSError, ValueError, VariantError):
        return None
    return Entry(name.name, name.version, file, name, metadata, description, document)


def read_entry(path: Path) -> tuple[Entry, Fingerprint]:
    """Read a wheel or an sdist. Returns its entry, and the fingerprint of the file before it was read.

    Raises:
        InvalidSdistFilename: it is not a wheel, and its name is not that of an sdist.
        VariantError: the wheel is broken, or does not agree with its name.
        OSError: it cannot be read, or changes while it is read; the sdist is broken.
    """
    return (_read_wheel if path.name.endswith(".whl") else _read_sdist)(path)


@contextmanager
def _open_unchanged(path: Path) -> Iterator[tuple[BinaryIO, Fingerprint]]:
    with open_regular(path) as file:
        fingerprint = Fingerprint.of(os.fstat(file.fileno()))
        yield file, fingerprint
        after = Fingerprint.of(os.fstat(file.fileno()))
        if (after.size, after.modified) != (fingerprint.size, fingerprint.modified):
            raise OSError("it changed while it was read")


def _read_wheel(path: Path) -> tuple[Entry, Fingerprint]:
    name = parse_wheel_name(path.name)
    _check_label(name)
    with _open_unchanged(path) as (file, fingerprint):
        digest, size = _compute_sha256(file)
        metadata, document = _read_metadata(file, name)
    description = hashes.parse_metadata(metadata, name)
    headers = parse_headers(metadata)
    if not _is_same_release(headers, name):
        release = f"{headers['Name']} {headers['Version']}"
        raise WheelFileError(name.filename, f"its METADATA is that of another release: {release!r}")
    described = File(
        name.filename,
        make_link(name.filename),
        hashes={"sha256": digest},
        requires_python=_parse_requires_python(headers),
        metadata={"sha256": hashlib.sha256(metadata).hexdigest()},
        size=size,
    )
    return Entry(name.name, name.version, described, name, metadata, description, document), fingerprint


def _check_label(name: WheelName) -> None:
    """Refuse a label wheel that old pips would install as a standard one."""
    misread = labels.find_misread_tag(name) if name.dialect is Dialect.LABEL else None
    if misread is not None:
        raise WheelFileError(
            name.filename,
            f"pip before 22.3 would install it on every host with the platform tag {misread!r}, whatever its label: "
            "a label wheel needs a single platform tag, and a label without one",
        )


def _read_metadata(file: BinaryIO, name: WheelName) -> tuple[bytes, LabelMetadata | None]:
    """The wheel's METADATA, and the document of a label wheel.

    The whole archive is checked, so that no broken wheel is listed.
    """
    with WheelArchive(file, name) as archive:
        metadata = archive.read_metadata()
        if sum(entry.file_size for entry in archive.infolist()) > LARGEST_CONTENT:
            raise WheelFileError(name.filename, f"it unpacks to more than {LARGEST_CONTENT >> 30} GiB")
        broken = archive.find_damaged_entry()
        if broken is not None:
            raise WheelFileError(name.filename, f"its entry {broken!r} is damaged")
        if name.dialect is not Dialect.LABEL:
            return metadata, None
        return metadata, labels.parse_wheel_document(labels.read_wheel_document(archive), name)


def _is_same_release(headers: Message, name: WheelName) -> bool:
    version = try_version(str(headers["Version"]))
    return version == name.version and canonicalize_name(str(headers["Name"])) == name.name


def _read_sdist(path: Path) -> tuple[Entry, Fingerprint]:
    project, version = _parse_sdist_name(path.name)
    with _open_unchanged(path) as (archive, fingerprint):
        digest, size = _compute_sha256(archive)
        headers = parse_headers(read_root_file(archive, path.name, "PKG-INFO"))
    described = File(
        path.name,
        make_link(path.name),
        hashes={"sha256": digest},
        requires_python=_parse_requires_python(headers),
        size=size,
    )
    return Entry(project, version, described), fingerprint


def _parse_sdist_name(filename: str) -> tuple[NormalizedName, Version]:
    try:
        project, version = parse_sdist_filename(filename)
    except ValueError as error:  # among them a version with more digits than int() takes
        raise InvalidSdistFilename(str(error)) from error
    if not is_normalized_name(project):
        raise InvalidSdistFilename(f"{project!r} is not the name of a project")
    return project, version


def _parse_requires_python(headers: Message) -> str | None:
    return " ".join(str(headers.get("Requires-Python", "")).split()) or None


def _compute_sha256(file: BinaryIO) -> tuple[str, int]:
    """Digest and size of a file, which is rewound afterwards."""
    digest = hashlib.sha256()
    while block := file.read(1 << 20):
        digest.update(block)
    size = file.tell()
    file.seek(0)
    return digest.hexdigest(), size


def make_link(filename: str) -> str:
    """The relative URL of a file on its project's page."""
    return f"../../{quote(filename)}"
