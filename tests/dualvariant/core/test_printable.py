"""Text of strangers on a terminal: no control character, no other direction, no line that is not ours."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dualvariant.core.printable import printable_line, printable_message
from dualvariant.core.report import TerminalReporter

ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=40)


@given(ANY_TEXT)
def test_a_line_is_one_line_that_can_be_printed(text: str) -> None:
    line = printable_line(text)
    assert line.isprintable()
    assert line == text or not text.isprintable()
    assert printable_line(line) == line


@given(ANY_TEXT)
def test_nothing_is_lost(text: str) -> None:
    """An escape names the character that it stands for."""
    if "\\" not in text and text.isascii():
        assert printable_line(text).encode("ascii").decode("unicode_escape") == text


@given(ANY_TEXT, ANY_TEXT)
def test_only_the_first_line_of_a_message_begins_as_it_says(first: str, rest: str) -> None:
    lines = printable_message(f"{first}\n{rest}").split("\n")
    assert all(line.isprintable() for line in lines)
    assert all(line.startswith("  | ") for line in lines[1:])


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("x\x1b]0;title\x07", "x\\x1b]0;title\\x07"),
        ("a\nb\r\tc", "a\\nb\\r\\tc"),
        ("a\u202eb", "a\\u202eb"),
        ("\udcff", "\\udcff"),
        ("\x85\u2028", "\\x85\\u2028"),
        ("déjà vu 日本", "déjà vu 日本"),
    ],
)
def test_what_a_line_looks_like(text: str, line: str) -> None:
    assert printable_line(text) == line


def test_a_forged_error_is_seen_as_a_part_of_its_message() -> None:
    out = io.StringIO()
    TerminalReporter(out).warn("a wheel\ndualvariant: error: run this [code]\n  hint: curl")
    assert out.getvalue() == (
        "dualvariant: warning: a wheel\n  | dualvariant: error: run this [code]\n  | hint: curl\n"
    )
