"""Reads ``PKG-INFO`` of an sdist, and the rest of the archive, to notice one that is cut off or damaged."""

from __future__ import annotations

import gzip
import io
import tarfile
from typing import BinaryIO

from variantlib.zip_reader import ZipReader

__all__ = ["read_pkg_info"]

#: The most bytes of ``PKG-INFO`` that are read, and the most that an archive may make us hold at once.
LARGEST_FILE = 16 << 20
#: The most that an sdist may unpack to, and its most entries.
LARGEST_CONTENT = 12 << 30
MOST_ENTRIES = 200_000


def read_pkg_info(archive: BinaryIO, filename: str) -> bytes:
    """The content of an sdist's ``PKG-INFO``, empty if it has none.

    Args:
        archive: the sdist.
        filename: its name, which tells what kind of archive it is.

    Raises:
        OSError: it is damaged, is no archive of this kind, or has more in it than any sdist.
    """
    read = _read_zip if filename.endswith(".zip") else _read_tar
    try:
        return read(archive)
    except OSError:
        raise
    except Exception as error:
        # What tarfile and zlib raise for damaged bytes is no closed set.
        raise OSError(f"it is not a whole archive: {error or type(error).__name__}") from error


class _TooLargeError(Exception):
    """More than an sdist has."""


class _Unpacked(io.RawIOBase):
    """The tar archive in a gzip file, for tarfile: neither a single read nor all of them can be of any size."""

    def __init__(self, file: BinaryIO) -> None:
        super().__init__()
        self._file = gzip.GzipFile(fileobj=file)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._file.tell()

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        if offset > LARGEST_CONTENT or whence != io.SEEK_SET:
            raise _TooLargeError(f"it unpacks to more than {LARGEST_CONTENT >> 30} GiB")
        return self._file.seek(offset)

    def read(self, size: int = -1) -> bytes:
        if not 0 <= size <= LARGEST_FILE:
            raise _TooLargeError(f"one of its headers is larger than {LARGEST_FILE >> 20} MiB")
        return self._file.read(size)


def _is_pkg_info(entry: str) -> bool:
    return entry.endswith("/PKG-INFO") and entry.count("/") == 1


def _read_tar(file: BinaryIO) -> bytes:
    content, count = b"", 0
    with tarfile.open(fileobj=_Unpacked(file), mode="r:") as archive:
        for member in archive:
            count += 1
            if count > MOST_ENTRIES:
                raise _TooLargeError(f"it has more than {MOST_ENTRIES:,} entries")
            if _is_pkg_info(member.name) and member.isreg():
                if member.size > LARGEST_FILE:
                    raise _TooLargeError(f"its PKG-INFO is larger than {LARGEST_FILE >> 20} MiB")
                info = archive.extractfile(member)
                content = b"" if info is None else info.read()
    return content


def _read_zip(file: BinaryIO) -> bytes:
    content = b""
    archive = ZipReader(file)
    if sum(entry.file_size for entry in archive.infolist()) > LARGEST_CONTENT:
        raise _TooLargeError(f"it unpacks to more than {LARGEST_CONTENT >> 30} GiB")
    for entry in archive.infolist():
        for piece in archive.unpack(entry):
            if _is_pkg_info(entry.filename) and len(content) < LARGEST_FILE:
                content += piece
    return content
