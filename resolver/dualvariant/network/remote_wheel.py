"""A wheel on a server as a seekable file: only the archive's directory and the entries that are read are fetched.

Source: zip archives keep their directory at the end (APPNOTE.TXT 4.3.16); ``Range`` requests are RFC 9110 §14.
"""

from __future__ import annotations

import io
import re
import tempfile
from typing import IO, TYPE_CHECKING

from dualvariant.network.client import UPLOAD_AGAIN, Client
from dualvariant.network.failures import DamagedError, NoRangesError, error_for_status, is_error_status
from dualvariant.network.urls import redact_url

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse

__all__ = ["open_remote"]

#: Bytes of one request: enough for the directory and METADATA of most wheels.
CHUNK = 64 * 1024
#: The most bytes that are read of one wheel in ranges; a larger directory is not that of a wheel.
LIMIT = 64 << 20

# A server that refuses a range, or does not understand one from the end, may still have the whole file.
_NO_RANGES = (400, 405, 416, 501)
_SIZE = re.compile(r"[0-9]{1,18}")


class _Ranges(io.RawIOBase):
    """A file whose bytes are fetched when they are read."""

    def __init__(self, client: Client, url: str, size: int, tail: bytes) -> None:
        super().__init__()
        self._client, self._url, self._size = client, url, size
        self._at = 0
        self._left = LIMIT
        # Pieces by their first byte; the last piece was fetched first.
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
            raise DamagedError(
                f"{redact_url(self._url)} is given up (a zip directory of more than {LIMIT >> 20} MiB)", UPLOAD_AGAIN
            )
        with self._client.open(self._url, _range_header(f"{start}-{stop - 1}")) as response:
            if _parse_content_range(response) != (start, stop - 1, self._size):
                raise DamagedError(f"{redact_url(self._url)} changed while it was read", "try again")
            self._pieces[start] = _read_exactly(self._url, response, stop - start)
        return self._pieces[start][: end - start]


def _range_header(span: str) -> dict[str, str]:
    return {"Range": f"bytes={span}", "Accept-Encoding": "identity"}


def _parse_content_range(response: BaseHTTPResponse) -> tuple[int, int, int] | None:
    """First byte, last byte and size of the whole file by ``Content-Range``; None if that is missing or impossible."""
    match = re.fullmatch(r"bytes (\d{1,18})-(\d{1,18})/(\d{1,18})", response.headers.get("Content-Range", "").strip())
    if response.status != 206 or match is None:
        return None
    first, last, size = (int(number) for number in match.groups())
    return (first, last, size) if first <= last < size else None


def _read_exactly(url: str, response: BaseHTTPResponse, size: int) -> bytes:
    content: bytes = response.read(size + 1, decode_content=False)
    if len(content) != size:
        raise DamagedError(f"{redact_url(url)} answers with other bytes than it says", "try again")
    return content


def open_remote(client: Client, url: str, largest: int | None = None) -> IO[bytes]:
    """The wheel as a seekable file: in ranges if the server supports them, else downloaded into a temporary file.

    Args:
        client: reads URLs.
        url: the wheel.
        largest: the most bytes that are downloaded from a server without ranges; None for any number.

    Raises:
        NoRangesError: the server has no ranges, and the wheel is larger than that, or of an unknown size.
        SourceError: it cannot be read.
    """
    with client.open(url, _range_header(f"-{CHUNK}")) as response:
        span = _parse_content_range(response)
        if span is not None and span[1] == span[2] - 1 and span[2] - span[0] <= CHUNK:
            return _Ranges(client, url, span[2], _read_exactly(url, response, span[2] - span[0]))  # type: ignore[return-value]
        if response.status != 206 and not is_error_status(response.status):
            return _download(client, url, response, largest)
        if response.status not in (206, *_NO_RANGES):
            raise error_for_status(url, response.status)
    with client.open(url, {"Accept-Encoding": "identity"}) as response:
        return _download(client, url, response, largest)


def _download(client: Client, url: str, response: BaseHTTPResponse, largest: int | None) -> IO[bytes]:
    size = response.headers.get("Content-Length", "")
    small = largest is None or (_SIZE.fullmatch(size) and int(size) <= largest)
    if not small and not is_error_status(response.status):
        raise NoRangesError(f"{redact_url(url)} cannot be read in ranges", UPLOAD_AGAIN)
    file = tempfile.TemporaryFile()  # noqa: SIM115 -- the caller closes it
    try:
        client.spool(url, response, file)
    except BaseException:
        file.close()
        raise
    return file
