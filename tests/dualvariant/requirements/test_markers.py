"""Markers: what is not meant for the target changes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from packaging.requirements import Requirement

from dualvariant.requirements.markers import applies
from dualvariant.requirements.requirement_files import RequirementFiles

MARKERS = {"python_version": "3.11", "sys_platform": "linux"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("demo", True),
        ("demo; python_version > '3'", True),
        ("demo; python_version < '3.9'", False),
        ("demo; extra == 'more'", False),
        ("demo; sys_platform ~= 'linux'", True),  # it means nothing: pip reports it
    ],
)
def test_whether_a_marker_admits_the_target(text: str, expected: bool) -> None:
    assert applies(Requirement(text), MARKERS) is expected


def test_a_lock_for_several_pythons_limits_each_of_them_by_its_own_lines(tmp_path: Path) -> None:
    """Such a lock has a line for each Python, with hashes of its own: together they would admit nothing."""
    first, second = "1" * 64, "2" * 64
    (tmp_path / "lock.txt").write_text(
        f"demo==1.0 ; python_version < '3.9' --hash=sha256:{first}\n"
        f"demo==2.0 ; python_version >= '3.9' --hash=sha256:{second}\n"
    )
    (tmp_path / "limits.txt").write_text("demo==9 ; python_version < '3.9'\ndemo<3 ; python_version >= '3.9'\n")
    files = RequirementFiles(tmp_path, lambda address: b"", lambda requirement: applies(requirement, MARKERS))
    files.add("-r", str(tmp_path / "lock.txt"))
    files.add("-c", str(tmp_path / "limits.txt"))
    assert [allowed.digests for allowed in files.hashes.values()] == [{"sha256": frozenset({second})}]
    assert [str(limit) for limit in files.constraints.values()] == ["<3"]
