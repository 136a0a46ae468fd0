"""Reads a project's page, in HTML and in JSON (:mod:`dualvariant.repository.page` names the sources).

docs/explanation/dependencies.md says why this is not a library's parser: those that were tried escape an escaped URL a
second time, and the URL of a variant may be escaped (``%7E``).
"""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from typing import Any
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

from dualvariant.repository.page import File, ProjectPage

__all__ = ["parse_filename", "parse_html_page", "parse_json_page"]

# A link without anything that joining could change but dot segments: no query, parameters, brackets or blanks.
_PLAIN = re.compile(r"[A-Za-z0-9_.~%+!@,/:=-]+")
# A plain link that is absolute: joining leaves it as it is.
_ABSOLUTE = re.compile(r"https?://[A-Za-z0-9_.~%+!@,:=-][A-Za-z0-9_.~%+!@,/:=-]*")


def parse_filename(url: str) -> str:
    """The last part of a URL's path, unescaped."""
    if url.count("/") > 2 and _ABSOLUTE.fullmatch(url):
        return unquote(url.rpartition("/")[2])
    return unquote(urlsplit(url).path.rpartition("/")[2])


def _is_filename(filename: str) -> bool:
    """Whether a name can be that of a file on an index: not a path, and no control characters."""
    return bool(filename) and filename.isprintable() and "/" not in filename and "\\" not in filename


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
            ValueError: it is not a URL.
        """
        link = link.partition("#")[0]
        if _ABSOLUTE.fullmatch(link):
            return link
        folder, slash, name = link.rpartition("/")
        if not slash or name in ("", ".", "..") or folder.endswith("/") or _PLAIN.fullmatch(link) is None:
            return urldefrag(urljoin(self.url, link.strip())).url
        if folder not in self._folders:
            self._folders[folder] = urljoin(self.url, f"{folder}/")
        return self._folders[folder] + name


def _parse_hash(text: str | None) -> dict[str, str]:
    """``sha256=abc…`` as a mapping; an empty one for anything else."""
    name, equals, digest = (text or "").partition("=")
    return {name: digest.lower()} if equals and name and digest else {}


class _LinkParser(HTMLParser):
    """Collects the attributes of every ``<a>``, the ``<base href>`` and the contents of ``<meta>`` by name."""

    def __init__(self) -> None:
        super().__init__()
        self.base: str | None = None
        self.anchors: list[dict[str, str | None]] = []
        self.meta: dict[str, list[str]] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.anchors.append(dict(attrs))
        elif tag == "base" and self.base is None:
            self.base = dict(attrs).get("href")
        elif tag == "meta":
            values = dict(attrs)
            self.meta.setdefault(values.get("name") or "", []).append(values.get("content") or "")


def parse_html_page(text: str, url: str) -> ProjectPage:
    """Parse an HTML page (PEP 503), or any page with links.

    Args:
        text: the page.
        url: where it came from; relative links start there.

    Raises:
        ValueError: it is of another major version (PEP 629).
    """
    parser = _LinkParser()
    parser.feed(text)
    parser.close()
    _check_version(next(iter(parser.meta.get("pypi:repository-version", ())), "1.0"))
    base = _LinkBase(urljoin(url, parser.base) if parser.base else url)
    files = []
    for anchor in parser.anchors:
        href = anchor.get("href")
        if not href:
            continue
        try:
            link = base.join(href)
            filename = parse_filename(link)
        except ValueError:
            continue
        if not _is_filename(filename):
            continue
        metadata = anchor.get("data-core-metadata", anchor.get("data-dist-info-metadata", ""))
        has_metadata = "data-core-metadata" in anchor or "data-dist-info-metadata" in anchor
        files.append(
            File(
                filename,
                link,
                hashes=_parse_hash(href.partition("#")[2]),
                requires_python=anchor.get("data-requires-python") or None,
                metadata=_parse_hash(metadata) if has_metadata and metadata != "false" else None,
                yanked=(anchor["data-yanked"] or "") if "data-yanked" in anchor else None,
            )
        )
    return ProjectPage(
        files,
        tuple(parser.meta.get("pypi:tracks", ())),
        tuple(parser.meta.get("pypi:alternate-locations", ())),
    )


def parse_json_page(text: str | bytes, url: str) -> ProjectPage:
    """Parse a JSON page (PEP 691). An entry that is invalid is passed over, as it is in pip.

    Args:
        text: the page.
        url: where it came from; relative links start there.

    Raises:
        ValueError: it is not such a page, or of another major version (PEP 629).
    """
    try:
        document = json.loads(text)
        entries, meta = document["files"], document.get("meta", {})
        _check_version(meta.get("api-version", "1.0"))
        base = _LinkBase(url)
        files = [file for entry in entries if (file := _parse_json_entry(entry, base)) is not None]
        return ProjectPage(files, _parse_urls(meta.get("tracks")), _parse_urls(document.get("alternate-locations")))
    except (TypeError, KeyError, AttributeError) as error:
        raise ValueError(f"it is not a page of the JSON simple API ({error!r})") from error
    except RecursionError as error:
        raise ValueError("it is not a page of the JSON simple API (it is nested too deeply)") from error


def _check_version(version: object) -> None:
    """Refuse a page of a major version that we do not know (PEP 629)."""
    if not isinstance(version, str) or version.partition(".")[0] != "1":
        raise ValueError(f"it is of version {version!r} of the simple API, and dualvariant reads version 1")


def _parse_urls(listed: object) -> tuple[str, ...]:
    return tuple(url for url in listed if isinstance(url, str)) if isinstance(listed, list) else ()


def _parse_json_entry(entry: dict[str, Any], base: _LinkBase) -> File | None:
    filename, link, hashes = entry["filename"], entry["url"], entry.get("hashes") or {}
    if not isinstance(link, str) or not isinstance(filename, str) or not _is_filename(filename):
        return None
    try:
        link = base.join(link)
    except ValueError:
        return None
    metadata = entry.get("core-metadata", entry.get("dist-info-metadata", False))
    yanked = entry.get("yanked", False)
    requires_python, size = entry.get("requires-python"), entry.get("size")
    upload_time = entry.get("upload-time")
    return File(
        filename,
        link,
        hashes=_parse_hashes(hashes),
        requires_python=requires_python if isinstance(requires_python, str) else None,
        metadata=(_parse_hashes(metadata) if isinstance(metadata, dict) else {}) if metadata else None,
        yanked=(yanked if isinstance(yanked, str) else "") if yanked is not False else None,
        size=size if isinstance(size, int) else None,
        upload_time=upload_time if isinstance(upload_time, str) else None,
    )


def _parse_hashes(listed: dict[str, Any]) -> dict[str, str]:
    return {name: digest.lower() for name, digest in listed.items() if isinstance(digest, str)}
