"""Pages as a server answered them, and the ones that are kept between runs, by the server's own rules (RFC 9111).

A page is kept where the server gives it an ``ETag`` or ``Last-Modified`` and does not say ``no-store``. After the time
that the server has named, it is asked for again, and the answer is usually that it has not changed (304). The cache is
bounded, and a folder that cannot be used only costs time.
"""

from __future__ import annotations

import codecs
import hashlib
import json
import os
import re
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, NamedTuple

from attrs import evolve, field, frozen

from dualvariant.core.files import open_regular, remove_oldest, replacing

__all__ = ["PAGE_SIZE", "Page", "PageCache", "PageRules"]

#: The largest page, in bytes, that is read: a page of 10,000 files has 4 million.
PAGE_SIZE = 128 << 20
#: The most bytes of memory for the text of a page.
TEXT_MEMORY = 256 << 20
#: The most bytes that all pages together may take; when there are more, the oldest go.
CACHE_SIZE = 256 << 20

# The codecs of Python that are no encodings of the web; some of them take quadratic time.
_NO_CHARSETS = frozenset(
    {"idna", "mbcs", "oem", "palmos", "punycode", "raw-unicode-escape", "undefined", "unicode-escape"}
)
_MAX_AGE = re.compile(r"(?:^|,)\s*max-age\s*=\s*\"?(\d{1,9})", re.IGNORECASE)
_HEADERS = ("Content-Type", "ETag", "Last-Modified", "Cache-Control", "Age")
#: The most bytes of what is kept in front of a body.
_HEAD_SIZE = 1 << 16
#: What reading a kept page raises where it is missing or damaged.
_DAMAGE = (OSError, ValueError, TypeError, KeyError, RecursionError)


class PageRules(NamedTuple):
    """How long an answer may be used, and how to ask whether it has changed.

    Args:
        etag: the value of ``ETag``, or an empty string.
        last_modified: the value of ``Last-Modified``, or an empty string.
        cache_control: the value of ``Cache-Control``, or an empty string.
        age: the value of ``Age``, in seconds.
    """

    etag: str = ""
    last_modified: str = ""
    cache_control: str = ""
    age: int = 0

    @classmethod
    def parse(cls, headers: Mapping[str, str]) -> PageRules:
        """The rules in the headers of an answer."""
        etag, modified, control, age = (headers.get(name) or "" for name in _HEADERS[1:])
        return cls(etag, modified, control, int(age) if age.isascii() and age.isdigit() and len(age) < 10 else 0)

    @property
    def conditions(self) -> dict[str, str]:
        """The headers of a request that is answered by 304 if nothing has changed."""
        found = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        return {name: value for name, value in found.items() if value}

    @property
    def keep(self) -> bool:
        """Whether the answer may be kept, and is worth it."""
        return bool(self.etag or self.last_modified) and "no-store" not in self.cache_control.lower()

    @property
    def lifetime(self) -> int:
        """For how many seconds from the answer on it may be used without asking."""
        control = self.cache_control.lower()
        found = _MAX_AGE.search(control)
        return max(0, int(found[1]) - self.age) if found and "no-cache" not in control else 0


@frozen
class Page:
    """What a URL answered.

    Args:
        url: the URL after redirects.
        content_type: the media type without parameters, in lower case.
        charset: the encoding that the content type names, or an empty string.
        body: the body, without the compression of its transfer.
        rules: how long it may be used.
        checked: when the server said so, in seconds since the epoch.
        sha256: the digest of the body in hexadecimal digits, where it is known.
        notes: what :attr:`PageCache.describe` says of it, where it was asked.
    """

    url: str
    content_type: str
    charset: str
    body: bytes = field(repr=False)
    rules: PageRules = field(factory=PageRules)
    checked: float = 0.0
    sha256: str | None = None
    notes: frozenset[str] | None = None

    @classmethod
    def parse(cls, url: str, content_type: str, body: bytes, rules: PageRules | None = None) -> Page:
        """A page from the value of ``Content-Type``."""
        kind, _, parameters = content_type.partition(";")
        charset = ""
        for parameter in parameters.split(";"):
            name, _, value = parameter.partition("=")
            if name.strip().lower() == "charset":
                charset = value.strip().strip("\"'").lower()
        return cls(url, kind.strip().lower(), charset, body, rules or PageRules(), time.time())

    @property
    def encoding(self) -> str:
        """The codec for the body: the named charset if that is an encoding of the web, else UTF-8."""
        if not self.charset:
            return "utf-8"
        try:
            name = codecs.lookup(self.charset).name
            "".encode(name)  # some codecs are no text encodings
        except (LookupError, ValueError):
            return "utf-8"
        return "utf-8" if name.replace("_", "-") in _NO_CHARSETS else name

    @property
    def text(self) -> str:
        """The body as text; what cannot be decoded is replaced.

        Raises:
            ValueError: it takes more memory than :data:`TEXT_MEMORY`.
        """
        # One unusual character makes each of the others as wide.
        if len(self.body) * (1 if self.body.isascii() else 4) > TEXT_MEMORY:
            raise ValueError(f"its text takes more than {TEXT_MEMORY >> 20} MiB of memory")
        return self.body.decode(self.encoding, "replace")

    @property
    def remaining(self) -> int:
        """For how many seconds from now it may be used without asking."""
        passed = time.time() - self.checked
        return max(0, self.rules.lifetime - int(passed)) if passed >= 0 else 0


class PageCache:
    """Pages of earlier runs, each in a file of its own that only this user can read.

    Args:
        folder: where they are; it is made when the first page is kept. None keeps nothing.
        reuse: whether a page that its server declared fresh is used without asking, as uv and pip since 26.2 do.
        describe: what there is to say of a page that is kept. To look through the bytes of a large page takes longer
            than to read them, so it is done once.
        describer: a name for what ``describe`` does; a page that was described by another one is not used.
    """

    def __init__(
        self,
        folder: Path | None = None,
        *,
        reuse: bool = False,
        describe: Callable[[Page], Iterable[str]] = lambda page: (),
        describer: str = "",
    ) -> None:
        self.folder = folder
        self.reuse = reuse
        #: Whether that is only so for pages of https and of trusted hosts, as in pip.
        self.only_secure = False
        self.describe = describe
        self._describer = describer
        self._bounded = False

    def read(self, url: str, accept: str) -> Page | None:
        """The page that is kept for a URL and a value of ``Accept``, or None. Damage is noticed."""
        if self.folder is None:
            return None
        try:
            with open_regular(self._name_file(self.folder, url, accept)) as file:
                checked, head = _read_head(file)
                body = _read_body(file)
            notes = frozenset(map(str, head["notes"]))
            sha256 = hashlib.sha256(body).hexdigest()
            if sha256 != head["sha256"]:
                return None
            page = Page.parse(url, str(head["Content-Type"]), body, PageRules.parse(head))
        except _DAMAGE:
            return None
        return evolve(page, checked=checked, sha256=sha256, notes=notes)

    def is_fresh(self, url: str, accept: str) -> bool:
        """Whether a page is kept that may be used without asking; its body is not read."""
        if self.folder is None or not self.reuse:
            return False
        try:
            with open_regular(self._name_file(self.folder, url, accept)) as file:
                checked, head = _read_head(file)
            return bool(Page(url, "", "", b"", PageRules.parse(head), checked).remaining)
        except _DAMAGE:
            return False

    def write(self, url: str, accept: str, headers: Mapping[str, str], page: Page) -> Page:
        """Keep what a server answered, if it allows that; returns the page, with notes if it is kept."""
        if self.folder is None or not page.rules.keep:
            return page
        sha256 = hashlib.sha256(page.body).hexdigest()
        notes = frozenset(self.describe(page))
        head = {**{name: headers.get(name) or "" for name in _HEADERS}, "sha256": sha256, "notes": sorted(notes)}
        with suppress(OSError):
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._bound(self.folder)
            with replacing(self._name_file(self.folder, url, accept)) as file:
                file.write(json.dumps(head).encode() + b"\n")
                file.write(page.body)
        return evolve(page, sha256=sha256, notes=notes)

    def confirm(self, url: str, accept: str) -> None:
        """Note that the server has just said that the page has not changed."""
        if self.folder is not None:
            with suppress(OSError):
                os.utime(self._name_file(self.folder, url, accept))

    def _name_file(self, folder: Path, url: str, accept: str) -> Path:
        name = f"{self._describer}\n{accept}\n{url}".encode("utf-8", "surrogatepass")
        return folder / hashlib.sha256(name).hexdigest()

    def _bound(self, folder: Path) -> None:
        """Remove the pages that were not asked for the longest, if there are too many. Once in a run is enough."""
        if not self._bounded:
            self._bounded = True
            remove_oldest(folder, CACHE_SIZE)


def _read_head(file: IO[bytes]) -> tuple[float, dict[str, Any]]:
    """When a kept page was checked, in seconds since the epoch, and what is kept beside its body."""
    head = json.loads(file.readline(_HEAD_SIZE))
    return os.fstat(file.fileno()).st_mtime, {**head, **{name: str(head[name]) for name in _HEADERS}}


def _read_body(file: IO[bytes]) -> bytes:
    """The body of a kept page.

    Raises:
        ValueError: it is larger than any page.
    """
    size = os.fstat(file.fileno()).st_size
    if size > _HEAD_SIZE + PAGE_SIZE:
        raise ValueError("larger than any page")
    return file.read(size)
