"""Small files remembered by the sha256 of what they came from: the metadata of an index, the METADATA of a wheel."""

from __future__ import annotations

import hashlib
from pathlib import Path

from dualvariant.core.files import write_atomically

__all__ = ["Remembered"]


class Remembered:
    """A folder of small files, each named after a sha256. Whatever is wrong with the folder only costs time.

    Args:
        folder: where they lie; it is made when the first one is kept.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def get(self, sha256: str | None) -> bytes | None:
        """What was kept, or None. A file begins with the digest of the rest: a damaged one is not believed."""
        if sha256 is None:
            return None
        try:
            digest, _, content = self._path(sha256).read_bytes().partition(b"\n")
        except OSError:
            return None
        return content if hashlib.sha256(content).hexdigest().encode() == digest else None

    def keep(self, sha256: str | None, content: bytes) -> None:
        """Remember what was read."""
        if sha256 is None:
            return
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            digest = hashlib.sha256(content).hexdigest().encode()
            write_atomically(self._path(sha256), digest + b"\n" + content)
        except OSError:
            pass

    def _path(self, sha256: str) -> Path:
        return self.folder / hashlib.sha256(sha256.encode()).hexdigest()
