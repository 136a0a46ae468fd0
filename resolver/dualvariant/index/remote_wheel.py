"""A wheel on a server, read from its end: only the archive's directory and the entry asked for travel.

Source: zip archives keep their directory at the end (APPNOTE.TXT 4.3.16); servers that know ``Range`` are RFC 9110 §14.
"""

from __future__ import annotations

import io
import re
import tempfile
from typing import IO

from dualvariant.index.fetch import Client

__all__ = ["open_remote"]

#: What is fetched at once, in bytes: the directory and METADATA of most wheels fit in.
CHUNK = 64 * 1024


class _Ranges(io.RawIOBase):
    """A file whose bytes are fetched where they are read."""

    def __init__(self, client: Client, url: str, size: int, tail: bytes) -> None:
        super().__init__()
        self._client, self._url, self._size = client, url, size
        self._at = 0
        # Pieces by their start; the end is here already.
        self._pieces = {size - len(tail): tail}

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def read(self, size: int = -1) -> bytes:
        end = self._size if size < 0 else min(self._at + size, self._size)
        if self._at >= end:
            return b""
        content = self._piece(self._at, end)
        self._at = end
        return content

    def _piece(self, start: int, end: int) -> bytes:
        for at, piece in self._pieces.items():
            if at <= start and end <= at + len(piece):
                return piece[start - at : end - at]
        stop = min(max(end, start + CHUNK), self._size)
        with self._client.open(self._url, {"Range": f"bytes={start}-{stop - 1}"}) as response:
            if response.status != 206:
                raise OSError(f"the server stopped answering ranges ({response.status})")
            self._pieces[start] = response.read()
        return self._pieces[start][: end - start]


def open_remote(client: Client, url: str) -> IO[bytes]:
    """The wheel as a seekable file: in ranges where the server can, else fetched whole into a temporary file.

    Raises:
        SourceError: it cannot be read.
    """
    with client.open(url, {"Range": f"bytes=-{CHUNK}"}) as response:
        span = re.fullmatch(r"bytes (\d+)-(\d+)/(\d+)", response.headers.get("Content-Range", "").strip())
        if response.status == 206 and span is not None:
            return _Ranges(client, url, int(span[3]), response.read())  # type: ignore[return-value]
    whole = tempfile.TemporaryFile()
    client.spool(url, whole)
    return whole
