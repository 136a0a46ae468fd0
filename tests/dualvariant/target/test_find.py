"""Which interpreter is the target, as the environment says."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from dualvariant.core.errors import NoInterpreterError
from dualvariant.selection.engine_target import find_engine_target


def make_program(path: Path) -> Path:
    path.parent.mkdir(parents=True)
    path.write_text("")
    path.chmod(0o755)
    return path


@pytest.fixture
def first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The first interpreter on PATH; no environment is active."""
    for variable in ("VIRTUAL_ENV", "CONDA_PREFIX", "PIP_PYTHON", "UV_PYTHON", "UV_SYSTEM_PYTHON", "CONDA_DEFAULT_ENV"):
        monkeypatch.delenv(variable, raising=False)
    python = make_program(tmp_path / "path/bin/python3")
    monkeypatch.setenv("PATH", os.pathsep.join(["/nonexistent", str(python.parent)]))
    return python


def find(engine: str | None = None) -> tuple[Path, list[str]]:
    warnings: list[str] = []
    return find_engine_target(None, warnings.append, engine), warnings


@pytest.fixture
def beside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The interpreter of an environment ``.venv`` in a folder above the working directory."""
    python = make_program(tmp_path / "project/.venv/bin/python")
    (tmp_path / "project/.venv/pyvenv.cfg").write_text("")
    (tmp_path / "project/sub").mkdir()
    monkeypatch.chdir(tmp_path / "project/sub")
    return python


def test_without_an_environment_it_is_the_first_on_path(first: Path) -> None:
    assert find() == (first, [])


def test_an_active_environment_comes_first(first: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("CONDA_PREFIX", "VIRTUAL_ENV"):
        python = make_program(tmp_path / variable / "bin/python")
        monkeypatch.setenv(variable, str(tmp_path / variable))
        assert find() == (python, [])


@pytest.mark.parametrize("variables", [("VIRTUAL_ENV",), ("CONDA_PREFIX",), ("VIRTUAL_ENV", "CONDA_PREFIX")])
def test_an_environment_that_is_gone_is_passed_over_as_pip_does(
    variables: tuple[str, ...], first: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in variables:
        monkeypatch.setenv(variable, str(tmp_path / "gone"))
    target, warnings = find()
    assert target == first
    assert len(warnings) == len(variables)
    assert all(str(first) in warning and "gone" in warning for warning in warnings)


def test_a_conda_environment_behind_one_that_is_gone(
    first: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    python = make_program(tmp_path / "conda/bin/python")
    monkeypatch.setenv("VIRTUAL_ENV", str(tmp_path / "gone"))
    monkeypatch.setenv("CONDA_PREFIX", str(tmp_path / "conda"))
    target, (warning,) = find()
    assert target == python and str(python) in warning


def test_a_broken_interpreter_is_an_error(first: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its environment is there, and so is its pip, which does not start either."""
    link = tmp_path / "broken/bin/python"
    link.parent.mkdir(parents=True)
    link.symlink_to("/nonexistent/python")
    monkeypatch.setenv("VIRTUAL_ENV", str(tmp_path / "broken"))
    with pytest.raises(NoInterpreterError):
        find()


def test_uv_finds_an_environment_in_the_folders_of_a_project(first: Path, beside: Path) -> None:
    assert find("uv") == (beside, [])
    assert find("pip") == find() == (first, [])


@pytest.mark.parametrize("name", ["base", "root", "mine"])
def test_for_uv_an_environment_of_the_project_comes_before_conda_s_own(
    name: str, first: Path, beside: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    conda = make_program(tmp_path / "conda/bin/python")
    monkeypatch.setenv("CONDA_PREFIX", str(tmp_path / "conda"))
    monkeypatch.setenv("CONDA_DEFAULT_ENV", name)
    assert find("uv")[0] == (conda if name == "mine" else beside)
    assert find()[0] == conda


def test_an_environment_is_one_for_uv_in_itself(first: Path, beside: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(beside.parent)
    assert find("uv") == (beside, [])


def test_an_active_environment_comes_before_one_that_uv_finds(
    first: Path, beside: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    python = make_program(tmp_path / "active/bin/python")
    monkeypatch.setenv("VIRTUAL_ENV", str(tmp_path / "active"))
    assert find("uv") == (python, [])


def test_no_environment_counts_if_uv_shall_take_the_system(
    first: Path, beside: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_program(tmp_path / "active/bin/python")
    monkeypatch.setenv("VIRTUAL_ENV", str(tmp_path / "active"))
    monkeypatch.setenv("UV_SYSTEM_PYTHON", "1")
    assert find("uv") == (first, [])


@pytest.mark.parametrize("name", ["named", "named/bin/python"])
def test_uv_has_a_variable_for_python(
    name: str, first: Path, beside: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    python = make_program(tmp_path / "named/bin/python")
    monkeypatch.setenv("UV_PYTHON", str(tmp_path / name))
    assert find("uv") == (python, [])
    assert find() == (first, [])


@pytest.mark.parametrize("path", ["uv.toml", "pyproject.toml"])
@pytest.mark.parametrize("named", ["./named", "named/bin/python"])
def test_uv_has_a_setting_for_python(
    named: str, path: str, first: Path, beside: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A relative path is relative to the working directory, not to the file."""
    python = make_program(tmp_path / "project/named/bin/python")
    other = make_program(tmp_path / "other/bin/python")
    monkeypatch.chdir(tmp_path / "project")
    table = "pip" if path == "uv.toml" else "tool.uv.pip"
    Path(path).write_text(f'[{table}]\npython = "{named}"\nsystem = true\n')
    assert find("uv") == (python, [])
    assert find() == (first, [])
    monkeypatch.setenv("UV_PYTHON", str(other))
    assert find("uv") == (other, [])


def test_no_environment_counts_if_a_file_of_uv_says_so(
    first: Path, beside: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "project/uv.toml").write_text("[pip]\nsystem = true\n")
    assert find("uv") == (first, [])
    monkeypatch.setenv("UV_NO_CONFIG", "1")
    assert find("uv") == (beside, [])


#: A version that is asked for, and whether Python 3.12.1 is of it.
VERSIONS = {
    **dict.fromkeys(["3", "3.12", "3.12.1", "python3.12", "cpython@3.12"], True),
    **dict.fromkeys(["2", "3.1", "3.11", "3.12.11", "python3.13"], False),
}


@pytest.mark.parametrize("line", ["version = 3.12.1", "version_info = 3.12.1", "version_info = 3.12.1.final.0"])
@pytest.mark.parametrize(("version", "fits"), VERSIONS.items())
def test_uv_installs_only_into_an_environment_of_the_version_that_is_asked_for(
    version: str, fits: bool, line: str, first: Path, beside: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (beside.parents[1] / "pyvenv.cfg").write_text(f"home = /usr/bin\n{line}\n")
    monkeypatch.setenv("UV_PYTHON", version)
    if fits:
        assert find("uv") == (beside, [])
    else:
        with pytest.raises(NoInterpreterError, match=r"has Python 3\.12\.1"):
            find("uv")


@pytest.mark.parametrize("asked", [">=3.12", "pypy", "312", "3.12t"])
def test_what_only_uv_can_find_does_not_count(
    asked: str, first: Path, beside: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (beside.parents[1] / "pyvenv.cfg").write_text("version = 3.12.1\n")
    monkeypatch.setenv("UV_PYTHON", asked)
    target, (warning,) = find("uv")
    assert target == beside and "UV_PYTHON" in warning and asked in warning
