"""Pages and metadata files of a real index, recorded once in a folder and served from loopback, and what was asked.

The server answers as PyPI does: JSON pages (PEP 691) and ``.metadata`` files (PEP 658), compressed where the client
takes that, with an ETag, and with the ``Cache-Control`` of PyPI. What is not recorded yet is fetched while recording,
and is an error otherwise, so that a measurement never depends on the network.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import re
import threading
import urllib.request
import zipfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import cast
from urllib.error import HTTPError

from figures.serving import JSON_TYPE

__all__ = ["RecordedIndex", "Traffic", "serve_recorded"]

_INDEX = "https://pypi.org/simple"
_FILES = "https://files.pythonhosted.org"
#: What PyPI sends with a page, and with a file.
_PAGE_AGE, _FILE_AGE = "max-age=600, public", "max-age=365000000, immutable, public"


@dataclass
class Traffic:
    """What the server was asked for since the last reset.

    Args:
        requests: how many requests there were.
        sent: the bytes of all bodies, as they were sent.
        kinds: the requests by what was asked for and how it was answered.
    """

    requests: int = 0
    sent: int = 0
    kinds: Counter[str] = field(default_factory=Counter)


@dataclass
class _Answer:
    """A recorded answer: plain and compressed, with its ETag. ``kind`` is its media type."""

    kind: str
    plain: bytes
    age: str

    def __post_init__(self) -> None:
        self.packed = gzip.compress(self.plain, 6)
        self.etag = f'"{hashlib.md5(self.plain, usedforsecurity=False).hexdigest()}"'


class RecordedIndex:
    """The recorded answers, and a server for them.

    Args:
        folder: where they are recorded.
        record: fetch what is missing.
    """

    def __init__(self, folder: Path, *, record: bool) -> None:
        self.folder = folder
        self.record = record
        self.traffic = Traffic()
        self.address = ""
        self.lock = threading.Lock()
        self._answers: dict[str, _Answer | None] = {}

    @property
    def url(self) -> str:
        """The simple index."""
        return f"{self.address}/simple"

    def reset(self) -> Traffic:
        """Begin to count anew; what was counted before."""
        with self.lock:
            before, self.traffic = self.traffic, Traffic()
        return before

    def answer(self, path: str) -> _Answer | None:
        """The answer for a path, or None where the index has nothing."""
        if path not in self._answers:
            self._answers[path] = self._load(path)
        return self._answers[path]

    def _load(self, path: str) -> _Answer | None:
        kept = self.folder / hashlib.sha256(path.encode()).hexdigest()
        if not kept.exists():
            if not self.record:
                raise SystemExit(f"{path} is not recorded; --record records it")
            self.folder.mkdir(parents=True, exist_ok=True)
            part = kept.with_suffix(f".{threading.get_ident()}")
            part.write_bytes(_fetch(path))
            part.replace(kept)
        content = kept.read_bytes()
        if not content:
            return None
        if path.startswith("/simple/"):
            page = json.loads(content.replace(f'"{_FILES}/'.encode(), f'"{self.address}/files/'.encode()))
            for file in page["files"]:
                if file["filename"].endswith(".whl"):  # not every mirror of PyPI passes this on
                    file["core-metadata"] = file.get("core-metadata") or True
            return _Answer(JSON_TYPE, json.dumps(page, ensure_ascii=False).encode(), _PAGE_AGE)
        return _Answer("application/octet-stream", content, _FILE_AGE)


def _fetch(path: str) -> bytes:
    """What the real index answers; nothing for 404. A mirror may lack the metadata files: then it is in the wheel."""
    if path.startswith("/simple/"):
        return _read(_INDEX + path.removeprefix("/simple")) or b""
    url = _FILES + path.removeprefix("/files")
    found = _read(url)
    if found is None and url.endswith(".whl.metadata"):
        with zipfile.ZipFile(io.BytesIO(_read(url.removesuffix(".metadata")) or b"")) as wheel:
            (name,) = (name for name in wheel.namelist() if re.fullmatch(r"[^/]+\.dist-info/METADATA", name))
            return wheel.read(name)
    return found or b""


def _read(url: str) -> bytes | None:
    request = urllib.request.Request(url, headers={"Accept": JSON_TYPE if "/simple/" in url else "*/*"})
    try:
        with urllib.request.urlopen(request, timeout=180) as response:
            return cast(bytes, response.read())
    except HTTPError as error:
        if error.code in (403, 404):
            return None
        raise


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    index: RecordedIndex


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 1 << 16

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        index = cast(_Server, self.server).index
        kind = "page" if self.path.startswith("/simple/") else self.path.rpartition(".")[2]
        found = index.answer(self.path)
        if found is None:
            self._send(index, f"{kind} 404", 404, b"", {})
        elif self.headers.get("If-None-Match") == found.etag:
            self._send(index, f"{kind} 304", 304, None, {"ETag": found.etag, "Cache-Control": found.age})
        else:
            headers = {"ETag": found.etag, "Cache-Control": found.age, "Content-Type": found.kind}
            body = found.plain
            if "gzip" in self.headers.get("Accept-Encoding", ""):
                headers["Content-Encoding"] = "gzip"
                headers["Vary"] = "Accept, Accept-Encoding"
                body = found.packed
            self._send(index, kind, 200, body, headers)

    def _send(self, index: RecordedIndex, kind: str, status: int, body: bytes | None, headers: dict[str, str]) -> None:
        with index.lock:
            index.traffic.requests += 1
            index.traffic.sent += len(body or b"")
            index.traffic.kinds[kind] += 1
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if body is not None:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if body:
            self.wfile.write(body)


@contextmanager
def serve_recorded(folder: Path, *, record: bool = False) -> Iterator[RecordedIndex]:
    """The recorded index, served on the loopback interface until the block ends."""
    index = RecordedIndex(folder, record=record)
    with _Server(("127.0.0.1", 0), _Handler) as server:
        server.index = index
        index.address = f"http://127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield index
        server.shutdown()
