"""How the environment is synced before something runs in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from dualvariant.launch.recognize import recognize
from dualvariant.launch.sync import find_sync, runs_without_project

POETRY = "install --quiet --no-interaction"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with the locks of Poetry and PDM, a folder in it, and a project without a lock in that."""
    for folder in (tmp_path / "project", tmp_path / "project" / "below", tmp_path / "project" / "bare"):
        folder.mkdir()
    for name in ("pyproject.toml", "poetry.lock", "pdm.lock", "bare/pyproject.toml"):
        (tmp_path / "project" / name).touch()
    return tmp_path / "project"


@pytest.mark.parametrize(
    ("line", "sync"),
    [
        ("poetry run x -C bare", f"poetry {POETRY}"),
        ("poetry -C below run x", f"poetry {POETRY} -C below"),
        ("poetry run --project=below -- x", f"poetry {POETRY} --project below"),
        ("poetry -C bare run x", None),
        ("python -m poetry -q run x", f"python -m poetry -q {POETRY}"),
        ("pdm -c c.toml run -p below x", "pdm -c c.toml sync --quiet -p below"),
        ("pdm run --venv test x", "pdm sync --quiet --venv test"),
        ("pdm run -g x", None),
        ("pdm run -s x", None),
        ("uv run x -p 3", "uv run python -c "),
        ("uv run --with=a --extra b -- x", "uv run --extra b python -c "),
        ("uv run -qm x", "uv run -q python -c "),
        ("uv run -qp 3.12 x -m y", "uv run -qp 3.12 python -c "),
        ("uv --project d run -w a -p 3.12 -m x", "uv --project d run -p 3.12 python -c "),
    ],
)
def test_the_command_that_syncs(line: str, sync: str | None, project: Path) -> None:
    found = find_sync(recognize(line.split()), project)
    assert (found and " ".join(found)) == sync


@pytest.mark.parametrize("folder", ["below", "bare"])
def test_the_lock_is_that_of_the_nearest_project(folder: str, project: Path) -> None:
    synced = find_sync(recognize(["poetry", "run", "x"]), project / folder) is not None
    assert synced == (folder == "below")


@pytest.mark.parametrize(
    ("options", "expected"), [("--no-sync", True), ("--isolated", True), ("-qs", True), ("--no-dev", False)]
)
def test_where_uv_makes_no_environment(options: str, expected: bool) -> None:
    assert runs_without_project(recognize(["uv", "run", *options.split(), "x"])) == expected
