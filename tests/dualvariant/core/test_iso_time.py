"""Moments as pages and settings write them."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from dualvariant.core.iso_time import parse_iso_time

MOMENT = datetime(2026, 6, 1, 12, 30, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("text", "more"),
    [
        ("2026-06-01T12:30:00Z", 0),
        ("2026-06-01 14:30:00+02:00", 0),
        ("2026-06-01T12:30:00.5Z", 500_000),
        ("2026-06-01T12:30:00.123456789Z", 123_456),
    ],
)
def test_a_moment(text: str, more: int) -> None:
    assert parse_iso_time(text) == MOMENT + timedelta(microseconds=more)


@pytest.mark.parametrize("text", [None, "", "2026-06-01T12:30:00", "2026-13-01T12:30:00Z", "yesterday"])
def test_no_moment(text: str | None) -> None:
    assert parse_iso_time(text) is None
