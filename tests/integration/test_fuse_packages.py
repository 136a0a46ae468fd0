"""Packages of other authors from PyPI: built for three levels, fused, installed by pip, imported on emulated CPUs.

One of them in every run, all of them in the night.
"""

from __future__ import annotations

import json
import os
import subprocess
import zipfile
from pathlib import Path

import pytest
from attrs import frozen

import clients
import emulation
import long_form
from downloads import BUILD_FOLDER, fetch_one
from dualvariant.core.platforms import find_host_platform
from shared import make_once
from tool import Tool

MODELS = {"qemu64": "none", "Nehalem": "v2", "Haswell": "v3"}
#: Prints the names of the files below the target's site-packages that the process has mapped.
MAPPED = "print(*{line.split()[-1].rpartition('/')[2] for line in open('/proc/self/maps') if 'site-packages/' in line})"


@frozen
class Package:
    """A package of somebody else.

    Args:
        name: the project.
        version: its version.
        kind: what it shows.
        module: the file name of its module, as far as it is the same everywhere.
        check: a statement that imports and uses it.
        requires: what must be installed with it.
        library: the beginning of the name of a library that is copied into the wheel.
        levels: the variants to build; fewer where a build takes long.
    """

    name: str
    version: str
    kind: str
    module: str
    check: str
    requires: tuple[str, ...] = ()
    library: str | None = None
    levels: tuple[str, ...] = ("v2", "v3")

    def __str__(self) -> str:
        return f"{self.name}, {self.kind}"


PACKAGES = [
    Package("murmurhash", "1.0.16", "Cython", "mrmr.", "import murmurhash as m; assert m.hash('a') == 1009084850"),
    Package(
        "mapbox_earcut",
        "2.1.0",
        "nanobind, scikit-build-core",
        "_core.",
        "import mapbox_earcut; assert callable(mapbox_earcut.triangulate_float64)",
    ),
    Package(
        "argon2-cffi-bindings",
        "26.2.0",
        "cffi, abi3",
        "_ffi.abi3.",
        "from _argon2_cffi_bindings import ffi, lib; assert ffi.string(lib.argon2_error_message(0)) == b'OK'",
        ("cffi",),
    ),
    Package(
        "pyyaml",
        "6.0.4",
        "a library that auditwheel copies",
        "_yaml.",
        "import yaml; assert yaml.load('a: [1, 2]', Loader=yaml.CSafeLoader) == {'a': [1, 2]}",
        library="libyaml",
    ),
    Package(
        "pytomlpp",
        "1.1.0",
        "pybind11",
        "_impl.",
        "import pytomlpp; assert pytomlpp.loads('a = 1') == {'a': 1}",
        levels=("v3",),
    ),
]
CHOSEN = PACKAGES if os.environ.get(long_form.VARIABLE) else PACKAGES[:1]


def _build(folder: Path, package: Package) -> None:
    sdists = BUILD_FOLDER / "sdists"
    pattern = f"{package.name.replace('-', '_')}-{package.version}.tar.gz"
    sdist = fetch_one(sdists, f"{package.name}=={package.version}", pattern, "--no-binary", ":all:")
    tool = Tool(folder / "home")
    tool.environment.pop("PIP_CONFIG_FILE")  # the build needs the registry as this machine reaches it
    tool.environment.update({"HOME": str(Path.home())})
    line = (
        "build",
        sdist,
        "-o",
        folder / "wheels",
        "--matrix",
        f"x86_64 :: level = {','.join(package.levels)}",
        "--no-smoke",
    )
    tool(*line, "--platform", "linux_x86_64")
    tool("fuse", *(folder / "wheels").glob("*.whl"), "-o", folder / "fused")
    interpreter = clients.make_target(folder / "target")
    for requirement in package.requires:
        tool.run(interpreter, "-m", "pip", "install", "-q", "--only-binary", ":all:", requirement)
    tool.run(interpreter, "-m", "pip", "install", "-q", "--no-deps", "--no-index", *(folder / "fused").glob("*.whl"))


@pytest.mark.parametrize("package", CHOSEN, ids=str)
def test_from_the_sdist_to_the_variant_of_each_processor(
    package: Package, tmp_path_factory: pytest.TempPathFactory, tool: Tool
) -> None:
    if find_host_platform() != "linux_x86_64":
        pytest.skip("the variants are of x86-64 with Linux")
    folder = make_once(tmp_path_factory, f"fused_{package.name}", lambda place: _build(place, package))
    interpreter = folder / "target/bin/python"
    (wheel,) = (folder / "fused").glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        copied = [
            name for name in archive.namelist() if package.library and Path(name).name.startswith(package.library)
        ]
        (entry,) = [name for name in archive.namelist() if name.endswith(".dist-info/fused.json")]
        modules = json.loads(archive.read(entry))["modules"]
    assert len(copied) == (1 if package.library else 0), "a library that does not differ is there once"
    for model, best in MODELS.items():
        level = best if best in package.levels else "none"
        command = emulation.x86(model, interpreter, "-c", f"{package.check}\n{MAPPED}")
        result = subprocess.run(command, capture_output=True, text=True, env=tool.environment)
        assert result.returncode == 0, result.stderr
        mapped = result.stdout.split()
        assert [name for name in mapped if name.startswith(package.module) and name.endswith(f".{level}.so")], mapped
        other = [each for each in MODELS.values() if each != level]
        assert not [name for name in mapped if name.endswith(tuple(f".{each}.so" for each in other))], mapped
    assert modules
    audit = json.loads(tool("audit", "--json", wheel).stdout)
    assert {entry["verdict"] for entry in audit} == {"true"}
