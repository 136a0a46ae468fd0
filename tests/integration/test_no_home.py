"""A user id without a home and without a passwd entry, as containers have it, is no reason for a traceback."""

from __future__ import annotations

from pathlib import Path

import pytest

import samples
from tool import Tool

NO_ENTRY = """\
import pwd

def getpwuid(uid):
    raise KeyError(f"getpwuid(): uid not found: {uid}")

pwd.getpwuid = getpwuid
"""


@pytest.fixture
def nameless(tool: Tool) -> Tool:
    """The command, run by a user who has a number, and neither a name nor a home in the system."""
    folder = tool.home / "site"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(NO_ENTRY)
    for name in [name for name in tool.environment if name in ("HOME", "USER", "LOGNAME")]:
        del tool.environment[name]
    tool.environment["PYTHONPATH"] = str(folder)
    del tool.environment["PIP_CONFIG_FILE"]
    return tool


def test_every_command_works_without_a_home(nameless: Tool, target: Path, tmp_path: Path) -> None:
    wheels = tmp_path / "wheels"
    samples.make_wheel(wheels, "demo", "1.0", properties=["x86_64 :: level :: v3"])
    samples.make_wheel(wheels, "demo", "1.0")
    source: list[str | Path] = ["--no-index", "-f", wheels, "--profile", nameless.level("v3"), "--python", target]
    assert "chosen" in nameless("explain", "demo", *source).stdout
    nameless("install", "demo", *source)
    assert "a496bd9c" in nameless("list", "--python", target).stdout
    nameless("check", "--python", target, "--profile", nameless.level("v3"))
    nameless("host")
    nameless("cache", "list", code=1, error="no-cache-directory")
