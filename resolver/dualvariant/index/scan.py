"""Reading a folder of wheels and sdists for its index: every file looked at to its last byte, each problem named."""

from __future__ import annotations

import hashlib
import re
import tarfile
import zipfile
import zlib
from collections.abc import Mapping
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
    parse_sdist_filename,
)
from packaging.version import InvalidVersion, Version

from dualvariant.index.page import File
from dualvariant.report import Reporter
from variantlib.errors import VariantError, WheelFileError
from variantlib.meta import VariantDescription
from variantlib.wheel_file import description_of_metadata, metadata_of_wheel
from variantlib.wheel_name import Dialect, WheelName, parse_wheel_name

__all__ = ["Entry", "contradictions", "link", "scan"]

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


def scan(directory: Path, reporter: Reporter) -> tuple[dict[NormalizedName, list[Entry]], int]:
    """Every listable file of the folder by project, in page order, and how many had to be left out."""
    entries: dict[NormalizedName, list[Entry]] = {}
    problems = 0
    for path in sorted(directory.iterdir()):
        try:
            if path.name.endswith(".whl"):
                entry = _wheel(path)
            elif path.name.endswith((".tar.gz", ".zip")):
                entry = _sdist(path)
            else:
                continue
        except (InvalidSdistFilename, InvalidVersion):
            reporter.note(f"left out (its name is no sdist's): {path.name!r}")
        except VariantError as error:
            reporter.warn(f"left out: {error}")
            problems += 1
        except OSError as error:
            reporter.warn(f"left out ({error.strerror or error}): {path.name!r}")
            problems += 1
        else:
            entries.setdefault(entry.project, []).append(entry)
    for files in entries.values():
        files.sort(key=lambda entry: (entry.version, entry.file.filename))
    return dict(sorted(entries.items())), problems


def _wheel(path: Path) -> Entry:
    name = parse_wheel_name(path.name)
    _check_label(name)
    with path.open("rb") as file:
        digest, size = _sha256(file)
        metadata = _metadata(file, name)
    description = description_of_metadata(metadata, name)
    headers = _headers(metadata)
    said = f"{headers['Name']} {headers['Version']}"
    if not _same_release(headers, name):
        raise WheelFileError(name.filename, f"its METADATA is another's: {said!r}")
    return Entry(
        name.name,
        name.version,
        File(
            name.filename,
            link(name.filename),
            hashes={"sha256": digest},
            requires_python=_requires_python(headers),
            metadata={"sha256": hashlib.sha256(metadata).hexdigest()},
            size=size,
        ),
        name,
        metadata,
        description,
    )


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
        metadata = metadata_of_wheel(file, name)
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


def _sdist(path: Path) -> Entry:
    project, version = parse_sdist_filename(path.name)
    with path.open("rb") as archive:
        digest, size = _sha256(archive)
        try:
            read = _zip_pkg_info if path.name.endswith(".zip") else _tar_pkg_info
            headers = _headers(read(archive))
        except _BROKEN as error:
            raise OSError(f"it is no whole archive: {error}") from error
    file = File(
        path.name,
        link(path.name),
        hashes={"sha256": digest},
        requires_python=_requires_python(headers),
        size=size,
    )
    return Entry(project, version, file)


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


def contradictions(entries: Mapping[NormalizedName, list[Entry]]) -> dict[NormalizedName, str]:
    """Projects whose files contradict each other, each with the first contradiction found.

    A hash is 32 bits over properties without a separator (variantlib.meta): two sets can share it, and nobody could
    tell which one an index means.
    """
    found: dict[NormalizedName, str] = {}
    for project, files in entries.items():
        identities: dict[object, Entry] = {}
        meanings: dict[object, Entry] = {}
        for entry in files:
            other = identities.setdefault(entry.identity, entry)
            if other.file.hashes != entry.file.hashes:
                found.setdefault(
                    project,
                    "two files are the same to every installer and differ: "
                    f"{other.file.filename!r} and {entry.file.filename!r}",
                )
            if entry.name is None or entry.description is None:
                continue
            other = meanings.setdefault((entry.version, entry.name.label), entry)
            if other.description is not None and other.description != entry.description:
                found.setdefault(
                    project,
                    f"one hash, two sets of properties: {other.file.filename!r} has "
                    f"{other.description.properties}, {entry.file.filename!r} has "
                    f"{entry.description.properties}",
                )
    return found
