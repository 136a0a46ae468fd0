"""How the environment is synced before something runs in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from dualvariant.launch.recognize import recognize
from dualvariant.launch.sync import find_sync, runs_without_project

#: Environment variables with which no program is found, and so no environment.
NOTHING = {"PATH": ""}
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
        ("poetry -Cbare run x", None),
        ("poetry -qC../project/below run x", f"poetry -q {POETRY} -C ../project/below"),
        ("poetry run -Pbelow x -C bare", f"poetry {POETRY} -P below"),
        ("pdm run -pbare x", None),
        ("pdm run -p../project x", "pdm sync --quiet -p ../project"),
        ("pdm run -vg x", None),
        ("python -m poetry -q run x", f"python -m poetry -q {POETRY}"),
        ("pdm -c c.toml run -p below x", "pdm -c c.toml sync --quiet -p below"),
        ("pdm run --venv test x", "pdm sync --quiet --venv test"),
        ("pdm run -g x", None),
        ("pdm run -s x", None),
        ("uv run x -p 3", "uv run python -c "),
        *[
            (f"uv run {options} x", f"uv run {options} python -c ")
            for options in ("--no-dev --frozen", "--locked --group=g", "--only-group g", "--extra e --no-dev")
        ],
        ("uv run --with=a --extra b -- x", "uv run --extra b python -c "),
        ("uv run -wa/b -qw c x", "uv run -q python -c "),
        ("uv run -qm x", "uv run -q python -c "),
        ("uv run -qp 3.12 x -m y", "uv run -qp 3.12 python -c "),
        ("uv --project d run -w a -p 3.12 -m x", "uv --project d run -p 3.12 python -c "),
    ],
)
def test_the_command_that_syncs(line: str, sync: str | None, project: Path) -> None:
    found = find_sync(recognize(line.split()), project, NOTHING)
    assert (found and " ".join(found)) == sync


def test_the_lock_is_that_of_the_project_that_a_variable_names(project: Path) -> None:
    words = ["pdm", "run", "x"]
    assert find_sync(recognize(words), project, {**NOTHING, "PDM_PROJECT": "bare"}) is None
    assert find_sync(recognize(words), project / "bare", {**NOTHING, "PDM_PROJECT": str(project)}) is not None


@pytest.mark.parametrize("folder", ["below", "bare"])
def test_the_lock_is_that_of_the_nearest_project(folder: str, project: Path) -> None:
    synced = find_sync(recognize(["poetry", "run", "x"]), project / folder, NOTHING) is not None
    assert synced == (folder == "below")


@pytest.mark.parametrize("tool", ["poetry", "pdm"])
@pytest.mark.parametrize(
    ("installed", "syncs"),
    [
        (None, True),
        ([], True),
        (["pip-26.3", "setuptools-80.0", "wheel-0.45"], True),
        (["pip_tools-7.6"], False),
        (["pip-26.3", "demo-1.0"], False),
    ],
)
def test_only_an_environment_with_nothing_of_the_project_is_synced(
    tool: str, installed: list[str] | None, syncs: bool, project: Path, tmp_path: Path
) -> None:
    """One with something in it may have been made without a group, which stays out, as with the tool's own ``run``."""
    environment = tmp_path / "env"
    if installed is not None:
        _make_environment(environment, installed)
    program = tmp_path / tool
    answer = environment / "bin/python" if tool == "pdm" else environment
    program.write_text(f"#!/bin/sh\n[ -d {environment} ] && echo {answer}\n")
    program.chmod(0o755)
    found = find_sync(recognize([str(program), "run", "x"]), project, NOTHING)
    assert (found is not None) == syncs


def _make_environment(folder: Path, installed: list[str]) -> None:
    site = folder / "lib" / "python3.12" / "site-packages"
    for path in (folder / "bin", *(site / f"{name}.dist-info" for name in installed)):
        path.mkdir(parents=True, exist_ok=True)
    for name in ("pyvenv.cfg", "bin/python"):
        (folder / name).touch()


def test_what_is_no_environment_of_a_project_is_not_synced(project: Path, tmp_path: Path) -> None:
    """An installed Python that the tool is set to use, say."""
    (tmp_path / "python").mkdir()
    program = tmp_path / "poetry"
    program.write_text(f"#!/bin/sh\necho {tmp_path / 'python'}\n")
    program.chmod(0o755)
    assert find_sync(recognize([str(program), "run", "x"]), project, NOTHING) is None


@pytest.mark.parametrize(
    ("options", "expected"),
    [("--no-project", True), ("--isolated", True), ("-qs", True), ("--no-sync", False), ("--no-dev", False)],
)
def test_where_uv_makes_no_environment(options: str, expected: bool) -> None:
    assert runs_without_project(recognize(["uv", "run", *options.split(), "x"]), {}) == expected


@pytest.mark.parametrize("name", ["UV_NO_PROJECT", "UV_ISOLATED"])
@pytest.mark.parametrize(("value", "expected"), [("1", True), ("true", True), ("0", False), ("", False)])
def test_the_variables_of_uv_count_as_its_options(name: str, value: str, expected: bool) -> None:
    assert runs_without_project(recognize(["uv", "run", "x"]), {name: value}) == expected


@pytest.mark.parametrize(
    ("words", "value", "syncs"),
    [
        ("run x", None, True),
        ("run x --no-sync", None, True),
        ("run -- x", "0", True),
        ("run --no-sync x", None, False),
        ("run -q --no-sync -- x", "", False),
        ("run x", "1", False),
        ("run x", "true", False),
    ],
)
def test_uv_is_not_synced_where_it_is_not_to_sync(words: str, value: str | None, syncs: bool, tmp_path: Path) -> None:
    environment = {} if value is None else {"UV_NO_SYNC": value}
    assert (find_sync(recognize(["uv", *words.split()]), tmp_path, environment) is not None) == syncs
