"""Temporary folders: removed at the end, and by the next run where the run before was killed."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dualvariant.core.interruptions import interruptible
from dualvariant.core.scratch import make_scratch_dir, remove_dead_scratch

_HOLD = """
import sys
from pathlib import Path
from dualvariant.core.scratch import make_scratch_dir
with make_scratch_dir(Path(sys.argv[1]) if sys.argv[1:] else None) as scratch:
    (scratch / "file").write_text("x")
    print(scratch, flush=True)
    sys.stdin.read()
"""


def hold(*arguments: str | Path) -> tuple[subprocess.Popen[str], Path]:
    """A process that has a temporary folder, until its standard input ends."""
    process = subprocess.Popen(
        [sys.executable, "-c", _HOLD, *map(str, arguments)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    return process, Path(process.stdout.readline().strip())


def finish(process: subprocess.Popen[str]) -> int:
    process.communicate("")
    return process.returncode


def test_it_is_removed_with_all_that_is_in_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with make_scratch_dir() as scratch:
        assert scratch.stat().st_mode & 0o777 == 0o700
        (scratch / "folder").mkdir()
        (scratch / "folder" / "file").write_text("x")
    assert [] == list(tmp_path.iterdir())


def _assert_nothing_is_left(folder: Path) -> None:
    with pytest.raises(KeyboardInterrupt), interruptible(), make_scratch_dir(folder) as scratch:
        (scratch / "file").write_text("x")
    assert list(folder.iterdir()) == []


@pytest.mark.usefixtures("default_signals")
def test_ctrl_c_while_it_is_made_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make = tempfile.mkdtemp

    def make_and_interrupt(*arguments: Any) -> str:
        name: str = make(*arguments)
        signal.raise_signal(signal.SIGINT)
        return name

    monkeypatch.setattr(tempfile, "mkdtemp", make_and_interrupt)
    _assert_nothing_is_left(tmp_path)


@pytest.mark.usefixtures("default_signals")
def test_ctrl_c_while_it_is_removed_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    remove: Callable[..., None] = shutil.rmtree

    def interrupt_and_remove(*arguments: Any, **options: Any) -> None:
        signal.raise_signal(signal.SIGINT)
        remove(*arguments, **options)

    monkeypatch.setattr(shutil, "rmtree", interrupt_and_remove)
    _assert_nothing_is_left(tmp_path)


def test_the_next_run_removes_what_a_killed_one_left(tmp_path: Path) -> None:
    process, left = hold(tmp_path)
    process.send_signal(signal.SIGKILL)
    assert finish(process) == -signal.SIGKILL
    assert (left / "file").exists()
    with make_scratch_dir(tmp_path) as scratch:
        assert [scratch] == list(tmp_path.iterdir())
    assert [] == list(tmp_path.iterdir())


def test_the_folder_of_a_living_run_stays(tmp_path: Path) -> None:
    process, alive = hold(tmp_path)
    with make_scratch_dir(tmp_path):
        remove_dead_scratch(tmp_path)
    assert (alive / "file").exists()
    assert finish(process) == 0
    assert [] == list(tmp_path.iterdir())


def test_what_is_not_ours_stays(tmp_path: Path) -> None:
    """Names that are nearly ours, files, and links to folders of a name that is ours."""
    elsewhere = tmp_path / "elsewhere" / ".dualvariant-scratch-abcd1234"
    elsewhere.mkdir(parents=True)
    (elsewhere / "precious").write_text("x")
    (tmp_path / ".dualvariant-scratch-link5678").symlink_to(elsewhere)
    (tmp_path / ".dualvariant-scratch-file5678").write_text("x")
    for name in (".dualvariant-scratch-", ".dualvariant-scratch-abcd12345", "dualvariant-0123456789abcdef", "x"):
        (tmp_path / name).mkdir()
    before = sorted(tmp_path.rglob("*"))
    remove_dead_scratch(tmp_path)
    assert before == sorted(tmp_path.rglob("*"))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_the_folder_of_somebody_else_stays(tmp_path: Path) -> None:
    theirs = tmp_path / "dualvariant-scratch-abcd1234"
    theirs.mkdir()
    os.chown(theirs, 12345, 12345)
    remove_dead_scratch(tmp_path)
    assert theirs.exists()


def test_a_folder_that_is_gone_or_none(tmp_path: Path) -> None:
    remove_dead_scratch(tmp_path / "missing")
    (tmp_path / "file").write_text("x")
    remove_dead_scratch(tmp_path / "file")


def test_many_runs_at_once_take_no_folder_from_each_other(tmp_path: Path) -> None:
    """Each makes and removes folders, and sweeps before; none may lose its own while it is alive."""
    problems: list[BaseException] = []

    def work() -> None:
        try:
            for _ in range(40):
                with make_scratch_dir(tmp_path) as scratch:
                    (scratch / "file").write_text("x")
                    remove_dead_scratch(tmp_path)
                    assert (scratch / "file").read_text() == "x"
        except BaseException as error:
            problems.append(error)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    assert [] == list(tmp_path.iterdir())
