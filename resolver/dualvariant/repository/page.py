"""A project's page on an index, as values: the files that it lists and what it says of the project.

Source: the simple repository API (PEP 503 HTML, PEP 691 JSON, PEP 592 yanked, PEP 629 version, PEP 658 and 714 metadata
files, PEP 700 sizes and times, PEP 708 projects in several places).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

__all__ = ["HTML_TYPE", "JSON_TYPE", "File", "ProjectPage"]

#: The media type of a JSON page (PEP 691).
JSON_TYPE = "application/vnd.pypi.simple.v1+json"
#: The media type of an HTML page (PEP 691); many indexes say ``text/html``.
HTML_TYPE = "application/vnd.pypi.simple.v1+html"


class File(NamedTuple):
    """One file on a project's page.

    Args:
        filename: as the page has it, or else the last part of the file's URL, unescaped.
        url: the absolute URL, without fragment.
        hashes: hash name → hexadecimal digest, in the case of its page: pip compares the text of a digest with a list.
        requires_python: the specifier, or None.
        metadata: the hashes (perhaps none) of ``{url}.metadata``, or None if there is no such file (PEP 658).
        yanked: the reason (perhaps empty) if the file is yanked, else None (PEP 592).
        size: in bytes, or None if the page does not say (PEP 700).
        upload_time: as the page has it (PEP 700).
        egg: the value of ``egg`` in the URL's fragment. An installer takes the project and version from there, and not
            from the name, so such a file is left to it as it is.
        other_name: the last part of its URL, unescaped, if that is not the file name. pip goes by it, and uv by the
            file name, so such a file is left to them as it is.
        has_pairs: whether the URL's fragment has several pairs (``sha256=…&egg=…``). pip takes the first hash of them,
            and uv none.
        is_foreign_path: whether it is a path on this machine that a page of a web server names. It is never opened here
            and never a variant; the installer sees it as it is.
        page_problem: why the page that lists it is not believed where variants are concerned, or None.
    """

    filename: str
    url: str
    hashes: Mapping[str, str] = MappingProxyType({})
    requires_python: str | None = None
    metadata: Mapping[str, str] | None = None
    yanked: str | None = None
    size: int | None = None
    upload_time: str | None = None
    egg: str | None = None
    other_name: str | None = None
    has_pairs: bool = False
    is_foreign_path: bool = False
    page_problem: str | None = None


class ProjectPage(NamedTuple):
    """What a page says of a project.

    Args:
        files: the files that it lists.
        tracks: project pages, on other indexes, that this one extends (PEP 708).
        alternates: project pages that hold the same project, by its owner's word (PEP 708).
        unknown_version: what it says of its version, if that is no version that we know, else None (PEP 629).
    """

    files: Sequence[File]
    tracks: tuple[str, ...] = ()
    alternates: tuple[str, ...] = ()
    unknown_version: str | None = None
