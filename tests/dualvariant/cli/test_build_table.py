"""The table at the end of a build: each verdict that is no plain "true" has its reason below it."""

from __future__ import annotations

from pathlib import Path

import pytest

from dualvariant.builder.declaration.job import Job
from dualvariant.builder.run.result import BuildResult
from dualvariant.cli._build_table import summarize


@pytest.mark.parametrize("count", [0, 1, 3])
def test_the_first_reason_for_not_judged_is_below_the_table_and_the_others_are_counted(
    tmp_path: Path, count: int
) -> None:
    file = tmp_path / "pkg-1.0.whl"
    file.write_bytes(b"")
    reasons = [f"pkg/file{number}.so: it asks the processor at run time" for number in range(count)]
    audit = {"level": None, "verdict": "not judged" if count else "true", "not_judged": reasons}
    text = summarize([BuildResult(Job("linux_x86_64", None), tmp_path / "log", 1.0, file.name, file, audit=audit)])
    below = " ".join(text.split("\n", 2)[2:])
    assert ("not judged" in below) == (count > 0)
    assert below.count("asks the processor") == min(count, 1)
    assert ("and 2 more" in " ".join(below.split())) == (count == 3)
    assert max(map(len, text.splitlines())) <= 80


@pytest.mark.parametrize("errors", [[], ["pkg/fast.so: needs avx2, which a standard wheel does not promise"]])
def test_a_mislabelled_wheel_is_listed_with_the_flags_that_the_project_chose(tmp_path: Path, errors: list[str]) -> None:
    file = tmp_path / "pkg-1.0.whl"
    file.write_bytes(b"")
    audit = {"level": "v3", "verdict": "mislabelled" if errors else "true", "errors": errors}
    reach = {"objects": 2, "unknown": [], "native_replaced": 0, "own_flags": {"fast.c": ["-mavx2", "-mtune=a b"]}}
    result = BuildResult(Job("linux_x86_64", None), tmp_path / "log", 1.0, file.name, file, audit=audit, reach=reach)
    assert ("flags for fast.c: -mavx2 '-mtune=a b'" in summarize([result])) == bool(errors)
