"""A project's page on an index: the files it lists, read and written as HTML and as JSON.

Sources: the simple repository API (PEP 503 HTML, PEP 691 JSON, PEP 592 yanked, PEP 629 version, PEP 658 and 714
metadata files, PEP 700 sizes and times). docs/explanation/dependencies.md says why this is not a library's parser:
those tried escape an escaped URL a second time, and a variant's URL may well be escaped (``%7E``).
"""

from __future__ import annotations

import html
import json
from collections.abc import Iterable, Mapping
from html.parser import HTMLParser
from typing import Any
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

from attrs import field, frozen

__all__ = ["JSON_TYPE", "File", "parse_html", "parse_json", "render_html", "render_json"]

#: The media type of a JSON page (PEP 691).
JSON_TYPE = "application/vnd.pypi.simple.v1+json"


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


def filename_of(url: str) -> str:
    """The last part of an address, unescaped."""
    return unquote(urlsplit(url).path.rpartition("/")[2])


def _digests(text: str | None) -> dict[str, str]:
    """``sha256=abc…`` as a mapping; anything else is none."""
    name, equals, digest = (text or "").partition("=")
    return {name: digest} if equals and name and digest else {}


class _Anchors(HTMLParser):
    """Collects the attributes of every ``<a href>``, and the ``<base href>``."""

    def __init__(self) -> None:
        super().__init__()
        self.base: str | None = None
        self.anchors: list[dict[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.anchors.append(dict(attrs))
        elif tag == "base" and self.base is None:
            self.base = dict(attrs).get("href")


def parse_html(text: str, url: str) -> list[File]:
    """The files that a page lists; a link list that somebody wrote by hand will do.

    Args:
        text: the page.
        url: where it came from; relative links start there.
    """
    parser = _Anchors()
    parser.feed(text)
    parser.close()
    base = urljoin(url, parser.base) if parser.base else url
    files = []
    for anchor in parser.anchors:
        href = anchor.get("href")
        if not href:
            continue
        link, fragment = urldefrag(urljoin(base, href.strip()))
        filename = filename_of(link)
        if not filename:
            continue
        metadata = anchor.get("data-core-metadata", anchor.get("data-dist-info-metadata", ""))
        has_metadata = "data-core-metadata" in anchor or "data-dist-info-metadata" in anchor
        files.append(
            File(
                filename,
                link,
                hashes=_digests(fragment),
                requires_python=anchor.get("data-requires-python") or None,
                metadata=_digests(metadata) if has_metadata and metadata != "false" else None,
                yanked=(anchor["data-yanked"] or "") if "data-yanked" in anchor else None,
            )
        )
    return files


def parse_json(text: str | bytes, url: str) -> list[File]:
    """The files of a JSON page (PEP 691).

    Raises:
        ValueError: the text is no such page.
    """
    document = json.loads(text)
    try:
        return [_json_file(entry, url) for entry in document["files"]]
    except (TypeError, KeyError, AttributeError) as error:
        raise ValueError(f"it is no page of the JSON simple API ({error!r} is wrong)") from error


def _json_file(entry: dict[str, Any], url: str) -> File:
    metadata = entry.get("core-metadata", entry.get("dist-info-metadata", False))
    yanked = entry.get("yanked", False)
    return File(
        entry["filename"],
        urldefrag(urljoin(url, entry["url"])).url,
        hashes=dict(entry["hashes"]),
        requires_python=entry.get("requires-python"),
        metadata=(metadata if isinstance(metadata, dict) else {}) if metadata is not False else None,
        yanked=(yanked if isinstance(yanked, str) else "") if yanked is not False else None,
        size=entry.get("size"),
        upload_time=entry.get("upload-time"),
    )


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
