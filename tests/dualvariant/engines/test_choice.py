"""Which engine a run gets, and that an engine is one class with a small protocol."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import clients
from dualvariant.core.errors import RefusedOptionError
from dualvariant.engines import choice
from dualvariant.engines.choice import EngineStart
from dualvariant.engines.failures import EngineLacksOptionError, EngineNotFoundError
from dualvariant.engines.options import EngineOptions
from dualvariant.engines.protocol import Engine


@pytest.fixture(scope="module")
def with_pip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An interpreter that has pip."""
    return clients.make_target(tmp_path_factory.mktemp("engines") / "with")


@pytest.fixture(scope="module")
def without_pip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An interpreter that has none."""
    return clients.make_target(tmp_path_factory.mktemp("engines") / "without", pip=None)


@pytest.fixture
def uv(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A uv that is found, whatever this machine has."""
    path = Path("/somewhere/uv")
    monkeypatch.setattr(choice, "find_uv", lambda: path)
    yield path


def choose(python: Path, wanted: str | None = None, command: str = "install", *, report: bool = False) -> Engine:
    """The engine for a target; what was started for it has ended."""
    with EngineStart(python, command, wanted, report=report) as start:
        return start.engine(start.target())


def test_the_targets_own_pip_is_the_engine(with_pip: Path, uv: Path) -> None:
    assert choose(with_pip).name == "pip"


def test_uv_is_the_engine_where_it_is_asked_for(with_pip: Path, uv: Path) -> None:
    engine = choose(with_pip, "uv")
    assert (engine.name, engine.caches_by_address) == ("uv", True)


def test_pip_is_the_engine_where_the_target_has_none(without_pip: Path, uv: Path) -> None:
    """It is ours, by its ``--python``; the uv that happens to be on PATH was not asked for."""
    assert choose(without_pip).name == "pip"


@pytest.mark.parametrize("command", ["download", "wheel"])
def test_pip_is_the_engine_for_what_uv_does_not_do(command: str, without_pip: Path, uv: Path) -> None:
    assert choose(without_pip, "uv", command).name == "pip"


def test_uv_that_is_not_there(with_pip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(EngineNotFoundError) as caught:
        choose(with_pip, "uv")
    assert "pip install uv" in str(caught.value.next_step)


@pytest.mark.parametrize("option", ["--user", "--root", "--root=/x", "--upgrade-strategy"])
def test_an_option_that_uv_lacks_is_found_before_anything_is_done(option: str, with_pip: Path, uv: Path) -> None:
    engine = choose(with_pip, "uv")
    with pytest.raises(EngineLacksOptionError):
        engine.check([option], report=False)


@pytest.mark.parametrize(
    "argument", ["-i", "-ihttp://x/", "--index-url=http://x/", "--find-links", "-r", "-rx.txt", "--pre"]
)
def test_what_would_bypass_the_choice_is_refused(argument: str) -> None:
    with pytest.raises(RefusedOptionError):
        EngineOptions.combine([], [argument])
