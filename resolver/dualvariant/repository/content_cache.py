"""A cache of small files by the sha256 of the file that they came from: metadata of an index, METADATA of a wheel."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from pathlib import Path

from dualvariant.core.files import read_regular, remove_oldest, write_atomically

__all__ = ["ContentCache"]

#: The most bytes of a file; METADATA and what describes a release have fewer.
_LARGEST = 64 << 20


class ContentCache:
    """Small files that only this user reads, each named after a sha256. A folder that cannot be used only costs time.

    Args:
        folder: the folder; it is made when the first file is written. None keeps nothing.
        size: the most bytes of all files before another is written; the oldest go. None is no limit.
    """

    def __init__(self, folder: Path | None, size: int | None = None) -> None:
        self.folder = folder
        self.size = size

    def read(self, sha256: str | None) -> bytes | None:
        """The content for a sha256, or None. A file begins with the digest of the rest, so damage is noticed."""
        if sha256 is None or self.folder is None:
            return None
        try:
            digest, _, content = read_regular(_name_file(self.folder, sha256), _LARGEST).partition(b"\n")
        except OSError:
            return None
        return content if hashlib.sha256(content).hexdigest().encode() == digest else None

    def write(self, sha256: str | None, content: bytes) -> None:
        """Keep the content for a sha256; without one, nothing is kept."""
        if sha256 is None or self.folder is None:
            return
        with suppress(OSError):
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if self.size is not None:
                remove_oldest(self.folder, self.size)
            digest = hashlib.sha256(content).hexdigest().encode()
            write_atomically(_name_file(self.folder, sha256), digest + b"\n" + content)


def _name_file(folder: Path, sha256: str) -> Path:
    # A page may say anything for a sha256; its own sha256 is always a file name.
    return folder / hashlib.sha256(sha256.encode()).hexdigest()
