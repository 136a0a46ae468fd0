"""A machine whose loopback interface is down, as in a new network namespace: nobody reaches the view there."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import clients
import samples
from messages import error_code
from tool import Tool

#: The beginning of a command without any network.
ALONE = ["unshare", "--user", "--map-root-user", "--net"]

pytestmark = pytest.mark.skipif(
    shutil.which("unshare") is None or subprocess.run([*ALONE, "true"], capture_output=True).returncode != 0,
    reason="no private network namespace here",
)


@pytest.fixture
def wheels(tmp_path: Path) -> Path:
    return samples.make_wheel(tmp_path / "wheels", "demo", "1.0").parent


def run(tool: Tool, *arguments: str | Path, code: int = 0) -> subprocess.CompletedProcess[str]:
    return tool.run(*ALONE, sys.executable, "-m", "dualvariant", *arguments, code=code)


@pytest.mark.parametrize("engine", ["pip", "uv"])
def test_an_install_ends_with_one_message(engine: str, tool: Tool, wheels: Path, tmp_path: Path) -> None:
    tool.environment["PATH"] = f"{clients.uv().parent}{os.pathsep}{tool.environment['PATH']}"
    source: list[str | Path] = ["--no-index", "-f", wheels, "--python", clients.make_target(tmp_path / "target")]
    said = run(tool, "install", "demo", *source, "--engine", engine, code=1).stderr
    assert error_code(said) == "no-loopback"
    assert "Retrying" not in said


def test_a_tool_runs_as_it_is(tool: Tool, wheels: Path, tmp_path: Path) -> None:
    pip: list[str | Path] = [clients.make_target(tmp_path / "target"), "-m", "pip"]
    done = run(tool, "exec", "--", *pip, "install", "demo", "--no-index", "-f", wheels)
    assert "pip runs as it is" in done.stderr
    assert "Successfully installed demo-1.0" in done.stdout
