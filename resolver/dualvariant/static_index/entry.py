"""Reading one wheel or sdist for an index: looked at to its last byte, and refused with a reason or described."""

from __future__ import annotations

import hashlib
import os
import re
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.message import Message
from email.parser import HeaderParser
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote

from attrs import frozen
from packaging.utils import (
    InvalidSdistFilename,
    NormalizedName,
    canonicalize_name,
    is_normalized_name,
    parse_sdist_filename,
)
from packaging.version import InvalidVersion, Version

from dualvariant.repository.page import File
from dualvariant.static_index.fingerprint import Stamp
from dualvariant.static_index.read_cache import Known
from variantlib.dialects import hashes
from variantlib.errors import VariantError, WheelFileError
from variantlib.meta import VariantDescription
from variantlib.wheel_archive import read_metadata
from variantlib.wheel_name import Dialect, WheelName, parse_wheel_name

__all__ = ["SUFFIXES", "Entry", "link", "read_entry", "remembered_entry"]

#: How the names of wheels and sdists end.
SUFFIXES = (".whl", ".tar.gz", ".zip")

# The platform tags there are, by how they begin.
_PLATFORM = re.compile(r"any|(linux|manylinux|musllinux|macosx|win|ios|android)[0-9a-z_]*")
# What zipfile and tarfile raise for archives that are cut off, garbled, encrypted, or no archives at all.
_BROKEN = (zipfile.BadZipFile, tarfile.TarError, zlib.error, EOFError, OSError, RuntimeError)


@frozen
class Entry:
    """A file that is fit for the index; ``name`` and ``metadata`` are None for an sdist."""

    project: NormalizedName
    version: Version
    file: File
    name: WheelName | None = None
    metadata: bytes | None = None
    description: VariantDescription | None = None

    @property
    def identity(self) -> object:
        """What an installer tells files of a project apart by."""
        if self.name is None:
            return self.version, self.file.filename.endswith(".zip")
        return self.version, self.name.build, self.name.tags, self.name.label

    def known(self, stamp: Stamp) -> Known:
        """What is to be remembered of it.

        Args:
            stamp: the file as it was before it was read.
        """
        return Known(
            stamp,
            self.project,
            "sdist" if self.name is None else self.name.dialect.value,
            self.file.hashes["sha256"],
            self.file.size or 0,
            self.file.requires_python,
            None if self.file.metadata is None else self.file.metadata["sha256"],
            None if self.description is None else tuple(self.description.properties),
        )


def remembered_entry(directory: Path, filename: str, known: Known) -> Entry | None:
    """The file as it was read before; None if it has to be read again.

    A wheel's METADATA is taken from the file beside it that an index has, or else once more from the wheel.
    """
    file = File(
        filename,
        link(filename),
        hashes={"sha256": known.sha256},
        requires_python=known.requires_python,
        metadata=None if known.metadata is None else {"sha256": known.metadata},
        size=known.size,
    )
    try:
        if known.metadata is None:
            return Entry(*parse_sdist_filename(filename), file)
        name = parse_wheel_name(filename)
        metadata = b""
        with suppress(OSError):
            metadata = (directory / f"{filename}.metadata").read_bytes()
        if hashlib.sha256(metadata).hexdigest() != known.metadata:
            metadata = read_metadata(directory / filename, name)
        if hashlib.sha256(metadata).hexdigest() != known.metadata:
            return None
        description = None if known.properties is None else VariantDescription.from_strings(known.properties)
        if description is not None and description.hexdigest != name.label:
            return None
    except (OSError, ValueError, VariantError):
        return None
    return Entry(name.name, name.version, file, name, metadata, description)


def read_entry(path: Path) -> tuple[Entry, Stamp]:
    """Read a wheel or an sdist; also the stamp that the file had before.

    Raises:
        InvalidSdistFilename, InvalidVersion: it is no wheel, and its name is no sdist's.
        VariantError: the wheel is broken, or is not what its name says.
        OSError: it cannot be read, or changes meanwhile; the sdist is broken.
    """
    return (_wheel if path.name.endswith(".whl") else _sdist)(path)


@contextmanager
def _opened(path: Path) -> Iterator[tuple[BinaryIO, Stamp]]:
    with path.open("rb") as file:
        stamp = Stamp.of(os.fstat(file.fileno()))
        yield file, stamp
        after = Stamp.of(os.fstat(file.fileno()))
        if (after.size, after.modified) != (stamp.size, stamp.modified):
            raise OSError("it changed while it was read")


def _wheel(path: Path) -> tuple[Entry, Stamp]:
    name = parse_wheel_name(path.name)
    _check_label(name)
    with _opened(path) as (file, stamp):
        digest, size = _sha256(file)
        metadata = _metadata(file, name)
    description = hashes.parse_metadata(metadata, name)
    headers = _headers(metadata)
    said = f"{headers['Name']} {headers['Version']}"
    if not _same_release(headers, name):
        raise WheelFileError(name.filename, f"its METADATA is another's: {said!r}")
    described = File(
        name.filename,
        link(name.filename),
        hashes={"sha256": digest},
        requires_python=_requires_python(headers),
        metadata={"sha256": hashlib.sha256(metadata).hexdigest()},
        size=size,
    )
    return Entry(name.name, name.version, described, name, metadata, description), stamp


def _check_label(name: WheelName) -> None:
    """Refuse a label wheel that an old installer would take for a standard one.

    pip before 22.3 splits all that follows the abi tag at its dots, so that each piece of a platform tag or label with
    dots can pass for a platform tag of its own, and the wheel is installed on hosts that it was not built for.
    """
    if name.dialect is not Dialect.LABEL:
        return
    pieces = f"{name.platform}-{name.label}".split(".")
    platforms = name.platform.split(".")[:-1]  # the last one is glued to the label
    misread = next((piece for piece in pieces if piece in platforms or _PLATFORM.fullmatch(piece)), None)
    if misread is not None:
        raise WheelFileError(
            name.filename,
            f"pip before 22.3 installs it on every host with the platform tag {misread!r}, label or not: "
            "a label wheel needs a single platform tag and a label that holds none",
        )


def _metadata(file: BinaryIO, name: WheelName) -> bytes:
    """The wheel's METADATA, after a look at every byte of the archive: nothing broken is published."""
    try:
        metadata = read_metadata(file, name)
        with zipfile.ZipFile(file) as archive:
            broken = archive.testzip()
    except WheelFileError:
        raise
    except _BROKEN as error:
        raise WheelFileError(name.filename, f"it is no whole zip archive: {error}") from error
    if broken is not None:
        raise WheelFileError(name.filename, f"its entry {broken!r} is damaged")
    return metadata


def _same_release(headers: Message, name: WheelName) -> bool:
    try:
        version = Version(str(headers["Version"]))
    except InvalidVersion:
        return False
    return version == name.version and canonicalize_name(str(headers["Name"])) == name.name


def _sdist(path: Path) -> tuple[Entry, Stamp]:
    project, version = parse_sdist_filename(path.name)
    if not is_normalized_name(project):
        raise InvalidSdistFilename(f"{project!r} is no project's name")
    with _opened(path) as (archive, stamp):
        digest, size = _sha256(archive)
        try:
            read = _zip_pkg_info if path.name.endswith(".zip") else _tar_pkg_info
            headers = _headers(read(archive))
        except _BROKEN as error:
            raise OSError(f"it is no whole archive: {error}") from error
    described = File(
        path.name,
        link(path.name),
        hashes={"sha256": digest},
        requires_python=_requires_python(headers),
        size=size,
    )
    return Entry(project, version, described), stamp


def _is_pkg_info(entry: str) -> bool:
    return entry.endswith("/PKG-INFO") and entry.count("/") == 1


def _tar_pkg_info(file: BinaryIO) -> bytes:
    """An sdist's PKG-INFO, empty if it has none; the archive is read to its end, so that a cut shows."""
    content = b""
    with tarfile.open(fileobj=file, mode="r|gz") as archive:
        for member in archive:
            if _is_pkg_info(member.name) and (info := archive.extractfile(member)) is not None:
                content = info.read()
    return content


def _zip_pkg_info(file: BinaryIO) -> bytes:
    with zipfile.ZipFile(file) as archive:
        if (broken := archive.testzip()) is not None:
            raise zipfile.BadZipFile(f"its entry {broken!r} is damaged")
        return b"".join(archive.read(entry) for entry in archive.namelist() if _is_pkg_info(entry))


def _headers(metadata: bytes) -> Message:
    return HeaderParser().parsestr(metadata.decode("utf-8", "replace"))


def _requires_python(headers: Message) -> str | None:
    return " ".join(str(headers.get("Requires-Python", "")).split()) or None


def _sha256(file: BinaryIO) -> tuple[str, int]:
    """Digest and size of a file, which is rewound afterwards."""
    digest = hashlib.sha256()
    while block := file.read(1 << 20):
        digest.update(block)
    size = file.tell()
    file.seek(0)
    return digest.hexdigest(), size


def link(filename: str) -> str:
    """The file's address as a project's page writes it."""
    return f"../../{quote(filename)}"
