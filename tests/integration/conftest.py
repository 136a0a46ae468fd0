"""What several modules install, and with what."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import clients
import samples
from tool import Tool


@pytest.fixture
def uv_on_path(tool: Tool) -> None:
    """The command finds uv."""
    tool.environment["PATH"] = f"{clients.uv().parent}{os.pathsep}{tool.environment['PATH']}"


@pytest.fixture
def wheels(tmp_path: Path) -> Path:
    """``demo`` 1.0 with v2, v3, v4 variants; it needs ``helper`` 2.0, which has variants too; ``plain`` has none."""
    folder = tmp_path / "wheels"
    samples.make_wheel(folder, "demo", "1.0", requires=["helper"])
    samples.make_wheel(folder, "helper", "2.0")
    samples.make_wheel(folder, "plain", "3.0")
    for level in ("v2", "v3", "v4"):
        samples.make_wheel(folder, "demo", "1.0", properties=[f"x86_64 :: level :: {level}"], requires=["helper"])
        samples.make_wheel(folder, "helper", "2.0", properties=[f"x86_64 :: level :: {level}"])
    return folder
