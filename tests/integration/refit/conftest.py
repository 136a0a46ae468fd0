"""The command with uv, and one release to refit."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import clients
from refit_wheels import make_release
from tool import Tool


@pytest.fixture
def tool(tool: Tool) -> Tool:
    """The command, with uv on PATH."""
    tool.environment["PATH"] = f"{clients.uv().parent}{os.pathsep}{tool.environment['PATH']}"
    return tool


@pytest.fixture
def wheels(tmp_path: Path) -> Path:
    """One release with a standard wheel and a variant."""
    folder = tmp_path / "wheels"
    make_release(folder, "demo")
    return folder
