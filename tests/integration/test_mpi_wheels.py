"""The provider mpi, installed beside the command: the wheel for the MPI that the loader finds, or the standard one."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import samples
from sample_plugins import make_environment
from tool import Tool

PLUGIN = Path(__file__).resolve().parents[2] / "plugins" / "mpi"

STUB = """
#include <string.h>
int MPI_Get_version(int *major, int *minor) { *major = 3; *minor = 1; return 0; }
int MPI_Get_library_version(char *text, int *length) { strcpy(text, "Open MPI v4.1.4"); *length = 15; return 0; }
"""


def install_plugin(site: Path) -> None:
    """The package and its entry point, as an installer would write them."""
    shutil.copytree(PLUGIN / "src" / "mpi_provider", site / "mpi_provider")
    (entry_point,) = re.findall(r'(?m)^mpi = "(.*)"$', (PLUGIN / "pyproject.toml").read_text())
    info = site / "mpi_provider-0.1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: mpi-provider\nVersion: 0.1.0\n")
    (info / "entry_points.txt").write_text(f"[variantlib.plugins]\nmpi = {entry_point}\n")


@pytest.mark.skipif(shutil.which("gcc") is None, reason="the library is compiled")
def test_a_package_with_a_wheel_for_each_mpi(tool: Tool, tmp_path: Path) -> None:
    install_plugin(tmp_path / "site")
    tool.python = make_environment(tmp_path / "environment", tmp_path / "site")
    wheels = tmp_path / "wheels"
    samples.make_wheel(wheels, "demo", "1.0")
    for abi in ("openmpi", "mpich"):
        samples.make_wheel(wheels, "demo", "1.0", properties=[f"mpi :: abi :: {abi}"])
    libraries = tmp_path / "libraries"
    libraries.mkdir()
    options = ["-shared", "-fPIC", "-o", str(libraries / "libmpi.so.40"), "-x", "c", "-"]
    subprocess.run(["gcc", *options], input=STUB, text=True, check=True)
    question = ["explain", "demo", "--no-index", "-f", str(wheels), "--python", sys.executable, "--json"]
    for variables, expected in (
        ({}, []),
        ({"LD_LIBRARY_PATH": str(libraries)}, ["mpi :: abi :: openmpi"]),
        ({"DUALVARIANT_HOST_MPI": "abi:mpich"}, ["mpi :: abi :: mpich"]),
    ):
        said = json.loads(tool(*question, environment=variables).stdout)
        best = said["projects"][0]["candidates"][0]
        assert (best["verdict"], best["properties"]) == ("chosen", expected)
