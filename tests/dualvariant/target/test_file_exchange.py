"""File exchanges: all changes or none, whatever fails, and the old files again after a kill at any step."""

from __future__ import annotations

import errno
import os
import signal
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from dualvariant.core import interruptions
from dualvariant.core.interruptions import interruptible
from dualvariant.target import file_exchange
from dualvariant.target.file_exchange import STAGE_NAME, Change, NotRolledBackError, Stage, heal, open_stage
from tracing import tracing

#: The steps at which an exchange changes the disk; each may be the last one that a killed run has made.
STEPS = ("link", "mkdir", "rename", "replace", "unlink", "rmdir", "fsync")


class KilledError(BaseException):
    """The run ends here, and nothing after it is done."""


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A folder with files that stay, change and go."""
    site = tmp_path / "site"
    for name, content in {
        "demo/a.py": "a",
        "demo/b.py": "b",
        "demo/gone/c.py": "c",
        "demo-1.dist-info/RECORD": "r",
    }.items():
        path = site / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return site


def _read(folder: Path) -> Mapping[str, str]:
    """Every file below a folder, the stage left out."""
    return {
        path.relative_to(folder).as_posix(): path.read_text()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and STAGE_NAME not in path.parts
    }


def _make_changes(site: Path, folder: Path) -> list[Change]:
    """One file is replaced, one is new in a new folder, one goes with its folder, and RECORD comes last."""
    changes = []
    for name in ("demo/b.py", "demo/new/d.py", "demo-1.dist-info/RECORD"):
        source = folder / name.replace("/", "-")
        source.write_text(f"new {name}")
        changes.append(Change(site / name, source))
    return [changes[0], Change(site / "demo/gone/c.py", None), *changes[1:]]


AFTER = {
    "demo/a.py": "a",
    "demo/b.py": "new demo/b.py",
    "demo/new/d.py": "new demo/new/d.py",
    "demo-1.dist-info/RECORD": "new demo-1.dist-info/RECORD",
}


def test_all_changes_are_made(site: Path) -> None:
    with open_stage(site, lambda: None) as stage:
        stage.exchange("demo 1", _make_changes(site, stage.folder))
    assert _read(site) == AFTER
    assert not (site / "demo" / "gone").exists()
    assert not (site / STAGE_NAME).exists()


def test_a_file_that_is_open_stays_the_old_one(site: Path) -> None:
    with (site / "demo/b.py").open() as before, open_stage(site, lambda: None) as stage:
        stage.exchange("demo 1", _make_changes(site, stage.folder))
        assert before.read() == "b"


def test_links_of_other_folders_keep_their_content(site: Path, tmp_path: Path) -> None:
    """uv links the files of an environment to those of its cache."""
    cache = tmp_path / "cache.py"
    os.link(site / "demo/b.py", cache)
    with open_stage(site, lambda: None) as stage:
        stage.exchange("demo 1", _make_changes(site, stage.folder))
    assert cache.read_text() == "b"


def _count(monkeypatch: pytest.MonkeyPatch, act: Callable[[int], None]) -> None:
    """Call a function with the number of each step, before it is made."""
    number = 0
    for name in STEPS:
        real = getattr(os, name)

        def step(*args: Any, real: Callable[..., Any] = real, **options: Any) -> Any:
            nonlocal number
            number += 1
            act(number)
            return real(*args, **options)

        monkeypatch.setattr(os, name, step)


def _run_until(site: Path, act: Callable[[int], None]) -> None:
    folder = site / STAGE_NAME
    folder.mkdir()
    stage = Stage(folder)
    changes = _make_changes(site, folder)
    with pytest.MonkeyPatch.context() as patch:
        _count(patch, act)
        stage.exchange("demo 1", changes)


def _count_steps(site: Path) -> int:
    numbers: list[int] = []
    _run_until(site, numbers.append)
    return numbers[-1]


def _fresh(site: Path, number: int) -> Path:
    copy = site.with_name(f"site{number}")
    for name, content in _read(site).items():
        path = copy / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return copy


def test_after_a_kill_at_any_step_all_files_are_old_or_all_are_new(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = _read(site)
    steps = _count_steps(_fresh(site, 0))
    assert steps > 10
    seen = set()
    for last in range(1, steps + 1):
        copy = _fresh(site, last)

        def act(number: int, last: int = last) -> None:
            if number == last:
                raise KilledError

        with monkeypatch.context() as patch, pytest.raises(KilledError):
            patch.setattr(file_exchange, "_roll_back", lambda work: None)  # a dead process does nothing more
            _run_until(copy, act)
        what = heal(copy)
        assert _read(copy) in (before, AFTER), last
        assert not (copy / STAGE_NAME).exists()
        assert what is None or _read(copy) == before
        seen.add(what)
    assert seen == {None, "demo 1"}


def test_a_kill_while_files_are_put_back_is_healed_as_well(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = _read(site)
    steps = _count_steps(_fresh(site, 0))
    for last in range(1, 30):
        copy = _fresh(site, last)

        def first(number: int) -> None:
            if number == steps - 1:
                raise KilledError

        with monkeypatch.context() as patch, pytest.raises(KilledError):
            patch.setattr(file_exchange, "_roll_back", lambda work: None)
            _run_until(copy, first)

        def second(number: int, last: int = last) -> None:
            if number == last:
                raise KilledError

        with monkeypatch.context() as patch:
            _count(patch, second)
            with suppress(KilledError):
                heal(copy)
        heal(copy)
        assert _read(copy) in (before, AFTER), last


def test_an_error_at_any_step_leaves_everything_as_it_was(site: Path) -> None:
    before = _read(site)
    steps = _count_steps(_fresh(site, 0))
    failed = 0
    for bad in range(1, steps + 1):
        copy = _fresh(site, bad)

        def act(number: int, bad: int = bad) -> None:
            if number == bad:
                raise OSError(errno.ENOSPC, "no space left on device")

        try:
            _run_until(copy, act)
        except OSError:
            failed += 1
            assert _read(copy) == before, bad
        else:
            assert _read(copy) == AFTER, bad  # what cannot be removed of a stage is removed by the next run
    assert failed > 5


@pytest.mark.usefixtures("default_signals")
@pytest.mark.parametrize("again", [False, True], ids=["once", "again and again"])
def test_after_ctrl_c_at_any_step_everything_is_old_or_new_and_nothing_is_left(
    site: Path, again: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(interruptions, "_TOGETHER", -1)
    before = _read(site)
    steps = _count_steps(_fresh(site, 0))
    seen = []
    for first in range(1, steps + 1):
        copy = _fresh(site, first)

        def act(number: int, first: int = first) -> None:
            if number == first or (again and number > first):
                os.kill(os.getpid(), signal.SIGINT)

        _expect_interruptions()
        with pytest.raises(KeyboardInterrupt), interruptible(), open_stage(copy, lambda: None) as stage:
            changes = _make_changes(copy, stage.folder)
            with pytest.MonkeyPatch.context() as patch:
                _count(patch, act)
                stage.exchange("demo 1", changes)
        assert _read(copy) in (before, AFTER), first
        assert not (copy / STAGE_NAME).exists()
        seen.append(_read(copy) == before)
    assert set(seen) == {True, False}


def _expect_interruptions() -> None:
    """An interruption that was handled leaves signals ignored."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)


def _exchange_in_a_stage(site: Path) -> None:
    with interruptible(), open_stage(site, lambda: None) as stage:
        stage.exchange("demo 1", _make_changes(site, stage.folder))


def _trace(code: Callable[[], None], act: Callable[[int], None]) -> int:
    """Run some code, and call ``act`` before each line of the two modules that exchange and hold signals back."""
    number = 0

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal number
        if frame.f_code.co_filename not in (file_exchange.__file__, interruptions.__file__):
            return None
        if event == "line":
            number += 1
            act(number)
        return trace

    with tracing(trace):
        code()
    return number


@pytest.mark.usefixtures("default_signals")
def test_after_ctrl_c_at_any_line_everything_is_old_or_new_and_nothing_is_left(site: Path) -> None:
    """Also while the folder is made and locked, and while it is removed."""
    before = _read(site)
    lines = _trace(lambda: _exchange_in_a_stage(_fresh(site, 0)), lambda number: None)
    seen = []
    for last in range(1, lines + 1):
        copy = _fresh(site, last)

        def act(number: int, last: int = last) -> None:
            if number == last:
                signal.raise_signal(signal.SIGINT)

        _expect_interruptions()
        with pytest.raises(KeyboardInterrupt):
            _trace(lambda copy=copy: _exchange_in_a_stage(copy), act)  # type: ignore[misc]
        assert _read(copy) in (before, AFTER), last
        assert not (copy / STAGE_NAME).exists(), last
        seen.append(_read(copy) == before)
    assert set(seen) == {True, False}


def test_a_run_that_is_alive_is_left_alone(site: Path) -> None:
    with open_stage(site, lambda: None) as stage:
        (stage.folder / "something").mkdir()
        assert heal(site) is None
        assert (stage.folder / "something").exists()


def test_nothing_is_followed_out_of_the_site_folder(site: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "file").write_text("kept")
    (site / STAGE_NAME).symlink_to(other)
    assert heal(site) is None
    assert (other / "file").read_text() == "kept"


@pytest.mark.parametrize("error", [KeyboardInterrupt(), OSError(errno.ENOSPC, "No space left on device")], ids=repr)
def test_a_way_back_that_fails_is_left_to_the_next_run(
    site: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    """A second Ctrl-C, or a full disk: the old files are nowhere else than in the stage."""
    before = _read(site)

    def refuse() -> None:
        raise KeyboardInterrupt

    def fail(source: Path, path: Path) -> None:
        raise error

    with pytest.raises((KeyboardInterrupt, NotRolledBackError)), open_stage(site, lambda: None) as stage:
        changes = _make_changes(site, stage.folder)

        def accept() -> None:
            monkeypatch.setattr(file_exchange, "_move", fail)
            refuse()

        stage.exchange("demo 1", changes, accept)
    monkeypatch.undo()
    assert _read(site) != before
    assert heal(site) == "demo 1"
    assert _read(site) == before


def test_a_damaged_journal_costs_no_file(site: Path) -> None:
    work = site / STAGE_NAME / "exchange"
    work.mkdir(parents=True)
    (work / "journal.json").write_text("{")
    (work / "old0").write_text("the only copy")
    with pytest.raises(OSError, match="damaged journal"), open_stage(site, lambda: None):
        pass
    assert (work / "old0").read_text() == "the only copy"
