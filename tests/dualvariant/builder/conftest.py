"""What it takes to build the generated projects here; what is missing is a reason to skip."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Mapping
from pathlib import Path

import pytest

from downloads import BUILD_FOLDER, fetch_all
from zig import need_zig

WHEELHOUSE = BUILD_FOLDER / "wheelhouse"


@pytest.fixture(scope="session")
def wheelhouse() -> Path:
    """A folder with the build requirements of the projects, fetched once from the registry."""
    wanted = {"setuptools-*.whl": "setuptools>=77", "[Cc]ython-*.whl": "Cython>=3"}
    fetch_all(WHEELHOUSE, wanted, "--only-binary", ":all:")
    return WHEELHOUSE


@pytest.fixture(scope="session")
def build_environment(wheelhouse: Path) -> Mapping[str, str]:
    """Where builds find their requirements, and where zig keeps its C library from test to test."""
    pytest.importorskip("build", reason="'build' is not installed (extra dualvariant[build])")
    return {
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(wheelhouse),
        "XDG_CACHE_HOME": os.environ.get("XDG_CACHE_HOME") or str(BUILD_FOLDER / "cache"),
    }


@pytest.fixture(scope="session")
def setuptools(wheelhouse: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with setuptools in it, for frontends that build in their own environment: what PYTHONPATH is to be."""
    folder = tmp_path_factory.mktemp("setuptools")
    command = [sys.executable, "-m", "pip", "install", "-q", "--no-index", "--find-links", str(wheelhouse)]
    subprocess.run([*command, "--target", str(folder), "setuptools"], check=True, capture_output=True)
    return folder


@pytest.fixture
def compiler() -> None:
    """A local C compiler that can build extension modules."""
    if shutil.which("cc") is None and shutil.which("gcc") is None:
        pytest.skip("there is no C compiler")
    if not Path(sysconfig.get_path("include"), "Python.h").exists():
        pytest.skip("this Python has no headers")


@pytest.fixture
def zig() -> None:
    """zig, the cross compiler."""
    need_zig()
