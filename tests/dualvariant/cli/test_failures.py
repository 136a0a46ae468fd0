"""What a failed command prints: one message with a code, and JSON if ``--json`` is given."""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import dualvariant
import variantlib
from dualvariant.cli import main
from dualvariant.cli._failures import report_failures
from messages import error_code


@pytest.mark.parametrize(
    ("arguments", "code", "exit_code"),
    [
        (["instal"], "unknown-command", 2),
        (["explain", "--indx-url", "x"], "unknown-option", 2),
        (["cache", "clera"], "unknown-name", 2),
        (["explain", "--python", "/nowhere/python", "demo"], "no-interpreter", 2),
        (["explain"], "nothing-to-do", 2),
        (["explain", "--index-url"], "usage", 2),
        (["refit", "--undo", "--variant", "a496bd9c"], "conflicting-options", 2),
        (["refit", "--undo", "--no-variant"], "conflicting-options", 2),
    ],
)
def test_the_message_ends_with_a_code(
    arguments: list[str], code: str, exit_code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert exit_code == main(arguments)
    out, err = capsys.readouterr()
    assert out == ""
    assert code == error_code(err)


def test_json_has_code_message_and_next_step(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "--json", "--python", "/nowhere/python", "demo"]) == 2
    out, err = capsys.readouterr()
    error = json.loads(out)["error"]
    assert {*error} == {"code", "message", "next"}
    assert error["code"] == error_code(err) == "no-interpreter"
    assert "/nowhere/python" in error["message"]
    assert "--python" in error["next"]


def test_json_after_the_dashes_belongs_to_the_installer(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["install", "--python", "/nowhere/python", "demo", "--", "--json"]) == 2
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("gone", [["errors.py"], ["selection.py"], ["__init__.py", "errors.py", "py.typed"]])
def test_where_another_variantlib_has_taken_files_along_the_repair_is_named(gone: list[str], tmp_path: Path) -> None:
    """PyPI's variantlib has some of our file names; uninstalling it removes those files."""
    for package in (dualvariant, variantlib):
        source = Path(str(package.__file__)).parent
        shutil.copytree(source, tmp_path / source.name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in gone:
        (tmp_path / "variantlib" / name).unlink()
    # One folder of that name, and no other that Python would look into.
    code = f"""
import sys
sys.path.insert(0, {str(tmp_path)!r})
import variantlib
variantlib.__path__ = [{str(tmp_path / "variantlib")!r}]
from dualvariant.cli import main
sys.exit(main())
"""
    arguments = ["explain", "demo", "--no-index", "-f", str(tmp_path), "--json"]
    done = subprocess.run([sys.executable, "-I", "-c", code, *arguments], capture_output=True, text=True)
    assert done.returncode == 1, done.stderr
    assert error_code(done.stderr) == "foreign-variantlib"
    assert "Traceback" not in done.stderr
    assert "pip install --force-reinstall dualvariant" in json.loads(done.stdout)["error"]["next"]


def _status_after(error: Exception) -> int:
    """The exit code of a command that raises an error."""

    def work() -> None:
        raise error

    with report_failures() as status:
        work()
    return status.code


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), "/nowhere"), "os-error", "path exists"),
        (PermissionError(errno.EACCES, os.strerror(errno.EACCES), "/root"), "os-error", "permission"),
        (FileNotFoundError(errno.ENOENT, "No usable temporary directory found in ['/tmp']"), "os-error", "TMPDIR"),
        (FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), "/x"), "os-error", "name another folder"),
        (NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), "/x/y"), "os-error", "name another folder"),
        (IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), "/x"), "os-error", "name another file"),
        (OSError(errno.ENAMETOOLONG, os.strerror(errno.ENAMETOOLONG), "x" * 300), "os-error", "shorter"),
        (OSError(errno.EMFILE, os.strerror(errno.EMFILE), "/x"), "os-error", "ulimit -n"),
        (OSError(errno.EMFILE, os.strerror(errno.EMFILE)), "os-error", "ulimit -n"),
        (OSError(errno.EFBIG, os.strerror(errno.EFBIG)), "os-error", "ulimit -f"),
        (BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN)), "os-error", "ulimit -u"),
        (OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), "no-space", "free some space"),
        (OSError(errno.EDQUOT, os.strerror(errno.EDQUOT)), "no-space", "free some space"),
        (MemoryError(), "no-memory", "ulimit -v"),
        (RuntimeError("can't start new thread"), "os-error", "ulimit -u"),
    ],
)
def test_the_hint_is_about_what_the_system_refused(
    error: Exception, code: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    status = _status_after(error)
    message = capsys.readouterr().err
    assert (status, error_code(message)) == (1, code)
    assert words in message and ("path exists" in message) == (words in ("path exists", "permission"))


def test_a_working_directory_that_is_gone_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    with report_failures() as status:
        Path.cwd()
    message = capsys.readouterr().err
    assert (status.code, error_code(message)) == (1, "os-error")
    assert "the working directory is gone" in message


@pytest.mark.parametrize(
    "arguments",
    [
        ["index", ""],
        ["audit", ""],
        ["tag", "x", "-p", "a :: b :: c", "-o", ""],
        ["build", "x", "--output="],
        ["plugins", "new", "fpga", "--in", ""],
        ["profile", "check", ""],
    ],
)
def test_an_empty_path_is_not_the_working_directory(
    arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 2
    assert "the path is empty" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
