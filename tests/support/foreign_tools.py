"""Programs of others from the registry, each in an environment of its own, made once and kept."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

import clients
from downloads import BUILD_FOLDER, locked

__all__ = ["make_tool_environment"]


def make_tool_environment(name: str, *requirements: str) -> Path:
    """Return the interpreter of an environment with these packages; without the registry the test is skipped.

    Args:
        name: the folder's name.
        requirements: what uv installs there; the same name always has the same.
    """
    folder = BUILD_FOLDER / "tools" / name
    with locked(BUILD_FOLDER / "tools"):
        interpreter = folder / "bin" / "python"
        if not (folder / "complete").exists():
            clients.make_target(folder)
            command = [str(clients.uv()), "pip", "install", "-q", "--python", str(interpreter), *requirements]
            command += ["--only-binary", ":all:"]
            result = subprocess.run(command, capture_output=True, text=True)
            if result.returncode != 0:
                pytest.skip(f"{name} cannot be fetched from the registry: {result.stderr.strip()[-200:]}")
            (folder / "complete").touch()
        return interpreter
