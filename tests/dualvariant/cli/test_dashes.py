"""Splitting a command line at ``--``."""

from __future__ import annotations

import pytest

from dualvariant.cli._dashes import split_at_dashes


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], ([], [])),
        (["a", "-b"], (["a", "-b"], [])),
        (["a", "--", "-b"], (["a"], ["-b"])),
        (["--", "a", "--", "b"], ([], ["a", "--", "b"])),
    ],
)
def test_only_the_first_dashes_split(arguments: list[str], expected: tuple[list[str], list[str]]) -> None:
    assert split_at_dashes(arguments) == expected
