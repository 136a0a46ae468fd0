"""Packages of other authors from PyPI, from their source distribution to an import of the v3 variant.

``DUALVARIANT_REAL_PACKAGES`` names those that are tried, separated by blanks, or is ``all``.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
from pathlib import Path
from types import ModuleType

import pytest

from dualvariant.core.platforms import find_host_platform
from tool import Tool

SCRIPT = Path(__file__).resolve().parents[2] / "tools" / "real_packages.py"
CHOSEN = os.environ.get("DUALVARIANT_REAL_PACKAGES", "").split()

pytestmark = [
    pytest.mark.skipif(not CHOSEN, reason="DUALVARIANT_REAL_PACKAGES names none"),
    pytest.mark.skipif(find_host_platform() != "linux_x86_64", reason="the variants are of x86-64"),
]


def script() -> ModuleType:
    """The script, as a module."""
    spec = importlib.util.spec_from_file_location("real_packages", SCRIPT)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["real_packages"] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", ["xxhash", "bitarray", "murmurhash", "mapbox_earcut", "cysignals", "orjson"])
def test_from_the_sdist_to_an_import(name: str, tmp_path: Path) -> None:
    if name not in CHOSEN and CHOSEN != ["all"]:
        pytest.skip("not chosen by DUALVARIANT_REAL_PACKAGES")
    module = script()
    (package,) = [package for package in module.PACKAGES if package.name == name]
    result = module.try_package(package, tmp_path, arm=False)
    assert result.notes == [], result
    assert (result.installed, result.stripped) == ("v3 installed, imported", True), result
    assert "noise" in module.measure_gain(package, tmp_path, seconds=1.0)


@pytest.mark.skipif("all" not in CHOSEN, reason="four compilations, made by the night: DUALVARIANT_REAL_PACKAGES=all")
def test_dual_autodiff_comes_out_the_same_to_the_byte(tmp_path: Path, tool: Tool) -> None:
    """Built twice from two copies of its sources, in other folders, at another time, one build and two at a time.

    That a small project does is a usual test of ``dualvariant build`` (test_again.py).
    """
    source = Path(__file__).resolve().parents[2] / "dual_core"
    if not source.is_dir():
        pytest.skip("the sources of dual_autodiff are not here")
    wheels = []
    for jobs in ("1", "2"):
        copy = tmp_path / jobs / "sources"
        copy.mkdir(parents=True)
        for name in ("pyproject.toml", "setup.py", "MANIFEST.in", "README.md", "LICENSE"):
            shutil.copy(source / name, copy)  # with dates of its own
        shutil.copytree(source / "src", copy / "src", copy_function=shutil.copy)
        line = ("build", copy, "-o", tmp_path / jobs / "out", "--matrix", "x86_64 :: level = v3", "-j", jobs)
        tool(*line, "--no-smoke", "--platform", "linux_x86_64")
        wheels.append({path.name: path.read_bytes() for path in (tmp_path / jobs / "out").glob("*.whl")})
    assert len(wheels[0]) == 2
    assert wheels[0] == wheels[1]
