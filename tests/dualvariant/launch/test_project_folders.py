"""The folders that a tool is told: their lock files count, too."""

from __future__ import annotations

from pathlib import Path

import pytest

from dualvariant.launch.project_folders import find_places
from dualvariant.launch.recognize import recognize


@pytest.mark.parametrize(
    ("line", "variables", "names"),
    [
        ("tox -c sub", {}, ["sub"]),
        ("tox -rcsub/tox.ini -e py", {}, ["sub"]),
        ("tox --conf=sub/tox.ini --root other", {}, ["sub", "other"]),
        ("tox -e py", {"TOX_ROOT_DIR": "sub"}, ["sub"]),
        ("tox -e py", {"TOX_CONFIG_FILE": "sub/tox.ini"}, ["sub"]),
        ("nox -fsub/tox.ini", {}, ["sub"]),
        ("uv pip install --project sub x", {}, ["sub"]),
        ("uv pip install x", {"UV_PROJECT": "sub"}, ["sub"]),
        ("poetry -Csub run x", {}, ["sub"]),
        ("pdm run -psub x", {}, ["sub"]),
        ("pdm run x", {"PDM_PROJECT": "sub"}, ["sub"]),
        ("pip install x", {"PDM_PROJECT": "sub"}, []),
        ("make", {"UV_PROJECT": "sub"}, []),
    ],
)
def test_the_folders_that_are_named(line: str, variables: dict[str, str], names: list[str], tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "tox.ini").touch()
    found = find_places(recognize(line.split()), tmp_path, variables)
    assert found == [tmp_path / name for name in names]


@pytest.mark.parametrize(
    ("words", "variables", "expected"),
    [
        (["-pname", "run", "x"], {}, "--project name status"),
        (["--config=c.toml", "-p", "name", "env", "run", "x"], {}, "--config c.toml --project name status"),
        (["run", "x"], {"HATCH_PROJECT": "name"}, "--project name status"),
        (["run", "x", "-p", "name"], {}, None),
    ],
)
def test_hatch_says_where_a_project_is(
    words: list[str], variables: dict[str, str], expected: str | None, tmp_path: Path
) -> None:
    """By its name; what hatch runs may have an option of the same name."""
    program = tmp_path / "hatch"
    program.write_text(f'#!/bin/sh\n[ "$*" = "{expected}" ] || exit 1\necho "[Location] - {tmp_path}/there" >&2\n')
    program.chmod(0o755)
    found = find_places(recognize([str(program), *words]), tmp_path, variables)
    assert found == ([] if expected is None else [tmp_path / "there"])
