"""An interpreter describes itself, without an installer."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from packaging.tags import sys_tags

import clients
from dualvariant.core.errors import NoInterpreterError
from dualvariant.target.find import find_target
from dualvariant.target.probe import InterpreterProbe


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
    assert tmp_path / "target" == found.prefix


def test_what_a_start_up_file_prints_is_no_description(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sitecustomize.py").write_text('print(\'{"executable": "false"}\')\n')
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with InterpreterProbe(Path(sys.executable)) as probe:
        assert Path(sys.executable) == probe.interpreter().executable


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
