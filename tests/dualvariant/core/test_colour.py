"""Colour: on terminals only, and as the two variables say."""

from __future__ import annotations

import io

import pytest

from dualvariant.core.colour import Palette
from dualvariant.core.report import print_message


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("variables", "terminal", "expected"),
    [
        ({}, True, True),
        ({}, False, False),
        ({"NO_COLOR": "1"}, True, False),
        ({"NO_COLOR": ""}, True, True),
        ({"TERM": "dumb"}, True, False),
        ({"FORCE_COLOR": "1"}, False, True),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, True, False),
    ],
)
def test_when_text_is_emphasized(
    variables: dict[str, str], terminal: bool, expected: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    stream = Terminal() if terminal else io.StringIO()
    assert Palette.of(stream).is_on is expected
    print_message("dualvariant: error: 'x' is odd [odd]", stream)
    assert ("\033" in stream.getvalue()) is expected


def test_a_message_of_a_stranger_gets_no_colour_of_its_own() -> None:
    stream = Terminal()
    print_message("a\033[31mred", stream)
    assert stream.getvalue() == "a\\x1b[31mred\n"
