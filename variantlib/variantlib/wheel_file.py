"""Variant metadata inside a wheel: read it, check it against the file name, write it.

The founding dialect keeps it in the wheel's ``METADATA``: one ``Variant-hash:`` line and one ``Variant:`` line for each
property. The ``.dist-info`` directory keeps its standard name. (The label dialect's ``variant.json`` is not read yet.)
"""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import lzma
import re
import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from email.parser import HeaderParser
from pathlib import Path
from typing import BinaryIO

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from variantlib.errors import WheelFileError
from variantlib.meta import VariantDescription
from variantlib.wheel_name import Dialect, WheelName, parse_wheel_name

__all__ = [
    "description_of_metadata",
    "metadata_of_wheel",
    "read_description",
    "write_variant_wheel",
]

# What zipfile raises for archives that are cut off, garbled, encrypted or not archives at all, and csv for a RECORD.
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    csv.Error,
    EOFError,
    OSError,
    RuntimeError,
    ValueError,
)

#: Where the headers end, whatever the body's line ends are.
_BLANK_LINE = re.compile(rb"(\r?\n)\r?\n")


@contextmanager
def _reading(name: WheelName) -> Iterator[None]:
    """Whatever goes wrong inside is the wheel's fault."""
    try:
        yield
    except WheelFileError:
        raise
    except _BROKEN as error:
        raise WheelFileError(name.filename, f"it is no whole zip archive: {error}") from error


def _dist_info(archive: zipfile.ZipFile, name: WheelName) -> str:
    """The wheel's one ``.dist-info`` directory, which must be that of the project and version in its file name."""
    directories = sorted(
        {entry.split("/", 1)[0] for entry in archive.namelist() if entry.split("/", 1)[0].endswith(".dist-info")}
    )
    if len(directories) != 1:
        raise WheelFileError(
            name.filename,
            f"it has {len(directories)} .dist-info directories instead of one"
            if directories
            else "it has no .dist-info directory",
        )
    project, _, version = directories[0].removesuffix(".dist-info").partition("-")
    try:
        same = canonicalize_name(project) == name.name and Version(version) == name.version
    except InvalidVersion:
        same = False
    if not same:
        raise WheelFileError(name.filename, f"its .dist-info is another's: {directories[0]!r}")
    return directories[0]


def _read_entry(archive: zipfile.ZipFile, name: WheelName, entry: str) -> bytes:
    if archive.namelist().count(entry) > 1:
        raise WheelFileError(name.filename, f"it has {entry!r} more than once")
    try:
        return archive.read(entry)
    except KeyError:
        raise WheelFileError(name.filename, f"it has no {entry!r}") from None


def metadata_of_wheel(file: Path | BinaryIO, name: WheelName) -> bytes:
    """The wheel's ``METADATA``, byte for byte.

    Args:
        file: the wheel, a path or a seekable binary file.
        name: what the wheel's file name says.

    Raises:
        WheelFileError: it is no zip archive, is cut off, or has not exactly one fitting ``.dist-info``.
    """
    with _reading(name), zipfile.ZipFile(file) as archive:
        return _read_entry(archive, name, f"{_dist_info(archive, name)}/METADATA")


def description_of_metadata(metadata: bytes, name: WheelName) -> VariantDescription | None:
    """The variant that a ``METADATA`` declares, checked against the file name; None for a standard wheel.

    Raises:
        WheelFileError: hash, properties and file name disagree.
    """
    headers = HeaderParser().parsestr(metadata.decode("utf-8", "replace"))
    declared = headers.get_all("Variant-hash", [])
    properties = headers.get_all("Variant", [])
    if name.dialect is not Dialect.HASH:
        if name.dialect is Dialect.STANDARD and (declared or properties):
            raise WheelFileError(
                name.filename,
                f"its METADATA says variant {' '.join(map(str, declared)) or '(no hash)'}, its file name says standard",
            )
        return None
    if len(declared) != 1:
        raise WheelFileError(name.filename, f"its METADATA has {len(declared)} 'Variant-hash' lines instead of one")
    try:
        description = VariantDescription.from_strings(map(str, properties))
    except ValueError as error:
        raise WheelFileError(name.filename, f"its METADATA: {error}") from error
    said = str(declared[0]).strip()
    if said != name.label:
        raise WheelFileError(name.filename, f"its METADATA says variant {said}, its file name says {name.label}")
    if description.hexdigest != name.label:
        raise WheelFileError(
            name.filename,
            f"its properties have the hash {description.hexdigest}, its file name says {name.label}",
        )
    return description


def read_description(file: Path | BinaryIO, name: WheelName) -> VariantDescription | None:
    """The variant that a wheel is, checked against its file name; None for a standard wheel.

    Raises:
        WheelFileError: the wheel is broken, or hash, properties and file name disagree.
    """
    return description_of_metadata(metadata_of_wheel(file, name), name)


def _with_variant(metadata: bytes, description: VariantDescription) -> bytes:
    """``METADATA`` with the variant's lines at the end of its headers; the body stays as it is, byte for byte."""
    end = _BLANK_LINE.search(metadata)
    headers, rest = (metadata[: end.start()], metadata[end.end(1) :]) if end else (metadata, b"")
    newline = b"\r\n" if b"\r\n" in headers or (end and end[1] == b"\r\n") else b"\n"
    lines = [f"Variant-hash: {description.hexdigest}"]
    lines += [f"Variant: {text}" for text in description.properties]
    added = newline.join(line.encode() for line in lines)
    return headers.rstrip(b"\r\n") + newline + added + newline + rest


def _with_digest(record: bytes, entry: str, content: bytes) -> bytes:
    """``RECORD`` with hash and size of one entry renewed."""
    digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
    rows = list(csv.reader(io.StringIO(record.decode("utf-8"), newline="")))
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    for row in rows:
        writer.writerow([entry, f"sha256={digest}", str(len(content))] if row[:1] == [entry] else row)
    return out.getvalue().encode()


def write_variant_wheel(source: Path, name: WheelName, description: VariantDescription, target: BinaryIO) -> None:
    """Write the wheel ``source`` again as the variant ``description``: METADATA and RECORD change, nothing else.

    Args:
        source: a standard wheel.
        name: what its file name says.
        description: the properties it is to need.
        target: a binary file open for writing; the caller names it ``name.hash_filename(description.hexdigest)``.

    Raises:
        WheelFileError: ``source`` is broken, or a variant already.
    """
    if name.dialect is not Dialect.STANDARD:
        raise WheelFileError(name.filename, f"it is a variant already, {name.label}")
    with _reading(name):
        old = zipfile.ZipFile(source)
    with old, zipfile.ZipFile(target, "w") as new:
        with _reading(name):
            changed = _changed_entries(old, name, description)
        for entry in old.infolist():
            with _reading(name):
                content = changed[entry.filename] if entry.filename in changed else old.read(entry)
            new.writestr(entry, content)


def _changed_entries(old: zipfile.ZipFile, name: WheelName, description: VariantDescription) -> dict[str, bytes]:
    """What the variant's ``METADATA`` and ``RECORD`` are, by their paths."""
    dist_info = _dist_info(old, name)
    for entry, times in Counter(old.namelist()).items():
        if times > 1:
            raise WheelFileError(name.filename, f"it has {entry!r} more than once")
    metadata = _read_entry(old, name, f"{dist_info}/METADATA")
    description_of_metadata(metadata, name)
    metadata = _with_variant(metadata, description)
    variant = parse_wheel_name(name.hash_filename(description.hexdigest))
    try:
        description_of_metadata(metadata, variant)
    except WheelFileError as error:
        raise WheelFileError(name.filename, "its METADATA has a line among its headers that is no header") from error
    record = _read_entry(old, name, f"{dist_info}/RECORD")
    return {
        f"{dist_info}/METADATA": metadata,
        f"{dist_info}/RECORD": _with_digest(record, f"{dist_info}/METADATA", metadata),
    }
