"""Files that earlier runs have written are removed, and no other."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dualvariant.core.report import Reporter
from dualvariant.static_index import Summary, manifest, write_index
from indexed_folders import indexed, sha256
from samples import HAL9000, make_wheel


class TestUpdates:
    def test_files_that_are_not_ours_stay(self, tmp_path: Path) -> None:
        """A file is ours if the manifest lists it with the content that it has."""
        wheel = make_wheel(tmp_path, "mine", "1.0", properties=HAL9000)
        write_index(tmp_path, Reporter())
        foreign = [
            tmp_path / "other-1.0-py3-none-any.whl.metadata",
            tmp_path / "other-1.0~variants.json",
            tmp_path / "simple" / "other" / "index.html",
            tmp_path / "simple" / "mine" / "notes.txt",
        ]
        for path in foreign:
            path.parent.mkdir(exist_ok=True)
            path.write_text("a stranger's")
        changed = tmp_path / f"{wheel.name}.metadata"
        changed.write_text("changed")
        wheel.unlink()
        make_wheel(tmp_path, "next", "1.0")
        _, messages = indexed(tmp_path)
        for path in (*foreign, changed):
            assert path.exists(), path
        assert changed.name in messages
        assert not (tmp_path / "simple" / "mine" / "index.html").exists()

    def test_a_manifest_cannot_name_files_outside(self, tmp_path: Path) -> None:
        folder = tmp_path / "index"
        make_wheel(folder, "plain", "1.0")
        victim = tmp_path / "victim"
        victim.write_text("x")
        paths = ["../victim", str(victim), "simple/../../victim", "plain-1.0-py3-none-any.whl"]
        files = {path: [sha256(victim), sha256(folder / "plain-1.0-py3-none-any.whl")] for path in paths}
        (folder / manifest.MANIFEST).write_text(json.dumps({"schema": manifest.MANIFEST_SCHEMA, "files": files}))
        write_index(folder, Reporter())
        assert victim.exists()
        assert (folder / "plain-1.0-py3-none-any.whl").exists()

    @pytest.mark.parametrize("text", ["", "[]", '{"schema": "x"}', '{"schema": 1, "files": []}', "\0"])
    def test_with_a_broken_manifest_no_file_is_removed(self, tmp_path: Path, text: str) -> None:
        make_wheel(tmp_path, "plain", "1.0")
        (tmp_path / manifest.MANIFEST).write_text(text)
        summary, messages = indexed(tmp_path)
        assert summary == Summary(1, 1, 0, 0, 0)
        assert manifest.MANIFEST in messages
