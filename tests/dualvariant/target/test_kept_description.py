"""What an interpreter said of itself is used again, until something that it depends on has changed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import clients
from dualvariant.target import kept_description
from dualvariant.target.interpreter import Interpreter
from dualvariant.target.kept_description import KeptProbe
from dualvariant.target.probe import InterpreterProbe


@pytest.fixture(autouse=True)
def cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A cache of its own."""
    monkeypatch.setenv("DUALVARIANT_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache" / "interpreters"


@pytest.fixture
def python(tmp_path: Path) -> Path:
    return clients.make_target(tmp_path / "python", pip=None)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The interpreters that were started."""
    started: list[Path] = []

    class Counted(InterpreterProbe):
        def __init__(self, python: Path) -> None:
            started.append(python)
            super().__init__(python)

    monkeypatch.setattr(kept_description, "InterpreterProbe", Counted)
    return started


def describe(python: Path) -> Interpreter:
    with KeptProbe(python) as probe:
        return probe.interpreter()


def test_the_second_time_nothing_is_started(python: Path, asked: list[Path]) -> None:
    with InterpreterProbe(python) as probe:
        expected = probe.interpreter()
    assert describe(python) == expected == describe(python)
    assert asked == [python]


def _site(python: Path) -> Path:
    (site,) = python.parents[1].glob("lib/python3*/site-packages")
    return site


CHANGES: dict[str, Callable[[Path], object]] = {
    "a .pth file": lambda python: (_site(python) / "more.pth").write_text("/somewhere\n"),
    "a start-up module": lambda python: (_site(python) / "sitecustomize.py").write_text("\n"),
    "pyvenv.cfg": lambda python: (python.parents[1] / "pyvenv.cfg").write_text(
        (python.parents[1] / "pyvenv.cfg").read_text() + "more = 1\n"
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_it_is_asked_again_after_a_change(change: str, python: Path, asked: list[Path]) -> None:
    describe(python)
    CHANGES[change](python)
    describe(python)
    assert asked == [python, python]


@pytest.mark.parametrize("variable", ["PYTHONPATH", "PYTHONUSERBASE"])
def test_it_is_asked_again_with_another_variable(
    variable: str, python: Path, asked: list[Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    describe(python)
    monkeypatch.setenv(variable, str(tmp_path / "other"))
    describe(python)
    assert asked == [python, python]


def test_it_is_asked_again_after_a_day(python: Path, asked: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    describe(python)
    monkeypatch.setattr(kept_description, "LIFETIME", 0)
    describe(python)
    assert asked == [python, python]


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"[" * 100_000, b"{}", b'{"time": "now"}', b'{"time": 1, "paths": [], "description": {}}']
)
def test_a_damaged_file_is_ignored(content: bytes, python: Path, asked: list[Path], cache: Path) -> None:
    expected = describe(python)
    (file,) = cache.iterdir()
    file.write_bytes(content)
    assert describe(python) == expected
    assert asked == [python, python]


def test_its_pip_is_looked_up_each_time(tmp_path: Path, asked: list[Path]) -> None:
    """Installing a distribution does not make the description old, but pip may be the one that was installed."""
    python = clients.make_target(tmp_path / "with", pip="26.3")
    assert describe(python).pip == "26.3" == describe(python).pip
    (info,) = _site(python).glob("pip-*.dist-info")
    info.rename(info.with_name("gone"))
    assert describe(python).pip is None
    assert asked == [python]
