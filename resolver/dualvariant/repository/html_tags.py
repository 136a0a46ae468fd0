"""Finds the start tags of an HTML page with their attributes, at a cost that grows with the length of the page.

``html.parser`` of the Pythons that we run on needs quadratic time for some pages (an unfinished comment with many
``<``, unfinished tags, declarations), and ends with an AssertionError for others. This is the part of the HTML syntax
that pages of links are made of: comments, declarations, tags with attributes, and the contents of ``script`` and
``style``, which are no markup. A construct that has no end hides the rest of the page, as in the HTML standard.

Each tag and attribute takes a thousand times as long as a character between them, so they are counted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence, Set
from html import unescape
from typing import NamedTuple

__all__ = ["Tag", "find_tags"]

#: The most tags, attributes, comments and declarations of a page: those of 500,000 links.
MAX_PARTS = 4_000_000
#: The most attributes of one tag.
MAX_ATTRIBUTES = 500_000
#: The most characters of the value of an attribute.
MAX_VALUE = 1 << 20

# What begins something. Any other ``<`` is a character like others, and there may be millions of them.
_START = re.compile(r"<(?:[a-zA-Z!?]|/.)", re.DOTALL)
_NAME = re.compile(r"[a-zA-Z][^\t\n\r\f />\x00]*")
_SKIPPED = re.compile(r"[\s/]*")
_KEY = re.compile(r"[^\s/>][^\s/=>]*")
_EQUALS = re.compile(r"\s*=+\s*")
_UNQUOTED = re.compile(r"[^\s>]*")
_COMMENT_END = re.compile(r"--!?>")
#: Elements whose content is text.
_RAW = {name: re.compile(rf"</{name}(?=[\t\n\r\f />])", re.IGNORECASE) for name in ("script", "style")}


class Tag(NamedTuple):
    """A start tag.

    Args:
        name: its name, in lower case.
        attributes: its attributes in their order, names in lower case; None for one without a value.
    """

    name: str
    attributes: Sequence[tuple[str, str | None]]


def find_tags(text: str, names: Set[str]) -> Iterator[Tag]:
    """The start tags with one of these names, in their order.

    Args:
        text: the page.
        names: the names, in lower case.

    Raises:
        ValueError: there are more tags or attributes than any page of links has.
    """
    position = parts = 0
    while (found := _START.search(text, position)) is not None:
        start = found.start()
        parts += 1
        if parts > MAX_PARTS:
            raise ValueError(f"it has more than {MAX_PARTS:,} tags and attributes")
        name = _NAME.match(text, start + 1)
        if name is None:
            position = _skip(text, start)
            if position < 0:
                return
            continue
        attributes: list[tuple[str, str | None]] = []
        position = _read_attributes(text, name.end(), attributes)
        if position < 0:
            return
        parts += len(attributes)
        tag = name[0].lower()
        if tag in names:
            yield Tag(tag, [(key, value and _unescape(value)) for key, value in attributes])
        elif tag in _RAW and text[position - 2] != "/":
            end = _RAW[tag].search(text, position)
            if end is None:
                return
            position = end.start()


def _skip(text: str, start: int) -> int:
    """Where the thing that begins with a ``<`` and is no start tag ends; -1 if it has no end."""
    if text.startswith("<!--", start):
        if text.startswith((">", "->"), start + 4):
            return text.index(">", start) + 1
        end = _COMMENT_END.search(text, start + 4)
        return end.end() if end else -1
    return text.find(">", start) + 1 or -1


def _unescape(value: str) -> str:
    """The value of an attribute.

    Raises:
        ValueError: it is longer than any link.
    """
    if len(value) > MAX_VALUE:
        raise ValueError(f"it has an attribute of more than {MAX_VALUE:,} characters")
    return unescape(value) if "&" in value else value


def _read_attributes(text: str, position: int, attributes: list[tuple[str, str | None]]) -> int:
    """Read the attributes of a tag, without resolving references; where the tag ends, or -1 if it has no end.

    Raises:
        ValueError: it has too many.
    """
    while len(attributes) < MAX_ATTRIBUTES:
        position = _end(_SKIPPED, text, position)
        if text.startswith(">", position):
            return position + 1
        key = _KEY.match(text, position)
        if key is None:
            return -1
        name, position = key[0].lower(), key.end()
        equals = _EQUALS.match(text, position)
        if equals is None:
            attributes.append((name, None))
            continue
        position = equals.end()
        quote = text[position : position + 1]
        if quote in ('"', "'"):
            end = text.find(quote, position + 1)
            if end < 0:
                return -1
            value, position = text[position + 1 : end], end + 1
        else:
            end = _end(_UNQUOTED, text, position)
            value, position = text[position:end], end
        attributes.append((name, value))
    raise ValueError(f"it has a tag with more than {MAX_ATTRIBUTES:,} attributes")


def _end(pattern: re.Pattern[str], text: str, position: int) -> int:
    match = pattern.match(text, position)
    return match.end() if match else position
