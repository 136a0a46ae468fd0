"""Other people's tools in the newest releases: each in an environment of its own, fetched once, kept in ``build``."""

from __future__ import annotations

import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

import clients
from downloads import BUILD_FOLDER, locked

__all__ = ["find_tool"]

_FOLDER = BUILD_FOLDER / "tools"


@cache
def find_tool(package: str, program: str | None = None, *beside: str) -> Path:
    """Return a program of a package of the registry; the test is skipped, by name, where it cannot be fetched.

    Args:
        package: the project.
        program: the name of its program, if that is another one.
        beside: further requirements.
    """
    environment = _FOLDER / package
    found = environment / "bin" / (program or package)
    done = environment / "done"
    installer = str(clients.uv())
    _FOLDER.mkdir(parents=True, exist_ok=True)
    with locked(_FOLDER):
        if done.exists():
            return found
        made = [installer, "venv", "-q", "--clear", "--python", sys.executable, "--seed", str(environment)]
        subprocess.run(made, check=True)
        filled = [installer, "pip", "install", "-q", "--python", str(environment), package, *beside]
        result = subprocess.run(filled, capture_output=True, text=True)
        if result.returncode == 0:
            done.touch()
    if result.returncode != 0:
        pytest.skip(f"{package} cannot be fetched from the registry: {result.stderr.strip()[-200:]}")
    return found
