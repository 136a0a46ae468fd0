"""A wheel written again: what changes, what stays, and what RECORD says."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from dualvariant.builder.errors import BuildFailedError
from dualvariant.builder.finish.rewrite import rewrite_wheel
from samples import make_wheel

from .test_repair import check_record


def test_changed_added_and_emptied_files(tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path, "tiny", "1.0")
    changes = {"tiny.py": b"", "tiny/more.txt": b"more", "tiny/, quoted.txt": b"a comma"}
    files = check_record(rewrite_wheel(wheel, tmp_path / "new.whl", changes))
    assert {name: files[name] for name in changes} == changes


@pytest.mark.parametrize(
    ("epoch", "date"),
    [
        ("1600000000", (2020, 9, 13, 12, 26, 40)),
        ("0", (1980, 1, 1, 0, 0, 0)),  # before zip archives: RECORD's own date
        ("99999999999999999999", (1980, 1, 1, 0, 0, 0)),
        ("5000000000", (1980, 1, 1, 0, 0, 0)),  # the year 2128
        ("yesterday", (1980, 1, 1, 0, 0, 0)),
    ],
)
def test_the_date_of_what_is_new(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, epoch: str, date: tuple[int, ...]
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", epoch)
    wheel = rewrite_wheel(make_wheel(tmp_path, "tiny", "1.0"), tmp_path / "new.whl", {"new.txt": b"new"})
    with zipfile.ZipFile(wheel) as archive:
        assert archive.getinfo("new.txt").date_time == date
        assert archive.getinfo("tiny.py").date_time == (1980, 1, 1, 0, 0, 0)


@pytest.mark.parametrize("keep", [0.0, 0.5, 0.95])
def test_no_whole_wheel_is_one_message(tmp_path: Path, keep: float) -> None:
    wheel = make_wheel(tmp_path, "tiny", "1.0")
    content = wheel.read_bytes()
    wheel.write_bytes(content[: int(len(content) * keep)])
    with pytest.raises(BuildFailedError, match="no whole wheel"):
        rewrite_wheel(wheel, tmp_path / "new.whl", {})
