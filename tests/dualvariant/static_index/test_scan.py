"""Files of one folder that contradict each other, and copies, which do not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dualvariant.core.report import Reporter
from dualvariant.static_index import Summary, write_index
from indexed_folders import indexed, page, state
from samples import make_wheel
from tool import Tool

# One hash, two meanings: both are 98a0872e (STANDARDS.md §1, the founding dialect has no separator).
CX = ("a :: b :: cx", "d :: e :: f")
XD = ("a :: b :: c", "xd :: e :: f")


class TestContradictions:
    def collide(self, folder: Path) -> tuple[Path, Path]:
        first = make_wheel(folder, "clash", "1.0", properties=CX)
        second = make_wheel(folder, "clash", "1.0", properties=XD, tag="py2-none-any")
        assert "~98a0872e-" in first.name and "~98a0872e-" in second.name
        return first, second

    def test_two_property_sets_under_one_hash_name_both_wheels(self, tmp_path: Path, tool: Tool) -> None:
        folder = tmp_path / "index"
        first, second = self.collide(folder)
        make_wheel(folder, "other", "1.0")
        result = tool("index", folder, code=5, error="incomplete-index")
        assert first.name in result.stderr and second.name in result.stderr
        assert "a :: b :: cx" in result.stderr and "xd :: e :: f" in result.stderr
        assert not (folder / "simple" / "clash").exists()
        assert not list(folder.glob("clash*.metadata"))
        assert [*page(folder, "other")] == ["other-1.0-py3-none-any.whl"]

    def test_the_pages_of_the_project_are_not_changed(self, tmp_path: Path) -> None:
        make_wheel(tmp_path, "clash", "1.0")
        make_wheel(tmp_path, "clash", "1.0", properties=CX)
        write_index(tmp_path, Reporter())
        before = {path: content for path, content in state(tmp_path).items() if "clash" in path}
        self.collide(tmp_path)
        for _ in range(2):
            summary, _ = indexed(tmp_path)
            assert (summary.projects, summary.problems) == (0, 1)
            now = state(tmp_path)
            assert {path: now[path] for path in before if ".whl" not in path} == {
                path: content for path, content in before.items() if ".whl" not in path
            }
            root = json.loads((tmp_path / "simple" / "index.json").read_text())
            assert root["projects"] == [{"name": "clash"}]

    def test_the_same_set_in_two_wheels_is_not_a_contradiction(self, tmp_path: Path) -> None:
        make_wheel(tmp_path, "fine", "1.0", properties=CX)
        make_wheel(tmp_path, "fine", "1.0", properties=CX, tag="py2-none-any")
        make_wheel(tmp_path, "fine", "2.0", properties=XD)
        assert indexed(tmp_path)[0] == Summary(1, 3, 3, 0, 0)

    @pytest.mark.parametrize(
        ("other", "tag"),
        [("Twin-1.0", "py3-none-any"), ("twin-1.0.0", "py3-none-any"), ("twin-1.0", "py3.py2-none-any")],
    )
    def test_two_files_that_are_the_same_to_installers(self, tmp_path: Path, other: str, tag: str) -> None:
        """Names compare normalized, versions by PEP 440, tags as sets."""
        first = make_wheel(tmp_path, "twin", "1.0", tag="py2.py3-none-any" if "." in tag else tag)
        name, _, version = other.partition("-")
        second = make_wheel(tmp_path, name, version, tag=tag, body="OTHER = 1\n")
        summary, messages = indexed(tmp_path)
        assert summary == Summary(0, 0, 0, 0, 1)
        assert first.name in messages and second.name in messages

    def test_copies_are_not_a_contradiction(self, tmp_path: Path) -> None:
        first = make_wheel(tmp_path, "twin", "1.0", tag="py2.py3-none-any")
        (tmp_path / "twin-1.0-py3.py2-none-any.whl").write_bytes(first.read_bytes())
        assert indexed(tmp_path)[0] == Summary(1, 2, 0, 0, 0)
