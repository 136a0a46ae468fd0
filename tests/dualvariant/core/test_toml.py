"""TOML: one error for what cannot be parsed, and writing that parses to the same document."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from dualvariant.core.errors import BadDataError
from dualvariant.core.toml import InvalidTomlError, format_toml, parse_toml, read_toml

DOCUMENT = """
title = "a \\"quoted\\" name, é, \\u007f, tab\\t, back\\\\slash"
text = '''
lines
of text'''
"a key.with a dot" = 1
numbers = [1, -2, 1.5, 1e300, true, false, inf]
dates = [1979-05-27T07:32:00Z, 1979-05-27T07:32:00, 1979-05-27, 07:32:00.5]
[tool.setuptools]
packages = []
[[tool.x.y]]
name = "one"
[[tool.x.y]]
name = "two"
nested = { a = { "b c" = [{ d = 1 }] } }
"""


def test_what_is_written_parses_to_the_same_document() -> None:
    document = parse_toml(DOCUMENT, "x")
    assert parse_toml(format_toml(document), "x") == document


def test_not_a_number_is_written() -> None:
    assert math.isnan(parse_toml(format_toml({"x": math.nan}), "x")["x"])


def test_a_value_that_toml_lacks_is_an_error() -> None:
    with pytest.raises(TypeError, match="NoneType"):
        format_toml({"x": None})


@pytest.mark.parametrize("content", [b"[table", b"x = 1\nx = 2", b"x = '\xff'"])
def test_an_error_names_the_file(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.toml"
    path.write_bytes(content)
    with pytest.raises(InvalidTomlError) as caught:
        read_toml(path)
    assert str(path) in str(caught.value)
    assert caught.value.next_step is not None
    assert (caught.value.code, caught.value.exit_code) == ("invalid-toml", BadDataError.exit_code)


def test_a_file_that_is_missing_is_the_callers_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_toml(tmp_path / "x.toml")
