"""Wheels as archives: the ``.dist-info`` directory, ``RECORD`` and the headers of ``METADATA``, read and rewritten.

Sources: the binary distribution format and "Recording installed projects" (PyPA specifications, PEP 427 and PEP 376);
core metadata (PEP 566): headers in the form of e-mail, then a blank line, then the body.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import os
import re
import time
import zipfile
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from email.message import Message
from email.parser import HeaderParser
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from packaging.utils import canonicalize_name

from variantlib.errors import WheelFileError
from variantlib.versions import try_version
from variantlib.wheel_name import WheelName, parse_wheel_name
from variantlib.zip_reader import BrokenZipError, ZipReader

__all__ = [
    "LARGEST_METADATA",
    "WheelArchive",
    "add_headers",
    "parse_headers",
    "read_metadata",
    "remove_headers",
    "rewrite_wheel",
]

#: The most bytes of METADATA and of RECORD that are read: many times what any wheel has.
LARGEST_METADATA = 16 << 20
LARGEST_RECORD = 64 << 20
#: The most characters of headers that are parsed; each header costs fifty times its length.
LARGEST_HEADERS = 4 << 20

_STEP = 1 << 20

#: The end of the headers, whatever the body's line ends are.
_BLANK_LINE = re.compile(rb"(\r?\n)\r?\n")
_END_OF_HEADERS = re.compile(r"\r?\n\r?\n")

#: The years that a zip archive can represent.
_YEARS = range(1980, 2108)


@contextmanager
def _reading(filename: str) -> Iterator[None]:
    """Turn what is wrong with an archive into an error that names the wheel."""
    try:
        yield
    except BrokenZipError as error:
        raise WheelFileError(filename, f"it is not a complete zip archive: {error}") from error


class WheelArchive:
    """A wheel opened for reading, and the source of rewritten wheels.

    Use it as a context manager. Every method turns the errors of a damaged archive into WheelFileError.

    Args:
        file: the wheel: a path, or a seekable binary file, which stays open.
        name: the parsed file name; without one, that of the path.

    Raises:
        WheelNameError: the path has no wheel's name, and no ``name`` is given.
        WheelFileError: the file is no zip archive, or cannot be opened.
    """

    def __init__(self, file: Path | BinaryIO, name: WheelName | None = None) -> None:
        if name is None:
            if not isinstance(file, Path):
                raise TypeError(f"WheelArchive needs a name for a file that is no path (got {type(file).__name__})")
            name = parse_wheel_name(file.name)
        self.name = name
        with _reading(name.filename):
            self._zip = ZipReader(file)

    def __enter__(self) -> WheelArchive:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the archive; a binary file that was passed in stays open."""
        self._zip.close()

    def infolist(self) -> list[zipfile.ZipInfo]:
        """The archive's entries in their order."""
        return self._zip.infolist()

    def namelist(self) -> list[str]:
        """The entries' paths in their order."""
        return self._zip.namelist()

    def read(self, entry: str | zipfile.ZipInfo, limit: int | None = None) -> bytes:
        """The content of one entry.

        Args:
            entry: the entry, or its path.
            limit: the most bytes that it may have; None for any number.

        Raises:
            WheelFileError: there is no such entry, its path is in the archive more than once, it is damaged, or it is
                larger than ``limit``.
        """
        if isinstance(entry, str):
            entry = self._info(entry)
        if limit is not None and entry.file_size > limit:
            raise WheelFileError(self.name.filename, f"its {entry.filename!r} is larger than {limit >> 20} MiB")
        return b"".join(self._unpack(entry))

    def read_beginning(self, entry: str | zipfile.ZipInfo, size: int) -> bytes:
        """The first ``size`` bytes of one entry; the rest is not unpacked.

        Raises:
            WheelFileError: as :meth:`read`.
        """
        if isinstance(entry, str):
            entry = self._info(entry)
        content = b""
        for piece in self._unpack(entry, size):
            content += piece
            if len(content) >= size:
                break
        return content[:size]

    def _unpack(self, entry: zipfile.ZipInfo, step: int = _STEP) -> Iterator[bytes]:
        with _reading(self.name.filename):
            yield from self._zip.unpack(entry, step)

    def _info(self, path: str) -> zipfile.ZipInfo:
        if self._times[path] > 1:
            raise WheelFileError(self.name.filename, f"it has {path!r} more than once")
        for entry in self._zip.infolist():
            if entry.filename == path:
                return entry
        raise WheelFileError(self.name.filename, f"it has no {path!r}")

    @cached_property
    def _times(self) -> Counter[str]:
        """How often each path is in the archive."""
        return Counter(self._zip.namelist())

    @cached_property
    def dist_info(self) -> str:
        """The name of the wheel's one ``.dist-info`` directory.

        Raises:
            WheelFileError: there is none, there are several, or it is another project's or version's.
        """
        top = {entry.split("/", 1)[0] for entry in self._zip.namelist()}
        found = sorted(directory for directory in top if directory.endswith(".dist-info"))
        if len(found) != 1:
            raise WheelFileError(
                self.name.filename,
                f"it has {len(found)} .dist-info directories instead of one"
                if found
                else "it has no .dist-info directory",
            )
        project, _, version = found[0].removesuffix(".dist-info").partition("-")
        if canonicalize_name(project) != self.name.name or try_version(version) != self.name.version:
            raise WheelFileError(self.name.filename, f"its .dist-info is another's: {found[0]!r}")
        return found[0]

    @property
    def metadata_path(self) -> str:
        """The path of ``METADATA`` in the archive."""
        return f"{self.dist_info}/METADATA"

    def read_metadata(self) -> bytes:
        """``METADATA``, byte for byte; :data:`LARGEST_METADATA` bytes at most."""
        return self.read(self.metadata_path, LARGEST_METADATA)

    def find_damaged_entry(self) -> str | None:
        """The path of the first entry whose content does not match its checksum; None if all do."""
        for entry in self._zip.infolist():
            try:
                for _ in self._unpack(entry):
                    pass
            except WheelFileError:
                return entry.filename
        return None

    def rewrite(self, target: BinaryIO, changes: Mapping[str, bytes], removed: Collection[str] = ()) -> None:
        """Write the wheel again with some files changed, added or removed, and ``RECORD`` renewed for those.

        Entries keep their order, permissions, dates, comments and compression. New files go directly before
        ``RECORD``, deflated, with the date of ``SOURCE_DATE_EPOCH``, or else that of ``RECORD``. The same call on the
        same wheel gives the same bytes.

        Args:
            target: a binary file open for writing.
            changes: the new content of each file, by its path in the wheel.
            removed: the paths of files that the new wheel does not have.

        Raises:
            WheelFileError: this wheel is damaged, has a path twice, or has no ``.dist-info`` or ``RECORD``.
            OSError: ``target`` cannot be written.
        """
        for path, times in self._times.items():
            if times > 1:
                raise WheelFileError(self.name.filename, f"it has {path!r} more than once")
        record = self._info(f"{self.dist_info}/RECORD")
        content = self.read(record, LARGEST_RECORD)
        try:
            rows = _renew_record(content, changes, removed, record.filename)
        except (csv.Error, ValueError) as error:
            raise WheelFileError(self.name.filename, f"its RECORD is damaged: {error}") from error
        contents = {**changes, record.filename: rows}
        with zipfile.ZipFile(target, "w") as new:
            for entry in self._zip.infolist():
                if entry is record:
                    for path in sorted(changes.keys() - self._times.keys()):
                        new.writestr(_make_entry(path, record), changes[path])
                if entry.filename in removed:
                    continue
                changed = contents.get(entry.filename)
                new.writestr(entry, self.read(entry) if changed is None else changed)


def _make_entry(path: str, record: zipfile.ZipInfo) -> zipfile.ZipInfo:
    """An entry for a new file, dated by SOURCE_DATE_EPOCH where a zip archive can represent it."""
    entry = zipfile.ZipInfo(path, record.date_time)
    with suppress(ValueError, OverflowError, OSError):
        moment = time.gmtime(int(os.environ.get("SOURCE_DATE_EPOCH", "")))
        if moment.tm_year in _YEARS:
            entry.date_time = moment[:6]
    entry.external_attr = 0o644 << 16
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry


def _renew_record(content: bytes, changes: Mapping[str, bytes], removed: Collection[str], record: str) -> bytes:
    """``RECORD`` with digest and size of each changed file; new files are listed before ``RECORD`` itself."""
    rows = [
        row for row in csv.reader(io.StringIO(content.decode("utf-8"), newline="")) if row and row[0] not in removed
    ]
    known = {row[0] for row in rows}
    fresh = {path: [path, f"sha256={_digest(data)}", str(len(data))] for path, data in changes.items()}
    rows = [fresh.get(row[0], row) for row in rows]
    at = next((number for number, row in enumerate(rows) if row[0] == record), len(rows))
    rows[at:at] = [fresh[path] for path in sorted(fresh.keys() - known)]
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue().encode()


def _digest(data: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()


def read_metadata(file: Path | BinaryIO, name: WheelName) -> bytes:
    """Read a wheel's ``METADATA``, byte for byte.

    Args:
        file: the wheel: a path, or a seekable binary file.
        name: its parsed file name.

    Raises:
        WheelFileError: it is no zip archive, is damaged, or has not exactly one ``.dist-info`` of its own.
    """
    with WheelArchive(file, name) as archive:
        return archive.read_metadata()


def rewrite_wheel(source: Path, target: Path, changes: Mapping[str, bytes]) -> Path:
    """Write the wheel ``source`` as ``target`` with some files changed or added, as :meth:`WheelArchive.rewrite`.

    Args:
        source: the wheel; its file name is a wheel's.
        target: the path of the new file, which need not be a wheel's name; it is removed again after an error.
        changes: the new content of each file, by its path in the wheel.

    Returns:
        ``target``.

    Raises:
        WheelNameError, WheelFileError: ``source`` is no wheel, or is damaged.
        OSError: ``target`` cannot be written.
    """
    with WheelArchive(source) as archive:
        try:
            with target.open("wb") as file:
                archive.rewrite(file, changes)
        except BaseException:
            target.unlink(missing_ok=True)
            raise
    return target


def parse_headers(metadata: str | bytes) -> Message:
    """The headers of a ``METADATA`` or ``PKG-INFO``; the body is not read. Headers of more than 4 MiB are cut off.

    Args:
        metadata: the file's content. What is not UTF-8 in it is replaced.
    """
    text = metadata.decode("utf-8", "replace") if isinstance(metadata, bytes) else metadata
    end = _END_OF_HEADERS.search(text, 0, LARGEST_HEADERS)
    return HeaderParser().parsestr(text[: end.end() if end else LARGEST_HEADERS])


def add_headers(metadata: bytes, headers: Iterable[tuple[str, str]]) -> bytes:
    """Add header lines to ``METADATA``, behind those that it has; the body stays as it is, byte for byte.

    The new lines end as those of the file's headers do (LF or CRLF).

    Args:
        metadata: the file's content.
        headers: (name, value) pairs; a name may be repeated.
    """
    end = _BLANK_LINE.search(metadata)
    lines, rest = (metadata[: end.start()], metadata[end.end(1) :]) if end else (metadata, b"")
    newline = b"\r\n" if b"\r\n" in lines or (end and end[1] == b"\r\n") else b"\n"
    added = b"".join(f"{name}: {value}".encode() + newline for name, value in headers)
    return lines.rstrip(b"\r\n") + newline + added + rest


def remove_headers(metadata: bytes, names: Collection[str]) -> bytes:
    """Remove header lines from ``METADATA``; all other lines, and the body, stay as they are, byte for byte.

    Args:
        metadata: the file's content.
        names: the names of the headers, in any case; lines that continue such a header go as well.
    """
    end = _BLANK_LINE.search(metadata)
    head, rest = (metadata[: end.end(1)], metadata[end.end(1) :]) if end else (metadata, b"")
    wanted = {name.lower().encode() for name in names}
    kept = []
    removing = False
    for line in head.splitlines(keepends=True):
        continues = line[:1] in (b" ", b"\t")
        removing = removing if continues else line.partition(b":")[0].strip().lower() in wanted
        if not removing:
            kept.append(line)
    return b"".join(kept) + rest
