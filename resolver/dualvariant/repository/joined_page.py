"""Joins the plain pages of several sources, so that an installer sees them as one page without their being parsed.

A JSON page gives the bytes between the brackets of its ``files``. Everything else, mostly a folder or the small HTML
page of an index beside the large one, is parsed and written as JSON.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from dualvariant.network.failures import InvalidPageError
from dualvariant.network.pages import Page
from dualvariant.repository.page import JSON_TYPE, File
from dualvariant.repository.page_renderer import render_json_entries
from dualvariant.repository.plain_page import has_signs, is_plain
from dualvariant.repository.source import Listing
from variantlib.foreign_json import load_json

__all__ = ["find_entries", "join_plain_pages"]

_FILES = re.compile(rb'"files"\s*:\s*\[')
#: How many closing brackets are tried: hardly any entry has one, and each try costs a look at the bytes before it.
_MOST_TRIES = 16


def join_plain_pages(found: Sequence[File], listings: Sequence[Listing]) -> Page | None:
    """One page with the files of all, in this order.

    Args:
        found: the files that find-links locations list.
        listings: what indexes list.

    Returns:
        The page; None where something on one of them may have to do with variants, or cannot be read so.
    """
    if not listings or not all(listing.page is not None and is_plain(listing.page) for listing in listings):
        return None
    try:
        parts = [*_render(found), *(part for listing in listings for part in _list_entries(listing))]
    except (InvalidPageError, ValueError):
        return None
    body = b'{"meta": {"api-version": "1.0"}, "name": "", "files": [%s]}' % b", ".join(
        part for part in parts if part.strip()
    )
    url = next(listing.page.url for listing in listings if listing.page is not None)
    return Page(url, JSON_TYPE, "", body)


def _list_entries(listing: Listing) -> Iterator[bytes]:
    """The entries of an index's page.

    Raises:
        InvalidPageError: it cannot be parsed.
        ValueError: it has no entries that can be told from the rest, or one that may have to do with variants.
    """
    page = listing.page
    if page is not None and page.content_type == JSON_TYPE:
        yield find_entries(page.body)
    else:
        yield from _render(listing.files)


def _render(files: Sequence[File]) -> Iterator[bytes]:
    """The files as entries.

    Raises:
        ValueError: one of them may have to do with variants.
    """
    entries = render_json_entries(files).encode()
    if has_signs(entries):
        raise ValueError("it may have variants")
    yield entries


def find_entries(body: bytes) -> bytes:
    """What is between the brackets of ``files`` on a JSON page (PEP 691).

    The bracket that ends them is the first one, outside of texts, without which the rest is a document of its own.

    Raises:
        ValueError: there is no such bracket, or there are two such lists.
    """
    start = _FILES.search(body)
    if start is None:
        raise ValueError("it has no list of files")
    end, quotes = start.end(), 0
    for _ in range(_MOST_TRIES):
        bracket = body.find(b"]", end)
        if bracket < 0:
            break
        quotes += _count_quotes(body[end:bracket])
        end = bracket + 1
        if quotes % 2 == 0 and _is_document(body[: start.end()] + body[bracket:]):
            return body[start.end() : bracket]
    raise ValueError("its list of files has no end")


def _count_quotes(text: bytes) -> int:
    """The quotes that begin or end a text in JSON."""
    if b"\\" in text:
        text = text.replace(b"\\\\", b"").replace(b'\\"', b"")
    return text.count(b'"')


def _is_document(body: bytes) -> bool:
    """Whether a page without its files is a JSON object.

    Raises:
        ValueError: it has two lists of files.
    """
    try:
        document = load_json(body)
    except ValueError:
        return False
    if not isinstance(document, dict):
        return False
    if body.count(b'"files"') != 1:
        raise ValueError("it has two lists of files")
    return True
