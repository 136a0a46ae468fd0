"""Reads zip archives that strangers have made: every error is one, and no entry decides how much memory it takes.

Source: APPNOTE.TXT (4.3.16: the archive's directory; 4.4.5: compression methods), read by the standard library.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from variantlib.files import open_regular

__all__ = ["LARGEST_DIRECTORY", "BrokenZipError", "ZipReader"]

#: The most bytes of the archive's directory that are read: for 100,000 files with long paths.
LARGEST_DIRECTORY = 16 << 20

_STEP = 1 << 20
#: Compressed bytes that are unpacked at once where zipfile sets no limit to the result (bzip2, LZMA, Zstandard).
_SMALL_STEP = 64
_LIMITED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


class BrokenZipError(Exception):
    """A file that is no zip archive, is damaged, or is larger than it may be; the message says why."""


class ZipReader:
    """A zip archive that is open for reading, and has a path for each of its entries.

    Args:
        file: the archive: a path, or a seekable binary file, which stays open. What reading that raises is raised as
            it is, if it is no OSError.

    Raises:
        BrokenZipError: it is no zip archive, or cannot be opened.
    """

    def __init__(self, file: Path | BinaryIO) -> None:
        owned = isinstance(file, Path)
        with self._reading():
            self._source = _Source(open_regular(file) if isinstance(file, Path) else file, owned=owned)
        try:
            with self._reading():
                self._zip = zipfile.ZipFile(self._source)
            if "" in self._zip.NameToInfo:
                raise BrokenZipError("it has an entry without a path")
        except BaseException:
            self._source.close()
            raise
        self._source.limit = None

    def close(self) -> None:
        """Close the archive; a binary file that was passed in stays open."""
        self._zip.close()
        self._source.close()

    def infolist(self) -> list[zipfile.ZipInfo]:
        """The archive's entries in their order."""
        return self._zip.infolist()

    def namelist(self) -> list[str]:
        """The entries' paths in their order."""
        return self._zip.namelist()

    def unpack(self, entry: zipfile.ZipInfo, step: int = _STEP) -> Iterator[bytes]:
        """The content of one entry in pieces, none of which is much larger than ``step``.

        Raises:
            BrokenZipError: it is damaged, encrypted, or compressed by a method that this Python does not know.
        """
        with self._reading(), self._zip.open(entry) as file:
            if entry.compress_type not in _LIMITED:
                file.MIN_READ_SIZE = step = _SMALL_STEP  # type: ignore[attr-defined]  # it is a ZipExtFile
            while piece := file.read(step):
                yield piece

    @contextmanager
    def _reading(self) -> Iterator[None]:
        """Turn each error that a damaged archive causes into one; nothing but zipfile's own reading is in the block.

        What zipfile raises for bytes that are cut off, damaged or encrypted is no closed set: besides BadZipFile there
        are the errors of every compression module that a Python has, struct.error, EOFError, NotImplementedError,
        IndexError, UnicodeDecodeError and MemoryError.
        """
        try:
            yield
        except BrokenZipError:
            raise
        except Exception as error:
            if "_source" in vars(self) and error is self._source.failure:
                raise
            raise BrokenZipError(str(error) or type(error).__name__) from error


class _Source(io.RawIOBase):
    """An archive's bytes as zipfile reads them.

    zipfile reads the directory at once, whatever its size, so that is limited until ``limit`` is None. ``failure`` is
    what reading a file of the caller's has raised: the archive is not to blame for it.

    Args:
        file: the archive.
        owned: whether it is closed with this one.
    """

    def __init__(self, file: BinaryIO, *, owned: bool) -> None:
        super().__init__()
        self._file, self._owned = file, owned
        self.limit: int | None = LARGEST_DIRECTORY
        self.failure: Exception | None = None

    def seekable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._file.tell()

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._file.seek(offset, whence)

    def read(self, size: int = -1) -> bytes:
        if self.limit is not None and size > self.limit:
            raise zipfile.BadZipFile(f"its directory is larger than {self.limit >> 20} MiB")
        try:
            return self._file.read(size)
        except OSError:
            raise
        except Exception as error:
            self.failure = error
            raise

    def close(self) -> None:
        if self._owned:
            self._file.close()
        super().close()
