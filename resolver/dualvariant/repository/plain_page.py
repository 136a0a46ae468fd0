"""Recognises, from its bytes, a page on which nothing has to do with variants. An installer may then see it as it is.

Almost every page is one. To parse, judge and render it again would take a large part of the time of an install. So the
test is cheap, and only says yes where it is sure: anything unusual is parsed.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Set
from pathlib import Path

from dualvariant.network.pages import Page
from dualvariant.network.urls import strip_credentials
from dualvariant.repository import replaced_name
from dualvariant.repository.page import HTML_TYPE, JSON_TYPE
from dualvariant.repository.replaced_name import may_have_replaced_names

__all__ = [
    "PLAIN",
    "REPLACED",
    "describe_page",
    "find_servers",
    "has_signs",
    "is_plain",
    "may_have_variants_in_disguise",
    "name_rules",
    "with_absolute_links",
]

#: Notes on a page: nothing on it has to do with variants; there may be variants whose ``~`` was replaced.
PLAIN, REPLACED = "plain", "replaced"

#: The ``~`` in the names of hash wheels and of their index metadata, escaped for a URL.
_ESCAPES = (b"%7E", b"%7e")
#: The end of the names of index metadata in the label dialect.
_INDEX_METADATA = b"-variants.json"
# In Requires-Python a tilde is followed by an equals sign.
_TILDE = re.compile(rb"~(?!=)")
# A label wheel, perhaps one that no index metadata describes: any other wheel has its version where this has a letter.
_LABEL_WHEEL = re.compile(rb"-[A-Za-z_][\w.]*-[\w.]+-[\w.]+-[0-9a-z_.]+\.whl")
# Without these, a label wheel leaves five dashes, and hardly anything else does: that is found much faster.
_IN_NAMES = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.+!%~"
# Escaped ASCII characters, other than < > & and quotes: a name or address could be hidden by them.
_JSON_ESCAPE = re.compile(rb"\\u00(?!2[267]|3[ceCE]|[01])[0-7]")
_HTML_ESCAPE = re.compile(rb"&(?:percnt|#(?!x2[267];|x3[ce];|3[489];|6[02];))", re.IGNORECASE)

# An address that is not absolute, or that is not written as Python's json does, with or without blanks.
_JSON_RELATIVE = re.compile(rb'"url"(?!: ?"https?://)')
# pip ends with a traceback if a file is no object.
_JSON_FILES = re.compile(rb'"files"\s*:\s*\[\s*[{\]]')
_JSON_SERVER = re.compile(rb'"url"\s*:\s*"(https?://[^/"\\?#]+)/')
_HTML_SERVER = re.compile(rb"\bhref\s*=\s*[\"']?\s*(https?://[^/\"'\s>?#&]+)/", re.IGNORECASE)
_HTML_LINK = re.compile(rb"\bhref\b", re.IGNORECASE)
_BASE = re.compile(rb"<base\b", re.IGNORECASE)
_DOCTYPE = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:<!doctype[^>]*>)?", re.IGNORECASE)

#: Encodings in which each byte below 128 is that character of ASCII.
_ASCII_LIKE = frozenset({"utf-8", "ascii", "iso8859-1", "iso8859-15", "cp1252"})


def describe_page(page: Page) -> Iterator[str]:
    """What the functions below say of a page, to be kept with it: :data:`PLAIN`, :data:`REPLACED`."""
    if _is_plain(page):
        yield PLAIN
    if may_have_replaced_names(page.body):
        yield REPLACED


def name_rules() -> str:
    """A name for the rules by which pages are described here; it changes when one of these modules does."""
    sources = (Path(module).read_bytes() for module in (__file__, replaced_name.__file__))
    return hashlib.sha256(b"".join(sources)).hexdigest()


def is_plain(page: Page) -> bool:
    """Whether no file on the page has to do with variants, and an installer reads from its bytes what we would.

    False also means: not known. Links of a JSON page must be absolute, because a JSON page has no base.
    """
    return _is_plain(page) if page.notes is None else PLAIN in page.notes


def may_have_variants_in_disguise(page: Page) -> bool:
    """Whether there may be the name of a variant whose ``~`` a store has replaced."""
    return may_have_replaced_names(page.body) if page.notes is None else REPLACED in page.notes


def _is_plain(page: Page) -> bool:
    body = page.body
    if has_signs(body) or _has_bracket(body) or _has_long_number(body) or not _can_be_decoded(page):
        return False
    if page.content_type == JSON_TYPE:
        # Another encoding than UTF-8 (UTF-16, UTF-32) has a zero byte there.
        if body[:1] != b"{" or body[1:2] in (b"", b"\0") or (b"\\" in body and _JSON_ESCAPE.search(body)):
            return False
        return not _JSON_RELATIVE.search(body) and bool(_JSON_FILES.search(body))
    if page.content_type not in (HTML_TYPE, "text/html") or page.encoding not in _ASCII_LIKE:
        return False
    return not (b"&" in body and _HTML_ESCAPE.search(body)) and not _BASE.search(body)


def has_signs(body: bytes) -> bool:
    """Whether there may be the name of a file that has to do with variants."""
    # Most pages have none of these characters, and one character is found much faster than a word.
    if (b"%" in body and any(sign in body for sign in _ESCAPES)) or (b"~" in body and _TILDE.search(body)):
        return True
    if _INDEX_METADATA in body:
        return True
    return b"-----" in body.translate(None, _IN_NAMES) and _LABEL_WHEEL.search(body) is not None


def _has_bracket(body: bytes) -> bool:
    """Whether there is an address of IPv6: pip would end with a traceback if its bracket is not closed."""
    position = -1
    while (position := body.find(b"[", position + 1)) >= 0:  # one character is found much faster than three
        if body.endswith(b"//", 0, position):
            return True
    return False


def _has_long_number(body: bytes) -> bool:
    """Whether there may be a number with more digits than Python reads (4300): pip would end with a traceback."""
    return any(body[start : start + 64].isdigit() for start in range(0, len(body), 4000))


def _can_be_decoded(page: Page) -> bool:
    """Whether the body is text in its encoding: pip ends with a traceback if it is not."""
    if page.body.isascii():
        return True
    try:
        page.body.decode("utf-8" if page.content_type == JSON_TYPE else page.encoding)
    except ValueError:
        return False
    return True


def find_servers(page: Page) -> Set[str]:
    """The servers (``https://host:port``) that the links of a plain page may name, itself included."""
    if page.content_type == JSON_TYPE:
        found = set(_JSON_SERVER.findall(page.body))
        return {server.decode("utf-8", "replace") for server in found}
    links = _HTML_SERVER.findall(page.body)
    servers = {server.decode("utf-8", "replace") for server in links}
    if len(links) != len(_HTML_LINK.findall(page.body)):
        servers.add(page.url)  # relative links
    return servers


def with_absolute_links(page: Page) -> bytes:
    """The bytes of a plain page for another address: an HTML page gets its own address as the base of its links."""
    if page.content_type == JSON_TYPE:
        return page.body
    start = _DOCTYPE.match(page.body)
    position = start.end() if start else 0
    address = strip_credentials(page.url).replace("&", "&amp;").replace('"', "%22")
    return b'%s<base href="%s">%s' % (page.body[:position], address.encode(), page.body[position:])
