"""Versions from texts of others: what is none, and what has too many digits for Python, is no error."""

from __future__ import annotations

import pytest
from packaging.version import Version

from variantlib.versions import try_version


@pytest.mark.parametrize("text", ["", "x", "1.0-x-y", "1" * 5000, f"1.{'2' * 5000}", f"1+{'3' * 5000}"])
def test_what_is_no_version(text: str) -> None:
    assert try_version(text) is None


@pytest.mark.parametrize("text", ["1", "v1.0", " 1.0 ", "1!2.0a1.post2.dev3+local", "1" * 4000])
def test_what_is_one(text: str) -> None:
    assert try_version(text) == Version(text)
