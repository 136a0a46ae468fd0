"""The failures that are kept: for one CPU each, whole or not at all, whatever happens to the file."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name

from dualvariant.core.report import Reporter
from dualvariant.target.installed import Installed
from dualvariant.trial.failures import SCHEMA, WheelFailure, forget_failures, read_failures, record_failure


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the file is, for a user who has kept nothing yet."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    return tmp_path / "dualvariant" / "failed-wheels" / "failures.json"


def failure(number: int = 0, cpu: str = "here") -> WheelFailure:
    return WheelFailure(f"a-{number}.whl", "00", cpu, "a", str(number), "v3", "illegal instruction", 0.0)


def read(cpu: str = "here") -> list[WheelFailure]:
    return read_failures(lambda: cpu)


def test_a_failure_counts_for_its_cpu(store: Path) -> None:
    record_failure(failure(), Reporter())
    record_failure(failure(), Reporter())
    record_failure(failure(cpu="there"), Reporter())
    assert read() == [failure()]
    assert read("there") == [failure(cpu="there")]
    assert read("elsewhere") == []
    assert store.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("failed", "installed", "same"),
    [
        ("1.0", "1.0.0", True),
        ("1.0", "1", True),
        ("1.0", "1.0.1", False),
        ("1.0", "1" * 5000, False),
        ("1.0", "x", False),
        ("x", "x", True),
        ("x", "y", False),
    ],
)
def test_a_failure_is_of_a_release_by_its_version(failed: str, installed: str, same: bool) -> None:
    """Wheel and METADATA may write one version in two ways; what is no version is compared as text."""
    present = Installed(canonicalize_name("a"), installed, "v3", (), Path())
    assert failure()._replace(version=failed).is_of_release(present) == same
    assert not failure()._replace(version=failed, name="b").is_of_release(present)


def test_nothing_is_asked_of_a_cpu_on_which_nothing_can_have_failed(store: Path) -> None:
    assert read_failures(lambda: pytest.fail("asked")) == []
    assert not store.parent.exists()


def test_what_runs_again_is_forgotten(store: Path) -> None:
    for number in range(3):
        record_failure(failure(number), Reporter())
    forget_failures([failure(1).key, ("other.whl", "00", "here")], Reporter())
    assert read() == [failure(0), failure(2)]
    before = store.read_bytes()
    forget_failures([failure(1).key], Reporter())
    assert store.read_bytes() == before


def test_runs_at_the_same_time_lose_nothing(store: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: record_failure(failure(number), Reporter()), range(24)))
    assert sorted(int(each.version) for each in read()) == list(range(24))
    assert [path.name for path in store.parent.iterdir()] == [store.name]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b'{"schema": "other", "failures": []}',
        json.dumps({"schema": SCHEMA, "failures": 3}).encode(),
        json.dumps({"schema": SCHEMA, "failures": [None, {}, {"filename": 1}]}).encode(),
        b"\xff" * 100,
        *(
            json.dumps({"schema": SCHEMA, "failures": [{**failure()._asdict(), "failed_at": number}]}).encode()
            for number in (10**400, 1e20, float("inf"), "soon")
        ),
    ],
)
def test_a_file_that_cannot_be_used_is_an_empty_one(content: bytes, store: Path) -> None:
    store.parent.mkdir(parents=True)
    store.write_bytes(content)
    assert read() == []
    record_failure(failure(), Reporter())
    assert read() == [failure()]
