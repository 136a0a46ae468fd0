"""A project's page on an index: the files it lists, read and written as HTML and as JSON.

Sources: the simple repository API (PEP 503 HTML, PEP 691 JSON, PEP 592 yanked, PEP 629 version, PEP 658 and 714
metadata files, PEP 700 sizes and times, PEP 708 projects in several places). docs/explanation/dependencies.md says why
this is not a library's parser: those tried escape an escaped URL a second time, and a variant's URL may well be escaped
(``%7E``).
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from html.parser import HTMLParser
from typing import Any
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

from attrs import field, frozen

__all__ = [
    "JSON_TYPE",
    "File",
    "ProjectPage",
    "html_page",
    "json_page",
    "parse_html",
    "parse_json",
    "render_html",
    "render_json",
]

#: The media type of a JSON page (PEP 691).
JSON_TYPE = "application/vnd.pypi.simple.v1+json"


# A link in which nothing has to be looked at twice: no query, no parameters, no brackets, no blanks.
_PLAIN = re.compile(r"[A-Za-z0-9_.~%+!@,/:=-]+")


@frozen
class File:
    """One file on a project's page.

    Args:
        filename: the last part of the file's address, unescaped.
        url: absolute address, without fragment.
        hashes: hash name → hexadecimal digest.
        requires_python: the specifier, or None.
        metadata: whether ``{url}.metadata`` exists: its hashes (perhaps none), or None if it does not (PEP 658).
        yanked: the reason (perhaps empty) if the file is yanked, else None (PEP 592).
        size: in bytes, or None if the page does not say (PEP 700).
        upload_time: as the page has it (PEP 700).
    """

    filename: str
    url: str
    hashes: Mapping[str, str] = field(factory=dict)
    requires_python: str | None = None
    metadata: Mapping[str, str] | None = None
    yanked: str | None = None
    size: int | None = None
    upload_time: str | None = None


@frozen
class ProjectPage:
    """What a page says of a project.

    Args:
        files: the files that it lists.
        tracks: project pages, on other indexes, that this one extends (PEP 708).
        alternates: project pages that hold the same project, by its owner's word (PEP 708).
    """

    files: Sequence[File]
    tracks: tuple[str, ...] = ()
    alternates: tuple[str, ...] = ()


def filename_of(url: str) -> str:
    """The last part of an address, unescaped."""
    return unquote(urlsplit(url).path.rpartition("/")[2])


def _usable(filename: str) -> bool:
    """Whether a name can be a file's on an index, and nothing else: no path, nothing that a terminal obeys."""
    return bool(filename) and filename.isprintable() and "/" not in filename and "\\" not in filename


class _Base:
    """Where the links of a page start.

    Joining is most of the work on a large page, so it is done once for the part up to the last slash, which thousands
    of links share. Links with anything unusual in them go the long way; a test compares the two.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self._folders: dict[str, str] = {}

    def join(self, link: str) -> str:
        """The absolute address of a link, without fragment.

        Raises:
            ValueError: it is no address.
        """
        link = link.partition("#")[0]
        folder, slash, name = link.rpartition("/")
        if not slash or name in ("", ".", "..") or folder.endswith("/") or _PLAIN.fullmatch(link) is None:
            return urldefrag(urljoin(self.url, link.strip())).url
        if folder not in self._folders:
            self._folders[folder] = urljoin(self.url, f"{folder}/")
        return self._folders[folder] + name


def _digests(text: str | None) -> dict[str, str]:
    """``sha256=abc…`` as a mapping; anything else is none."""
    name, equals, digest = (text or "").partition("=")
    return {name: digest.lower()} if equals and name and digest else {}


class _Anchors(HTMLParser):
    """Collects the attributes of every ``<a href>``, the ``<base href>`` and what ``<meta>`` says of the project."""

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
            said = dict(attrs)
            self.meta.setdefault(said.get("name") or "", []).append(said.get("content") or "")


def html_page(text: str, url: str) -> ProjectPage:
    """An HTML page (PEP 503); a link list that somebody wrote by hand will do.

    Args:
        text: the page.
        url: where it came from; relative links start there.

    Raises:
        ValueError: it is of a later version (PEP 629).
    """
    parser = _Anchors()
    parser.feed(text)
    parser.close()
    _check_version(next(iter(parser.meta.get("pypi:repository-version", ())), "1.0"))
    base = _Base(urljoin(url, parser.base) if parser.base else url)
    files = []
    for anchor in parser.anchors:
        href = anchor.get("href")
        if not href:
            continue
        try:
            link = base.join(href)
            filename = filename_of(link)
        except ValueError:
            continue
        if not _usable(filename):
            continue
        metadata = anchor.get("data-core-metadata", anchor.get("data-dist-info-metadata", ""))
        has_metadata = "data-core-metadata" in anchor or "data-dist-info-metadata" in anchor
        files.append(
            File(
                filename,
                link,
                hashes=_digests(href.partition("#")[2]),
                requires_python=anchor.get("data-requires-python") or None,
                metadata=_digests(metadata) if has_metadata and metadata != "false" else None,
                yanked=(anchor["data-yanked"] or "") if "data-yanked" in anchor else None,
            )
        )
    return ProjectPage(
        files,
        tuple(parser.meta.get("pypi:tracks", ())),
        tuple(parser.meta.get("pypi:alternate-locations", ())),
    )


def parse_html(text: str, url: str) -> list[File]:
    """The files of :func:`html_page`."""
    return list(html_page(text, url).files)


def json_page(text: str | bytes, url: str) -> ProjectPage:
    """A JSON page (PEP 691). An entry that makes no sense is passed over, as it is in pip.

    Raises:
        ValueError: the text is no such page.
    """
    try:
        document = json.loads(text)
        entries, meta = document["files"], document.get("meta", {})
        _check_version(meta.get("api-version", "1.0"))
        base = _Base(url)
        files = [file for entry in entries if (file := _json_file(entry, base)) is not None]
        return ProjectPage(files, _addresses(meta.get("tracks")), _addresses(document.get("alternate-locations")))
    except (TypeError, KeyError, AttributeError) as error:
        raise ValueError(f"it is no page of the JSON simple API ({error!r} is wrong)") from error
    except RecursionError as error:
        raise ValueError("it is no page of the JSON simple API (it is nested too deeply)") from error


def parse_json(text: str | bytes, url: str) -> list[File]:
    """The files of :func:`json_page`."""
    return list(json_page(text, url).files)


def _check_version(version: object) -> None:
    """A client must refuse a page whose major version it does not know (PEP 629)."""
    if not isinstance(version, str) or version.partition(".")[0] != "1":
        raise ValueError(f"it is of version {version!r} of the simple API; version 1 is understood")


def _addresses(listed: object) -> tuple[str, ...]:
    return tuple(place for place in listed if isinstance(place, str)) if isinstance(listed, list) else ()


def _json_file(entry: dict[str, Any], base: _Base) -> File | None:
    filename, link, hashes = entry["filename"], entry["url"], entry.get("hashes") or {}
    if not isinstance(link, str) or not isinstance(filename, str) or not _usable(filename):
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
        hashes=_hashes(hashes),
        requires_python=requires_python if isinstance(requires_python, str) else None,
        metadata=(_hashes(metadata) if isinstance(metadata, dict) else {}) if metadata else None,
        yanked=(yanked if isinstance(yanked, str) else "") if yanked is not False else None,
        size=size if isinstance(size, int) else None,
        upload_time=upload_time if isinstance(upload_time, str) else None,
    )


def _hashes(listed: dict[str, Any]) -> dict[str, str]:
    return {name: digest.lower() for name, digest in listed.items() if isinstance(digest, str)}


def _as_attribute(digests: Mapping[str, str]) -> str:
    for name, digest in digests.items():
        return f"{name}={digest}"
    return "true"


def render_html(project: str, files: Iterable[File]) -> str:
    """The project's page in HTML."""
    lines = [
        "<!DOCTYPE html>",
        '<html><head><meta charset="utf-8"><meta name="pypi:repository-version" content="1.1">',
        f"<title>Links for {html.escape(project)}</title></head><body>",
        f"<h1>Links for {html.escape(project)}</h1>",
    ]
    for file in files:
        fragment = f"#{_as_attribute(file.hashes)}" if file.hashes else ""
        attributes = {"href": file.url + fragment}
        if file.requires_python is not None:
            attributes["data-requires-python"] = file.requires_python
        if file.metadata is not None:
            # The older name is the only one that pip before 23.2 and uv before 0.2 look for (PEP 714).
            attributes["data-core-metadata"] = _as_attribute(file.metadata)
            attributes["data-dist-info-metadata"] = attributes["data-core-metadata"]
        if file.yanked is not None:
            attributes["data-yanked"] = file.yanked
        text = " ".join(f'{name}="{html.escape(value)}"' for name, value in attributes.items())
        lines.append(f"<a {text}>{html.escape(file.filename)}</a><br>")
    return "\n".join([*lines, "</body></html>", ""])


def render_json(project: str, files: Iterable[File]) -> str:
    """The project's page in JSON (PEP 691); version 1.0, as 1.1 needs sizes and versions that not every page has."""
    return json.dumps({"meta": {"api-version": "1.0"}, "name": project, "files": [_as_json(file) for file in files]})


def _as_json(file: File) -> dict[str, Any]:
    entry: dict[str, Any] = {"filename": file.filename, "url": file.url, "hashes": dict(file.hashes)}
    if file.requires_python is not None:
        entry["requires-python"] = file.requires_python
    if file.metadata is not None:
        # Only the new name: pip 22.3 to 23.1 ends with a traceback over the old one (PEP 714).
        entry["core-metadata"] = dict(file.metadata) or True
    if file.yanked is not None:
        entry["yanked"] = file.yanked or True
    if file.size is not None:
        entry["size"] = file.size
    if file.upload_time is not None:
        entry["upload-time"] = file.upload_time
    return entry
