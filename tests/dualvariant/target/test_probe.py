"""An interpreter describes itself, without an installer."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import packaging
import pytest
from packaging.tags import sys_tags

import clients
from dualvariant.core.errors import NoInterpreterError
from dualvariant.target.find import find_target
from dualvariant.target.interpreter import Interpreter
from dualvariant.target.probe import DESCRIBE_SCRIPT, InterpreterProbe


def test_an_interpreter_describes_itself_as_this_process_does() -> None:
    with InterpreterProbe(Path(sys.executable)) as probe:
        found = probe.interpreter()
    assert tuple(map(str, sys_tags())) == found.tags
    assert Path(sys.prefix) == found.prefix
    assert ".".join(map(str, sys.version_info[:3])) == found.version
    assert sys.platform == found.markers["sys_platform"]


def test_an_environment_without_pip_is_described(tmp_path: Path) -> None:
    python = clients.make_target(tmp_path / "target", pip=None)
    with InterpreterProbe(python) as probe:
        found = probe.interpreter()
    assert found.pip is None
    assert found.find_pip() == version("pip")  # that of this process installs
    assert tmp_path / "target" == found.prefix


@pytest.mark.parametrize("content", [None, "1 / 0\n", "import pip.gone\n"])
def test_a_pip_that_cannot_be_imported_is_none(content: str | None, tmp_path: Path) -> None:
    """An upgrade of pip that is interrupted may leave its folder, with some of its files."""
    python = clients.make_target(tmp_path / "target", pip=None)
    (site,) = python.parents[1].glob("lib/python3*/site-packages")
    (site / "pip").mkdir()
    if content is not None:
        (site / "pip/__init__.py").write_text(content)
    with InterpreterProbe(python) as probe:
        assert probe.interpreter().pip is None


def test_what_a_start_up_file_prints_is_no_description(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sitecustomize.py").write_text('print(\'{"executable": "false"}\')\n')
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with InterpreterProbe(Path(sys.executable)) as probe:
        assert Path(sys.executable) == probe.interpreter().executable


def test_ctrl_c_does_not_reach_an_interpreter_that_describes_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The terminal sends it to a process group; an interpreter that starts would print a traceback."""
    seen = tmp_path / "group"
    (tmp_path / "sitecustomize.py").write_text(
        f"import os, pathlib\npathlib.Path({str(seen)!r}).write_text(str(os.getpgrp()))\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with InterpreterProbe(Path(sys.executable)) as probe:
        probe.interpreter()
    assert int(seen.read_text()) != os.getpgrp()


@pytest.mark.parametrize("text", ["#!/bin/sh\nexit 3\n", "#!/bin/sh\necho nothing\n", "no program"])
def test_an_executable_that_is_no_interpreter(text: str, tmp_path: Path) -> None:
    python = tmp_path / "python"
    python.write_text(text)
    python.chmod(0o755)
    with pytest.raises(NoInterpreterError) as caught, InterpreterProbe(python) as probe:
        probe.interpreter()
    assert repr(str(python)) in str(caught.value)
    assert caught.value.next_step


def test_there_is_no_such_interpreter(tmp_path: Path) -> None:
    with pytest.raises(NoInterpreterError):
        find_target(str(tmp_path / "nowhere"), warn=lambda message: None)


def _describe(python: Path, packaging: Path) -> Interpreter:
    """The description of an interpreter by the script, with another ``packaging`` than ours."""
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as answer:
        subprocess.run([python, DESCRIBE_SCRIPT, str(writing), packaging], pass_fds=[writing], check=True)
        os.close(writing)
        return Interpreter.from_json(answer.readline())


@pytest.mark.parametrize("pip", ["26.3", None])
def test_an_interpreter_on_which_our_packaging_does_not_run(pip: str | None, tmp_path: Path) -> None:
    """Its own pip has one that runs; without a pip, the tags are computed here, from what the interpreter is."""
    newer = tmp_path / "packaging"
    newer.mkdir()
    (newer / "__init__.py").write_text("")
    (newer / "tags.py").write_text("a syntax that is newer than this Python\n")
    python = clients.make_target(tmp_path / "target", pip=pip)
    found = _describe(python, newer)
    assert (found.pip, found.tags) == (pip, tuple(map(str, sys_tags())))


def _find_python(version: str) -> Path | None:
    """An interpreter of a version that is not ours, if this machine has one."""
    named = shutil.which(f"python{version}")
    if named is None:
        return None
    run = subprocess.run(
        [named, "-c", "import sys; print(sys.executable)"], capture_output=True, text=True, check=False
    )
    return Path(run.stdout.strip()) if run.returncode == 0 else None


def test_the_oldest_python_describes_itself() -> None:
    python = _find_python("3.9")
    if python is None:
        pytest.skip("there is no Python 3.9 on PATH")
    with InterpreterProbe(python) as probe:
        found = probe.interpreter()
    assert found.version.startswith("3.9.")
    assert found.tags[0].startswith("cp39-cp39-") and found.tags[-1] == "py30-none-any"


def test_an_interpreter_whose_asker_has_gone_says_nothing() -> None:
    """As where a command is killed: the description is for nobody, and no traceback is left on the screen."""
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, str(DESCRIBE_SCRIPT), str(writing), str(Path(packaging.__file__).parent)]
    done = subprocess.run(command, pass_fds=[writing], capture_output=True, text=True)
    os.close(writing)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
