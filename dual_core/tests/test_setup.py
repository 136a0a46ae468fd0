"""``python setup.py`` with tools that are too old says what to do instead."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

CORE = Path(__file__).resolve().parent.parent


def run_setup(folder: Path, setuptools: str, cython: str | None) -> subprocess.CompletedProcess[str]:
    """Run setup.py with stand-ins for both tools, in a folder of their own, and no other package."""
    (folder / "setuptools").mkdir()
    code = f"__version__ = {setuptools!r}\nExtension = setup = None\n"
    (folder / "setuptools" / "__init__.py").write_text(code)
    if cython is not None:
        metadata = folder / f"Cython-{cython}.dist-info" / "METADATA"
        metadata.parent.mkdir()
        metadata.write_text(f"Metadata-Version: 2.1\nName: Cython\nVersion: {cython}\n")
    command = [sys.executable, "-S", str(CORE / "setup.py"), "build_ext", "--inplace"]
    env = {**os.environ, "PYTHONPATH": str(folder), "DUAL_AUTODIFF_PURE": "0"}
    return subprocess.run(command, capture_output=True, text=True, env=env, cwd=folder, check=False)


@pytest.mark.parametrize(
    ("setuptools", "cython", "message"),
    [
        ("65.5.0", "3.1.0", "needs setuptools 77 or newer, and this Python has 65.5.0"),
        ("76.1", None, "needs setuptools 77 or newer, and this Python has 76.1"),
        ("80.9.0", None, "needs Cython 3 or newer, and this Python has none"),
        ("80.9.0", "0.29.37", "needs Cython 3 or newer, and this Python has 0.29.37"),
    ],
)
def test_a_tool_that_is_too_old(tmp_path: Path, setuptools: str, cython: str | None, message: str) -> None:
    result = run_setup(tmp_path, setuptools, cython)
    assert result.returncode == 1
    assert message in result.stderr
    assert "python -m pip install -e ." in result.stderr
    assert "Traceback" not in result.stderr


def test_newer_tools_are_let_through(tmp_path: Path) -> None:
    assert "needs" not in run_setup(tmp_path, "77.0.1", "3.0.0").stderr


def test_the_bounds_are_those_for_pip(tmp_path: Path) -> None:
    project = (CORE / "pyproject.toml").read_text(encoding="utf-8")
    bounds = re.search(r'^requires = \["setuptools>=(\d+)", "Cython>=(\d+)"\]', project, re.MULTILINE)
    assert bounds is not None
    setup = (CORE / "setup.py").read_text(encoding="utf-8")
    assert f'OLDEST = {{"setuptools": {bounds[1]}, "Cython": {bounds[2]}}}' in setup
