"""The lines of requirement files, as pip reads them: text, logical lines, and a line taken apart.

Source: pip's documentation, "Requirements File Format", and ``pip._internal.req.req_file``, with which tests compare.
"""

from __future__ import annotations

import codecs
import locale
import os
import re
import shlex
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from dualvariant.settings.installer_options import OptionParser, OptionSyntaxError, list_file_options

__all__ = ["Line", "decode", "expand_variables", "parse_line", "split_lines", "write_option"]

_CODING = re.compile(rb"coding[:=]\s*([-\w.]+)")
# As in pip, whose own pattern takes quadratic time on blanks; those before a comment are stripped.
_COMMENT = re.compile(r"(^|(?<=\s))#.*$")
_VARIABLE = re.compile(r"(?P<var>\$\{(?P<name>[A-Z0-9_]+)\})")

#: The marks at the beginning of a file that say how it is encoded; UTF-16 begins as UTF-32 does, and so comes later.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
)


class Line(NamedTuple):
    """A logical line, taken apart.

    Args:
        text: the whole line.
        requirement: what stands before the first option.
        options: the full name and the value of each option; None for a flag.
    """

    text: str
    requirement: str
    options: Sequence[tuple[str, str | None]]

    def values(self, name: str) -> list[str]:
        """The values of an option, in the order in which they are given."""
        return [value or "" for option, value in self.options if option == name]

    def has(self, name: str) -> bool:
        """Whether it has an option."""
        return any(option == name for option, _ in self.options)

    @property
    def asks(self) -> bool:
        """Whether it asks for something to be installed: pip then ignores all options that are not about that."""
        return bool(self.requirement) or self.has("--editable")


def write_option(name: str, value: str | None) -> str:
    """An option as it is written in a file: what begins with a quotation mark is a requirement to pip."""
    return name if value is None else f"{name}={shlex.quote(value)}"


def decode(content: bytes) -> str:
    """Text by byte order mark, coding line (PEP 263), UTF-8, or the locale, as pip reads it.

    Raises:
        UnicodeDecodeError: it is none of them.
        LookupError: the coding line names no encoding.
    """
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return content[len(mark) :].decode(encoding)
    for line in content.split(b"\n")[:2]:
        coding = _CODING.search(line) if line.startswith(b"#") else None
        if coding is not None:
            return content.decode(coding[1].decode("ascii"))
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return content.decode(locale.getpreferredencoding(False))


def split_lines(text: str) -> Iterator[str]:
    """Lines without comments; one that goes on behind a backslash comes joined, with a line end for each part."""
    parts: list[str] = []
    for line in text.splitlines():
        comment = line.lstrip().startswith("#")
        if line.endswith("\\") and not comment:
            parts.append(line.strip("\\"))
            continue
        if comment:
            line = " " + line  # a comment inside a joined line ends it, as in pip
        yield _COMMENT.sub("", "".join([*parts, line])).strip() + "\n" * len(parts)
        parts = []
    if parts:
        yield _COMMENT.sub("", "".join(parts)).strip() + "\n" * (len(parts) - 1)


def expand_variables(text: str) -> str:
    """The text with the values of variables that are written ``${NAME}``; one that is not set stays as it is."""
    for variable, name in _VARIABLE.findall(text):
        text = text.replace(variable, os.environ.get(name) or variable)
    return text


def parse_line(text: str, find_pip: Callable[[], str | None]) -> Line | None:
    """A line taken apart as this pip does it; None for one that it refuses.

    What stands behind an option and is no value of it is ignored.
    """
    words = text.split(" ")
    first = next((at for at, word in enumerate(words) if word.startswith("-")), len(words))
    options: list[tuple[str, str | None]] = []
    if first < len(words):
        try:
            parser = OptionParser(
                list_file_options(find_pip()),
                lambda name, value, given: options.append((name, value)),
                lambda word: None,
            )
            parser.read(shlex.split(" ".join(words[first:])))
        except (ValueError, OptionSyntaxError):
            return None
    return Line(text, " ".join(words[:first]), options)
