"""Versions of pip, and what is no version: a pip that says something else of itself counts as the newest."""

from __future__ import annotations

import pytest

from dualvariant.settings.pip_version import is_at_least


@pytest.mark.parametrize(
    "version", ["26.2", "26.2.1", "27.0.dev0", "26.2b1", "26.2+vendor", "30", None, "", "main", "1" * 5000]
)
def test_a_new_one(version: str | None) -> None:
    assert is_at_least(version, "26.2")


@pytest.mark.parametrize(("version", "first"), [("26", "26.0"), ("26.0", "26"), ("26", "26.0.0"), ("26.0b1", "26")])
def test_trailing_zeros_do_not_count(version: str, first: str) -> None:
    assert is_at_least(version, first)


@pytest.mark.parametrize("version", ["26.1", "9.0.1", "26.1rc1", "22.3.1+vendor"])
def test_an_old_one(version: str) -> None:
    assert not is_at_least(version, "26.2")
