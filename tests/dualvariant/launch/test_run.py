"""What follows a tool, and what comes before a program: the refit, which no failure of its own stops a program for."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from dualvariant.core.errors import UnreadableFileError
from dualvariant.core.report import Reporter
from dualvariant.launch import run
from dualvariant.launch.run import ExecOrder, execute
from dualvariant.settings.options import SelectionOptions
from variantlib.errors import ProfileError

#: Says where the environment is to who asks ``uv run python -c …``, and where uv is to who asks its module.
STAND_IN = """#!/bin/sh
case "$*" in
    *find_uv_bin*) echo FOLDER/opt/uv ;;
    *"run --no-sync"*) echo FOLDER/env ;;
esac
"""


class Replaced(Exception):
    """The process became another program."""


class Warnings(Reporter):
    """Keeps what it is warned of."""

    def __init__(self) -> None:
        self.all: list[str] = []

    def warn(self, message: str) -> None:
        self.all.append(message)


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A uv and a Python that are not on PATH, where no other uv is, and an environment."""
    folder = tmp_path / "opt"
    folder.mkdir()
    for name in ("uv", "python"):
        (folder / name).write_text(STAND_IN.replace("FOLDER", str(tmp_path)))
        (folder / name).chmod(0o755)
    (tmp_path / "env").mkdir()
    (tmp_path / "env" / "pyvenv.cfg").touch()
    monkeypatch.setenv("PATH", "/bin:/usr/bin")
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    monkeypatch.setattr(run, "replace_process", _replace)
    monkeypatch.chdir(tmp_path)
    assert shutil.which("uv") is None
    return folder


def _replace(command: object, environment: object) -> None:
    raise Replaced(command)


def _raise(error: Exception) -> Callable[[str, str | None], int]:
    def refit(environment: str, engine: str | None) -> int:
        raise error

    return refit


@pytest.mark.parametrize(
    "error",
    [UnreadableFileError("no such index", "check it"), ProfileError(["no such index"]), OSError("no such index")],
)
def test_a_program_runs_whatever_comes_of_the_refit(error: Exception, programs: Path) -> None:
    reporter = Warnings()
    command = [str(programs / "uv"), "run", "pytest", "-x"]
    with pytest.raises(Replaced) as caught:
        execute(ExecOrder(command, SelectionOptions(), _raise(error), reporter))
    assert caught.value.args[0] == [command[0], "run", "--no-sync", "pytest", "-x"]
    (warning,) = reporter.all
    assert "not refitted (no such index)" in warning
    command = [str(programs / "uv"), "sync"]
    with pytest.raises(type(error)):
        execute(ExecOrder(command, SelectionOptions(), _raise(error), reporter))


@pytest.mark.parametrize(
    ("words", "value", "runs"),
    [
        (["x"], "", ["--no-sync", "x"]),
        (["x"], "1", ["--no-sync", "x"]),
        (["--no-sync", "x"], "", ["--no-sync", "x"]),
        (["-q", "--no-sync", "x"], "1", ["-q", "--no-sync", "x"]),
        (["x", "--no-sync"], "", ["--no-sync", "x", "--no-sync"]),
    ],
)
def test_what_uv_is_not_to_sync_is_refitted_and_the_option_is_given_once(
    words: list[str], value: str, runs: list[str], programs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """uv ends with an error where it is given twice."""
    monkeypatch.setenv("UV_NO_SYNC", value)
    refitted: list[str] = []

    def refit(environment: str, engine: str | None) -> int:
        refitted.append(environment)
        return 0

    with pytest.raises(Replaced) as caught:
        execute(ExecOrder([str(programs / "uv"), "run", *words], SelectionOptions(), refit, Reporter()))
    assert caught.value.args[0][2:] == runs
    assert refitted == [str(programs.parent / "env")]


@pytest.mark.parametrize(("words", "found"), [(["uv"], True), (["python", "-m", "uv"], True), (["python"], False)])
def test_the_uv_of_the_command_line_is_the_engine(words: list[str], found: bool, programs: Path) -> None:
    seen: list[object] = []

    def refit(environment: str, engine: str | None) -> int:
        seen.extend((environment, engine, shutil.which("uv")))
        return 0

    before = dict(os.environ)
    if not found:
        (programs / "uv").unlink()  # the module says where it was
        words = [*words, "-m", "uv"]
    command = [str(programs / words[0]), *words[1:], "sync"]
    assert execute(ExecOrder(command, SelectionOptions(), refit, Reporter())) == 0
    uv = str(programs / "uv")
    assert seen == [str(programs.parent / "env"), *(("uv", uv) if found else (None, None))]
    assert dict(os.environ) == before


@pytest.mark.parametrize(("tool", "goes_on"), [("uv", False), ("poetry", True)])
def test_what_comes_of_a_sync_that_fails(tool: str, goes_on: bool, tmp_path: Path, programs: Path) -> None:
    """``uv run`` would not run anything either; ``poetry run`` syncs nothing by itself."""
    (programs / tool).write_text("#!/bin/sh\nexit 4\n")
    (programs / tool).chmod(0o755)
    for name in ("pyproject.toml", "poetry.lock"):
        (tmp_path / name).touch()
    reporter = Warnings()
    order = ExecOrder([str(programs / tool), "run", "x"], SelectionOptions(), lambda *_: 0, reporter)
    if not goes_on:
        assert execute(order) == 4
        return
    with pytest.raises(Replaced) as caught:
        execute(order)
    assert caught.value.args[0] == order.command
    assert f"could not be synced ('{programs / tool} install --no-interaction' says why)" in reporter.all[0]
