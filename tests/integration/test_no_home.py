"""A user id without a home and without a passwd entry, as containers have it, is no reason for a traceback."""

from __future__ import annotations

from pathlib import Path

import pytest

import samples
from tool import Tool

NOBODY = """\
import pwd

def getpwuid(uid):
    raise KeyError(f"getpwuid(): uid not found: {uid}")

pwd.getpwuid = getpwuid
"""


@pytest.fixture
def nobody(tool: Tool) -> Tool:
    """The command, run by a user of whom the system knows nothing but the number."""
    folder = tool.home / "nobody"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(NOBODY)
    for name in [name for name in tool.environment if name in ("HOME", "USER", "LOGNAME")]:
        del tool.environment[name]
    tool.environment["PYTHONPATH"] = str(folder)
    del tool.environment["PIP_CONFIG_FILE"]
    return tool


def test_every_command_works_without_a_home(nobody: Tool, target: Path, tmp_path: Path) -> None:
    wheels = tmp_path / "wheels"
    samples.make_wheel(wheels, "demo", "1.0", properties=["x86_64 :: level :: v3"])
    samples.make_wheel(wheels, "demo", "1.0")
    source: list[str | Path] = ["--no-index", "-f", wheels, "--profile", nobody.level("v3"), "--python", target]
    assert "chosen" in nobody("explain", "demo", *source).stdout
    nobody("install", "demo", *source)
    assert "a496bd9c" in nobody("list", "--python", target).stdout
    nobody("check", "--python", target, "--profile", nobody.level("v3"))
    nobody("host")
    nobody("cache", "list", code=1)
