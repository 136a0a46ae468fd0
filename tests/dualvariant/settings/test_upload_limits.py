"""Limits on upload times: which moment each form of pip and of uv means."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from packaging.utils import canonicalize_name

from dualvariant.settings.pip_config import PipConfig
from dualvariant.settings.upload_limits import UploadLimit, UploadLimits, read_pip_limits, read_uv_limits
from dualvariant.settings.uv_config import UvConfig

DEMO = canonicalize_name("demo")
UTC = timezone.utc


@pytest.fixture(params=["UTC", "America/New_York", "Asia/Tokyo"], autouse=True)
def zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The local time zone, which dates without one are in."""
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def uv(settings: Mapping[str, Any], *arguments: str) -> UploadLimits:
    return read_uv_limits(UvConfig(document=settings), (), arguments)


def pip(text: str, version: str | None = "26.3") -> UploadLimits:
    return read_pip_limits(PipConfig({"uploaded-prior-to": text}), lambda: version)


def before(limits: UploadLimits) -> datetime:
    limit = limits.find(DEMO)
    assert limit is not None and limit.before is not None
    return limit.before


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-03-01", datetime(2026, 3, 1)),
        ("2026-03-01T12:30:00", datetime(2026, 3, 1, 12, 30)),
        ("2026-03-01T12:30:00Z", datetime(2026, 3, 1, 12, 30, tzinfo=UTC)),
        ("2026-03-01T12:30:00+02:00", datetime(2026, 3, 1, 10, 30, tzinfo=UTC)),
    ],
)
def test_a_date_of_pip_is_the_beginning_of_its_day(text: str, moment: datetime) -> None:
    assert before(pip(text)) == moment.astimezone()


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-03-01", datetime(2026, 3, 2)),
        ("20260301", datetime(2026, 3, 2)),
        ("2026-03-01T12:30:00", datetime(2026, 3, 2)),
        ("2026-03-01T12:30:00Z", datetime(2026, 3, 1, 12, 30, tzinfo=UTC)),
        ("2026-03-01T12:30:00+02:00", datetime(2026, 3, 1, 10, 30, tzinfo=UTC)),
    ],
)
def test_a_date_of_uv_is_the_end_of_its_day(text: str, moment: datetime) -> None:
    assert before(uv({"exclude-newer": text})) == moment.astimezone()


@pytest.mark.parametrize(
    ("limits", "ago"),
    [
        (lambda: pip("P7D"), timedelta(days=7)),
        (lambda: uv({"exclude-newer": "30 days"}), timedelta(days=30)),
        (lambda: uv({"exclude-newer": "30 days ago"}), timedelta(days=30)),
        (lambda: uv({"exclude-newer": "P1W"}), timedelta(weeks=1)),
        (lambda: uv({"exclude-newer": "P1DT12H"}), timedelta(hours=36)),
        (lambda: uv({"exclude-newer": "2 weeks 3 days"}), timedelta(days=17)),
        (lambda: uv({"exclude-newer": "3d12h"}), timedelta(days=3, hours=12)),
    ],
)
def test_a_duration_ends_now(limits: Any, ago: timedelta) -> None:
    first = datetime.now(UTC)
    found = before(limits())
    assert first <= found + ago <= datetime.now(UTC)


@pytest.mark.parametrize("text", ["soon", "1 month", "P1Y", "P", "2026-13-01", "P99999999999D", "1.5 days"])
def test_a_form_that_is_not_known_admits_nothing_for_sure(text: str) -> None:
    for limits in (pip(text), uv({"exclude-newer": text})):
        limit = limits.find(DEMO)
        assert limit is not None and limit.before is None
        assert not limit.admits(datetime(2000, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize(("version", "has"), [("25.3", False), ("26.0", True), ("26.3", True), (None, True)])
def test_an_old_pip_passes_over_its_setting(version: str | None, has: bool) -> None:
    assert (pip("2026-03-01", version).find(DEMO) is not None) == has


def test_the_command_line_of_uv_comes_before_its_settings_and_a_project_before_both() -> None:
    settings = {"exclude-newer": "2026-03-01T00:00:00Z", "exclude-newer-package": {"De.Mo": False}}
    limits = uv(
        settings, "--exclude-newer", "2026-01-01T00:00:00Z", "--exclude-newer-package=demo=2026-05-01T00:00:00Z"
    )
    assert before(limits) == datetime(2026, 5, 1, tzinfo=UTC)
    assert limits.find(canonicalize_name("de-mo")) is None
    assert limits.find(canonicalize_name("other")) == UploadLimit(datetime(2026, 1, 1, tzinfo=UTC))


def test_milliseconds_are_compared_and_unknown_times_are_not_admitted() -> None:
    limit = UploadLimit(datetime(2026, 3, 1, microsecond=1500, tzinfo=UTC))
    assert limit.admits(datetime(2026, 3, 1, microsecond=999, tzinfo=UTC))
    assert not limit.admits(datetime(2026, 3, 1, microsecond=1400, tzinfo=UTC))
    assert not limit.admits(None)
