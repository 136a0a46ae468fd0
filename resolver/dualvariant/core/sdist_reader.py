"""Reads one file at the root of an sdist, and the rest of the archive, to notice one that is cut off or damaged."""

from __future__ import annotations

import gzip
import io
import tarfile
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any, BinaryIO, Protocol

from variantlib.zip_reader import ZipReader

__all__ = ["SDIST_SUFFIXES", "read_root_file"]

#: The most bytes of the file that are read, and the most that an archive may make us hold at once.
LARGEST_FILE = 16 << 20
#: The most that an sdist may unpack to, and its most entries.
LARGEST_CONTENT = 12 << 30
MOST_ENTRIES = 200_000


class _Readable(Protocol):
    """What the modules of compression have in common."""

    def read(self, size: int = ..., /) -> bytes: ...
    def seek(self, offset: int, whence: int = ..., /) -> int: ...
    def tell(self) -> int: ...


#: What unpacks the archives that tools make and builds start from; the first one is the standard's (PEP 625). A Python
#: that was built without the libraries lacks bz2 and lzma.
_TARS: Mapping[str, Callable[[BinaryIO], _Readable]] = {
    ".tar.gz": lambda file: gzip.GzipFile(fileobj=file),
    ".tgz": lambda file: gzip.GzipFile(fileobj=file),
    ".tar.bz2": lambda file: import_module("bz2").BZ2File(file),
    ".tar.xz": lambda file: import_module("lzma").LZMAFile(file),
    ".tar": lambda file: file,
}
SDIST_SUFFIXES = (*_TARS, ".zip")


def read_root_file(archive: BinaryIO, filename: str, wanted: str) -> bytes:
    """The content of a file in the one folder of an sdist, empty if there is none; of several, that of the last.

    Args:
        archive: the sdist.
        filename: its name, which ends with one of ``SDIST_SUFFIXES``.
        wanted: the name of the file, such as ``PKG-INFO``.

    Raises:
        OSError: it is damaged, is no archive of this kind, has more in it than any sdist, or is compressed in a way
            that this Python does not know.
    """
    try:
        if filename.endswith(".zip"):
            return _read_zip(archive, wanted)
        (unpack,) = (found for suffix, found in _TARS.items() if filename.endswith(suffix))
        return _read_tar(unpack(archive), wanted)
    except OSError:
        raise
    except ImportError as error:
        raise OSError(f"this Python cannot unpack it: {error}") from error
    except Exception as error:
        # What tarfile and the modules of compression raise for damaged bytes is no closed set.
        raise OSError(f"it is not a whole archive: {error or type(error).__name__}") from error


class _TooLargeError(Exception):
    """More than an sdist has."""


class _Unpacked(io.RawIOBase):
    """The tar archive in a compressed file, for tarfile: neither a single read nor all of them can be of any size."""

    def __init__(self, file: _Readable) -> None:
        super().__init__()
        self._file = file

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


def _is_at_root(entry: str, wanted: str) -> bool:
    _, *inner = entry.removeprefix("./").split("/")
    return inner == [wanted]


def _check_size(wanted: str, size: int) -> None:
    if size > LARGEST_FILE:
        raise _TooLargeError(f"its {wanted} is larger than {LARGEST_FILE >> 20} MiB")


def _read_tar(file: _Readable, wanted: str) -> bytes:
    content, count = b"", 0
    unpacked: Any = _Unpacked(file)
    with tarfile.open(fileobj=unpacked, mode="r:") as archive:
        for member in archive:
            count += 1
            if count > MOST_ENTRIES:
                raise _TooLargeError(f"it has more than {MOST_ENTRIES:,} entries")
            if _is_at_root(member.name, wanted) and member.isreg():
                _check_size(wanted, member.size)
                found = archive.extractfile(member)
                content = b"" if found is None else found.read()
    return content


def _read_zip(file: BinaryIO, wanted: str) -> bytes:
    content = b""
    archive = ZipReader(file)
    if sum(entry.file_size for entry in archive.infolist()) > LARGEST_CONTENT:
        raise _TooLargeError(f"it unpacks to more than {LARGEST_CONTENT >> 30} GiB")
    for entry in archive.infolist():
        is_wanted = _is_at_root(entry.filename, wanted)
        if is_wanted:
            _check_size(wanted, entry.file_size)
            content = b""
        for piece in archive.unpack(entry):
            if is_wanted:
                content += piece
                _check_size(wanted, len(content))
    return content
