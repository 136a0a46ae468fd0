"""Reads a project's page, in HTML and in JSON (:mod:`dualvariant.repository.page` names the sources).

docs/explanation/dependencies.md says why this is not a library's parser: those that were tried escape an escaped URL a
second time, and the URL of a variant may be escaped (``%7E``).
"""

from __future__ import annotations

import re
import reprlib
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from dualvariant.core.errors import InvalidUrlError
from dualvariant.network.urls import find_path, join_url
from dualvariant.repository.html_tags import find_tags
from dualvariant.repository.page import File, ProjectPage
from variantlib.foreign_json import load_json

__all__ = ["parse_filename", "parse_html_page", "parse_json_page"]

# A link without anything that joining could change but dot segments: no query, parameters, brackets or blanks.
_PLAIN = re.compile(r"[A-Za-z0-9_.~%+!@,/:=-]+")
# A plain link that is absolute: joining leaves it as it is.
_ABSOLUTE = re.compile(r"https?://[A-Za-z0-9_.~%+!@,:=-][A-Za-z0-9_.~%+!@,/:=-]*")

# pip's rule (``LinkHash`` of pip 26.3): a fragment is a list of pairs, and other names are none of its business.
_HASH = re.compile(r"[#&](sha512|sha384|sha256|sha224|sha1|md5)=([^&]*)")
_EGG = re.compile(r"[#&]egg=([^&]+)")

#: What counts of a link.
_LINK_ATTRIBUTES = frozenset(
    {"href", "data-requires-python", "data-core-metadata", "data-dist-info-metadata", "data-yanked"}
)

#: The longest file name; file systems have 255.
MAX_NAME = 1000
#: The most files on a page: the largest projects of PyPI have some ten thousand.
MAX_FILES = 500_000
#: The most bytes of memory that reading a JSON page may take: one of 10,000 files takes a twentieth of that.
MAX_MEMORY = 640 << 20
#: Seconds after which the parsing of a page is given up.
MAX_SECONDS = 60.0


class _Limits:
    """Counts what is read of a page, and ends it where that is too much, or takes too long."""

    def __init__(self) -> None:
        self._counted = 0
        self._end = time.monotonic() + MAX_SECONDS

    def count(self) -> None:
        """Count one link, or one entry.

        Raises:
            ValueError: there are too many, or they take too long.
        """
        self._counted += 1
        if self._counted % 4096 == 0:
            if self._counted > MAX_FILES:
                raise ValueError(f"it has more than {MAX_FILES:,} files")
            if time.monotonic() > self._end:
                raise ValueError(f"parsing it takes more than {MAX_SECONDS:.0f} s")


def parse_filename(url: str) -> str:
    """The last part of a URL's path, unescaped.

    Raises:
        InvalidUrlError: it is not a URL.
    """
    if url.count("/") > 2 and _ABSOLUTE.fullmatch(url):
        return unquote(url.rpartition("/")[2])
    return unquote(find_path(url).rpartition("/")[2])


def _is_filename(filename: str) -> bool:
    """Whether a name can be that of a file on an index: not a path, no control characters, and not endless."""
    return 0 < len(filename) <= MAX_NAME and filename.isprintable() and "/" not in filename and "\\" not in filename


class _LinkBase:
    """The URL that the links of a page are relative to.

    Joining would be most of the work on a large page. Absolute links stay as they are, and for relative ones the part
    up to the last slash is joined once: thousands of links share it. Links with unusual characters are joined by
    urllib; a test compares the three ways.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self._folders: dict[str, str] = {}

    def join(self, link: str) -> str:
        """The absolute URL of a link, without fragment.

        Raises:
            InvalidUrlError: it is not a URL.
        """
        link = link.partition("#")[0]
        if _ABSOLUTE.fullmatch(link):
            return link
        folder, slash, name = link.rpartition("/")
        if not slash or name in ("", ".", "..") or folder.endswith("/") or _PLAIN.fullmatch(link) is None:
            return join_url(self.url, link.strip()).partition("#")[0]
        if folder not in self._folders:
            self._folders[folder] = join_url(self.url, f"{folder}/")
        return self._folders[folder] + name


def _parse_hash(text: str | None) -> dict[str, str]:
    """``sha256=abc…`` as a mapping; an empty one for anything else."""
    name, equals, digest = (text or "").partition("=")
    return {name: digest.lower()} if equals and name and digest else {}


def parse_hash_fragment(link: str) -> dict[str, str]:
    """The hash in a link: the first pair whose name pip knows (``#sha256=…&egg=…``, ``#egg=…&md5=…``)."""
    match = _HASH.search(link) if "=" in link else None
    return {match[1]: match[2]} if match is not None and match[2] else {}


def has_pairs(link: str) -> bool:
    """Whether a link's fragment has several pairs."""
    return link.count("=") > 1 and link.partition("#")[2].count("=") > 1


def parse_egg(link: str) -> str | None:
    """The value of ``egg`` in a link's fragment (``Link.egg_fragment`` of pip 26.3), if it has one."""
    match = _EGG.search(link)
    return match[1] if match is not None else None


def parse_html_page(text: str, url: str) -> ProjectPage:
    """Parse an HTML page (PEP 503), or any page with links.

    Args:
        text: the page.
        url: where it came from; relative links start there.

    Raises:
        ValueError: it is too large.
    """
    limits = _Limits()
    anchors: list[dict[str, str | None]] = []
    found_base: str | None = None
    meta: dict[str, list[str]] = {}
    for tag in find_tags(text, frozenset({"a", "base", "meta"})):
        limits.count()
        values = dict(tag.attributes)
        if tag.name == "a":
            anchors.append({key: value for key, value in values.items() if key in _LINK_ATTRIBUTES})
        elif tag.name == "base" and found_base is None:
            found_base = next((value for name, value in tag.attributes if name == "href"), None)
        elif tag.name == "meta":
            meta.setdefault(values.get("name") or "", []).append(values.get("content") or "")
    base, limits = _LinkBase(_join_base(url, found_base) if found_base else url), _Limits()
    files = [file for anchor in anchors if (file := _parse_anchor(anchor, base, limits)) is not None]
    return ProjectPage(
        files,
        tuple(meta.get("pypi:tracks", ())),
        tuple(meta.get("pypi:alternate-locations", ())),
        _describe_unknown(next(iter(meta.get("pypi:repository-version", ())), "1.0")),
    )


def _join_base(url: str, base: str) -> str:
    try:
        return join_url(url, base)
    except InvalidUrlError:
        return url


def _parse_anchor(anchor: Mapping[str, str | None], base: _LinkBase, limits: _Limits) -> File | None:
    limits.count()
    href = anchor.get("href")
    if not href:
        return None
    try:
        link = base.join(href)
        filename = parse_filename(link)
    except InvalidUrlError:
        return None
    if not _is_filename(filename):
        return None
    metadata = anchor.get("data-core-metadata")
    if metadata is None:
        metadata = anchor.get("data-dist-info-metadata")
    return File(
        filename,
        link,
        hashes=parse_hash_fragment(href),
        requires_python=anchor.get("data-requires-python") or None,
        metadata=_parse_hash(metadata) if metadata and metadata != "false" else None,
        yanked=anchor.get("data-yanked"),  # as in pip, an attribute without a value does not count
        egg=parse_egg(href),
        has_pairs=has_pairs(href),
    )


def parse_json_page(text: str | bytes, url: str) -> ProjectPage:
    """Parse a JSON page (PEP 691). An entry that is invalid is passed over, as it is in pip.

    Args:
        text: the page.
        url: where it came from; relative links start there.

    Raises:
        ValueError: it is not such a page, or is too large.
    """
    limits = _Limits()
    try:
        document = load_json(text, MAX_MEMORY)
        base, meta = _LinkBase(url), document.get("meta", {})
        entries = document.get("files", [])
        files = [file for entry in entries if (file := _parse_json_entry(entry, base, limits)) is not None]
        if not isinstance(meta, dict):
            meta = {"api-version": None}
        return ProjectPage(
            files,
            _parse_urls(meta.get("tracks")),
            _parse_urls(document.get("alternate-locations")),
            _describe_unknown(meta.get("api-version", "1.0")),
        )
    except (TypeError, KeyError, AttributeError) as error:
        raise ValueError(f"it is not a page of the JSON simple API ({error!r})") from error


def _describe_unknown(version: object) -> str | None:
    """What a page says of its version, in a few characters, if that is no version that we know (PEP 629)."""
    known = isinstance(version, str) and version.partition(".")[0] == "1"
    return None if known else reprlib.repr(version)


def _parse_urls(listed: object) -> tuple[str, ...]:
    return tuple(url for url in listed if isinstance(url, str)) if isinstance(listed, list) else ()


def _parse_json_entry(entry: dict[str, Any], base: _LinkBase, limits: _Limits) -> File | None:
    limits.count()
    filename, address, hashes = entry.get("filename"), entry.get("url"), entry.get("hashes") or {}
    if not isinstance(address, str) or not isinstance(hashes, dict):
        return None
    try:
        link = base.join(address)
        if not link.isascii():
            link.encode()  # JSON can hold half a character
        of_url = parse_filename(link)
    except (InvalidUrlError, UnicodeEncodeError):
        return None
    if not isinstance(filename, str) or not _is_filename(filename):
        filename = of_url
    if not _is_filename(filename):
        return None
    metadata = entry.get("core-metadata")
    if metadata is None:
        metadata = entry.get("dist-info-metadata")
    yanked, size = entry.get("yanked"), entry.get("size")
    return File(
        filename,
        link,
        hashes={**_keep_texts(hashes), **parse_hash_fragment(address)},
        requires_python=_parse_text(entry.get("requires-python")),
        metadata=_lower(_keep_texts(metadata)) if isinstance(metadata, dict) else {} if metadata else None,
        yanked=(_parse_text(yanked) or "") if yanked else None,
        size=size if isinstance(size, int) and not isinstance(size, bool) else None,
        upload_time=_parse_text(entry.get("upload-time")),
        egg=parse_egg(address),
        other_name=of_url if of_url != filename else None,
    )


def _parse_text(value: object) -> str | None:
    """A text that is not empty and can be written again: JSON can hold half a character."""
    if not isinstance(value, str) or not value:
        return None
    return value if value.isascii() else value.encode("utf-8", "replace").decode()


def _keep_texts(listed: dict[str, Any]) -> dict[str, str]:
    return {name: digest for name, digest in listed.items() if isinstance(digest, str)}


def _lower(digests: Mapping[str, str]) -> dict[str, str]:
    return {name: digest.lower() for name, digest in digests.items()}
