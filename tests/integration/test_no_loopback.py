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


def _prepare(engine: str, tool: Tool, wheels: Path, tmp_path: Path) -> tuple[Path, list[str | Path]]:
    """An environment, and options; a folder in the installer's own settings is the only source."""
    tool.environment["PATH"] = f"{clients.uv().parent}{os.pathsep}{tool.environment['PATH']}"
    tool.environment |= {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(wheels)}
    (tool.home / "uv.toml").write_text(f'no-index = true\nfind-links = ["{wheels}"]\n')
    target = clients.make_target(tmp_path / "target")
    return target, ["--python", target, "--engine", engine]


@pytest.mark.parametrize("engine", ["pip", "uv"])
def test_the_installer_runs_by_itself(engine: str, tool: Tool, wheels: Path, tmp_path: Path) -> None:
    target, options = _prepare(engine, tool, wheels, tmp_path)
    (tmp_path / "asked.txt").write_text("demo==1.0\n")
    done = run(tool, "install", "-r", tmp_path / "asked.txt", *options)
    assert f"{engine} runs by itself, and no variant is chosen" in done.stderr
    assert "demo" in tool.run(target, "-c", "import importlib.metadata as m; m.version('demo'); print('demo')").stdout
    run(tool, "install", "nothing", *options, code=1)


@pytest.mark.parametrize("asked", [["--variant", "1590f027"], ["--strict"], ["--require-property", "a::b::c"], []])
@pytest.mark.parametrize("engine", ["pip", "uv"])
def test_who_insists_on_the_choice_gets_one_message(
    asked: list[str], engine: str, tool: Tool, wheels: Path, tmp_path: Path
) -> None:
    """With no option, a file of settings requires a property."""
    _, options = _prepare(engine, tool, wheels, tmp_path)
    if not asked:
        (tool.home / "variant.toml").write_text('[variantlib]\nrequire = ["a :: b :: c"]\n')
    said = run(tool, "install", "demo", *options, *asked, code=1).stderr
    assert error_code(said) == "no-loopback"
    assert "Retrying" not in said


def test_a_tool_runs_as_it_is(tool: Tool, wheels: Path, tmp_path: Path) -> None:
    pip: list[str | Path] = [clients.make_target(tmp_path / "target"), "-m", "pip"]
    done = run(tool, "exec", "--", *pip, "install", "demo", "--no-index", "-f", wheels)
    assert "pip runs as it is" in done.stderr
    assert "Successfully installed demo-1.0" in done.stdout
