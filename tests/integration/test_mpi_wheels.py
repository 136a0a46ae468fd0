"""The provider mpi, installed beside the command: the wheel for the MPI that the loader finds, or the standard one."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import samples
from sample_plugins import make_environment
from shared import make_once
from tool import Tool

PLUGIN = Path(__file__).resolve().parents[2] / "plugins" / "mpi"

STUB = """
#include <string.h>
int MPI_Get_version(int *major, int *minor) { *major = 3; *minor = 1; return 0; }
int MPI_Get_library_version(char *text, int *length) { strcpy(text, "Open MPI v4.1.4"); *length = 15; return 0; }
"""


def _install_plugin(folder: Path) -> None:
    ignored = shutil.ignore_patterns("build", "*.egg-info", "__pycache__")
    source = shutil.copytree(PLUGIN, folder / "source", ignore=ignored)
    command = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", str(folder / "site"), str(source)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.skipif(shutil.which("gcc") is None, reason="the library is compiled")
def test_a_package_with_a_wheel_for_each_mpi(
    tool: Tool, target: Path, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    site = make_once(tmp_path_factory, "mpi_plugin", _install_plugin) / "site"
    tool.python = make_environment(tmp_path / "environment", site)
    wheels = tmp_path / "wheels"
    samples.make_wheel(wheels, "demo", "1.0")
    for abi in ("openmpi", "mpich"):
        samples.make_wheel(wheels, "demo", "1.0", properties=[f"mpi :: abi :: {abi}"])
    libraries = tmp_path / "libraries"
    libraries.mkdir()
    options = ["-shared", "-fPIC", "-o", str(libraries / "libmpi.so.40"), "-x", "c", "-"]
    subprocess.run(["gcc", *options], input=STUB, text=True, check=True)
    question = ["explain", "demo", "--no-index", "-f", str(wheels), "--python", str(target), "--json"]
    for variables, expected in (
        ({}, []),
        ({"LD_LIBRARY_PATH": str(libraries)}, ["mpi :: abi :: openmpi"]),
        ({"DUALVARIANT_HOST_MPI": "abi:mpich"}, ["mpi :: abi :: mpich"]),
    ):
        said = json.loads(tool(*question, environment=variables).stdout)
        best = said["projects"][0]["candidates"][0]
        assert (best["verdict"], best["properties"]) == ("chosen", expected)
