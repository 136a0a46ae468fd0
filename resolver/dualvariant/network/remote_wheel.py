"""A wheel on a server, read from its end: only the archive's directory and the entry asked for travel.

Source: zip archives keep their directory at the end (APPNOTE.TXT 4.3.16); servers that know ``Range`` are RFC 9110 §14.
"""

from __future__ import annotations

import io
import re
import tempfile
from typing import IO, TYPE_CHECKING

from dualvariant.network.client import Client, DamagedError, refusal
from dualvariant.network.urls import shown

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse

__all__ = ["open_remote"]

#: What is fetched at once, in bytes: the directory and METADATA of most wheels fit in.
CHUNK = 64 * 1024
#: The most that is read of one wheel in ranges: a directory that claims more is no wheel's.
LIMIT = 64 << 20

# A server that refuses a range, or cannot count from the end, may still have the whole file.
_NO_RANGES = (400, 405, 416, 501)


class _Ranges(io.RawIOBase):
    """A file whose bytes are fetched where they are read."""

    def __init__(self, client: Client, url: str, size: int, tail: bytes) -> None:
        super().__init__()
        self._client, self._url, self._size = client, url, size
        self._at = 0
        self._left = LIMIT
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
        self._left -= stop - start
        if self._left < 0:
            raise DamagedError(f"{shown(self._url)} is given up (a directory of more than {LIMIT >> 20} MiB)")
        with self._client.open(self._url, _range(f"{start}-{stop - 1}")) as response:
            if _span(response) != (start, stop - 1, self._size):
                raise DamagedError(f"{shown(self._url)} changed while it was read")
            self._pieces[start] = _body(self._url, response, stop - start)
        return self._pieces[start][: end - start]


def _range(span: str) -> dict[str, str]:
    return {"Range": f"bytes={span}", "Accept-Encoding": "identity"}


def _span(response: BaseHTTPResponse) -> tuple[int, int, int] | None:
    """First byte, last byte and size of the whole that a partial answer claims, if it makes sense."""
    match = re.fullmatch(r"bytes (\d{1,18})-(\d{1,18})/(\d{1,18})", response.headers.get("Content-Range", "").strip())
    if response.status != 206 or match is None:
        return None
    first, last, size = (int(number) for number in match.groups())
    return (first, last, size) if first <= last < size else None


def _body(url: str, response: BaseHTTPResponse, size: int) -> bytes:
    content: bytes = response.read(size + 1, decode_content=False)
    if len(content) != size:
        raise DamagedError(f"{shown(url)} answers with other bytes than it says")
    return content


def open_remote(client: Client, url: str) -> IO[bytes]:
    """The wheel as a seekable file: in ranges where the server can, else fetched whole into a temporary file.

    Raises:
        SourceError: it cannot be read.
    """
    with client.open(url, _range(f"-{CHUNK}")) as response:
        span = _span(response)
        if span is not None and span[1] == span[2] - 1 and span[2] - span[0] <= CHUNK:
            return _Ranges(client, url, span[2], _body(url, response, span[2] - span[0]))  # type: ignore[return-value]
        if response.status == 200:
            return _whole(client, url, response)
        if response.status not in (206, *_NO_RANGES):
            raise refusal(url, response.status)
    with client.open(url, {"Accept-Encoding": "identity"}) as response:
        return _whole(client, url, response)


def _whole(client: Client, url: str, response: BaseHTTPResponse) -> IO[bytes]:
    file = tempfile.TemporaryFile()  # noqa: SIM115 -- the caller closes it
    try:
        client.spool(url, response, file)
    except BaseException:
        file.close()
        raise
    return file
