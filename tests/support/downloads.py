"""Distributions that tests fetch from the registry: once, for all tests, workers and runs.

They are kept in ``build`` beside the tests. A lock lets one worker of pytest-xdist fetch while the others wait.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from filelock import FileLock

__all__ = ["BUILD_FOLDER", "fetch_all", "fetch_one", "locked"]

#: The folder of everything that tests keep from run to run.
BUILD_FOLDER = Path(__file__).resolve().parents[2] / "build"


def locked(folder: Path) -> FileLock:
    """Return the lock of a folder, and make the folder if necessary; only the holder of the lock writes there."""
    folder.mkdir(parents=True, exist_ok=True)
    return FileLock(folder / ".lock")


def fetch_all(folder: Path, wanted: Mapping[str, str], *options: str) -> None:
    """Download what a folder does not have yet; the test is skipped where the registry does not answer.

    Args:
        folder: where the files are kept.
        wanted: pattern of a file name → requirement that pip downloads where no file matches.
        options: more options for ``pip download``.
    """
    with locked(folder):
        missing = [requirement for pattern, requirement in wanted.items() if not list(folder.glob(pattern))]
        if not missing:
            return
        command = [sys.executable, "-m", "pip", "download", "-q", "-d", str(folder), *options, *missing]
        result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode != 0:
        pytest.skip(f"{missing} cannot be fetched from the registry: {result.stderr.strip()[-200:]}")


def fetch_one(folder: Path, requirement: str, pattern: str, *options: str) -> Path:
    """Download one distribution without what it requires, unless the folder has it, and return its file."""
    fetch_all(folder, {pattern: requirement}, "--no-deps", *options)
    return min(folder.glob(pattern))
