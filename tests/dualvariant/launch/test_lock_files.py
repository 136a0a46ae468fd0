"""A lock file that holds the address of a view is put back; every other change of a file stays."""

from __future__ import annotations

import stat
from pathlib import Path

from dualvariant.launch.lock_files import LockFiles

MARK = "http://127.0.0.1:4711/secret"


def test_only_what_holds_the_address_is_put_back(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "uv.lock").write_text("before")
    (tmp_path / "poetry.lock").write_text("before")
    (tmp_path / "README").write_text("before")
    inner = tmp_path / "src" / "deep"
    inner.mkdir(parents=True)
    files = LockFiles(inner)
    for name in ("uv.lock", "README", "pylock.new.toml", "requirements-dev.txt"):
        (tmp_path / name).write_text(f"url = {MARK}/0123/simple")
    (tmp_path / "poetry.lock").write_text("after")
    (inner / "pdm.lock").write_text(MARK)
    changed = files.put_back((MARK,))
    assert sorted(path.name for path in changed) == ["pdm.lock", "pylock.new.toml", "requirements-dev.txt", "uv.lock"]
    assert (tmp_path / "uv.lock").read_text() == "before"
    assert (tmp_path / "poetry.lock").read_text() == "after"
    assert MARK in (tmp_path / "README").read_text()
    assert not (tmp_path / "pylock.new.toml").exists()
    assert not (inner / "pdm.lock").exists()


def test_a_link_and_the_permissions_stay(tmp_path: Path) -> None:
    project, real = tmp_path / "project", tmp_path / "real.lock"
    project.mkdir()
    real.write_text("before")
    real.chmod(0o660)  # more than a umask of 022 leaves
    (project / "uv.lock").symlink_to(real)
    private = project / "poetry.lock"
    private.write_text("before")
    private.chmod(0o600)
    (project / "pdm.lock").symlink_to(tmp_path / "new.lock")
    files = LockFiles(project)
    for path in project.iterdir():
        path.write_text(MARK)
    assert len(files.put_back((MARK,))) == 3
    assert (project / "uv.lock").is_symlink() and real.read_text() == private.read_text() == "before"
    assert (stat.S_IMODE(real.stat().st_mode), stat.S_IMODE(private.stat().st_mode)) == (0o660, 0o600)
    assert (project / "pdm.lock").is_symlink() and not (tmp_path / "new.lock").exists()


def test_a_file_that_held_it_before_and_did_not_change_stays(tmp_path: Path) -> None:
    (tmp_path / "uv.lock").write_text(MARK)
    assert LockFiles(tmp_path).put_back((MARK,)) == []


def test_the_files_of_every_folder_are_put_back(tmp_path: Path) -> None:
    """One that is not there yet, and one that is named twice, too."""
    here, there, new = (tmp_path / name for name in ("here", "there", "new"))
    here.mkdir()
    there.mkdir()
    (there / "uv.lock").write_text("before")
    files = LockFiles(here, there, here / ".." / "there", new)
    new.mkdir()
    for folder in (there, new):
        (folder / "uv.lock").write_text(MARK)
    assert files.put_back((MARK,)) == [there / "uv.lock", new / "uv.lock"]
    assert (there / "uv.lock").read_text() == "before" and not (new / "uv.lock").exists()
